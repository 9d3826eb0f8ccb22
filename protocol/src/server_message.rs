//! Coordinator to speaker. Every message is a snapshot: whoever missed one is whole again with the next.

use serde::{Deserialize, Serialize};

use crate::{
    adoption::Standing,
    handshake::{ClockId, EntryId, SpeakerId, ZoneId},
    history::HistoryKept,
    time::{Frames, LocalTime, ServerTime},
    timeline::{Line, PlanEntry, Timeline},
    volume::Volume,
};

/// Anything a coordinator says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `hello`: you are in.
    Welcome(Welcome),
    /// The whole state of the zone: on connect, on `request_state`, and when the speaker moves to another zone.
    StateSync(StateSync),
    /// Fetch and prime this entry, then say `ready`.
    Prepare(Prepare),
    /// Start at the timeline's anchor.
    PlayTrack(Session),
    /// Stay, from the timeline's anchor on, at its frame.
    Pause(Session),
    /// Go on at the timeline's anchor.
    Resume(Session),
    /// From the timeline's anchor on, be at its frame.
    Seek(Session),
    /// Nothing is played any more from `at` on.
    Stop(Session),
    /// The coming entries changed, or the zone reached the next one. What sounds is not disturbed.
    PlanUpdate(Session),
    /// Be this loud, from `at` on.
    VolumeChange(VolumeChange),
    /// The place at which you should be; answered by `position_report`.
    PositionCheck(PositionCheck),
    /// The answer to `time_request`.
    TimeReply(TimeReply),
    /// Settings of this speaker.
    Configure(Configure),
    /// Make yourself heard: a chirp.
    Identify(Identify),
    /// Tick with all others of the zone, so that people can trim output delays by ear; or tick no more.
    Metronome(Metronome),
    /// Sound your code at these instants, for a microphone; or no more.
    Calibration(Calibration),
    /// Mix this clip over what plays.
    Announce(Announce),
    /// The history that was told is on disk.
    HistoryKept(HistoryKept),
    /// The state of the speaker's key.
    Standing(Standing),
    /// The fault in what you said.
    Error(ErrorNotice),
}

/// The answer to `hello`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// Now.
    pub server_time: ServerTime,
    /// The version both will talk.
    pub protocol: u32,
    /// The clock that every `server_time` of this connection is read from.
    pub clock_id: ClockId,
    /// The speaker's id, as it said or as the coordinator gave it.
    pub speaker_id: SpeakerId,
    /// The speaker's name, as people set it.
    pub name: String,
    /// The coordinator's version.
    pub server_version: String,
    /// True if it keeps a history: a speaker tells it `history` only then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub history: bool,
    /// True if the speaker's key is the coordinator's own: the speaker pins the CA that this connection showed, and
    /// talks to that coordinator alone from now on. Said over TLS alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// The coordinator's wall clock, seconds since 1970, if that is set. To an adopted speaker alone: it is kept as a
    /// time that no certificate of the coordinator's may have ended before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_clock: Option<u64>,
    /// Settings of this speaker.
    pub settings: Settings,
}

/// The settings that a person can make for a speaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The delay behind the sound card (amplifier, DSP, air), microseconds, signed: it sounds this much later than the
    /// card believes. At most [`MAX_OUTPUT_DELAY_US`] either way.
    #[serde(default)]
    pub output_delay_us: i64,
    /// Past this the speaker jumps to the right position, microseconds.
    pub max_drift_us: i64,
    /// How often an unasked `position_report` is wanted, milliseconds; 0: never.
    #[serde(default)]
    pub report_interval_ms: u32,
    /// The interval of WebSocket pings, milliseconds.
    #[serde(default)]
    pub ping_interval_ms: u32,
    /// Nobody else in the zone plays with this speaker: where rates allow it, it may play every bit as it is in the
    /// file, and let its crystal go astray meanwhile, within `max_drift_us`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub solo: bool,
    /// The channels that it sounds.
    #[serde(default, skip_serializing_if = "ChannelRole::is_stereo")]
    pub channels: ChannelRole,
}

/// The use that a speaker makes of the two channels. Both outputs of a single box carry the same then, so that it does
/// not matter which of them is wired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelRole {
    /// The left channel on both.
    Left,
    /// The right channel on both.
    Right,
    /// (left + right) / 2 on both.
    Mono,
    /// Left and right exchanged.
    Swapped,
    /// As in the file; also what something newer than this build counts as.
    #[default]
    #[serde(other)]
    Stereo,
}

impl ChannelRole {
    /// True if it is as in the file.
    pub fn is_stereo(&self) -> bool {
        *self == Self::Stereo
    }
}

/// The greatest [`Settings::output_delay_us`], either way: more is a mistake.
pub const MAX_OUTPUT_DELAY_US: i64 = 5_000_000;

/// The default of [`Settings::max_drift_us`].
pub const DEFAULT_MAX_DRIFT_US: i64 = 5_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            output_delay_us: 0,
            max_drift_us: DEFAULT_MAX_DRIFT_US,
            report_interval_ms: 1_000,
            ping_interval_ms: 0,
            solo: false,
            channels: ChannelRole::Stereo,
        }
    }
}

/// The play of a zone: the timeline says what is heard when, the plan what comes then. Both are wholes: a speaker that
/// has only the newest session knows all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Now.
    pub server_time: ServerTime,
    /// The zone.
    pub zone: ZoneId,
    /// Grows with every change of the zone; an older one than already seen is to be ignored.
    pub revision: u64,
    /// From when this holds; for a running or paused timeline its anchor, for a stop the instant of silence.
    pub at: ServerTime,
    /// The line of what is heard when; `None`: nothing.
    pub timeline: Option<Timeline>,
    /// The timeline's entry and the coming ones, in order, as far ahead as a speaker may have to go on alone. Each with
    /// the part of it that is played and how it joins the one before; repeat, shuffle and loops are resolved.
    pub plan: Vec<PlanEntry>,
    /// The entry before the timeline's own, while it still sounds: it fades out as the own one fades in. A speaker that
    /// did not hear it begin (a late joiner) can sound both; one that did plays it to its end anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fading: Option<Fading>,
    /// For who still plays by another clock: how that clock's instants are told on this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<Continues>,
    /// The request by which somebody changed last what is played: one id in the logs of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// An entry that still sounds after the next one has begun, with its line. It is heard until its last frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fading {
    /// The entry.
    pub entry: PlanEntry,
    /// An instant of its line ...
    pub anchor_server_us: ServerTime,
    /// ... and the frame of it that is heard then.
    pub anchor_media_frames: Frames,
}

impl Fading {
    /// The line on which its frames lie.
    pub fn line(&self) -> Line {
        Line::new(self.anchor_server_us, self.anchor_media_frames, self.entry.sample_rate)
    }

    /// The first instant at which nothing of it is heard.
    pub fn end(&self) -> ServerTime {
        self.line().instant_of(self.entry.last_frame())
    }
}

/// A zone goes on over the end of a clock (the coordinator's machine was started anew, or another took over): instants
/// of the old clock, moved by `shift_us`, are instants of this one. One figure for all speakers, so that they stay in
/// step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continues {
    /// The clock that was played by.
    pub clock_id: ClockId,
    /// The time that the present clock shows minus the time that that one showed at the same moment, microseconds.
    pub shift_us: i64,
}

/// The whole state of a zone, for one speaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateSync {
    /// The play of the zone.
    #[serde(flatten)]
    pub session: Session,
    /// The zone's name.
    pub zone_name: String,
    /// How loud this speaker is to be.
    pub volume: Level,
}

/// How loud one speaker is to be: the two volumes multiply.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Level {
    /// The zone's.
    pub zone: Volume,
    /// The speaker's own.
    pub speaker: Volume,
    /// Silent, whatever the volumes.
    pub muted: bool,
}

impl Level {
    /// The amplitude factor, 0..=1.
    pub fn gain(&self) -> f32 {
        if self.muted { 0.0 } else { self.zone.gain() * self.speaker.gain() }
    }
}

/// Fetch and prime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepare {
    /// Now.
    pub server_time: ServerTime,
    /// The zone.
    pub zone: ZoneId,
    /// The zone's revision.
    pub revision: u64,
    /// To be named in `ready`.
    pub prepare_id: u64,
    /// The entry to prepare.
    pub entry: PlanEntry,
    /// From which frame on.
    pub from_frames: Frames,
    /// A speaker that is not ready by then will not be waited for.
    pub deadline: ServerTime,
}

/// Be this loud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeChange {
    /// Now.
    pub server_time: ServerTime,
    /// The zone.
    pub zone: ZoneId,
    /// The zone's revision.
    pub revision: u64,
    /// How loud.
    pub volume: Level,
    /// From when.
    pub at: ServerTime,
    /// How long the change takes, milliseconds.
    pub ramp_ms: u32,
}

/// The place at which you should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PositionCheck {
    /// The instant of which `expected_frames` is said.
    pub server_time: ServerTime,
    /// The zone.
    pub zone: ZoneId,
    /// The zone's revision.
    pub revision: u64,
    /// The entry that should be heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// The frame of it that should be heard at `server_time`.
    pub expected_frames: Frames,
}

/// Three stamps of the four; the speaker adds the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeReply {
    /// As in the request.
    pub t1: LocalTime,
    /// Request received.
    pub t2: ServerTime,
    /// Reply sent.
    pub t3: ServerTime,
}

/// Settings of this speaker, as a person changed them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configure {
    /// Now.
    pub server_time: ServerTime,
    /// The instant from which other [`Settings::channels`] sound, so that many change at once. An instant in the past:
    /// as soon as it arrives. `None`: at the instant of an earlier message that told of the same channels; without one,
    /// as soon as it arrives. All else holds as soon as it arrives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<ServerTime>,
    /// Its name.
    pub name: String,
    /// The rest.
    pub settings: Settings,
}

/// Make yourself heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identify {
    /// Now.
    pub server_time: ServerTime,
    /// When; at once if it lies in the past.
    pub at: ServerTime,
}

/// Tick in the same instants as all others of the zone, over whatever plays or over silence. A newer one replaces the
/// older; a `state_sync` ends it, and is followed by this if the zone ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metronome {
    /// Now.
    pub server_time: ServerTime,
    /// The zone.
    pub zone: ZoneId,
    /// True if it is to tick; if not, the rest says nothing.
    pub on: bool,
    /// The first tick; every fourth from there is louder.
    pub at: ServerTime,
    /// From one tick to the next, microseconds.
    pub interval_us: u32,
    /// No tick from here on: a metronome that was forgotten does not tick all night.
    pub until: ServerTime,
}

/// Sound a code, over whatever plays or over silence, so that a microphone finds how late this speaker is. A newer one
/// replaces the older; a `state_sync` ends it. Only to a speaker that says that it can.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Now.
    pub server_time: ServerTime,
    /// The zone.
    pub zone: ZoneId,
    /// True if it is to sound; if not, the rest says nothing.
    pub on: bool,
    /// The instant at which the first hiss begins to be heard.
    pub at: ServerTime,
    /// From the beginning of one to that of the next, microseconds.
    pub every_us: u32,
    /// How many there are.
    pub count: u32,
    /// The code, below [`CODES`](crate::calibration::CODES).
    pub code: u16,
    /// How loud, decibels of full scale; the volume does not apply. At most
    /// [`MOST_LEVEL_DB`](crate::calibration::MOST_LEVEL_DB).
    pub level_db: f32,
}

/// Mix a clip over what plays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announce {
    /// Now.
    pub server_time: ServerTime,
    /// The clip.
    pub clip: PlanEntry,
    /// When its first frame is heard.
    pub at: ServerTime,
    /// By how much the music gives way meanwhile, decibels (negative).
    #[serde(default)]
    pub duck_db: f32,
}

/// The fault in what you said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorNotice {
    /// Now.
    pub server_time: ServerTime,
    /// Stable, for programs: `version_mismatch`, `unknown_message`, `bad_message`, `frame_too_large`, ...
    pub code: String,
    /// For people, with what to do.
    pub detail: String,
    /// The connection is closed after this.
    #[serde(default)]
    pub fatal: bool,
}
