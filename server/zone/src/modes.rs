//! How a zone goes through its queue: what people set once and expect to find again.

use downbeat_protocol::{EntryId, Frames};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The rule of repetition at the end of the queue, or of each entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// The queue ends.
    #[default]
    Off,
    /// The same entry again.
    One,
    /// The first one again, or another shuffle.
    All,
}

/// The measure by which tracks are made equally loud.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loudness {
    /// As they are.
    #[default]
    Off,
    /// Each track.
    Track,
    /// Whole albums, where tracks of one follow each other; else each track.
    Album,
}

/// The choice of the tracks that are added when the queue comes to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Autoplay {
    /// Nothing: it ends.
    #[default]
    Off,
    /// Tracks like those played last.
    Similar,
    /// Those of a playlist.
    Playlist(Uuid),
}

/// Everything that is set for a zone's session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Modes {
    /// The rule of repetition at the end of the queue, or of each entry.
    pub repeat: Repeat,
    /// The seed of a shuffled order; `None`: in the queue's order.
    pub shuffle: Option<u64>,
    /// For how long two entries overlap, microseconds: 0..=12 s.
    pub crossfade_us: u32,
    /// The measure by which tracks are made equally loud.
    pub loudness: Loudness,
    /// How much louder (or softer) than the reference level, dB.
    pub preamp_db: f32,
    /// How far below full scale peaks stay, dB; only if they are held down by the gain and not by the limiter.
    pub headroom_db: f32,
    /// Speakers limit peaks: gains need not make room for them.
    pub limiter: bool,
    /// The choice of the tracks that are added when the queue comes to its end.
    pub autoplay: Autoplay,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            repeat: Repeat::Off,
            shuffle: None,
            crossfade_us: 0,
            loudness: Loudness::Off,
            preamp_db: 0.0,
            headroom_db: 0.0,
            limiter: true,
            autoplay: Autoplay::Off,
        }
    }
}

/// The longest crossfade, microseconds.
pub const MAX_CROSSFADE_US: u32 = 12_000_000;

/// The shortest A-B loop, microseconds: shorter ones would fill the plan and be told again without end.
pub const MIN_LOOP_US: i64 = 500_000;

/// A part of an entry that is played over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbLoop {
    /// Of which entry of the queue.
    pub entry: EntryId,
    /// Its first frame.
    pub a: Frames,
    /// The frame before which it begins again.
    pub b: Frames,
    /// Passes are counted from here: no number is ever used twice.
    pub base: u32,
}
