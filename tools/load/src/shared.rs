//! The state that all speakers of a crowd share.

use std::{net::SocketAddr, time::Duration};

use downbeat_agent::coordinator::reconnect::BackoffSettings;

use crate::board::Board;

/// The state that all speakers of a crowd share.
#[derive(Debug)]
pub struct Shared {
    /// The coordinator's address.
    pub server: SocketAddr,
    /// How they come back.
    pub backoff: BackoffSettings,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// Begin the time exchange at the rate of a speaker that has been on for minutes, spread in phase; else at the
    /// rate of one that was just switched on.
    pub settled: bool,
    /// They speak TLS, each with a key of its own.
    pub tls: bool,
    /// The board of all that they heard.
    pub board: Board,
}

impl Shared {
    /// With the back-off of the real agent.
    pub fn new(server: SocketAddr) -> Self {
        Self {
            server,
            backoff: BackoffSettings::default(),
            connect_timeout: Duration::from_secs(5),
            settled: true,
            tls: false,
            board: Board::default(),
        }
    }
}
