//! Downbeat server.

pub mod store;
