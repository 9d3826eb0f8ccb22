//! The words between a speaker and its shell: its news, and its duties.

use downbeat_protocol::{
    AgentMessage, ClockId, Frames, LocalTime, Ppm, ServerMessage, ZoneId, agent_message::ClientError, exchange::Sample,
    server_message::Settings, timeline::PlanEntry,
};

use crate::{
    clock::{News, ServerInstant},
    render::{gate::VoiceId, report::RenderReport, runs::HeardRun},
};

/// The speaker's news from its shell.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A coordinator took the speaker in.
    Connected {
        /// Its clock.
        clock_id: ClockId,
        /// The clock's skew in an earlier run.
        kept_skew: Option<Ppm>,
        /// The speaker's settings.
        settings: Settings,
    },
    /// The connection is gone, or did not come about.
    Disconnected,
    /// The coordinator's message.
    Message(Box<ServerMessage>),
    /// The samples of a burst that has ended.
    Burst(Vec<Sample>),
    /// Enough of a voice is decoded for it to begin.
    Primed(VoiceId),
    /// A voice cannot be had.
    Failed(VoiceId, ClientError),
    /// The output is open, at this rate.
    OutputOpened(u32),
    /// The output is lost, for this reason.
    OutputLost(String),
    /// Time has passed: see [`TICK_NS`](super::TICK_NS).
    Tick {
        /// The machine's counter of suspended nanoseconds.
        suspended: i64,
        /// Times the card ran dry.
        underruns: u64,
    },
}

/// The shell's next duty.
#[derive(Debug)]
#[must_use]
pub enum Effect {
    /// Fetch the entry and decode it from the frame `from` on into `ring`, interleaved stereo.
    Open {
        /// The voice that it is for.
        voice: VoiceId,
        /// The entry.
        entry: Box<PlanEntry>,
        /// The first frame.
        from: Frames,
        /// The way to the renderer; it holds two seconds, or all of a shorter part.
        ring: rtrb::Producer<f32>,
    },
    /// End the voice's decoder.
    Close(VoiceId),
    /// Note for the history that the renderer has the voice of this entry.
    Sounds(VoiceId, ZoneId, Box<PlanEntry>),
    /// Note for the history that this was rendered.
    Heard(HeardRun),
    /// Note for the history that the renderer is done with the voice; all of it was told before.
    Gone(VoiceId),
    /// Fetch these, in order, when nothing more urgent is to be fetched; and keep them.
    Prefetch(Vec<PlanEntry>),
    /// Tell the coordinator.
    Send(AgentMessage),
    /// Begin the next burst then.
    BurstAt(LocalTime),
    /// Make the chirp at the device's rate, and hand it to [`Speaker::overlay`](super::Speaker::overlay) with the
    /// instant.
    Chirp {
        /// Frames a second.
        rate: u32,
        /// When its first frame is to be heard.
        at: ServerInstant,
    },
    /// News of the clock, acted upon already: for the log.
    Clock(News),
    /// Another clock counts. The shift if what sounds goes on, `None` if the coordinator does not go on with it.
    ClockChanged(Option<i64>),
    /// A report of the renderer, acted upon already.
    Report(Box<RenderReport>),
}
