//! The state that the cache, its readers and the fetcher share.

use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

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
