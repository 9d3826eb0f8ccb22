//! The state that the cache, its readers and the fetcher share.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use downbeat_host::files::Space;
use tokio::{sync::Notify, time::Instant};

use super::downloads::State;

/// Looks at the disk that holds a folder.
pub(super) struct LookAtDisk(pub(super) Box<Look>);

pub(super) type Look = dyn Fn(&Path) -> io::Result<Space> + Send + Sync;

impl fmt::Debug for LookAtDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookAtDisk")
    }
}

/// The state that the cache, its readers and the fetcher share.
#[derive(Debug)]
pub(super) struct SharedCache {
    pub(super) dir: PathBuf,
    pub(super) look_at_disk: LookAtDisk,
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

    /// Looks at the disk. Blocks as long as the disk does.
    pub(super) fn look(&self, now: Instant) {
        let space = (self.look_at_disk.0)(&self.dir);
        let mut state = self.lock();
        let own = state.own_bytes();
        let space = space.inspect_err(|error| tracing::debug!(%error, "the cache's disk does not tell its room"));
        state.room.look(space.ok(), own, now);
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
