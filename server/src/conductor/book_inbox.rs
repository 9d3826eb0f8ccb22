//! What was heard of books and is not kept yet.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use downbeat_protocol::ZoneId;
use tokio::sync::Notify;

use super::listening::Heard;

/// So much waits at most; then the oldest goes.
const MOST: usize = 4_096;

/// What was heard and is not kept yet.
#[derive(Debug, Default)]
pub(super) struct BookInbox {
    waiting: Mutex<VecDeque<(ZoneId, Heard)>>,
    pub(super) more: Notify,
}

impl BookInbox {
    pub(super) fn put(&self, zone: ZoneId, heard: Heard) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == MOST {
            waiting.pop_front();
        }
        waiting.push_back((zone, heard));
        drop(waiting);
        self.more.notify_one();
    }

    pub(super) fn take(&self) -> Option<(ZoneId, Heard)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
