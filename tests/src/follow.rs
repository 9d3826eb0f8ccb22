//! The comparison of a recording with a sound: if it is a copy, and how late each part of it was.
//!
//! A speaker's first frame lies at a fraction of a device frame, its clock estimate and its servo move by parts per
//! million: the recording is the sound, shifted by a fraction and stretched by next to nothing. So in each window of an
//! eighth of a second the shift is fitted by a parabola (Gauss-Newton, the interpolation being the agent's own, which
//! has tests of its own); what is left is the residual, and where two parabolas do not meet, something jumped.

use std::ops::RangeInclusive;

use downbeat_speaker::render::resampler::Kernel;

use crate::{
    patience::Disturbed,
    recording::{Recording, Run},
    sound::Sound,
};

/// The length of a window, microseconds.
const WINDOW_US: f64 = 125_000.0;
/// How far off the first guess may be, frames of the sound: it is looked for by correlation.
const REACH: i64 = 480;
/// Nobody hears less than this.
const SILENCE: f32 = 1e-5;
/// Silence on either side of the sound, frames.
const PADDING: usize = 16_384;

/// The limits that must hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The residual of the worst window, decibels below the sound.
    pub residual_db: f64,
    /// The largest jump between two windows, frames of the sound.
    pub jump: f64,
    /// How late or early it may be, microseconds.
    pub late_us: f64,
    /// The largest stretch within a window, parts per million.
    pub stretch_ppm: f64,
}

impl Limits {
    /// A speaker that had time to learn its clocks. (On a busy machine with two cores files come out with a residual
    /// below -85 dB, jumps below 0.002 frames and less than 10 us late; the limits leave room for worse machines: the
    /// first window, in which the rate is steered by some 40 ppm, was at -54 dB while builds ran beside it. One lost
    /// frame of a window is -37 dB.)
    pub const SETTLED: Self = Self { residual_db: -48.0, jump: 0.02, late_us: 1_000.0, stretch_ppm: 550.0 };
    /// A speaker whose clocks are young or whose coordinator was away, playing noise, which tells more.
    pub const STEERED: Self = Self { residual_db: -45.0, jump: 0.05, ..Self::SETTLED };
    /// A speaker that played alone at the rate of its own card, and is steered from somewhere in this part on: the bend
    /// in its rate is no parabola. (A frame that is lost is a jump.)
    pub const BENT: Self = Self { residual_db: -30.0, jump: 0.2, ..Self::STEERED };
    /// A speaker that has just begun, in the middle of the music, and steers as hard as it may.
    pub const COMING: Self = Self { residual_db: -30.0, jump: 2.0, late_us: 5_500.0, ..Self::SETTLED };
}

/// One window.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Its middle, microseconds from the sound's first frame.
    pub at_us: f64,
    /// How late the sound is heard in its middle, microseconds.
    pub late_us: f64,
    /// By how much it is stretched, parts per million.
    pub stretch_ppm: f64,
    /// The rest of the difference, decibels below the sound.
    pub residual_db: f64,
    /// By how many frames of the sound it does not meet the window before.
    pub jump: f64,
}

/// How a part of a recording follows a sound.
#[derive(Debug)]
pub struct Followed {
    what: String,
    /// In order.
    pub windows: Vec<Window>,
}

impl Followed {
    /// Panics unless it is one copy of the sound, in time.
    pub fn check(&self, limits: Limits) {
        for w in &self.windows {
            let good = w.residual_db <= limits.residual_db
                && w.jump.abs() <= limits.jump
                && w.late_us.abs() <= limits.late_us
                && w.stretch_ppm.abs() <= limits.stretch_ppm;
            assert!(good, "{}: window {w:?} breaks {limits:?}; all windows:\n{}", self.what, self.table());
        }
    }

    /// How late it was: least and most, microseconds.
    pub fn late_us(&self) -> RangeInclusive<f64> {
        let late = || self.windows.iter().map(|w| w.late_us);
        late().fold(f64::INFINITY, f64::min)..=late().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The windows as a table, for people.
    pub fn table(&self) -> String {
        let row = |w: &Window| {
            format!(
                "{:9.3} s  late {:8.1} us  stretch {:7.2} ppm  jump {:7.4} frames  residual {:6.1} dB\n",
                w.at_us * 1e-6,
                w.late_us,
                w.stretch_ppm,
                w.jump,
                w.residual_db
            )
        };
        self.windows.iter().map(row).collect()
    }
}

/// Follows `sound`, whose first frame is due at `due_us`, through `recording` from one instant to another (microseconds
/// of server time). Disturbed if the card ran dry in between.
pub fn follow(
    what: &str,
    recording: &Recording,
    sound: &Sound,
    due_us: f64,
    (from_us, to_us): (f64, f64),
) -> Result<Followed, Disturbed> {
    let run = run_of(what, recording, from_us, to_us)?;
    let fit = Fit::new(recording, run, sound, due_us);
    let (first, last) = (run.frame_at(from_us), run.frame_at(to_us));
    assert!(last > first, "{what}: there is nothing to follow between {from_us} and {to_us}");
    let length = (WINDOW_US * 1e-6 * run.rate) as usize;
    let count = ((last - first) / length).max(1);
    let mut windows: Vec<Window> = Vec::new();
    let mut before: Option<(Guess, f64)> = None;
    for k in 0..count {
        let begin = first + k * (last - first) / count;
        let end = first + (k + 1) * (last - first) / count;
        let guess = before.map_or_else(|| fit.search(begin, end), |(guess, _)| guess);
        let mut found = fit.refine(begin, end, guess);
        if fit.residual_db(begin, end, found) > -40.0 {
            // it jumped, or the guess was bad: say by how much
            found = fit.refine(begin, end, fit.search(begin, end));
        }
        let jump = before.map_or(0.0, |(_, met)| found.ahead(-1.0) - met);
        before = Some((found, found.ahead(1.0)));
        windows.push(Window {
            at_us: run.instant_of(usize::midpoint(begin, end)) - due_us,
            late_us: -found.ahead(0.0) * 1e6 / f64::from(sound.rate),
            stretch_ppm: found.0[1] / ((end - begin) as f64 / 2.0 * fit.step) * 1e6,
            residual_db: fit.residual_db(begin, end, found),
            jump,
        });
    }
    Ok(Followed { what: what.to_owned(), windows })
}

/// Panics unless nothing is heard between two instants (what lies before the recording is silent).
pub fn silent(what: &str, recording: &Recording, (from_us, to_us): (f64, f64)) -> Result<(), Disturbed> {
    let began_us = recording.runs.first().map_or(0.0, |r| r.began_us);
    let run = run_of(what, recording, from_us.max(began_us), to_us)?;
    let range = run.frame_at(from_us)..run.frame_at(to_us);
    for (channel, samples) in [("left", &recording.left), ("right", &recording.right)] {
        if let Some(at) = samples[range.clone()].iter().position(|x| x.abs() > SILENCE) {
            let after_us = run.instant_of(range.start + at) - from_us.max(began_us);
            let level = samples[range.start + at];
            panic!("{what}: {level} on the {channel} channel {after_us} us into what should be silence");
        }
    }
    Ok(())
}

/// The run that holds all of the span.
pub fn run_of<'a>(what: &str, recording: &'a Recording, from_us: f64, to_us: f64) -> Result<&'a Run, Disturbed> {
    let holds = |r: &&Run| r.began_us <= from_us && r.instant_of(r.end) >= to_us;
    if let Some(run) = recording.runs.iter().find(holds) {
        return Ok(run);
    }
    assert!(recording.runs.len() > 1, "{what}: the recording {:?} does not hold {from_us}..{to_us}", recording.runs);
    Err(Disturbed(format!("{what}: the virtual card ran dry between {from_us} and {to_us}")))
}

/// The place of the sound in a window, frames ahead of its due place: how far, by how much that grows towards the
/// window's end, and by how much it is bent.
#[derive(Debug, Clone, Copy, Default)]
struct Guess([f64; 3]);

impl Guess {
    /// Frames ahead at `u` of the window: -1 at its begin, 1 at its end.
    fn ahead(self, u: f64) -> f64 {
        let [a, b, c] = Self::shape(u);
        self.0[0] * a + self.0[1] * b + self.0[2] * c
    }

    /// The factor of each of the three at `u`.
    fn shape(u: f64) -> [f64; 3] {
        [1.0, u, u * u - 1.0 / 3.0]
    }
}

struct Fit<'a> {
    recording: &'a Recording,
    run: &'a Run,
    kernel: Kernel,
    left: Vec<f32>,
    right: Vec<f32>,
    rate: f64,
    due_us: f64,
    /// Frames of the sound a frame of the recording.
    step: f64,
    power: f64,
}

impl<'a> Fit<'a> {
    fn new(recording: &'a Recording, run: &'a Run, sound: &Sound, due_us: f64) -> Self {
        let padded = |channel: &[f32]| {
            let mut all = vec![0.0; channel.len() + 2 * PADDING];
            all[PADDING..PADDING + channel.len()].copy_from_slice(channel);
            all
        };
        let rate = f64::from(sound.rate);
        Self {
            recording,
            run,
            kernel: Kernel::new(rate / f64::from(recording.rate)),
            left: padded(&sound.left),
            right: padded(&sound.right),
            rate,
            due_us,
            step: rate / run.rate,
            power: sound.rms().powi(2),
        }
    }

    /// The frame of the sound that is due at this frame of the recording.
    fn due(&self, frame: usize) -> f64 {
        (self.run.instant_of(frame) - self.due_us) * 1e-6 * self.rate
    }

    fn at(&self, position: f64) -> (f64, f64) {
        let whole = position.floor();
        let index = whole as i64 + PADDING as i64 - self.kernel.frames_before();
        let taps = self.kernel.taps();
        let Some(index) = usize::try_from(index).ok().filter(|i| i + taps < self.left.len()) else {
            return (0.0, 0.0);
        };
        let window = index..index + taps + 1;
        let mut frame = [0.0; 2];
        let sound = (&self.left[window.clone()], &self.right[window]);
        self.kernel.mix(sound, position - whole, 1.0, &mut frame, |_| 1.0);
        (f64::from(frame[0]), f64::from(frame[1]))
    }

    /// The whole number of frames that fits best.
    fn search(&self, begin: usize, end: usize) -> Guess {
        let due: Vec<_> = (begin..end).step_by(2).map(|n| (n, self.due(n).round() as i64 + PADDING as i64)).collect();
        let score = |offset: i64| {
            let (mut product, mut power) = (0.0f64, 1e-9f64);
            for (n, due) in &due {
                let index = due + offset;
                let sample = |channel: &[f32]| {
                    usize::try_from(index).ok().and_then(|i| channel.get(i)).map_or(0.0, |x| f64::from(*x))
                };
                let (l, r) = (sample(&self.left), sample(&self.right));
                product += l * f64::from(self.recording.left[*n]) + r * f64::from(self.recording.right[*n]);
                power += l * l + r * r;
            }
            product / power.sqrt()
        };
        let best = (-REACH..=REACH).map(|o| (o, score(o))).max_by(|a, b| a.1.total_cmp(&b.1));
        Guess([best.map_or(0.0, |(o, _)| o as f64), 0.0, 0.0])
    }

    fn refine(&self, begin: usize, end: usize, guess: Guess) -> Guess {
        const NUDGE: f64 = 0.02;
        let mut guess = guess;
        for _ in 0..4 {
            // the normal equations: what is asked of the three to take away what is left
            let (mut normal, mut asked) = ([[0.0; 3]; 3], [0.0; 3]);
            for n in begin..end {
                let u = part_of(begin, end, n);
                let place = self.due(n) + guess.ahead(u);
                let (l, r) = self.at(place);
                let (l2, r2) = self.at(place + NUDGE);
                let (slope_l, slope_r) = ((l2 - l) / NUDGE, (r2 - r) / NUDGE);
                let (rest_l, rest_r) = (f64::from(self.recording.left[n]) - l, f64::from(self.recording.right[n]) - r);
                let (power, product) = (slope_l * slope_l + slope_r * slope_r, slope_l * rest_l + slope_r * rest_r);
                let shape = Guess::shape(u);
                for i in 0..3 {
                    asked[i] += shape[i] * product;
                    for j in 0..3 {
                        normal[i][j] += shape[i] * shape[j] * power;
                    }
                }
            }
            // next to silence there is nothing to tell by
            let floor = 1e-6 * self.power * (end - begin) as f64;
            for (i, row) in normal.iter_mut().enumerate() {
                row[i] += floor;
            }
            for (value, step) in guess.0.iter_mut().zip(solve(normal, asked)) {
                *value += step.clamp(-2.0, 2.0);
            }
        }
        guess
    }

    fn residual_db(&self, begin: usize, end: usize, guess: Guess) -> f64 {
        let power: f64 = (begin..end)
            .map(|n| {
                let (l, r) = self.at(self.due(n) + guess.ahead(part_of(begin, end, n)));
                (f64::from(self.recording.left[n]) - l).powi(2) + (f64::from(self.recording.right[n]) - r).powi(2)
            })
            .sum();
        10.0 * (power / (2 * (end - begin)) as f64 / self.power).max(1e-20).log10()
    }
}

/// The place of a frame in a window: -1 at the begin, 1 at the end.
fn part_of(begin: usize, end: usize, n: usize) -> f64 {
    2.0 * (n - begin) as f64 / (end - begin) as f64 - 1.0
}

/// Solves `matrix * x = right`, the matrix being symmetric and positive.
fn solve(mut matrix: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for i in 0..3 {
        for j in i + 1..3 {
            let factor = matrix[j][i] / matrix[i][i];
            let row = matrix[i];
            for (x, y) in matrix[j].iter_mut().zip(row) {
                *x -= factor * y;
            }
            right[j] -= factor * right[i];
        }
    }
    for i in (0..3).rev() {
        let known: f64 = (i + 1..3).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays `sound` on a card whose first frame is heard at 0, late by `late_us`.
    fn record(sound: &Sound, card: u32, late_us: f64, spoil: impl Fn(usize, f64) -> f64) -> Recording {
        let frames = (sound.micros() * 1e-6 * f64::from(card)) as usize + 9_600;
        let run = Run { first: 0, end: frames, began_us: 0.0, rate: f64::from(card) * (1.0 + 30e-6) };
        let empty = Recording { rate: card, left: vec![0.0; frames], right: vec![0.0; frames], runs: vec![run] };
        let fit = Fit::new(&empty, &run, sound, 100_000.0 + late_us);
        let (left, right) =
            (0..frames).map(|n| fit.at(spoil(n, fit.due(n)))).map(|(l, r)| (l as f32, r as f32)).unzip();
        Recording { left, right, ..empty }
    }

    fn followed(sound: &Sound, recording: &Recording) -> Followed {
        follow("test", recording, sound, 100_000.0, (97_000.0, 103_000.0 + sound.micros())).expect("one run")
    }

    #[test]
    fn a_late_copy_is_a_copy_and_its_lateness_is_found() {
        for card in [44_100, 48_000] {
            let sound = Sound::noise(44_100, 1.0, 3);
            let f = followed(&sound, &record(&sound, card, 321.4, |_, p| p));
            f.check(Limits::SETTLED);
            let late = f.late_us();
            assert!((late.start() - 321.4).abs() < 0.5 && (late.end() - 321.4).abs() < 0.5, "{late:?}\n{}", f.table());
        }
    }

    #[test]
    fn what_is_not_one_copy_is_found_out() {
        let sound = Sound::noise(48_000, 1.5, 3);
        let bad = |spoil: &dyn Fn(usize, f64) -> f64| {
            let f = followed(&sound, &record(&sound, 48_000, 0.0, spoil));
            std::panic::catch_unwind(move || f.check(Limits::SETTLED)).is_err()
        };
        assert!(!bad(&|_, p| p), "nothing is wrong");
        assert!(bad(&|n, p| if n > 30_000 { p + 1.0 } else { p }), "a frame is missing");
        assert!(bad(&|n, p| if n > 30_000 { p + 480.0 } else { p }), "a period is missing");
        assert!(bad(&|n, p| if (30_000..30_048).contains(&n) { -1e6 } else { p }), "a millisecond of silence");
        assert!(bad(&|_, p| if p < 64.0 { -1e6 } else { p }), "the beginning is lost");
        assert!(bad(&|_, p| if p > 71_936.0 { -1e6 } else { p }), "the end is lost");
        assert!(bad(&|_, p| p - 96.0), "two milliseconds late");
    }
}
