//! The network does not reach one of two speakers for 30 s; the connection dies and comes back.
//!
//! Must hold: it plays on by plan and last estimate, in step; the coordinator's word on its return changes nothing that
//! is heard: no re-anchor, no jump, no voice opened anew.

use super::{playing, some_speakers};
use crate::{Outcome, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, ceiling) in [("wired", Network::WIRED, 25.0), ("wifi", Network::WIFI, 150.0)] {
        let mut world = playing(14, &some_speakers(14, 2, network), 300.0);
        let opened = world.speakers[1].record.opened;
        world.cut(1);
        let away = world.run(30.0);
        world.mend(1);
        let back = world.run(60.0);
        outcome.most(format!("{name}: spread p99 without, us"), percentile(&world.spread_us(away), 0.99), ceiling);
        outcome.most(format!("{name}: spread p99 after, us"), percentile(&world.spread_us(back), 0.99), ceiling);
        let span = (away.0, back.1);
        outcome.most(format!("{name}: heard jump, us"), world.jump_us(span), 1.0);
        outcome.exactly("re-anchors", world.reanchors(), 0);
        outcome.exactly("gaps", world.disturbed(span) as u64, 0);
        outcome.exactly("voices opened anew", world.speakers[1].record.opened - opened, 0);
        outcome.exactly("is back", u64::from(world.speakers[1].welcomed), 1);
    }
    outcome
}
