//! The sounds. Each function renders one note, mono, at [`RATE`], from nothing but its arguments: a seed stands for
//! chance, so that every run makes the same bytes.

use std::f64::consts::TAU;

/// Samples a second of everything that is rendered.
pub(crate) const RATE: u32 = 44_100;

/// A small generator of noise (xorshift): the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Noise(u64);

impl Noise {
    /// A generator that begins at `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        // Spread, so that neighbouring seeds do not sound alike; never zero, where the generator would stay.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next value, -1..1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Hertz of a MIDI note number; 69 is the A of 440 Hz.
pub(crate) fn hertz(midi: i32) -> f64 {
    440.0 * (f64::from(midi - 69) / 12.0).exp2()
}

/// Seconds as a number of samples.
pub(crate) fn samples(seconds: f64) -> usize {
    (seconds * f64::from(RATE)).round().max(0.0) as usize
}

/// A plucked string (Karplus and Strong's loop, tuned by an all-pass): noise once round a delay line, softened a
/// little with every turn. `length` is how long the finger lets it ring, `velocity` 0..1 also brightens it.
pub(crate) fn pluck(midi: i32, length: f64, velocity: f64, seed: u64) -> Vec<f64> {
    let frequency = hertz(midi);
    let period = f64::from(RATE) / frequency;
    // The loop: a weighted mean of two samples delays by `blend`, the line by whole samples, the all-pass by the rest.
    let blend = 0.5 - 0.25 * velocity;
    let whole = (period - blend - 0.2).floor().max(2.0);
    let rest = period - blend - whole;
    let allpass = (1.0 - rest) / (1.0 + rest);
    let ring = 5.5 * (220.0 / frequency).powf(0.45);
    let turn = 10_f64.powf(-3.0 / (frequency * ring));

    let mut line = excitation(whole as usize, velocity, seed);
    let release = samples(0.18);
    let total = samples(length) + release;
    let mut out = Vec::with_capacity(total);
    let (mut before, mut allpass_in, mut allpass_out) = (0.0, 0.0, 0.0);
    for index in 0..total {
        let place = index % line.len();
        let sample = line[place];
        let soft = (1.0 - blend) * sample + blend * before;
        before = sample;
        allpass_out = allpass * soft + allpass_in - allpass * allpass_out;
        allpass_in = soft;
        line[place] = turn * allpass_out;
        out.push(sample);
    }
    // The wooden body: it passes less of the treble than the string has, and starts without a click.
    let dull = (-TAU * (1_800.0 + 3_600.0 * velocity) / f64::from(RATE)).exp();
    let (mut first, mut second) = (0.0, 0.0);
    for (index, sample) in out.iter_mut().enumerate() {
        first += (1.0 - dull) * (*sample - first);
        second += (1.0 - dull) * (first - second);
        *sample = second * swell(index, samples(0.0015));
    }
    fade_end(&mut out, release);
    scale(&mut out, velocity);
    out
}

/// The finger's part of the sound: noise, dulled the softer it plucks, without what a string plucked at an eighth of
/// its length cannot sound, and without an offset that would only ring down as a thump.
fn excitation(length: usize, velocity: f64, seed: u64) -> Vec<f64> {
    let mut noise = Noise::new(seed);
    let raw: Vec<f64> = (0..length).map(|_| noise.next()).collect();
    let dull = 0.72 - 0.35 * velocity;
    let mut first = 0.0;
    let mut second = 0.0;
    // Twice round, so that the filter's state at the seam is that of a loop.
    let mut soft = vec![0.0; length];
    for index in 0..2 * length {
        first += (1.0 - dull) * (raw[index % length] - first);
        second += (1.0 - dull) * (first - second);
        soft[index % length] = second;
    }
    let finger = (length / 8).max(1);
    let mut plucked: Vec<f64> =
        (0..length).map(|index| soft[index] - 0.7 * soft[(index + length - finger) % length]).collect();
    let mean = plucked.iter().sum::<f64>() / length as f64;
    for sample in &mut plucked {
        *sample -= mean;
    }
    let loudness = (plucked.iter().map(|sample| sample * sample).sum::<f64>() / length as f64).sqrt().max(1e-9);
    scale(&mut plucked, 0.35 / loudness);
    plucked
}

/// A slow, wide chord tone: two voices a few cents apart, few and weak harmonics, swelling in and out.
pub(crate) fn pad(midi: i32, length: f64, velocity: f64, seed: u64) -> Vec<f64> {
    let (attack, release) = (samples(1.1), samples(1.6));
    let total = samples(length) + release;
    let mut noise = Noise::new(seed);
    let mut out = vec![0.0; total];
    for cents in [-4.5, 3.5] {
        let step = hertz(midi) * f64::exp2(cents / 1_200.0) / f64::from(RATE);
        let start = noise.next();
        for (harmonic, weight) in [(1.0, 1.0), (2.0, 0.32), (3.0, 0.14), (4.0, 0.05), (5.0, 0.03)] {
            for (index, sample) in out.iter_mut().enumerate() {
                *sample += weight * (TAU * harmonic * (start + step * index as f64)).sin();
            }
        }
    }
    for (index, sample) in out.iter_mut().enumerate() {
        let breath = 1.0 - 0.12 * (TAU * 0.21 * index as f64 / f64::from(RATE)).sin();
        *sample *= breath * swell(index, attack);
    }
    fade_end(&mut out, release);
    scale(&mut out, 0.16 * velocity);
    out
}

/// A round bass: the fundamental, a little of the octave that fades first.
pub(crate) fn bass(midi: i32, length: f64, velocity: f64) -> Vec<f64> {
    let release = samples(0.25);
    let step = TAU * hertz(midi) / f64::from(RATE);
    let mut out: Vec<f64> = (0..samples(length) + release)
        .map(|index| {
            let time = index as f64 / f64::from(RATE);
            let phase = step * index as f64;
            let tone = phase.sin()
                + 0.45 * (-time * 3.5).exp() * (2.0 * phase).sin()
                + 0.18 * (-time * 6.0).exp() * (3.0 * phase).sin();
            tone * (-time * 0.9).exp() * swell(index, samples(0.012))
        })
        .collect();
    fade_end(&mut out, release);
    scale(&mut out, 0.42 * velocity);
    out
}

/// An electric piano: a tine that bends a sine, less and less.
pub(crate) fn piano(midi: i32, length: f64, velocity: f64) -> Vec<f64> {
    let release = samples(0.35);
    let step = TAU * hertz(midi) / f64::from(RATE);
    let mut out: Vec<f64> = (0..samples(length) + release)
        .map(|index| {
            let time = index as f64 / f64::from(RATE);
            let phase = step * index as f64;
            let body = 0.9 * velocity * (-time * 2.2).exp() * phase.sin();
            let strike = 0.10 * velocity * (-time * 14.0).exp() * (7.0 * phase).sin();
            ((phase + body).sin() + strike) * (-time * 0.85).exp() * swell(index, samples(0.004))
        })
        .collect();
    fade_end(&mut out, release);
    scale(&mut out, 0.26 * velocity);
    out
}

/// A celesta: a struck bar with a partial two octaves up that is soon gone.
pub(crate) fn celesta(midi: i32, length: f64, velocity: f64) -> Vec<f64> {
    let release = samples(0.6);
    let step = TAU * hertz(midi) / f64::from(RATE);
    let mut out: Vec<f64> = (0..samples(length) + release)
        .map(|index| {
            let time = index as f64 / f64::from(RATE);
            let phase = step * index as f64;
            let tone = (-time * 2.4).exp() * phase.sin()
                + 0.12 * (-time * 4.0).exp() * (2.0 * phase).sin()
                + 0.22 * velocity * (-time * 12.0).exp() * (4.0 * phase).sin();
            tone * swell(index, samples(0.003))
        })
        .collect();
    fade_end(&mut out, release);
    scale(&mut out, 0.30 * velocity);
    out
}

/// 0 to 1 over the first `attack` samples, without a corner.
fn swell(index: usize, attack: usize) -> f64 {
    if index >= attack { 1.0 } else { 0.5 - 0.5 * (0.5 * TAU * index as f64 / attack as f64).cos() }
}

/// 1 to 0 over the last `length` samples, without a corner.
pub(crate) fn fade_end(sound: &mut [f64], length: usize) {
    let length = length.min(sound.len());
    let start = sound.len() - length;
    for (index, sample) in sound[start..].iter_mut().enumerate() {
        *sample *= 0.5 + 0.5 * (0.5 * TAU * (index + 1) as f64 / length as f64).cos();
    }
}

fn scale(sound: &mut [f64], factor: f64) {
    for sample in sound {
        *sample *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The strength of `frequency` in `sound`.
    fn strength(sound: &[f64], frequency: f64) -> f64 {
        let step = TAU * frequency / f64::from(RATE);
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (index, sample) in sound.iter().enumerate() {
            // A Hann window, so that neighbours do not leak in.
            let window = 0.5 - 0.5 * (TAU * index as f64 / sound.len() as f64).cos();
            real += window * sample * (step * index as f64).cos();
            imaginary += window * sample * (step * index as f64).sin();
        }
        real.hypot(imaginary)
    }

    #[test]
    fn strings_are_in_tune() {
        for midi in [40, 64, 88] {
            let sound = pluck(midi, 2.0, 0.7, 3);
            // The greatest strength near the note, searched in steps of two cents.
            let cents = (-15..=15)
                .map(|step| f64::from(step) * 2.0)
                .max_by(|a, b| {
                    let at = |cents: &f64| strength(&sound[..samples(1.5)], hertz(midi) * f64::exp2(cents / 1_200.0));
                    at(a).total_cmp(&at(b))
                })
                .unwrap();
            assert!(cents.abs() <= 4.0, "note {midi} is off by {cents} cents");
        }
    }

    #[test]
    fn notes_end_in_silence_and_stay_in_bounds() {
        for sound in [
            pluck(60, 1.0, 1.0, 1),
            pad(60, 2.0, 1.0, 1),
            bass(36, 1.0, 1.0),
            piano(60, 1.0, 1.0),
            celesta(84, 1.0, 1.0),
        ] {
            assert!(sound.last().unwrap().abs() < 1e-6);
            assert!(sound.iter().all(|sample| sample.abs() < 3.0));
        }
    }
}
