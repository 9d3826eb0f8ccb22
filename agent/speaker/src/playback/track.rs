//! A voice as the player knows it.

use downbeat_protocol::{
    EntryId, Frames, LocalTime, ServerTime,
    agent_message::ClientError,
    timeline::{Line, PlanEntry},
};

use crate::render::{crossfade::Span, gate::VoiceId};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Status {
    Opening,
    Primed,
    Failed { at: LocalTime, error: ClientError },
}

/// The part of an entry that a decoder delivers. One that was opened for another is of no use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub(super) first: Frames,
    pub(super) last: Frames,
    pub(super) gain_db: f32,
}

impl Part {
    pub(super) fn of(entry: &PlanEntry) -> Self {
        Self { first: entry.first_frame(), last: entry.last_frame(), gain_db: entry.gain_db }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Track {
    pub(super) id: VoiceId,
    pub(super) entry: EntryId,
    /// The frame before which it ends.
    pub(super) length: Frames,
    /// The part of the entry it is decoded for, and how loud.
    pub(super) part: Part,
    /// When it falls, as the renderer knows it.
    pub(super) fall: Option<Span>,
    /// The first frame it was asked for (its decoder began a little earlier).
    pub(super) from: i64,
    pub(super) status: Status,
    /// Its line, once the renderer has it.
    pub(super) line: Option<Line>,
    /// From when the renderer was told to silence it.
    pub(super) silenced: Option<ServerTime>,
    pub(super) prepared: Option<u64>,
}

impl Track {
    pub(super) fn failed(&self) -> Option<&ClientError> {
        match &self.status {
            Status::Failed { error, .. } => Some(error),
            _ => None,
        }
    }
}
