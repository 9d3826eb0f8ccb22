//! Downbeat server.
