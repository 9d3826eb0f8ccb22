//! A line whose two ways are not alike: 12 ms there, 4 ms back, each with a queue of its own.
//!
//! Four stamps cannot see it: 4 ms stay as an error. Must hold: the bound admits them; two speakers behind the same
//! line are in step, since they are wrong alike.

use super::{SETTLED, playing, some_speakers};
use crate::{
    Outcome,
    network::{Leg, Network, Queue},
    percentile,
};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let leg =
        Leg { floor_us: 12_000.0, queue_us: 1_500.0, queue: Queue::Exponential, spike_chance: 0.0, spike_us: 0.0 };
    let network = Network { forth: leg, back: Leg { floor_us: 4_000.0, queue_us: 400.0, ..leg } };
    let mut world = playing(118, &some_speakers(118, 2, network), SETTLED + 30.0);
    let span = world.run(300.0);
    let errors = world.clock_errors(span);
    outcome.least("clock error median, us", percentile(&errors, 0.5), 3_900.0);
    outcome.most("clock error p99, us", percentile(&errors, 0.99), 4_100.0);
    outcome.most("spread p99, us", percentile(&world.spread_us(span), 0.99), 60.0);
    outcome.least("within the bound, share", world.honesty(span), 0.99);
    outcome
}
