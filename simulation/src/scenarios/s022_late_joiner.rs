//! A speaker is switched on while another has been playing for a minute. It knows its card's crystal from an earlier
//! run, or it does not.
//!
//! Must hold: within 50 us of the old member five seconds after its first sound (200 us on Wi-Fi, where half the round
//! trip hides more); the old member is not disturbed.

use super::{back_after, known_speakers, late_series, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, known, ceiling) in [
        ("wired", Network::WIRED, false, 50.0),
        ("wired, crystal known", Network::WIRED, true, 50.0),
        ("wifi", Network::WIFI, false, 200.0),
    ] {
        let (mut spread, mut first, mut disturbed, mut back) = (Vec::new(), 0.0f64, 0, 0.0f64);
        for seed in 1..=10 {
            let specs = if known { known_speakers(seed, 2, network) } else { some_speakers(seed, 2, network) };
            let mut world = playing(seed, &specs[..1], 60.0);
            let begin = world.now;
            world.add(&specs[1]);
            let span = world.run(30.0);
            let late = late_series(&world, 1, span);
            let sounded = late.first().map_or(span.1, |(at, _)| *at);
            first = first.max((sounded - begin) as f64 * 1e-9);
            back = back.max(back_after(&late, sounded, 2.0 * ceiling));
            spread.extend(world.spread_us((sounded + 5_000_000_000, span.1)));
            disturbed += world.speakers[0].record.disturbed(begin, span.1);
        }
        outcome.most(format!("{name}: first sound after, s"), first, 2.0);
        outcome.most(format!("{name}: settled after its first sound, s"), back, 5.0);
        outcome.most(format!("{name}: spread p99 from 5 s on, us"), percentile(&spread, 0.99), ceiling);
        outcome.exactly("gaps at the other", disturbed as u64, 0);
    }
    outcome
}
