//! The renderer's account of each block: what the output tells it, and what it tells the player.

use downbeat_protocol::{EntryId, Frames, LocalTime, Ppm};

use super::gate::VoiceId;
use crate::clock::ServerInstant;

/// An output's statement about the buffer it wants filled.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BlockStamp {
    /// Index of the block's first frame: frames handed to the card since the agent started.
    pub frame: u64,
    /// A frame, and the local instant at which it is heard: a noisy observation, if there is one.
    pub observed: Option<(u64, LocalTime)>,
    /// By how much earlier than observed that frame may have been heard, microseconds: the position moves in steps.
    pub slack_us: f64,
    /// The length of these steps, microseconds; 0: there are none.
    pub step_us: f64,
    /// Grows when the card stood still or was reopened: phases known until then are void.
    pub epoch: u32,
    /// Frames that wait in the card before this block.
    pub queued: u32,
    /// The instant at which the block's first frame is truly heard, where the output knows: virtual devices only.
    pub truth: Option<LocalTime>,
}

/// The renderer's report of itself.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RenderReport {
    /// The device frame of which the rest is said.
    pub frame: u64,
    /// The local instant at which it is heard, by the estimate.
    pub heard_at: LocalTime,
    /// The server instant whose sound it carries; `None` while the clock or the card is unknown.
    pub content: Option<ServerInstant>,
    /// Late is positive, microseconds; 0 while nothing sounds.
    pub sync_error_us: f64,
    /// Correction in force.
    pub correction: Ppm,
    /// The card's crystal against the local clock.
    pub dac: Ppm,
    /// True if `dac` is worth remembering.
    pub dac_sharp: bool,
    /// Scatter of the card's stamps, microseconds.
    pub stamp_noise_us: f64,
    /// The bound of what is not known of the card: how far a frame may be heard from where it is believed to be,
    /// microseconds.
    pub card_bound_us: f64,
    /// The steps in which its position moves, microseconds; 0: none are seen.
    pub card_step_us: f64,
    /// The voice that sounds, and the frame of its entry.
    pub sounding: Option<(VoiceId, EntryId, Frames)>,
    /// Decoded audio that waits in its ring, milliseconds.
    pub buffered_ms: u32,
    /// Frames that wait in the card.
    pub queued: u32,
    /// Times the card stood still or was reopened.
    pub epoch: u32,
    /// Times the decoder was late.
    pub starved: u64,
    /// Times it jumped to the right position.
    pub reanchors: u64,
    /// Reports that found no room.
    pub lost_reports: u64,
    /// Runs that found no room: they are missing in the history.
    pub lost_runs: u64,
    /// The true instant at which `frame` is heard, where the output knows.
    pub truth: Option<LocalTime>,
}
