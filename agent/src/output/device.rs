//! The words between an output and the agent: the device's state, its faults, and how a run ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use downbeat_speaker::render::renderer::Renderer;

/// The rate asked for where the device can be asked, frames a second.
pub const PREFERRED_RATE: u32 = 48_000;

/// The state that outputs share with the rest of the agent.
#[derive(Debug, Clone, Default)]
pub struct OutputState {
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

impl OutputState {
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
pub enum OutputEnd {
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
    fn run(
        &mut self,
        renderer: Box<Renderer>,
        shared: &OutputState,
        opened: &mut dyn FnMut(u32),
    ) -> (Box<Renderer>, OutputEnd);
}
