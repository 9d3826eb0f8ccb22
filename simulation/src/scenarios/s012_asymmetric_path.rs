//! The way to the coordinator becomes 500 us longer at one moment (another route), the way back does not.
//!
//! A crystal does not jump, so the clock stays where it was: the way back says so at once, and a way that has stayed
//! above its floor for a minute is taken for a longer one. Must hold: no step, no slide, no re-anchor, and the bound,
//! which needs to admit no more than it did before.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile, worst};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(12, &some_speakers(12, 2, Network::WIRED), SETTLED + 120.0);
    world.speakers[0].link.trouble.forth_us = 500.0;
    let change = world.run(400.0);
    let settled = world.run(200.0);
    let errors = world.speakers[0].record.clock_errors(settled.0, settled.1);
    outcome.most("error when settled p99, us", percentile(&errors, 0.99), 30.0);
    outcome.most("late at most on the way there, us", worst(&world.late_us(change)), 40.0);
    let late = world.speakers[0].record.late_us(settled.0, settled.1);
    let (low, high) = late.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    outcome.most("it moves by at most when settled, us", high - low, 40.0);
    outcome.least("within the bound when settled, share", world.honesty(settled), 0.99);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed((change.0, settled.1)) as u64, 0);
    outcome
}
