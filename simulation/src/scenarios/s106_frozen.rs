//! A speaker's process is stopped for a while (`SIGSTOP`, a swapping machine): 0.5, 3 and 10 s. Its machine's clock
//! runs on, its card runs dry, and what the coordinator said meanwhile comes all at once, the time's answers among it.
//!
//! Must hold: back under 100 us within 10 s, no sound from the past, the estimate not bent by answers that waited, and
//! the other one never knew.

use super::{back_after, late_series, playing, some_speakers};
use crate::{Outcome, measure::Judgement, network::Network, percentile, worst};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (seed, seconds) in [(1, 0.5), (2, 3.0), (3, 10.0), (4, 10.0)] {
        let mut world = playing(seed, &some_speakers(seed, 2, Network::WIRED), 60.0 + seed as f64 * 0.7);
        // just before a burst, so that an answer waits
        let due = world.speakers[1].clock().next_burst().0;
        let wait = due - { let now = world.now; world.speakers[1].now(now).0 };
        world.run(wait.max(0) as f64 * 1e-9 + 100e-6);
        let begin = world.now;
        world.freeze(1, seconds);
        world.run(seconds);
        let span = world.run(30.0);
        let late = late_series(&world, 1, span);
        outcome.most(format!("{seconds} s: under 100 us after, s"), back_after(&late, span.0, 100.0), 10.0);
        let past = |judgement: &Judgement| judgement.is_off_by(5_000.0);
        outcome.exactly("sound from the past", world.speakers[1].record.count(span.0, span.1, past) as u64, 0);
        let errors = world.speakers[1].record.clock_errors(span.0, span.1);
        outcome.most(format!("{seconds} s: clock error at most, us"), worst(&errors), 60.0);
        let later = (span.0 + 10_000_000_000, span.1);
        let p99 = percentile(&world.spread_us(later), 0.99);
        outcome.most(format!("{seconds} s: spread p99 from 10 s on, us"), p99, 40.0);
        outcome.exactly("gaps at the other", world.speakers[0].record.disturbed(begin, span.1) as u64, 0);
    }
    outcome
}
