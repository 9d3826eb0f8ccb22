//! An entry's loudness, applied where it is decoded: long before it is heard, so that a limiter can look ahead and cost
//! nothing where frames are placed in time.
//!
//! A gain of 0 dB leaves every bit as it is. A lower one multiplies. A higher one may exceed full scale: then a limiter
//! turns the sound down before the peak comes, by just as much as the peak needs, and lets it rise again slowly.

use std::collections::VecDeque;

/// No sample of an amplified entry is beyond this: -1 dBFS.
pub(super) const CEILING: f32 = 0.891_250_9;
/// How far ahead of a peak the gain begins to fall, seconds.
const LOOK_AHEAD_S: f64 = 0.005;
/// In this time the gain makes up 63 % of what it gave, seconds.
const RELEASE_S: f64 = 0.15;

/// The gain of one entry.
#[derive(Debug)]
pub(super) enum EntryGain {
    /// As it is.
    Unity,
    /// Softer.
    Softer(f32, Vec<f32>),
    /// Louder, below the ceiling.
    Louder(Box<Limiter>),
}

impl EntryGain {
    /// A factor of `gain` for stereo frames at `rate` a second.
    pub(super) fn new(gain: f32, rate: u32) -> Self {
        if gain > 1.0 {
            Self::Louder(Box::new(Limiter::new(gain, rate)))
        } else if gain < 1.0 {
            Self::Softer(gain, Vec::new())
        } else {
            Self::Unity
        }
    }

    /// The output for `block`, interleaved stereo: the same frames, or as many as the limiter knows the future of.
    pub(super) fn process<'a>(&'a mut self, block: &'a [f32]) -> &'a [f32] {
        match self {
            Self::Unity => block,
            Self::Softer(gain, out) => {
                out.clear();
                out.extend(block.iter().map(|x| x * *gain));
                out
            }
            Self::Louder(limiter) => limiter.process(block),
        }
    }

    /// The frames that are still owed when nothing follows.
    pub(super) fn finish(&mut self) -> &[f32] {
        match self {
            Self::Unity | Self::Softer(..) => &[],
            Self::Louder(limiter) => limiter.finish(),
        }
    }
}

/// A gain with a look-ahead peak limiter.
///
/// The need of a frame (ceiling / peak) is held as a minimum over the look-ahead, released slowly, and averaged over
/// the same length: so the gain falls in a straight line that reaches the peak's need just when it comes.
#[derive(Debug)]
pub(super) struct Limiter {
    gain: f32,
    /// The look-ahead, frames.
    ahead: usize,
    release: f64,
    /// Amplified frames that are owed.
    waiting: VecDeque<[f32; 2]>,
    /// The least needs ahead, each with the number of its frame, growing.
    least: VecDeque<(u64, f64)>,
    /// The frames taken.
    taken: u64,
    /// The minimum with its release.
    envelope: f64,
    /// The last `ahead` envelopes, and their sum.
    averaged: VecDeque<f64>,
    sum: f64,
    /// So many envelopes in a row were 1.
    idle: usize,
    out: Vec<f32>,
}

impl Limiter {
    fn new(gain: f32, rate: u32) -> Self {
        let rate = f64::from(rate.max(1));
        let ahead = ((LOOK_AHEAD_S * rate) as usize).max(1);
        Self {
            gain,
            ahead,
            release: 1.0 - (-1.0 / (RELEASE_S * rate)).exp(),
            waiting: VecDeque::with_capacity(ahead),
            least: VecDeque::with_capacity(ahead),
            taken: 0,
            envelope: 1.0,
            averaged: std::iter::repeat_n(1.0, ahead).collect(),
            sum: ahead as f64,
            idle: ahead,
            out: Vec::new(),
        }
    }

    fn process(&mut self, block: &[f32]) -> &[f32] {
        self.out.clear();
        for frame in block.as_chunks::<2>().0 {
            self.take([frame[0] * self.gain, frame[1] * self.gain]);
        }
        &self.out
    }

    fn finish(&mut self) -> &[f32] {
        self.out.clear();
        let owed = self.waiting.len();
        while self.out.len() < 2 * owed {
            self.take([0.0; 2]);
        }
        // those are the silent ones
        self.waiting.clear();
        &self.out
    }

    fn take(&mut self, frame: [f32; 2]) {
        let peak = frame[0].abs().max(frame[1].abs());
        let need = if peak > CEILING { f64::from(CEILING) / f64::from(peak) } else { 1.0 };
        while self.least.back().is_some_and(|(_, least)| *least >= need) {
            self.least.pop_back();
        }
        self.least.push_back((self.taken, need));
        self.waiting.push_back(frame);
        self.taken += 1;
        if self.waiting.len() < self.ahead {
            return;
        }
        let Some(frame) = self.waiting.pop_front() else { return };
        let number = self.taken - self.ahead as u64;
        while self.least.front().is_some_and(|(of, _)| *of < number) {
            self.least.pop_front();
        }
        let least = self.least.front().map_or(1.0, |(_, least)| *least);
        if number == 0 && least < 1.0 {
            // it begins loud: the gain is there from the first frame, since nothing before that could be turned down
            self.envelope = least;
            self.averaged.iter_mut().for_each(|envelope| *envelope = least);
            self.sum = least * self.ahead as f64;
            self.idle = 0;
        }
        self.envelope = least.min(self.envelope + (1.0 - self.envelope) * self.release);
        if self.envelope > 1.0 - 1e-6 && least >= 1.0 {
            self.envelope = 1.0;
        }
        self.average();
        let by = if self.idle >= self.ahead { 1.0 } else { (self.sum / self.ahead as f64).min(1.0) as f32 };
        // rounding may be an ulp beyond
        self.out.extend(frame.map(|x| (x * by).clamp(-CEILING, CEILING)));
    }

    fn average(&mut self) {
        self.averaged.push_back(self.envelope);
        let oldest = self.averaged.pop_front().unwrap_or(1.0);
        self.sum += self.envelope - oldest;
        if self.envelope < 1.0 {
            self.idle = 0;
        } else {
            self.idle += 1;
            if self.idle == self.ahead {
                // what the sum was off by for rounding is forgotten
                self.sum = self.ahead as f64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// `frames` through a gain, in blocks of odd lengths.
    fn through(gain: f32, frames: &[f32]) -> Vec<f32> {
        let mut loudness = EntryGain::new(gain, 48_000);
        let mut out = Vec::new();
        for block in frames.chunks(2 * 577) {
            out.extend_from_slice(loudness.process(block));
        }
        out.extend_from_slice(loudness.finish());
        out
    }

    fn tone(seconds: f64, amplitude: impl Fn(f64) -> f64) -> Vec<f32> {
        let n = (seconds * 48_000.0) as usize;
        let frame = |k: usize| {
            let t = k as f64 / 48_000.0;
            let x = (amplitude(t) * (TAU * 441.0 * t).sin()) as f32;
            [x, -0.5 * x]
        };
        (0..n).flat_map(frame).collect()
    }

    #[test]
    fn what_begins_loud_is_turned_down_from_its_first_frame_and_not_cut() {
        let frames: Vec<f32> =
            (0..4_800).map(|k| (TAU * 441.0 * f64::from(k) / 48_000.0).cos() as f32).flat_map(|x| [x, x]).collect();
        let out = through(2.0, &frames);
        let worst = frames.iter().zip(&out).fold(0.0f32, |worst, (x, y)| worst.max((y - x * CEILING).abs()));
        assert!(worst < 0.02, "{worst}: a peak that is cut off differs by as much as it was beyond");
    }

    #[test]
    fn no_gain_is_every_bit() {
        let x = tone(0.1, |_| 1.0);
        let same = through(1.0, &x).iter().zip(&x).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same && through(1.0, &x).len() == x.len());
    }

    #[test]
    fn softer_and_louder_below_the_ceiling_are_plain_factors_with_no_frame_lost() {
        for (gain, amplitude) in [(0.25f32, 1.0), (2.0, 0.4), (4.0, 0.2)] {
            let x = tone(0.3, |_| amplitude);
            let y = through(gain, &x);
            assert_eq!(y.len(), x.len());
            assert!(y.iter().zip(&x).all(|(y, x)| y.to_bits() == (x * gain).to_bits()), "at {gain}");
        }
    }

    #[test]
    fn peaks_stay_below_the_ceiling_and_keep_their_shape() {
        // a soft tone with a loud second in it
        let x = tone(3.0, |t| if (1.0..2.0).contains(&t) { 0.9 } else { 0.3 });
        let y = through(2.0, &x);
        assert_eq!(y.len(), x.len());
        let peak = y.iter().fold(0.0f32, |p, y| p.max(y.abs()));
        assert!(peak <= CEILING && peak > 0.95 * CEILING, "{peak}");
        // before the peak is near, nothing is touched; long after it, nothing is any more
        let plain =
            |range: std::ops::Range<usize>| range.clone().zip(&x[range]).all(|(k, x)| (y[k] - 2.0 * x).abs() < 2e-3);
        assert!(plain(0..2 * (48_000 - 300)), "before");
        assert!(plain(2 * 48_000 * 29 / 10..2 * 48_000 * 3), "after");
        // both channels are turned down alike, and by no step
        let by: Vec<f32> = y
            .as_chunks::<2>()
            .0
            .iter()
            .zip(x.as_chunks::<2>().0)
            .filter(|(_, x)| x[0].abs() > 0.05)
            .map(|(y, x)| y[0] / x[0])
            .collect();
        let step = by.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 0.1, "{step}");
        assert!(y.as_chunks::<2>().0.iter().all(|f| (f[1] + 0.5 * f[0]).abs() < 1e-6), "left and right");
    }

    #[test]
    fn noise_and_lone_peaks_never_pass() {
        let mut seed = 7u64;
        let mut x: Vec<f32> = (0..40_000)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 40) as f32 / (1u64 << 23) as f32 - 1.0
            })
            .collect();
        x[0] = 1.0;
        x[39_999] = -1.0;
        x[20_001] = 3.0;
        let y = through(8.0, &x);
        assert!(y.len() == x.len() && y.iter().all(|y| y.abs() <= CEILING));
    }

    #[test]
    fn fewer_frames_than_the_look_ahead_come_out_too() {
        assert_eq!(through(2.0, &[0.1, -0.1, 0.2, 0.9]).len(), 4);
        assert_eq!(through(2.0, &[]).len(), 0);
    }
}
