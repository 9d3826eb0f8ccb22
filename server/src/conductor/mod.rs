//! Performs what the zones decide.
//!
//! The zone cores read no clock and send nothing, the fleet knows no music, the store no time: here they meet, and
//! nowhere else. A zone's input is handled and its actions are performed under that zone's lock, so every speaker gets
//! the messages of a zone in the order in which they were decided. Nothing is awaited under a lock.
//!
//! Its files stand on floors; each names only files further down:
//!
//! - [`start`]: the start from what the store holds, and the end
//! - [`speakers`]: connections come and go; what speakers report; [`namesakes`]: new speakers of a known name
//! - [`zones`]: inputs, actions, timers; [`telemetry`]: how far apart a zone's speakers are; the metronome
//! - [`calibration`]: who sounds for a microphone, and until when
//! - [`speaker_changes`]: changes of speakers come into force; [`zone_names`]: zones found and made by name
//! - [`queued`]: the queues of all zones together
//! - [`finds`]: what a zone asks of the library; [`newcomers`]: bounds of speakers and zones that hello brings
//! - [`recorder`]: keeps what speakers tell of what they sounded; [`dating`]: dates it anew
//! - [`state`]: what all of it shares
//! - [`zone_cell`]: one zone and those who wait for it; [`position_checks`]: the round of questions to its members
//! - [`zone_saver`]: keeps a zone's newest state in the store, and says up to which revision it is kept
//! - [`speaker_saver`]: keeps speakers in the store, many at once
//! - [`chirps`]: one at a time; [`told`]: what speakers tell, cut to what their own would say
//! - [`history_inbox`]: what speakers told and is not kept yet
//! - [`book_keeper`]: where books are to go on; [`book_inbox`]: what waits to be kept of that; [`listening`]: what
//!   counts as heard

mod arrivals;
mod book_inbox;
mod book_keeper;
pub(crate) mod calibration;
mod chirps;
mod dating;
mod error;
mod finds;
mod history_inbox;
mod listening;
mod namesakes;
mod newcomers;
mod position_checks;
mod queued;
mod recorder;
mod speaker_changes;
mod speaker_saver;
mod speakers;
mod start;
mod state;
mod telemetry;
#[cfg(test)]
mod tests;
mod told;
mod zone_cell;
mod zone_names;
mod zone_saver;
mod zones;

pub use error::ConductorError;
pub use history_inbox::HistoryLimits;
pub(crate) use namesakes::heir;
pub(crate) use speaker_changes::Edited;
pub use speakers::{Admission, MAX_NAME_CHARS, Terms};
pub(crate) use state::EditGuard;
pub use state::{Conductor, ConductorSettings};
pub use zone_cell::Outcome;
