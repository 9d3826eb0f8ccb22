//! Why a file was not changed, in words for people.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::machine::remedy;

/// Why a file was not changed. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is not there.
    #[error("the file is not there")]
    Missing,
    /// The file or its folder is not to be written to.
    #[error("{path} cannot be written to: {source}. Give the coordinator's user the right to write there")]
    ReadOnly {
        /// The file or the folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The folder is read-only for the coordinator, by its unit or because its disk is.
    #[error(
        "{folder} is read-only for the coordinator, and nothing was changed. If its disk can be written to, the \
         systemd unit forbids it: run `systemctl edit downbeat-server`, add the lines `[Service]` and \
         `ReadWritePaths={folder}`, and restart the coordinator"
    )]
    Sealed {
        /// The music folder.
        folder: PathBuf,
    },
    /// No tags can be written to this kind of file.
    #[error("tags of this file cannot be written: {0}")]
    Unsupported(String),
    /// It holds other tracks as well.
    #[error("the file holds {0} tracks, and is not deleted for one of them. Delete the file itself if all are to go")]
    HoldsMore(u32),
    /// The changed copy was not as it should be.
    #[error("the file was left as it is, because a changed copy of it was checked and is not right: {0}")]
    Harmful(String),
    /// Somebody else wrote to the file meanwhile.
    #[error("the file was changed by another program just now; look at it and try again")]
    Changed,
    /// Somebody else holds the file.
    #[error("another program has locked the file; close it there and try again")]
    Busy,
    /// No room for the copy.
    #[error("the disk that holds {0} is full")]
    Full(PathBuf),
    /// The tags that were there cannot be kept.
    #[error("the file was left as it is, because its tags of before cannot be kept in {folder}: {source}")]
    NotKept {
        /// The folder of kept tags.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// No edit of this id is kept.
    #[error("no edit of this id is kept; they are thrown away after some days, or when they take too much room")]
    Unknown,
    /// The file is no longer as the edit left it.
    #[error("the file was changed since that edit, and is left as it is: to take the edit back would undo that, too")]
    ChangedSince,
    /// The machine gives nothing at the moment: no files, no memory, or a disk that fails.
    #[error("{path}: {source}. {remedy}; then try again")]
    Machine {
        /// The file or the folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// Anything else.
    #[error("{path}: {source}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl EditError {
    pub(super) fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, source },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path),
            _ => Self::of_machine(path, source),
        }
    }

    /// Of a file of our own, which is there and ours.
    pub(super) fn of_machine(path: PathBuf, source: io::Error) -> Self {
        match remedy(&source) {
            Some(remedy) => Self::Machine { path, source, remedy },
            None => Self::Other { path, source },
        }
    }
}
