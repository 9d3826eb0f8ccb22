//! Pause, resume, seek, stop, next, previous, volume, and the end of tracks.

use downbeat_protocol::volume::Volume;

use super::*;

#[test]
fn pause_keeps_the_exact_frame_and_resume_goes_on_there() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let start = rig.now;
    rig.wait(3 * SECOND + 123_457);
    let ticket = rig.command(Command::Pause { at: None });
    let at = rig.answer(ticket).unwrap().unwrap();
    assert_eq!(at, rig.now.plus_micros(50 * MS), "the last lead, and the margin");
    let frame = (at.micros_since(start)) * 48_000 / SECOND;
    let [(Change::Pause, session)] = rig.sessions()[..] else { panic!("{:?}", rig.actions) };
    let timeline = session.timeline.clone().unwrap();
    assert_eq!((timeline.running, timeline.anchor_media_frames.0, timeline.anchor_server_us), (false, frame, at));
    assert_eq!(rig.zone.view(rig.now).at, at, "the position is that of the instant of the pause");
    rig.wait(3_600 * SECOND);
    assert_eq!(rig.heard(), Some((id(1), frame)));

    rig.actions.clear();
    let ticket = rig.command(Command::Resume { at: None });
    assert_eq!(rig.prepares()[0].from_frames, Frames(frame));
    rig.ready(1, 40 * MS);
    let at = rig.answer(ticket).unwrap().unwrap();
    let [(Change::Resume, session)] = rig.sessions()[..] else { panic!("{:?}", rig.actions) };
    assert_eq!(session.timeline.as_ref().unwrap().anchor_media_frames.0, frame);
    rig.now = at.plus_micros(SECOND);
    assert_eq!(rig.heard(), Some((id(1), frame + 48_000)));
}

#[test]
fn a_pause_just_before_a_boundary_may_fall_into_the_next_entry() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.wait(10 * SECOND - 20 * MS);
    rig.command(Command::Pause { at: None });
    rig.wait(SECOND);
    assert_eq!(rig.heard(), Some((id(2), 30 * 48)));
    assert_eq!(rig.zone.view(rig.now).entry.unwrap().id(), id(2));
}

#[test]
fn a_pause_that_comes_too_late_for_the_last_entry_lets_it_end() {
    let mut rig = Rig::with_members(1);
    rig.start(vec![entry(1, 48_000, 48_000)]);
    rig.wait(SECOND - 20 * MS);
    let ticket = rig.command(Command::Pause { at: None });
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    rig.wait(SECOND);
    assert_eq!(rig.zone.view(rig.now).state, PlayState::Stopped);
}

#[test]
fn pause_during_a_preparation_holds_where_it_would_have_begun() {
    let mut rig = Rig::with_members(1);
    let play = rig.command(Command::Play { entries: three(), start: 1, from: EntryPosition::Seconds(4.0), at: None });
    let pause = rig.command(Command::Pause { at: None });
    assert!(matches!((rig.answer(play), rig.answer(pause)), (Some(Ok(_)), Some(Ok(_)))));
    rig.wait(5 * SECOND);
    assert_eq!(rig.heard(), Some((id(2), 4 * 48_000)));
    assert!(rig.sessions().iter().all(|(c, _)| *c == Change::Pause), "nothing ever sounded");
}

#[test]
fn pause_resume_and_stop_may_be_said_twice() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    for command in [Command::Resume { at: None }, Command::Pause { at: None }, Command::Pause { at: None }] {
        let ticket = rig.command(command);
        assert!(matches!(rig.answer(ticket), Some(Ok(_))));
        rig.wait(SECOND);
    }
    assert_eq!(rig.sessions().len(), 1, "one pause is told, the rest changes nothing");
    rig.command(Command::Stop { at: None });
    let revision = rig.zone.revision();
    let again = rig.command(Command::Stop { at: None });
    assert!(matches!(rig.answer(again), Some(Ok(_))));
    let pause = rig.command(Command::Pause { at: None });
    assert!(matches!(rig.answer(pause), Some(Ok(_))));
    assert_eq!(rig.zone.revision(), revision);
}

#[test]
fn the_old_sound_goes_on_while_a_seek_is_prepared() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.wait(SECOND);
    rig.command(Command::Seek { to: EntryPosition::Seconds(5.0), at: None });
    assert_eq!(rig.prepares()[0].from_frames, Frames(5 * 48_000));
    rig.wait(300 * MS);
    assert_eq!(rig.heard(), Some((id(1), 62_400)), "1.3 s");
    rig.ready(1, 40 * MS);
    rig.wait(49 * MS);
    assert_eq!(rig.heard(), Some((id(1), 62_400 + 49 * 48)), "until the very instant");
    rig.wait(2 * MS);
    assert_eq!(rig.heard(), Some((id(1), 5 * 48_000 + 48)));
}

#[test]
fn a_seek_while_paused_stays_paused_without_a_wait() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Pause { at: None });
    rig.wait(SECOND);
    let ticket = rig.command(Command::Seek { to: EntryPosition::Seconds(7.0), at: None });
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    rig.wait(SECOND);
    assert_eq!(rig.heard(), Some((id(1), 7 * 48_000)));
    assert_eq!(rig.zone.view(rig.now).state, PlayState::Paused);
}

#[test]
fn a_seek_into_silence_is_refused() {
    let mut rig = Rig::with_members(1);
    let ticket = rig.command(Command::Seek { to: EntryPosition::Seconds(7.0), at: None });
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::NothingPlaying)));
}

#[test]
fn the_end_of_a_track_is_exact_and_gapless() {
    let mut rig = Rig::with_members(1);
    rig.start(vec![entry(1, 44_100, 100_001), entry(2, 44_100, 77_777), entry(3, 44_100, 5)]);
    let start = rig.now;
    let end = |frames: i64| start.plus_micros((frames * SECOND + 44_099) / 44_100);
    assert_eq!(rig.zone.next_timeout(), Some(end(100_001)));
    rig.wait(end(100_001).micros_since(rig.now) - 1);
    assert_eq!(rig.heard(), Some((id(1), 100_000)));
    rig.wait(1);
    assert_eq!(rig.heard(), Some((id(2), 0)));
    assert!(rig.sessions().is_empty(), "every speaker has the plan and goes on by itself");
    rig.join(2);
    let told = rig.actions.iter().find_map(|a| match a {
        Action::StateSync { session, .. } => session.timeline.clone(),
        _ => None,
    });
    let timeline = told.expect("who joins is told");
    assert_eq!((timeline.anchor_server_us, timeline.anchor_media_frames), (start, Frames(-100_001)), "the same line");
    assert_eq!(rig.zone.view(rig.now).entry.unwrap().id(), id(2));

    rig.wait(end(177_783).micros_since(rig.now) - 1);
    assert_eq!(rig.heard(), Some((id(3), 4)));
    rig.wait(1);
    assert_eq!(rig.heard(), None);
    let (change, session) = *rig.sessions().last().unwrap();
    assert_eq!((change, session.at, &session.timeline), (Change::Stop, end(177_783), &None), "the queue's exact end");
    assert_eq!(rig.zone.next_timeout(), None);
}

#[test]
fn entries_of_different_rate_meet_at_the_next_microsecond() {
    let mut rig = Rig::with_members(1);
    rig.start(vec![entry(1, 44_100, 44_101), entry(2, 96_000, 96_000), entry(3, 8_000, 8_000)]);
    let start = rig.now;
    rig.wait(SECOND + 23);
    assert_eq!(rig.heard(), Some((id(2), 0)));
    rig.wait(SECOND);
    assert_eq!(rig.heard(), Some((id(3), 0)));
    assert_eq!(rig.zone.playback.last().from, start.plus_micros(2 * SECOND + 23));
}

#[test]
fn a_coordinator_that_was_held_up_catches_up_in_one_step() {
    let mut rig = Rig::with_members(1);
    rig.start((1..=300).map(|n| entry(n, 48_000, 48_000)).collect());
    assert_eq!(rig.zone.playback.last().plan.len(), 64);
    rig.now = rig.now.plus_micros(290 * SECOND + 500 * MS);
    rig.input(Input::Timeout);
    assert_eq!(rig.heard(), Some((id(291), 24_000)), "past the end of the plan that was told");
    assert_eq!(rig.sessions().len(), 1);
    assert_eq!(rig.zone.playback.last().plan.len(), 10);
}

#[test]
fn next_and_previous() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    let mut go = |command, frame: i64| {
        rig.wait(frame);
        rig.command(command);
        if rig.zone.readiness.is_some() {
            rig.ready(1, 40 * MS);
        }
        rig.wait(50 * MS);
        rig.heard().map(|(e, _)| e.0.as_u128())
    };
    let (next, previous) = (Command::Next { at: None }, Command::Previous { at: None });
    assert_eq!(go(next.clone(), SECOND), Some(2));
    assert_eq!(go(previous.clone(), 4 * SECOND), Some(2), "its start, as more than three seconds were heard");
    assert_eq!(go(previous.clone(), SECOND), Some(1));
    assert_eq!(go(previous.clone(), SECOND), Some(1), "there is none before the first");
    assert_eq!(go(next.clone(), 0), Some(2));
    assert_eq!(go(next.clone(), 0), Some(3));
    assert_eq!(go(next.clone(), 0), None, "the end");
    assert_eq!(go(previous, 0), Some(3), "back from the end");
    assert_eq!(go(Command::Stop { at: None }, 0), None);
    assert_eq!(go(Command::Resume { at: None }, 0), Some(3), "a stop leaves the entry current");
    assert_eq!(go(next, 0), None);
    assert_eq!(go(Command::Resume { at: None }, 0), Some(1), "after the end it begins anew");
}

#[test]
fn volume_is_told_with_an_instant_and_only_when_it_changes() {
    let mut rig = Rig::with_members(1);
    let volume = |v| Command::Volume { volume: Volume::new(v), muted: None, ramp_ms: 50, at: None };
    let ticket = rig.command(volume(70.0));
    let at = rig.answer(ticket).unwrap().unwrap();
    assert_eq!(at, rig.now.plus_micros(70 * MS), "the default lead, and the margin");
    let told = |rig: &Rig| rig.actions.iter().filter(|a| matches!(a, Action::Volume { .. })).count();
    assert_eq!(told(&rig), 1);
    rig.command(volume(70.0));
    assert_eq!(told(&rig), 1);
    rig.command(Command::Volume { volume: None, muted: Some(true), ramp_ms: 0, at: None });
    assert_eq!(told(&rig), 2);
    assert_eq!(rig.zone.level(), (Volume::clamped(70.0), true));
    let revision = rig.zone.revision();
    rig.input(Input::LevelsChanged { speakers: vec![speaker(1)], at: None });
    assert!(rig.zone.revision() > revision, "or the speaker would take it for old news");
}

#[test]
fn a_position_check_says_what_is_heard() {
    let mut rig = Rig::with_members(1);
    assert_eq!(rig.zone.position_check(rig.now), None);
    rig.start(three());
    rig.wait(11 * SECOND);
    let check = rig.zone.position_check(rig.now).unwrap();
    assert_eq!((check.entry, check.expected_frames), (Some(id(2)), Frames(48_000)));
    rig.command(Command::Pause { at: None });
    rig.wait(SECOND);
    assert_eq!(rig.zone.position_check(rig.now), None);
}

#[test]
fn a_pause_or_stop_now_overtakes_one_that_lies_ahead() {
    for stop in [false, true] {
        let mut rig = Rig::with_members(1);
        rig.play(three());
        rig.ready(1, 30 * MS);
        rig.wait(SECOND);
        let ahead = rig.now.plus_micros(4 * SECOND);
        rig.command(Command::Pause { at: Some(ahead) });
        let ticket = rig.command(if stop { Command::Stop { at: None } } else { Command::Pause { at: None } });
        let Some(Ok(at)) = rig.answer(ticket) else { panic!("answered") };
        assert!(at < ahead);
        let (_, session) = *rig.sessions().last().expect("told");
        assert_eq!(session.at, at, "and the speakers are told");
        assert_eq!(session.timeline.as_ref().map(|t| t.running), if stop { None } else { Some(false) });
    }
}
