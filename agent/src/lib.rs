//! Downbeat agent.
