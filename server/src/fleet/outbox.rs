//! What waits to be sent to one speaker.
//!
//! Every message is a snapshot, so a newer one of its kind makes the older one worthless: it replaces it. So the box is
//! bounded by the number of kinds, a slow speaker always gets the present state as soon as it reads again, and state is
//! never dropped.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

/// Kinds of messages: one of each can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// `state_sync`; it also replaces waiting session and volume messages, which it contains.
    StateSync,
    /// `play_track`, `pause`, `resume`, `seek`, `stop`, `plan_update`: all say what the zone plays.
    Session,
    /// `prepare`
    Prepare,
    /// `volume_change`
    Volume,
    /// `configure`
    Configure,
    /// `identify`
    Identify,
    /// `metronome`
    Metronome,
    /// `position_check`
    PositionCheck,
    /// `history_kept`
    HistoryKept,
    /// `error`
    Error,
}

/// Why a connection is ended by the coordinator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The stable code of the `error` message that is sent first.
    pub code: &'static str,
    /// For people, with what to do.
    pub detail: String,
    /// The WebSocket close code.
    pub close_code: u16,
}

/// What the writer is to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Send this text.
    Frame(Utf8Bytes),
    /// Say why, and close.
    Close(Closing),
}

#[derive(Debug, Default)]
struct Inner {
    frames: VecDeque<(Slot, Utf8Bytes)>,
    closing: Option<Closing>,
}

/// The box of one connection. Written by anyone, emptied by the connection's task.
#[derive(Debug, Default)]
pub struct Outbox {
    inner: Mutex<Inner>,
    wake: Notify,
}

impl Outbox {
    /// Puts a message in; an older one of its kind goes.
    pub fn push(&self, slot: Slot, text: Utf8Bytes) {
        let mut inner = self.lock();
        inner.frames.retain(|(waiting, _)| !replaces(slot, *waiting));
        inner.frames.push_back((slot, text));
        drop(inner);
        self.wake.notify_one();
    }

    /// Ends the connection as soon as its task can. Only the first reason counts.
    pub fn close(&self, closing: Closing) {
        self.lock().closing.get_or_insert(closing);
        self.wake.notify_one();
    }

    /// The next thing to do, as soon as there is one. A closing comes before everything that waits. To be called by
    /// one task only.
    pub async fn next(&self) -> Outgoing {
        loop {
            {
                let mut inner = self.lock();
                if let Some(closing) = inner.closing.take() {
                    return Outgoing::Close(closing);
                }
                if let Some((_, text)) = inner.frames.pop_front() {
                    return Outgoing::Frame(text);
                }
            }
            self.wake.notified().await;
        }
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.lock().frames.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replaces(new: Slot, waiting: Slot) -> bool {
    new == waiting || (new == Slot::StateSync && matches!(waiting, Slot::Session | Slot::Volume))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn texts(outbox: &Outbox) -> Vec<String> {
        let mut out = Vec::new();
        while !outbox.is_empty() {
            if let Outgoing::Frame(text) = outbox.next().await {
                out.push(text.to_string());
            }
        }
        out
    }

    #[tokio::test]
    async fn the_newest_of_a_kind_waits_and_nothing_else_is_lost() {
        let outbox = Outbox::default();
        for i in 0..1000 {
            outbox.push(Slot::Session, format!("session {i}").into());
            outbox.push(Slot::PositionCheck, format!("check {i}").into());
            if i == 500 {
                outbox.push(Slot::Prepare, "prepare".into());
            }
        }
        assert_eq!(outbox.len(), 3);
        assert_eq!(texts(&outbox).await, ["prepare", "session 999", "check 999"]);
    }

    #[tokio::test]
    async fn a_state_sync_contains_what_it_replaces_and_is_followed_by_newer_changes() {
        let outbox = Outbox::default();
        outbox.push(Slot::Session, "old".into());
        outbox.push(Slot::Volume, "old".into());
        outbox.push(Slot::StateSync, "sync".into());
        outbox.push(Slot::Session, "new".into());
        assert_eq!(texts(&outbox).await, ["sync", "new"]);
    }

    #[tokio::test]
    async fn the_first_closing_counts_and_comes_first() {
        let outbox = Outbox::default();
        let closing = |code| Closing { code, detail: String::new(), close_code: 1000 };
        outbox.push(Slot::Session, "s".into());
        outbox.close(closing("replaced"));
        outbox.close(closing("late"));
        assert_eq!(outbox.next().await, Outgoing::Close(closing("replaced")));
    }
}
