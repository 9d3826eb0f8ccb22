//! Keeps a zone's state in the store.
//!
//! Commands come faster than a disk syncs, and each state contains the one before: so only the newest is written, one at
//! a time, and whoever must not answer before his change is kept waits for its revision.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::ConductorError;
use crate::store::{Store, ZoneRow};

/// How long until a failed write is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// The zone's side.
#[derive(Debug)]
pub(super) struct Saver {
    newest: watch::Sender<Option<ZoneRow>>,
    kept: watch::Receiver<Kept>,
    finish: CancellationToken,
    writes: Writes,
}

/// Held during a write; whether the zone is deleted, so that there will be none any more.
type Writes = Arc<Mutex<bool>>;

/// Up to which revision the state is kept, and what was wrong with the last write.
#[derive(Debug, Clone, Default)]
struct Kept {
    revision: u64,
    error: Option<String>,
}

impl Saver {
    /// A saver, and the task that does its writing.
    pub(super) fn new(store: Store) -> (Self, impl Future<Output = ()>) {
        let (newest, rows) = watch::channel(None);
        let (done, kept) = watch::channel(Kept::default());
        let finish = CancellationToken::new();
        let writes = Writes::default();
        let writing = write(store, rows, done, (finish.clone(), writes.clone()));
        (Self { newest, kept, finish, writes }, writing)
    }

    /// Nothing more will come: the task writes the last state and ends.
    pub(super) fn finish(&self) {
        self.finish.cancel();
    }

    /// Does something that nothing may be written during; if it was to delete the zone and succeeded, nothing is written
    /// after it, either.
    pub(super) async fn delete<E>(&self, deleting: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let mut deleted = self.writes.lock().await;
        deleting.await?;
        *deleted = true;
        Ok(())
    }

    /// Has this written, soon.
    pub(super) fn save(&self, row: ZoneRow) {
        self.newest.send_replace(Some(row));
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

async fn write(
    store: Store,
    mut rows: watch::Receiver<Option<ZoneRow>>,
    done: watch::Sender<Kept>,
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
        let Some(row) = rows.borrow_and_update().clone() else { continue };
        let deleted = writes.lock().await;
        if *deleted {
            return;
        }
        let result = store.save_zone(&row).await;
        drop(deleted);
        failed = result.is_err();
        if let Err(error) = &result {
            tracing::error!(zone = row.name, %error, "the zone's state could not be kept");
        }
        done.send_replace(Kept { revision: row.revision, error: result.err().map(|e| e.to_string()) });
        if last {
            return;
        }
    }
}
