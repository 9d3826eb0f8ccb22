//! A radio sleeps between beacons, 100 ms apart: whatever comes for it waits for the next one. It begins while a
//! speaker plays, or it was so from the start and then ends.
//!
//! Every answer waits, so its way back is tens of milliseconds longer, and four stamps cannot see it. Must hold: a
//! clock that is known stays where it is; one that was learnt so is wrong within its bound, and right soon after the
//! radio stays awake.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile, worst};

const BEACON_US: f64 = 100_000.0;

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(114, &some_speakers(114, 2, Network::WIFI), SETTLED + 30.0);
    world.speakers[0].link.trouble.beacon_us = BEACON_US;
    let asleep = world.run(240.0);
    world.speakers[0].link.trouble.beacon_us = 0.0;
    let awake = world.run(120.0);
    for (name, span, ceiling) in [("it falls asleep", asleep, 150.0), ("it wakes again", awake, 150.0)] {
        outcome.most(format!("{name}: clock error at most, us"), worst(&world.clock_errors(span)), ceiling);
        outcome.least(format!("{name}: within the bound, share"), world.honesty(span), 0.99);
    }
    outcome.exactly("re-anchors", world.reanchors(), 0);

    let mut world = crate::World::new(115, &some_speakers(115, 2, Network::WIFI));
    world.speakers[0].link.trouble.beacon_us = BEACON_US;
    let asleep = world.run(120.0);
    world.speakers[0].link.trouble.beacon_us = 0.0;
    let back = world.run(20.0);
    let awake = world.run(120.0);
    outcome.least("asleep from the start: within the bound, share", world.honesty(asleep), 0.99);
    outcome.most("awake: clock error p99 from 20 s on, us", percentile(&world.clock_errors(awake), 0.99), 300.0);
    outcome.least("awake: within the bound, share", world.honesty((back.0, awake.1)), 0.99);
    outcome
}
