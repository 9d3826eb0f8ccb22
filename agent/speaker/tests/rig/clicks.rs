//! Clicks: what is heard where the programme has nothing.

use std::f64::consts::PI;

/// Half the length of the filter, frames.
const HALF: i64 = 127;

/// The part of a sound above `cutoff` (a part of the rate): a long linear-phase filter, -100 dB below the cutoff's
/// transition of 0.03.
pub fn above(x: &[f32], cutoff: f64) -> Vec<f32> {
    let bessel = |x: f64| {
        let (mut sum, mut term) = (1.0, 1.0);
        for k in 1..60 {
            term *= (x / (2.0 * f64::from(k))).powi(2);
            sum += term;
        }
        sum
    };
    let taps: Vec<f64> = (-HALF..=HALF)
        .map(|k| {
            let t = k as f64;
            let low = if k == 0 { 2.0 * cutoff } else { (2.0 * PI * cutoff * t).sin() / (PI * t) };
            let window = bessel(11.0 * (1.0 - (t / (HALF + 1) as f64).powi(2)).sqrt()) / bessel(11.0);
            (if k == 0 { 1.0 } else { 0.0 }) - low * window
        })
        .collect();
    let mut out = vec![0.0; x.len()];
    for (n, window) in x.windows(taps.len()).enumerate() {
        out[n + HALF as usize] = window.iter().zip(&taps).map(|(x, c)| f64::from(*x) * c).sum::<f64>() as f32;
    }
    out
}

/// The highest value, decibels of full scale.
pub fn peak_db(x: &[f32]) -> f32 {
    20.0 * x.iter().fold(1e-12f32, |w, x| w.max(x.abs())).log10()
}
