//! Entries that share some seconds, on four speakers; one joins in the middle of such a time, and then the coordinator
//! dies.
//!
//! Must hold: both are heard by the law of equal power, at the same instants everywhere, without a gap; the one
//! that joins sounds both; without a coordinator it is the same.

use downbeat_zone::{Command, command::ModesPatch};

use super::{RATE, some_speakers};
use crate::{Outcome, World, entry, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let specs = some_speakers(111, 4, Network::WIRED);
    let mut world = World::new(111, &specs[..3]);
    world.run(10.0);
    let now = world.now;
    let modes = ModesPatch { crossfade_us: Some(6_000_000), ..ModesPatch::default() };
    world.coordinator.command(now, Command::Modes(modes));
    world.coordinator.play(now, (0..12).map(|k| entry(k, RATE, 24.0)).collect());
    // the third crossfade begins 54 s after the start
    let first = world.run(57.0);
    world.add(&specs[3]);
    let with = world.run(40.0);
    world.stop_coordinator();
    let without = world.run(90.0);
    let settled = (with.0 + 8_000_000_000, with.1);
    outcome.most("before: spread p99, us", percentile(&world.spread_us(first), 0.99), 60.0);
    outcome.most("with the newcomer: spread p99, us", percentile(&world.spread_us(settled), 0.99), 60.0);
    outcome.most("without: spread p99, us", percentile(&world.spread_us(without), 0.99), 60.0);
    outcome.most("late at most, us", percentile(&world.late_us((settled.0, without.1)), 1.0), 80.0);
    let old = (0..3).map(|k| world.speakers[k].record.disturbed(first.0, without.1) as u64).sum();
    outcome.exactly("gaps, wrong levels and wrong entries at the first three", old, 0);
    let new = world.speakers[3].record.disturbed(with.0 + 2_000_000_000, without.1) as u64;
    outcome.exactly("and at the newcomer, two seconds after it was switched on", new, 0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome
}
