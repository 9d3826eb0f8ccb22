//! The decisions of a zone, made in one place and without I/O.
//!
//! A zone is a set of speakers with one queue and one timeline. Everything that must hold at the same instant on all
//! of them is decided here, on server time, and nowhere else: when a start is possible, where a pause lies to the
//! frame, when a track ends. The core reads no clock and sends nothing: [`Zone::handle`] takes the time and an
//! [`Input`], and hands back [`Action`]s that the coordinator performs; [`Zone::next_timeout`] says
//! when it wants to be called again without an input. So tests run hours of it in microseconds.
//!
//! A reader's path, from the door down: `handle.rs` ([`Zone::handle`]), [`command`] (the inputs), [`action`] (the
//! outputs), [`state`] (the zone), [`queue`], [`modes`] and [`program`] (the order of entries: repeat, shuffle
//! ([`order`]), loops), [`playback`] (the timelines that are heard), [`readiness`] (the members of a start),
//! [`members`] (the lead of an instant). Beside it: [`agenda`] (commands for later), [`sync`] (how far apart the
//! members are), [`telemetry`] (the past of that), [`metronome`] and [`calibration`]. The files that nobody outside
//! names are the zone's transitions: `start`, `transport`, `edit`, `session`, `pending`, `advance`, `restore`,
//! `takeover`; each brings its change into force by `telling`.

pub mod action;
pub mod agenda;
pub mod answer;
pub mod calibration;
pub mod claim;
pub mod command;
pub mod loudness;
pub mod members;
pub mod metronome;
pub mod modes;
pub mod occurrence;
pub mod order;
pub mod playback;
pub mod position;
pub mod program;
pub mod queue;
pub mod readiness;
pub mod returning;
pub mod saved;
pub mod state;
pub mod sync;
pub mod telemetry;
pub mod track;
pub mod unsure;
pub mod view;
pub mod window;

mod advance;
mod edit;
mod handle;
mod pending;
mod restore;
mod search;
mod session;
mod start;
mod takeover;
mod telling;
#[cfg(test)]
mod tests;
mod transport;

pub use action::{Action, Audience};
pub use answer::{Refusal, Ticket};
pub use claim::Claim;
pub use command::{Command, Input, ModesPatch, TrackNews};
pub use position::{EntryPosition, QueuePosition};
pub use program::Program;
pub use queue::{Fault, FaultSource, Queue, QueueEntry};
pub use saved::Saved;
pub use state::{Zone, ZoneSettings};
pub use track::{Part, Text, Track};
pub use view::{PlayState, View};
