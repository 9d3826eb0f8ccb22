//! The figures that the coordinator shows, against the sound: cards and machines with crystals of their own, over Wi-Fi
//! and over wire. One speaker has 3 ms behind its card and is told so while it plays: it is late, knows it, and slides.
//!
//! Must hold: in at least 99 % of its reports, of every speaker, what it says of its own sync error differs from what
//! was heard of it then by no more than the bound it gives, and while it slides too (so a speaker that always says 0 is
//! found out, as is a bound that is too small). The zone's spread, as the coordinator makes it out, is within its bound
//! of the true one in at least 99 % of the readings; and the bound is no larger than the network makes it.

use downbeat_protocol::ServerTime;
use downbeat_zone::sync::{Lateness, SyncWindow};

use super::{playing, some_speakers};
use crate::{
    Outcome, World,
    crystal::SECOND,
    measure::{Judgement, percentile, share},
    network::Network,
};

/// The delay behind the card of one of them, microseconds.
const BEHIND_US: i64 = 3_000;
/// How long a change of the delay takes to be in force and to be heard, microseconds.
const UNDER_WAY_US: i64 = 400_000;
/// It slides for so long, seconds.
const SLIDING_S: f64 = 6.0;

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, bound_us) in [("wired", Network::WIRED, 250.0), ("wifi", Network::WIFI, 2_200.0)] {
        let mut specs = some_speakers(110, 4, network);
        specs[1].behind_us = BEHIND_US;
        let mut world = playing(110, &specs, 30.0);
        world.coordinator.kept_reports = Some(Vec::new());
        world.set_output_delay(1, BEHIND_US);
        let told = world.coordinator.truth.server_time(world.now).0;
        let (begin, readings) = (world.now, watch(&mut world, 200));

        let off = said_minus_heard(&mut world, told.plus_micros(UNDER_WAY_US));
        let within = |index: usize, until_s: f64| {
            let until = begin + (until_s * SECOND as f64) as i64;
            share(off.iter().filter(|r| r.speaker == index && r.at < until).map(|r| r.off_us.abs() <= r.bound_us))
        };
        let least = (0..4).map(|index| within(index, 1e6)).fold(1.0, f64::min);
        outcome.least(format!("{name}: sync error as said, within its bound, share"), least, 0.99);
        outcome.least(format!("{name}: the same while it slides"), within(1, SLIDING_S), 0.99);

        let mut held = Vec::new();
        for (at, spread_us, bound_us) in &readings {
            // reports are up to a second old
            let true_us = percentile(&world.spread_us((at - SECOND, *at)), 0.5);
            held.push((true_us - spread_us).abs() <= *bound_us);
        }
        outcome.least(format!("{name}: readings"), readings.len() as f64, 195.0);
        outcome.least(format!("{name}: spread within its bound, share"), share(held.into_iter()), 0.99);
        let bounds: Vec<f64> = readings.iter().map(|r| r.2).collect();
        outcome.most(format!("{name}: the bound, p95, us"), percentile(&bounds, 0.95), bound_us);
    }
    outcome
}

/// A speaker's report of its sync error minus the heard error at that instant, and the bound it gave.
struct Said {
    speaker: usize,
    at: i64,
    off_us: f64,
    bound_us: f64,
}

fn said_minus_heard(world: &mut World, since: ServerTime) -> Vec<Said> {
    let reports = world.coordinator.kept_reports.take().unwrap_or_default();
    let mut all = Vec::new();
    for (_, id, report) in reports.iter().filter(|(_, _, r)| r.server_time >= since) {
        let at = world.coordinator.truth.clock.truth_of(report.server_time.0 * 1_000);
        let Some(speaker) = world.speakers.iter().position(|s| s.id == *id) else { continue };
        let near = world.speakers[speaker].record.between(at, at + SECOND / 10).first().map(|mark| mark.what);
        if let (Some(Judgement::Sound { late_us }), Some(bound_us)) = (near, report.error_bound_us) {
            all.push(Said { speaker, at, off_us: report.sync_error_us - late_us, bound_us });
        }
    }
    all
}

/// As the coordinator watches a zone that plays, once a second: true instant, spread, bound.
fn watch(world: &mut World, seconds: usize) -> Vec<(i64, f64, f64)> {
    let mut window = SyncWindow::default();
    let mut readings = Vec::new();
    for _ in 0..seconds {
        world.run(1.0);
        let now = world.coordinator.truth.server_time(world.now).0;
        let reports = world.coordinator.kept_reports.as_deref().unwrap_or_default();
        let newest = world.speakers.iter().filter_map(|s| {
            let (at, _, report) = reports.iter().rev().find(|(_, id, _)| *id == s.id)?;
            Lateness::of(now, *at, report)
        });
        window.read(now, newest);
        let sync = window.at(now);
        if let (Some(spread_us), Some(bound_us)) = (sync.spread_us, sync.bound_us) {
            readings.push((world.now, spread_us, bound_us));
        }
    }
    readings
}
