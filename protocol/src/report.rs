//! The reports of speakers on themselves: telemetry, which may be dropped, and never decides what is played.

use serde::{Deserialize, Serialize};

use crate::{
    handshake::EntryId,
    time::{Frames, Ppm, ServerTime},
};

/// The activity of the speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayerState {
    /// Nothing to play.
    #[default]
    Idle,
    /// Fetching or decoding what is to be played, or the clock is not known well enough yet.
    Preparing,
    /// Sounding, in step.
    Playing,
    /// At a pause.
    Paused,
    /// It should sound and does not: the output is lost, or the file cannot be had or decoded.
    Faulted,
    /// Something newer than this build knows.
    #[serde(other)]
    Other,
}

/// The speaker's position, and how well it keeps step.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// The speaker's activity.
    pub state: PlayerState,
    /// The entry it is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// The frame of that entry that leaves the speaker at `server_time`.
    pub position_frames: Frames,
    /// The instant of all that is said here, by the speaker's estimate of server time.
    pub server_time: ServerTime,
    /// The speaker's place minus its place by the timeline, microseconds, late is positive. As the speaker believes.
    pub sync_error_us: f64,
    /// The correction in force, beyond what the crystals are known to differ by.
    pub correction_ppm: Ppm,
    /// The sound card's crystal against the local clock.
    pub dac_ppm: Ppm,
    /// The server's clock against the local one.
    pub skew_ppm: Ppm,
    /// Estimated server time minus local time, microseconds.
    pub offset_us: i64,
    /// The bound of the error of `sync_error_us`, microseconds: of the clock's estimate and of the card's. `None` while
    /// nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_bound_us: Option<f64>,
    /// The card's part of it: how far a frame may be heard from where it is believed to be, microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_bound_us: Option<f64>,
    /// The steps in which the card's position moves, microseconds; `None`: with the sound, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_step_us: Option<f64>,
    /// The least round trip of the last bursts, microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_us: Option<f64>,
    /// How far bursts usually lie above that, microseconds: the network's unrest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_us: Option<f64>,
    /// The share of the exchanges of late that were not answered, 0..=1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes_lost: Option<f64>,
    /// How often the sound card ran dry since the agent started.
    pub underruns: u64,
    /// How often the decoder was late since the agent started.
    #[serde(default)]
    pub starved: u64,
    /// How often it jumped to the right position since the agent started.
    pub reanchors: u64,
    /// How often the output was lost and reopened since the agent started.
    #[serde(default)]
    pub output_losses: u64,
    /// Decoded audio waiting, milliseconds.
    #[serde(default)]
    pub buffer_ms: u32,
    /// The frames that wait in the sound card, milliseconds.
    #[serde(default)]
    pub output_queue_ms: f64,
    /// How far ahead of its arrival an instant must lie for this speaker to make it now, microseconds; as in `ready`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_us: Option<i64>,
    /// The truth, where the output can know it: virtual devices only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
}

/// The facts that a virtual device knows beyond doubt. Two of them on one machine share `raw_ns`, so the difference of
/// their `raw_ns/1000 - content_us` is how far apart they truly sound.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Truth {
    /// The instant at which a frame left the device, nanoseconds of the machine's raw clock.
    pub raw_ns: i64,
    /// The server instant at which that frame was due by the timeline, microseconds.
    pub content_us: f64,
}

/// How the speaker's machine is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Health {
    /// The agent's version.
    pub version: String,
    /// Seconds since the agent started.
    pub uptime_s: u64,
    /// The output in use, and what is wrong with it if something is.
    pub output: String,
    /// `None` while it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_fault: Option<String>,
    /// Bytes in the cache.
    pub cache_bytes: u64,
    /// Its bound.
    pub cache_limit_bytes: u64,
    /// The processor's temperature, where the machine tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f32>,
    /// One-minute load average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load1: Option<f32>,
    /// Wi-Fi signal level, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wifi_dbm: Option<f32>,
    /// True if the supply's voltage is too low, where the machine tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undervoltage: Option<bool>,
    /// True if the audio thread has real-time priority.
    #[serde(default)]
    pub realtime: bool,
    /// True if the agent's memory is locked, so that it is never paged out.
    #[serde(default)]
    pub memory_locked: bool,
    /// The part of the plan that is here, where the speaker keeps files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<PlanCache>,
}

/// How much of the plan a speaker has. The counts are of the plan's files, each counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanCache {
    /// Files that are here, whole and verified.
    pub ready: u32,
    /// Files of which a part is here.
    pub partly: u32,
    /// Files of which nothing is here.
    pub missing: u32,
    /// The first entries, in the plan's order: at most [`PlanCache::MOST`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<CachedEntry>,
}

impl PlanCache {
    /// More entries than these are not told one by one.
    pub const MOST: usize = 8;
}

/// How much of one entry a speaker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedEntry {
    /// The entry.
    pub entry: EntryId,
    /// How much of its file is here.
    pub state: CacheState,
}

/// How much of a file a speaker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheState {
    /// All of it, verified.
    Ready,
    /// A part; the rest is coming.
    Partly,
    /// Nothing. Also what something newer than this build counts as.
    #[default]
    #[serde(other)]
    Missing,
}
