//! The history of what a speaker sounded, told later. It keeps stretches on its disk until the coordinator has them on
//! its own, so that neither an outage nor a power cut leaves a hole in the history.

use serde::{Deserialize, Serialize};

use crate::{
    handshake::{ClockId, EntryId, TrackId, ZoneId},
    time::{Frames, ServerTime},
};

/// The most stretches of one message.
pub const MAX_STRETCHES: usize = 64;

/// Frames of one entry that were sounded one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Grows with every stretch of this speaker that ended; what is kept is told by it.
    pub sequence: u64,
    /// The zone.
    pub zone: ZoneId,
    /// The occurrence, as in the plan.
    pub entry: EntryId,
    /// The track, as in the plan.
    pub track: TrackId,
    /// The file, as in the plan: BLAKE3, lower-case hex.
    #[serde(default)]
    pub hash: String,
    /// The file's frames a second.
    pub sample_rate: u32,
    /// The first frame that was sounded.
    pub from_frames: Frames,
    /// The frame before which it ended.
    pub to_frames: Frames,
    /// Frames in between that were not sounded: gaps of less than a quarter of a second (the card ran dry, the position
    /// was corrected).
    #[serde(default, skip_serializing_if = "is_default")]
    pub missing_frames: Frames,
    /// The clock of `at`.
    pub clock_id: ClockId,
    /// When the first frame was heard.
    pub at: ServerTime,
    /// The same instant by the speaker's own wall clock, microseconds since 1970: for a coordinator that does not know
    /// `clock_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_us: Option<i64>,
    /// Nothing could be heard of it: muted, or a volume of 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// The speaker went down meanwhile: it may have sounded some seconds longer than it could write down.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// The stretches that were sounded, the earliest end first. The coordinator answers [`HistoryKept`] when they are on
/// disk there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Stretches that had to be dropped since the speaker's disk was full of them, ever.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropped: u64,
    /// At most [`MAX_STRETCHES`].
    pub stretches: Vec<Stretch>,
}

/// All that this speaker told up to here is on disk: it need not keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryKept {
    /// Now.
    pub server_time: ServerTime,
    /// The last [`Stretch::sequence`] of the message that is answered.
    pub sequence: u64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
