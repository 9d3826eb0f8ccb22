//! What is heard, and exactly when.
//!
//! Pure: nothing here reads a clock or does I/O. [`player`] decides which entries must be ready and sounding;
//! [`render`] fills the sound card's buffers, frame by frame, in the real-time callback. The parts of the latter:
//!
//! - [`dac_clock`]: which local instant a device frame is heard at (the second of the two estimators)
//! - [`servo`]: steers the instant whose sound is rendered onto the instant at which it is heard
//! - [`voice`]: one entry's decoded frames, placed on its line
//! - [`resampler`]: frames at any position between frames
//! - [`shift`]: whole positions instead, where a speaker plays alone
//! - [`crossfade`]: how two entries share the time in which both sound
//! - [`gain`]: volume, ramped
//! - [`heard`]: what was really rendered, for the history
//! - [`channels`]: which of the two channels is heard
//! - [`metronome`]: ticks, for trimming by ear

pub mod channels;
pub mod clock_change;
pub mod crossfade;
pub mod dac_clock;
pub mod gain;
pub mod heard;
pub mod metronome;
pub mod player;
pub mod render;
pub mod resampler;
pub mod schedule;
pub mod servo;
pub mod shift;
pub mod voice;
