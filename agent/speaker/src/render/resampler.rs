//! Frames at any position between frames.
//!
//! Drift correction, rate conversion and the fractional start are one operation here: the renderer asks for the sound
//! at position 1234.56, then 1234.56 + step, and so on, where step is near the ratio of the rates. Each output frame is
//! the input's band-limited interpolation at exactly that position: a windowed sinc, tabulated in phases, linear
//! between two phases. Positions are given from outside for every block, so there is no phase to drift or to align.
//! Why this is not a library's: `docs/adr/0002-resampler.md`; why it is this long, and how fast:
//! `docs/adr/0006-resampler.md`.

use wide::f32x4;

/// Taps a side where only drift is corrected. What is left of the images then beats within the very tone it came from.
const HALF_TAPS_SAME_RATE: usize = 24;
/// Taps a side where rates differ: images below -100 dB from 0.1 of the rate past the middle of the transition.
const HALF_TAPS: usize = 32;
/// Binary logarithm of the number of tabulated phases between two frames; linear interpolation between 512 of them
/// leaves an error below -110 dB.
const PHASE_BITS: u32 = 9;
const PHASES: usize = 1 << PHASE_BITS;
/// Shape of the Kaiser window.
const BETA: f64 = 10.0;
/// The largest ratio of input to output rate: 192 kHz on a 44.1 kHz card.
const MAX_RATIO: f64 = 4.5;
/// Taps multiplied at a time: two registers of four.
const LANES: usize = 8;

/// The table of one conversion. Shared by every voice that converts by the same nominal ratio.
#[derive(Debug)]
pub struct Kernel {
    half: usize,
    same_rate: bool,
    table: Vec<f32>,
}

impl Kernel {
    /// For `ratio` input frames an output frame, give or take the correction of the servo.
    pub fn new(ratio: f64) -> Self {
        let ratio = ratio.clamp(1.0 / MAX_RATIO, MAX_RATIO);
        let same_rate = (ratio - 1.0).abs() < 1e-9;
        // Up to unity the whole band is kept; at exactly unity and phase 0 a frame then comes out as it went in.
        // Downwards the band above the output's must go.
        let (cutoff, half) = if same_rate {
            (0.5, HALF_TAPS_SAME_RATE)
        } else if ratio <= 1.001 {
            (0.5, HALF_TAPS)
        } else {
            (0.5 / ratio * 0.96, (HALF_TAPS as f64 * ratio).ceil() as usize)
        };
        let half = half.next_multiple_of(LANES / 2);
        let taps = 2 * half;
        let mut table = vec![0.0f32; (PHASES + 1) * taps];
        let mut row = vec![0.0f64; taps];
        for (phase, out) in table.chunks_exact_mut(taps).enumerate() {
            let fraction = phase as f64 / PHASES as f64;
            for (k, c) in row.iter_mut().enumerate() {
                // tap k lies at input frame (k - half + 1) relative to the position's whole part
                let x = k as f64 - (half as f64 - 1.0) - fraction;
                *c = sinc(2.0 * cutoff * x) * kaiser(x / half as f64);
            }
            let sum: f64 = row.iter().sum();
            for (c, o) in row.iter().zip(out) {
                *o = (c / sum) as f32;
            }
        }
        Self { half, same_rate, table }
    }

    /// True if the rates are nominally the same: at whole positions frames then come out as they went in.
    pub fn is_same_rate(&self) -> bool {
        self.same_rate
    }

    /// How many input frames before the position's whole part are needed (it included) ...
    pub fn frames_before(&self) -> i64 {
        self.half as i64 - 1
    }

    /// ... and how many after it.
    pub fn frames_after(&self) -> i64 {
        self.half as i64
    }

    /// Coefficients in one row.
    pub fn taps(&self) -> usize {
        2 * self.half
    }

    /// Adds `out.len() / 2` frames to `out` (interleaved), each multiplied by what `gain` says of its index. The first
    /// is the sound at `fraction` (0..1) after the frame number `frames_before` of `left` and `right`, each next one
    /// `step` frames later. There must be `frames_after` frames after the last position, and one more.
    #[inline]
    pub fn mix(
        &self,
        (left, right): (&[f32], &[f32]),
        fraction: f64,
        step: f64,
        out: &mut [f32],
        gain: impl Fn(usize) -> f32,
    ) {
        let taps = self.taps();
        // positions with 32 bits after the point: exact for whole ones, and 3e-8 of a frame off after a block
        let (mut position, step) = (fixed(fraction), fixed(step));
        for (k, frame) in out.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let whole = (position >> 32) as usize;
            let window = whole..whole + taps;
            let (l, r) = self.at(&left[window.clone()], &right[window], position as u32);
            let gain = gain(k);
            frame[0] += gain * l;
            frame[1] += gain * r;
            position += step;
        }
    }

    /// Both channels' sums over the row of a position, interpolated between two tabulated ones.
    #[inline]
    fn at(&self, left: &[f32], right: &[f32], fraction: u32) -> (f32, f32) {
        const REST_BITS: u32 = 32 - PHASE_BITS;
        let taps = self.taps();
        let phase = (fraction >> REST_BITS) as usize;
        let blend = (fraction & ((1 << REST_BITS) - 1)) as f32 / (1u32 << REST_BITS) as f32;
        let (a, b) = self.table[phase * taps..(phase + 2) * taps].split_at(taps);
        let blend = f32x4::splat(blend);
        let (mut l0, mut l1, mut r0, mut r1) = (f32x4::ZERO, f32x4::ZERO, f32x4::ZERO, f32x4::ZERO);
        let rows = a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0);
        let frames = left.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0);
        for ((a, b), (x, y)) in rows.zip(frames) {
            let ((a0, a1), (b0, b1), (x0, x1), (y0, y1)) = (halves(a), halves(b), halves(x), halves(y));
            let c0 = blend.mul_add(b0 - a0, a0);
            let c1 = blend.mul_add(b1 - a1, a1);
            l0 = c0.mul_add(x0, l0);
            l1 = c1.mul_add(x1, l1);
            r0 = c0.mul_add(y0, r0);
            r1 = c1.mul_add(y1, r1);
        }
        ((l0 + l1).reduce_add(), (r0 + r1).reduce_add())
    }
}

/// A position of 32 bits before the point and 32 after it.
fn fixed(x: f64) -> u64 {
    (x * 4_294_967_296.0).round() as u64
}

#[inline]
fn halves(x: &[f32; LANES]) -> (f32x4, f32x4) {
    (f32x4::new([x[0], x[1], x[2], x[3]]), f32x4::new([x[4], x[5], x[6], x[7]]))
}

fn sinc(x: f64) -> f64 {
    let y = std::f64::consts::PI * x;
    // exact zeros at whole numbers, so that unity at phase 0 is the identity
    if x == 0.0 {
        1.0
    } else if x.fract() == 0.0 {
        0.0
    } else {
        y.sin() / y
    }
}

/// The Kaiser window at `x` in -1..1.
fn kaiser(x: f64) -> f64 {
    if x.abs() > 1.0 { 0.0 } else { bessel_i0(BETA * (1.0 - x * x).sqrt()) / bessel_i0(BETA) }
}

fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// A sine of `hz` at `from` Hz, read at `ratio` (1 + ppm) with a swing of the correction, against the exact law:
    /// residual in dB, gain in dB.
    fn through(hz: f64, from: f64, to: f64, swing_ppm: f64) -> (f64, f64) {
        let kernel = Kernel::new(from / to);
        let n = 40_000usize;
        let x: Vec<f32> = (0..n).map(|k| (0.5 * (TAU * hz * k as f64 / from).sin()) as f32).collect();
        let before = kernel.frames_before() as usize;
        let (mut p, mut k) = (200.3f64, 0u32);
        let (mut ss, mut cc, mut sc, mut ys, mut yc, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut positions, mut values) = (Vec::new(), Vec::new());
        while p < (n - 200) as f64 {
            let i = p.floor() as usize;
            let w = &x[i - before..];
            let mut frame = [0.0; 2];
            kernel.mix((w, w), p - i as f64, 1.0, &mut frame, |_| 1.0);
            let [l, r] = frame;
            assert!((l - r).abs() < f32::EPSILON);
            let (s, c, y) = ((TAU * hz * p / from).sin(), (TAU * hz * p / from).cos(), f64::from(l));
            ss += s * s;
            cc += c * c;
            sc += s * c;
            ys += y * s;
            yc += y * c;
            yy += y * y;
            positions.push(p);
            values.push(y);
            k += 1;
            let swing = swing_ppm * 1e-6 * (f64::from(k) * 0.001).sin();
            p += from / to * (1.0 + swing);
        }
        let det = ss * cc - sc * sc;
        let (a, b) = ((ys * cc - yc * sc) / det, (yc * ss - ys * sc) / det);
        let rest: f64 = positions
            .iter()
            .zip(&values)
            .map(|(p, y)| (y - a * (TAU * hz * p / from).sin() - b * (TAU * hz * p / from).cos()).powi(2))
            .sum();
        let gain = (a * a + b * b).sqrt() / 0.5;
        (10.0 * (rest / yy).log10(), 20.0 * gain.log10())
    }

    #[test]
    fn a_sine_under_changing_correction_stays_a_sine() {
        for (hz, from, to) in [
            (1_000.0, 48_000.0, 48_000.0),
            (10_000.0, 48_000.0, 48_000.0),
            (18_000.0, 48_000.0, 48_000.0),
            (1_000.0, 44_100.0, 48_000.0),
            (10_000.0, 44_100.0, 48_000.0),
            (18_000.0, 44_100.0, 48_000.0),
            (1_000.0, 48_000.0, 44_100.0),
            (10_000.0, 48_000.0, 44_100.0),
            (18_000.0, 48_000.0, 44_100.0),
            (18_000.0, 96_000.0, 48_000.0),
        ] {
            let (residual, gain) = through(hz, from, to, 200.0);
            assert!(residual < -95.0, "{hz} Hz, {from} -> {to}: {residual} dB");
            assert!(gain.abs() < 0.1, "{hz} Hz, {from} -> {to}: gain {gain} dB");
        }
    }

    #[test]
    fn at_unity_on_a_frame_it_is_the_identity() {
        let kernel = Kernel::new(1.0);
        let x: Vec<f32> = (0..256).map(|k| ((k * 7919) % 1000) as f32 / 1000.0 - 0.5).collect();
        let mut out = vec![0.0; 2 * (x.len() - kernel.taps())];
        kernel.mix((&x, &x), 0.0, 1.0, &mut out, |_| 1.0);
        let before = kernel.frames_before() as usize;
        for (frame, x) in out.as_chunks::<2>().0.iter().zip(&x[before..]) {
            assert!(frame[0].to_bits() == x.to_bits() && frame[1].to_bits() == x.to_bits(), "{frame:?} for {x}");
        }
    }

    #[test]
    fn a_block_is_its_frames() {
        // one call for many frames, or one a frame: the same positions
        for (ratio, step) in [(1.0, 1.000_3), (44.1 / 48.0, 44.1 / 48.0), (96.0 / 44.1, 96.0 / 44.1)] {
            let kernel = Kernel::new(ratio);
            let x: Vec<f32> = (0..2_000).map(|k| ((k * 7919) % 1000) as f32 / 1000.0 - 0.5).collect();
            let y: Vec<f32> = x.iter().rev().copied().collect();
            let mut block = vec![0.0; 2 * 256];
            kernel.mix((&x, &y), 0.7, step, &mut block, |k| k as f32 / 256.0);
            for (k, frame) in block.as_chunks::<2>().0.iter().enumerate() {
                let p = 0.7 + step * k as f64;
                let (i, mut one) = (p.floor() as usize, [0.0; 2]);
                kernel.mix((&x[i..], &y[i..]), p - p.floor(), step, &mut one, |_| k as f32 / 256.0);
                assert!((frame[0] - one[0]).abs() < 2e-6 && (frame[1] - one[1]).abs() < 2e-6, "{frame:?} {one:?}");
            }
        }
    }
}
