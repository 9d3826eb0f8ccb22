//! What virtual time cannot show: that the programs read the clock that nothing bends (scenario 006).

use downbeat_agent::clock::raw;
use downbeat_server::clock::ServerClock;
use nix::time::{ClockId, clock_gettime};

fn read(clock: ClockId) -> i64 {
    let t = clock_gettime(clock).expect("Linux has this clock");
    t.tv_sec() * 1_000_000_000 + t.tv_nsec()
}

/// Both readings lie between two of `CLOCK_MONOTONIC_RAW`. On a machine whose ordinary clock was never bent since it
/// booted the two clocks are nearly the same, and this says less.
#[test]
fn both_programs_read_the_raw_clock() {
    let raw = ClockId::CLOCK_MONOTONIC_RAW;
    for _ in 0..1_000 {
        let before = read(raw);
        let agent = raw::now().0;
        let server = ServerClock::new().now().0;
        let after = read(raw);
        assert!((before..=after).contains(&agent), "the agent's clock: {before} {agent} {after}");
        assert!((before / 1_000..=after / 1_000).contains(&server), "the coordinator's: {before} {server} {after}");
    }
}
