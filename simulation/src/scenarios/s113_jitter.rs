//! Four speakers on networks that are never at rest: delays that are even, exponential, of a heavy tail; and a wire.
//! They are switched on, play three seconds later, and go on for four minutes.
//!
//! Must hold: the first second in step, the speakers in step from the first minute on, and a bound that is neither
//! broken nor idle.

use super::{RATE, bound_of_measuring, some_speakers};
use crate::{
    Outcome, World, entry,
    network::{Leg, Network, Queue, Trouble},
    percentile,
};

const fn both(floor_us: f64, queue: Queue, queue_us: f64) -> Network {
    let leg = Leg { floor_us, queue_us, queue, spike_chance: 0.0, spike_us: 0.0 };
    Network { forth: leg, back: leg }
}

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, loss, first_us, median_us, p99_us, times) in [
        ("5 ms +- 2 ms, 1 % loss", both(3_000.0, Queue::Even, 2_000.0), 0.01, 150.0, 30.0, 100.0, 5.0),
        (
            "1.5 ms + exponential 3 ms, 2 % loss",
            both(1_500.0, Queue::Exponential, 3_000.0),
            0.02,
            200.0,
            30.0,
            120.0,
            5.0,
        ),
        ("5 ms +- 2 ms, triangular, 1 % loss", both(3_000.0, Queue::Triangle, 2_000.0), 0.01, 120.0, 75.0, 170.0, 5.0),
        ("1.2 ms + Pareto 1 ms", both(1_200.0, Queue::Pareto, 1_000.0), 0.01, 80.0, 15.0, 40.0, 5.0),
        ("0.1 ms + exponential 20 us", both(100.0, Queue::Exponential, 20.0), 0.0, 10.0, 5.0, 10.0, 3.0),
    ] {
        let (mut first, mut spread) = (Vec::new(), Vec::new());
        for seed in 1..=3 {
            let mut world = World::new(113 + seed, &some_speakers(113 + seed, 4, network));
            for speaker in &mut world.speakers {
                speaker.link.trouble = Trouble { loss, ..Trouble::default() };
            }
            world.run(3.0);
            let now = world.now;
            world.coordinator.play(now, vec![entry(0, RATE, 3_600.0)]);
            let start = world.run(1.5);
            first.extend(world.spread_us(start));
            world.run(58.5);
            let span = world.run(180.0);
            spread.extend(world.spread_us(span));
            bound_of_measuring(&mut outcome, name, &world, (start.0, span.1), times);
            outcome.exactly("re-anchors", world.reanchors(), 0);
        }
        outcome.most(format!("{name}: spread in the first second, median, us"), percentile(&first, 0.5), first_us);
        outcome.most(format!("{name}: spread median, us"), percentile(&spread, 0.5), median_us);
        outcome.most(format!("{name}: spread p99, us"), percentile(&spread, 0.99), p99_us);
    }
    outcome
}
