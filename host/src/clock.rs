//! This machine's raw clock.
//!
//! `CLOCK_MONOTONIC_RAW`: NTP bends `CLOCK_MONOTONIC` by up to 8 % while it slews, and wall time jumps. It is read
//! through libc, so that a test can give one process a clock of its own.

use downbeat_protocol::LocalTime;
use nix::time::{ClockId, clock_gettime};

fn read(clock: ClockId) -> i64 {
    // The clock ids used here exist on every Linux that this program runs on; a failing read is no time at all.
    clock_gettime(clock).map_or(0, |t| t.tv_sec() * 1_000_000_000 + t.tv_nsec())
}

/// The present instant.
pub fn now() -> LocalTime {
    LocalTime(read(ClockId::CLOCK_MONOTONIC_RAW))
}

/// How long this machine has been suspended since it started, nanoseconds: it grows by each suspension.
pub fn suspended_nanos() -> i64 {
    read(ClockId::CLOCK_BOOTTIME) - read(ClockId::CLOCK_MONOTONIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a machine whose ordinary clock was never bent since it booted, the two clocks are nearly the same.
    /// This says less there.
    #[test]
    fn the_clock_that_nothing_bends_is_read() {
        for _ in 0..1_000 {
            let before = read(ClockId::CLOCK_MONOTONIC_RAW);
            let told = now().0;
            let after = read(ClockId::CLOCK_MONOTONIC_RAW);
            assert!((before..=after).contains(&told), "{before} {told} {after}");
        }
    }
}
