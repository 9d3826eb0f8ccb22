//! The entries that must be ready and sounding, and when.
//!
//! - [`player`]: the state; [`input`] goes in, [`action`] comes out
//! - `handle`: the inputs, one by one; begin here
//! - `follow`: what a session wants, opened, sounded and silenced; `schedule` reads the instants off it
//! - `opened`, `track`: voices, from their opening to their end
//! - `clock_change`, `next_clock`: playing on over a change of the coordinator's clock
//! - `position`: the position report

pub mod action;
mod clock_change;
mod follow;
mod handle;
pub mod input;
mod next_clock;
mod opened;
pub mod player;
mod position;
pub mod schedule;
mod track;
