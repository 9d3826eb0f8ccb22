//! Commands for later: until their time nothing is different, at their time they are heard, and one change at a time is
//! on its way.

use std::sync::Arc;

use downbeat_protocol::volume::Volume;

use super::*;
use crate::{
    agenda::{MAX_PENDING, MAX_PENDING_TRACKS},
    modes::{Autoplay, Repeat},
    track::Track,
};

const HOUR: i64 = 3_600 * SECOND;

/// A hundred entries of ten seconds, over and over.
fn endless() -> Rig {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { repeat: Some(Repeat::All), ..ModesPatch::default() });
    rig.start((1..=100).map(|n| entry(n, 48_000, 480_000)).collect());
    rig
}

fn later(rig: &Rig, micros: i64) -> ServerTime {
    rig.now.plus_micros(micros)
}

/// The zone with the state that `rig` keeps, in a coordinator that is started again after `away`.
fn restarted(rig: &Rig, clock: ClockId, away: i64) -> Rig {
    let text = serde_json::to_string(&rig.zone.save(rig.now)).unwrap();
    let mut saved: Saved = serde_json::from_str(&text).unwrap();
    let now = rig.now.plus_micros(away);
    let mut zone = Zone::new(ZoneId::DEFAULT, "all".into(), clock, ZoneSettings::default(), now);
    let track = |t: TrackId| Some(entry(t.0.as_u128() - 1_000, 48_000, 480_000));
    zone.restore_pending(saved.pending.take(), track);
    zone.restore(now, (saved, rig.zone.queue().clone()), rig.zone.revision(), rig.zone.level());
    let mut rig = Rig { zone, now, actions: Vec::new(), tickets: 0 };
    rig.input(Input::Timeout);
    rig
}

#[test]
fn the_music_goes_on_until_a_stop_hours_ahead() {
    let mut rig = endless();
    let at = later(&rig, 8 * HOUR);
    let ticket = rig.command(Command::Stop { at: Some(at) });
    assert_eq!(rig.answer(ticket), Some(Ok(at)));
    assert!(rig.sessions().is_empty(), "speakers are told nothing yet");
    let view = rig.zone.view(rig.now);
    assert_eq!((view.state, view.pending), (PlayState::Playing, vec![("stop", at)]));

    rig.actions.clear();
    rig.wait(7 * HOUR);
    assert!(rig.sessions().len() > 50, "the plan is extended over and over");
    assert!(rig.heard().is_some() && rig.zone.playback.last().plan.len() > 32);
    let ticket = rig.command(Command::Seek { to: EntryPosition::Seconds(1.0), at: None });
    rig.prepared_start();
    assert!(matches!(rig.answer(ticket), Some(Ok(_))), "it plays, so one can seek");

    rig.wait(at.micros_since(rig.now) - 1);
    assert!(rig.heard().is_some());
    let (change, session) = *rig.sessions().last().unwrap();
    assert_eq!((change, session.at), (Change::Stop, at), "told before its instant");
    assert!(session.server_time < at);
    rig.wait(1);
    assert_eq!((rig.heard(), rig.zone.pending().len()), (None, 0));
}

#[test]
fn autoplay_is_asked_although_a_stop_lies_ahead() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { autoplay: Some(Autoplay::Similar), ..ModesPatch::default() });
    rig.start((1..=5).map(|n| entry(n, 48_000, 480_000)).collect());
    rig.command(Command::Stop { at: Some(later(&rig, HOUR)) });
    rig.actions.clear();
    rig.wait(30 * SECOND);
    assert!(rig.actions.iter().any(|a| matches!(a, Action::More { .. })));
}

#[test]
fn a_pause_behind_the_end_of_the_plan_is_heard() {
    let mut rig = endless();
    let at = later(&rig, 2 * HOUR);
    rig.command(Command::Pause { at: Some(at) });
    rig.wait(2 * HOUR);
    assert_eq!(rig.zone.view(rig.now).state, PlayState::Paused);
    assert_eq!(rig.zone.playback.last().from, at);
}

#[test]
fn a_start_that_lies_ahead_is_prepared_in_time() {
    let mut rig = endless();
    let at = later(&rig, HOUR);
    let ticket = rig.command(Command::Play {
        entries: vec![entry(500, 48_000, 480_000)],
        start: 0,
        from: EntryPosition::Seconds(2.0),
        at: Some(at),
    });
    assert_eq!(rig.answer(ticket), Some(Ok(at)));
    assert_eq!(rig.zone.queue().len(), 100, "the queue is as it was until then");
    rig.wait(HOUR - 4 * SECOND);
    rig.ready(1, 40 * MS);
    rig.wait(4 * SECOND - 1);
    assert!(rig.heard().is_some_and(|(entry, _)| entry != id(500)));
    rig.wait(1);
    assert_eq!(rig.heard(), Some((id(500), 96_000)), "at its instant, to the frame");
}

#[test]
fn one_change_at_a_time_is_on_its_way() {
    let mut rig = endless();
    let (pause, resume) = (later(&rig, 3 * SECOND), later(&rig, 4 * SECOND));
    rig.command(Command::Pause { at: Some(pause) });
    let ticket = rig.command(Command::Resume { at: Some(resume) });
    assert_eq!(rig.answer(ticket), Some(Ok(resume)));
    assert_eq!(rig.sessions().len(), 1, "the second would take the place of the first in the speakers");
    assert_eq!(rig.zone.playback.segments().len(), 2);
    rig.wait(3 * SECOND);
    let held = rig.heard();
    rig.ready(1, 40 * MS);
    rig.wait(SECOND - 1);
    assert_eq!(rig.heard(), held);
    rig.wait(SECOND / 2 + 1);
    assert_eq!(rig.heard(), held.map(|(e, frame)| (e, frame + 24_000)), "it went on at its own instant");
}

#[test]
fn of_two_changes_without_an_order_the_newer_one_holds() {
    let mut rig = endless();
    rig.command(Command::Pause { at: None });
    rig.wait(10 * MS);
    rig.command(Command::Stop { at: None });
    assert_eq!(rig.zone.playback.segments().len(), 2, "as speakers keep it: what they hear, and one change");
    rig.actions.clear();
    rig.join(2);
    let told = rig.actions.iter().filter(|a| matches!(a, Action::StateSync { .. } | Action::Session { .. }));
    assert_eq!(told.count(), 2, "who comes now is told both");
}

#[test]
fn a_volume_holds_from_its_instant_and_not_before() {
    let mut rig = endless();
    let at = later(&rig, HOUR);
    rig.command(Command::Volume { volume: Volume::new(5.0), muted: None, ramp_ms: 0, at: Some(at) });
    rig.wait(HOUR - 3 * SECOND);
    rig.input(Input::LevelsChanged { speakers: vec![speaker(1)], at: None });
    rig.join(2);
    let level = |rig: &Rig| rig.zone.level().0;
    assert_eq!(level(&rig), Volume::FULL);
    let volumes = rig.actions.iter().filter_map(|a| match a {
        Action::Volume { volume, .. } | Action::StateSync { volume, .. } => Some(*volume),
        _ => None,
    });
    assert!(volumes.into_iter().all(|v| v == Volume::FULL), "nobody hears of it yet");
    assert_eq!(level(&restarted(&rig, rig.zone.clock_id, MS)), Volume::FULL);
    rig.actions.clear();
    rig.wait(3 * SECOND);
    let told = rig.actions.iter().find_map(|a| match a {
        Action::Volume { volume, at, .. } => Some((*volume, *at)),
        _ => None,
    });
    assert_eq!(told, Some((Volume::clamped(5.0), at)));
}

#[test]
fn a_volume_that_is_soon_to_be_heard_is_shown_at_once_whatever_else_lies_ahead() {
    let mut rig = endless();
    let (pause, at) = (later(&rig, SECOND), later(&rig, 3 * SECOND / 2));
    rig.command(Command::Pause { at: Some(pause) });
    let ticket = rig.command(Command::Volume { volume: Volume::new(5.0), muted: None, ramp_ms: 0, at: Some(at) });
    assert_eq!(rig.answer(ticket), Some(Ok(at)));
    assert_eq!((rig.zone.level().0, rig.zone.pending().len()), (Volume::new(5.0).unwrap(), 0));
}

#[test]
fn a_restart_keeps_what_waits_and_another_clock_does_not() {
    let mut rig = endless();
    let at = later(&rig, HOUR);
    let entries = vec![entry(501, 48_000, 480_000), entry(502, 48_000, 480_000)];
    rig.command(Command::Play { entries, start: 1, from: EntryPosition::START, at: Some(at) });
    rig.command(Command::Stop { at: Some(later(&rig, 2 * HOUR)) });
    let mut new = restarted(&rig, rig.zone.clock_id, 60 * SECOND);
    assert_eq!(new.zone.view(new.now).pending, rig.zone.view(rig.now).pending);
    new.wait(HOUR);
    assert_eq!(new.sounding(), Some(502));
    let late = restarted(&rig, rig.zone.clock_id, 3 * HOUR);
    assert_eq!(late.zone.view(late.now).state, PlayState::Stopped, "done late rather than never");
    let elsewhere = restarted(&rig, ClockId(Uuid::from_u128(8)), 60 * SECOND);
    assert!(elsewhere.zone.pending().is_empty());
}

#[test]
fn what_waits_is_bounded_can_be_called_off_and_does_no_harm_if_it_cannot_be_done() {
    let mut rig = endless();
    let at = later(&rig, HOUR);
    let many = (0..=MAX_PENDING_TRACKS as u128).map(|n| entry(1_000 + n, 48_000, 48_000)).collect();
    let ticket = rig.command(Command::PlayNow { entries: many, at: Some(at) });
    assert!(matches!(rig.answer(ticket), Some(Err(Refusal::TooMuchPending { .. }))));
    let ticket = rig.command(Command::Jump { entry: id(7_777), from: EntryPosition::START, at: Some(at) });
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::NoSuchEntry(id(7_777)))));
    for _ in 0..MAX_PENDING {
        rig.command(Command::Jump { entry: id(50), from: EntryPosition::START, at: Some(at) });
    }
    let ticket = rig.command(Command::Stop { at: Some(at) });
    assert!(matches!(rig.answer(ticket), Some(Err(Refusal::TooMuchPending { .. }))));
    rig.command(Command::CallOff);
    assert!(rig.zone.pending().is_empty());

    rig.command(Command::Jump { entry: id(50), from: EntryPosition::START, at: Some(at) });
    rig.command(Command::Remove { entry: id(50) });
    let answers = |rig: &Rig| rig.actions.iter().filter(|a| matches!(a, Action::Answer { .. })).count();
    let before = answers(&rig);
    rig.wait(HOUR + SECOND);
    assert_eq!(answers(&rig), before, "nobody waits for an answer");
    assert!(rig.heard().is_some() && rig.zone.pending().is_empty());
}

/// Waits until the instant, and answers what is prepared for it.
fn until(rig: &mut Rig, at: ServerTime) {
    rig.wait(at.micros_since(rig.now) - 4 * SECOND);
    rig.ready(1, 40 * MS);
    rig.wait(at.micros_since(rig.now));
}

#[test]
fn what_is_skipped_or_sought_is_what_sounds_at_the_instant() {
    // Two seconds before it one entry ends and the next one begins; the change was begun before.
    let boundary = |rig: &Rig| {
        let (_, frame) = rig.heard().unwrap();
        later(rig, 100 * SECOND - frame * 1_000 / 48)
    };
    let changed = |command: fn(ServerTime) -> Command, after: i64| {
        let mut rig = endless();
        let at = boundary(&rig).plus_micros(after);
        let then = rig.zone.playback.last().spot(at).unwrap().entry;
        rig.command(command(at));
        until(&mut rig, at);
        let (entry, frame) = rig.heard().unwrap();
        (entry.0.as_u128() as i64 - then.0.as_u128() as i64, frame)
    };
    assert_eq!(changed(|at| Command::Next { at: Some(at) }, 2 * SECOND), (1, 0));
    let seek = |at| Command::Seek { to: EntryPosition::Seconds(5.0), at: Some(at) };
    assert_eq!(changed(seek, 2 * SECOND), (0, 240_000));
    assert_eq!(changed(|at| Command::Previous { at: Some(at) }, 2 * SECOND), (-1, 0));
    assert_eq!(changed(|at| Command::Previous { at: Some(at) }, 4 * SECOND), (0, 0));
}

#[test]
fn what_waits_is_played_as_the_library_knows_it_by_then() {
    let mut rig = endless();
    let at = later(&rig, HOUR);
    let unknown = |n| {
        let known = entry(n, 48_000, 480_000);
        QueueEntry::of(known.id(), Arc::new(Track { hash: String::new(), ..(**known.track()).clone() }))
    };
    rig.command(Command::Play { entries: vec![unknown(600)], start: 0, from: EntryPosition::START, at: Some(at) });
    let track = unknown(600).track_id();
    assert_eq!(rig.zone.pending_tracks().collect::<Vec<_>>(), [track]);
    let now = Some(entry(600, 48_000, 480_000).track().clone());
    rig.input(Input::Tracks(vec![TrackNews { track, now }]));
    until(&mut rig, at);
    assert_eq!(rig.heard(), Some((id(600), 0)));
}

#[test]
fn a_restart_while_it_is_prepared_forgets_nothing() {
    let mut rig = endless();
    let at = later(&rig, HOUR);
    rig.command(Command::Play {
        entries: vec![entry(501, 48_000, 480_000)],
        start: 0,
        from: EntryPosition::START,
        at: Some(at),
    });
    rig.wait(HOUR - 4 * SECOND - 900 * MS);
    assert!(rig.zone.readiness.is_some() && rig.zone.pending().is_empty());
    let heard_at_its_instant = |rig: &Rig| {
        let mut new = restarted(rig, rig.zone.clock_id, SECOND);
        assert!(new.sounding() != Some(501) || new.zone.playback.last().from == at);
        new.wait(at.micros_since(new.now));
        assert_eq!(new.heard(), Some((id(501), 0)));
    };
    heard_at_its_instant(&rig);
    rig.ready(1, 40 * MS);
    assert!(rig.zone.readiness.is_none());
    heard_at_its_instant(&rig);
}

#[test]
fn a_volume_passes_what_waits_for_another_change() {
    let mut rig = endless();
    let (next, pause, volume) = (later(&rig, 100 * SECOND), later(&rig, 101 * SECOND), later(&rig, 102 * SECOND));
    rig.command(Command::Next { at: Some(next) });
    rig.command(Command::Pause { at: Some(pause) });
    rig.command(Command::Volume { volume: Volume::new(5.0), muted: None, ramp_ms: 0, at: Some(volume) });
    rig.wait(96 * SECOND);
    rig.ready(1, 40 * MS);
    rig.wait(4 * SECOND + 500 * MS);
    assert_eq!(rig.zone.level().0, Volume::new(5.0).unwrap());
}

/// A speaker behind a slow amplifier.
fn slow(rig: &mut Rig) {
    rig.input(Input::Lead { speaker: speaker(1), micros: 700 * MS });
}

#[test]
fn a_loop_shorter_than_the_slowest_lead_goes_on_and_ends_when_asked() {
    let mut rig = Rig::with_members(1);
    rig.start(vec![entry(1, 48_000, 480_000), entry(2, 48_000, 480_000)]);
    rig.command(Command::Loop(Some((EntryPosition::Seconds(1.0), EntryPosition::Seconds(1.5)))));
    slow(&mut rig);
    rig.actions.clear();
    rig.wait(100 * SECOND);
    assert!(rig.prepares().is_empty(), "it never ran out");
    assert!(rig.sessions().len() >= 3 && rig.zone.playback.last().plan.len() > 32);
    let told = rig.sessions().len();
    rig.command(Command::Loop(None));
    assert_eq!(rig.sessions().len(), told + 1, "speakers are told at once");
    rig.wait(2 * SECOND);
    assert!(rig.heard().unwrap().1 > 72_000, "two passes later at most it plays on: {:?}", rig.heard());
}

#[test]
fn what_comes_behind_an_entry_that_is_about_to_begin_can_still_be_edited() {
    let mut rig = Rig::with_members(1);
    slow(&mut rig);
    rig.start((1..=9).map(|n| entry(n, 48_000, 24_000)).collect());
    slow(&mut rig);
    let fixed = rig.zone.playback.last().plan[..2].to_vec();
    rig.command(Command::Remove { entry: id(8) });
    let plan = rig.sessions().last().expect("told at once").1.plan.clone();
    assert_eq!(plan[..2], fixed);
    assert!(plan.iter().all(|e| e.entry != id(8)) && plan.len() == 8);
}

#[test]
fn a_day_of_a_short_loop_is_caught_up_with_in_few_steps() {
    let mut rig = Rig::with_members(1);
    rig.start(vec![entry(1, 48_000, 480_000)]);
    rig.command(Command::Loop(Some((EntryPosition::Seconds(0.0), EntryPosition::Seconds(0.5)))));
    rig.wait(SECOND);
    let new = restarted(&rig, rig.zone.clock_id, 24 * HOUR + 100 * MS);
    let steps = new.zone.revision() - rig.zone.revision();
    assert!(steps < 10_000, "{steps} steps");
    assert_eq!(new.heard().map(|h| h.1), rig.heard().map(|h| (h.1 + 4_800) % 24_000));
}
