//! The handle to the library, and its start.

use std::{
    io,
    path::{Component, Path, PathBuf},
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use downbeat_protocol::TrackId;
use downbeat_store::{Store, StoreError, TrackRow};
use tokio::sync::{mpsc, watch};

use super::{
    background::Background,
    catalog::{Catalog, News},
    hashes::HashFinder,
    leave_out::LeaveOut,
    plan::BackgroundStatus,
    progress::{self, ScanStatus},
    reader::Reader,
    records::Records,
    scan::Context,
    scanner::Scanner,
    separators::Separators,
    shared::Shared,
    sound,
    stats::Stats,
    thumbnails::{CoverError, Thumbnails},
    turn::{self, Shop, TurnSettings, TurnStatus},
    watcher::{self, Watches},
};

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
        /// The error of the system.
        source: io::Error,
    },
    /// The known tracks cannot be loaded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a part is not looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanRefused {
    /// It is not in the library.
    #[error("it lies in none of the music folders")]
    Outside,
    /// Many others wait already.
    #[error("too many scans wait already; ask again later")]
    Busy,
}

/// The settings of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibrarySettings {
    /// How often everything is looked at again, since watches see nothing on network disks; `None`: only when asked.
    pub rescan: Option<Duration>,
    /// The names of folders that are left out.
    pub leave_out: LeaveOut,
    /// How several names in one text are told apart.
    pub separators: Separators,
    /// How kinds of files that have no decoder here are turned into FLAC; `None`: they do not play.
    pub turn: Option<TurnSettings>,
}

impl Default for LibrarySettings {
    fn default() -> Self {
        Self {
            rescan: Some(Duration::from_mins(30)),
            leave_out: LeaveOut::default(),
            separators: Separators::default(),
            turn: None,
        }
    }
}

/// A handle to the library; clones share it. Its work ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Library(Arc<LibraryState>);

#[derive(Debug)]
struct LibraryState {
    shared: Arc<Shared>,
    records: Arc<Records>,
    folders: Arc<[PathBuf]>,
    hashes: Arc<HashFinder>,
    thumbnails: Thumbnails,
    parts: mpsc::Sender<Vec<PathBuf>>,
    background: watch::Receiver<BackgroundStatus>,
    shop: Arc<Shop>,
    /// What was counted last, and of which version of the catalog.
    counted: tokio::sync::Mutex<Option<(u64, Arc<Stats>)>>,
}

impl Drop for LibraryState {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.ended.cancel();
    }
}

impl Library {
    /// Loads the tracks that are known and begins a scan of `folders` in the background. Call it within a runtime.
    pub async fn start(store: Store, folders: Vec<PathBuf>, settings: LibrarySettings) -> Result<Self, LibraryError> {
        let catalog = Catalog::default();
        // One by one, so that they are never there twice.
        store.each_track(|track| catalog.insert(track)).await?;
        let folders = folders.iter().map(|folder| checked(folder, &catalog)).collect::<Result<Arc<[_]>, _>>()?;
        let records = Arc::new(Records::new(store, catalog));
        let shared = Arc::new(Shared::default());
        let (parts, receiver) = mpsc::channel(64);
        let (watches, hints) = Watches::new(shared.status.clone());
        tokio::spawn(watcher::settle(hints, parts.clone()));
        let context = Context {
            records: Arc::clone(&records),
            folders: Arc::clone(&folders),
            status: shared.status.clone(),
            stop: Arc::clone(&shared.stop),
            names: Arc::default(),
            sheets: Arc::default(),
            mounts: Arc::default(),
            sure: Arc::clone(&shared.sure),
            reading: Arc::new(Reader::new(settings.separators.clone())),
            leave_out: settings.leave_out.clone(),
            marks: Arc::default(),
            on_folder: Arc::new(move |folder| watches.watch(folder)),
        };
        let scanner =
            Scanner { context, shared: Arc::clone(&shared), parts: receiver, every: settings.rescan, again: false };
        tokio::spawn(scanner.run());
        let hashes = Arc::new(HashFinder::new(Arc::clone(&records), Arc::clone(&shared.stop), parts.clone()));
        let (status, background) = watch::channel(BackgroundStatus::default());
        let shop = tokio::task::spawn_blocking(move || Shop::new(settings.turn, settings.separators)).await;
        let shop = Arc::new(shop.unwrap_or_else(|_| Shop::new(None, Separators::default())));
        let in_background =
            Background::new(Arc::clone(&records), Arc::clone(&shared), Arc::clone(&shop), parts.clone(), status);
        // The first scan is asked for before, so that the work in the background waits for it.
        shared.status.send_modify(|s| s.running = true);
        tokio::spawn(in_background.run());
        turn::start(&shop, &records, &shared);
        let thumbnails = Thumbnails::new(Arc::clone(&records), Arc::clone(&shared.stop), Arc::clone(&folders));
        let counted = tokio::sync::Mutex::default();
        let library = Self(Arc::new(LibraryState {
            shared,
            records,
            folders,
            hashes,
            thumbnails,
            parts,
            background,
            shop,
            counted,
        }));
        library.rescan();
        Ok(library)
    }

    #[cfg(test)]
    pub(super) fn records(&self) -> &Records {
        &self.0.records
    }

    /// All tracks, as they are known now.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.records.catalog)
    }

    /// What the library holds and lacks, counted when it changed since the last time; by one at a time.
    pub async fn stats(&self) -> Arc<Stats> {
        let mut counted = self.0.counted.lock().await;
        let catalog = self.catalog();
        let version = catalog.version();
        if let Some((of, stats)) = &*counted
            && *of == version
        {
            return Arc::clone(stats);
        }
        let counting = tokio::task::spawn_blocking(move || Arc::new(Stats::of(&catalog.all())));
        let stats = counting.await.unwrap_or_default();
        *counted = Some((version, Arc::clone(&stats)));
        stats
    }

    /// Tells all that follow the library that something about these tracks changed that the library itself does not
    /// know.
    pub fn tell_of(&self, tracks: &[TrackId]) {
        self.0.records.catalog.announce(tracks);
    }

    /// The store with all that is known, on the disk: for lists and searches.
    pub fn store(&self) -> &Store {
        &self.0.records.store
    }

    /// Tells which tracks change from now on.
    pub fn news(&self) -> News {
        self.0.records.catalog.news()
    }

    /// The music folders, absolute.
    pub fn folders(&self) -> &[PathBuf] {
        &self.0.folders
    }

    /// Finds the hashes of these tracks now, ahead of everything else, in their order. When it has ended, each of them
    /// has one, or cannot be read. Costs reading the files; nothing for those that have one.
    pub fn find_hashes(&self, tracks: &[TrackId]) -> impl Future<Output = ()> + Send + 'static {
        Arc::clone(&self.0.hashes).find_hashes(tracks.to_vec())
    }

    /// Has those of these tracks that must be turned into FLAC turned before others, in their order.
    pub fn want<'a>(&self, tracks: impl IntoIterator<Item = &'a TrackRow>) {
        self.0.shop.want(tracks);
    }

    /// How far files are turned into FLAC; tells of every change.
    pub fn turning(&self) -> watch::Receiver<TurnStatus> {
        self.0.shop.status()
    }

    /// What was made by that and is kept, and the most that may be, bytes.
    pub fn turned_bytes(&self) -> (u64, u64) {
        self.0.shop.bytes()
    }

    pub(super) fn shop(&self) -> &Shop {
        &self.0.shop
    }

    /// How far the scan is.
    pub fn status(&self) -> ScanStatus {
        self.0.shared.status.borrow().clone()
    }

    /// The picture of these bytes (see [`Track::cover`]) as a JPEG no larger than the smallest of [`COVER_SIZES`] that
    /// is at least `size` points.
    pub async fn cover(&self, hash: &str, size: u32) -> Result<Vec<u8>, CoverError> {
        self.0.thumbnails.get(hash, size).await
    }

    /// The shape of a track's sound: pairs of bytes, peak and root mean square of one part, 255 is full scale. `None`
    /// as long as it is not known.
    pub async fn waveform(&self, track: &TrackRow) -> Result<Option<Vec<u8>>, StoreError> {
        if track.hash.is_empty() {
            return Ok(None);
        }
        Ok(self.0.records.store.load_analysis(&sound::key(track)).await?.map(|row| row.waveform))
    }

    /// How far the work in the background is; tells of every change.
    pub fn background(&self) -> watch::Receiver<BackgroundStatus> {
        self.0.background.clone()
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

    /// Asks for a music folder, or a part of one, to be looked through.
    pub fn scan_part(&self, path: &Path) -> Result<(), ScanRefused> {
        let path = tidied(path);
        if progress::folder_of(&self.0.folders, &path).is_none() {
            return Err(ScanRefused::Outside);
        }
        self.0.shared.sure.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        self.0.parts.try_send(vec![path]).map_err(|_| ScanRefused::Busy)
    }

    /// True for a path below one of the music folders, by its letters: links in there lead where their owner wants.
    pub fn holds(&self, path: &Path) -> bool {
        progress::holds(&self.0.folders, path)
    }

    /// Saves what was found so far: lists and searches show it then.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.0.records.publish().await
    }

    /// Corrects the instants at which tracks were first seen, seconds since 1970, where `correct` gives another one.
    pub async fn date_anew(&self, correct: impl Fn(i64) -> Option<i64> + Send) -> Result<(), StoreError> {
        let wrong: Vec<_> =
            self.catalog().all().iter().filter_map(|track| Some((track.id, correct(track.added)?))).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        for (id, added) in wrong {
            self.0.records.change(id, |old| Some(TrackRow { added, ..old?.clone() }));
        }
        self.0.records.publish().await
    }

    /// Asks for one file or folder to be looked at, because it was seen to be new, gone or changed.
    pub fn suspect(&self, path: &Path) {
        // When many are suspected at once some are passed over; the next scan finds them.
        let _ = self.0.parts.try_send(vec![path.to_owned()]);
    }
}

/// The path as it is compared with others: absolute, without `.`, `..` and slashes at its end. What `..` leads to
/// behind a link only the system knows; what does not exist is taken by its letters.
fn tidied(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if path.components().all(|c| c != Component::ParentDir) {
        return path.components().collect();
    }
    std::fs::canonicalize(&path).unwrap_or_else(|_| {
        let mut tidied = PathBuf::new();
        for component in path.components() {
            if component == Component::ParentDir {
                tidied.pop();
            } else {
                tidied.push(component);
            }
        }
        tidied
    })
}

/// The folder as an absolute path, so that the paths in the store do not depend on where the process was started. One
/// that is missing is a mistake, unless there was music in it before: then its disk is not there.
fn checked(folder: &Path, known: &Catalog) -> Result<PathBuf, LibraryError> {
    let path = tidied(folder);
    match std::fs::read_dir(&path) {
        Ok(_) => Ok(path),
        Err(error) if known.all().iter().any(|track| track.path.starts_with(&path)) => {
            tracing::warn!(path = %path.display(), %error, "a music folder is not there; its tracks are kept");
            Ok(path)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(LibraryError::NoSuchFolder { path }),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => Err(LibraryError::NotAFolder { path }),
        Err(source) => Err(LibraryError::Unreadable { path, source }),
    }
}
