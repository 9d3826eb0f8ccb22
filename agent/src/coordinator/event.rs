//! The words between the agent and the task that keeps the connection up: events, settings, requests.

use std::{fmt, net::SocketAddr, time::Duration};

use downbeat_identity::pairing::Code;
use downbeat_protocol::{LocalTime, ServerMessage, exchange::Sample, server_message::Welcome};

use super::{
    address::ServerAddress,
    reconnect::BackoffSettings,
    secure::{Proof, SharedTrust},
};

/// An event that the connection tells the agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The coordinator took us in.
    Connected {
        /// Its answer.
        welcome: Box<Welcome>,
        /// The address that answered, for people.
        at: String,
        /// The address of its media: `http://HOST:PORT`.
        media_url: String,
        /// The machine at the other end of the connection.
        peer: SocketAddr,
        /// What TLS has shown; `None` in clear.
        proof: Option<Proof>,
    },
    /// Nobody has adopted this speaker yet.
    Pending {
        /// The code that both ends show, once there is one.
        code: Option<Code>,
        /// For people, with what to do.
        detail: String,
    },
    /// It says this. Never a `welcome` or a `time_reply`.
    Message(Box<ServerMessage>),
    /// A burst of time exchanges is over. Answer with [`Connection::burst_at`](super::Connection::burst_at).
    TimeBurst(Vec<Sample>),
    /// The connection is gone, or did not come about; the next attempt follows in `retry_in`.
    Disconnected {
        /// For people.
        reason: String,
        /// The wait before the next attempt.
        retry_in: Duration,
    },
    /// The coordinator does not want us; it is asked again in `retry_in`, because somebody may mend it.
    Refused {
        /// Stable, for programs.
        code: String,
        /// For people, with what to do.
        detail: String,
        /// The wait before the next attempt.
        retry_in: Duration,
    },
}

/// A coordinator's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// This address.
    At(ServerAddress),
    /// Where it is found in the network.
    Found,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(address) => address.fmt(f),
            Self::Found => f.write_str("found"),
        }
    }
}

/// How the connection is kept.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// The coordinator's place.
    pub place: Place,
    /// The speaker's key and pin; `None`: in clear alone.
    pub trust: Option<SharedTrust>,
    /// Go on in clear where the coordinator does not encrypt.
    pub allow_unencrypted: bool,
    /// How long a TCP connection and its upgrade may each take, at each address that is tried.
    pub connect_timeout: Duration,
    /// How long the answer to `hello` may take.
    pub welcome_timeout: Duration,
    /// A coordinator that is silent for this long is gone, also if asked; sooner if it pings often.
    pub dead_after: Duration,
    /// The next burst begins this long after one if the agent names no other instant.
    pub burst_interval: Duration,
    /// The waits between attempts.
    pub backoff: BackoffSettings,
}

impl ConnectionSettings {
    /// The defaults for a coordinator at `address`.
    pub fn new(address: ServerAddress) -> Self {
        Self::to(Place::At(address))
    }

    /// The defaults for a coordinator at this place.
    pub fn to(place: Place) -> Self {
        Self {
            place,
            trust: None,
            allow_unencrypted: false,
            connect_timeout: Duration::from_secs(5),
            welcome_timeout: Duration::from_secs(10),
            dead_after: Duration::from_secs(15),
            burst_interval: Duration::from_secs(8),
            backoff: BackoffSettings::default(),
        }
    }
}

/// The agent's requests of the task, beside messages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ConnectionRequests {
    /// The next burst.
    pub(super) burst_at: Option<LocalTime>,
    /// Say goodbye and end.
    pub(super) close: bool,
}
