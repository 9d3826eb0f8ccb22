//! Two speakers over 4G: 30 to 90 ms each way, and now and then nothing comes for up to 300 ms.
//!
//! Must hold: they play, the bound is honest, and they come nearer as the floors show themselves.

use super::{SETTLED, bound_of_measuring, playing, some_speakers};
use crate::{
    Outcome,
    network::{Leg, Network, Queue},
    percentile,
};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let leg =
        Leg { floor_us: 30_000.0, queue_us: 30_000.0, queue: Queue::Even, spike_chance: 0.02, spike_us: 300_000.0 };
    let network = Network { forth: leg, back: leg };
    let mut world = playing(117, &some_speakers(117, 2, network), SETTLED);
    let first = world.run(120.0);
    world.run(180.0);
    let later = world.run(300.0);
    outcome.most("spread p99 in the first two minutes, us", percentile(&world.spread_us(first), 0.99), 4_000.0);
    outcome.most("spread median after five minutes, us", percentile(&world.spread_us(later), 0.5), 300.0);
    outcome.most("spread p99 after five minutes, us", percentile(&world.spread_us(later), 0.99), 900.0);
    bound_of_measuring(&mut outcome, "from the first half minute on", &world, (first.0, later.1), 5.0);
    outcome.least("within the bound, share", world.honesty((first.0, later.1)), 0.99);
    outcome
}
