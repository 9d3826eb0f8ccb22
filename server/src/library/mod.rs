//! What there is to play.
//!
//! The coordinator decides when a track ends and hands every speaker a plan that it can follow alone, so it must know
//! each file's exact length and its bytes' hash *before* anything plays. The library finds that out once, keeps it in
//! the store, and keeps it true while people move, retag, replace and delete files.
//!
//! - [`Catalog`]: all tracks at one moment, immutable; [`Library::catalog`] is the newest
//! - [`Track`]: one of them, also when it cannot be played, with the reason
//! - [`serve`]: `/media/<hash>`, from which speakers fetch the files
//! - [`guard`]: what keeps a strange file from taking the coordinator down
//! - inside: `walk` finds files, `inspect` reads one (`probe`, `tags`), `identity` decides which track it is, and
//!   `scanner` is the task that does all of this in the background

pub mod autoplay;
mod catalog;
pub mod guard;
mod identity;
mod inspect;
mod news;
mod probe;
mod range;
mod scanner;
pub mod selection;
pub mod serve;
mod tags;
#[cfg(test)]
mod tests;
mod track;
mod walk;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use downbeat_protocol::TrackId;
use tokio::sync::{Notify, mpsc, watch};

use crate::store::{Store, StoreError};
pub use catalog::Catalog;
pub use news::{Changed, News};
pub use scanner::ScanStatus;
use scanner::{Scanner, Shared};
pub use serve::media_router;
pub use track::Track;

/// Why the library cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A music folder does not exist.
    #[error("the music folder {path} does not exist. Create it, or correct --music")]
    NoSuchFolder {
        /// The folder as it was given, made absolute.
        path: PathBuf,
    },
    /// A music folder is something else.
    #[error("{path} is not a folder. Correct --music")]
    NotAFolder {
        /// The path as it was given, made absolute.
        path: PathBuf,
    },
    /// A music folder cannot be looked into.
    #[error("the music folder {path} cannot be read: {source}")]
    Unreadable {
        /// The folder as it was given, made absolute.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The known tracks cannot be loaded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A handle to the library; clones share it. Scanning ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Library(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    suspects: mpsc::Sender<PathBuf>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.wake.notify_one();
    }
}

impl Library {
    /// Loads the tracks that are known and begins a scan of `folders` in the background. Call it within a runtime.
    pub async fn start(store: Store, folders: Vec<PathBuf>) -> Result<Self, LibraryError> {
        let folders = folders.iter().map(|folder| checked(folder)).collect::<Result<Vec<_>, _>>()?;
        let catalog = Catalog::new(store.load_tracks().await?);
        let (suspects, receiver) = mpsc::channel(64);
        let shared = Arc::new(Shared {
            catalog: watch::Sender::new(Arc::new(catalog)),
            status: watch::Sender::default(),
            stop: Arc::new(AtomicBool::new(false)),
            wake: Notify::new(),
            requested: AtomicU64::new(0),
        });
        let scanner =
            Scanner { store, folders, shared: Arc::clone(&shared), suspects: receiver, unsaved: HashMap::new() };
        tokio::spawn(scanner.run());
        let library = Self(Arc::new(Inner { shared, suspects }));
        library.rescan();
        Ok(library)
    }

    /// All tracks, as they are known now.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.shared.catalog.borrow())
    }

    /// Tells of every new catalog.
    pub fn watch(&self) -> watch::Receiver<Arc<Catalog>> {
        self.0.shared.catalog.subscribe()
    }

    /// Tells of every change of the catalog from now on.
    pub fn news(&self) -> News {
        News(self.watch())
    }

    /// Finds out the hashes of these tracks' files before those of others.
    pub fn identify(&self, _tracks: &[TrackId]) -> impl Future<Output = ()> + use<> {
        // every file is hashed before it is shown
        std::future::ready(())
    }

    /// How far the scan is.
    pub fn status(&self) -> ScanStatus {
        self.0.shared.status.borrow().clone()
    }

    /// Tells of every change of the scan's status.
    pub fn changed(&self) -> watch::Receiver<ScanStatus> {
        self.0.shared.status.subscribe()
    }

    /// Asks for a scan. One that is under way is finished first: it may have passed what changed since. Returns the
    /// request's number for [`fulfilled`](Self::fulfilled); the scan that [`start`](Self::start) begins is number 1.
    pub fn rescan(&self) -> u64 {
        let request = self.0.shared.requested.fetch_add(1, Ordering::AcqRel) + 1;
        self.0.shared.wake.notify_one();
        request
    }

    /// Waits until the scan of this number, or a later one, has ended.
    pub async fn fulfilled(&self, request: u64) -> ScanStatus {
        let mut status = self.changed();
        let result = status.wait_for(|s| s.fulfilled >= request).await.map(|s| s.clone());
        result.unwrap_or_else(|_| self.status())
    }

    /// Asks for one known file to be looked at again, because it was seen to be gone or changed.
    pub fn suspect(&self, path: &Path) {
        // When many are suspected at once some are passed over; the next scan finds them.
        let _ = self.0.suspects.try_send(path.to_owned());
    }
}

/// The folder as an absolute path, so that the paths in the store do not depend on where the process was started.
fn checked(folder: &Path) -> Result<PathBuf, LibraryError> {
    let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    match std::fs::read_dir(&path) {
        Ok(_) => Ok(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(LibraryError::NoSuchFolder { path }),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => Err(LibraryError::NotAFolder { path }),
        Err(source) => Err(LibraryError::Unreadable { path, source }),
    }
}
