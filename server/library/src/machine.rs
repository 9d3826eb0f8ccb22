//! Faults of the machine: no memory, no files, a disk or a share that fails, a folder that may not be looked into.
//!
//! Such a fault is never news about the music. What could not be looked at stays as it is known, and is looked at again
//! when the fault is over; people are told what to do.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use nix::errno::Errno;

use super::found::is_hidden;

/// A place that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Nothing is known of what is there or below.
    pub(super) path: PathBuf,
    /// Why, and what to do, for people.
    pub(super) words: String,
    /// True if nothing else can be looked at, either.
    pub(super) everywhere: bool,
}

impl Trouble {
    /// The trouble behind an error at this place; `None` if the error tells something of the place itself.
    pub(super) fn of(path: &Path, error: &io::Error) -> Option<Self> {
        let (words, everywhere) = words(error)?;
        Some(Self { path: path.to_owned(), words: format!("{}: {error}. {words}", path.display()), everywhere })
    }

    /// A place below a folder that is known not to be there, or not to be the one that it was.
    pub(super) fn gone(path: &Path, why: &str) -> Self {
        let words = format!(
            "{}: {why}. Is its disk mounted? Its tracks are kept as they are; if it was emptied on purpose, have it \
             looked through by name (POST /api/library/scan with this folder)",
            path.display()
        );
        Self { path: path.to_owned(), words, everywhere: false }
    }

    pub(super) fn covers(&self, path: &Path) -> bool {
        self.everywhere || path.starts_with(&self.path)
    }
}

/// The remedy for a fault of the machine; `None` if the error tells something of the file itself.
pub(super) fn remedy(error: &io::Error) -> Option<&'static str> {
    words(error).map(|(words, _)| words)
}

/// The remedy for a fault of the machine, and true if it strikes everywhere.
fn words(error: &io::Error) -> Option<(&'static str, bool)> {
    Some(match Errno::from_raw(error.raw_os_error()?) {
        Errno::EMFILE => (
            "The coordinator has as many files open as it may: raise LimitNOFILE in its unit, or look for the client \
              that holds so many connections",
            true,
        ),
        Errno::ENFILE => ("The machine has as many files open as it can: end the program that has so many", true),
        Errno::ENOMEM | Errno::EAGAIN | Errno::ENOBUFS => {
            ("The machine has no memory or no threads left: end the program that takes so much", true)
        }
        Errno::EIO | Errno::ENXIO | Errno::ENODEV | Errno::EUCLEAN => (
            "The disk fails or was pulled out: look into the system's log (dmesg), and plug it in or replace it",
            false,
        ),
        Errno::ESTALE
        | Errno::ENOTCONN
        | Errno::ETIMEDOUT
        | Errno::EHOSTDOWN
        | Errno::EHOSTUNREACH
        | Errno::ECONNRESET
        | Errno::ECONNREFUSED
        | Errno::ENETDOWN
        | Errno::ENETUNREACH
        | Errno::EREMOTEIO
        | Errno::ESHUTDOWN => ("The network share does not answer: mount it again", false),
        Errno::EACCES | Errno::EPERM => ("Let the coordinator's user look into the folder (chmod, chown)", false),
        Errno::EINTR | Errno::EBUSY | Errno::EPROTO => ("It may pass by itself", false),
        _ => return None,
    })
}

/// True if a file could not be read because of the machine: then nothing is known of the file. A file that the
/// coordinator's user may not read is one, all the same.
pub(super) fn is_to_blame(error: &io::Error) -> bool {
    error.kind() != io::ErrorKind::PermissionDenied && words(error).is_some()
}

/// The folders that a disk is mounted at, and the music folders, as they were when they were walked.
#[derive(Debug, Default)]
pub(super) struct Mounts(HashMap<PathBuf, (u64, u64)>);

impl Mounts {
    /// Notes a folder if a disk is mounted there.
    pub(super) fn note(&mut self, path: &Path, folder: &fs::Metadata) {
        let above = path.parent().and_then(|above| fs::metadata(above).ok());
        if above.is_some_and(|above| above.dev() != folder.dev()) && !is_bare(path).unwrap_or(true) {
            self.0.insert(path.to_owned(), (folder.dev(), folder.ino()));
        }
    }

    /// The music folders, and the disks mounted in them, of which nothing can be said: they are not there, or they are
    /// empty and not the ones that were walked. `had` tells of a folder whether there was music in it. Those in `sure`
    /// somebody asked for by name.
    pub(super) fn missing(
        &mut self,
        roots: &[PathBuf],
        had: impl Fn(&Path) -> bool,
        sure: &HashSet<PathBuf>,
    ) -> Vec<Trouble> {
        let mut places: Vec<PathBuf> = self.0.keys().chain(roots).cloned().collect();
        places.sort_unstable();
        places.dedup();
        let mut troubles = Vec::new();
        for path in places {
            if sure.contains(&path) {
                self.0.remove(&path);
                continue;
            }
            let trouble = match fs::metadata(&path).and_then(|folder| Ok((is_bare(&path)?, folder))) {
                Err(error) => Trouble::of(&path, &error).or_else(|| Some(Trouble::gone(&path, "it is not there"))),
                Ok((bare, folder)) => {
                    let id = (folder.dev(), folder.ino());
                    if bare && self.0.get(&path) != Some(&id) && had(&path) {
                        Some(Trouble::gone(&path, "it is empty"))
                    } else {
                        self.0.insert(path.clone(), id);
                        None
                    }
                }
            };
            troubles.extend(trouble.filter(|_| had(&path)));
        }
        troubles
    }
}

/// True if there is nothing in a folder but what is hidden.
fn is_bare(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if !is_hidden(&entry?.file_name()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Faults that tests have the disk make.
#[cfg(test)]
pub(super) mod faults {
    use std::{
        collections::HashMap,
        io,
        path::{Path, PathBuf},
        sync::{Mutex, PoisonError},
    };

    static FAULTS: Mutex<Option<HashMap<PathBuf, i32>>> = Mutex::new(None);

    /// From now on this place answers with this error; 0: with none.
    pub(crate) fn set(path: &Path, code: i32) {
        let mut faults = FAULTS.lock().unwrap_or_else(PoisonError::into_inner);
        faults.get_or_insert_default().insert(path.to_owned(), code);
    }

    pub(crate) fn check(path: &Path) -> io::Result<()> {
        let faults = FAULTS.lock().unwrap_or_else(PoisonError::into_inner);
        match faults.as_ref().and_then(|faults| faults.get(path)) {
            Some(code) if *code != 0 => Err(io::Error::from_raw_os_error(*code)),
            _ => Ok(()),
        }
    }

    /// The process that a test began to be killed at this step is killed.
    pub(crate) fn step(name: &str) {
        if std::env::var_os(KILLED_AT).is_some_and(|at| at == name) {
            let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
        }
    }

    pub(crate) const KILLED_AT: &str = "DOWNBEAT_TEST_KILLED_AT";
}

/// The disk, which makes no faults of its own accord here.
#[cfg(not(test))]
pub(super) mod faults {
    use std::{io, path::Path};

    #[expect(clippy::unnecessary_wraps, reason = "tests have it fail")]
    pub(crate) fn check(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn step(_: &str) {}
}
