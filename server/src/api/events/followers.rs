//! The clients that follow events: while there is one, the log is filled.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Notify, watch};

use crate::{changes::Changes, events::Log};

/// The log of events, the marks of changes, and the number of followers; clones share it.
#[derive(Debug, Clone)]
pub struct Events(pub(super) Arc<EventsState>);

#[derive(Debug)]
pub(super) struct EventsState {
    pub(super) log: Log,
    pub(super) changes: Changes,
    pub(super) followers: AtomicUsize,
    pub(super) came: Notify,
    /// Whether the log's picture has every subject.
    pub(super) complete: watch::Sender<bool>,
}

impl Events {
    /// Of these changes; `era` names this process.
    pub fn new(changes: Changes, era: u64) -> Self {
        Self(Arc::new(EventsState {
            log: Log::new(era),
            changes,
            followers: AtomicUsize::new(0),
            came: Notify::new(),
            complete: watch::Sender::new(false),
        }))
    }

    /// Waits until the picture is complete, and keeps it so until the returned value is dropped.
    pub(super) async fn follow(&self) -> Following {
        self.0.followers.fetch_add(1, Ordering::AcqRel);
        let following = Following(self.clone());
        self.0.came.notify_one();
        let _ = self.0.complete.subscribe().wait_for(|complete| *complete).await;
        following
    }
}

/// Somebody follows.
pub(super) struct Following(Events);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.0.followers.fetch_sub(1, Ordering::AcqRel);
        self.0.0.came.notify_one();
    }
}
