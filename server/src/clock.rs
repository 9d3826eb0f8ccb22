//! Server time: the one clock that every plan is written in.
//!
//! `CLOCK_MONOTONIC_RAW`, because NTP bends `CLOCK_MONOTONIC` while it slews and wall time jumps.

use downbeat_protocol::{ClockId, ServerTime};
use nix::time::{ClockId as SystemClock, clock_gettime};

/// Which boot of which machine this is: the monotonic clock is the same for as long as this is. `None`: it is not told.
pub fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The coordinator's clock and its name.
#[derive(Debug, Clone, Copy)]
pub struct ServerClock {
    id: ClockId,
}

impl ServerClock {
    /// The clock under this name.
    pub fn named(id: ClockId) -> Self {
        Self { id }
    }

    /// A clock with a new random name.
    pub fn new() -> Self {
        Self::named(ClockId::random())
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
