//! A speaker roams: its way to the coordinator becomes 3 ms longer, five minutes later 3 ms shorter again.
//!
//! Must hold: the clock stays where it was (it does not jump, so the route did), no step is told, the bound is honest.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, error_us) in [("wired", Network::WIRED, 15.0), ("wifi", Network::WIFI, 90.0)] {
        for (way, forth_us, back_us) in [("there", 3_000.0, 0.0), ("back", 0.0, 3_000.0)] {
            let mut world = playing(115, &some_speakers(115, 2, network), SETTLED + 90.0);
            let begin = world.now;
            world.speakers[0].link.trouble.forth_us = forth_us;
            world.speakers[0].link.trouble.back_us = back_us;
            world.run(300.0);
            world.speakers[0].link.trouble.forth_us = 0.0;
            world.speakers[0].link.trouble.back_us = 0.0;
            let span = (begin, world.run(300.0).1);
            let record = &world.speakers[0].record;
            let error = percentile(&record.clock_errors(span.0, span.1), 0.99);
            outcome.most(format!("{name}, {way}: clock error p99, us"), error, error_us);
            outcome.least(format!("{name}, {way}: within the bound, share"), world.honesty(span), 0.99);
            outcome.exactly("steps that were none", record.steps.len() as u64, 0);
            outcome.exactly("re-anchors", world.reanchors(), 0);
            outcome.exactly("gaps", world.disturbed(span) as u64, 0);
        }
    }
    outcome
}
