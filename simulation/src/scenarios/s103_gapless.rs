//! Twelve entries of unlike rates and odd lengths, one after the other, with a coordinator that dies in the middle.
//!
//! Must hold: the boundaries are where the plan says, without a gap, on every speaker, with or without a coordinator.

use super::some_speakers;
use crate::{Outcome, World, entry, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = World::new(103, &some_speakers(103, 3, Network::WIRED));
    world.run(10.0);
    let now = world.now;
    let rates = [8_000, 8_000, 7_350, 8_000, 7_350, 7_350];
    let entries = (0..12).map(|k| entry(k, rates[k % 6], 20.0 + 0.012_34 * k as f64)).collect();
    world.coordinator.play(now, entries);
    let with = world.run(110.0);
    world.stop_coordinator();
    let without = world.run(110.0);
    outcome.most("with: spread p99, us", percentile(&world.spread_us(with), 0.99), 60.0);
    outcome.most("without: spread p99, us", percentile(&world.spread_us(without), 0.99), 60.0);
    outcome.most("late at most, us", percentile(&world.late_us((with.0, without.1)), 1.0), 80.0);
    outcome.exactly("gaps and wrong entries", world.disturbed((with.0, without.1)) as u64, 0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome
}
