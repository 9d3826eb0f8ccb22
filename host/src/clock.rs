//! This machine's raw clock.
//!
//! `CLOCK_MONOTONIC_RAW`: NTP bends `CLOCK_MONOTONIC` by up to 8 % while it slews, and wall time jumps. It is read
//! through libc, so that a test can give one process a clock of its own.
//!
//! A reading never fails: a kernel or a sandbox without the raw clock has the ordinary one, and a clock that may be
//! bent is better than one that stands still.

use std::{sync::LazyLock, time::Instant};

use downbeat_protocol::LocalTime;
use nix::time::{ClockId, clock_gettime};

/// Nanoseconds of a clock; `None` if this machine does not have it.
fn read(clock: ClockId) -> Option<i64> {
    clock_gettime(clock).ok().map(|t| t.tv_sec() * 1_000_000_000 + t.tv_nsec())
}

/// Nanoseconds of the first of these clocks that this machine has; of `Instant`, which it has, if it has none of them.
fn first_of(clocks: &[ClockId]) -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the shell that reads clocks")]
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    clocks.iter().find_map(|clock| read(*clock)).unwrap_or_else(|| BEGIN.elapsed().as_nanos() as i64)
}

/// The present instant.
pub fn now() -> LocalTime {
    LocalTime(first_of(&[ClockId::CLOCK_MONOTONIC_RAW, ClockId::CLOCK_MONOTONIC]))
}

/// How long this machine has been suspended since it started, nanoseconds: it grows by each suspension. 0 where the
/// machine cannot say.
pub fn suspended_nanos() -> i64 {
    let (all, awake) = (read(ClockId::CLOCK_BOOTTIME), read(ClockId::CLOCK_MONOTONIC));
    all.zip(awake).map_or(0, |(all, awake)| all - awake)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a machine whose ordinary clock was never bent since it booted, the two clocks are nearly the same.
    /// This says less there.
    #[test]
    fn the_clock_that_nothing_bends_is_read() {
        for _ in 0..1_000 {
            let before = read(ClockId::CLOCK_MONOTONIC_RAW).unwrap();
            let told = now().0;
            let after = read(ClockId::CLOCK_MONOTONIC_RAW).unwrap();
            assert!((before..=after).contains(&told), "{before} {told} {after}");
        }
    }

    #[test]
    fn without_the_raw_clock_time_goes_on() {
        let absent = ClockId::from_raw(15);
        assert_eq!(read(absent), None, "the test needs a clock that no kernel has");
        for clocks in [&[absent, ClockId::CLOCK_MONOTONIC][..], &[absent]] {
            let begin = first_of(clocks);
            let goes_on = (0..10_000_000).any(|_| first_of(clocks) > begin);
            assert!(goes_on, "it stands still at {begin} of {clocks:?}");
        }
        let ordinary = read(ClockId::CLOCK_MONOTONIC).unwrap();
        assert!(first_of(&[absent, ClockId::CLOCK_MONOTONIC]) >= ordinary);
    }
}
