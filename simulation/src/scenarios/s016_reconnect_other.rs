//! The coordinator's machine is gone, and 20 s later another takes over what was kept: another clock, another crystal.
//! The speakers measure it beside the old one and tell how the two go together; the median counts.
//!
//! Must hold: what is heard goes on, held against the line that the old coordinator told: no gap, no jump, no
//! re-anchor, away from it by no more than what the two crystals differ by, and in step throughout; the new one's word
//! holds afterwards.

use downbeat_zone::{Command, EntryPosition};

use super::{playing, some_speakers};
use crate::{
    Outcome,
    crystal::{Clock, SECOND},
    dice::Dice,
    network::Network,
    percentile, worst,
};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, spread_us) in [("wired", Network::WIRED, 20.0), ("wifi", Network::WIFI, 250.0)] {
        let mut world = playing(16, &some_speakers(16, 3, network), 300.0);
        world.stop_coordinator();
        let away = world.run(20.0);
        world.start_coordinator(Some(Clock::new(Dice::new(16), 77 * SECOND, 31.0, 0.01)));
        let back = world.run(20.0);
        let span = (away.0, back.1);
        let continued = world.speakers.iter().map(|s| u64::from(s.record.continued)).sum();
        outcome.exactly("speakers that went on by the new clock", continued, 3);
        outcome.most(format!("{name}: spread p99, us"), percentile(&world.spread_us(span), 0.99), spread_us);
        // two crystals up to 51 ppm apart, for 20 s: the new one's second is another second
        outcome.most(format!("{name}: away from the old line, us"), worst(&world.late_us(span)), 1_100.0);
        outcome.most(format!("{name}: heard jump, us"), world.jump_us(span), 1.0);
        outcome.exactly("gaps", world.disturbed(span) as u64, 0);
        outcome.exactly("re-anchors", world.reanchors(), 0);
        world.coordinator.judge_by_successor();
        let now = world.now;
        world.run(20.0);
        let late = worst(&world.late_us((now + SECOND, world.now)));
        outcome.most(format!("{name}: late by the new line, us"), late, spread_us);
        let now = world.now;
        world.coordinator.command(now, Command::Seek { to: EntryPosition::Seconds(4_000.0), at: None });
        let sought = world.run(10.0);
        outcome.most(format!("{name}: after a seek, late at most, us"), worst(&world.late_us(sought)), spread_us);
        outcome.exactly("after a seek: gaps", world.disturbed(sought) as u64, 0);
    }
    outcome
}
