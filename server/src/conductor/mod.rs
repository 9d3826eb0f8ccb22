//! Performs what the zones decide.
//!
//! The zone cores read no clock and send nothing, the fleet knows no music, the store no time: here they meet, and
//! nowhere else. A zone's input is handled and its actions are performed under that zone's lock, so every speaker gets
//! the messages of a zone in the order in which they were decided. Nothing is awaited under a lock.
//!
//! Its files stand on floors; each names only files further down:
//!
//! - [`start`]: the start from what the store holds, and the end
//! - [`presets`]: sets of zones under a name
//! - [`edits`]: what people set for speakers, one or many; [`zone_edits`]: zones made, renamed, deleted
//! - [`speakers`]: connections come and go; what speakers report; [`namesakes`]: new speakers of a known name
//! - [`zones`]: inputs, actions, timers; [`telemetry`]: how far apart a zone's speakers are; the metronome
//! - [`queues`]: what is asked of queues, and found for them
//! - [`recorder`]: keeps what speakers tell of what they sounded; [`dating`]: dates it anew
//! - [`state`]: what all of it shares
//! - [`zone_cell`]: one zone and those who wait for it; [`position_checks`]: the round of questions to its members
//! - [`zone_saver`]: keeps a zone's newest state in the store, and says up to which revision it is kept
//! - [`speaker_saver`]: keeps speakers in the store, many at once
//! - [`history_inbox`]: what speakers told and is not kept yet

mod dating;
mod edits;
mod error;
mod finds;
mod history_inbox;
mod namesakes;
mod position_checks;
mod presets;
mod queues;
mod recorder;
mod replacement;
mod speaker_changes;
mod speaker_saver;
mod speakers;
mod start;
mod state;
mod telemetry;
#[cfg(test)]
mod tests;
mod zone_cell;
mod zone_edits;
mod zone_names;
mod zone_saver;
mod zones;

pub use edits::{HowLoud, SpeakerPatch};
pub use error::ConductorError;
pub use history_inbox::HistoryLimits;
pub use presets::{Preset, PresetSpeaker, PresetZone, Recalled};
pub use queues::{QueueMoment, QueuePage};
pub use speakers::{Admission, MAX_NAME_CHARS};
pub use state::{Conductor, ConductorSettings};
pub use zone_cell::Outcome;
pub use zone_edits::ZonePatch;
