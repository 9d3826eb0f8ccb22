//! Downbeat media.
