//! The decisions of a zone, made in one place and without I/O.
//!
//! A zone is a set of speakers with one queue and one timeline. Everything that must hold at the same instant on all
//! of them is decided here, on server time, and nowhere else: when a start is possible, where a pause lies to the
//! frame, when a track ends. The core reads no clock and sends nothing: [`Zone::handle`] takes the time and an
//! [`Input`], and hands back [`Action`]s that the coordinator performs; [`Zone::next_timeout`] says
//! when it wants to be called again without an input. So tests run hours of it in microseconds.
//!
//! A reader's path: [`command`] (what comes in), [`action`] (what goes out), [`queue`], [`modes`] and [`program`] (what
//! comes when: repeat, shuffle ([`order`]), loops), [`playback`] (which timeline is heard when), [`readiness`] (who is
//! ready to start), [`members`] (how far ahead an instant must lie), then [`state`], where they meet. Beside it:
//! [`pending`] (what is to be done later), [`sync`], how far apart the members are, and [`metronome`].

pub mod action;
pub mod command;
pub mod loudness;
pub mod members;
pub mod metronome;
pub mod modes;
pub mod occurrence;
pub mod order;
pub mod pending;
pub mod playback;
pub mod program;
pub mod queue;
pub mod readiness;
pub mod returning;
pub mod saved;
pub mod state;
pub mod sync;
pub mod track;
pub mod view;

mod edit;
mod going_on;
mod session;
mod start;
mod telling;
#[cfg(test)]
mod tests;

pub use action::{Action, Audience};
pub use command::{Command, Input, ModesPatch, Place, Refusal, Ticket, TrackNews, Where};
pub use program::Program;
pub use queue::{Fault, FaultSource, Queue, QueueEntry};
pub use returning::Claim;
pub use saved::Saved;
pub use state::{Zone, ZoneSettings};
pub use track::{Text, Track};
pub use view::{PlayState, View};
