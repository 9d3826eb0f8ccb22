//! Answers come twice, come after they were given up, carry another request's stamp, or stamps that cannot be.
//!
//! Must hold: none of them counts, those that are true suffice.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(18, &some_speakers(18, 2, Network::WIRED), SETTLED);
    for speaker in &mut world.speakers {
        speaker.link.trouble.doubled = 0.3;
        speaker.link.trouble.forged = 0.3;
        // three lost in a row come after 1.4 s
        speaker.link.trouble.loss = 0.2;
    }
    let span = world.run(400.0);
    outcome.most("spread p99, us", percentile(&world.spread_us(span), 0.99), 25.0);
    outcome.most("clock error p99, us", percentile(&world.clock_errors(span), 0.99), 20.0);
    outcome.least("within the bound, share", world.honesty(span), 0.99);
    outcome.exactly("steps told", world.speakers.iter().map(|s| s.record.steps.len() as u64).sum(), 0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    outcome
}
