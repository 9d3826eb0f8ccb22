//! Positions in an entry and in the queue, as people say them.

use downbeat_protocol::Frames;

/// A place in an entry.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryPosition {
    /// By frame.
    Frame(Frames),
    /// By time, seconds from the entry's start.
    Seconds(f64),
}

impl EntryPosition {
    /// The entry's first frame.
    pub const START: Self = Self::Frame(Frames(0));

    /// The frame meant, in an entry of `rate` frames a second.
    pub fn frame(self, rate: u32) -> Frames {
        match self {
            Self::Frame(frame) => frame,
            Self::Seconds(seconds) => Frames::from_seconds(seconds, rate),
        }
    }
}

/// The place in the queue at which new entries are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueuePosition {
    /// Behind all.
    End,
    /// Behind the current entry.
    Next,
    /// Before the entry with this index; behind all if there is none.
    Index(usize),
}
