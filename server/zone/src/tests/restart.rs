//! The state that survives the coordinator.

use downbeat_protocol::{
    LocalTime,
    agent_message::{ClockShift, KnownState},
    server_message::Continues,
    volume::Volume,
};

use super::*;
use crate::modes::{Autoplay, Repeat};

/// The time that the new clock shows minus the time that the old one showed.
const SHIFT: i64 = -900 * SECOND;

/// A new process on the same boot: the clock has gone on for `away` microseconds.
fn restarted(rig: &Rig, away: i64) -> Rig {
    restored(rig, rig.zone.clock_id, rig.now.plus_micros(away))
}

/// On another clock.
fn moved(rig: &Rig, away: i64) -> Rig {
    restored(rig, ClockId(Uuid::from_u128(8)), rig.now.plus_micros(away + SHIFT))
}

fn restored(rig: &Rig, clock: ClockId, now: ServerTime) -> Rig {
    let saved = serde_json::to_string(&rig.zone.save(rig.now)).unwrap();
    let mut zone = Zone::new(ZoneId::DEFAULT, "all".into(), clock, ZoneSettings::default(), now);
    let (volume, muted) = rig.zone.level();
    let queue = kept(rig.zone.queue());
    zone.restore(now, (serde_json::from_str(&saved).unwrap(), queue), rig.zone.revision(), (volume, muted));
    Rig { zone, now, actions: Vec::new(), tickets: 0 }
}

/// A queue as it comes back from where it was kept.
fn kept(queue: &Queue) -> Queue {
    let track = |id| queue.iter().find(|e| e.track_id() == id).map(|e| e.track().clone());
    let chunk = |c: std::sync::Arc<queue::Chunk>| queue::decode(c.position, &queue::encode(&c), track).unwrap();
    Queue::from_chunks(queue.snapshot().into_iter().map(chunk).collect())
}

/// The state that a member of `rig` goes by.
fn known(rig: &Rig) -> KnownState {
    let segment = rig.zone.playback.last();
    KnownState {
        clock_id: rig.zone.clock_id,
        server_us: rig.now.0,
        local_ns: LocalTime(0),
        error_bound_us: 10.0,
        revision: rig.zone.revision(),
        timeline: segment.timeline.clone(),
        plan: segment.plan.clone(),
    }
}

fn comes_back(new: &mut Rig, n: u128, known: &KnownState) {
    let claim = Claim::of(known).map(Box::new);
    new.input(Input::Joined { speaker: speaker(n), class: SpeakerClass::Agent, round_trip_us: None, claim });
}

fn tells_shift(new: &mut Rig, n: u128, old: &Rig, shift_us: f64) {
    let shift = ClockShift { from: old.zone.clock_id, to: new.zone.clock_id, shift_us, error_bound_us: 20.0 };
    new.input(Input::ClockShift { speaker: speaker(n), shift });
}

fn told(rig: &Rig, n: u128) -> Vec<&Session> {
    let sync = |a| match a {
        &Action::StateSync { to, ref session, .. } if to == speaker(n) => Some(session),
        _ => None,
    };
    rig.actions.iter().filter_map(sync).collect()
}

fn playing(entries: Vec<QueueEntry>) -> Rig {
    let mut rig = Rig::with_members(3);
    rig.start(entries);
    rig
}

#[test]
fn on_the_same_clock_nothing_has_happened() {
    let mut rig = playing(three());
    rig.wait(4 * SECOND);
    let before = rig.zone.playback.last().timeline.clone();
    let mut new = restarted(&rig, 2 * SECOND);
    assert_eq!(new.heard(), Some((id(1), 6 * 48_000)));
    comes_back(&mut new, 1, &known(&rig));
    let told = told(&new, 1);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0].timeline, told[0].continues), (&before, None), "the very same line");
    assert!(told[0].revision > rig.zone.revision());
}

#[test]
fn entries_end_while_nobody_coordinates() {
    let mut rig = playing(three());
    rig.wait(4 * SECOND);
    assert_eq!(restarted(&rig, 20 * SECOND).heard(), Some((id(3), 4 * 48_000)), "two boundaries later");
    let new = restarted(&rig, 40 * SECOND);
    assert_eq!((new.heard(), new.zone.view(new.now).state), (None, PlayState::Stopped), "the queue has ended");
    assert_eq!(new.zone.queue().entries().len(), 3);
}

#[test]
fn a_change_decided_and_not_yet_heard_is_kept() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    rig.command(Command::Pause { at: Some(rig.now.plus_micros(3 * SECOND)) });
    let mut new = restarted(&rig, SECOND);
    assert_eq!(new.heard(), Some((id(1), 2 * 48_000)));
    new.wait(5 * SECOND);
    assert_eq!(new.heard(), Some((id(1), 4 * 48_000)), "held where it was decided");
}

#[test]
fn what_sounds_and_is_out_of_the_queue_sounds_on() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    rig.command(Command::Clear);
    let mut new = restarted(&rig, SECOND);
    assert_eq!(new.heard(), Some((id(1), 2 * 48_000)));
    new.wait(9 * SECOND);
    assert_eq!(new.heard(), None);
}

#[test]
fn a_change_that_was_told_and_not_kept_counts() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let mut new = restarted(&rig, SECOND);
    rig.command(Command::Seek { to: EntryPosition::Seconds(8.0), at: None });
    for n in 1..=3 {
        rig.ready(n, 40 * MS);
    }
    comes_back(&mut new, 1, &known(&rig));
    let line = rig.zone.playback.last().timeline.clone();
    assert_eq!(new.zone.playback.last().timeline, line);
    comes_back(&mut new, 2, &known(&rig));
    assert_eq!(told(&new, 2).last().unwrap().timeline, line);
}

#[test]
fn on_another_clock_it_goes_on_with_what_the_speakers_play() {
    let mut rig = playing(three());
    rig.wait(4 * SECOND);
    let line = rig.zone.playback.last().timeline.clone().unwrap();
    let mut new = moved(&rig, 2 * SECOND);
    for n in 1..=3 {
        comes_back(&mut new, n, &known(&rig));
    }
    assert!(new.actions.is_empty(), "what it believes would silence them: {:?}", new.actions);
    for (n, error) in [(1, 30.0), (2, -10.0), (3, 4.0)] {
        tells_shift(&mut new, n, &rig, SHIFT as f64 + error);
    }
    for n in 1..=3 {
        let told = told(&new, n);
        let [session] = told[..] else { panic!("{told:?}") };
        let shift_us = SHIFT + 4;
        assert_eq!(session.continues, Some(Continues { clock_id: rig.zone.clock_id, shift_us }), "the median");
        let timeline = session.timeline.as_ref().unwrap();
        assert_eq!(timeline.anchor_server_us, line.anchor_server_us.plus_micros(shift_us));
        assert_eq!((timeline.clock_id, timeline.running), (new.zone.clock_id, true));
        assert_eq!(session.plan.len(), 3, "the plan reaches ahead again");
    }
    assert!(new.actions.contains(&Action::Save));
    new.actions.clear();
    comes_back(&mut new, 4, &known(&rig));
    assert_eq!(told(&new, 4)[0].continues.unwrap().shift_us, SHIFT + 4, "a latecomer goes by the same figure");
}

#[test]
fn one_speaker_that_never_measures_does_not_hold_up_the_others() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let mut new = moved(&rig, SECOND);
    comes_back(&mut new, 1, &known(&rig));
    comes_back(&mut new, 2, &known(&rig));
    tells_shift(&mut new, 2, &rig, SHIFT as f64);
    assert!(new.actions.is_empty());
    new.wait(SECOND);
    assert_eq!((told(&new, 1).len(), told(&new, 2).len()), (1, 1));
    assert_eq!(new.zone.view(new.now).state, PlayState::Playing);
}

#[test]
fn if_none_measures_the_kept_pause_is_told() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let mut new = moved(&rig, SECOND);
    comes_back(&mut new, 1, &known(&rig));
    new.wait(16 * SECOND);
    assert_eq!(told(&new, 1).len(), 1);
    assert_eq!(new.zone.view(new.now).state, PlayState::Paused);
}

#[test]
fn a_command_waits_until_it_is_known_what_plays() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let mut new = moved(&rig, SECOND);
    comes_back(&mut new, 1, &known(&rig));
    let ticket = new.command(Command::Pause { at: None });
    assert_eq!(new.answer(ticket), None);
    assert_eq!(new.zone.view(new.now).state, PlayState::Playing, "its speaker plays: a person must not read `paused`");
    tells_shift(&mut new, 1, &rig, SHIFT as f64);
    let at = new.answer(ticket).expect("it is answered").expect("and done");
    assert_eq!(new.zone.view(at).state, PlayState::Paused);
    assert!(new.zone.view(at).position.0 >= 2 * 48_000, "at the frame the speakers were at, not at the one kept");
}

#[test]
fn who_starts_something_before_the_speakers_are_back_decides() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let mut new = moved(&rig, SECOND);
    new.play(vec![entry(9, 48_000, 480_000)]);
    comes_back(&mut new, 1, &known(&rig));
    tells_shift(&mut new, 1, &rig, SHIFT as f64);
    assert_eq!(new.heard().unwrap().0, id(9));
    assert_eq!(told(&new, 1)[0].timeline.as_ref().unwrap().entry, id(9));
}

#[test]
fn what_is_none_of_this_zone_is_not_taken_up() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let stranger = playing(vec![entry(7, 48_000, 480_000)]);
    let mut new = moved(&rig, SECOND);
    comes_back(&mut new, 1, &known(&stranger));
    assert_eq!(told(&new, 1).len(), 1, "told at once: it plays nothing of ours");
    let mut paused = known(&rig);
    paused.timeline.as_mut().unwrap().running = false;
    comes_back(&mut new, 2, &paused);
    assert_eq!(told(&new, 2).len(), 1);
    new.wait(61 * SECOND);
    comes_back(&mut new, 3, &known(&rig));
    assert_eq!(told(&new, 3).len(), 1, "too late: a person may have found it silent and be about to start something");
}

#[test]
fn without_speakers_that_play_queue_volume_and_position_are_there_after_a_restart() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Volume { volume: Volume::new(30.0), muted: Some(true), ramp_ms: 0, at: None });
    rig.wait(12 * SECOND);
    let mut new = moved(&rig, SECOND);
    assert_eq!(new.heard(), Some((id(2), 2 * 48_000)), "held at the last position");
    assert_eq!(new.zone.view(new.now).state, PlayState::Paused);
    assert_eq!(new.zone.level(), (Volume::clamped(30.0), true));
    assert_eq!(new.zone.queue().entries(), rig.zone.queue().entries());
    assert!(new.zone.revision() > rig.zone.revision(), "or speakers would take it for old news");
    new.command(Command::Resume { at: None });
    new.wait(SECOND);
    assert_eq!(new.heard(), Some((id(2), 3 * 48_000)));
}

#[test]
fn what_was_silent_stays_silent() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Stop { at: None });
    rig.wait(SECOND);
    for new in [restarted(&rig, SECOND), moved(&rig, SECOND)] {
        assert_eq!((new.heard(), new.zone.view(new.now).queue_length), (None, 3));
        assert_eq!(new.zone.queue().current().unwrap().id(), id(1));
    }
}

#[test]
fn a_start_in_preparation_is_kept_as_a_pause_there_unless_something_sounds() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Seek { to: EntryPosition::Seconds(6.0), at: None });
    assert_eq!(moved(&rig, 0).heard(), Some((id(1), 6 * 48_000)));
    assert_eq!(restarted(&rig, SECOND).heard(), Some((id(1), 48_000)), "what sounds sounds on");
    let mut rig = Rig::with_members(1);
    rig.play(three());
    assert_eq!(restarted(&rig, SECOND).heard(), Some((id(1), 0)));
}

#[test]
fn nothing_kept_is_nothing_lost() {
    let saved: Saved = serde_json::from_str("{}").unwrap();
    let mut rig = Rig::new();
    rig.zone.restore(rig.now, (saved, Queue::default()), 5, (Volume::FULL, false));
    assert_eq!(rig.heard(), None);
}

#[test]
fn who_was_away_during_a_persons_change_does_not_undo_it() {
    for restart in [false, true] {
        let mut rig = playing(three());
        rig.wait(SECOND);
        let mut zone = if restart { restarted(&rig, SECOND) } else { rig };
        for n in 1..=3 {
            zone.join(n);
        }
        let away = known(&zone);
        zone.input(Input::Left { speaker: speaker(1) });
        zone.command(Command::Pause { at: None });
        zone.wait(SECOND);
        comes_back(&mut zone, 1, &away);
        assert_eq!(zone.zone.view(zone.now).state, PlayState::Paused, "after a restart: {restart}");
    }
}

#[test]
fn a_second_restart_before_the_speakers_are_back_loses_nothing() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let mut first = moved(&rig, SECOND);
    first.command(Command::Volume { volume: Volume::new(20.0), muted: None, ramp_ms: 0, at: None });
    for mut new in [restarted(&first, SECOND), restored(&first, ClockId(Uuid::from_u128(9)), ServerTime(5))] {
        comes_back(&mut new, 1, &known(&rig));
        assert!(told(&new, 1).is_empty());
        tells_shift(&mut new, 1, &rig, SHIFT as f64);
        assert_eq!(told(&new, 1).len(), 1);
        assert!(told(&new, 1)[0].continues.is_some());
    }
}

#[test]
fn a_latecomer_is_taken_along_over_another_restart() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let mut first = moved(&rig, SECOND);
    comes_back(&mut first, 1, &known(&rig));
    tells_shift(&mut first, 1, &rig, SHIFT as f64);
    let mut second = restarted(&first, SECOND);
    comes_back(&mut second, 2, &known(&rig));
    assert_eq!(told(&second, 2)[0].continues, told(&first, 1)[0].continues);
}

#[test]
fn one_that_was_cut_off_before_the_last_change_decides_nothing() {
    let mut rig = playing(three());
    rig.wait(SECOND);
    let stray = known(&rig);
    rig.command(Command::Seek { to: EntryPosition::Seconds(8.0), at: None });
    for n in 1..=3 {
        rig.ready(n, 40 * MS);
    }
    rig.wait(SECOND);
    let mut new = moved(&rig, SECOND);
    comes_back(&mut new, 1, &stray);
    assert_eq!(told(&new, 1).len(), 1, "it is told what is kept, and waits with the others");
    // a pause that was decided and not yet heard is a pause
    rig.command(Command::Pause { at: Some(rig.now.plus_micros(SECOND)) });
    let mut paused = moved(&rig, 3 * SECOND);
    comes_back(&mut paused, 1, &stray);
    assert_eq!(paused.zone.view(paused.now).state, PlayState::Paused);
    assert_eq!(told(&paused, 1).len(), 1);
}

/// A zone with a queue of `count`, in the midst of what `modes` make of it.
fn under_way(count: u128, modes: ModesPatch, after: i64) -> Rig {
    let mut rig = Rig::with_members(3);
    rig.modes(modes);
    rig.start((1..=count).map(|n| entry(n, 44_100, 441_001)).collect());
    rig.wait(after);
    rig
}

/// Checks that it goes on alike after a restart: on the same clock and, as its speakers tell, on another one.
fn goes_on_alike(mut rig: Rig) {
    let (told, coming) = (known(&rig), rig.coming(200));
    rig.wait(2 * SECOND);
    let (heard, later) = (rig.heard(), rig.coming(200));
    let new = restarted(&rig, 0);
    assert_eq!((new.heard(), new.coming(200)), (heard, later.clone()), "on the same clock");
    assert_eq!(new.zone.view(new.now).modes, rig.zone.view(rig.now).modes);
    assert!(coming.ends_with(&later) || coming.len() == later.len(), "{coming:?} {later:?}");

    let mut new = moved(&rig, 0);
    comes_back(&mut new, 1, &told);
    tells_shift(&mut new, 1, &rig, SHIFT as f64);
    assert_eq!((new.heard(), new.coming(200)), (heard, later), "on another clock");
    let line = told_line(&new);
    assert_eq!(line.1, PlayState::Playing);
    // and what speakers were told before is what they are told now
    let plan = &new.zone.playback.last().plan;
    assert!(plan.iter().zip(told.plan.iter().skip_while(|e| e.entry != plan[0].entry)).all(|(a, b)| a == b));
}

fn told_line(rig: &Rig) -> (usize, PlayState) {
    (told(rig, 1).len(), rig.zone.view(rig.now).state)
}

#[test]
fn a_shuffle_goes_on_where_it_was() {
    let modes = ModesPatch { shuffle: Some(Some(77)), ..ModesPatch::default() };
    let mut rig = under_way(30, modes, 57 * SECOND);
    rig.command(Command::Enqueue { entries: vec![entry(90, 44_100, 441_001)], place: QueuePosition::Next });
    rig.command(Command::Enqueue { entries: vec![entry(91, 44_100, 441_001)], place: QueuePosition::End });
    rig.wait(6 * SECOND);
    assert_eq!(rig.sounding(), Some(90));
    goes_on_alike(rig);
}

#[test]
fn a_shuffle_goes_on_over_the_end_of_a_lap() {
    let modes = ModesPatch { shuffle: Some(Some(5)), repeat: Some(Repeat::All), ..ModesPatch::default() };
    for after in [29, 35, 158, 205] {
        let rig = under_way(4, modes.clone(), after * SECOND);
        goes_on_alike(rig);
    }
    // eight laps while nobody coordinates
    let mut rig = under_way(4, modes, 5 * SECOND);
    let told = known(&rig);
    let coming = rig.coming(200);
    let saved = restarted(&rig, 0);
    rig.wait(320 * SECOND);
    let new = restarted(&saved, 320 * SECOND);
    assert_eq!((new.heard(), new.coming(100)), (rig.heard(), rig.coming(100)));
    let mut other = moved(&saved, 320 * SECOND);
    comes_back(&mut other, 1, &told);
    tells_shift(&mut other, 1, &rig, SHIFT as f64);
    assert_eq!((other.heard(), other.coming(32)), (rig.heard(), coming[32..64].to_vec()));
}

#[test]
fn repeats_go_on() {
    for repeat in [Repeat::One, Repeat::All] {
        let modes = ModesPatch { repeat: Some(repeat), ..ModesPatch::default() };
        goes_on_alike(under_way(3, modes.clone(), 8 * SECOND));
        goes_on_alike(under_way(3, modes, 127 * SECOND));
    }
}

#[test]
fn a_loop_goes_on() {
    let mut rig = under_way(3, ModesPatch::default(), SECOND);
    rig.command(Command::Loop(Some((EntryPosition::Seconds(2.0), EntryPosition::Seconds(3.5)))));
    rig.wait(300 * SECOND);
    goes_on_alike(rig);
}

#[test]
fn a_crossfade_goes_on() {
    let modes = ModesPatch { crossfade_us: Some(4_000_000), ..ModesPatch::default() };
    for after in [3, 5, 7, 9, 13] {
        goes_on_alike(under_way(8, modes.clone(), after * SECOND));
    }
}

#[test]
fn who_comes_while_an_entry_fades_hears_both_also_of_another_process() {
    let modes = ModesPatch { crossfade_us: Some(4_000_000), ..ModesPatch::default() };
    let mut rig = under_way(8, modes, 7 * SECOND);
    rig.actions.clear();
    let mut new = restarted(&rig, SECOND);
    new.join(9);
    let fading = told(&new, 9)[0].fading.clone().expect("it has two seconds left");
    rig.join(9);
    assert_eq!(told(&rig, 9)[0].fading.as_ref(), Some(&fading), "the same that the old one told");
    assert_eq!(fading.entry.entry, id(1));
    let mut late = restarted(&rig, 4 * SECOND);
    late.join(9);
    assert_eq!(told(&late, 9)[0].fading, None, "it has ended");
    let mut elsewhere = moved(&rig, SECOND);
    elsewhere.join(9);
    assert!(told(&elsewhere, 9).iter().all(|s| s.fading.is_none()), "its line was told on another clock");
}

#[test]
fn speakers_that_went_on_by_their_plan_are_known_by_the_line_that_was_kept() {
    let mut rig = playing((1..=20).map(|n| entry(n, 48_000, 480_000)).collect());
    let told_once = known(&rig);
    rig.actions.clear();
    rig.wait(95 * SECOND);
    assert!(rig.sessions().is_empty(), "nine boundaries, and nothing was said");
    rig.command(Command::Remove { entry: id(1) });
    let mut new = moved(&rig, 3 * SECOND);
    comes_back(&mut new, 1, &told_once);
    assert!(told(&new, 1).is_empty(), "it plays what was kept");
    tells_shift(&mut new, 1, &rig, SHIFT as f64);
    assert_eq!(new.heard(), Some((id(10), 8 * 48_000)));
}

#[test]
fn what_ran_dry_asks_again_after_a_restart() {
    let mut rig = Rig::with_members(1);
    rig.modes(ModesPatch { autoplay: Some(Autoplay::Similar), ..ModesPatch::default() });
    rig.start(three());
    rig.wait(20 * SECOND);
    for (away, later) in [(0, 11 * SECOND), (30 * SECOND, SECOND)] {
        let mut new = restarted(&rig, away);
        new.input(Input::Timeout);
        assert!(new.actions.iter().any(|a| matches!(a, Action::More { .. })), "after {away} us");
        new.input(Input::More(vec![entry(7, 48_000, 480_000)]));
        new.wait(later);
        assert_eq!(new.sounding(), Some(7));
    }
}

#[test]
fn a_session_of_the_version_before_is_read() {
    let fixture = include_str!("session_before.json");
    let mut saved: Saved = serde_json::from_str(fixture).unwrap();
    let known = entry(2, 48_000, 480_000).track().clone();
    let queue = saved.old_queue(|track| (track == known.id).then(|| known.clone())).expect("it is in there");
    assert!(saved.old_queue(|_| None).is_none(), "once");
    let mut rig = Rig::new();
    rig.zone.restore(rig.now, (saved, queue), 5, (Volume::FULL, false));
    assert_eq!(rig.zone.view(rig.now).entry.unwrap().id(), id(2));
    assert_eq!(rig.heard(), Some((id(2), 24_000)), "held at the last position");
    assert_eq!(rig.fault_of(1).unwrap().1, FaultSource::Forgotten, "with its facts: the library does not know it");
    assert_eq!(rig.zone.queue().nth(0).unwrap().track().title.as_ref(), "track 1");
    assert_eq!(rig.fault_of(3).unwrap().1, FaultSource::Forgotten);
}
