//! Hogs beside the agent: its ticks, its stamps of answers and its callbacks are late, by 3 ms on average; and once the
//! whole machine stands still for 110 ms, with a ring of 160 ms in the card.
//!
//! Must hold: no underrun, no gap; stamps survive since the best of a burst was not late. (That the real callback keeps
//! its time under real hogs is measured on the rig.)

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut specs = some_speakers(20, 2, Network::WIRED);
    for spec in &mut specs {
        spec.card.periods = 16;
        spec.card.callback_delay_us = 3_000.0;
    }
    let mut world = playing(20, &specs, SETTLED);
    for speaker in &mut world.speakers {
        speaker.starved_us = 3_000.0;
    }
    let starved = world.run(300.0);
    let now = world.now;
    for speaker in &mut world.speakers {
        speaker.card.stalled_until = now + 110_000_000;
    }
    let stalled = world.run(30.0);
    let span = (starved.0, stalled.1);
    outcome.most("spread p99, us", percentile(&world.spread_us(starved), 0.99), 120.0);
    outcome.most("spread p99 about the stall, us", percentile(&world.spread_us(stalled), 0.99), 120.0);
    outcome.least("within the bound, share", world.honesty(span), 0.99);
    outcome.exactly("underruns", world.speakers.iter().map(|s| s.card.underruns).sum(), 0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    outcome
}
