//! Files that cannot be had for a while, and files that change while they are queued: nothing is given up for good.

use super::*;
use crate::{
    modes::{Autoplay, Loudness, Repeat},
    track::Track,
};

fn news(rig: &Rig, n: u128, change: impl FnOnce(&mut Track)) -> Input {
    let mut track = Track::clone(rig.zone.queue().get(id(n)).unwrap().track());
    change(&mut track);
    Input::Tracks(vec![TrackNews { track: track.id, now: Some(track.into()) }])
}

/// News of a track that is as it was, such as when its file was moved.
fn same(rig: &Rig, n: u128) -> Input {
    let track = rig.zone.queue().get(id(n)).unwrap().track().clone();
    Input::Tracks(vec![TrackNews { track: track.id, now: Some(track) }])
}

fn lost(rig: &mut Rig, n: u128, code: &str) {
    rig.input(Input::MemberFault { speaker: speaker(1), entry: id(n), error: error(code) });
}

#[test]
fn what_could_not_be_fetched_is_tried_again_with_any_news_of_it_and_after_a_while() {
    let mut rig = Rig::with_members(1);
    rig.start((1..=4).map(|n| entry(n, 48_000, 48_000 * 300)).collect());
    for n in [2, 3] {
        lost(&mut rig, n, "fetch_failed");
        assert_eq!(rig.fault_of(n).unwrap().1, FaultSource::Unreachable);
    }
    lost(&mut rig, 4, "decode_failed");
    let moved = same(&rig, 2);
    rig.input(moved);
    assert_eq!(rig.fault_of(2), None, "it was moved, and is as it was");
    rig.wait(119 * SECOND);
    assert!(rig.fault_of(3).is_some());
    rig.wait(2 * SECOND);
    assert_eq!(rig.fault_of(3), None);
    assert_eq!(rig.fault_of(4).unwrap().1, FaultSource::Speakers, "the same bytes cannot be decoded later, either");
    let moved = same(&rig, 4);
    rig.input(moved);
    assert_eq!(rig.fault_of(4).unwrap().1, FaultSource::Speakers);
}

#[test]
fn a_venue_plays_again_once_its_disk_is_back() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { repeat: Some(Repeat::All), ..ModesPatch::default() });
    rig.start(three());
    lost(&mut rig, 1, "fetch_failed");
    while rig.zone.readiness.is_some() {
        rig.cannot(1, "fetch_failed");
    }
    rig.wait(SECOND);
    assert_eq!(rig.heard(), None, "none of it can be had");
    rig.wait(120 * SECOND);
    rig.ready(1, 40 * MS);
    rig.wait(SECOND);
    assert_eq!(rig.sounding(), Some(1));
    // a person who stops it is obeyed
    for n in 1..=3 {
        lost(&mut rig, n, "fetch_failed");
    }
    rig.command(Command::Stop { at: None });
    rig.wait(300 * SECOND);
    assert!(rig.heard().is_none() && rig.zone.readiness.is_none());
}

#[test]
fn autoplay_looks_for_more_after_an_end_that_could_not_be_played() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { autoplay: Some(Autoplay::Similar), ..ModesPatch::default() });
    rig.start(vec![entry(1, 48_000, 480_000), entry(2, 48_000, 480_000)]);
    rig.input(Input::More(Vec::new()));
    lost(&mut rig, 1, "decode_failed");
    rig.cannot(1, "decode_failed");
    rig.wait(SECOND);
    assert_eq!(rig.heard(), None);
    rig.actions.clear();
    rig.wait(31 * SECOND);
    assert!(rig.actions.iter().any(|a| matches!(a, Action::More { .. })), "{:?}", rig.actions);
    rig.input(Input::More(vec![entry(7, 48_000, 480_000)]));
    rig.prepared_start();
    assert_eq!(rig.sounding(), Some(7));
}

#[test]
fn a_track_that_is_retagged_while_it_sounds_is_shown_so_and_told_anew_when_it_is_over() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { repeat: Some(Repeat::One), ..ModesPatch::default() });
    rig.start(three());
    let retagged = news(&rig, 1, |t| (t.title, t.hash) = ("Another".into(), "f".repeat(64)));
    rig.input(retagged);
    assert_eq!(&*rig.zone.queue().get(id(1)).unwrap().track().title, "Another");
    assert_eq!(rig.heard(), Some((id(1), 0)), "what sounds is not disturbed");
    // another length waits for its end
    let longer = news(&rig, 1, |t| t.frames = Frames(960_000));
    rig.input(longer);
    assert_eq!(rig.zone.queue().get(id(1)).unwrap().track().frames, Frames(480_000));
    rig.wait(11 * SECOND);
    assert_eq!(rig.zone.queue().get(id(1)).unwrap().track().frames, Frames(960_000));
}

#[test]
fn complaints_end_with_the_entry() {
    let mut rig = Rig::with_members(2);
    rig.modes(ModesPatch { repeat: Some(Repeat::One), ..ModesPatch::default() });
    rig.start(three());
    lost(&mut rig, 1, "decode_failed");
    rig.wait(15 * SECOND);
    let heard = rig.heard().unwrap().0;
    rig.input(Input::MemberFault { speaker: speaker(2), entry: heard, error: error("decode_failed") });
    assert_eq!(rig.fault_of(1), None, "the first one complained of another time");
    rig.input(Input::Left { speaker: speaker(1) });
    assert!(rig.fault_of(1).is_some(), "all who are left cannot play it");
}

#[test]
fn an_album_track_is_as_loud_after_a_seek_and_in_a_loop() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { loudness: Some(Loudness::Album), ..ModesPatch::default() });
    let of_album = |n: u128| {
        let e = entry(n, 48_000, 480_000);
        let mut track = Track::clone(e.track());
        (track.album, track.album_artist) = ("Evening".into(), "Somebody".into());
        (track.track_gain_db, track.album_gain_db, track.track_no) = (Some(-3.0), Some(-7.0), u32::try_from(n).ok());
        QueueEntry::of(id(n), track.into())
    };
    rig.start(vec![of_album(1), of_album(2), entry(9, 48_000, 480_000)]);
    rig.wait(12 * SECOND);
    assert_eq!(rig.sounding(), Some(2));
    rig.command(Command::Seek { to: EntryPosition::Frame(Frames(48_000)), at: None });
    assert!((rig.prepares().last().unwrap().entry.gain_db + 7.0).abs() < 1e-6, "the last of an album");
    rig.prepared_start();
    rig.command(Command::Loop(Some((EntryPosition::Frame(Frames(48_000)), EntryPosition::Frame(Frames(96_000))))));
    let plan = &rig.zone.playback.last().plan;
    assert!(plan.len() > 10 && plan.iter().all(|e| (e.gain_db + 7.0).abs() < 1e-6), "{plan:?}");
}
