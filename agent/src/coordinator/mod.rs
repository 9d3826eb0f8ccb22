//! The way to the coordinator: one WebSocket, kept up for ever, on which messages and the time travel.
//!
//! - [`address`]: where the coordinator is
//! - [`connection`]: the task that keeps the connection up
//! - `dial`: the way to a host of several addresses
//! - [`event`]: the words between it and the agent
//! - `open`: a connection until the coordinator has taken the speaker in
//! - `session`: one connection, from there to its end
//! - [`outbox`]: what waits to be said: state in order, telemetry only the latest
//! - [`reconnect`]: how long to wait before the next attempt
//! - `words`: texts of others, fit for a log

pub mod address;
pub mod connection;
mod dial;
pub mod event;
mod open;
pub mod outbox;
pub mod reconnect;
mod session;
#[cfg(test)]
mod tests;
pub(crate) mod words;

pub use address::{AddressError, ServerAddress};
pub use connection::Connection;
pub use event::{ConnectionSettings, Event};
pub use outbox::Outbox;
