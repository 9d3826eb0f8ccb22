//! Server time: the one clock that every plan is written in.
//!
//! `CLOCK_MONOTONIC_RAW`, because NTP bends `CLOCK_MONOTONIC` while it slews and wall time jumps.

use downbeat_protocol::{ClockId, ServerTime};

/// The id of this boot of this machine: the monotonic clock is the same for as long as this is. `None`: it is not told.
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
        ServerTime(downbeat_host::clock::now().as_nanos() / 1_000)
    }
}

impl Default for ServerClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_time_is_the_clock_that_nothing_bends() {
        let micros = || downbeat_host::clock::now().as_nanos() / 1_000;
        for _ in 0..1_000 {
            let before = micros();
            let told = ServerClock::new().now().0;
            let after = micros();
            assert!((before..=after).contains(&told), "{before} {told} {after}");
        }
    }
}
