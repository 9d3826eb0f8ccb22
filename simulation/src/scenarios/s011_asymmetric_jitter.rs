//! One leg of one speaker's way queues (400 us on average), the other does not.
//!
//! Must hold: the estimate follows the quiet moments (p99 well below half the mean queue), and its bound is honest.

use super::{SETTLED, playing, some_speakers};
use crate::{
    Outcome,
    network::{Leg, Network},
    percentile,
};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut specs = some_speakers(11, 2, Network::WIRED);
    let wire = Network::WIRED;
    specs[0].network =
        Network { forth: Leg { queue_us: 5.0, ..wire.forth }, back: Leg { queue_us: 400.0, ..wire.back } };
    let mut world = playing(11, &specs, SETTLED);
    let span = world.run(600.0);
    let record = &world.speakers[0].record;
    outcome.most("clock error p99, us", percentile(&record.clock_errors(span.0, span.1), 0.99), 45.0);
    outcome.most("spread p99, us", percentile(&world.spread_us(span), 0.99), 45.0);
    outcome.least("within the bound, share", record.honesty(span.0, span.1), 0.99);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome
}
