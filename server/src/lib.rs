//! The coordinator.

pub mod zone;
