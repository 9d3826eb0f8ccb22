//! Files of strangers, opened with care.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use nix::fcntl::OFlag;

use super::machine::faults;

/// Opens a file, and nothing that only looks like one: a pipe would wait for its writer.
pub(super) fn open(path: &Path) -> io::Result<File> {
    faults::check(path)?;
    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a file")) }
}

/// The words of the system, for people.
pub(super) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "the coordinator's user may not read it".into(),
        io::ErrorKind::NotFound => "it is gone".into(),
        io::ErrorKind::InvalidFilename => "its path is longer than the system allows".into(),
        _ => error.to_string(),
    }
}
