//! Pause, resume, seek, seek while paused, next, previous, stop, play: twenty of them in a row, four speakers.
//!
//! Must hold: after each, every speaker sounds what is due (or nothing), at once and in step: no gap beyond the change
//! itself, no wrong entry, no re-anchor.

use downbeat_zone::{Command, EntryPosition};

use super::{RATE, some_speakers};
use crate::{Outcome, World, dice::Dice, entry, network::Network, percentile};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    for (name, network, ceiling) in [("wired", Network::WIRED, 20.0), ("wifi", Network::WIFI, 220.0)] {
        let mut world = World::new(102, &some_speakers(102, 4, network));
        world.run(10.0);
        let begin = world.now;
        let mut dice = Dice::new(102);
        let play = || Command::Play {
            entries: (0..6).map(|k| entry(k, RATE, 600.0)).collect(),
            start: 1,
            from: EntryPosition::START,
            at: None,
        };
        let mut tickets = vec![world.coordinator.command(begin, play())];
        world.run(10.0);
        for k in 0..24 {
            let now = world.now;
            let seconds = dice.between(0.0, 500.0);
            let command = match k % 8 {
                0 | 4 => Command::Pause { at: None },
                1 | 6 => Command::Resume { at: None },
                2 | 5 => Command::Seek { to: EntryPosition::Seconds(seconds), at: None },
                3 => Command::Next { at: None },
                _ if k == 15 => Command::Stop { at: None },
                _ => Command::Previous { at: None },
            };
            tickets.push(world.coordinator.command(now, command));
            world.run(dice.between(0.5, 4.0));
            if k == 15 {
                let now = world.now;
                tickets.push(world.coordinator.command(now, play()));
                world.run(2.0);
            }
        }
        let span = (begin, world.now);
        let done = tickets.iter().filter(|t| world.coordinator.answers.get(t).is_some_and(Result::is_ok)).count();
        outcome.exactly("commands answered", done as u64, tickets.len() as u64);
        outcome.most(format!("{name}: spread p99, us"), percentile(&world.spread_us(span), 0.99), ceiling);
        outcome.most(format!("{name}: late p99, us"), percentile(&world.late_us(span), 0.99), ceiling);
        outcome.exactly("gaps and wrong entries", world.disturbed(span) as u64, 0);
        outcome.exactly("re-anchors", world.reanchors(), 0);
    }
    outcome
}
