//! The coordinator's clock steps while its id stays: by 3 ms (made up for by the servo), by 20 ms (by a re-anchor), and
//! by 250 ms either way (too far: voices are placed anew); on Wi-Fi by 250 ms too.
//!
//! Must hold: told once by every speaker; all are where the stepped clock says within 10 s (on Wi-Fi within what Wi-Fi
//! allows), and in step with each other; one disturbance each at most, and none afterwards.

use super::{SETTLED, back_after, late_series, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, ms, near_us, spread_us) in [
        ("wired, +3 ms", Network::WIRED, 3i64, 100.0, 40.0),
        ("wired, +20 ms", Network::WIRED, 20, 100.0, 40.0),
        ("wired, +250 ms", Network::WIRED, 250, 100.0, 40.0),
        ("wired, -250 ms", Network::WIRED, -250, 100.0, 40.0),
        ("wifi, +250 ms", Network::WIFI, 250, 400.0, 400.0),
    ] {
        let mut world = playing(5, &some_speakers(5, 2, network), SETTLED);
        let before = world.reanchors();
        world.coordinator.truth.clock.step(ms * 1_000_000);
        let span = world.run(30.0);
        let after = (0..2).map(|k| back_after(&late_series(&world, k, span), span.0, near_us)).fold(0.0, f64::max);
        // the servo takes 8.6 s for 3 ms (500 ppm, then a time constant of 2 s), and a step is found within five
        let limit_s = if ms == 3 { 15.0 } else { 10.0 };
        outcome.most(format!("{name}: back under {near_us} us after, s"), after, limit_s);
        let told = world.speakers.iter().map(|s| s.record.steps.len()).collect::<Vec<_>>();
        outcome.exactly("told once by each", u64::from(told == [1, 1]), 1);
        outcome.most("re-anchors of each", (world.reanchors() - before) as f64 / 2.0, 1.0);
        let late = (span.0 + (limit_s * 1e9) as i64 + 2_000_000_000, span.1);
        outcome.most(format!("{name}: spread p99 afterwards, us"), percentile(&world.spread_us(late), 0.99), spread_us);
        outcome.exactly("gaps afterwards", world.disturbed(late) as u64, 0);
    }
    outcome
}
