//! Frames at any position between frames.
//!
//! Drift correction, rate conversion and the fractional start are one operation here: the renderer asks for the sound
//! at position 1234.56, then 1234.56 + step, and so on, where step is near the ratio of the rates. Each output frame is
//! the input's band-limited interpolation at exactly that position: a windowed sinc, tabulated in phases, linear
//! between two phases. Positions are given from outside and never accumulate in here, so there is no phase to drift
//! or to align. Why this is not a library's: `docs/adr/0002-resampler.md`.

/// Taps a side at unity ratio: a stop band below -100 dB from 0.1 of the rate past the middle of the transition.
const HALF_TAPS: usize = 32;
/// Tabulated phases between two frames; linear interpolation between them leaves an error below -110 dB.
const PHASES: usize = 512;
/// Shape of the Kaiser window.
const BETA: f64 = 10.0;
/// The largest ratio of input to output rate: 192 kHz on a 44.1 kHz card.
const MAX_RATIO: f64 = 4.5;

/// The table of one conversion. Shared by every voice that converts by the same nominal ratio.
#[derive(Debug)]
pub struct Kernel {
    half: usize,
    table: Vec<f32>,
}

impl Kernel {
    /// For `ratio` input frames an output frame, give or take the correction of the servo.
    pub fn new(ratio: f64) -> Self {
        let ratio = ratio.clamp(1.0 / MAX_RATIO, MAX_RATIO);
        // Up to unity the whole band is kept; at exactly unity and phase 0 a frame then comes out as it went in.
        // Downwards the band above the output's must go.
        let (cutoff, half) = if ratio <= 1.001 {
            (0.5, HALF_TAPS)
        } else {
            (0.5 / ratio * 0.96, (HALF_TAPS as f64 * ratio).ceil() as usize)
        };
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
        Self { half, table }
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

    /// The sound at `fraction` (0..1) after the middle frame of the window. `left` and `right` hold [`Kernel::taps`]
    /// frames, the first of them `frames_before` before the middle one.
    #[inline]
    pub fn at(&self, left: &[f32], right: &[f32], fraction: f64) -> (f32, f32) {
        let taps = self.taps();
        let scaled = fraction * PHASES as f64;
        let phase = (scaled as usize).min(PHASES - 1);
        let blend = (scaled - phase as f64) as f32;
        let rows = &self.table[phase * taps..(phase + 2) * taps];
        let (a, b) = rows.split_at(taps);
        dot2(a, b, blend, &left[..taps], &right[..taps])
    }
}

/// Both channels' sums over the blended row. Eight lanes, so that the compiler can use vector registers.
#[inline]
fn dot2(a: &[f32], b: &[f32], blend: f32, left: &[f32], right: &[f32]) -> (f32, f32) {
    const LANES: usize = 8;
    let (mut l, mut r) = ([0.0f32; LANES], [0.0f32; LANES]);
    let chunks =
        a.chunks_exact(LANES).zip(b.chunks_exact(LANES)).zip(left.chunks_exact(LANES).zip(right.chunks_exact(LANES)));
    for ((a, b), (x, y)) in chunks {
        for k in 0..LANES {
            let c = a[k] + blend * (b[k] - a[k]);
            l[k] += c * x[k];
            r[k] += c * y[k];
        }
    }
    let done = a.len() / LANES * LANES;
    let (mut sum_l, mut sum_r) = (l.iter().sum::<f32>(), r.iter().sum::<f32>());
    for k in done..a.len() {
        let c = a[k] + blend * (b[k] - a[k]);
        sum_l += c * left[k];
        sum_r += c * right[k];
    }
    (sum_l, sum_r)
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
            let (l, r) = kernel.at(w, w, p - i as f64);
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
        let before = kernel.frames_before() as usize;
        for i in before..x.len() - kernel.taps() {
            let (l, _) = kernel.at(&x[i - before..], &x[i - before..], 0.0);
            assert!(l.to_bits() == x[i].to_bits(), "frame {i}: {l} for {}", x[i]);
        }
    }
}
