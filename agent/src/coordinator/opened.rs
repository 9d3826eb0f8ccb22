//! A connection that came about, or the end of one that did not.

use std::{net::SocketAddr, time::Duration};

use downbeat_protocol::server_message::{ErrorNotice, Welcome};
use futures_util::SinkExt as _;
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{
    address::ServerAddress,
    secure::{Proof, Wire},
};

/// A frame that cannot be handed to the socket in this time has nobody at the other end.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// We were told to.
    Closed,
    /// The network, the coordinator or its silence.
    Lost {
        /// For people.
        reason: String,
        /// True if the coordinator had taken us in.
        welcomed: bool,
    },
    /// The coordinator does not want us.
    Refused {
        /// For programs.
        code: String,
        /// For people.
        detail: String,
        /// True if it was no coordinator that said so, but a web server.
        web: bool,
    },
}

impl End {
    /// The same, with the address that did not answer.
    pub(super) fn at(self, address: &ServerAddress) -> Self {
        match self {
            Self::Lost { reason, welcomed } => Self::Lost { reason: format!("{address}: {reason}"), welcomed },
            end => end,
        }
    }

    /// Two attempts failed, one address after the other. What may pass soon decides when the next one is.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Lost { reason: a, .. }, Self::Lost { reason: b, .. } | Self::Refused { detail: b, .. })
            | (Self::Refused { detail: a, .. }, Self::Lost { reason: b, .. }) => {
                Self::Lost { reason: format!("{a}; {b}"), welcomed: false }
            }
            (Self::Refused { code, detail: a, web }, Self::Refused { detail: b, .. }) => {
                Self::Refused { code, detail: format!("{a}; {b}"), web }
            }
            (end, Self::Closed) | (Self::Closed, end) => end,
        }
    }
}

pub(super) type Socket = WebSocketStream<Wire>;

/// A connection on which the coordinator has taken the speaker in.
pub(super) struct Opened {
    pub(super) socket: Socket,
    pub(super) welcome: Welcome,
    /// The address that answered.
    pub(super) address: ServerAddress,
    pub(super) peer: SocketAddr,
    /// What TLS has shown; `None` in clear.
    pub(super) proof: Option<Proof>,
    /// The name of the server that passed the upgrade on, if it tells one: the coordinator has none.
    pub(super) proxy: Option<String>,
}

pub(super) async fn send(socket: &mut Socket, message: Message) -> Result<(), String> {
    match timeout(SEND_TIMEOUT, socket.send(message)).await {
        Ok(result) => result.map_err(|e| e.to_string()),
        Err(_) => Err(format!("the coordinator took nothing for {SEND_TIMEOUT:?}")),
    }
}

pub(super) fn refused(notice: ErrorNotice) -> End {
    End::Refused { code: notice.code, detail: notice.detail, web: false }
}
