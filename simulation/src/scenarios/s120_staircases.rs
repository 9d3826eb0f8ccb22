//! Cards whose position moves in steps: of a millisecond (USB), of a tick of the kernel's timer (4 ms, at 44.1 kHz a
//! number of frames that is none), of a period (15.6 ms), and of odd lengths; crystals 40 ppm apart, so that the steps
//! beat slowly against the blocks. One of three has a card that moves with the sound.
//!
//! Must hold: the output finds the steps, so that all three are in step, the fine card included; what is not known of
//! the card is in its bound, and the truth within it.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, measure::share, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, rate, step, median_us, p99_us) in [
        ("1 ms", 48_000, 48.0, 10.0, 25.0),
        ("4 ms", 48_000, 192.0, 25.0, 60.0),
        ("4 ms at 44.1 kHz", 44_100, 176.4, 25.0, 60.0),
        ("15.6 ms", 48_000, 749.0, 25.0, 60.0),
        ("1.277 ms", 48_000, 61.3, 30.0, 60.0),
    ] {
        let mut specs = some_speakers(120, 3, Network::WIRED);
        for (spec, ppm) in specs.iter_mut().zip([27.0, -13.0, 4.0]) {
            (spec.card.rate, spec.card.period, spec.card.periods) = (rate, 480, 6);
            (spec.card.ppm, spec.card.step) = (ppm, step);
        }
        specs[2].card.step = 1.0;
        let mut world = playing(120, &specs, SETTLED);
        let span = world.run(90.0);
        let spread = world.spread_us(span);
        outcome.most(format!("steps of {name}: spread median, us"), percentile(&spread, 0.5), median_us);
        outcome.most(format!("steps of {name}: spread p99, us"), percentile(&spread, 0.99), p99_us);
        outcome.most(format!("steps of {name}: heard jump, us"), world.jump_us(span), 1.0);
        for speaker in &world.speakers[..2] {
            let (record, seen) = (&speaker.record, speaker.record.card_errors(span.0, span.1));
            let step_us = step * 1e6 / f64::from(rate);
            outcome.most("the step is wrong by, us", (record.card_step_us - step_us).abs(), 1e6 / f64::from(rate));
            let honest = share(seen.iter().map(|e| e.abs() <= record.card_bound_us));
            outcome.least(format!("steps of {name}: within the card's bound, share"), honest, 0.99);
            outcome.most(format!("steps of {name}: the card's bound, us"), record.card_bound_us, 150.0);
        }
        outcome.exactly("gaps", world.disturbed(span) as u64, 0);
        outcome.exactly("re-anchors", world.reanchors(), 0);
    }
    // an output that cannot look for the steps: half a step stays as an error, and the bound admits it
    for (name, step) in [("4 ms", 192.0), ("15.6 ms", 749.0)] {
        let mut specs = some_speakers(121, 2, Network::WIRED);
        for (spec, ppm) in specs.iter_mut().zip([27.0, -13.0]) {
            (spec.card.rate, spec.card.period, spec.card.periods) = (48_000, 480, 6);
            (spec.card.ppm, spec.card.step, spec.card.polled) = (ppm, step, false);
        }
        let mut world = playing(121, &specs, SETTLED);
        let span = world.run(60.0);
        for speaker in &world.speakers {
            let (record, seen) = (&speaker.record, speaker.record.card_errors(span.0, span.1));
            let honest = share(seen.iter().map(|e| e.abs() <= record.card_bound_us));
            outcome.least(format!("steps of {name}, read once a block: within the card's bound, share"), honest, 0.99);
        }
    }
    outcome
}
