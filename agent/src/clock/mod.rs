//! The coordinator's clock, seen from this machine's.
pub mod raw;
