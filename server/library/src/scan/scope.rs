//! The places that a scan looks at, and the parts that it works with.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicBool},
};

use tokio::sync::watch;

use crate::{
    cue::Sheets,
    leave_out::{LeaveOut, Marks},
    machine::Mounts,
    progress::ScanStatus,
    reader::Reader,
    records::Records,
    walk::Names,
};

/// The places to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All music folders.
    Everything,
    /// These files and folders.
    Parts(Arc<HashSet<PathBuf>>),
}

impl Scope {
    pub(crate) fn contains(&self, path: &Path) -> bool {
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
    /// The cue sheets that were found.
    pub(crate) sheets: Arc<Mutex<Sheets>>,
    /// The disks that were walked.
    pub(crate) mounts: Arc<Mutex<Mounts>>,
    /// The folders that somebody asked for by name: what is not there is gone.
    pub(crate) sure: Arc<Mutex<HashSet<PathBuf>>>,
    /// How files are read, as it is set.
    pub(crate) reading: Arc<Reader>,
    /// The names of folders that are left out.
    pub(crate) leave_out: LeaveOut,
    /// The marks in folders that were found.
    pub(crate) marks: Arc<Mutex<Marks>>,
    /// Called with every folder that is walked, so that it is watched from then on.
    pub(crate) on_folder: Arc<dyn Fn(&Path) + Send + Sync>,
}

impl Scope {
    /// True if a part lies in this folder, or this folder in a part.
    pub(super) fn touches(&self, folder: &Path) -> bool {
        match self {
            Self::Everything => true,
            Self::Parts(parts) => parts.iter().any(|part| part.starts_with(folder) || folder.starts_with(part)),
        }
    }
}

impl Context {
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(std::sync::atomic::Ordering::Relaxed)
    }
}
