//! A coordinator whose every answer about the time is nonsense: backwards, from the ends of the number line, to other
//! requests. Then it comes to its senses.
//!
//! Must hold: nothing panics or overflows, speakers are silent as long as they know no time rather than play at some
//! other one, and are in step soon after. (Arbitrary bytes and numbers: the property tests of the protocol and of the
//! filter.)

use super::{RATE, some_speakers};
use crate::{Outcome, World, entry, measure::Judgement, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = World::new(19, &some_speakers(19, 2, Network::WIRED));
    for speaker in &mut world.speakers {
        speaker.link.trouble.forged = 1.0;
    }
    world.run(2.0);
    let now = world.now;
    world.coordinator.play(now, vec![entry(0, RATE, 3_600.0)]);
    let lies = world.run(60.0);
    let heard = |w: &Judgement| matches!(w, Judgement::Sound { .. } | Judgement::Wrong | Judgement::Unclear);
    let sounds: usize = world.speakers.iter().map(|s| s.record.count(lies.0, lies.1, heard)).sum();
    outcome.exactly("sounds at a time that is not known", sounds as u64, 0);
    for speaker in &mut world.speakers {
        speaker.link.trouble.forged = 0.0;
    }
    world.run(10.0);
    let span = world.run(60.0);
    outcome.most("spread p99 ten seconds later, us", percentile(&world.spread_us(span), 0.99), 40.0);
    outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    outcome
}
