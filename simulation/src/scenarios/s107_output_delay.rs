//! Speakers with unlike amplifiers: nothing behind one card, 12 ms behind another, 35 ms behind a third; two of them
//! are told so before they play, the third while it plays.
//!
//! Must hold: what leaves the amplifiers is in step, to the same limit as without them. A delay set while it plays is
//! made up for by a re-anchor (it lies beyond the threshold).

use super::{RATE, some_speakers};
use crate::{Outcome, World, entries::entry, spread::spread_us, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut specs = some_speakers(107, 3, Network::WIRED);
    (specs[1].behind_us, specs[2].behind_us) = (12_000, 35_000);
    let mut world = World::new(107, &specs);
    world.run(2.0);
    world.set_output_delay(1, 12_000);
    world.run(10.0);
    let now = world.now;
    world.coordinator.play(now, vec![entry(0, RATE, 3_600.0)]);
    let two = world.run(30.0);
    world.set_output_delay(2, 35_000);
    world.run(5.0);
    let three = world.run(30.0);
    let first_two = spread_us(&world.speakers[..2], two.0, two.1);
    outcome.most("two, spread worst from the start, us", percentile(&first_two, 1.0), 40.0);
    outcome.most("three, spread p99 once told, us", percentile(&world.spread_us(three), 0.99), 40.0);
    let disturbed: usize = world.speakers[..2].iter().map(|s| s.record.disturbed(two.0, three.1)).sum();
    outcome.exactly("gaps at the first two", disturbed as u64, 0);
    outcome.exactly("re-anchors", world.reanchors(), 1);
    outcome
}
