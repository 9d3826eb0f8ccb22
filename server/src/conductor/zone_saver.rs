//! Keeps a zone's state in the store.
//!
//! Commands come faster than a disk syncs, and each state contains the one before. So only the newest is written, one
//! at a time, and a caller that must not answer before its change is kept waits for its revision. Of the queue only
//! those pieces are written that are not as they were written last.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::ConductorError;
use crate::rarely;
use downbeat_store::{QueueChange, QueueRow, Store, ZoneError, ZoneRow};
use downbeat_zone::queue::{self, Chunk, Snapshot};

/// How long until a failed write is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// The zone's side.
#[derive(Debug)]
pub(crate) struct ZoneSaver {
    newest: watch::Sender<Option<State>>,
    kept: watch::Receiver<LastWrite>,
    finish: CancellationToken,
    writes: Writes,
}

/// Held during a write; whether the zone is deleted, so that there will be none any more.
type Writes = Arc<Mutex<bool>>;

/// A zone at one moment.
type State = (ZoneRow, Snapshot);

/// Up to which revision the state is kept, and what was wrong with the last write.
#[derive(Debug, Clone, Default)]
struct LastWrite {
    revision: u64,
    error: Option<String>,
}

impl ZoneSaver {
    /// A saver, and the task that does its writing; `queue` is what the store holds of the queue.
    pub(super) fn new(store: Store, queue: Snapshot) -> (Self, impl Future<Output = ()>) {
        let (newest, rows) = watch::channel(None);
        let (done, kept) = watch::channel(LastWrite::default());
        let finish = CancellationToken::new();
        let writes = Writes::default();
        let writing = write(Pen::new(store, queue), rows, done, (finish.clone(), writes.clone()));
        (Self { newest, kept, finish, writes }, writing)
    }

    /// Nothing more will come: the task writes the last state and ends.
    pub(super) fn finish(&self) {
        self.finish.cancel();
    }

    /// Does something that nothing may be written during. If that was to delete the zone, and succeeded, nothing is
    /// written after it, either.
    pub(crate) async fn delete<E>(&self, deleting: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let mut deleted = self.writes.lock().await;
        deleting.await?;
        *deleted = true;
        Ok(())
    }

    /// Has this written, soon.
    pub(super) fn save(&self, row: ZoneRow, queue: Snapshot) {
        self.newest.send_replace(Some((row, queue)));
    }

    /// Waits until the state of `revision` (or a later one) is kept.
    pub(super) fn kept(&self, revision: u64) -> impl Future<Output = Result<(), ConductorError>> + use<> {
        let mut kept = self.kept.clone();
        async move {
            let state = kept.wait_for(|k| k.revision >= revision).await.map_err(|_| ConductorError::Stopping)?;
            state.error.clone().map_or(Ok(()), |e| Err(ConductorError::NotKept(e)))
        }
    }
}

/// Writes, and knows what it wrote.
struct Pen {
    store: Store,
    /// The pieces of the queue as the store holds them.
    written: HashMap<i64, Arc<Chunk>>,
}

impl Pen {
    fn new(store: Store, queue: Snapshot) -> Self {
        Self { store, written: queue.into_iter().map(|c| (c.position, c)).collect() }
    }

    async fn write(&mut self, row: &ZoneRow, queue: &Snapshot) -> Result<(), ZoneError> {
        let change = self.change(queue);
        self.store.save_session(row, &change).await?;
        self.written = queue.iter().map(|c| (c.position, c.clone())).collect();
        Ok(())
    }

    fn change(&self, queue: &Snapshot) -> QueueChange {
        let mut gone = self.written.clone();
        let mut put = Vec::new();
        for chunk in queue {
            let old = gone.remove(&chunk.position);
            if old.as_ref().is_some_and(|old| Arc::ptr_eq(old, chunk)) {
                continue;
            }
            let entries = queue::encode(chunk);
            // most of what the library says of a track is not kept here
            if old.is_none_or(|old| queue::encode(&old) != entries) {
                put.push(QueueRow { position: chunk.position, entries });
            }
        }
        QueueChange { put, gone: gone.into_keys().collect() }
    }
}

async fn write(
    mut pen: Pen,
    mut rows: watch::Receiver<Option<State>>,
    done: watch::Sender<LastWrite>,
    (finish, writes): (CancellationToken, Writes),
) {
    let mut failed = false;
    loop {
        let last = tokio::select! {
            biased;
            change = rows.changed() => change.is_err(),
            () = tokio::time::sleep(RETRY), if failed => false,
            () = finish.cancelled() => true,
        };
        if last && !failed && !rows.has_changed().unwrap_or(false) {
            return;
        }
        let Some((row, queue)) = rows.borrow_and_update().clone() else { continue };
        let deleted = writes.lock().await;
        if *deleted {
            return;
        }
        let result = pen.write(&row, &queue).await;
        drop(deleted);
        failed = result.is_err();
        if let Err(error) = &result
            && let Some(left_out) = rarely::may_tell("a zone is not kept")
        {
            tracing::error!(zone = row.name, %error, left_out, "the zone's state could not be kept");
        }
        done.send_replace(LastWrite { revision: row.revision, error: result.err().map(|e| e.to_string()) });
        if last {
            return;
        }
    }
}
