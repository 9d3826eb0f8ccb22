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
    /// True if the log's picture has every subject.
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

    /// How many follow.
    pub fn followers(&self) -> usize {
        self.0.followers.load(Ordering::Acquire)
    }

    /// One more follower, who is counted until the returned value is dropped; `None`: there are `most` already.
    pub(super) fn follow(&self, most: usize) -> Option<Following> {
        let before = self.0.followers.fetch_add(1, Ordering::AcqRel);
        let following = Following(self.clone());
        self.0.came.notify_one();
        (before < most).then_some(following)
    }
}

/// Somebody follows.
pub(super) struct Following(Events);

impl Following {
    /// Waits until the picture is complete.
    pub(super) async fn begin(&self) {
        let _ = self.0.0.complete.subscribe().wait_for(|complete| *complete).await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.0.followers.fetch_sub(1, Ordering::AcqRel);
        self.0.0.came.notify_one();
    }
}
