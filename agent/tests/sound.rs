//! The sound itself: sines through the whole path stay sines.

mod rig;

use rig::distortion::{Correction, fit, thd_n};

#[test]
fn sines_stay_sines_under_changing_correction() {
    for (media, card) in [(48_000, 48_000), (44_100, 48_000), (48_000, 44_100), (96_000, 48_000)] {
        for hz in [1_000.0, 10_000.0, 18_000.0] {
            let (thd_n, gain) = thd_n(hz, media, card, Correction::Swinging);
            println!("{media} on {card}, {hz} Hz swinging: {thd_n:.1} dB, gain {gain:.3} dB");
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
            println!("{ppm} ppm, {hz} Hz: {thd_n:.1} dB");
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
