//! The way to the coordinator: one WebSocket, kept up for ever, on which messages and the time travel.
//!
//! - [`address`]: where the coordinator is
//! - [`connection`]: the task that keeps the connection up
//! - `dial`: the way to a host of several addresses
//! - `discover`: coordinators that announce themselves in the network
//! - [`event`]: the words between it and the agent
//! - `greeting`: hello, the exchange for the code, welcome
//! - `open`: a connection until the coordinator has taken the speaker in
//! - [`secure`]: TLS, and who is at the other end
//! - `session`: one connection, from there to its end
//! - `opened`: a connection that came about, or the end of one that did not
//! - [`outbox`]: what waits to be said: state in order, telemetry only the latest
//! - [`reconnect`]: how long to wait before the next attempt
//! - `words`: texts of others, fit for a log

pub mod address;
pub mod connection;
mod dial;
mod discover;
pub mod event;
mod greeting;
mod open;
mod opened;
pub mod outbox;
pub mod reconnect;
pub mod secure;
mod session;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_tls;
pub(crate) mod words;

pub use address::{AddressError, ServerAddress};
pub use connection::Connection;
pub use event::{ConnectionSettings, Event, Place};
pub use open::{NotTakenIn, take_in};
pub use outbox::Outbox;
pub(crate) use secure::shown;
pub use secure::{Proof, SharedTrust};
