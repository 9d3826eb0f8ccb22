//! The way to the coordinator: one WebSocket, kept up for ever, on which messages and the time travel.
//!
//! - [`address`]: where the coordinator is
//! - [`connection`]: the task that keeps the connection up, and what it tells the agent
//! - [`outbox`]: what waits to be said: state in order, telemetry only the latest
//! - [`time_sync`]: the time exchange on the same socket
//! - [`reconnect`]: how long to wait before the next attempt

pub mod reconnect;
