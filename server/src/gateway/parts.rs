//! The gateway's settings, and the parts that it needs.

use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use crate::{
    conductor::Conductor,
    register::{Arrival, Register},
    sockets::Held,
};

/// The settings of the gateway.
#[derive(Debug, Clone, Copy)]
pub struct GatewaySettings {
    /// How often a speaker is pinged.
    pub ping_interval: Duration,
    /// A speaker of which nothing was heard for this long, or that reads nothing for this long, is gone.
    pub ping_timeout: Duration,
    /// A connection that has not said `hello` by then is closed.
    pub hello_timeout: Duration,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(5),
            ping_timeout: Duration::from_secs(15),
            hello_timeout: Duration::from_secs(5),
        }
    }
}

/// The parts that the gateway needs.
#[derive(Clone)]
pub struct Gateway {
    /// The conductor that it speaks for.
    pub conductor: Conductor,
    /// The speakers' keys.
    pub register: Register,
    /// Its settings.
    pub settings: GatewaySettings,
    /// When the coordinator stops, every connection is closed.
    pub stopping: tokio_util::sync::CancellationToken,
    /// Counts the connections, so that a stop can wait for their goodbyes.
    pub connections: tokio_util::task::TaskTracker,
}

/// A connection that is to be a speaker's.
#[derive(Debug)]
pub struct Comer {
    /// The place that it comes from, and what it proved.
    pub arrival: Arrival,
    /// Its place among the connections, which it keeps from its hello on.
    pub held: Option<Held>,
    /// The task that takes its right to listen away when that ends.
    pub watch: Option<AbortOnDropHandle<()>>,
}
