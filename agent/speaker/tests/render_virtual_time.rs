//! The renderer on simulated sound cards, in virtual time: what comes out, and when, against the exact law.

mod rig;

use std::f64::consts::TAU;

use downbeat_protocol::{
    Frames, LocalTime, ServerTime,
    server_message::ChannelRole,
    timeline::{Line, PlanEntry},
};
use downbeat_speaker::{
    clock::ServerInstant,
    render::command::Command,
    render::gate::{Gate, VoiceId},
};
use rig::{Speaker, clicks, clock, entry, server};

fn whole_gate(line: &Line) -> Gate {
    Gate { on: ServerInstant::from(line.anchor), fade_in: false, ..Gate::default() }
}

/// A tone that itself begins softly, so that every click found is the renderer's.
fn sine(hz: f64, rate: f64) -> impl Fn(i64) -> f32 {
    move |n| (0.4 * (n as f64 / (0.05 * rate)).clamp(0.0, 1.0).powi(2) * (TAU * hz * n as f64 / rate).sin()) as f32
}

fn worst(errors: &[f64]) -> f64 {
    errors.iter().fold(0.0, |w, e| w.max(e.abs()))
}

#[test]
fn the_first_frame_sounds_at_its_instant_to_a_fraction_of_a_frame() {
    for (media, card, ppm) in
        [(48_000, 48_000, 18.0), (44_100, 48_000, -27.0), (48_000, 44_100, 41.0), (96_000, 48_000, 5.0)]
    {
        let mut s = Speaker::new(card, ppm, 480, 5.0);
        s.tell(Command::Clock(clock(3.0)));
        s.run_until(5e6);
        let line = Line::new(server(5.5e6).whole.plus_micros(7), Frames(0), media);
        // a tone whose phase tells the position: one period is 2 ms
        s.play(1, sine(500.0, f64::from(media)), 0, 20 * i64::from(media), line, whole_gate(&line));
        s.run_until(9e6);
        let clock = clock(3.0);
        // the phase of the tone in the first 100 ms after the start, against the true instants of the frames
        let (mut i, mut q) = (0.0, 0.0);
        for (n, x) in s.out.iter().enumerate() {
            let heard = clock.server_at(LocalTime((s.true_us(n as u64) * 1000.0).round() as i64));
            let us = heard.minus(ServerInstant::from(line.anchor));
            if us > 0.0 && us < 100_000.0 {
                i += f64::from(*x) * (TAU * 500.0 * us * 1e-6).sin();
                q += f64::from(*x) * (TAU * 500.0 * us * 1e-6).cos();
            }
        }
        let late_us = -q.atan2(i) / (TAU * 500.0) * 1e6;
        assert!(late_us.abs() < 10.0, "{media} on {card}: the start is {late_us} us late");
        // and nothing before it but the filter's own tail
        let start = s.out.iter().position(|x| x.abs() > 1e-5).expect("sound");
        let at = clock
            .server_at(LocalTime((s.true_us(start as u64) * 1000.0) as i64))
            .minus(ServerInstant::from(line.anchor));
        assert!((-1_000.0..5_000.0).contains(&at), "first sound {at} us from the anchor");
        assert_eq!(s.reports.last().map(|r| (r.reanchors, r.starved)), Some((0, 0)));
    }
}

#[test]
fn different_crystals_stay_in_step() {
    for ppm in [180.0, -150.0, 41.0, 0.0] {
        let mut s = Speaker::new(48_000, ppm, 480, 20.0);
        s.tell(Command::Clock(clock(-60.0)));
        s.run_until(5e6);
        let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
        s.play(1, sine(440.0, 48_000.0), 0, 60 * 48_000, line, whole_gate(&line));
        s.run_until(40e6);
        let errors = s.true_errors(10e6, -60.0);
        assert!(errors.len() > 250);
        assert!(worst(&errors) < 12.0, "{ppm} ppm: {} us", worst(&errors));
        assert_eq!(s.reports.last().map(|r| r.reanchors), Some(0));
    }
}

#[test]
fn two_hours_at_44100_do_not_drift_by_a_frame() {
    let mut s = Speaker::new(48_000, 33.0, 4_800, 20.0);
    s.tell(Command::Clock(clock(7.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 44_100);
    s.play(1, |_| 0.25, 0, 7_300 * 44_100, line, whole_gate(&line));
    while s.now_us() < 7_205e6 {
        s.step();
        s.out.clear(); // two hours of sound are not needed
    }
    let errors = s.true_errors(7_100e6, 7.0);
    assert!(errors.len() > 50 && worst(&errors) < 15.0, "{} us after two hours; a frame is 22.7", worst(&errors));
    let last = s.reports.last().expect("reports");
    let (_, _, frame) = last.sounding.expect("still sounding");
    let due = clock(7.0).server_at(last.truth.expect("truth")).minus(ServerInstant::from(line.anchor)) * 0.0441;
    assert!((frame.0 as f64 - due).abs() < 1.5, "at frame {}, due {due}", frame.0);
    assert_eq!((last.reanchors, last.starved), (0, 0));
}

#[test]
fn adjoining_entries_join_without_a_seam() {
    // one tone, cut at an odd frame into two entries: the sum of both voices is the uncut tone
    let cut = 48_000 + 12_345;
    let one = |n: i64| (0.4 * (TAU * 997.0 * n as f64 / 44_100.0).sin()) as f32;
    let mut joined = Speaker::new(48_000, 25.0, 480, 10.0);
    let mut uncut = Speaker::new(48_000, 25.0, 480, 10.0);
    for s in [&mut joined, &mut uncut] {
        s.tell(Command::Clock(clock(0.0)));
        s.run_until(5e6);
    }
    let line = Line::new(server(5.4e6).whole, Frames(0), 44_100);
    let next = line.following(&entry(cut, 44_100), &entry(200_000 - cut, 44_100), 0);
    uncut.play(1, one, 0, 200_000, line, whole_gate(&line));
    joined.play(1, one, 0, cut, line, whole_gate(&line));
    let gate = Gate { on: ServerInstant::from(next.instant_of(Frames(0))), fade_in: false, ..Gate::default() };
    joined.play(2, move |n| one(n + cut), 0, 200_000 - cut, next, gate);
    joined.run_until(8e6);
    uncut.run_until(8e6);
    assert!(joined.out.iter().any(|x| x.abs() > 0.39));
    let apart = joined.out.iter().zip(&uncut.out).fold(0.0f32, |w, (a, b)| w.max((a - b).abs()));
    assert!(apart < 1e-5, "the join differs from the uncut tone by {apart}");
}

#[test]
fn laps_of_a_loop_are_exact_to_the_frame() {
    // noise-like sound, so that a frame more or less, or one in the wrong place, cannot hide; 0.5 s and a frame
    let (from, lap) = (7_001, 22_051);
    let part = move |n: i64| ((n.rem_euclid(lap) + from) as f64 * 0.7).sin() as f32 * 0.4;
    let mut looped = Speaker::new(48_000, 25.0, 480, 10.0);
    let mut endless = Speaker::new(48_000, 25.0, 480, 10.0);
    for s in [&mut looped, &mut endless] {
        s.tell(Command::Clock(clock(0.0)));
        s.run_until(5e6);
    }
    let mut line = Line::new(server(5.4e6).whole, Frames(from), 44_100);
    let entry =
        PlanEntry { start_frames: Frames(from), end_frames: Some(Frames(from + lap)), ..entry(1_000_000, 44_100) };
    endless.play(1, part, 0, 20 * lap, Line { frames: Frames(0), ..line }, whole_gate(&line));
    for k in 0..20 {
        let gate = Gate { on: ServerInstant::from(line.instant_of(Frames(from))), ..Gate::default() };
        looped.play(k, move |n| part(n - from), from, from + lap, line, gate);
        line = line.following(&entry, &entry, 0);
        looped.run_until(5.4e6 + (k as f64 - 1.0) * 5e5);
    }
    looped.run_until(15e6);
    endless.run_until(15e6);
    assert!(endless.out.iter().filter(|x| x.abs() > 0.2).count() > 200_000);
    let apart = looped.out.iter().zip(&endless.out).fold(0.0f32, |w, (a, b)| w.max((a - b).abs()));
    assert!(apart < 1e-5, "the laps differ from one long sound by {apart}");
}

#[test]
fn channel_roles_change_without_a_click() {
    let mut s = Speaker::new(48_000, 0.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, sine(200.0, 48_000.0), 0, 480_000, line, whole_gate(&line));
    s.run_until(6e6);
    for (at, role) in [(7e6, ChannelRole::Mono), (8e6, ChannelRole::Swapped), (9e6, ChannelRole::Left)] {
        s.tell(Command::Channels(role, None));
        s.run_until(at);
    }
    // both channels are alike here, so nothing at all may be heard of it
    let from = (5.6 * 48_000.0) as usize;
    let second = s.out[from..].windows(3).fold(0.0f32, |w, x| w.max((x[0] - 2.0 * x[1] + x[2]).abs()));
    assert!(second < 5e-4, "{second}");
}

#[test]
fn entries_of_different_rates_follow_each_other() {
    let mut s = Speaker::new(48_000, -25.0, 480, 10.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 44_100);
    let next = line.following(&entry(44_100, 44_100), &entry(96_000, 96_000), 0);
    s.play(1, sine(441.0, 44_100.0), 0, 44_100, line, whole_gate(&line));
    let goes_on = |n: i64| (0.4 * (TAU * 441.0 * n as f64 / 96_000.0).sin()) as f32;
    s.play(2, goes_on, 0, 96_000, next, whole_gate(&next));
    s.run_until(8e6);
    let sounding = s.out.iter().filter(|x| x.abs() > 0.001).count();
    assert!((94_000..98_000).contains(&sounding), "two seconds of sound in all, not {sounding} frames");
    // 441 Hz with a whole number of periods a second: the tone goes on through the join
    let begin = s.out.iter().position(|x| x.abs() > 0.01).expect("sound");
    let steps = s.out[begin..begin + 90_000].windows(3).fold(0.0f32, |w, x| w.max((x[0] - 2.0 * x[1] + x[2]).abs()));
    assert!(steps < 0.01, "a click of {steps}");
}

#[test]
fn a_late_joiner_enters_at_the_present_position() {
    let mut s = Speaker::new(48_000, 30.0, 480, 10.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(30e6);
    // the track began 20 s ago; the decoder was started a little ahead of now
    let line = Line::new(server(10e6).whole, Frames(0), 48_000);
    let from = line.frame_at(server(30.2e6).whole);
    let gate = Gate { on: ServerInstant::from(line.instant_of(from)), fade_in: true, ..Gate::default() };
    s.play(1, sine(440.0, 48_000.0), from.0, 60 * 48_000, line, gate);
    s.run_until(36e6);
    let errors = s.true_errors(30.3e6, 0.0);
    assert!(errors.len() > 50 && worst(&errors) < 12.0, "{} us", worst(&errors));
    let begin = s.out.iter().position(|x| x.abs() > 1e-4).expect("sound");
    assert!((begin as f64 / 48_000.0 - 30.2).abs() < 0.02, "began at {}", begin as f64 / 48_000.0);
    let step = s.out.windows(3).fold(0.0f32, |w, x| w.max((x[0] - 2.0 * x[1] + x[2]).abs()));
    assert!(step < 0.003, "fades in, without a click ({step})");
}

#[test]
fn a_decoder_that_is_late_joins_in_step_and_is_counted() {
    let mut s = Speaker::new(48_000, 0.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, sine(440.0, 48_000.0), 0, 60 * 48_000, line, whole_gate(&line));
    s.run_until(7e6);
    // the feeder stops for two seconds (the ring holds one), then goes on where it was
    let feeds = std::mem::take(&mut s.feeds);
    s.run_until(9e6);
    s.feeds = feeds;
    s.run_until(14e6);
    let last = s.reports.last().expect("reports");
    assert!(last.starved >= 1, "counted");
    assert!(last.sounding.is_some(), "sounds again");
    assert!(worst(&s.true_errors(10e6, 0.0)) < 10.0);
    let step = s.out.windows(3).fold(0.0f32, |w, x| w.max((x[0] - 2.0 * x[1] + x[2]).abs()));
    assert!(step < 0.02, "a click of {step}");
}

#[test]
fn pause_resume_and_seek_do_not_click() {
    let mut s = Speaker::new(48_000, 12.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    let tone = || sine(440.0, 48_000.0);
    s.play(1, tone(), 0, 60 * 48_000, line, whole_gate(&line));
    s.run_until(7e6);
    // pause
    s.tell(Command::Close(VoiceId(1), Some(server(7.5e6))));
    s.run_until(8e6);
    let quiet = s.out[(7.52 * 48_000.0) as usize..].iter().fold(0.0f32, |w, x| w.max(x.abs()));
    assert!(quiet == 0.0, "silence after the pause, not {quiet}");
    assert!(s.out[(7.49 * 48_000.0) as usize..(7.5 * 48_000.0) as usize].iter().any(|x| x.abs() > 0.39));
    // resume
    let at = line.frame_at(server(7.5e6).whole);
    let resumed = Line::new(server(9e6).whole, at, 48_000);
    let gate = Gate { on: server(9e6), fade_in: true, ..Gate::default() };
    s.play(2, tone(), at.0 - 64, 60 * 48_000, resumed, gate);
    s.run_until(10e6);
    // seek
    s.tell(Command::Close(VoiceId(2), Some(server(10.5e6))));
    let sought = Line::new(server(10.5e6).whole, Frames(30 * 48_000), 48_000);
    s.play(
        3,
        tone(),
        30 * 48_000 - 64,
        60 * 48_000,
        sought,
        Gate { on: server(10.5e6), fade_in: true, ..Gate::default() },
    );
    s.run_until(12e6);
    let step = s.out.windows(3).fold(0.0f32, |w, x| w.max((x[0] - 2.0 * x[1] + x[2]).abs()));
    assert!(step < 0.004, "a click of {step}; the tone itself makes 0.0013");
    assert!(worst(&s.true_errors(10.6e6, 0.0)) < 10.0);
}

#[test]
fn past_the_threshold_it_reanchors_with_a_crossfade_and_counts() {
    let mut s = Speaker::new(48_000, 0.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, sine(440.0, 48_000.0), 0, 60 * 48_000, line, whole_gate(&line));
    s.run_until(8e6);
    // the coordinator's clock is found to be 20 ms ahead of what was believed
    let mut stepped = clock(0.0);
    stepped.offset.whole_us += 20_000;
    s.tell(Command::Clock(stepped));
    s.run_until(10e6);
    // and later 12 ms behind: the window still holds what is needed to go back
    stepped.offset.whole_us -= 12_000;
    s.tell(Command::Clock(stepped));
    s.run_until(12e6);
    let last = s.reports.last().expect("reports");
    assert_eq!((last.reanchors, last.starved), (2, 0));
    assert!(last.sync_error_us.abs() < 5.0);
    let step = s.out.windows(3).fold(0.0f32, |w, x| w.max((x[0] - 2.0 * x[1] + x[2]).abs()));
    assert!(step < 0.004, "a click of {step}");
    let gap = longest_silence(&s.out[(6.0 * 48_000.0) as usize..(11.9 * 48_000.0) as usize]);
    assert!(gap < 48, "a gap of {gap} frames");
}

#[test]
fn a_card_that_stood_still_is_rejoined_at_the_present_position() {
    let mut s = Speaker::new(48_000, 20.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, sine(440.0, 48_000.0), 0, 60 * 48_000, line, whole_gate(&line));
    s.run_until(15e6);
    // the card stands still for 300 ms: the same frame is heard that much later
    s.origin = (s.frame, s.now_us() + 300_000.0);
    s.epoch += 1;
    let back = s.frame as usize;
    s.run_until(25e6);
    assert!(s.out[back..back + 2_000].iter().all(|x| *x == 0.0), "nothing from before the standstill sounds after it");
    let errors = s.true_errors(15.6e6, 0.0);
    assert!(errors.len() > 50 && worst(&errors) < 12.0, "{} us", worst(&errors));
    let last = s.reports.last().expect("reports");
    assert!(last.sounding.is_some());
    assert!((last.dac.0 - 20.0).abs() < 3.0, "the crystal was not forgotten");
}

#[test]
fn volume_moves_at_its_instant() {
    let mut s = Speaker::new(48_000, 0.0, 480, 2.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, |_| 0.5, 0, 60 * 48_000, line, whole_gate(&line));
    s.run_until(6e6);
    s.tell(Command::Gain(0.25, server(6.5e6), 20_000.0));
    s.run_until(7e6);
    let at = |s: &Speaker, us: f64| s.out[(us * 0.048) as usize];
    assert!((at(&s, 6.4995e6) - 0.5).abs() < 1e-3);
    assert!((at(&s, 6.521e6) - 0.125).abs() < 1e-3);
    s.tell(Command::Gain(0.0, server(7.2e6), 5_000.0));
    s.run_until(8e6);
    assert!(at(&s, 7.3e6).abs() < f32::EPSILON);
}

#[test]
fn an_output_delay_is_made_up_for() {
    let mut s = Speaker::new(48_000, 0.0, 480, 2.0);
    s.tell(Command::Clock(clock(0.0)));
    s.tell(Command::OutputDelay(12_000));
    s.run_until(5e6);
    let line = Line::new(server(5.4e6).whole, Frames(0), 48_000);
    s.play(1, |_| 0.5, 0, 60 * 48_000, line, whole_gate(&line));
    s.run_until(7e6);
    let begin = s.out.iter().position(|x| *x > 0.25).expect("sound") as f64 / 0.048;
    assert!((begin - 5.388e6).abs() < 50.0, "leaves the card 12 ms early, at {begin}");
}

#[test]
fn without_a_clock_there_is_silence_and_no_panic() {
    let mut s = Speaker::new(48_000, 0.0, 480, 5.0);
    let line = Line::new(ServerTime(0), Frames(0), 48_000);
    s.play(1, |_| 0.5, 0, 60 * 48_000, line, whole_gate(&line));
    s.run_until(2e6);
    assert!(s.out.iter().all(|x| *x == 0.0));
}

/// A programme below 3 kHz is never heard above 16 kHz, whatever happens to it.
#[test]
fn nothing_that_happens_clicks() {
    type Event = (&'static str, Box<dyn Fn(&mut Speaker)>);
    let rate = 48_000;
    // two tones whose phases at the events are arbitrary, at a level at which a torn frame would be a loud click
    let tones = |n: i64| {
        let t = n as f64 / 48_000.0;
        ((t / 0.05).clamp(0.0, 1.0).powi(2) * (0.4 * (TAU * 997.3 * t).sin() + 0.3 * (TAU * 2_711.0 * t).sin())) as f32
    };
    let line = Line::new(server(5.4e6).whole, Frames(0), rate);
    let close = |id: u64, at: f64| move |s: &mut Speaker| s.tell(Command::Close(VoiceId(id), Some(server(at))));
    let enter = move |id: u64, at: f64, frame: i64, media: u32| {
        move |s: &mut Speaker| {
            let line = Line::new(server(at).whole, Frames(frame), media);
            s.play(
                id,
                tones,
                frame - 64,
                600 * 48_000,
                line,
                Gate { on: server(at), fade_in: true, ..Gate::default() },
            );
        }
    };
    let moved = |us: i64| {
        move |s: &mut Speaker| {
            let mut moved = clock(0.0);
            moved.offset.whole_us += us;
            s.tell(Command::Clock(moved));
        }
    };
    let gain = |gain: f32, at: f64, ms: f64| move |s: &mut Speaker| s.tell(Command::Gain(gain, server(at), ms * 1e3));
    // each begins in a second of its own; the voice that sounds is 1, then 2, and so on
    let events: Vec<Event> = vec![
        ("volume", Box::new(gain(0.2, 7.3e6, 20.0))),
        ("volume, in no time", Box::new(gain(1.0, 8.3e6, 0.0))),
        ("mute", Box::new(gain(0.0, 9.3e6, 5.0))),
        ("unmute, told too late", Box::new(gain(1.0, 10.0e6 - 300_000.0, 5.0))),
        ("re-anchor forward", Box::new(moved(20_000))),
        ("re-anchor back", Box::new(moved(7_000))),
        ("a servo's correction", Box::new(moved(10_000))),
        ("pause", Box::new(close(1, 14.3e6))),
        ("resume", Box::new(enter(2, 15.3e6, 8 * 48_000 + 17, rate))),
        (
            "seek",
            Box::new(move |s| {
                close(2, 16.3e6)(s);
                enter(3, 16.3e6, 100 * 48_000, rate)(s);
            }),
        ),
        (
            "next, of another rate",
            Box::new(move |s| {
                close(3, 17.3e6)(s);
                enter(4, 17.3e6, 100 * 48_000, 44_100)(s);
            }),
        ),
        ("stop, at once", Box::new(|s| s.tell(Command::Close(VoiceId(4), None)))),
        ("a late joiner's entry", Box::new(enter(5, 19.1e6, 100 * 48_000, rate))),
        ("the clock is lost", Box::new(|s| s.tell(Command::ClockLost))),
        ("and known again", Box::new(moved(10_000))),
        ("alone", Box::new(|s| s.tell(Command::Solo(true)))),
        (
            "alone, into the middle",
            Box::new(move |s| {
                close(5, 23.3e6)(s);
                enter(6, 23.3e6, 200 * 48_000 + 333, rate)(s);
            }),
        ),
        ("not alone any more", Box::new(|s| s.tell(Command::Solo(false)))),
        ("another output delay", Box::new(|s| s.tell(Command::OutputDelay(2_000)))),
        ("an output delay beyond the threshold", Box::new(|s| s.tell(Command::OutputDelay(15_000)))),
        ("a decoder that is late", Box::new(|s| s.feeds.last_mut().expect("a voice").total = 0)),
    ];
    let mut s = Speaker::new(rate, 23.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    s.play(1, tones, 0, 600 * 48_000, line, whole_gate(&line));
    s.run_until(7e6);
    for (k, (_, event)) in events.iter().enumerate() {
        event(&mut s);
        s.run_until(8e6 + k as f64 * 1e6);
    }
    let second = |k: usize| (7 + k) * 48_000..(8 + k) * 48_000;
    let high = clicks::above(&s.out, 16_000.0 / 48_000.0);
    for (k, (what, _)) in events.iter().enumerate() {
        let level = clicks::peak_db(&high[second(k)]);
        assert!(level < -90.0, "{what}: a click of {level:.1} dBFS");
        let loud = clicks::peak_db(&s.out[second(k)]);
        assert!(loud > -20.0, "{what}: nothing was heard ({loud:.1} dBFS)");
    }
    let last = s.reports.last().expect("reports");
    assert_eq!(last.reanchors, 3);
    // and a torn frame would be seen
    s.out.remove(6 * 48_000 + 1_000);
    let torn = clicks::above(&s.out[6 * 48_000..7 * 48_000], 16_000.0 / 48_000.0);
    assert!(clicks::peak_db(&torn) > -50.0, "{}", clicks::peak_db(&torn));
}

fn longest_silence(x: &[f32]) -> usize {
    let (mut longest, mut run) = (0, 0);
    for v in x {
        run = if v.abs() < 1e-5 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
