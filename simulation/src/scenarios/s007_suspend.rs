//! One of two speakers' machines sleeps for 30 s in the middle of the music.
//!
//! Must hold: it notices; nothing of the past sounds when it wakes; it is in step soon; the other one never knew.

use super::{back_after, late_series, playing, some_speakers};
use crate::{Outcome, measure::Judgement, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(7, &some_speakers(7, 2, Network::WIRED), 60.0);
    let before = world.run(1.0);
    world.suspend(1, 30.0);
    world.run(30.0);
    let span = world.run(30.0);
    let record = &world.speakers[1].record;
    outcome.exactly("noticed", u64::from(record.suspended), 1);
    let past = |judgement: &Judgement| judgement.is_off_by(5_000.0);
    outcome.exactly("sound from the past", record.count(span.0, span.1, past) as u64, 0);
    let first = late_series(&world, 1, span).first().map_or(f64::NAN, |(at, _)| (at - span.0) as f64 * 1e-9);
    outcome.most("sounds again after, s", first, 3.0);
    outcome.most("under 100 us after, s", back_after(&late_series(&world, 1, span), span.0, 100.0), 5.0);
    let late = (span.0 + 10_000_000_000, span.1);
    outcome.most("spread p99 from 10 s on, us", percentile(&world.spread_us(late), 0.99), 40.0);
    outcome.exactly("gaps at the other", world.speakers[0].record.disturbed(before.0, span.1) as u64, 0);
    outcome
}
