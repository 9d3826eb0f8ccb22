//! The player's inputs.

use downbeat_protocol::{
    ClockId, ServerTime,
    agent_message::ClientError,
    server_message::{Level, Prepare, Session, Settings, VolumeChange},
};

use crate::{
    clock::ClockEstimate,
    render::{gate::VoiceId, report::RenderReport},
};

/// A message to the player.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The zone's session changed; see [`Change`].
    Session(Session, Change),
    /// The whole state, with this speaker's level.
    Sync(Session, Level),
    /// Prime an entry.
    Prepare(Prepare),
    /// Be this loud.
    Volume(VolumeChange),
    /// Settings of this speaker, and from when its channels are sounded: at once without an instant.
    Settings(Settings, Option<ServerTime>),
    /// The coordinator's clock, as soon as and as long as it is known well enough.
    Clock(Option<ClockEstimate>),
    /// The coordinator asks where we are.
    PositionCheck,
    /// Enough of a voice is decoded for it to begin.
    Primed(VoiceId),
    /// A voice cannot be had.
    Failed(VoiceId, ClientError),
    /// The renderer is done with a voice.
    Over(VoiceId),
    /// The renderer's newest report, and the device's rate.
    Report(Box<RenderReport>, u32),
    /// The output is lost (with the reason), or there again.
    Output(Option<String>),
    /// Another clock counts from now on: the coordinator is not the process it was. See [`super::clock_change`].
    ClockChanges(ClockId),
    /// Time jumped (this machine slept, or the coordinator's clock stepped far): where voices are is void.
    Jumped,
    /// Time has passed.
    Tick,
}

/// The kind of change that a session brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Start, pause, resume, seek, stop.
    Transport,
    /// Only the coming entries.
    Plan,
}

/// Counts of other parts of the agent; told in position reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Times the card ran dry.
    pub underruns: u64,
    /// Times the output was lost.
    pub output_losses: u64,
}
