//! Two speakers that play for five minutes, two minutes after their first sound, on a wire and on Wi-Fi: how far apart
//! they sound, and how far apart their clocks are. One pair plays 44.1 kHz on 48 kHz cards; the others save time with
//! low rates.
//!
//! Must hold: the skew table of the estimator's design (wired p99 7.3 us, Wi-Fi 85 us between two clocks), with room
//! for few seeds, user-space stamps 5 us late at either end, and server stamps of whole microseconds; plus what two
//! cards' stamps add (10 us each).

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, World, entries::entry, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let networks = [("wired", Network::WIRED, 10.0, 12.0), ("wifi", Network::WIFI, 85.0, 90.0)];
    for (name, network, clocks_us, spread_us) in networks {
        let (mut clocks, mut spread) = (Vec::new(), Vec::new());
        let (mut disturbed, mut reanchors, mut jump) = (0, 0, 0.0f64);
        for seed in 1..=4 {
            let mut world = playing(seed, &some_speakers(seed, 2, network), 4.0 * SETTLED);
            let span = world.run(300.0);
            clocks.extend(apart(&world, span));
            spread.extend(world.spread_us(span));
            disturbed += world.disturbed(span);
            reanchors += world.reanchors();
            jump = jump.max(world.jump_us(span));
        }
        outcome.most(format!("{name}: clocks apart p99, us"), percentile(&clocks, 0.99), clocks_us);
        outcome.most(format!("{name}: spread median, us"), percentile(&spread, 0.5), spread_us / 2.0);
        outcome.most(format!("{name}: spread p99, us"), percentile(&spread, 0.99), spread_us);
        outcome.most(format!("{name}: heard jump, us"), jump, 1.0);
        outcome.exactly("gaps", disturbed as u64, 0);
        outcome.exactly("re-anchors", reanchors, 0);
    }
    let mut specs = some_speakers(9, 2, Network::WIRED);
    for spec in &mut specs {
        (spec.card.rate, spec.card.period) = (48_000, 480);
    }
    let mut world = World::new(9, &specs);
    world.run(3.0);
    let now = world.now;
    world.coordinator.play(now, vec![entry(0, 44_100, 600.0)]);
    world.run(SETTLED);
    let span = world.run(60.0);
    outcome.most("44.1 on 48 kHz: spread p99, us", percentile(&world.spread_us(span), 0.99), 20.0);
    outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    outcome
}

/// How far apart the first two speakers' estimates of the coordinator's clock are, microseconds.
pub fn apart(world: &World, (from, to): (i64, i64)) -> Vec<f64> {
    let [a, b] = [0, 1].map(|k| world.speakers[k].record.clock_errors(from, to));
    a.iter().zip(&b).map(|(a, b)| a - b).collect()
}
