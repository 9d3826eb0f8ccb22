//! Twelve speakers share the air with their neighbours': the queues of all are 0.3 ms on average, or up to 8 ms, and
//! change every ten seconds, together.
//!
//! Must hold: they are in step by what the quiet moments say; the bound is neither broken nor idle.

use super::{SETTLED, bound_of_measuring, playing, some_speakers};
use crate::{
    Outcome,
    dice::Dice,
    network::{Leg, Network, Queue},
    percentile,
};

fn air(queue_us: f64) -> Network {
    let leg = Leg { floor_us: 550.0, queue_us, queue: Queue::Exponential, spike_chance: 0.02, spike_us: 20_000.0 };
    Network { forth: leg, back: leg }
}

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(119);
    let mut world = playing(119, &some_speakers(119, 12, air(1_000.0)), SETTLED);
    let begin = world.now;
    for _ in 0..30 {
        let busy = air(300.0 * 27.0f64.powf(dice.uniform()));
        world.speakers.iter_mut().for_each(|s| s.link.becomes(busy));
        world.run(10.0);
    }
    let span = (begin, world.now);
    outcome.most("spread of twelve, median, us", percentile(&world.spread_us(span), 0.5), 40.0);
    outcome.most("spread of twelve, p99, us", percentile(&world.spread_us(span), 0.99), 120.0);
    bound_of_measuring(&mut outcome, "all", &world, span, 5.0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome
}
