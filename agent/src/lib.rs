//! The speaker's side of Downbeat.

pub mod clock;
pub mod identify;
pub mod output;
pub mod playback;
