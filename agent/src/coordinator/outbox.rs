//! The messages that wait to be said. State goes out in order and is never dropped while a connection lasts. Of
//! telemetry only the latest is worth anything, so a slow connection carries less of it instead of older.
//!
//! A coordinator that asks for more than it takes would fill the memory: its connection ends when too much waits, and
//! the next one begins with the whole state.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use downbeat_protocol::{
    AgentMessage,
    agent_message::{ClientError, Ready},
};
use tokio::sync::Notify;

use super::words::shorten;

/// Without a connection so many faults are kept, the latest ones.
const KEPT_FAULTS: usize = 32;
/// More messages of state than these do not wait. A coordinator that means well asks for some at a time.
const MOST_WAITING: usize = 2048;

/// The messages that wait to be said. Clones are one outbox.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    inner: Arc<OutboxState>,
}

#[derive(Debug, Default)]
struct OutboxState {
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    connected: bool,
    /// Too much waits: this connection is to end.
    overfull: bool,
    state: VecDeque<AgentMessage>,
    position: Option<AgentMessage>,
    health: Option<AgentMessage>,
}

impl Outbox {
    /// Says `message` when the connection permits. Without a connection only faults of the speaker itself are kept. An
    /// entry that could not be had then was not at fault: told afterwards it would be condemned; if it still cannot be
    /// had, it is told anew, as is all else.
    pub fn send(&self, mut message: AgentMessage) {
        if let AgentMessage::ClientError(error) | AgentMessage::Ready(Ready { error: Some(error), .. }) = &mut message {
            // a fault quotes what the coordinator said, at any length
            shorten(&mut error.code);
            shorten(&mut error.detail);
        }
        let mut queue = self.lock();
        match message {
            _ if !queue.connected && is_own_fault(&message) => {
                if queue.state.len() >= KEPT_FAULTS {
                    queue.state.pop_front();
                }
                queue.state.push_back(message);
            }
            _ if !queue.connected => return,
            AgentMessage::PositionReport(_) => queue.position = Some(message),
            AgentMessage::Health(_) => queue.health = Some(message),
            _ if queue.state.len() >= MOST_WAITING => queue.overfull = true,
            _ => queue.state.push_back(message),
        }
        drop(queue);
        self.inner.filled.notify_one();
    }

    /// The connection is up: what was kept, and what comes, goes out.
    pub(super) fn connected(&self) {
        self.lock().connected = true;
    }

    /// The connection is gone, and with it all that only it made sense on.
    pub(super) fn disconnected(&self) {
        let mut queue = self.lock();
        queue.connected = false;
        queue.overfull = false;
        queue.position = None;
        queue.health = None;
        queue.state.retain(is_own_fault);
        let surplus = queue.state.len().saturating_sub(KEPT_FAULTS);
        queue.state.drain(..surplus);
    }

    /// True if the coordinator has not taken what it asked for, and some of that is lost.
    pub(super) fn is_overfull(&self) -> bool {
        self.lock().overfull
    }

    /// The message that is to be said next: state before telemetry.
    pub(super) fn pop(&self) -> Option<AgentMessage> {
        let mut queue = self.lock();
        queue.state.pop_front().or_else(|| queue.position.take()).or_else(|| queue.health.take())
    }

    /// Returns when something may wait to be said.
    pub(super) async fn filled(&self) {
        self.inner.filled.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault of the speaker, not of an entry.
fn is_own_fault(message: &AgentMessage) -> bool {
    matches!(message, AgentMessage::ClientError(ClientError { entry: None, .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use downbeat_protocol::{ServerTime, agent_message::ClientError, report::Position};

    fn position(at: i64) -> AgentMessage {
        AgentMessage::PositionReport(Box::new(Position { server_time: ServerTime(at), ..Position::default() }))
    }

    fn fault(n: usize) -> AgentMessage {
        AgentMessage::ClientError(ClientError { code: format!("e{n}"), detail: String::new(), entry: None })
    }

    #[test]
    fn state_is_kept_in_order_and_telemetry_is_the_latest() {
        let o = Outbox::default();
        o.connected();
        o.send(position(1));
        for n in 0..1000 {
            o.send(fault(n));
            o.send(position(n as i64));
        }
        o.send(AgentMessage::Health(Box::default()));
        o.send(AgentMessage::RequestState);
        for n in 0..1000 {
            assert_eq!(o.pop(), Some(fault(n)));
        }
        assert_eq!(o.pop(), Some(AgentMessage::RequestState));
        assert_eq!(o.pop(), Some(position(999)));
        assert!(matches!(o.pop(), Some(AgentMessage::Health(_))));
        assert_eq!(o.pop(), None);
    }

    #[test]
    fn what_is_not_taken_is_bounded_and_the_next_connection_begins_afresh() {
        let o = Outbox::default();
        o.connected();
        for n in 0..MOST_WAITING {
            o.send(fault(n));
        }
        assert!(!o.is_overfull());
        let detail = "x".repeat(1 << 20);
        for _ in 0..100_000 {
            let entry = Some(downbeat_protocol::EntryId::random());
            o.send(AgentMessage::ClientError(ClientError { code: "e".into(), detail: String::new(), entry }));
        }
        assert!(o.is_overfull());
        o.send(position(7));
        let waiting = std::iter::from_fn(|| o.pop()).count();
        assert_eq!(waiting, MOST_WAITING + 1, "and the latest position");
        o.disconnected();
        o.connected();
        assert!(!o.is_overfull());
        o.send(AgentMessage::ClientError(ClientError { code: "e".into(), detail, entry: None }));
        let Some(AgentMessage::ClientError(told)) = o.pop() else { panic!("nothing is told") };
        assert!(told.detail.len() <= crate::coordinator::words::MOST_BYTES, "{} bytes", told.detail.len());
    }

    #[test]
    fn between_connections_the_latest_faults_are_kept_and_nothing_else() {
        let o = Outbox::default();
        o.connected();
        o.send(AgentMessage::RequestState);
        o.send(fault(0));
        o.send(position(1));
        o.disconnected();
        o.send(AgentMessage::RequestState);
        for n in 1..=KEPT_FAULTS {
            o.send(fault(n));
        }
        o.connected();
        for n in 1..=KEPT_FAULTS {
            assert_eq!(o.pop(), Some(fault(n)));
        }
        assert_eq!(o.pop(), None);
    }
}
