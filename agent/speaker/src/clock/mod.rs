//! The first of the agent's two estimators: the coordinator's clock, seen from this machine's.
//!
//! Bursts of exchanges go in, a [`ClockEstimate`] comes out. The other estimator (the sound card's crystal) lives in
//! `render`, apart, so that one sees which of them broke.
//!
//! - [`exchange_burst`]: the exchanges of one burst
//! - [`burst`]: when bursts are due, and the sample of each that counts
//! - [`likelihood`], [`recent`]: what a delay says of the floor of its way
//! - [`hypothesis`], [`hypotheses`]: what delays say of the clock, by one opinion and by several
//! - [`delay_floor`], [`filter`]: steps of the clock, changes of the route
//! - [`watchdog`]: the machine slept, or no sample comes
//! - [`discipline`]: what follows from all that

pub mod burst;
pub mod delay_floor;
pub mod discipline;
pub mod estimate;
pub mod exchange_burst;
pub mod filter;
pub mod hypotheses;
pub mod hypothesis;
pub mod likelihood;
pub mod recent;
pub mod watchdog;

pub use discipline::{ClockDiscipline, News};
pub use estimate::{ClockEstimate, ServerInstant};
pub use filter::{ClockFilter, Verdict};
