//! Starts: readiness, deadline, late joiners, entries that cannot be played.

use super::*;

#[test]
fn three_members_start_together_at_what_the_slowest_needs() {
    let mut rig = Rig::with_members(3);
    rig.input(Input::RoundTrip { speaker: speaker(2), micros: 6_000.0 });
    let ticket = rig.play(three());
    assert_eq!(rig.prepares().len(), 1);
    assert_eq!(rig.prepares()[0].entry.entry, id(1));
    assert!(rig.sessions().is_empty(), "nobody starts before all are ready");
    rig.wait(20 * MS);
    rig.ready(1, 30 * MS);
    rig.wait(35 * MS);
    rig.ready(3, 45 * MS);
    rig.wait(15 * MS);
    assert!(rig.answer(ticket).is_none());
    rig.ready(2, 44 * MS);
    let at = rig.now.plus_micros(44 * MS + 3 * MS + 10 * MS);
    assert_eq!(rig.answer(ticket), Some(Ok(at)), "lead and half the round trip of the slowest, and the margin");
    let [(Change::Play, session)] = rig.sessions()[..] else { panic!("one play_track: {:?}", rig.actions) };
    let timeline = session.timeline.as_ref().unwrap();
    assert_eq!((timeline.anchor_server_us, timeline.anchor_media_frames, timeline.running), (at, Frames(0), true));
    assert_eq!(session.plan.iter().map(|e| e.entry).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    let answer = rig.actions.iter().position(|a| matches!(a, Action::Answer { .. }));
    assert!(rig.actions.iter().position(|a| *a == Action::Save) < answer, "kept before it is answered");
}

#[test]
fn the_deadline_bounds_the_wait() {
    let mut rig = Rig::with_members(3);
    let ticket = rig.play(three());
    rig.ready(1, 30 * MS);
    let began = rig.now;
    rig.wait(5 * SECOND);
    let at = began.plus_micros(2 * SECOND + 30 * MS + 10 * MS);
    assert_eq!(rig.answer(ticket), Some(Ok(at)), "what those that are ready need, and not the others");
}

#[test]
fn one_that_says_nothing_is_waited_for_once() {
    let mut rig = Rig::with_members(2);
    rig.play(three());
    rig.ready(1, 30 * MS);
    rig.wait(3 * SECOND);
    // the second one said nothing: the next start is heard as soon as the first one can
    let next = rig.command(Command::Next { at: None });
    rig.ready(1, 30 * MS);
    assert_eq!(rig.answer(next), Some(Ok(rig.now.plus_micros(40 * MS))));
    rig.wait(SECOND);
    // it is asked all the same, and its answer counts
    let next = rig.command(Command::Next { at: None });
    rig.ready(2, 90 * MS);
    assert!(rig.answer(next).is_none());
    rig.ready(1, 30 * MS);
    assert_eq!(rig.answer(next), Some(Ok(rig.now.plus_micros(100 * MS))));
    rig.wait(SECOND);
    // and from then on it is waited for again
    let again = rig.command(Command::Previous { at: None });
    rig.ready(1, 30 * MS);
    assert!(rig.answer(again).is_none());
}

#[test]
fn a_start_at_an_instant_of_the_callers_choice() {
    let mut rig = Rig::with_members(1);
    let at = rig.now.plus_micros(4 * SECOND);
    let ticket =
        rig.command(Command::Play { entries: three(), start: 1, from: EntryPosition::Seconds(2.5), at: Some(at) });
    rig.ready(1, 30 * MS);
    assert_eq!(rig.answer(ticket), Some(Ok(at)));
    rig.wait(4 * SECOND + 500 * MS);
    assert_eq!(rig.heard(), Some((id(2), 3 * 48_000)));

    let early = rig.command(Command::Pause { at: Some(ServerTime(5)) });
    assert_eq!(
        rig.answer(early),
        Some(Ok(rig.now.plus_micros(40 * MS))),
        "an instant in the past: as soon as possible"
    );
}

#[test]
fn with_nobody_there_it_starts_at_once_on_paper() {
    let mut rig = Rig::new();
    let ticket = rig.play(three());
    assert_eq!(rig.answer(ticket), Some(Ok(rig.now)));
    rig.wait(12 * SECOND);
    assert_eq!(rig.heard(), Some((id(2), 2 * 48_000)));
}

#[test]
fn a_late_joiner_hears_the_present_position_and_disturbs_nobody() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.wait(12 * SECOND);
    rig.actions.clear();
    rig.join(2);
    let [Action::StateSync { to, session, .. }] = &rig.actions[..] else { panic!("{:?}", rig.actions) };
    assert_eq!(*to, speaker(2));
    let timeline = session.timeline.as_ref().unwrap();
    let (index, frame) = timeline.at(&session.plan, rig.now).unwrap();
    assert_eq!((session.plan[index].entry, frame), (id(2), Frames(2 * 48_000)));
    assert_eq!(session.revision, rig.zone.revision());
}

#[test]
fn who_joins_between_decision_and_start_hears_the_old_sound_and_then_the_new() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.wait(SECOND);
    let at = rig.now.plus_micros(3 * SECOND);
    rig.command(Command::Seek { to: EntryPosition::Seconds(8.0), at: Some(at) });
    rig.ready(1, 40 * MS);
    rig.wait(SECOND);
    rig.actions.clear();
    rig.join(2);
    let [Action::StateSync { session: old, .. }, Action::Session { to, change: Change::Seek, session: new }] =
        &rig.actions[..]
    else {
        panic!("{:?}", rig.actions)
    };
    assert_eq!(old.timeline.as_ref().unwrap().at(&old.plan, rig.now), Some((0, Frames(2 * 48_000))));
    assert_eq!((*to, new.at), (Audience::One(speaker(2)), at));
    assert!(old.revision < new.revision && new.revision == rig.zone.revision());
}

#[test]
fn who_joins_during_a_preparation_may_prime_but_is_not_waited_for() {
    let mut rig = Rig::with_members(1);
    let ticket = rig.play(three());
    rig.actions.clear();
    rig.join(2);
    assert_eq!(rig.prepares().len(), 1);
    rig.ready(1, 40 * MS);
    assert!(rig.answer(ticket).is_some());
}

#[test]
fn a_member_that_leaves_is_not_waited_for() {
    let mut rig = Rig::with_members(2);
    let ticket = rig.play(three());
    rig.ready(1, 40 * MS);
    rig.input(Input::Left { speaker: speaker(2) });
    assert!(rig.answer(ticket).is_some());
}

#[test]
fn an_answer_to_an_earlier_preparation_does_not_count() {
    let mut rig = Rig::with_members(1);
    let first = rig.play(three());
    let (old, entry) = rig.prepared();
    let second = rig.command(Command::Next { at: None });
    rig.input(Input::Ready { speaker: speaker(1), prepare_id: old, entry, lead_us: MS, error: None });
    assert!(rig.answer(second).is_none());
    rig.ready(1, 40 * MS);
    let at = Some(Ok(rig.now.plus_micros(50 * MS)));
    assert_eq!((rig.answer(first), rig.answer(second)), (at.clone(), at), "both callers hear what became of it");
    assert_eq!(rig.zone.view(rig.now).entry.unwrap().id(), id(2));
}

#[test]
fn an_entry_that_no_member_can_play_is_marked_and_the_next_one_starts() {
    let mut rig = Rig::with_members(2);
    let ticket = rig.play(three());
    rig.cannot(1, "decode_failed");
    rig.cannot(2, "fetch_failed");
    assert_eq!(rig.fault_of(1), Some(("it is decode_failed".into(), FaultSource::Speakers)));
    assert_eq!(rig.prepares().last().unwrap().entry.entry, id(2));
    assert!(rig.answer(ticket).is_none());
    rig.ready(1, 40 * MS);
    rig.ready(2, 40 * MS);
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    assert_eq!(rig.zone.view(rig.now).entry.unwrap().id(), id(2));
}

#[test]
fn when_nothing_can_be_played_the_caller_hears_why_and_it_is_silent() {
    let mut rig = Rig::with_members(1);
    rig.start(vec![entry(9, 44_100, 44_100 * 60)]);
    let ticket = rig.play(vec![entry(1, 48_000, 48_000), entry(2, 48_000, 48_000)]);
    rig.cannot(1, "unsupported");
    assert!(rig.heard().is_some(), "the old sound goes on while another entry is tried");
    rig.cannot(1, "unsupported");
    let refusal = rig.answer(ticket).unwrap().unwrap_err();
    assert!(refusal.to_string().contains("it is unsupported"), "{refusal}");
    rig.wait(SECOND);
    assert_eq!(rig.heard(), None);
}

#[test]
fn a_member_with_a_fault_of_its_own_has_no_vote_on_the_entry() {
    let mut rig = Rig::with_members(1);
    let ticket = rig.play(three());
    rig.cannot(1, "output_lost");
    assert!(matches!(rig.answer(ticket), Some(Ok(_))), "it starts on paper");
    assert_eq!(rig.fault_of(1), None);

    let mut rig = Rig::with_members(2);
    rig.play(three());
    rig.cannot(1, "decode_failed");
    rig.ready(2, 40 * MS);
    assert_eq!(rig.fault_of(1), None, "one member can play it");
}

#[test]
fn entries_known_to_be_faulty_are_skipped_and_alone_refused() {
    let mut rig = Rig::new();
    let bad = |n| entry(n, 48_000, 48_000).faulty("the file is damaged");
    let ticket = rig.play(vec![bad(1), entry(2, 48_000, 48_000), bad(3), entry(4, 48_000, 48_000)]);
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    assert_eq!(rig.heard(), Some((id(2), 0)));
    rig.wait(SECOND + 500 * MS);
    assert_eq!(rig.heard(), Some((id(4), 24_000)), "on time");

    let before = rig.zone.revision();
    let ticket = rig.play(vec![bad(7)]);
    assert!(rig.answer(ticket).unwrap().unwrap_err().to_string().contains("the file is damaged"));
    assert_eq!(rig.zone.revision(), before, "what plays is left alone");
    assert_eq!(rig.play(Vec::new()), Ticket(3));
    assert_eq!(rig.answer(Ticket(3)), Some(Err(Refusal::QueueEmpty)));
}

#[test]
fn an_empty_file_never_sounds() {
    let mut rig = Rig::new();
    let ticket = rig.play(vec![entry(1, 48_000, 0), entry(2, 0, 100), entry(3, 48_000, 480)]);
    assert!(matches!(rig.answer(ticket), Some(Ok(_))));
    assert_eq!(rig.heard(), Some((id(3), 0)));
}

#[test]
fn a_position_past_the_end_is_refused_and_the_very_end_is_the_last_frame() {
    let mut rig = Rig::new();
    let from = |s| Command::Play { entries: three(), start: 0, from: EntryPosition::Seconds(s), at: None };
    let ticket = rig.command(from(10.01));
    assert_eq!(rig.answer(ticket), Some(Err(Refusal::PastEnd { length_ms: 10_000 })));
    let ticket = rig.command(from(f64::INFINITY));
    assert!(matches!(rig.answer(ticket), Some(Err(Refusal::PastEnd { .. }))));
    rig.command(from(10.0));
    assert_eq!(rig.heard(), Some((id(1), 479_999)));
}

#[test]
fn a_speaker_that_claims_an_absurd_lead_does_not_hold_up_the_zone() {
    let mut rig = Rig::with_members(1);
    rig.input(Input::RoundTrip { speaker: speaker(1), micros: f64::NAN });
    rig.input(Input::RoundTrip { speaker: speaker(1), micros: 1e300 });
    let ticket = rig.play(three());
    rig.ready(1, i64::MAX);
    let at = rig.answer(ticket).unwrap().unwrap();
    assert!(at.micros_since(rig.now) < 3 * SECOND);
}

#[test]
fn a_pause_waits_for_who_has_most_in_the_card_while_playing() {
    let mut rig = Rig::with_members(2);
    rig.play(three());
    rig.ready(1, 40 * MS);
    rig.ready(2, 40 * MS);
    rig.wait(SECOND);
    // while it plays, the second speaker keeps more in its card than when it said it was ready
    rig.input(Input::Lead { speaker: speaker(2), micros: 160 * MS });
    let ticket = rig.command(Command::Pause { at: None });
    let at = rig.now.plus_micros(160 * MS + 10 * MS);
    assert_eq!(rig.answer(ticket), Some(Ok(at)));
}
