//! The speakers' reports of themselves, against the truth: over seeds, networks and troubles.
//!
//! Must hold: the true error of the clock lies within the reported bound in at least 99 % of all steps, for every
//! speaker; and what a speaker says of its own sync error differs from what its card knows by no more than that bound
//! and the stamps of its card (30 us) in at least 99 %.

use super::{playing, some_speakers};
use crate::{
    Outcome,
    measure::share,
    network::{Network, Trouble},
};

/// The error that a card's stamps may hide from the speaker, microseconds.
const STAMPS_US: f64 = 30.0;

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let troubles = [
        ("calm", Trouble::default()),
        ("losses", Trouble { loss: 0.05, swallowed: 0.2, ..Trouble::default() }),
        ("asymmetry", Trouble { forth_us: 400.0, ..Trouble::default() }),
    ];
    for (name, network) in [("wired", Network::WIRED), ("wifi", Network::WIFI)] {
        for (what, trouble) in troubles {
            let (mut least, mut said) = (1.0f64, Vec::new());
            for seed in 1..=2 {
                let mut world = playing(1_000 + seed, &some_speakers(seed, 3, network), 1.0);
                let begin = world.now;
                for speaker in &mut world.speakers {
                    speaker.link.trouble = trouble;
                }
                world.run(100.0);
                world.cut(0);
                world.run(40.0);
                world.mend(0);
                let now = world.now;
                world.speakers[1].local.warm(now, 1.5, 60.0);
                let end = world.run(60.0).1;
                least = least.min(world.honesty((begin, end)));
                let told = world.speakers.iter().flat_map(|s| &s.record.said);
                said.push(share(told.map(|(_, said, true_us, bound)| (said - true_us).abs() <= bound + STAMPS_US)));
            }
            outcome.least(format!("{name}, {what}: within the bound, share"), least, 0.99);
            let said = said.into_iter().fold(1.0, f64::min);
            outcome.least(format!("{name}, {what}: sync error as said, share"), said, 0.99);
        }
    }
    outcome
}
