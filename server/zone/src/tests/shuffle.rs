//! A shuffled order: what was played stays behind, edits go into what is still to come.

use std::collections::BTreeSet;

use super::*;
use crate::modes::Repeat;

fn shuffled(seed: u64, count: u128) -> Rig {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { shuffle: Some(Some(seed)), ..ModesPatch::default() });
    rig.start((1..=count).map(|n| entry(n, 48_000, 480_000)).collect());
    rig
}

#[test]
fn the_order_follows_from_the_seed_and_holds_everything_once() {
    let order = |seed| shuffled(seed, 50).coming(100);
    let first = order(7);
    assert_eq!(first.iter().copied().collect::<BTreeSet<_>>(), (2..=50).collect(), "the first one sounds");
    assert_eq!(order(7), first);
    assert_ne!(order(8), first);
    assert_ne!(first, (2..=50).collect::<Vec<_>>());
}

#[test]
fn it_begins_with_what_sounds_and_ends_where_the_queue_goes_on() {
    let mut rig = Rig::with_members(1);
    rig.start((1..=20).map(|n| entry(n, 48_000, 480_000)).collect());
    rig.wait(35 * SECOND);
    assert_eq!(rig.sounding(), Some(4));
    rig.modes(ModesPatch { shuffle: Some(Some(3)), ..ModesPatch::default() });
    assert_eq!(rig.sounding(), Some(4));
    assert_eq!(rig.coming(100).len(), 19, "all others, also those that stand before it");
    rig.wait(30 * SECOND);
    let now = rig.sounding().unwrap();
    rig.modes(ModesPatch { shuffle: Some(None), ..ModesPatch::default() });
    assert_eq!(rig.coming(100), (now + 1..=20).collect::<Vec<_>>(), "in the queue's order from the current one");
}

#[test]
fn previous_goes_back_to_what_was_really_played() {
    let mut rig = shuffled(11, 30);
    let mut played = vec![rig.sounding().unwrap()];
    for step in 0..6u128 {
        let command = if step == 3 {
            // an entry of a person's choice, from what is still to come
            Command::Jump { entry: id(rig.coming(30)[10]), from: EntryPosition::START, at: None }
        } else {
            Command::Next { at: None }
        };
        rig.command(command);
        rig.prepared_start();
        played.push(rig.sounding().unwrap());
    }
    let rest = rig.coming(100);
    assert_eq!(rest.len(), 30 - played.len());
    assert!(played.iter().all(|n| !rest.contains(n)), "what was chosen is not played again");
    for expected in played.iter().rev().skip(1) {
        rig.command(Command::Previous { at: None });
        rig.prepared_start();
        assert_eq!(rig.sounding(), Some(*expected));
    }
    assert_eq!(rig.coming(6), played[1..], "and forth again");
}

#[test]
fn what_is_added_comes_among_what_is_still_to_be_played() {
    let mut rig = shuffled(5, 40);
    rig.wait(305 * SECOND);
    let before: Vec<u128> = rig.coming(100);
    rig.command(Command::Enqueue {
        entries: (100..140).map(|n| entry(n, 48_000, 480_000)).collect(),
        place: QueuePosition::End,
    });
    let after = rig.coming(200);
    assert_eq!(after.iter().copied().filter(|n| *n < 100).collect::<Vec<_>>(), before, "the others keep their order");
    assert_eq!(after.iter().filter(|n| **n >= 100).count(), 40, "all of them are still to come");
    assert_ne!(after[..before.len()], before[..], "and they are mixed in");
    for n in 200..300 {
        // at one place again and again, until there is no number left between two
        rig.command(Command::Enqueue { entries: vec![entry(n, 48_000, 480_000)], place: QueuePosition::Next });
        assert_eq!(rig.coming(1), [n]);
    }
    let next: Vec<u128> = (200..300).rev().collect();
    assert_eq!(rig.coming(100), next);
    assert_eq!(rig.coming(300)[100..], after[..], "the rest is as it was");
    rig.command(Command::Move { entries: vec![id(after[5]), id(after[3])], place: QueuePosition::Next });
    assert_eq!(rig.coming(3), [after[5], after[3], 299]);
    rig.command(Command::Remove { entry: id(after[3]) });
    assert_eq!(rig.coming(2), [after[5], 299]);
}

#[test]
fn at_the_end_of_a_round_there_is_always_room() {
    for place in [QueuePosition::End, QueuePosition::Next] {
        let mut rig = shuffled(5, 10);
        while !rig.coming(1).is_empty() {
            rig.command(Command::Next { at: None });
            rig.prepared_start();
        }
        for n in 100..250 {
            rig.command(Command::Enqueue { entries: vec![entry(n, 48_000, 480_000)], place });
            assert_eq!(rig.coming(3), [n], "what is added is still to come, and nothing else");
            rig.command(Command::Next { at: None });
            rig.prepared_start();
            assert_eq!(rig.sounding(), Some(n));
        }
    }
}

#[test]
fn whoever_removes_the_last_of_a_round_hears_all_of_the_next() {
    for seed in 0..40 {
        let mut rig = shuffled(seed, 4);
        rig.modes(ModesPatch { repeat: Some(Repeat::All), ..ModesPatch::default() });
        let mut round = rig.coming(3);
        for _ in 0..3 {
            rig.command(Command::Next { at: None });
            rig.prepared_start();
        }
        let last = round.pop().unwrap();
        assert_eq!(rig.sounding(), Some(last));
        rig.command(Command::Remove { entry: id(last) });
        rig.prepared_start();
        let next: BTreeSet<_> = rig.sounding().into_iter().chain(rig.coming(2)).collect();
        assert_eq!((next.len(), next.contains(&last)), (3, false), "seed {seed}: {next:?}");
    }
}

#[test]
fn each_lap_has_its_own_order_and_the_plan_knows_it_before() {
    let mut rig = shuffled(9, 5);
    rig.modes(ModesPatch { repeat: Some(Repeat::All), ..ModesPatch::default() });
    let foretold = rig.coming(40);
    assert_eq!(foretold.len(), 40);
    let laps: Vec<BTreeSet<_>> = foretold[4..].chunks(5).map(|lap| lap.iter().copied().collect()).collect();
    assert!(laps[..7].iter().all(|lap| lap.len() == 5), "every lap holds everything: {foretold:?}");
    assert!(foretold.windows(2).all(|w| w[0] != w[1]), "nothing twice in a row");
    assert_ne!(foretold[4..9], foretold[9..14]);
    rig.wait(5 * SECOND);
    for (n, expected) in foretold.iter().enumerate() {
        rig.wait(10 * SECOND);
        assert_eq!(rig.sounding(), Some(*expected), "the {n}th");
    }
}

#[test]
fn after_the_end_it_begins_in_another_order() {
    let mut rig = shuffled(2, 12);
    let first: Vec<_> = rig.sounding().into_iter().chain(rig.coming(20)).collect();
    rig.wait(200 * SECOND);
    assert_eq!(rig.heard(), None);
    rig.command(Command::Resume { at: None });
    rig.prepared_start();
    let second: Vec<_> = rig.sounding().into_iter().chain(rig.coming(20)).collect();
    assert_eq!(second.len(), 12);
    assert_ne!(first, second);
}
