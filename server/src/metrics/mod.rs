//! Figures for Prometheus: those that are counted since the start, and those that are read when somebody asks.
//!
//! [`Tally`] is what the parts count into. [`Facts`] are read anew for each answer: of the coordinator, of each zone, of
//! each speaker. [`exposition()`] writes both in one of two [`Form`]s. The number of series is bounded, and
//! [`Detail`] says how many people want: a speaker has [`SERIES_OF_A_SPEAKER`] at most.

mod detail;
mod exposition;
mod facts;
mod figure;
mod form;
mod of_coordinator;
mod of_speaker;
mod of_zone;
mod process;
mod tally;

pub use detail::Detail;
pub use exposition::exposition;
pub use facts::{CoordinatorFacts, Facts, SpeakerFacts, ZoneFacts};
pub use form::Form;
pub use of_speaker::SERIES_OF_A_SPEAKER;
pub use process::ProcessFacts;
pub use tally::{NoRoom, Tally};
