//! The coordinator's clock is bent by 100 ppm for a minute, as NTP bends `CLOCK_MONOTONIC`.
//!
//! It cannot happen with `CLOCK_MONOTONIC_RAW`, which both programs read (`host/src/clock.rs`, the one place), and no
//! filter follows it well. Held here is that nothing worse comes of it than error: no re-anchor, no gap, and it ends.

use super::{back_after, late_series, playing, some_speakers};
use crate::{Outcome, network::Network, worst};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(6, &some_speakers(6, 2, Network::WIRED), 120.0);
    world.coordinator.truth.clock.slew(100.0);
    let bent = world.run(60.0);
    world.coordinator.truth.clock.slew(-100.0);
    let after = world.run(120.0);
    outcome.most("late while it is bent, us", worst(&world.late_us(bent)), 500.0);
    // they ask at different moments, up to four seconds apart: at 100 ppm that is 400 us
    outcome.most("apart meanwhile, us", worst(&world.spread_us(bent)), 350.0);
    let back = (0..2).map(|k| back_after(&late_series(&world, k, after), after.0, 100.0)).fold(0.0, f64::max);
    outcome.most("back under 100 us after, s", back, 30.0);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed((bent.0, after.1)) as u64, 0);
    outcome
}
