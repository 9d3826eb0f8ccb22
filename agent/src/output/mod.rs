//! The outputs for the sound.
//!
//! An output opens a device and keeps it running, silence included, so that a start is a frame number and needs no
//! device to wake up. It runs on a thread of its own, asks the [`Renderer`] for each buffer, and tells it what it knows
//! of when frames are heard. When the device is lost it hands the renderer back, and the [`supervisor`] opens it again.

pub mod alsa;
pub mod cpal;
pub mod latency;
pub mod realtime;
mod sample;
pub mod stamps;
pub mod supervisor;
pub mod r#virtual;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::config::OutputSpec;
use downbeat_speaker::render::renderer::Renderer;

/// The rate asked for where the device can be asked, frames a second.
pub const PREFERRED_RATE: u32 = 48_000;

/// The state that outputs share with the rest of the agent.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// Set: end, and hand the renderer back.
    pub stop: Arc<AtomicBool>,
    /// Frames handed to devices since the agent started.
    pub frames: Arc<AtomicU64>,
    /// Times a device ran dry since the agent started.
    pub underruns: Arc<AtomicU64>,
    /// Grows when the device stood still or was reopened.
    pub epoch: Arc<AtomicU64>,
    /// True while the audio thread has real-time priority.
    pub realtime: Arc<AtomicBool>,
}

impl Shared {
    /// True if the output is to end.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The device stood still: what was known of its phase is void.
    pub fn new_epoch(&self) -> u32 {
        self.epoch.fetch_add(1, Ordering::Relaxed) as u32 + 1
    }

    /// The epoch now.
    pub fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Relaxed) as u32
    }
}

/// How an output's run ended.
#[derive(Debug)]
#[must_use]
pub enum End {
    /// It was told to.
    Stopped,
    /// The device failed or is gone.
    Lost(OutputError),
}

/// Why there is no sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// It is not there (any more).
    #[error("output {output}: no such device ({reason}); --list-outputs shows what there is")]
    NoDevice {
        /// As asked for.
        output: String,
        /// As the system says.
        reason: String,
    },
    /// It is there, and cannot be used.
    #[error("output {output}: {reason}")]
    Unusable {
        /// As asked for.
        output: String,
        /// The reason it cannot be used.
        reason: String,
    },
    /// It worked, and failed.
    #[error("output {output} failed: {reason}")]
    Failed {
        /// As asked for.
        output: String,
        /// The reason it failed.
        reason: String,
    },
}

/// A place for sound.
pub trait Output: Send + std::fmt::Debug {
    /// For people: `alsa:hw:0 (48000 Hz)`.
    fn describe(&self) -> String;

    /// Opens the device and plays until it is told to stop or the device fails. `opened` is called once the device
    /// runs, with its rate.
    fn run(&mut self, renderer: Box<Renderer>, shared: &Shared, opened: &mut dyn FnMut(u32)) -> (Box<Renderer>, End);
}

/// The output that a setting names.
pub fn for_spec(spec: &OutputSpec) -> Box<dyn Output> {
    match spec {
        OutputSpec::Default => Box::new(cpal::Cpal::new(None)),
        OutputSpec::Named(name) => Box::new(cpal::Cpal::new(Some(name.clone()))),
        OutputSpec::Alsa(name) => Box::new(alsa::Alsa::new(name.clone())),
        OutputSpec::Virtual(card) => Box::new(r#virtual::Virtual::new(card.clone())),
    }
}
