//! Downbeat server.

pub mod library;
pub mod store;
