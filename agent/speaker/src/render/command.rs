//! The renderer's commands, and the rings by which it is controlled from outside the callback.

use downbeat_protocol::{Frames, server_message::ChannelRole};

use super::{
    calibration::Calibration, crossfade::Span, gate::VoiceId, metronome::Metronome, report::RenderReport,
    runs::HeardRun, voice::Voice,
};
use crate::clock::{ClockEstimate, ServerInstant};

/// A command to the renderer.
#[derive(Debug)]
pub enum Command {
    /// The newest estimate of the coordinator's clock.
    Clock(ClockEstimate),
    /// Another clock counts: every instant known is moved by so many microseconds, and is one of the new clock.
    ChangeClock(ClockEstimate, i64),
    /// The coordinator's clock is unknown: be silent.
    ClockLost,
    /// Play this voice when its gate opens.
    Add(Box<Voice>),
    /// Silence a voice from an instant on, with a fade; at once without one, or if it is past.
    Close(VoiceId, Option<ServerInstant>),
    /// A voice that is to fall then, under the entry after it; or not at all.
    Fall(VoiceId, Option<Span>),
    /// A voice of which nothing is to be heard from this frame of its entry on, earlier than was said.
    EndAt(VoiceId, Frames),
    /// Volume: gain, from when, within how many microseconds.
    Gain(f32, ServerInstant, f64),
    /// Volume at once.
    GainNow(f32),
    /// The delay of all that lies behind the sound card, microseconds.
    OutputDelay(i64),
    /// Past this sync error: re-anchor. Microseconds.
    MaxDrift(i64),
    /// Mix a clip over everything.
    Overlay(Box<Overlay>),
    /// Tick, or no more.
    Metronome(Option<Metronome>),
    /// Sound a code, or no more.
    Calibration(Option<Calibration>),
    /// The channels that are sounded from an instant on; without one at once.
    Channels(ChannelRole, Option<ServerInstant>),
    /// Nobody else plays this: copy frames where rates allow it, as long as the sync error does.
    Solo(bool),
}

impl Command {
    /// True if a newer one of its kind replaces it.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Clock(_)
            | Self::Gain(..)
            | Self::GainNow(_)
            | Self::OutputDelay(_)
            | Self::MaxDrift(_)
            | Self::Overlay(_)
            | Self::Metronome(_)
            | Self::Calibration(_)
            | Self::Channels(..)
            | Self::Solo(_) => true,
            Self::ChangeClock(..)
            | Self::ClockLost
            | Self::Add(_)
            | Self::Close(..)
            | Self::Fall(..)
            | Self::EndAt(..) => false,
        }
    }

    /// The voice that it is about.
    pub fn voice(&self) -> Option<VoiceId> {
        match self {
            Self::Add(voice) => Some(voice.id),
            Self::Close(id, _) | Self::Fall(id, _) | Self::EndAt(id, _) => Some(*id),
            _ => None,
        }
    }
}

/// A short clip, interleaved stereo at the device's rate, mixed over what plays; the volume does not apply to it.
#[derive(Debug)]
pub struct Overlay {
    /// The frames.
    pub samples: Vec<f32>,
    /// When its first frame is heard; at once if that is past.
    pub at: ServerInstant,
    /// Frames already played.
    pub played: usize,
}

/// A part that is done with, to be freed outside the callback.
#[derive(Debug)]
pub enum Trash {
    /// A voice that is over.
    Voice(Box<Voice>),
    /// A clip that is over.
    Overlay(Box<Overlay>),
}

/// The other ends of the renderer's rings.
#[derive(Debug)]
pub struct Controls {
    /// Commands go in here.
    pub commands: rtrb::Producer<Command>,
    /// Reports come out here.
    pub reports: rtrb::Consumer<RenderReport>,
    /// The parts that are to be freed come out here.
    pub trash: rtrb::Consumer<Trash>,
    /// The runs that were rendered come out here. Of a voice that is freed all is told before.
    pub heard: rtrb::Consumer<HeardRun>,
}
