//! A thousand speakers in one zone, half of them on Wi-Fi, each with all its parts: clock, player, renderer, card.
//!
//! So that it takes seconds, cards and music run at 2 kHz with periods of 40 ms, and 17 s of music are looked at. Must
//! hold: one start for all, nobody late for it, and the skew table among each kind; the widest of a thousand lies
//! further out than the usual pair. (What a thousand sockets cost is the load tool's affair.)

use super::some_speakers;
use crate::{Outcome, World, entries::entry, crystal::SECOND, spread::spread_us, network::Network, percentile};

const COUNT: usize = 1_000;
const RATE: u32 = 2_000;

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut specs = some_speakers(24, COUNT / 2, Network::WIRED);
    specs.extend(some_speakers(25, COUNT / 2, Network::WIFI));
    for spec in &mut specs {
        (spec.card.rate, spec.card.period) = (RATE, 80);
    }
    let mut world = World::new(24, &specs);
    for speaker in &mut world.speakers {
        speaker.record.thin_ns = SECOND / 10;
    }
    world.run(4.0);
    let now = world.now;
    let ticket = world.coordinator.play(now, vec![entry(0, RATE, 600.0)]);
    let first = world.run(5.0);
    let span = world.run(12.0);
    let started = world.coordinator.answers.get(&ticket).is_some_and(Result::is_ok);
    outcome.exactly("started", u64::from(started), 1);
    let (wired, wifi) = world.speakers.split_at(COUNT / 2);
    let widest = |some, (from, to)| percentile(&spread_us(some, from, to), 0.99);
    outcome.most("500 wired, widest in the first 5 s, us", widest(wired, first), 60.0);
    outcome.most("500 wired, widest after, us", widest(wired, span), 35.0);
    outcome.most("500 on Wi-Fi, widest after, us", widest(wifi, span), 500.0);
    let late = |some: &[crate::speaker::Speaker]| {
        let late: Vec<f64> = some.iter().flat_map(|s| s.record.late_us(span.0, span.1)).collect();
        percentile(&late, 0.99)
    };
    outcome.most("wired, late p99, us", late(wired), 15.0);
    outcome.most("Wi-Fi, late p99, us", late(wifi), 180.0);
    // a message that met a spike of Wi-Fi comes too late for the start, and its speaker a period later than the others
    outcome.most("gaps (all late for the start, on Wi-Fi)", world.disturbed((first.0, span.1)) as f64, 5.0);
    let wired_gaps: usize = wired.iter().map(|s| s.record.disturbed(first.0, span.1)).sum();
    outcome.exactly("gaps, wired", wired_gaps as u64, 0);
    outcome.exactly("gaps after the first 5 s", world.disturbed(span) as u64, 0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    let share = world.speakers.iter().map(|s| s.record.honesty(first.0, span.1)).sum::<f64>() / COUNT as f64;
    outcome.least("within the bound, share", share, 0.99);
    outcome
}
