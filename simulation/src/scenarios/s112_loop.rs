//! A part of a track that is repeated for twenty minutes: four speakers play it, and in the middle the coordinator is
//! away for a minute: its plan reaches at least 32 laps ahead.
//!
//! Must hold: at the end every lap still begins at its frame, on every speaker: not one frame is lost or
//! doubled at 550 seams.

use downbeat_protocol::Frames;
use downbeat_zone::{Command, EntryPosition};

use super::{RATE, some_speakers};
use crate::{Outcome, World, entry, network::Network, percentile};

/// Frames of a lap: 2.25 s and a frame.
const LAP: i64 = 18_001;
/// The frame at which each begins.
const FROM: i64 = 5 * 8_000 + 3;

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = World::new(112, &some_speakers(112, 4, Network::WIRED));
    for speaker in &mut world.speakers {
        speaker.record.thin_ns = 400_000_000;
    }
    world.run(10.0);
    let now = world.now;
    world.coordinator.play(now, vec![entry(0, RATE, 60.0)]);
    world.run(1.0);
    let now = world.now;
    let (a, b) = (EntryPosition::Frame(Frames(FROM)), EntryPosition::Frame(Frames(FROM + LAP)));
    world.coordinator.command(now, Command::Loop(Some((a, b))));
    world.run(20.0);
    let with = world.run(300.0);
    world.stop_coordinator();
    let without = world.run(60.0);
    world.start_coordinator(None);
    let again = world.run(900.0);
    outcome.most("with: spread p99, us", percentile(&world.spread_us(with), 0.99), 60.0);
    outcome.most("without: spread p99, us", percentile(&world.spread_us(without), 0.99), 300.0);
    outcome.most("again: spread p99, us", percentile(&world.spread_us(again), 0.99), 60.0);
    // a frame is 125 us
    let settled = (again.0 + 20_000_000_000, again.1);
    outcome.most("with: late at most, us", percentile(&world.late_us(with), 1.0), 80.0);
    outcome.most("again: late at most, us", percentile(&world.late_us(settled), 1.0), 80.0);
    outcome.exactly("gaps and wrong laps", world.disturbed((with.0, again.1)) as u64, 0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome
}
