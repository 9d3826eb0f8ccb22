//! The messages that wait to be sent to one speaker.
//!
//! Every message is a snapshot, so a newer one of its kind makes the older one worthless: it replaces it. So the box is
//! bounded by the number of kinds, a slow speaker always gets the present state as soon as it reads again, and state is
//! never dropped.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use downbeat_protocol::ServerMessage;
use tokio::sync::Notify;

use super::link::Outbound;

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
    /// `calibration`
    Calibration,
    /// `position_check`
    PositionCheck,
    /// `history_kept`
    HistoryKept,
    /// `announce`
    Announce,
    /// `standing`
    Standing,
    /// `error`
    Error,
    /// `welcome` and `time_reply`, which a connection sends by itself.
    Connection,
}

impl Slot {
    /// The slot of a message.
    pub fn of(message: &ServerMessage) -> Self {
        match message {
            ServerMessage::StateSync(_) => Self::StateSync,
            ServerMessage::PlayTrack(_)
            | ServerMessage::Pause(_)
            | ServerMessage::Resume(_)
            | ServerMessage::Seek(_)
            | ServerMessage::Stop(_)
            | ServerMessage::PlanUpdate(_) => Self::Session,
            ServerMessage::Prepare(_) => Self::Prepare,
            ServerMessage::VolumeChange(_) => Self::Volume,
            ServerMessage::Configure(_) => Self::Configure,
            ServerMessage::Identify(_) => Self::Identify,
            ServerMessage::Metronome(_) => Self::Metronome,
            ServerMessage::Calibration(_) => Self::Calibration,
            ServerMessage::PositionCheck(_) => Self::PositionCheck,
            ServerMessage::HistoryKept(_) => Self::HistoryKept,
            ServerMessage::Announce(_) => Self::Announce,
            ServerMessage::Standing(_) => Self::Standing,
            ServerMessage::Error(_) => Self::Error,
            ServerMessage::Welcome(_) | ServerMessage::TimeReply(_) => Self::Connection,
        }
    }
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

/// The next thing that the writer is to do.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// Send this message.
    Message(Outbound),
    /// Ask for a sign of life, by a ping with the payload [`SIGN`].
    Probe,
    /// Say why, and close.
    Close(Closing),
}

/// The payload of a ping whose pong is a sign of life.
pub const SIGN: &[u8] = b"alive";

#[derive(Debug, Default)]
struct OutboxState {
    messages: VecDeque<(Slot, Outbound)>,
    closing: Option<Closing>,
    probe: bool,
}

/// The box of one connection. Written by anyone, emptied by the connection's task.
#[derive(Debug, Default)]
pub struct Outbox {
    inner: Mutex<OutboxState>,
    wake: Notify,
    alive: Notify,
}

impl Outbox {
    /// Puts a message in; an older one of its kind goes.
    pub fn push(&self, message: Outbound) {
        let slot = Slot::of(message.message());
        let mut inner = self.lock();
        inner.messages.retain(|(waiting, _)| !replaces(slot, *waiting));
        inner.messages.push_back((slot, message));
        drop(inner);
        self.wake.notify_one();
    }

    /// Ends the connection as soon as its task can. Only the first reason counts.
    pub fn close(&self, closing: Closing) {
        self.lock().closing.get_or_insert(closing);
        self.wake.notify_one();
    }

    /// Has the speaker asked for a sign of life, and waits for it. Of a speaker that is gone none comes.
    pub async fn sign_of_life(&self) {
        let mut sign = std::pin::pin!(self.alive.notified());
        sign.as_mut().enable();
        self.lock().probe = true;
        self.wake.notify_one();
        sign.await;
    }

    /// The sign of life came.
    pub fn is_alive(&self) {
        self.alive.notify_waiters();
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
                if std::mem::take(&mut inner.probe) {
                    return Outgoing::Probe;
                }
                if let Some((_, message)) = inner.messages.pop_front() {
                    return Outgoing::Message(message);
                }
            }
            self.wake.notified().await;
        }
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.lock().messages.len()
    }

    /// True if no message waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, OutboxState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replaces(new: Slot, waiting: Slot) -> bool {
    new == waiting || (new == Slot::StateSync && matches!(waiting, Slot::Session | Slot::Volume))
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{
        Frames, ServerTime, ZoneId,
        server_message::{Level, PositionCheck, Session, StateSync, VolumeChange},
    };

    use super::*;

    fn revision(revision: u64) -> Session {
        Session {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            revision,
            at: ServerTime(0),
            timeline: None,
            plan: Vec::new(),
            fading: None,
            continues: None,
            request: None,
        }
    }

    fn session(number: u64) -> ServerMessage {
        ServerMessage::Pause(revision(number))
    }

    fn volume(revision: u64) -> ServerMessage {
        ServerMessage::VolumeChange(VolumeChange {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            revision,
            volume: Level::default(),
            at: ServerTime(0),
            ramp_ms: 0,
        })
    }

    fn check(revision: u64) -> ServerMessage {
        ServerMessage::PositionCheck(PositionCheck {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            revision,
            entry: None,
            expected_frames: Frames(0),
        })
    }

    fn sync(number: u64) -> ServerMessage {
        ServerMessage::StateSync(StateSync {
            session: revision(number),
            zone_name: String::new(),
            volume: Level::default(),
        })
    }

    async fn messages(outbox: &Outbox) -> Vec<ServerMessage> {
        let mut out = Vec::new();
        while !outbox.is_empty() {
            if let Outgoing::Message(message) = outbox.next().await {
                out.push(message.message().clone());
            }
        }
        out
    }

    #[tokio::test]
    async fn the_newest_of_a_kind_waits_and_nothing_else_is_lost() {
        let outbox = Outbox::default();
        for i in 0..1000 {
            outbox.push(session(i).into());
            outbox.push(check(i).into());
            if i == 500 {
                outbox.push(volume(1).into());
            }
        }
        assert_eq!(outbox.len(), 3);
        assert_eq!(messages(&outbox).await, [volume(1), session(999), check(999)]);
    }

    #[tokio::test]
    async fn a_state_sync_contains_what_it_replaces_and_is_followed_by_newer_changes() {
        let outbox = Outbox::default();
        outbox.push(session(1).into());
        outbox.push(volume(2).into());
        outbox.push(sync(3).into());
        outbox.push(session(4).into());
        assert_eq!(messages(&outbox).await, [sync(3), session(4)]);
    }

    #[tokio::test]
    async fn the_first_closing_counts_and_comes_first() {
        let outbox = Outbox::default();
        let closing = |code| Closing { code, detail: String::new(), close_code: 1000 };
        outbox.push(session(1).into());
        outbox.close(closing("replaced"));
        outbox.close(closing("late"));
        let next = outbox.next().await;
        assert!(matches!(&next, Outgoing::Close(c) if *c == closing("replaced")), "{next:?}");
    }
}
