//! The mixing desk and the room: notes are placed in time and between left and right, the room answers, and the whole
//! is brought to one loudness.

use crate::instruments::{RATE, fade_end, samples};

/// The loudness every piece is brought to (root of the mean square), so that nobody reaches for the volume between two.
const LOUDNESS: f64 = 0.105;
/// No sample exceeds this (-1.4 dB), so that a lossy decoder's overshoot does not clip.
const CEILING: f64 = 0.85;

/// Left and right, equally long.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stereo {
    /// Left.
    pub(crate) left: Vec<f64>,
    /// Right.
    pub(crate) right: Vec<f64>,
}

impl Stereo {
    /// Silence of `length` samples.
    fn silence(length: usize) -> Self {
        Self { left: vec![0.0; length], right: vec![0.0; length] }
    }

    /// How many frames.
    pub(crate) fn len(&self) -> usize {
        self.left.len()
    }

    /// The frames from `start` to `end`.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Self {
        Self { left: self.left[start..end].to_vec(), right: self.right[start..end].to_vec() }
    }

    /// The greatest sample, without its sign.
    pub(crate) fn peak(&self) -> f64 {
        self.left.iter().chain(&self.right).fold(0.0, |peak, sample| sample.abs().max(peak))
    }

    /// The root of the mean square.
    pub(crate) fn loudness(&self) -> f64 {
        let sum: f64 = self.left.iter().chain(&self.right).map(|sample| sample * sample).sum();
        (sum / (2 * self.len()).max(1) as f64).sqrt()
    }
}

/// A piece while it is put together.
#[derive(Debug)]
pub(crate) struct Desk {
    dry: Stereo,
    send: Stereo,
}

impl Desk {
    /// A desk for a piece of so many seconds.
    pub(crate) fn new(seconds: f64) -> Self {
        let length = samples(seconds);
        Self { dry: Stereo::silence(length), send: Stereo::silence(length) }
    }

    /// Adds `sound` from `at` seconds on, at `pan` (-1 left, 1 right), `wet` of it into the room.
    pub(crate) fn add(&mut self, sound: &[f64], at: f64, pan: f64, wet: f64) {
        let start = samples(at);
        let angle = (pan.clamp(-1.0, 1.0) + 1.0) * std::f64::consts::FRAC_PI_4;
        let (left, right) = (angle.cos(), angle.sin());
        let room = self.dry.len().saturating_sub(start);
        for (offset, sample) in sound.iter().take(room).enumerate() {
            self.dry.left[start + offset] += left * sample;
            self.dry.right[start + offset] += right * sample;
            self.send.left[start + offset] += wet * left * sample;
            self.send.right[start + offset] += wet * right * sample;
        }
    }

    /// The finished piece: with its room, faded out over the last `fade` seconds, at the common loudness.
    pub(crate) fn finish(mut self, fade: f64) -> Stereo {
        let wet = Room::default().answer(&self.send);
        for (dry, wet) in [(&mut self.dry.left, wet.left), (&mut self.dry.right, wet.right)] {
            dry.iter_mut().zip(wet).for_each(|(dry, wet)| *dry += wet);
            fade_end(dry, samples(fade));
        }
        let gain = (LOUDNESS / self.dry.loudness().max(1e-9)).min(CEILING / self.dry.peak().max(1e-9));
        for channel in [&mut self.dry.left, &mut self.dry.right] {
            for sample in channel {
                *sample *= gain;
            }
        }
        self.dry
    }
}

/// Eight delay lines that feed each other (a Householder matrix keeps the energy), each losing its treble first, as
/// walls do.
struct Room {
    lines: Vec<Vec<f64>>,
    damped: [f64; 8],
    decay: [f64; 8],
}

/// The lengths of the lines, samples: primes, so that echoes do not fall together.
const LINES: [usize; 8] = [1_499, 1_693, 1_951, 2_179, 2_459, 2_777, 3_083, 3_499];
/// Seconds until the room is 60 dB quieter.
const REVERBERATION: f64 = 1.9;

impl Default for Room {
    fn default() -> Self {
        Self {
            lines: LINES.iter().map(|length| vec![0.0; *length]).collect(),
            damped: [0.0; 8],
            decay: LINES.map(|length| 10_f64.powf(-3.0 * length as f64 / f64::from(RATE) / REVERBERATION)),
        }
    }
}

impl Room {
    fn answer(mut self, sound: &Stereo) -> Stereo {
        let delay = samples(0.018);
        let mut wet = Stereo::silence(sound.len());
        for index in 0..sound.len() {
            let heard = |channel: &[f64]| index.checked_sub(delay).map_or(0.0, |early| channel[early]);
            let input = [heard(&sound.left), heard(&sound.right)];
            let mut out = [0.0; 8];
            for (line, out) in out.iter_mut().enumerate() {
                let place = index % LINES[line];
                self.damped[line] += 0.62 * (self.lines[line][place] - self.damped[line]);
                *out = self.damped[line] * self.decay[line];
            }
            let shared = out.iter().sum::<f64>() / 4.0;
            for line in 0..8 {
                self.lines[line][index % LINES[line]] = out[line] - shared + 0.35 * input[line % 2];
            }
            wet.left[index] = out[0] - out[3] + out[4] - out[7];
            wet.right[index] = out[1] - out[2] + out[5] - out[6];
        }
        wet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_dies_away() {
        let mut click = Stereo::silence(samples(4.0));
        click.left[0] = 1.0;
        click.right[0] = 1.0;
        let wet = Room::default().answer(&click);
        let level = |from: f64, to: f64| wet.slice(samples(from), samples(to)).loudness();
        let (early, late) = (level(0.1, 0.4), level(2.1, 2.4));
        assert!(early > 0.0);
        let fall = 20.0 * (early / late).log10();
        assert!((50.0..90.0).contains(&fall), "two seconds later it is {fall} dB quieter");
    }

    #[test]
    fn a_finished_piece_is_as_loud_as_the_others_and_ends_in_silence() {
        let mut desk = Desk::new(2.0);
        desk.add(&vec![4.0; samples(2.0)], 0.0, 0.2, 0.3);
        let piece = desk.finish(0.5);
        assert!(piece.peak() <= CEILING + 1e-9);
        assert!(piece.loudness() <= LOUDNESS + 1e-9);
        assert!(piece.left.last().unwrap().abs() < 1e-6);
    }
}
