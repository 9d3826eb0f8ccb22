//! The first of the agent's two estimators: the coordinator's clock, seen from this machine's.
//!
//! Pure, but for [`raw`], which reads the machine's clock: bursts of exchanges go in, a [`ClockEstimate`] comes out.
//! The other estimator (the sound card's crystal) lives in `playback`, apart, so that one sees which of them broke.

pub mod burst;
pub mod delay_floor;
pub mod estimate;
pub mod filter;
pub mod keeper;
pub mod raw;
pub mod watchdog;

pub use estimate::{ClockEstimate, ServerInstant};
pub use filter::{ClockFilter, Verdict};
pub use keeper::{ClockKeeper, News};
