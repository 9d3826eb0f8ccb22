//! Repeat, crossfade, loudness and the A-B loop.

use super::*;
use crate::{
    modes::{Loudness, Repeat},
    track::Track,
};

fn repeat(repeat: Repeat) -> ModesPatch {
    ModesPatch { repeat: Some(repeat), ..ModesPatch::default() }
}

fn of_album(n: u128, album: &str, number: u32) -> QueueEntry {
    let track = Track::clone(entry(n, 48_000, 4_800_000).track());
    let track = Track { album: album.into(), artist: "A".into(), track_no: Some(number), ..track };
    QueueEntry::of(id(n), track.into())
}

#[test]
fn repeat_one_and_all_go_on_without_a_gap_and_without_long_messages() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let start = rig.now;
    rig.modes(repeat(Repeat::One));
    let session = rig.sessions().pop().unwrap().1.clone();
    assert_eq!(session.plan.len(), window::PLAN_ENTRIES);
    let mut ids: Vec<_> = session.plan.iter().map(|e| e.entry).collect();
    assert_eq!(ids[0], id(1), "what sounds keeps its name");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), session.plan.len(), "each time is an occurrence of its own");
    rig.actions.clear();
    rig.wait(305 * SECOND);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(1), 5 * 48_000));
    assert!(rig.sessions().is_empty(), "thirty times around by the plan");
    rig.wait(30 * SECOND);
    assert_eq!(rig.sessions().len(), 1, "it has run down to half");
    let told = rig.sessions()[0].1.clone();
    assert_eq!(told.timeline.unwrap().anchor_server_us, start, "the very same line after 33 laps");

    rig.actions.clear();
    rig.modes(repeat(Repeat::All));
    assert_eq!(rig.coming(5), [2, 3, 1, 2, 3]);
    rig.wait(40 * SECOND);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(2), 5 * 48_000), "1, 2, 3, 1, and now 2");
    assert_eq!(rig.zone.view(rig.now).index, Some(1), "people see the queue's own entry");
    rig.modes(repeat(Repeat::Off));
    rig.wait(12 * SECOND);
    assert_eq!(rig.sounding(), Some(3));
    rig.wait(10 * SECOND);
    assert_eq!(rig.heard(), None);
}

#[test]
fn next_leaves_an_entry_that_is_repeated_and_comes_around() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.modes(repeat(Repeat::One));
    rig.command(Command::Next { at: None });
    rig.prepared_start();
    assert_eq!((rig.sounding(), rig.coming(2)), (Some(2), vec![2, 2]));
    rig.modes(repeat(Repeat::All));
    for expected in [3, 1] {
        rig.command(Command::Next { at: None });
        rig.prepared_start();
        assert_eq!(rig.sounding(), Some(expected));
    }
    let fault = Input::MemberFault { speaker: speaker(1), entry: rig.heard().unwrap().0, error: error("corrupt") };
    rig.input(fault);
    rig.prepared_start();
    assert_eq!((rig.sounding(), rig.fault_of(1).map(|f| f.1)), (Some(2), Some(FaultSource::Speakers)));
}

#[test]
fn what_is_too_short_is_not_repeated() {
    let mut rig = Rig::new();
    for mode in [Repeat::One, Repeat::All] {
        rig.modes(repeat(mode));
        rig.start(vec![entry(1, 48_000, 5), entry(2, 48_000, 7)]);
        rig.wait(SECOND);
        assert_eq!(rig.heard(), None);
    }
}

#[test]
fn entries_cross_fade_but_not_within_an_album_and_not_if_they_are_short() {
    let mut rig = Rig::with_members(1);
    let single = |n| entry(n, 48_000, 480_000);
    let entries = vec![of_album(1, "X", 1), of_album(2, "X", 2), of_album(3, "X", 9), single(4), single(5)];
    rig.start(entries);
    let patch = ModesPatch { crossfade_us: Some(5_000_000), ..ModesPatch::default() };
    rig.modes(patch.clone());
    let overlaps = |rig: &Rig| -> Vec<_> { rig.zone.playback.last().plan.iter().map(|e| e.overlap_us).collect() };
    assert_eq!(overlaps(&rig), [0, 0, 5_000_000, 5_000_000, 5_000_000], "1 and 2 follow each other on the album");
    rig.modes(ModesPatch { crossfade_us: Some(6_000_000), ..patch });
    assert_eq!(overlaps(&rig), [0, 0, 6_000_000, 0, 0], "ten seconds are less than twice six");
    // to the frame: the third begins six seconds before the second ends
    let start = rig.now;
    rig.wait(194 * SECOND - 1);
    assert_eq!(rig.sounding(), Some(2));
    rig.wait(1);
    assert_eq!((rig.heard(), rig.now), (Some((id(3), 0)), start.plus_micros(194 * SECOND)));
    assert_eq!(rig.zone.view(rig.now).entry.unwrap().id(), id(3), "and is the current one");
    rig.actions.clear();
    rig.join(2);
    let fading = rig.actions.iter().find_map(|a| match a {
        Action::StateSync { session, .. } => session.fading.clone(),
        _ => None,
    });
    assert_eq!(fading.unwrap().entry.entry, id(2), "who joins hears both");
}

#[test]
fn a_crossfade_that_is_asked_for_too_late_waits_for_the_next_boundary() {
    let mut rig = Rig::with_members(1);
    rig.start((1..=4).map(|n| entry(n, 48_000, 480_000)).collect());
    rig.wait(7 * SECOND);
    rig.modes(ModesPatch { crossfade_us: Some(4_000_000), ..ModesPatch::default() });
    let overlaps: Vec<_> = rig.sessions()[0].1.plan.iter().map(|e| e.overlap_us).collect();
    assert_eq!(overlaps, [0, 0, 4_000_000, 4_000_000], "it would have begun a second ago");
    rig.command(Command::Remove { entry: id(2) });
    assert_eq!(rig.coming(1), [3]);
    rig.wait(3 * SECOND);
    assert_eq!(rig.heard(), Some((id(3), 0)), "what else is edited need not wait");
    rig.wait(6 * SECOND);
    assert_eq!(rig.heard(), Some((id(4), 0)));
}

#[test]
fn loudness_comes_with_the_plan_and_leaves_what_sounds() {
    let mut rig = Rig::with_members(1);
    let loud = |n| {
        let track = Track::clone(entry(n, 48_000, 480_000).track());
        QueueEntry::of(id(n), Track { track_gain_db: Some(-(n as f32)), ..track }.into())
    };
    rig.start((1..=3).map(loud).collect());
    rig.modes(ModesPatch { loudness: Some(Loudness::Track), preamp_db: Some(0.5), ..ModesPatch::default() });
    let gains: Vec<_> = rig.sessions()[0].1.plan.iter().map(|e| e.gain_db).collect();
    assert_eq!(gains, [0.0, -1.5, -2.5]);
    rig.command(Command::Previous { at: None });
    rig.prepared_start();
    let (_, session) = *rig.sessions().last().unwrap();
    assert!((session.plan[0].gain_db + 0.5).abs() < 1e-6, "started anew it is as loud as the others");
}

fn loop_of(a: f64, b: f64) -> Command {
    Command::Loop(Some((EntryPosition::Seconds(a), EntryPosition::Seconds(b))))
}

#[test]
fn a_loop_is_exact_to_the_frame_and_is_left_where_it_ends() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let start = rig.now;
    rig.wait(SECOND);
    rig.command(loop_of(2.0, 4.5));
    let session = rig.sessions()[0].1.clone();
    assert_eq!(session.timeline.as_ref().unwrap().anchor_server_us, start, "what sounds is not touched");
    assert_eq!((session.plan[0].entry, session.plan[0].end_frames), (id(1), Some(Frames(216_000))));
    assert!(
        session.plan[1..].iter().all(|e| (e.start_frames, e.end_frames) == (Frames(96_000), Some(Frames(216_000))))
    );
    rig.wait(4 * SECOND);
    assert_eq!(
        (rig.sounding(), rig.heard().unwrap().1),
        (Some(1), 96_000 + 24_000),
        "half a second into the second pass"
    );
    // 400 passes later: 4.5 s, and 2.5 s each
    rig.wait(1_000 * SECOND);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(1), 96_000 + 24_000));
    let line = rig.zone.playback.last().timeline.clone().unwrap();
    assert_eq!(line.anchor_server_us, start, "an unbroken line");
    rig.command(Command::Loop(None));
    rig.wait(2 * SECOND + 100 * MS);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(1), 216_000 + 48 * 100), "past B");
    rig.wait(5 * SECOND + 400 * MS);
    assert_eq!(rig.heard(), Some((id(2), 0)), "and to the end of the track");
}

#[test]
fn a_loop_that_is_left_in_the_last_moment_goes_round_once_more() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(loop_of(2.0, 4.0));
    rig.wait(4 * SECOND - 5 * MS);
    rig.actions.clear();
    rig.command(Command::Loop(None));
    let [(_, session)] = rig.sessions()[..] else { panic!("told once") };
    let ends: Vec<Option<i64>> = session.plan.iter().map(|e| e.end_frames.map(|f| f.0)).collect();
    assert_eq!(ends[..2], [Some(192_000), None], "this pass ends as it was told, for not every speaker could follow");
    rig.wait(5 * MS);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(1), 96_000));
    assert_eq!(rig.sessions().len(), 1);
    rig.wait(8 * SECOND);
    assert_eq!(rig.heard(), Some((id(2), 0)));
}

#[test]
fn from_beyond_b_a_loop_begins_at_a() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.wait(6 * SECOND);
    let ticket = rig.command(loop_of(2.0, 4.0));
    assert_eq!(rig.prepares()[0].from_frames, Frames(96_000));
    assert!(rig.answer(ticket).is_none());
    rig.wait(500 * MS);
    assert_eq!(rig.heard().unwrap().1, 48 * 6_500, "until it is ready what sounds goes on");
    rig.ready(1, 40 * MS);
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    rig.wait(50 * MS + SECOND);
    assert_eq!(rig.heard().unwrap().1, 3 * 48_000);
    // paused beyond B it is held at A
    rig.command(Command::Loop(None));
    rig.command(Command::Pause { at: None });
    rig.wait(SECOND);
    rig.command(loop_of(0.0, 1.0));
    rig.wait(SECOND);
    assert_eq!((rig.heard().unwrap().1, rig.zone.view(rig.now).state), (0, PlayState::Paused));
    rig.command(Command::Resume { at: None });
    rig.ready(1, 40 * MS);
    rig.wait(50 * MS + 1_250 * MS);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(1), 12_000));
}

#[test]
fn a_loop_ends_with_next_stop_play_and_its_entry_and_bad_ones_are_refused() {
    let ends = |command: Command| {
        let mut rig = Rig::with_members(1);
        rig.start(three());
        rig.command(loop_of(2.0, 4.0));
        assert!(rig.zone.view(rig.now).ab.is_some());
        rig.command(command);
        rig.prepared_start();
        rig.zone.view(rig.now).ab.is_none()
    };
    assert!(ends(Command::Next { at: None }));
    assert!(ends(Command::Previous { at: None }));
    assert!(ends(Command::Stop { at: None }));
    assert!(ends(Command::Jump { entry: id(1), from: EntryPosition::START, at: None }));
    assert!(ends(Command::Play {
        entries: vec![entry(9, 48_000, 480_000)],
        start: 0,
        from: EntryPosition::START,
        at: None
    }));
    assert!(ends(Command::Remove { entry: id(1) }));
    assert!(ends(Command::Seek { to: EntryPosition::Seconds(5.0), at: None }), "beyond B");
    assert!(!ends(Command::Seek { to: EntryPosition::Seconds(1.0), at: None }));
    assert!(!ends(Command::Pause { at: None }));
    let mut rig = Rig::with_members(1);
    let ticket = rig.command(loop_of(1.0, 2.0));
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::NothingPlaying)));
    rig.start(three());
    for (a, b) in [(4.0, 2.0), (1.0, 1.4), (2.0, 11.0)] {
        let ticket = rig.command(loop_of(a, b));
        assert_eq!(rig.answer(ticket), Some(Err(Refusal::BadLoop { length_ms: 10_000 })));
    }
}

#[test]
fn modes_and_loop_are_set_together_or_not_at_all() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let patch = ModesPatch { repeat: Some(Repeat::All), ..ModesPatch::default() };
    let part = |a, b| Some((EntryPosition::Seconds(a), EntryPosition::Seconds(b)));
    let ticket = rig.command(Command::Session(patch.clone(), part(4.0, 2.0)));
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::BadLoop { length_ms: 10_000 })));
    assert_eq!(rig.zone.modes().repeat, Repeat::Off);
    let ticket = rig.command(Command::Session(patch.clone(), part(2.0, 4.0)));
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    assert!(rig.zone.modes().repeat == Repeat::All && rig.zone.ab().is_some());
    let ticket = rig.command(Command::Session(ModesPatch::default(), None));
    assert!(matches!(rig.answer(ticket), Some(Ok(_))) && rig.zone.ab().is_none());
    assert_eq!(rig.zone.modes().repeat, Repeat::All, "what is not named stays");
}

#[test]
fn a_seek_within_a_loop_stays_in_it() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(loop_of(2.0, 4.0));
    rig.wait(7 * SECOND);
    rig.command(Command::Seek { to: EntryPosition::Seconds(0.5), at: None });
    rig.ready(1, 40 * MS);
    rig.wait(50 * MS + SECOND);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(1), 72_000), "before A, too");
    rig.wait(3 * SECOND);
    assert_eq!((rig.sounding(), rig.heard().unwrap().1), (Some(1), 96_000 + 24_000));
}
