//! The runs that the renderer tells, in virtual time: exact to the frame, whatever the card's rate and crystal.

mod rig;

use downbeat_protocol::{ClockId, Frames, timeline::Line};
use downbeat_speaker::{
    clock::ServerInstant,
    render::command::Command,
    render::gate::{Gate, VoiceId},
    render::runs::HeardRun,
};
use rig::{Speaker, clock, entry, server};

fn whole_gate(line: &Line, from: i64) -> Gate {
    Gate { on: ServerInstant::from(line.instant_of(Frames(from))), fade_in: false, ..Gate::default() }
}

fn tone(n: i64) -> f32 {
    0.4 * (n as f32 * 0.06).sin()
}

fn told(s: &mut Speaker) -> Vec<HeardRun> {
    std::iter::from_fn(|| s.controls.heard.pop().ok()).collect()
}

/// The runs that have ended.
fn ended(s: &mut Speaker) -> Vec<(u64, i64, i64)> {
    told(s).into_iter().filter(|h| h.over).map(|h| (h.voice.0, h.from.0, h.to.0)).collect()
}

#[test]
fn an_entry_is_heard_from_its_first_frame_to_its_last() {
    for (media, card, ppm) in
        [(48_000, 48_000, 18.0), (44_100, 48_000, -27.0), (48_000, 44_100, 41.0), (96_000, 48_000, 5.0)]
    {
        let mut s = Speaker::new(card, ppm, 480, 5.0);
        s.tell(Command::Clock(clock(3.0)));
        s.run_until(5e6);
        let line = Line::new(server(5.4e6).whole.plus_micros(7), Frames(0), media);
        let (first, second) = (i64::from(media) + 123, i64::from(media) / 2 + 7);
        let next = line.following(&entry(first, media), &entry(second, media), 0);
        s.play(1, tone, 0, first, line, whole_gate(&line, 0));
        s.play(2, tone, 0, second, next, whole_gate(&next, 0));
        s.run_until(8e6);
        let all = told(&mut s);
        let over: Vec<_> = all.iter().filter(|h| h.over).collect();
        let spans: Vec<_> = over.iter().map(|h| (h.voice.0, h.from.0, h.to.0)).collect();
        assert_eq!(spans, [(1, 0, first), (2, 0, second)], "{media} on {card}");
        assert_eq!(over[0].at, line.anchor);
        assert_eq!(over[1].at, next.instant_of(Frames(0)));
        assert!(over.iter().all(|h| !h.silent && h.clock == ClockId(uuid::Uuid::nil())));
        let progress: Vec<_> = all.iter().filter(|h| !h.over && h.voice.0 == 1).map(|h| h.to.0).collect();
        assert!(progress.len() >= 9 && progress.is_sorted(), "ten times a second: {progress:?}");
        assert_eq!(s.reports.last().map(|r| r.lost_runs), Some(0));
    }
}

#[test]
fn a_pause_ends_before_the_frame_it_names_and_what_resumes_begins_with_it() {
    let mut s = Speaker::new(48_000, 12.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    for (k, rate) in [44_100u32, 48_000, 96_000].into_iter().enumerate() {
        let (id, t) = (10 * k as u64, 5.4e6 + 6e6 * k as f64);
        let line = Line::new(server(t).whole, Frames(0), rate);
        s.play(id, tone, 0, 60 * i64::from(rate), line, whole_gate(&line, 0));
        s.run_until(t + 1e6);
        let off = server(t + 1.512_345e6);
        let off = ServerInstant::from(off.whole);
        s.tell(Command::Close(VoiceId(id), Some(off)));
        let at = line.frame_at(off.whole);
        let on = ServerInstant::from(server(t + 3e6).whole);
        let resumed = Line::new(on.whole, at, rate);
        let gate = Gate { on, fade_in: true, ..Gate::default() };
        s.play(id + 1, tone, at.0 - 64, at.0 + 1_000, resumed, gate);
        s.run_until(t + 4e6);
        assert_eq!(ended(&mut s), [(id, 0, at.0), (id + 1, at.0, at.0 + 1_000)], "at {rate}");
    }
}

#[test]
fn a_gap_ends_a_run_and_what_comes_after_it_is_another() {
    let mut s = Speaker::new(48_000, 0.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, tone, 0, 10 * 48_000, line, whole_gate(&line, 0));
    s.run_until(7e6);
    let feeds = std::mem::take(&mut s.feeds);
    s.run_until(9e6);
    s.feeds = feeds;
    s.run_until(17e6);
    let over = ended(&mut s);
    assert_eq!((over.len(), over[0].1, over[1].2), (2, 0, 480_000), "{over:?}");
    // the ring holds a second, and the window a little
    let dry = over[0].2 - (7.0 * 48_000.0 - 5.4 * 48_000.0) as i64;
    assert!((48_000 - 2_000..48_000 + 9_000).contains(&dry), "{over:?}");
    let back = over[1].1 - ((9.0 - 5.4) * 48_000.0) as i64;
    assert!((0..48_000).contains(&back), "{over:?}");
    // as long as it was heard
    let loud = s.out.chunks(480).filter(|c| c.iter().any(|x| x.abs() > 0.05)).count() as i64 * 480;
    let said: i64 = over.iter().map(|r| r.2 - r.1).sum();
    assert!((said - loud).abs() < 3 * 480, "{said} said, {loud} heard");
}

#[test]
fn what_is_silent_is_a_run_of_its_own() {
    let mut s = Speaker::new(48_000, 0.0, 480, 2.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, tone, 0, 3 * 48_000, line, whole_gate(&line, 0));
    s.run_until(6e6);
    s.tell(Command::Gain(0.0, server(6.4e6), 5_000.0));
    s.run_until(7e6);
    s.tell(Command::Gain(1.0, server(7.4e6), 5_000.0));
    s.run_until(9e6);
    let over: Vec<_> = told(&mut s).into_iter().filter(|h| h.over).collect();
    let silent: Vec<_> = over.iter().map(|h| h.silent).collect();
    assert_eq!(silent, [false, true, false]);
    assert_eq!((over[0].from.0, over[2].to.0), (0, 144_000));
    for pair in over.windows(2) {
        assert_eq!(pair[0].to, pair[1].from, "no frame is lost between them");
        assert_eq!(line.instant_of(pair[1].from), pair[1].at);
    }
    // the fade down takes 5 ms from 6.4 s on
    let (down, up) = (over[1].from.0 - 48_000, over[1].to.0 - 2 * 48_000);
    assert!((240..240 + 128).contains(&down) && (-64..128).contains(&up), "{down} {up}");
}

#[test]
fn a_change_of_the_clock_moves_the_instants_and_cuts_nothing() {
    let mut s = Speaker::new(48_000, 0.0, 480, 2.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, tone, 0, 2 * 48_000, line, whole_gate(&line, 0));
    s.run_until(6e6);
    let mut other = clock(0.0);
    (other.clock_id, other.offset.whole_us) = (ClockId(uuid::Uuid::from_u128(9)), other.offset.whole_us - 1_000_000);
    s.tell(Command::ChangeClock(other, -1_000_000));
    s.run_until(8e6);
    let over: Vec<_> = told(&mut s).into_iter().filter(|h| h.over).collect();
    assert_eq!(over.len(), 1, "{over:?}");
    let expected = (Frames(0), Frames(96_000), line.anchor.plus_micros(-1_000_000), other.clock_id);
    assert_eq!((over[0].from, over[0].to, over[0].at, over[0].clock), expected);
}

#[test]
fn a_card_that_stood_still_cuts() {
    let mut s = Speaker::new(48_000, 20.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, tone, 0, 8 * 48_000, line, whole_gate(&line, 0));
    s.run_until(7e6);
    // half a second passes without a frame
    s.origin = (s.frame, s.now_us() + 500_000.0);
    s.epoch += 1;
    s.run_until(15e6);
    let over = ended(&mut s);
    assert_eq!((over.len(), over[0].1, over[1].2), (2, 0, 384_000), "{over:?}");
    let gap = over[1].1 - over[0].2;
    assert!((24_000 - 600..24_000 + 9_600).contains(&gap), "{over:?}");
}
