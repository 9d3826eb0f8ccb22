//! A third of the answers to time requests never comes, and one segment in twenty is sent again after 200 ms.
//!
//! Must hold: a request is given up after a second, a burst closes with what it has, and that suffices.

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let mut world = playing(17, &some_speakers(17, 2, Network::WIRED), SETTLED);
    for speaker in &mut world.speakers {
        speaker.link.trouble.swallowed = 0.33;
        speaker.link.trouble.loss = 0.05;
        (speaker.record.samples, speaker.record.bursts) = (0, 0);
    }
    let span = world.run(400.0);
    outcome.most("spread p99, us", percentile(&world.spread_us(span), 0.99), 25.0);
    let (samples, bursts) =
        world.speakers.iter().fold((0, 0), |(s, b), speaker| (s + speaker.record.samples, b + speaker.record.bursts));
    outcome.least("bursts ended", bursts as f64, 80.0);
    outcome.most("samples a burst (of 8)", samples as f64 / bursts as f64, 6.0);
    outcome.least("within the bound, share", world.honesty(span), 0.99);
    outcome.exactly("re-anchors", world.reanchors(), 0);
    outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    outcome
}
