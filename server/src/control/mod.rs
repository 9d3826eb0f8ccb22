//! The calls that the coordinator takes, and their meaning, whoever asks.
//!
//! REST asks these functions; so will every other way in (MPD, MQTT, schedules, other coordinators). A handler turns a
//! request into a question and the answer into a response, and decides nothing: what is decided twice is decided
//! differently one day. Nothing here knows HTTP.
//!
//! - [`choice`]: tracks that are named by id, or as an album, an artist, a folder, a playlist, a search
//! - [`play`]: the start of something

pub mod choice;
pub mod play;

pub use choice::{Choice, ChoiceError};
pub use play::{Play, PlayError, Played, play};
