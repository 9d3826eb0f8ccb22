//! The coordinator's clock steps while its id stays: by 20 ms (made up for by a re-anchor), and by 250 ms either way
//! (too far: voices are placed anew).
//!
//! Must hold: told once by every speaker; all are where the stepped clock says within 10 s, and in step with each other;
//! one disturbance each, and none afterwards.

use super::{SETTLED, back_after, late_series, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for ms in [20i64, 250, -250] {
        let mut world = playing(5, &some_speakers(5, 2, Network::WIRED), SETTLED);
        let before = world.reanchors();
        world.coordinator.truth.clock.step(ms * 1_000_000);
        let span = world.run(30.0);
        let after = (0..2).map(|k| back_after(&late_series(&world, k, span), span.0, 100.0)).fold(0.0, f64::max);
        outcome.most(format!("{ms:+} ms: back under 100 us after, s"), after, 10.0);
        let told = world.speakers.iter().map(|s| s.record.steps.len()).collect::<Vec<_>>();
        outcome.exactly("told by each", u64::from(told == [1, 1]), 1);
        outcome.most("re-anchors of each", (world.reanchors() - before) as f64 / 2.0, 1.0);
        let late = (span.0 + 10_000_000_000, span.1);
        outcome.most("spread p99 from 10 s on, us", percentile(&world.spread_us(late), 0.99), 40.0);
        outcome.exactly("gaps from 10 s on", world.disturbed(late) as u64, 0);
    }
    outcome
}
