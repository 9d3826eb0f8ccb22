//! The sound by which a speaker makes itself known: two rising chirps, mixed over whatever plays.

use std::{num::NonZero, time::Duration};

use rodio::{Source, source::chirp};

/// The first and the last frequency of the sweep, Hz: well within the range of small speakers and old ears.
const SWEEP_HZ: (f32, f32) = (600.0, 1_600.0);
const LENGTH: Duration = Duration::from_millis(220);
const FADE: Duration = Duration::from_millis(20);
const GAP: Duration = Duration::from_millis(120);
/// Loud enough to be told from the music, not loud enough to startle.
const LEVEL: f32 = 0.25;

/// The sound, interleaved stereo at `rate` frames a second.
pub fn sound(rate: u32) -> Vec<f32> {
    let rate = NonZero::new(rate).unwrap_or(NonZero::<u32>::MIN);
    let sweep = || chirp(rate, SWEEP_HZ.0, SWEEP_HZ.1, LENGTH).fade_in(FADE).amplify(LEVEL);
    let gap = (GAP.as_secs_f64() * f64::from(rate.get())) as usize;
    let fade = (FADE.as_secs_f64() * f64::from(rate.get())) as usize;
    let mut mono: Vec<f32> = Vec::new();
    for _ in 0..2 {
        let begin = mono.len();
        mono.extend(sweep());
        let end = mono.len();
        for (k, sample) in mono[begin..end].iter_mut().rev().take(fade).enumerate() {
            *sample *= k as f32 / fade as f32;
        }
        mono.extend(std::iter::repeat_n(0.0, gap));
    }
    mono.into_iter().flat_map(|x| [x, x]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_and_ends_in_silence_and_is_heard_between() {
        let x = sound(48_000);
        assert!((x.len() as f64 / 96_000.0 - 0.68).abs() < 0.01);
        assert!(x[..4].iter().all(|v| v.abs() < 0.01) && x[x.len() - 4..].iter().all(|v| *v == 0.0));
        let peak = x.iter().fold(0.0f32, |p, v| p.max(v.abs()));
        assert!((0.2..=0.26).contains(&peak));
        let step = x
            .as_chunks::<2>()
            .0
            .iter()
            .map(|f| f[0])
            .collect::<Vec<_>>()
            .windows(2)
            .fold(0.0f32, |w, v| w.max((v[1] - v[0]).abs()));
        assert!(step < 0.1, "no click: {step}");
    }
}
