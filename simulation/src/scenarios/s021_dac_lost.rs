//! A card is unplugged in the middle of the music and comes back after 3 s; later it runs dry once (its thread did not
//! run for 300 ms).
//!
//! Must hold: the speaker rejoins at the *present* position, in step; the other one never knew.

use super::{SETTLED, back_after, late_series, playing, some_speakers};
use crate::{Outcome, measure::Judgement, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(21, &some_speakers(21, 2, Network::WIRED), SETTLED + 30.0);
    let begin = world.now;
    world.lose_card(1);
    world.run(3.0);
    world.find_card(1);
    let found = world.run(30.0);
    let now = world.now;
    world.speakers[1].card.stalled_until = now + 300_000_000;
    let dry = world.run(30.0);
    for (name, span) in [("reopened", found), ("after an underrun", dry)] {
        let late = late_series(&world, 1, span);
        outcome.most(format!("{name}: under 100 us after, s"), back_after(&late, span.0, 100.0), 3.0);
        let settled = (span.0 + 5_000_000_000, span.1);
        outcome.most(format!("{name}: spread p99 from 5 s on, us"), percentile(&world.spread_us(settled), 0.99), 40.0);
        outcome.exactly("gaps from 5 s on", world.disturbed(settled) as u64, 0);
    }
    let past = |judgement: &Judgement| judgement.is_off_by(5_000.0);
    outcome.exactly("sound from the past", world.speakers[1].record.count(begin, dry.1, past) as u64, 0);
    outcome.exactly("underruns", world.speakers[1].card.underruns, 1);
    outcome.exactly("gaps at the other", world.speakers[0].record.disturbed(begin, dry.1) as u64, 0);
    outcome
}
