//! The window of the program that speakers are told: its bounds.

/// How many entries a plan holds at most.
pub const PLAN_ENTRIES: usize = 64;

/// How long a plan may become as JSON, bytes: with all that is around it a message stays below 24 kB.
pub const MAX_PLAN_BYTES: usize = 22 * 1024;
