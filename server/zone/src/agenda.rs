//! The commands that wait for their time, and the form in which they are kept.

use downbeat_protocol::{ClockId, EntryId, ServerTime, TrackId, volume::Volume};
use serde::{Deserialize, Serialize};

use super::{command::Command, position::EntryPosition, queue::QueueEntry};

/// So many may wait in one zone, and so many tracks may be named by all of them together: they are written down with
/// every change of the zone.
pub const MAX_PENDING: usize = 32;
/// See [`MAX_PENDING`].
pub const MAX_PENDING_TRACKS: usize = 1_000;

/// A command that waits for its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// When it is to be heard.
    pub at: ServerTime,
    /// The command.
    pub command: Command,
}

/// The same, as it is kept. Tracks are looked up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedPending {
    pub(super) at: ServerTime,
    #[serde(rename = "what")]
    pub(super) kind: PendingKind,
}

/// All that wait, and the clock that their instants are read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedAgenda {
    pub(super) clock_id: ClockId,
    pub(super) commands: Vec<SavedPending>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PendingKind {
    Play { tracks: Vec<TrackId>, start: usize, from: EntryPosition },
    PlayNow { tracks: Vec<TrackId> },
    Jump { entry: EntryId, from: EntryPosition },
    Pause,
    Resume,
    Seek { to: EntryPosition },
    Stop,
    Next,
    Previous,
    Volume { volume: Option<Volume>, muted: Option<bool>, ramp_ms: u32 },
}

impl PendingKind {
    pub(super) fn of(command: &Command) -> Option<Self> {
        let tracks = |entries: &[QueueEntry]| entries.iter().map(QueueEntry::track_id).collect();
        Some(match command {
            Command::Play { entries, start, from, .. } => {
                Self::Play { tracks: tracks(entries), start: *start, from: *from }
            }
            Command::PlayNow { entries, .. } => Self::PlayNow { tracks: tracks(entries) },
            Command::Jump { entry, from, .. } => Self::Jump { entry: *entry, from: *from },
            Command::Pause { .. } => Self::Pause,
            Command::Resume { .. } => Self::Resume,
            Command::Seek { to, .. } => Self::Seek { to: *to },
            Command::Stop { .. } => Self::Stop,
            Command::Next { .. } => Self::Next,
            Command::Previous { .. } => Self::Previous,
            Command::Volume { volume, muted, ramp_ms, .. } => {
                Self::Volume { volume: *volume, muted: *muted, ramp_ms: *ramp_ms }
            }
            _ => return None,
        })
    }

    pub(super) fn command(self, at: ServerTime, entry: impl Fn(TrackId) -> Option<QueueEntry>) -> Command {
        let at = Some(at);
        match self {
            Self::Play { tracks, start, from } => {
                // what the library does not know any more leaves no gap: the one to begin with stays the same
                let gone = tracks.iter().take(start).filter(|t| entry(**t).is_none()).count();
                let entries = tracks.into_iter().filter_map(entry).collect();
                Command::Play { entries, start: start - gone, from, at }
            }
            Self::PlayNow { tracks } => {
                Command::PlayNow { entries: tracks.into_iter().filter_map(entry).collect(), at }
            }
            Self::Jump { entry, from } => Command::Jump { entry, from, at },
            Self::Pause => Command::Pause { at },
            Self::Resume => Command::Resume { at },
            Self::Seek { to } => Command::Seek { to, at },
            Self::Stop => Command::Stop { at },
            Self::Next => Command::Next { at },
            Self::Previous => Command::Previous { at },
            Self::Volume { volume, muted, ramp_ms } => Command::Volume { volume, muted, ramp_ms, at },
        }
    }
}
