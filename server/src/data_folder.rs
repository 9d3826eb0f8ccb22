//! One data folder, one coordinator. Each keeps zones and queues in memory and writes what changed: two would write
//! over what the other answered for.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use downbeat_host::data_lock::DataLock;
use tokio::time::{Instant, sleep};

/// The file that is locked; it stays empty.
const FILE_NAME: &str = "downbeat.lock";

/// One that is being ended may hold it for a moment still.
const PATIENCE: Duration = Duration::from_secs(3);
const BETWEEN: Duration = Duration::from_millis(50);

/// Another coordinator has the folder.
#[derive(Debug, thiserror::Error)]
#[error(
    "another coordinator is at work on {}. End it (systemctl stop downbeat-server, if it is the service), or choose \
     another folder with --data",
    .0.display()
)]
pub struct FolderInUse(PathBuf);

/// Takes the data folder, which is made if it is missing. What is wrong with a folder in which nothing can be made, the
/// store says.
pub(crate) async fn take(data: &Path) -> Result<DataLock, FolderInUse> {
    take_within(data, PATIENCE).await
}

async fn take_within(data: &Path, patience: Duration) -> Result<DataLock, FolderInUse> {
    let until = Instant::now() + patience;
    loop {
        match DataLock::take(data, FILE_NAME) {
            Err(_) if Instant::now() < until => sleep(BETWEEN).await,
            taken => return taken.map_err(|held| FolderInUse(held.0)),
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
