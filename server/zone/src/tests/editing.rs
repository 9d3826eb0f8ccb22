//! Changes of the queue: what sounds is not disturbed.

use super::*;
use crate::track::Track;

fn plan(session: &Session) -> Vec<u128> {
    session.plan.iter().map(|e| e.entry.0.as_u128()).collect()
}

#[test]
fn adding_while_playing_updates_the_plan_and_leaves_the_sound() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.wait(SECOND);
    let timeline = rig.zone.playback.last().timeline.clone();
    rig.command(Command::Enqueue { entries: vec![entry(4, 44_100, 44_100)], place: QueuePosition::End });
    rig.command(Command::Enqueue { entries: vec![entry(5, 44_100, 44_100)], place: QueuePosition::Next });
    rig.command(Command::Enqueue { entries: vec![entry(6, 44_100, 44_100)], place: QueuePosition::Index(0) });
    let sessions = rig.sessions();
    assert!(sessions.iter().all(|(c, s)| *c == Change::Plan && s.timeline == timeline));
    assert_eq!(sessions.iter().map(|(_, s)| plan(s)).collect::<Vec<_>>(), [vec![1, 2, 3, 4], vec![1, 5, 2, 3, 4]]);
    rig.wait(10 * SECOND - 500 * MS);
    assert_eq!(rig.heard(), Some((id(5), 22_050)));
}

#[test]
fn removing_a_coming_entry() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let ticket = rig.command(Command::Remove { entry: id(2) });
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    assert_eq!(plan(rig.sessions()[0].1), [1, 3]);
    rig.wait(10 * SECOND);
    assert_eq!(rig.heard(), Some((id(3), 0)));
    let ticket = rig.command(Command::Remove { entry: id(2) });
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::NoSuchEntry(id(2)))));
}

#[test]
fn removing_the_current_entry_starts_the_next_and_the_last_ends() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let ticket = rig.command(Command::Remove { entry: id(1) });
    assert!(rig.heard().is_some(), "it sounds until the next one is ready");
    rig.ready(1, 40 * MS);
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    rig.wait(SECOND);
    assert_eq!(rig.heard().unwrap().0, id(2));
    rig.command(Command::Pause { at: None });
    rig.wait(SECOND);
    rig.command(Command::Remove { entry: id(2) });
    rig.wait(SECOND);
    assert_eq!((rig.heard(), rig.zone.view(rig.now).state), (Some((id(3), 0)), PlayState::Paused));
    rig.command(Command::Remove { entry: id(3) });
    rig.wait(SECOND);
    assert_eq!(rig.heard(), None);
}

#[test]
fn clear_leaves_what_sounds() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Clear);
    assert_eq!(rig.zone.queue().entries().len(), 1);
    rig.wait(SECOND);
    assert_eq!(rig.heard(), Some((id(1), 48_000)));
    rig.wait(10 * SECOND);
    rig.command(Command::Clear);
    assert!(rig.zone.queue().entries().is_empty());
}

#[test]
fn in_the_last_moment_before_a_boundary_the_plan_stays() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.wait(10 * SECOND - 5 * MS);
    rig.command(Command::Remove { entry: id(2) });
    assert!(rig.sessions().is_empty(), "not every speaker could follow any more");
    rig.wait(SECOND);
    assert_eq!(rig.heard().unwrap().0, id(2));
    rig.wait(9 * SECOND + 500 * MS);
    assert_eq!(rig.heard().unwrap().0, id(3), "and the queue goes on behind it");
}

#[test]
fn what_is_added_in_the_last_moment_of_the_queue_still_starts() {
    let mut rig = Rig::with_members(1);
    rig.start(vec![entry(1, 48_000, 48_000)]);
    rig.wait(SECOND - 5 * MS);
    rig.command(Command::Enqueue { entries: vec![entry(2, 48_000, 48_000)], place: QueuePosition::End });
    rig.wait(10 * MS);
    rig.ready(1, 40 * MS);
    rig.wait(SECOND);
    assert_eq!(rig.heard().unwrap().0, id(2));
}

#[test]
fn a_coming_entry_that_no_member_can_play_leaves_the_plan_in_time() {
    let mut rig = Rig::with_members(2);
    rig.start(three());
    let fault = |n| Input::MemberFault { speaker: speaker(n), entry: id(2), error: error("decode_failed") };
    rig.input(fault(1));
    rig.input(fault(1));
    assert!(rig.sessions().is_empty(), "the other can");
    rig.input(fault(2));
    assert_eq!(plan(rig.sessions()[0].1), [1, 3]);
    assert_eq!(rig.fault_of(2).unwrap().1, FaultSource::Speakers);
    rig.wait(10 * SECOND);
    assert_eq!(rig.heard(), Some((id(3), 0)), "on time");

    rig.input(Input::MemberFault { speaker: speaker(1), entry: id(3), error: error("output_lost") });
    rig.input(Input::MemberFault { speaker: speaker(2), entry: id(3), error: error("output_lost") });
    assert_eq!(rig.fault_of(3), None, "a lost sound card says nothing of the file");
}

#[test]
fn the_sounding_entry_is_left_when_no_member_can_play_it() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.input(Input::MemberFault { speaker: speaker(1), entry: id(1), error: error("decode_failed") });
    assert_eq!(rig.prepares()[0].entry.entry, id(2));
    rig.ready(1, 40 * MS);
    rig.wait(SECOND);
    assert_eq!(rig.heard().unwrap().0, id(2));
    let ticket = rig.command(Command::Jump { entry: id(1), from: EntryPosition::START, at: None });
    rig.ready(1, 40 * MS);
    assert!(matches!(rig.answer(ticket), Some(Ok(_))), "asked for by name it is given another chance");
}

#[test]
fn a_file_that_goes_is_skipped_and_one_that_returns_is_not() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let track = |n: u128| TrackId(Uuid::from_u128(1_000 + n));
    let gone = |n: u128| {
        let known = rig.zone.queue().get(id(n)).unwrap().track().clone();
        let fault = Some("the file is gone".into());
        TrackNews { track: track(n), now: Some(Track { fault, ..Track::clone(&known) }.into()) }
    };
    let news = vec![gone(1), gone(2)];
    rig.input(Input::Tracks(news));
    assert_eq!(plan(rig.sessions()[0].1), [1, 3], "what sounds goes on");
    assert_eq!((rig.fault_of(1), rig.fault_of(2).unwrap().0.as_str()), (None, "the file is gone"));
    rig.actions.clear();
    let new = Track { hash: "f".repeat(64), ..Track::clone(entry(2, 44_100, 1_000).track()) };
    rig.input(Input::Tracks(vec![TrackNews { track: track(2), now: Some(new.clone().into()) }]));
    assert_eq!(plan(rig.sessions()[0].1), [1, 2, 3]);
    assert_eq!(rig.zone.queue().get(id(2)).unwrap().track().hash, new.hash);
    rig.actions.clear();
    rig.input(Input::Tracks(vec![TrackNews { track: track(2), now: Some(new.into()) }]));
    assert!(rig.actions.is_empty(), "no news");
}

#[test]
fn a_queue_has_a_limit() {
    let mut rig = Rig::new();
    let many: Vec<_> = (0..100_001).map(|n| entry(n, 48_000, 48_000)).collect();
    let ticket = rig.play(many.clone());
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::QueueFull { limit: 100_000 })));
    rig.play(many[..100_000].to_vec());
    let ticket = rig.command(Command::Enqueue { entries: three(), place: QueuePosition::End });
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::QueueFull { limit: 100_000 })));
}

#[test]
fn the_longest_plan_fits_into_a_frame() {
    let long = |n| {
        let mut e = entry(n, 48_000, 48_000).plan(id(n));
        (e.title, e.artist) = ("\u{1}".repeat(5_000), "\u{1F3B5}".repeat(5_000));
        QueueEntry::new(e)
    };
    let mut rig = Rig::new();
    rig.play((0..300).map(long).collect());
    let session = rig.sessions()[0].1.clone();
    let text = downbeat_protocol::codec::encode_server_message(&downbeat_protocol::ServerMessage::PlayTrack(session));
    assert!(text.len() < 24 * 1024, "{} bytes", text.len());
}
