//! The coordinator is gone for an hour, in a room of even temperature: four speakers on a wire play on by their
//! crystals.
//!
//! Must hold: a minute and ten minutes cost what the skew's own wander makes of them; after an hour the truth still
//! lies within the bound that each speaker says, which is not idle.

use super::{playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(121, &some_speakers(121, 4, Network::WIRED), 600.0);
    world.speakers.iter_mut().for_each(|s| s.record.thin_ns = crate::crystal::SECOND / 2);
    world.stop_coordinator();
    let minute = world.run(60.0);
    world.run(480.0);
    let tenth = world.run(60.0);
    world.run(2_940.0);
    let last = world.run(60.0);
    for (name, span, median_us, p99_us) in [
        ("in the first minute", minute, 12.0, 25.0),
        ("in the tenth minute", tenth, 260.0, 300.0),
        ("in the sixtieth minute", last, 3_000.0, 3_500.0),
    ] {
        let spread = world.spread_us(span);
        outcome.most(format!("{name}: spread median, us"), percentile(&spread, 0.5), median_us);
        outcome.most(format!("{name}: spread p99, us"), percentile(&spread, 0.99), p99_us);
        let beliefs = world.speakers.iter().flat_map(|s| &s.record.beliefs);
        let bounds: Vec<f64> = beliefs.filter(|b| (span.0..span.1).contains(&b.at)).map(|b| b.measured_us).collect();
        outcome.most(format!("{name}: measured bound, us"), percentile(&bounds, 0.5), 12.0 * p99_us);
    }
    outcome.least("within the bound, share", world.honesty((minute.0, last.1)), 0.99);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed((minute.0, last.1)) as u64, 0);
    outcome
}
