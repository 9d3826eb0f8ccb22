//! Speaker to coordinator.

use serde::{Deserialize, Serialize};

use crate::{
    adoption::Reveal,
    handshake::{ClockId, EntryId, SpeakerClass, SpeakerId, VersionRange},
    history::History,
    report::{Health, Position},
    time::LocalTime,
    timeline::{PlanEntry, Timeline},
};

/// Anything a speaker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AgentMessage {
    /// The speaker's introduction: the first message of a connection.
    Hello(Box<Hello>),
    /// The question for the server's time.
    TimeRequest(TimeRequest),
    /// Send `state_sync`.
    RequestState,
    /// The entry of a `prepare` is primed, or why not.
    Ready(Ready),
    /// The speaker's position.
    PositionReport(Box<Position>),
    /// How I am.
    Health(Box<Health>),
    /// How the clock I play by and this connection's clock go together.
    ClockShift(ClockShift),
    /// The stretches that were sounded. Only to a coordinator whose `welcome` asks for them.
    History(History),
    /// The number that the commitment of `hello` was to.
    Reveal(Reveal),
    /// A failure.
    ClientError(ClientError),
}

/// The speaker's introduction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The versions this speaker can talk.
    pub protocol: VersionRange,
    /// Kept for life; `None`: please give me one (a browser's first visit).
    #[serde(default)]
    pub speaker_id: Option<SpeakerId>,
    /// As configured on the speaker; a name set by a person at the coordinator wins.
    pub name: String,
    /// The kind of speaker.
    #[serde(default)]
    pub class: SpeakerClass,
    /// The agent's version.
    #[serde(default)]
    pub version: String,
    /// The speaker's capabilities.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// The secret of a join token. Over TLS alone, to the coordinator that the token names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// The speaker's word on its number of the exchange for the code, 64 hexadecimal digits. Over TLS alone, of one
    /// that nobody has adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// The zone it wants to be in at its first appearance, by name; later the coordinator's word counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The output delay configured on the speaker, for its first appearance; later the coordinator's word counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_delay_us: Option<i64>,
    /// The play that it goes by, from before the connection: a coordinator that returns adopts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<KnownState>,
}

/// The capabilities of a speaker.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Capabilities {
    /// File formats it decodes sample-exactly, as endings.
    #[serde(default)]
    pub formats: Vec<String>,
    /// Its output, for people.
    #[serde(default)]
    pub output: String,
    /// True if the audio thread has real-time priority.
    #[serde(default)]
    pub realtime: bool,
    /// True if it sounds the codes of a `calibration`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub calibration: bool,
}

/// The state that a speaker goes by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownState {
    /// The clock it knows.
    pub clock_id: ClockId,
    /// Its estimate of that clock, microseconds, at `local_ns`.
    pub server_us: i64,
    /// The local instant of the estimate.
    pub local_ns: LocalTime,
    /// The bound of the estimate's error, microseconds.
    pub error_bound_us: f64,
    /// The revision of its timeline.
    pub revision: u64,
    /// Its timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
    /// Its plan, from the timeline's entry on.
    #[serde(default)]
    pub plan: Vec<PlanEntry>,
}

/// The question for the server's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRequest {
    /// Request sent, local clock; echoed.
    pub t1: LocalTime,
}

/// Primed, or why not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// Of the `prepare`.
    pub prepare_id: u64,
    /// Of the `prepare`.
    pub entry: EntryId,
    /// How far ahead of its arrival here a start must lie for this speaker to make it, microseconds: what waits in
    /// the sound card, the output delay, and a margin.
    pub lead_us: i64,
    /// `None`: primed. Else why this speaker cannot play the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ClientError>,
}

/// A speaker that plays on by a clock from before this connection has measured this connection's clock as well. It goes
/// on by the old one until it is told a [`Continues`](crate::server_message::Continues).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClockShift {
    /// The clock that it plays by.
    pub from: ClockId,
    /// The clock of this connection.
    pub to: ClockId,
    /// The time that `to` shows minus the time that `from` shows at the same moment, microseconds.
    pub shift_us: f64,
    /// The bound of the shift's error, microseconds.
    pub error_bound_us: f64,
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientError {
    /// Stable, for programs: `fetch_failed`, `hash_mismatch`, `decode_failed`, `output_lost`, `unsupported`, ...
    pub code: String,
    /// For people.
    pub detail: String,
    /// The entry that it happened to, if it did to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
}
