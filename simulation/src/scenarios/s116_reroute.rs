//! A mesh changes the route every ninety seconds: longer by 2.5 ms there and 4 ms back, then as it was.
//!
//! Must hold: the clock goes on through the changes, no step is told, the bound is honest.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(116, &some_speakers(116, 2, Network::WIFI), SETTLED + 90.0);
    let begin = world.now;
    for k in 0..8 {
        let longer = f64::from(k % 2 == 0);
        world.speakers[0].link.trouble.forth_us = 2_500.0 * longer;
        world.speakers[0].link.trouble.back_us = 4_000.0 * longer;
        world.run(90.0);
    }
    let span = (begin, world.now);
    let record = &world.speakers[0].record;
    outcome.most("clock error p99, us", percentile(&record.clock_errors(span.0, span.1), 0.99), 450.0);
    outcome.most("spread p99, us", percentile(&world.spread_us(span), 0.99), 450.0);
    outcome.least("within the bound, share", world.honesty(span), 0.99);
    outcome.exactly("steps that were none", record.steps.len() as u64, 0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome
}
