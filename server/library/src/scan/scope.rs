//! The places that a scan looks at, and the parts that it works with.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicBool},
};

use tokio::sync::watch;

use crate::{progress::ScanStatus, records::Records, walk::Names};

/// The places to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All music folders.
    Everything,
    /// These files and folders.
    Parts(Arc<HashSet<PathBuf>>),
}

impl Scope {
    pub(super) fn contains(&self, path: &Path) -> bool {
        match self {
            Self::Everything => true,
            Self::Parts(parts) => path.ancestors().any(|folder| parts.contains(folder)),
        }
    }
}

/// The parts that a scan works with.
pub(crate) struct Context {
    pub(crate) records: Arc<Records>,
    pub(crate) folders: Arc<[PathBuf]>,
    pub(crate) status: watch::Sender<ScanStatus>,
    pub(crate) stop: Arc<AtomicBool>,
    /// The folders that were walked.
    pub(crate) names: Arc<Mutex<Names>>,
    /// Called with every folder that is walked, so that it is watched from then on.
    pub(crate) on_folder: Arc<dyn Fn(&Path) + Send + Sync>,
}

impl Context {
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(std::sync::atomic::Ordering::Relaxed)
    }
}
