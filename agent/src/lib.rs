//! The speaker's side of Downbeat.

pub mod clock;
pub mod output;
pub mod playback;
