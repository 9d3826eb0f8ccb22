//! The hashes of tracks that somebody wants to hear: a speaker fetches a file by its hash, so nothing starts before it
//! is known.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
};

use downbeat_protocol::TrackId;
use tokio::sync::{Semaphore, mpsc};

use super::{books::Books, found::Stat, inspect, lane::Lane};

/// Files that are hashed at once. Who waits for many gives way to others after each.
const AT_ONCE: usize = 2;

#[derive(Debug)]
pub(super) struct Identifier {
    books: Arc<Books>,
    stop: Arc<AtomicBool>,
    /// The channel for the paths of files that are not as the books say.
    suspects: mpsc::Sender<Vec<PathBuf>>,
    turns: Semaphore,
    lanes: Mutex<Vec<Lane>>,
}

impl Identifier {
    pub(super) fn new(books: Arc<Books>, stop: Arc<AtomicBool>, suspects: mpsc::Sender<Vec<PathBuf>>) -> Self {
        Self { books, stop, suspects, turns: Semaphore::new(AT_ONCE), lanes: Mutex::default() }
    }

    pub(super) async fn identify(self: Arc<Self>, tracks: Vec<TrackId>) {
        let mut found = false;
        for track in tracks {
            // In the order of asking: others come in between two tracks of a long list.
            let Ok(_turn) = self.turns.acquire().await else { return };
            let lane = self.lanes().pop();
            let mut lane = lane.unwrap_or_else(|| Lane::new("identify"));
            found |=
                find_hash(&self.books, &mut lane, track, &self.stop, &self.suspects).await.is_ok_and(|found| found);
            self.lanes().push(lane);
        }
        if found {
            // Nobody waits for that: a hash that is lost is found again.
            let books = Arc::clone(&self.books);
            tokio::spawn(async move { books.publish().await });
        }
    }

    fn lanes(&self) -> std::sync::MutexGuard<'_, Vec<Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the hash of one track, if it has none and can be played, and announces it; it is not saved yet. Whether one
/// was found. The error is that of its file.
pub(super) async fn find_hash(
    books: &Books,
    lane: &mut Lane,
    id: TrackId,
    stop: &Arc<AtomicBool>,
    suspects: &mpsc::Sender<Vec<PathBuf>>,
) -> std::io::Result<bool> {
    let Some(track) = books.catalog.get(id).filter(|t| t.hash.is_empty() && t.playable()) else { return Ok(false) };
    let stat = Stat { bytes: track.bytes, mtime_ns: track.mtime_ns, inode: track.inode };
    match inspect::hash(lane, &track.path, stat, stop).await {
        Ok(hash) => {
            let is_same =
                |t: &super::TrackRow| (t.bytes, t.mtime_ns, &t.path) == (track.bytes, track.mtime_ns, &track.path);
            let found = books.find(id, |t| {
                if is_same(t) {
                    t.hash = hash;
                }
            });
            books.catalog.announce(&[id]);
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
