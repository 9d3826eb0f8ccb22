//! Cards 100 ppm fast and slow, with the stamps of real drivers: 20 us of noise, one in a hundred late by up to 2 ms.
//!
//! Must hold: by the speaker's own clock a frame is within 10 us of its instant (p99), and the card's rate is learnt.

use super::{SETTLED, playing};
use crate::{Outcome, SpeakerSpec, card::CardSpec, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let card = |ppm| CardSpec { ppm, stamp_noise_us: 20.0, ..CardSpec::default() };
    let specs = [100.0, -100.0].map(|ppm| SpeakerSpec { card: card(ppm), ..SpeakerSpec::default() });
    let mut world = playing(23, &specs, SETTLED);
    let span = world.run(600.0);
    for (k, spec) in specs.iter().enumerate() {
        let record = &world.speakers[k].record;
        let errors = record.card_errors(span.0, span.1);
        outcome.most(format!("{:+} ppm: error p99, us", spec.card.ppm), percentile(&errors, 0.99), 10.0);
        let now = world.now;
        let rate = world.speakers[k].card.ppm_at(now) - world.speakers[k].local.ppm_at(now);
        outcome.most("rate wrong by, ppm", (world.speakers[k].record.dac_ppm - rate).abs(), 1.0);
    }
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    outcome
}
