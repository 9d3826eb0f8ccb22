//! The last conversion: from our samples to the card's.
//!
//! Cards of 24 bits and more get every bit of ours. For 16 bits, or 8, a sample is rounded, and rounding alone distorts
//! what is quiet: a tone at -60 dB gets harmonics. So before it is rounded, triangular noise of one step each way is
//! added, after which the error is noise that does not depend on the signal. A sample that needs no rounding is left as
//! it is: a 16-bit file played bit-exactly comes out as it is in the file, and so does silence.

/// Triangular dither. Its noise is the same in each run, and different in the two channels.
#[derive(Debug)]
pub(super) struct Dither(u32);

impl Default for Dither {
    fn default() -> Self {
        Self(0x2545_f491)
    }
}

impl Dither {
    /// A sample from -1..=1 as a signed number of so many bits, 2 to 32.
    pub(super) fn quantize(&mut self, x: f32, bits: u32) -> i32 {
        if bits >= 32 {
            // A multiple of 2^8 for whatever came from 24 bits. Bits below the last of 32 are cut off; +1.0 saturates.
            return (f64::from(x) * 2_147_483_648.0) as i32;
        }
        let full = (1u32 << (bits - 1)) as f32;
        let scaled = x * full;
        let whole = scaled.round();
        let steps = if bits < 24 && (scaled - whole).abs() > 0.0 {
            let noise = self.uniform() + self.uniform() - 1.0;
            (scaled + noise).round()
        } else {
            whole
        };
        steps.clamp(-full, full - 1.0) as i32
    }

    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / 16_777_216.0
    }
}

/// A sample as a card takes it.
pub(super) trait CardSample: Copy {
    /// From -1..=1; `dither` for those that must be rounded.
    fn from_float(x: f32, dither: &mut Dither) -> Self;
}

impl CardSample for f32 {
    fn from_float(x: f32, _: &mut Dither) -> Self {
        x
    }
}

impl CardSample for i32 {
    fn from_float(x: f32, dither: &mut Dither) -> Self {
        dither.quantize(x, 32)
    }
}

impl CardSample for i16 {
    fn from_float(x: f32, dither: &mut Dither) -> Self {
        dither.quantize(x, 16) as Self
    }
}

/// Converts a block.
pub(super) fn convert<T: CardSample>(from: &[f32], to: &mut [T], dither: &mut Dither) {
    for (to, x) in to.iter_mut().zip(from) {
        *to = T::from_float(*x, dither);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Powers of the first harmonics and of all that is not the tone, against the tone's, dB.
    fn spectrum(hz: usize, amplitude: f64) -> (f64, f64) {
        let n = 48_000;
        let mut dither = Dither::default();
        let x: Vec<f32> = (0..n).map(|k| (amplitude * (TAU * (hz * k) as f64 / n as f64).sin()) as f32).collect();
        let mut y = vec![0i16; n];
        convert(&x, &mut y, &mut dither);
        let at = |bin: usize| {
            let (mut re, mut im) = (0.0, 0.0);
            for (k, y) in y.iter().enumerate() {
                let (sin, cos) = (TAU * ((bin * k) % n) as f64 / n as f64).sin_cos();
                re += f64::from(*y) * cos;
                im += f64::from(*y) * sin;
            }
            2.0 * (re * re + im * im) / (n as f64).powi(2)
        };
        let tone = at(hz);
        let worst = (2..8).map(|k| at(k * hz)).fold(0.0, f64::max);
        let all = y.iter().map(|y| f64::from(*y).powi(2)).sum::<f64>() / n as f64;
        (10.0 * (worst / tone).log10(), 10.0 * ((all - tone) / tone).log10())
    }

    #[test]
    fn sixteen_bits_do_not_distort_a_quiet_tone() {
        // -60 dB: 33 steps high. Rounding alone leaves harmonics at -60 dB against it and worse.
        let (harmonics, noise) = spectrum(997, 1e-3);
        assert!(harmonics < -70.0, "a harmonic at {harmonics} dB");
        // triangular dither and rounding: a quarter of a step squared
        let due = 10.0 * (0.25f64 / (32.768f64.powi(2) / 2.0)).log10();
        assert!((noise - due).abs() < 0.2, "noise at {noise} dB, due {due}");
        // -100 dB: less than one step, and still a tone
        let (harmonics, _) = spectrum(997, 1e-5);
        assert!(harmonics < -20.0, "a harmonic at {harmonics} dB");
    }

    #[test]
    fn what_fits_comes_out_as_it_is() {
        let mut dither = Dither::default();
        for step in i16::MIN..=i16::MAX {
            assert_eq!(i16::from_float(f32::from(step) / 32_768.0, &mut dither), step);
        }
        for k in -8_388_608i32..8_388_608 {
            let x = k as f32 / 8_388_608.0;
            assert_eq!(i32::from_float(x, &mut dither), k << 8);
            assert_eq!(dither.quantize(x, 24), k);
        }
        assert_eq!(i32::from_float(1.0, &mut dither), i32::MAX);
        assert_eq!(i16::from_float(1.0, &mut dither), i16::MAX);
    }
}
