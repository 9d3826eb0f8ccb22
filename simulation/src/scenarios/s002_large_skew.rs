//! Machines 200 ppm fast and slow, with cards 300 ppm off the other way: the worst crystals that are sold.
//!
//! Must hold: they find it and stay in step, and the servo is nowhere near its limit: the rates come from the two
//! estimators, the servo has no slope to hold.

use super::{SETTLED, playing};
use crate::{Outcome, SpeakerSpec, card::CardSpec, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let wild = |clock_ppm, ppm| SpeakerSpec {
        clock_ppm,
        card: CardSpec { ppm, ..CardSpec::default() },
        ..SpeakerSpec::default()
    };
    let specs = [wild(200.0, -300.0), wild(-200.0, 300.0), wild(0.0, 0.0)];
    let mut world = playing(2, &specs, SETTLED);
    for speaker in &mut world.speakers {
        speaker.record.correction_ppm = 0.0;
    }
    let span = world.run(180.0);
    outcome.most("spread p99, us", percentile(&world.spread_us(span), 0.99), 20.0);
    let correction = world.speakers.iter().map(|s| s.record.correction_ppm).fold(0.0, f64::max);
    outcome.most("correction, ppm (500 is the limit)", correction, 10.0);
    let learnt = specs.iter().zip(&world.speakers);
    let wrong = learnt.map(|(spec, s)| (s.record.dac_ppm - (spec.card.ppm - spec.clock_ppm)).abs()).fold(0.0, f64::max);
    outcome.most("card's rate wrong by, ppm", wrong, 1.0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    outcome
}
