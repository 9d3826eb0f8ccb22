//! The calls that the coordinator takes, and their meaning, whoever asks.
//!
//! REST asks these functions; so will every other way in (MPD, MQTT, schedules, other coordinators). A handler turns a
//! request into a question and the answer into a response, and decides nothing: what is decided twice is decided
//! differently one day. Nothing here knows HTTP.
//!
//! The files stand above the conductor, which performs: a question is a method of it, written here, or a function that
//! takes it, where more than zones and speakers is needed.
//!
//! - [`calibration`]: a zone's speakers sound for a microphone
//! - [`choice`]: tracks that are named by id, or as an album, an artist, a folder, a playlist, a search
//! - [`play`]: the start of something
//! - [`presets`]: sets of zones under a name
//! - [`queues`]: queues, whole and in parts
//! - [`replacement`]: a speaker in the place of one that is gone
//! - [`speakers`]: what people set for speakers, one or many
//! - [`telemetry`]: how far apart a zone's speakers are; the metronome
//! - [`zones`]: zones made, changed, deleted

mod calibration;
pub mod choice;
pub mod play;
mod presets;
mod queues;
mod replacement;
mod speakers;
mod telemetry;
mod zones;

pub use calibration::CalibrationRequest;
pub use choice::{Choice, ChoiceError};
pub use play::{Play, PlayError, Played, play};
pub use presets::{Preset, PresetSpeaker, PresetZone, Recalled};
pub use queues::{QueueMoment, QueuePage};
pub use speakers::{HowLoud, SpeakerPatch};
pub use zones::ZonePatch;
