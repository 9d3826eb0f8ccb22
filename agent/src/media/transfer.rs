//! A transfer under way: its place, whether it goes on, why it ended.

use std::{fs::File, sync::Arc};

use super::download::Download;

/// The place of the bytes of a transfer.
#[derive(Debug)]
pub(super) enum Target {
    /// The file, to be whole.
    Whole(Arc<File>),
    /// The pieces of a window.
    Window,
}

impl Target {
    /// True if the download still goes there.
    pub(super) fn is(&self, download: &Download) -> bool {
        match self {
            Self::Whole(file) => download.file.as_ref().is_some_and(|f| Arc::ptr_eq(f, file)),
            Self::Window => download.window.is_some(),
        }
    }
}

/// The fate of a transfer that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    Go,
    /// It waits: the window is full, and the server would begin again at the first byte.
    Hold,
    /// Something else is more urgent, or nobody wants it any more.
    Stop,
}

/// Why a transfer ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// All that was asked for is there.
    Through,
    /// Something else is more urgent.
    Preempted,
}
