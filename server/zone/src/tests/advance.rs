//! The requests that a zone makes in time: for files that are not identified yet, and for more to play.

use super::*;
use crate::{
    modes::{Autoplay, Repeat},
    track::Track,
};

fn unknown(n: u128) -> QueueEntry {
    let track = Track { hash: String::new(), ..Track::clone(entry(n, 48_000, 480_000).track()) };
    QueueEntry::of(id(n), track.into())
}

fn identified(n: u128) -> Input {
    let track = entry(n, 48_000, 480_000).track().clone();
    Input::Tracks(vec![TrackNews { track: track.id, now: Some(track) }])
}

fn asked(rig: &Rig) -> Vec<Vec<u128>> {
    let asked = rig.actions.iter().filter_map(|a| match a {
        Action::FindHashes { tracks } => Some(tracks.iter().map(|t| t.0.as_u128() - 1_000).collect()),
        _ => None,
    });
    asked.collect()
}

fn wanted(rig: &Rig) -> usize {
    rig.actions.iter().filter(|a| matches!(a, Action::More { .. })).count()
}

#[test]
fn the_plan_ends_before_a_file_that_is_not_identified() {
    let mut rig = Rig::with_members(1);
    rig.play(vec![entry(1, 48_000, 480_000), unknown(2), entry(3, 48_000, 480_000), unknown(4)]);
    assert_eq!(asked(&rig), [[2, 4]], "it asks for those of its window at once");
    rig.ready(1, 40 * MS);
    assert_eq!(rig.sessions()[0].1.plan.len(), 1);
    rig.actions.clear();
    rig.input(identified(2));
    assert_eq!(rig.sessions()[0].1.plan.len(), 3, "up to the next one");
    assert_eq!(asked(&rig), [[4]]);
    rig.wait(40 * SECOND);
    // the boundary came, and the next one is not known yet
    assert_eq!((rig.heard(), rig.zone.view(rig.now).state), (None, PlayState::Playing));
    assert!(rig.prepares().is_empty());
    rig.input(identified(4));
    assert_eq!(rig.prepares()[0].entry.entry, id(4), "it begins as soon as the news come");
    rig.prepared_start();
    assert_eq!(rig.sounding(), Some(4));
}

#[test]
fn a_start_waits_for_its_file_and_goes_on_without_it_if_it_cannot_be_read() {
    let mut rig = Rig::with_members(1);
    let ticket = rig.play(vec![unknown(1), entry(2, 48_000, 480_000)]);
    rig.wait(5 * SECOND);
    assert!(rig.answer(ticket).is_none() && rig.prepares().is_empty());
    let broken = Track { fault: Some("it is damaged".into()), ..Track::clone(unknown(1).track()) };
    rig.input(Input::Tracks(vec![TrackNews { track: broken.id, now: Some(broken.into()) }]));
    assert_eq!(rig.prepares()[0].entry.entry, id(2));
    rig.ready(1, 40 * MS);
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));

    let ticket = rig.play(vec![unknown(8)]);
    rig.wait(100 * SECOND);
    assert!(rig.answer(ticket).unwrap().unwrap_err().to_string().contains("in time"), "it does not wait for ever");
}

#[test]
fn more_is_asked_for_before_the_end_and_joins_without_a_gap() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { autoplay: Some(Autoplay::Similar), ..ModesPatch::default() });
    rig.start((1..=5).map(|n| entry(n, 48_000, 480_000)).collect());
    rig.wait(15 * SECOND);
    assert_eq!(wanted(&rig), 0, "three are left");
    rig.wait(10 * SECOND);
    assert_eq!(wanted(&rig), 1);
    let Some(Action::More { recent, .. }) = rig.actions.iter().find(|a| matches!(a, Action::More { .. })) else {
        unreachable!()
    };
    assert_eq!(recent.iter().map(|t| t.0.as_u128()).collect::<Vec<_>>(), [1001, 1002, 1003, 1004, 1005]);
    rig.input(Input::More(vec![entry(6, 48_000, 480_000), entry(7, 48_000, 480_000)]));
    assert_eq!((rig.coming(9), wanted(&rig)), (vec![4, 5, 6, 7], 1));
    rig.wait(25 * SECOND);
    assert_eq!((rig.heard(), rig.zone.readiness.is_none()), (Some((id(6), 0)), true), "gapless");
    assert_eq!(wanted(&rig), 2, "and it asks again");
}

#[test]
fn a_venue_that_fell_silent_plays_again_but_not_against_a_person() {
    for stopped in [false, true] {
        let mut rig = Rig::with_members(1);
        rig.modes(ModesPatch { autoplay: Some(Autoplay::Similar), ..ModesPatch::default() });
        rig.start(three());
        rig.wait(35 * SECOND);
        assert_eq!(rig.heard(), None, "the answer is late");
        if stopped {
            rig.command(Command::Stop { at: None });
        }
        rig.input(Input::More(vec![entry(6, 48_000, 480_000)]));
        rig.prepared_start();
        assert_eq!(rig.sounding(), (!stopped).then_some(6));
    }
}

#[test]
fn nothing_found_is_asked_for_again() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { autoplay: Some(Autoplay::Similar), ..ModesPatch::default() });
    rig.start(vec![entry(1, 48_000, 480_000)]);
    rig.wait(11 * SECOND);
    rig.actions.clear();
    rig.input(Input::More(Vec::new()));
    assert_eq!(wanted(&rig), 0);
    rig.wait(31 * SECOND);
    assert_eq!(wanted(&rig), 1);
    rig.input(Input::More(vec![entry(2, 48_000, 480_000)]));
    rig.prepared_start();
    assert_eq!(rig.sounding(), Some(2));
}

#[test]
fn what_repeats_or_was_never_started_needs_no_more() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { autoplay: Some(Autoplay::Similar), repeat: Some(Repeat::All), ..ModesPatch::default() });
    rig.command(Command::Enqueue { entries: three(), place: QueuePosition::End });
    rig.wait(SECOND);
    rig.start(three());
    rig.wait(100 * SECOND);
    assert_eq!(wanted(&rig), 0);
    rig.modes(ModesPatch { repeat: Some(Repeat::Off), ..ModesPatch::default() });
    rig.wait(SECOND);
    assert_eq!(wanted(&rig), 1, "switched off, its end is near");
}
