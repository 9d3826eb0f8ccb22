//! Downbeat agent.

pub mod clock;

pub mod coordinator;

pub mod media;
