//! The speaker's side of Downbeat.

pub mod clock;
pub mod playback;
