//! Tracks that are parts of one file.

use super::*;
use crate::track::{Part, Track};

/// The track `n` of three in a file of thirty seconds at 48 kHz, ten seconds each.
fn part(n: u128) -> QueueEntry {
    let whole = entry(n, 48_000, 1_440_000);
    let first = Frames((n as i64 - 1) * 480_000);
    let part = Part { number: n as u32, count: 3, first, file_frames: Frames(1_440_000) };
    let track = Track {
        hash: "f".repeat(64),
        frames: Frames(480_000),
        part: Some(Box::new(part)),
        ..(**whole.track()).clone()
    };
    QueueEntry::of(id(n), track.into())
}

fn parts() -> Vec<QueueEntry> {
    (1..=3).map(part).collect()
}

fn ends(session: &Session) -> Vec<(i64, i64, Option<i64>)> {
    session.plan.iter().map(|e| (e.frames.0, e.start_frames.0, e.end_frames.map(|f| f.0))).collect()
}

#[test]
fn speakers_are_told_the_file_and_the_part_of_it() {
    let mut rig = Rig::with_members(1);
    rig.command(Command::Play { entries: parts(), start: 1, from: EntryPosition::Seconds(2.5), at: None });
    let prepare = rig.prepares()[0];
    assert_eq!((prepare.from_frames, prepare.entry.start_frames), (Frames(480_000 + 120_000), Frames(480_000)));
    rig.ready(1, 40 * MS);
    let session = rig.sessions()[0].1.clone();
    assert_eq!(ends(&session), [(1_440_000, 480_000, Some(960_000)), (1_440_000, 960_000, Some(1_440_000))]);
    assert_eq!(session.timeline.as_ref().unwrap().anchor_media_frames, Frames(600_000));
    rig.now = session.at;
    let view = rig.zone.view(rig.now);
    assert_eq!(
        (view.position, view.anchor.0),
        (Frames(120_000), Frames(120_000)),
        "people count from the track's start"
    );
}

#[test]
fn one_part_follows_the_other_on_an_unbroken_line() {
    let mut rig = Rig::with_members(1);
    rig.start(parts());
    let start = rig.now;
    rig.wait(10 * SECOND);
    assert_eq!(rig.heard(), Some((id(2), 480_000)));
    let line = rig.zone.playback.last().timeline.clone().unwrap();
    assert_eq!((line.anchor_server_us, line.anchor_media_frames), (start, Frames(0)), "the same frames as of the file");
    rig.wait(10 * SECOND + 5 * MS);
    assert_eq!(rig.heard(), Some((id(3), 960_240)));
    rig.wait(10 * SECOND);
    assert_eq!(rig.zone.view(rig.now).state, PlayState::Stopped);
}

#[test]
fn next_previous_seek_and_pause_stay_within_the_part() {
    let mut rig = Rig::with_members(1);
    rig.start(parts());
    rig.command(Command::Next { at: None });
    assert_eq!(rig.prepares()[0].from_frames, Frames(480_000));
    rig.prepared_start();
    rig.wait(SECOND);
    rig.actions.clear();
    rig.command(Command::Seek { to: EntryPosition::Seconds(10.0), at: None });
    assert_eq!(rig.prepares()[0].from_frames, Frames(959_999), "the very end is the part's last frame");
    rig.actions.clear();
    let beyond = rig.command(Command::Seek { to: EntryPosition::Seconds(10.1), at: None });
    assert_eq!(rig.answer(beyond), Some(Err(Refusal::PastEnd { length_ms: 10_000 })));
    rig.command(Command::Seek { to: EntryPosition::Frame(Frames(48_000)), at: None });
    assert_eq!(rig.prepares().last().unwrap().from_frames, Frames(528_000));
    rig.prepared_start();
    rig.actions.clear();
    rig.command(Command::Previous { at: None });
    assert_eq!(rig.prepares()[0].from_frames, Frames(0), "one second was heard of it: to the part before");
    rig.prepared_start();
    rig.command(Command::Next { at: None });
    rig.prepared_start();
    rig.wait(4 * SECOND);
    rig.actions.clear();
    rig.command(Command::Previous { at: None });
    assert_eq!(rig.prepares()[0].from_frames, Frames(480_000), "more than three: to its start");
    rig.prepared_start();
    rig.command(Command::Pause { at: None });
    let held = rig.zone.view(rig.now).position;
    assert!((0..48_000).contains(&held.0), "{held:?}");
    rig.wait(SECOND);
    rig.actions.clear();
    rig.command(Command::Resume { at: None });
    assert_eq!(rig.prepares()[0].from_frames, Frames(480_000 + held.0));
}

#[test]
fn a_loop_in_a_part_is_counted_from_its_start() {
    let mut rig = Rig::with_members(1);
    rig.start(parts());
    rig.command(Command::Next { at: None });
    rig.prepared_start();
    rig.actions.clear();
    let part = (EntryPosition::Seconds(2.0), EntryPosition::Seconds(4.0));
    rig.command(Command::Loop(Some(part)));
    let plan = ends(rig.sessions()[0].1);
    assert_eq!(plan[..2], [(1_440_000, 480_000, Some(672_000)), (1_440_000, 576_000, Some(672_000))]);
    let shown = rig.zone.view(rig.now).ab.unwrap();
    assert_eq!((shown.a, shown.b), (Frames(96_000), Frames(192_000)));
    let too_long = (EntryPosition::Seconds(2.0), EntryPosition::Seconds(10.5));
    let ticket = rig.command(Command::Loop(Some(too_long)));
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::BadLoop { length_ms: 10_000 })));
    rig.command(Command::Loop(None));
    rig.wait(11 * SECOND);
    assert_eq!(rig.sounding(), Some(3), "then it plays on to the part's end");
}

#[test]
fn a_part_is_taken_up_where_it_was_after_a_restart() {
    let mut rig = Rig::with_members(1);
    rig.start(parts());
    rig.wait(13 * SECOND);
    let (heard, saved) = (rig.heard(), rig.zone.save(rig.now));
    assert_eq!(heard, Some((id(2), 13 * 48_000)));
    let queue = || queue::Queue::new(parts());
    let clock = rig.zone.clock_id;
    let zone = |clock| Zone::new(ZoneId::DEFAULT, "all".into(), clock, ZoneSettings::default(), rig.now);
    let mut again = Rig { zone: zone(clock), now: rig.now, actions: Vec::new(), tickets: 0 };
    again.zone.restore(rig.now, (saved.clone(), queue()), rig.zone.revision(), rig.zone.level());
    assert_eq!(again.heard(), heard);
    let other = ClockId(Uuid::from_u128(8));
    let mut moved = Rig { zone: zone(other), now: rig.now, actions: Vec::new(), tickets: 0 };
    moved.zone.restore(rig.now, (saved, queue()), rig.zone.revision(), rig.zone.level());
    let view = moved.zone.view(moved.now);
    assert_eq!((view.state, view.position), (PlayState::Paused, Frames(3 * 48_000)));
    assert_eq!(moved.heard(), heard, "held at the same frame of the file");
}

#[test]
fn a_queue_that_was_forgotten_knows_its_parts() {
    let whole = part(2);
    let again = Track::of_plan(whole.plan(id(2)));
    assert_eq!(
        (again.frames, again.first_frame(), again.end_frame()),
        (Frames(480_000), Frames(480_000), Frames(960_000))
    );
    let plan = whole.plan(id(2));
    assert_eq!(Track::of_plan(plan.clone()).plan_entry(id(2)), plan);
    let unparted = entry(1, 48_000, 480_000).plan(id(1));
    assert_eq!((unparted.end_frames, Track::of_plan(unparted).part), (None, None));
}
