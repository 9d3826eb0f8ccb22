//! The speaker's side of Downbeat.

pub mod clock;
