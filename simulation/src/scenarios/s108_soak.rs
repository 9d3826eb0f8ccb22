//! Troubles in random order, one upon another: cuts, suspensions, frozen processes, underruns, lost cards, steps of the
//! coordinator's clock, its restarts of connections, pauses and seeks; three speakers on a wire, twelve troubles a
//! seed.
//!
//! Must hold: a quarter of a minute after each (a dead connection is found out after five seconds), all three sound
//! what is due, in step.

use downbeat_zone::{Command, EntryPosition};

use super::{playing, some_speakers};
use crate::{Outcome, World, crystal::SECOND, dice::Dice, network::Network, percentile, worst};

/// Runs it.
pub fn run() -> Outcome {
    let mut outcome = Outcome::default();
    let (mut spread, mut late, mut disturbed, mut silent) = (Vec::new(), Vec::new(), 0, 0);
    for seed in 1..=5 {
        let mut world = playing(seed, &some_speakers(seed, 3, Network::WIRED), 40.0);
        let mut dice = Dice::new(seed);
        for _ in 0..12 {
            trouble(&mut world, &mut dice);
            if dice.chance(0.5) {
                world.run(dice.between(0.0, 3.0));
                trouble(&mut world, &mut dice);
            }
            world.run(5.0);
            for k in 0..3 {
                world.mend(k);
            }
            let now = world.now;
            world.coordinator.command(now, Command::Resume { at: None });
            world.run(12.0);
            let quiet = world.run(5.0);
            spread.extend(world.spread_us(quiet));
            late.extend(world.late_us(quiet));
            disturbed += world.disturbed(quiet);
            silent += world.speakers.iter().filter(|s| s.record.late_us(quiet.0, quiet.1).is_empty()).count();
        }
    }
    outcome.most("spread p99, us", percentile(&spread, 0.99), 30.0);
    outcome.most("late at most, us", worst(&late), 60.0);
    outcome.exactly("speakers silent", silent as u64, 0);
    outcome.exactly("gaps", disturbed as u64, 0);
    outcome
}

fn trouble(world: &mut World, dice: &mut Dice) {
    let k = (dice.uniform() * 3.0) as usize;
    let now = world.now;
    match (dice.uniform() * 9.0) as u32 {
        0 => world.cut(k),
        1 => world.suspend(k, dice.between(0.1, 8.0)),
        2 => world.freeze(k, dice.between(0.05, 10.0)),
        3 => world.speakers[k].card.stalled_until = now + (dice.between(0.0, 2.0) * SECOND as f64) as i64,
        4 if !world.speakers[k].card.is_lost() => {
            world.lose_card(k);
            world.run(dice.between(0.1, 5.0));
            world.find_card(k);
        }
        5 => world.coordinator.truth.clock.step((dice.between(-0.3, 0.3) * SECOND as f64) as i64),
        6 => world.drop_connection(k, SECOND),
        7 => {
            world.coordinator.command(now, Command::Pause { at: None });
        }
        _ => {
            let to = EntryPosition::Seconds(dice.between(0.0, 5_000.0));
            world.coordinator.command(now, Command::Seek { to, at: None });
        }
    }
}
