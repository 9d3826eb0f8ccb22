//! The parts that fill the sound card's buffers, frame by frame, in the real-time callback.
//!
//! [`renderer`] holds the parts together; [`command`] is how it is told, [`report`] what it tells. The parts:
//!
//! - [`dac_clock`]: which local instant a device frame is heard at (the second of the two estimators)
//! - [`staircase`]: when an output looks at a position that moves in steps, and what it then knows
//! - [`servo`]: steers the instant whose sound is rendered onto the instant at which it is heard
//! - [`gate`]: when a voice is heard; [`position`]: between frames
//! - [`voice`]: one entry's decoded frames, placed on its line
//! - [`resampler`]: frames at any position between frames
//! - [`kernels`]: the tables by which it does so, one for each pair of rates
//! - [`whole_frames`]: whole positions instead, where a speaker plays alone
//! - [`crossfade`]: how two entries share the time in which both sound
//! - [`gain`]: volume, ramped
//! - [`runs`]: what was really rendered, for the history
//! - [`channels`]: which of the two channels is heard
//! - [`metronome`]: ticks, for trimming by ear; [`calibration`]: codes, for trimming by microphone

pub mod calibration;
pub mod channels;
pub mod command;
pub mod crossfade;
pub mod dac_clock;
pub mod gain;
pub mod gate;
pub mod kernels;
pub mod metronome;
pub mod position;
pub mod renderer;
pub mod report;
pub mod resampler;
pub mod runs;
pub mod servo;
pub mod staircase;
pub mod voice;
pub mod whole_frames;
