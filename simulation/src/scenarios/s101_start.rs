//! A play call three seconds after everything was switched on, with eight speakers: nobody's clock is sharp yet.
//!
//! Must hold: all begin with the same frame at the same instant (nobody misses the start, nothing sounds before it),
//! the first windows are in step, and nobody slides into place audibly.

use super::{RATE, known_speakers, some_speakers};
use crate::{Outcome, World, entry, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, known, network, ceiling) in [
        ("wired", false, Network::WIRED, 35.0),
        ("wired, crystals known", true, Network::WIRED, 35.0),
        ("wifi", false, Network::WIFI, 500.0),
    ] {
        let (mut spread, mut delay, mut disturbed, mut reanchors, mut slide) = (Vec::new(), 0.0f64, 0, 0, 0.0f64);
        for seed in 1..=5 {
            let specs = if known { known_speakers(seed, 8, network) } else { some_speakers(seed, 8, network) };
            let mut world = World::new(seed, &specs);
            world.run(3.0);
            let now = world.now;
            let ticket = world.coordinator.play(now, vec![entry(0, RATE, 3_600.0)]);
            let asked = world.coordinator.now(now);
            let span = world.run(5.0);
            let at = world.coordinator.answers.get(&ticket).and_then(|a| a.clone().ok());
            delay = delay.max(at.map_or(f64::NAN, |at| at.micros_since(asked) as f64 / 1_000.0));
            spread.extend(world.spread_us(span));
            disturbed += world.disturbed(span);
            reanchors += world.reanchors();
            slide = slide.max(world.speakers.iter().map(|s| s.record.correction_ppm).fold(0.0, f64::max));
        }
        outcome.most(format!("{name}: from the call to the start, ms"), delay, 250.0);
        outcome.most(format!("{name}: spread of eight, median of 5 s, us"), percentile(&spread, 0.5), ceiling / 2.0);
        outcome.most(format!("{name}: spread of eight, worst, us"), percentile(&spread, 1.0), ceiling);
        outcome.most(format!("{name}: strongest correction, ppm"), slide, 200.0);
        outcome.exactly("gaps", disturbed as u64, 0);
        outcome.exactly("re-anchors", reanchors, 0);
    }
    outcome
}
