//! The sound itself: sines through the whole path stay sines.

mod distortion;
#[path = "../speaker/tests/rig/mod.rs"]
mod rig;

use distortion::{Correction, FULL, decoded, fit, thd_n, wav};
use downbeat_protocol::{Frames, timeline::Line};
use downbeat_speaker::{clock::ServerInstant, render::command::Command, render::gate::Gate};
use rig::{Speaker, clock, entry, server};

#[test]
fn sines_stay_sines_under_changing_correction() {
    for (media, card) in [(48_000, 48_000), (44_100, 48_000), (48_000, 44_100), (96_000, 48_000)] {
        for hz in [1_000.0, 10_000.0, 18_000.0] {
            let (thd_n, gain) = thd_n(hz, media, card, Correction::Swinging);
            assert!(thd_n < -95.0, "{media} on {card}, {hz} Hz: {thd_n} dB");
            assert!(gain.abs() < 0.1, "{media} on {card}, {hz} Hz: gain {gain} dB");
        }
    }
}

#[test]
fn sines_stay_sines_under_fixed_correction() {
    for ppm in [-500.0, -37.0, 0.3, 20.0, 180.0, 500.0] {
        for hz in [1_000.0, 10_000.0, 18_000.0] {
            let (thd_n, _) = thd_n(hz, 48_000, 48_000, Correction::Fixed(ppm));
            assert!(thd_n < -95.0, "{ppm} ppm, {hz} Hz: {thd_n} dB");
        }
    }
}

/// The measure itself: it sees what it should, and takes the correction for no noise.
#[test]
fn the_measure_sees_noise_and_not_the_correction() {
    let omega = std::f64::consts::TAU * 18_000.0 / 48_000.0;
    let chirp = |k: usize| {
        let t = k as f64 / 48_000.0;
        std::f64::consts::TAU * 18_000.0 * (t * (1.0 - 300e-6) + 250e-6 * t * t)
    };
    let clean: Vec<f32> = (0..4_800).map(|k| (0.5 * chirp(k).sin()) as f32).collect();
    let of = |x: &[f32]| {
        let f = fit(x, omega);
        10.0 * (f.rest / (f.amplitude * f.amplitude / 2.0)).log10()
    };
    assert!(of(&clean) < -135.0, "{}", of(&clean));
    // a harmonic, a phase modulation and an amplitude modulation at -80 dB each
    let bad: [fn(f64, f64) -> f64; 3] = [
        |p, _| p.sin() + 1e-4 * (0.37 * p).sin(),
        |p, t| (p + 1.414e-4 * (std::f64::consts::TAU * 187.5 * t).sin()).sin(),
        |p, t| (1.0 + 1.414e-4 * (std::f64::consts::TAU * 50.0 * t).sin()) * p.sin(),
    ];
    for (kind, bad) in bad.iter().enumerate() {
        let x: Vec<f32> = (0..4_800).map(|k| (0.5 * bad(chirp(k), k as f64 / 48_000.0)) as f32).collect();
        assert!((of(&x) + 80.0).abs() < 1.0, "kind {kind}: {}", of(&x));
    }
}

/// Noise of 24 bits that uses all of them.
fn noise(frames: i64, mut seed: u64) -> Vec<i32> {
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as i32 - (1 << 23)
    };
    (0..frames).map(|_| next()).collect()
}

/// True if a sample that came out is the file's, to the bit.
fn same(heard: f32, sample: i32) -> bool {
    heard.to_bits() == ((f64::from(sample) / FULL) as f32).to_bits()
}

/// How many frames from the first one of `samples` on came out exactly, and at which frame of the card.
fn exact_run(out: &[f32], samples: &[i32]) -> (usize, usize) {
    let begins = |w: &[f32]| w.iter().zip(samples).all(|(a, b)| same(*a, *b));
    let begin = out.windows(8).position(begins).expect("the file's first frames, as they are");
    (begin, out[begin..].iter().zip(samples).take_while(|(a, b)| same(**a, **b)).count())
}

fn alone(ppm: f64) -> Speaker {
    let mut s = Speaker::new(48_000, ppm, 480, 5.0);
    s.tell(Command::Clock(clock(3.0)));
    s.tell(Command::Solo(true));
    s.run_until(5e6);
    s
}

#[test]
fn alone_at_the_files_own_rate_every_bit_comes_out() {
    for (k, ppm) in [(1, 23.0), (7, -80.0), (12, 0.0)] {
        let mut s = alone(ppm);
        // two entries that follow each other, at an instant that is on no frame
        let samples = noise(480_000, k);
        let cut = 222_333;
        let line = Line::new(server(5.5e6).whole.plus_micros(k as i64), Frames(0), 48_000);
        let next = line.following(&entry(cut, 48_000), &entry(480_000 - cut, 48_000), 0);
        let (one, two) = samples.split_at(cut as usize);
        let gate = |line: &Line| Gate {
            on: ServerInstant::from(line.instant_of(Frames(0))),
            fade_in: false,
            ..Gate::default()
        };
        s.play_ring(1, decoded(wav(one, 48_000), cut), 0, cut, line, gate(&line));
        s.play_ring(2, decoded(wav(two, 48_000), 480_000 - cut), 0, 480_000 - cut, next, gate(&next));
        s.run_until(16e6);
        let (begin, exact) = exact_run(&s.out, &samples);
        assert_eq!(exact, 480_000, "{ppm} ppm");
        // and it began at the frame nearest to its instant
        let due = clock(3.0).local_at(ServerInstant::from(line.anchor)).0 as f64 / 1000.0;
        assert!((s.true_us(begin as u64) - due).abs() < 15.0, "began at {}, due {due}", s.true_us(begin as u64));
    }
}

#[test]
fn in_company_it_is_corrected_and_another_rate_is_converted() {
    let samples = noise(240_000, 5);
    let line = |rate| Line::new(server(5.5e6).whole, Frames(0), rate);
    let gate = Gate { on: ServerInstant::from(line(48_000).anchor), fade_in: false, ..Gate::default() };
    let mut s = alone(23.0);
    s.tell(Command::Solo(false));
    s.play_ring(1, decoded(wav(&samples, 48_000), 240_000), 0, 240_000, line(48_000), gate);
    s.run_until(9e6);
    assert!(s.out.windows(8).all(|w| w.iter().zip(&samples).any(|(a, b)| !same(*a, *b))));
    let errors = s.true_errors(7e6, 3.0);
    assert!(errors.iter().all(|e| e.abs() < 5.0), "in step");
    let mut s = alone(23.0);
    s.play_ring(1, decoded(wav(&samples, 44_100), 240_000), 0, 240_000, line(44_100), gate);
    s.run_until(9e6);
    assert!(s.out.iter().any(|x| *x != 0.0));
    assert_eq!(s.reports.last().map(|r| (r.reanchors, r.starved)), Some((0, 0)));
}

#[test]
fn who_is_joined_slides_into_step_and_who_is_left_alone_is_exact_again() {
    let samples = noise(100 * 48_000, 9);
    let line = Line::new(server(5.5e6).whole.plus_micros(9), Frames(0), 48_000);
    let gate = Gate { on: ServerInstant::from(line.anchor), fade_in: false, ..Gate::default() };
    let mut s = alone(60.0);
    s.play_ring(1, decoded(wav(&samples, 48_000), 100 * 48_000), 0, 100 * 48_000, line, gate);
    s.run_until(30e6);
    let astray = s.true_errors(29e6, 3.0);
    assert!(astray.iter().all(|e| e.abs() > 1_000.0), "24 s at 60 ppm are left as they are: {astray:?}");
    let (begin, exact) = exact_run(&s.out, &samples);
    assert!(begin + exact > 29 * 48_000);
    // joined: it is corrected, with no jump
    s.tell(Command::Solo(false));
    s.run_until(50e6);
    assert!(s.true_errors(48e6, 3.0).iter().all(|e| e.abs() < 5.0), "in step again");
    // alone again: within a second each frame is the file's
    s.tell(Command::Solo(true));
    s.run_until(60e6);
    let from = 52 * 48_000;
    let at = samples.windows(8).position(|w| w.iter().zip(&s.out[from..]).all(|(b, a)| same(*a, *b)));
    let (_, exact) = exact_run(&s.out[from..], &samples[at.expect("a place in the file")..]);
    assert!(exact > 7 * 48_000, "{exact} frames");
    assert_eq!(s.reports.last().map(|r| (r.reanchors, r.starved)), Some((0, 0)));
}

#[test]
fn alone_for_long_it_is_corrected_now_and_then_and_never_jumps() {
    let mut s = alone(60.0);
    s.tell(Command::MaxDrift(1_000));
    let line = Line::new(server(5.5e6).whole, Frames(0), 48_000);
    let gate = Gate { on: ServerInstant::from(line.anchor), fade_in: false, ..Gate::default() };
    s.play(1, |_| 0.25, 0, 300 * 48_000, line, gate);
    s.run_until(120e6);
    let errors = s.true_errors(7e6, 3.0);
    let (low, high) = errors.iter().fold((0.0f64, 0.0f64), |(a, b), e| (a.min(*e), b.max(*e)));
    assert!(low > -350.0 && high < 350.0 && high - low > 250.0, "between {low} and {high} us");
    let free = s.reports.iter().filter(|r| r.sounding.is_some() && r.correction.0.abs() < 1e-12).count();
    assert!(free * 4 > errors.len(), "{free} of {} reports without a correction", errors.len());
    assert_eq!(s.reports.last().map(|r| r.reanchors), Some(0));
}
