//! The coordinator is gone for ten minutes, and after a while one of the machines warms up by 1.5 ppm.
//!
//! Must hold: everybody plays on; a minute costs less than 20 us, five some hundred; the bound grows with the error.

use super::{playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(104, &some_speakers(104, 2, Network::WIRED), 600.0);
    world.stop_coordinator();
    let minute = world.run(60.0);
    let now = world.now;
    world.speakers[0].local.warm(now, 1.5, 120.0);
    let later = world.run(240.0);
    let latest = world.run(300.0);
    outcome.most("spread p99 in the first minute, us", percentile(&world.spread_us(minute), 0.99), 30.0);
    outcome.most("spread p99 until five minutes, us", percentile(&world.spread_us(later), 0.99), 300.0);
    outcome.most("spread p99 until ten minutes, us", percentile(&world.spread_us(latest), 0.99), 900.0);
    outcome.least("within the bound, share", world.honesty((minute.0, latest.1)), 0.99);
    outcome.exactly("told that it is stale", world.speakers.iter().map(|s| u64::from(s.record.stale)).sum(), 2);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed((minute.0, latest.1)) as u64, 0);
    outcome
}
