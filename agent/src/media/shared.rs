//! The state that the cache, its readers and the fetcher share, and their ways to the disk.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::Notify, task::spawn_blocking};

use super::downloads::State;

/// The state that the cache, its readers and the fetcher share.
#[derive(Debug)]
pub(super) struct SharedCache {
    pub(super) dir: PathBuf,
    pub(super) limit: u64,
    pub(super) state: Mutex<State>,
    /// Bytes came in, or will not come: for readers.
    pub(super) arrived: Condvar,
    /// The wanted files changed: for the fetcher.
    pub(super) wanted: Notify,
    /// There may be a file to check.
    pub(super) unchecked: Notify,
}

impl SharedCache {
    /// The state. A panic of another holder leaves nothing half done that matters more than going on.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path of the complete file.
    pub(super) fn complete_path(&self, hash: &str) -> PathBuf {
        self.dir.join(hash)
    }
}

/// True if `name` is a BLAKE3 hash as the plan writes it, and with that a harmless file name.
pub(super) fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

pub(super) async fn remove(paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    blocking(move || {
        for path in &paths {
            if let Err(error) = fs::remove_file(path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, path = %path.display(), "cannot delete a file of the cache");
            }
        }
        Ok(())
    })
    .await
    .unwrap_or_else(|error: io::Error| tracing::warn!(%error, "cannot delete from the cache"));
}

/// `work` on the blocking pool.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
