//! A machine warms up under load: its crystal moves by 1.5 ppm with a time constant of two minutes. Then a card does.
//!
//! Must hold: less than 20 us apart (p99): the skew wanders in the filter's model, so it follows.

use super::{playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(8, &some_speakers(8, 2, Network::WIRED), 300.0);
    let now = world.now;
    world.speakers[0].local.warm(now, 1.5, 120.0);
    let machine = world.run(300.0);
    let now = world.now;
    world.speakers[1].card.warm(now, 1.5, 120.0);
    let card = world.run(300.0);
    outcome.most("machine: spread p99, us", percentile(&world.spread_us(machine), 0.99), 20.0);
    outcome.most("card: spread p99, us", percentile(&world.spread_us(card), 0.99), 20.0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed((machine.0, card.1)) as u64, 0);
    outcome
}
