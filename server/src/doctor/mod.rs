//! What is wrong with the coordinator's own machine, and what to do about it.
//!
//! Facts are read first, then judged: what judges is pure, so that each trouble can be tried without having it.
//!
//! - [`facts`]: all that is looked at
//! - [`kept`]: the time of the last backup, which outlives a restart
//! - `judge`: the judgements

pub mod facts;
mod judge;
pub mod kept;
#[cfg(test)]
mod tests;

pub use judge::examine;
