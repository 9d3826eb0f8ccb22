//! The outputs for the sound.
//!
//! An output opens a device and keeps it running, silence included, so that a start is a frame number and needs no
//! device to wake up. It runs on a thread of its own, asks the
//! [`Renderer`](downbeat_speaker::render::renderer::Renderer) for each buffer, and tells it what it knows of when
//! frames are heard. When the device is lost it hands the renderer back, and the [`supervisor`] opens it again.

pub mod alsa;
mod card;
pub mod cards;
pub mod cpal;
pub mod device;
mod format;
pub mod latency;
pub mod mixer;
mod pace;
pub mod realtime;
mod sample;
pub mod stamps;
pub mod supervisor;
pub mod r#virtual;

pub use device::{Output, OutputEnd, OutputError, OutputState, PREFERRED_RATE};

use crate::config::OutputSpec;

/// The output that a setting names.
pub fn for_spec(spec: &OutputSpec) -> Box<dyn Output> {
    match spec {
        OutputSpec::Default => Box::new(cpal::Cpal::new(None)),
        OutputSpec::Named(name) => Box::new(cpal::Cpal::new(Some(name.clone()))),
        OutputSpec::Alsa(spec) => Box::new(alsa::Alsa::new(spec.clone())),
        OutputSpec::Virtual(card) => Box::new(r#virtual::Virtual::new(card.clone())),
    }
}
