//! Server time: the one clock that every plan is written in.
//!
//! `CLOCK_MONOTONIC_RAW`, because NTP bends `CLOCK_MONOTONIC` while it slews and wall time jumps.

use downbeat_protocol::{ClockId, ServerTime};
use nix::time::{ClockId as SystemClock, clock_gettime};

/// The coordinator's clock, with the name that this process gave it.
#[derive(Debug, Clone, Copy)]
pub struct ServerClock {
    id: ClockId,
}

impl ServerClock {
    /// A clock with a new random name.
    pub fn new() -> Self {
        Self { id: ClockId::random() }
    }

    /// Its name.
    pub fn id(self) -> ClockId {
        self.id
    }

    /// The present instant.
    pub fn now(self) -> ServerTime {
        let t = clock_gettime(SystemClock::CLOCK_MONOTONIC_RAW).expect("Linux has had this clock since 2.6.28");
        ServerTime(t.tv_sec() * 1_000_000 + t.tv_nsec() / 1_000)
    }
}

impl Default for ServerClock {
    fn default() -> Self {
        Self::new()
    }
}
