//! The sounds by which a microphone finds how late speakers are: one hiss of half a second for each speaker, told apart
//! by its code.
//!
//! A code is a Gold code of 2,047 chips: no two of the family are alike at any shift, and none is like itself but at
//! shift 0. Each chip turns the phase of a carrier, by a pulse that is soft enough to stay between 1 and 6 kHz, where
//! phones hear and small speakers sound. So a hiss far below the music is found to a hundredth of a millisecond.
//!
//! [`sample`] is a function of time alone: a speaker asks it for the instant at which a frame is heard, so a hiss falls
//! between frames as it must. `server/web/speaker/codes.js` is the same in JavaScript; vectors hold both to one sound.

use std::f64::consts::PI;

/// How many codes there are; they are numbered from 0.
pub const CODES: u16 = 2_047;
/// Chips of a code.
const CHIPS: usize = 2_047;
/// A chip lasts so long, microseconds.
const CHIP_US: f64 = 250.0;
/// The middle of the band, Hz.
const CARRIER_HZ: f64 = 3_500.0;
/// A chip's pulse reaches so many chips to either side.
const REACH: i64 = 4;
/// A hiss lasts so long, microseconds.
pub const LENGTH_US: i64 = 513_750;
/// It swells, and dies away, within this, microseconds.
const FADE_US: f64 = 20_000.0;
/// The greatest sum of pulses: so a hiss of level 0 dB never exceeds full scale.
const CREST: f64 = 1.62;

/// From one hiss of a speaker to its next one at least so long, microseconds.
pub const LEAST_INTERVAL_US: u32 = 600_000;
/// The loudest that a speaker makes one, decibels of full scale.
pub const MOST_LEVEL_DB: f32 = -12.0;
/// The softest that makes sense, decibels of full scale.
pub const LEAST_LEVEL_DB: f32 = -70.0;

/// A sequence of greatest length: bit i+11 is the sum of the bits i+tap, from 0000000001 on.
const fn sequence(taps: [usize; 4]) -> [bool; CHIPS] {
    let mut bits = [false; CHIPS];
    bits[10] = true;
    let mut i = 0;
    while i + 11 < CHIPS {
        let mut bit = false;
        let mut k = 0;
        while k < 4 {
            // a tap that is named twice is none
            bit ^= bits[i + taps[k]];
            k += 1;
        }
        bits[i + 11] = bit;
        i += 1;
    }
    bits
}

/// x^11 + x^2 + 1 and x^11 + x^8 + x^5 + x^2 + 1: a preferred pair.
const PAIR: ([bool; CHIPS], [bool; CHIPS]) = (sequence([0, 2, 1, 1]), sequence([0, 2, 5, 8]));
static FIRST: [bool; CHIPS] = PAIR.0;
static SECOND: [bool; CHIPS] = PAIR.1;

/// Chip `i` of a code, 1 or -1; 0 outside of it.
fn chip(code: u16, i: i64) -> f64 {
    let Some(i) = usize::try_from(i).ok().filter(|i| *i < CHIPS) else { return 0.0 };
    let other = SECOND[(i + usize::from(code)) % CHIPS];
    if FIRST[i] ^ other { -1.0 } else { 1.0 }
}

/// How loud it is meanwhile, 0..=1.
fn fade(us: f64) -> f64 {
    let within = us.min(LENGTH_US as f64 - us) / FADE_US;
    if within >= 1.0 { 1.0 } else { 0.5 - 0.5 * (PI * within.max(0.0)).cos() }
}

/// The hiss of a code, `us` microseconds after it began: -1..=1, 0 before and after it.
pub fn sample(code: u16, us: f64) -> f64 {
    if !(0.0..LENGTH_US as f64).contains(&us) {
        return 0.0;
    }
    let place = us / CHIP_US - REACH as f64;
    let (whole, part) = (place.floor(), place - place.floor());
    // sin(pi (part - k)) is sin(pi part), with the sign of k
    let wave = (PI * part).sin();
    let mut sum = 0.0;
    for k in 1 - REACH..=REACH {
        let away = part - k as f64;
        let sinc = if away.abs() < 1e-9 { 1.0 } else { (if k % 2 == 0 { wave } else { -wave }) / (PI * away) };
        sum += chip(code, whole as i64 + k) * sinc * (PI * away / (2.0 * REACH as f64)).cos().powi(2);
    }
    fade(us) * sum / CREST * (2.0 * PI * CARRIER_HZ * 1e-6 * us).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chips(code: u16) -> Vec<f64> {
        (0..CHIPS as i64).map(|i| chip(code, i)).collect()
    }

    fn alike(a: &[f64], b: &[f64], shift: usize) -> f64 {
        a.iter().enumerate().map(|(i, x)| x * b[(i + shift) % b.len()]).sum::<f64>() / a.len() as f64
    }

    #[test]
    fn a_code_is_like_no_other_and_like_itself_only_at_once() {
        let (one, two, last) = (chips(0), chips(1), chips(CODES - 1));
        assert!((alike(&one, &one, 0) - 1.0).abs() < 1e-9);
        for shift in 0..CHIPS {
            for (a, b) in [(&one, &two), (&two, &last), (&last, &one)] {
                assert!(alike(a, b, shift).abs() < 66.0 / 2_047.0, "shift {shift}");
            }
            assert!(shift == 0 || alike(&two, &two, shift).abs() < 66.0 / 2_047.0, "shift {shift}");
        }
    }

    #[test]
    fn a_hiss_swells_and_dies_away_within_its_bounds() {
        for code in [0, 7, CODES - 1, u16::MAX] {
            let all: Vec<f64> = (0..LENGTH_US / 5).map(|k| sample(code, k as f64 * 5.0)).collect();
            let peak = all.iter().fold(0.0f64, |peak, x| peak.max(x.abs()));
            assert!((0.8..=1.0).contains(&peak), "code {code}: {peak}");
            let loudness = (all.iter().map(|x| x * x).sum::<f64>() / all.len() as f64).sqrt();
            assert!((0.38..0.48).contains(&loudness), "code {code}: {loudness}");
            assert!(all[..200].iter().chain(&all[all.len() - 200..]).all(|x| x.abs() < 0.01), "code {code}");
        }
        for outside in [-0.1, LENGTH_US as f64, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(sample(3, outside).abs() < f64::EPSILON, "{outside}");
        }
    }

    #[test]
    fn it_stays_in_the_band_that_phones_hear() {
        // Goertzel at a grid of 40 Hz
        let rate = 48_000.0;
        let all: Vec<f64> = (0..24_660).map(|k| sample(11, f64::from(k) * 1e6 / rate)).collect();
        let power = |hz: f64| {
            let (mut re, mut im) = (0.0, 0.0);
            for (k, x) in all.iter().enumerate() {
                let angle = 2.0 * PI * hz * k as f64 / rate;
                re += x * angle.cos();
                im += x * angle.sin();
            }
            re * re + im * im
        };
        let band = |from: usize, to: usize| (from..to).step_by(40).map(|hz| power(hz as f64)).sum::<f64>();
        let (low, inside, high) = (band(40, 800), band(800, 6_200), band(6_200, 12_000));
        assert!(low + high < inside * 1e-3, "{low} {inside} {high}");
    }
}
