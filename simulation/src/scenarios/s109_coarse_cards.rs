//! Cards whose position moves in steps: a millisecond (USB), and a sixth of one (a DMA burst), 30 and 20 us of noise on
//! top, crystals 40 ppm apart, so that the steps beat slowly against the periods.
//!
//! Must hold: two of a kind stay within what the design claims for them (USB 50 us, DMA 25 us). Half a step by which
//! such a card is later than it says cannot be seen: that is what `outputDelayUs` is for.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, step, noise_us, ceiling) in [("1 ms", 48.0, 30.0, 50.0), ("167 us", 8.0, 20.0, 25.0)] {
        let mut specs = some_speakers(109, 2, Network::WIRED);
        for (spec, ppm) in specs.iter_mut().zip([27.0, -13.0]) {
            (spec.card.rate, spec.card.period, spec.card.periods) = (48_000, 480, 4);
            (spec.card.ppm, spec.card.step, spec.card.stamp_noise_us) = (ppm, step, noise_us);
        }
        let mut world = playing(109, &specs, SETTLED);
        let span = world.run(90.0);
        outcome.most(format!("steps of {name}: spread p99, us"), percentile(&world.spread_us(span), 0.99), ceiling);
        outcome.most(format!("steps of {name}: heard jump, us"), world.jump_us(span), 1.0);
        outcome.exactly("gaps", world.disturbed(span) as u64, 0);
        outcome.exactly("re-anchors", world.reanchors(), 0);
    }
    outcome
}
