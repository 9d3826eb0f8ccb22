//! The coordinator is killed in the middle of the music and started again on the same machine: after 2 s, and after
//! 60 s. Its clock goes on under its old name, the timeline is taken up from what was kept.
//!
//! Must hold: nothing is heard of it: no gap, no jump, no re-anchor, no voice opened anew, in step throughout; and the
//! zone goes on to rule: a seek afterwards lands everywhere.

use downbeat_zone::{Command, EntryPosition};

use super::{playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for away_s in [2.0, 60.0] {
        let mut world = playing(15, &some_speakers(15, 3, Network::WIRED), 300.0);
        let opened: u64 = world.speakers.iter().map(|s| s.record.opened).sum();
        world.stop_coordinator();
        let away = world.run(away_s);
        world.start_coordinator(None);
        let back = world.run(60.0);
        let span = (away.0, back.1);
        outcome.most(format!("away {away_s} s: spread p99, us"), percentile(&world.spread_us(span), 0.99), 30.0);
        outcome.most("heard jump, us", world.jump_us(span), 1.0);
        outcome.exactly("gaps", world.disturbed(span) as u64, 0);
        outcome.exactly("re-anchors", world.reanchors(), 0);
        let anew = world.speakers.iter().map(|s| s.record.opened).sum::<u64>() - opened;
        outcome.exactly("voices opened anew", anew, 0);
        let now = world.now;
        world.coordinator.command(now, Command::Seek { to: EntryPosition::Seconds(4_000.0), at: None });
        let sought = world.run(10.0);
        outcome.most("after a seek: late at most, us", percentile(&world.late_us(sought), 1.0), 60.0);
        outcome.exactly("after a seek: gaps", world.disturbed(sought) as u64, 0);
    }
    outcome
}
