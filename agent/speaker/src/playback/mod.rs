//! Which entries must be ready and sounding, and when.
//!
//! [`player`] is told what the coordinator says and how well the clock is known, and answers with what is to be opened,
//! sounded and silenced; [`schedule`] reads the instants off a session; [`clock_change`] plays on over a change of the
//! coordinator's clock.

pub mod clock_change;
pub mod player;
pub mod schedule;
