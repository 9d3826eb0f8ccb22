//! The speakers' WebSocket.
//!
//! One task a connection, in two halves. The reader answers time requests itself, with no mailbox between the socket
//! and the stamps; the writer empties the outbox. They share the sending side for one frame at a time, so a time reply
//! waits for at most the frame that is being written, and its T3 is read after that wait.
//!
//! Nothing that a speaker sends harms another's connection. A message that is not understood is answered with `error`,
//! one too large or too much closes the socket, and a reader that does not drain is given up.

mod connection;
mod flood;
mod frames;
mod greeting;
mod parts;

use axum::{extract::WebSocketUpgrade, response::Response};
use downbeat_protocol::MAX_AGENT_FRAME_BYTES;

pub use parts::{Comer, Gateway, GatewaySettings};

/// Small, because a time request that waits behind others in a large buffer is stamped late, and because every
/// connection has one (it grows for a frame that is longer).
const READ_BUFFER_BYTES: usize = 1024;

/// Turns a request into a speaker's connection.
pub fn upgrade(gateway: Gateway, comer: Comer, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(MAX_AGENT_FRAME_BYTES)
        .max_frame_size(MAX_AGENT_FRAME_BYTES);
    let token = gateway.connections.token();
    upgrade.on_upgrade(move |socket| async move {
        connection::serve(gateway, socket, Box::new(comer)).await;
        drop(token);
    })
}
