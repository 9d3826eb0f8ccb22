//! Every 200 s somebody downloads for 15 s, and a deep queue builds up one way: 5 ms on the wire, 80 ms on Wi-Fi.
//!
//! Must hold: speakers stay in step as without it, since a sample's noise comes from its excess over the floor. (That
//! the agent's own downloads are paced is tested where they are made, in the agent.)

use super::{SETTLED, playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, bloat_us, ceiling) in
        [("wired", Network::WIRED, 5_000.0, 20.0), ("wifi", Network::WIFI, 80_000.0, 120.0)]
    {
        let mut world = playing(13, &some_speakers(13, 2, network), SETTLED + 90.0);
        let begin = world.now;
        for _ in 0..3 {
            world.speakers[0].link.trouble.back_us = bloat_us;
            world.run(15.0);
            world.speakers[0].link.trouble.back_us = 0.0;
            world.run(185.0);
        }
        let span = (begin, world.now);
        outcome.most(format!("{name}: spread p99, us"), percentile(&world.spread_us(span), 0.99), ceiling);
        outcome.least(format!("{name}: within the bound, share"), world.honesty(span), 0.99);
        outcome.exactly("re-anchors", world.reanchors(), 0);
        outcome.exactly("gaps", world.disturbed(span) as u64, 0);
    }
    outcome
}
