//! A part of another sample rate, brought to the rate of its track.
//!
//! A windowed sinc over what was decoded so far: the output is late by half the filter, less than a millisecond. Each
//! frame depends on its place in the part and the samples around it alone, so that it is the same however it was
//! reached.

/// Zero crossings of the sinc on either side.
const WIDTH: usize = 16;
/// The positions between two frames that are told apart.
const PHASES: u64 = 4_096;
/// The band that passes, of the lower of the two rates' own.
const PASSES: f64 = 0.95;

/// Brings interleaved stereo from one rate to another.
#[derive(Debug)]
pub(crate) struct Resampler {
    from: u64,
    to: u64,
    /// Taps of one phase.
    taps: usize,
    phases: u64,
    /// The weights by phase, the earliest frame first.
    weights: Vec<f32>,
    /// What came in last, interleaved stereo.
    history: Vec<f32>,
    /// The frame of the part behind the last of them.
    next: i64,
}

/// The frame of the track at which the frame `n` of a part of another rate lies, both counted from the part's start.
pub(crate) fn place(n: i64, from: u32, to: u32) -> i64 {
    let (n, from, to) = (i128::from(n), i128::from(from.max(1)), i128::from(to));
    let placed = (n * to + from / 2).div_euclid(from);
    placed.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

impl Resampler {
    pub(crate) fn new(from: u32, to: u32) -> Self {
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let pass = PASSES * (to as f64 / from as f64).min(1.0);
        let half = (WIDTH as f64 / pass).ceil() as usize;
        let common = greatest_divisor(from, to);
        let phases = (to / common).min(PHASES);
        let mut weights = Vec::with_capacity(2 * half * phases as usize);
        for phase in 0..phases {
            let frac = phase as f64 / phases as f64;
            let tap = |k: usize| {
                // the distance from the frame that is wanted
                let distance = half as f64 - 1.0 + frac - k as f64;
                sinc(distance * pass) * window(distance / half as f64)
            };
            let sum: f64 = (0..2 * half).map(tap).sum();
            weights.extend((0..2 * half).map(|k| (tap(k) / sum) as f32));
        }
        Self { from, to, taps: 2 * half, phases, weights, history: Vec::new(), next: i64::MIN }
    }

    /// Takes a packet that begins with the frame `at` of the part, and appends the frames of the track from `first` on,
    /// `count` of them, counted from the part's start.
    pub(crate) fn process(&mut self, at: i64, input: &[f32], first: i64, count: usize, output: &mut Vec<f32>) {
        if at != self.next {
            self.history.clear();
        }
        self.history.extend_from_slice(input);
        self.next = at + (input.len() / 2) as i64;
        let oldest = self.next - (self.history.len() / 2) as i64;
        for n in (first..).take(count) {
            let scaled = i128::from(n) * i128::from(self.from);
            let (frame, rest) = (scaled.div_euclid(self.to.into()) as i64, scaled.rem_euclid(self.to.into()));
            let phase = (rest * i128::from(self.phases) / i128::from(self.to)) as usize;
            let weights = self.weights.chunks_exact(self.taps).nth(phase).unwrap_or_default();
            let (mut left, mut right) = (0.0, 0.0);
            for (weight, from) in weights.iter().zip(frame + 1 - self.taps as i64..) {
                let place = usize::try_from(from - oldest).unwrap_or(usize::MAX);
                if let Some([l, r]) = self.history.as_chunks::<2>().0.get(place) {
                    left += weight * l;
                    right += weight * r;
                }
            }
            output.extend([left, right]);
        }
        let kept = 2 * self.taps;
        self.history.drain(..self.history.len().saturating_sub(2 * kept));
    }
}

fn greatest_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
}

/// Blackman's, of -1 to 1.
fn window(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        return 0.0;
    }
    let x = x * std::f64::consts::PI;
    0.42 + 0.5 * x.cos() + 0.08 * (2.0 * x).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(n: f64, rate: u32) -> f32 {
        (n * 1_000.0 * std::f64::consts::TAU / f64::from(rate)).sin() as f32
    }

    /// The part from `begin` on, in packets of `packet` frames.
    fn resampled(from: u32, to: u32, begin: i64, packets: usize, packet: i64) -> Vec<f32> {
        let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
        for at in (begin..).step_by(packet as usize).take(packets) {
            let input: Vec<f32> = (at..at + packet).flat_map(|n| [tone(n as f64, from), 0.25]).collect();
            let (first, end) = (place(at, from, to), place(at + packet, from, to));
            resampler.process(at, &input, first, (end - first) as usize, &mut out);
        }
        out
    }

    #[test]
    fn a_tone_stays_the_tone_that_it_is() {
        for (from, to) in [(22_050, 44_100), (48_000, 44_100), (44_100, 48_000), (8_000, 48_000), (32_000, 44_101)] {
            let out = resampled(from, to, 0, 10, 1152);
            assert_eq!(out.len() as i64 / 2, place(11_520, from, to), "{from} to {to}");
            let late = (Resampler::new(from, to).taps / 2 - 1) as f64 + 1.0;
            let mut worst = 0.0_f32;
            for (n, frame) in out.as_chunks::<2>().0.iter().enumerate().skip(1_000) {
                let source = n as f64 * f64::from(from) / f64::from(to) - late;
                worst = worst.max((frame[0] - tone(source, from)).abs()).max((frame[1] - 0.25).abs());
            }
            let allowed = if to == 44_101 { 2e-3 } else { 3e-4 };
            assert!(worst < allowed, "{from} to {to}: {worst}");
        }
    }

    #[test]
    fn a_frame_is_the_same_however_it_is_reached() {
        let all = resampled(22_050, 44_100, 0, 10, 576);
        let later = resampled(22_050, 44_100, 3 * 576, 7, 576);
        assert_eq!(all[all.len() - later.len()..][200..], later[200..]);
    }

    #[test]
    fn lengths_add_up() {
        for (from, to) in [(44_100, 48_000), (48_000, 44_100), (11_025, 44_100)] {
            assert_eq!(place(i64::from(from) * 3600, from, to), i64::from(to) * 3600);
            assert_eq!(place(0, from, to), 0);
            assert!((0..5_000).all(|n| place(n, from, to) <= place(n + 1, from, to)));
        }
    }
}
