//! The speaker: fetches whole tracks, decodes them, and plays every frame at the instant of the coordinator's clock
//! that the plan names.
//!
//! ```text
//!  main task (tokio)                  decode threads            audio thread (real-time)
//!  coordinator: messages, time --+
//!  media: fetch -> cache --------|--> file -> frames -> ring -> renderer -> output -> sound card
//!  clock: bursts -> estimate ----+                                ^            |
//!  playback::player: decides     -- commands (lock-free) ---------+            |
//!                                <- reports, what is to be freed --------------+
//! ```
//!
//! [`program`] goes from the settings to the end of the process, [`agent`] is the composition root; the pure core is
//! [`downbeat_speaker`].

pub mod agent;
mod asked;
pub mod belonging;
pub mod chirp;
pub mod config;
pub mod coordinator;
pub mod doctor;
pub mod health;
pub mod history;
pub mod identity;
mod introduction;
pub mod last_known;
pub mod media;
pub mod output;
pub mod program;
pub mod repeats;
mod sensors;
pub mod service;
pub mod trust;
