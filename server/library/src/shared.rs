//! The state that the handles of the library and its tasks share.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::progress::ScanStatus;

/// The state that the handles and the tasks share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) status: watch::Sender<ScanStatus>,
    /// Set when the last handle is gone, for threads ...
    pub(super) stop: Arc<AtomicBool>,
    /// ... and for tasks.
    pub(super) ended: CancellationToken,
    pub(super) wake: Notify,
    /// Folders that somebody asked for by name since the last scan: what is not there now is gone.
    pub(super) sure: Arc<Mutex<HashSet<PathBuf>>>,
    /// Scans of everything asked for so far.
    pub(super) requested: AtomicU64,
}

impl Shared {
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
