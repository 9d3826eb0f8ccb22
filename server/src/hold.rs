//! One data folder, one coordinator. Each keeps zones and queues in memory and writes what changed: two would write over
//! what the other answered for.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// The file that is locked; it stays empty.
const FILE_NAME: &str = "downbeat.lock";

/// One that is being ended may hold it for a moment still.
const PATIENCE: Duration = Duration::from_secs(3);
const BETWEEN: Duration = Duration::from_millis(50);

/// The data folder is this coordinator's until this is dropped. The system lets go of it if the process is killed.
#[derive(Debug)]
pub(crate) struct Hold {
    /// `None` where the disk knows no locks, or nothing can be made.
    _file: Option<File>,
}

/// Another coordinator has the folder.
#[derive(Debug, thiserror::Error)]
#[error(
    "another coordinator is at work on {}. End it (systemctl stop downbeat-server, if it is the service), or choose \
     another folder with --data",
    .0.display()
)]
pub struct Held(PathBuf);

/// Takes the data folder, which is made if it is missing. What is wrong with a folder in which nothing can be made, the
/// store says.
pub(crate) async fn take(data: &Path) -> Result<Hold, Held> {
    take_within(data, PATIENCE).await
}

async fn take_within(data: &Path, patience: Duration) -> Result<Hold, Held> {
    let path = data.join(FILE_NAME);
    let open = || {
        std::fs::create_dir_all(data)?;
        File::options().create(true).truncate(false).write(true).open(&path)
    };
    let file = match open() {
        Ok(file) => file,
        Err(error) => {
            tracing::debug!(file = %path.display(), %error, "cannot be made");
            return Ok(Hold { _file: None });
        }
    };
    let until = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Hold { _file: Some(file) }),
            Err(TryLockError::WouldBlock) if Instant::now() < until => sleep(BETWEEN).await,
            Err(TryLockError::WouldBlock) => return Err(Held(data.to_owned())),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(file = %path.display(), %error, "cannot be locked: see to it that only one coordinator uses this folder");
                return Ok(Hold { _file: None });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_is_one_coordinators_until_it_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("new/data");
        let first = take(&data).await.unwrap();
        let refused = take_within(&data, Duration::ZERO).await.unwrap_err();
        assert!(refused.to_string().contains(data.to_str().unwrap()), "{refused}");
        // Polled before the other is dropped.
        let (second, ()) = tokio::join!(take_within(&data, Duration::from_mins(10)), async { drop(first) });
        second.unwrap();
    }
}
