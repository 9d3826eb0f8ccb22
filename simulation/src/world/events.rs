//! The events of the world, and the order in which they happen.

use std::{cmp::Reverse, collections::BinaryHeap};

use downbeat_protocol::{AgentMessage, LocalTime, ServerMessage, server_message::TimeReply};
use downbeat_speaker::render::gate::VoiceId;

#[derive(Debug)]
pub(super) enum Event {
    Card(usize),
    Tick(usize),
    Connect(usize),
    Left(usize, u32),
    Burst(usize, u64),
    Expire(usize, u32),
    Primed(usize, VoiceId),
    ToSpeaker(usize, u32, Box<ServerMessage>),
    ToCoordinator(usize, u32, Box<AgentMessage>),
    Request(usize, u32, LocalTime),
    Reply(usize, u32, TimeReply),
    Zone(u64),
    Note,
}

impl Event {
    /// The speaker whose process this happens in.
    pub(super) fn whose(&self) -> Option<usize> {
        match self {
            Self::Card(i)
            | Self::Tick(i)
            | Self::Burst(i, _)
            | Self::Expire(i, _)
            | Self::Primed(i, _)
            | Self::ToSpeaker(i, ..)
            | Self::Reply(i, ..) => Some(*i),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Due(pub(super) i64, pub(super) u64, pub(super) Event);

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

pub(super) trait PopIfDue {
    fn pop_if_due(&mut self, end: i64) -> Option<Reverse<Due>>;
}

impl PopIfDue for BinaryHeap<Reverse<Due>> {
    fn pop_if_due(&mut self, end: i64) -> Option<Reverse<Due>> {
        if self.peek()?.0.0 >= end { None } else { self.pop() }
    }
}
