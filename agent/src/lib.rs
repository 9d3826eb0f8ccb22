//! Downbeat agent.

pub mod clock;
pub mod config;
pub mod coordinator;
pub mod identity;
pub mod media;
