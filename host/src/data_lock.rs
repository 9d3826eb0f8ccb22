//! One data folder, one process: two would write over each other's files.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

/// The right to a data folder, until it is dropped. The system takes it back if the process is killed.
#[derive(Debug)]
pub struct DataLock {
    /// `None` where the disk knows no locks, or nothing can be made.
    _file: Option<File>,
}

/// Another process holds the folder. Each program has its own words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(
    /// The folder.
    pub PathBuf,
);

impl DataLock {
    /// Locks the folder `data` by the file `name` in it; both are made if they are missing, and the file stays empty.
    ///
    /// A folder in which nothing can be made is not an error here: the code that must write into it says what is wrong.
    pub fn take(data: &Path, name: &str) -> Result<Self, Held> {
        let path = data.join(name);
        let open = || {
            fs::create_dir_all(data)?;
            File::options().create(true).truncate(false).write(true).open(&path)
        };
        let file = match open() {
            Ok(file) => file,
            Err(error) => {
                tracing::debug!(file = %path.display(), %error, "cannot be made");
                return Ok(Self { _file: None });
            }
        };
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(Held(data.to_owned())),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(
                    file = %path.display(), %error,
                    "cannot be locked: see to it that only one process uses this folder"
                );
                Ok(Self { _file: None })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_processes_until_it_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("new/data");
        let first = DataLock::take(&data, "lock").unwrap();
        assert_eq!(DataLock::take(&data, "lock").unwrap_err(), Held(data.clone()));
        DataLock::take(&data, "another").unwrap();
        drop(first);
        DataLock::take(&data, "lock").unwrap();
        assert_eq!(fs::read(data.join("lock")).unwrap(), b"");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_not_refused_here() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        DataLock::take(&file, "lock").unwrap();
    }
}
