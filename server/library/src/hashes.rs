//! The hashes of tracks that somebody wants to hear: a speaker fetches a file by its hash, so nothing starts before it
//! is known.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
};

use downbeat_protocol::TrackId;
use tokio::sync::{Semaphore, mpsc};

use super::{found::Stat, inspect, records::Records, worker::Worker};

/// Files that are hashed at once. Who waits for many gives way to others after each.
const AT_ONCE: usize = 2;

#[derive(Debug)]
pub(super) struct HashFinder {
    records: Arc<Records>,
    stop: Arc<AtomicBool>,
    /// The channel for the paths of files that are not as the records say.
    suspects: mpsc::Sender<Vec<PathBuf>>,
    turns: Semaphore,
    workers: Mutex<Vec<Worker>>,
}

impl HashFinder {
    pub(super) fn new(records: Arc<Records>, stop: Arc<AtomicBool>, suspects: mpsc::Sender<Vec<PathBuf>>) -> Self {
        Self { records, stop, suspects, turns: Semaphore::new(AT_ONCE), workers: Mutex::default() }
    }

    pub(super) async fn find_hashes(self: Arc<Self>, tracks: Vec<TrackId>) {
        let mut found = false;
        for track in tracks {
            // In the order of asking: others come in between two tracks of a long list.
            let Ok(_turn) = self.turns.acquire().await else { return };
            let worker = self.workers().pop();
            let mut worker = worker.unwrap_or_else(|| Worker::new("identify"));
            found |=
                find_hash(&self.records, &mut worker, track, &self.stop, &self.suspects).await.is_ok_and(|found| found);
            self.workers().push(worker);
        }
        if found {
            // Nobody waits for that: a hash that is lost is found again.
            let records = Arc::clone(&self.records);
            tokio::spawn(async move { records.publish().await });
        }
    }

    fn workers(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the hash of one track, if it has none and can be played, and announces it; it is not saved yet. Whether one
/// was found. The error is that of its file.
pub(super) async fn find_hash(
    records: &Records,
    worker: &mut Worker,
    id: TrackId,
    stop: &Arc<AtomicBool>,
    suspects: &mpsc::Sender<Vec<PathBuf>>,
) -> std::io::Result<bool> {
    let Some(track) = records.catalog.get(id).filter(|t| t.hash.is_empty() && t.playable()) else { return Ok(false) };
    let stat = Stat { bytes: track.bytes, mtime_ns: track.mtime_ns, inode: track.inode };
    match inspect::hash(worker, &track.path, stat, stop).await {
        Ok(hash) => {
            let is_same =
                |t: &super::TrackRow| (t.bytes, t.mtime_ns, &t.path) == (track.bytes, track.mtime_ns, &track.path);
            // A file may hold many tracks: it is read once for all of them.
            let ids: Vec<TrackId> = records.catalog.all_at_path(&track.path).iter().map(|t| t.id).collect();
            let mut found = false;
            for id in &ids {
                found |= records.find(*id, |t| {
                    if is_same(t) {
                        t.hash.clone_from(&hash);
                    }
                });
            }
            records.catalog.announce(&ids);
            Ok(found)
        }
        Err(error) => {
            tracing::debug!(path = %track.path.display(), %error, "not hashed");
            if inspect::is_changed(&error) || error.kind() == std::io::ErrorKind::NotFound {
                let _ = suspects.try_send(vec![track.path.clone()]);
            }
            Err(error)
        }
    }
}
