//! The entries that a walk finds, and what their names and times tell.

use std::{ffi::OsStr, fs::Metadata, os::unix::fs::MetadataExt as _, path::PathBuf, sync::Arc};

use super::cue::Cuts;

/// The facts that tell whether a file is still the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) bytes: u64,
    /// Nanoseconds since 1970.
    pub(super) mtime_ns: i64,
    pub(super) inode: u64,
}

impl Stat {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let mtime_ns = metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
        Self { bytes: metadata.len(), mtime_ns, inode: metadata.ino() }
    }

    /// True if a file of these bytes and this time is unchanged. The inode is no sign: on removable and network disks
    /// it differs with every mount.
    pub(super) fn same_content(self, bytes: u64, mtime_ns: i64) -> bool {
        (self.bytes, self.mtime_ns) == (bytes, mtime_ns)
    }
}

/// A file that may be music.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) stat: Stat,
    /// What a sheet beside it says of its tracks.
    pub(super) sheet: Option<Arc<Cuts>>,
}

impl Found {
    /// A file of which no sheet says anything.
    pub(super) fn new(path: PathBuf, stat: Stat) -> Self {
        Self { path, stat, sheet: None }
    }
}

/// The entries that a walk reports.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Walked {
    /// A file that may be music.
    File(Found),
    /// A picture for the files beside it, and its bytes.
    Picture(PathBuf, u64),
    /// Something that is left out, and why, for people.
    LeftOut(LeftOut),
    /// A file whose ending is that of no music.
    NotTaken(PathBuf),
    /// What a list or a mark leaves out: its path, the name under which such things are counted, and why, for people.
    Passed(PathBuf, String, &'static str),
}

/// The entry of a music folder that is not looked into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The path of the entry.
    pub path: PathBuf,
    /// Why, for people.
    pub reason: String,
}

/// Files of one ending that are not looked at; or folders that are left out, each counted as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// The ending, lower case; empty for names without one. Of folders that are left out by their name that, with a
    /// slash; of what a mark leaves out the name of the mark.
    pub ending: String,
    /// Why, for people.
    pub reason: &'static str,
    /// How many there are.
    pub files: u64,
    /// One of them.
    pub example: PathBuf,
}

pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
