//! The second of the agent's two estimators: the sound card's crystal, seen from this machine's clock.
//!
//! An output observes, now and then, that a certain frame is heard at a certain local instant. Such stamps are noisy
//! (pointers move in steps, threads are preempted between two reads) and sometimes far off, so none is acted on by
//! itself: a two-state Kalman filter over phase and rate takes them in, its noise measured from the stamps' own
//! scatter, and late outliers are left out. An output that knows its card's steps says how much earlier a frame may
//! have been heard ([`staircase`](super::staircase)). Units: microseconds, seconds, ppm.

use downbeat_protocol::{LocalTime, Ppm};

/// How fast a crystal's rate wanders, ppm^2 a second.
const WANDER: f64 = 1e-3;
/// The deviation of a card's rate before it was measured, ppm.
const FIRST_RATE_DEVIATION: f64 = 100.0;
/// The deviation of it when a measurement from an earlier run is at hand, ppm.
const KNOWN_RATE_DEVIATION: f64 = 5.0;
/// Bounds of the measured scatter of stamps, microseconds.
const NOISE_BOUNDS_US: (f64, f64) = (2.0, 6_000.0);
/// Scatter assumed at first, microseconds.
const FIRST_NOISE_US: f64 = 30.0;
/// Noise of stamps is not white: pointer steps beat slowly against the period. So that the filter does not follow such
/// a beat, stamps weigh no more than if one a second had this deviation squared, us^2 s.
const LEAST_NOISE_DENSITY: f64 = 4.0;
/// A stamp this many deviations off is left out ...
const GATE_SIGMAS: f64 = 5.0;
/// ... unless so many in a row are: then the phase has really moved, and is taken anew.
const GATE_LIMIT: u32 = 12;
/// No card is this far off, ppm; a stamp that says so is nonsense.
const MAX_RATE: f64 = 2_000.0;
/// Stamps from whose middle the phase begins. Begun from the first one, a single late stamp among the first few would
/// be believed, the true ones after it would look like noise, and the phase would creep back for half a minute.
const FIRST_STAMPS: usize = 8;

/// The bound of the phase in deviations, and in deviations of a stamp: of stamps that are late by anything up to some
/// length the middle is so far from either end, and nobody knows which end is the truth.
const BOUND_SIGMAS: f64 = 4.5;
const BOUND_NOISES: f64 = 1.75;
/// A card that stood still may say at first what is not so. For so long its phase may move by more than it should be
/// steered, seconds.
const RESTARTED_S: f64 = 5.0;

/// Device frames against local time.
#[derive(Debug, Clone)]
pub struct DacClock {
    nominal_rate: f64,
    state: Option<State>,
    noise: f64,
    prior: Option<Ppm>,
    /// Those before there is a state.
    first: [(u64, LocalTime); FIRST_STAMPS],
    stamps: u32,
    gated: u32,
    discontinuities: u64,
    /// The usual slack of stamps, microseconds.
    slack: f64,
    /// It was begun before, and until this frame the last beginning is young.
    begun: bool,
    young_until: u64,
}

#[derive(Debug, Clone, Copy)]
struct State {
    frame: u64,
    /// Local instant at which `frame` is heard: nanoseconds and the rest in microseconds.
    at: LocalTime,
    rest_us: f64,
    /// How much longer a frame takes than nominal, ppm (so the card's crystal is this much *slow*).
    stretch: f64,
    p00: f64,
    p01: f64,
    p11: f64,
}

impl DacClock {
    /// For a card that nominally plays `rate` frames a second; `prior` is what its crystal was measured at before.
    pub fn new(rate: u32, prior: Option<Ppm>) -> Self {
        Self {
            nominal_rate: f64::from(rate.max(1)),
            state: None,
            noise: FIRST_NOISE_US,
            prior: prior.filter(|p| p.0.abs() < MAX_RATE),
            first: [(0, LocalTime(0)); FIRST_STAMPS],
            stamps: 0,
            gated: 0,
            discontinuities: 0,
            slack: 0.0,
            begun: false,
            young_until: 0,
        }
    }

    /// The card stood still or was reopened: what is known of its phase is void, what is known of its rate is not.
    pub fn restart(&mut self) {
        if self.stamps > 200 {
            self.prior = self.state.map(|s| Ppm(-s.stretch));
        }
        self.state = None;
        self.stamps = 0;
        self.gated = 0;
    }

    /// Device frame `frame` is heard at `at`, or up to `slack_us` earlier.
    pub fn observe(&mut self, frame: u64, at: LocalTime, slack_us: f64) {
        let at = at.plus_nanos((-500.0 * slack_us) as i64);
        self.slack += (slack_us - self.slack) * if self.stamps < 100 { 0.2 } else { 0.02 };
        let Some(mut s) = self.state else {
            self.gather(frame, at);
            return;
        };
        let frames = frame as f64 - s.frame as f64;
        let dt = frames / self.nominal_rate;
        if dt <= 0.0 {
            return; // a stamp from before the last one adds nothing
        }
        // predict
        s.rest_us += dt * 1e6 + s.stretch * dt;
        let whole = (s.rest_us * 1000.0).floor();
        s.at = s.at.plus_nanos(whole as i64);
        s.rest_us -= whole / 1000.0;
        s.frame = frame;
        s.p00 += 2.0 * dt * s.p01 + dt * dt * s.p11 + WANDER * dt * dt * dt / 3.0;
        s.p01 += dt * s.p11 + WANDER * dt * dt / 2.0;
        s.p11 += WANDER * dt;
        // compare
        let innovation = at.nanos_since(s.at) as f64 / 1000.0 - s.rest_us;
        let noise = (self.noise * self.noise).max(LEAST_NOISE_DENSITY / dt.max(1e-3));
        let expected = s.p00 + noise;
        if innovation * innovation > GATE_SIGMAS * GATE_SIGMAS * expected {
            self.gated += 1;
            self.state = Some(s);
            if self.gated >= GATE_LIMIT {
                self.discontinuities += 1;
                self.restart();
                self.gather(frame, at);
            }
            return;
        }
        self.gated = 0;
        self.stamps = self.stamps.saturating_add(1);
        // the scatter of the stamps, told from the filter's own uncertainty
        let scatter = (innovation * innovation - s.p00).max(0.0);
        let weight = if self.stamps < 100 { 0.05 } else { 0.01 };
        let (low, high) = NOISE_BOUNDS_US;
        self.noise = (self.noise * self.noise * (1.0 - weight) + scatter * weight).sqrt().clamp(low, high);
        // correct
        let (k0, k1) = (s.p00 / expected, s.p01 / expected);
        s.rest_us += k0 * innovation;
        s.stretch = (s.stretch + k1 * innovation).clamp(-MAX_RATE, MAX_RATE);
        let a = 1.0 - k0;
        let (p00, p01, p11) = (s.p00, s.p01, s.p11);
        s.p00 = a * a * p00 + k0 * k0 * noise;
        s.p01 = a * (p01 - k1 * p00) + k0 * k1 * noise;
        s.p11 = p11 - 2.0 * k1 * p01 + k1 * k1 * p00 + k1 * k1 * noise;
        self.state = Some(s);
    }

    /// Takes one of the first stamps, and begins when there are enough.
    fn gather(&mut self, frame: u64, at: LocalTime) {
        let have = self.stamps as usize;
        if have > 0 && frame <= self.first[have - 1].0 {
            return; // adds nothing
        }
        self.first[have] = (frame, at);
        self.stamps += 1;
        if have + 1 == FIRST_STAMPS {
            self.begin();
        }
    }

    /// Begins at the middle of the first stamps.
    fn begin(&mut self) {
        let (stretch, deviation) = match self.prior {
            Some(p) => (-p.0, KNOWN_RATE_DEVIATION),
            None => (0.0, FIRST_RATE_DEVIATION),
        };
        let (frame, last) = self.first[FIRST_STAMPS - 1];
        // how much later than the last stamp says each of them puts `frame`, microseconds
        let mut late = self.first.map(|(f, at)| {
            let ahead_us = (frame - f) as f64 * (1e6 + stretch) / self.nominal_rate;
            at.nanos_since(last) as f64 / 1000.0 + ahead_us
        });
        let middle = median(&mut late);
        let mut apart = late.map(|l| (l - middle).abs());
        let (low, high) = (FIRST_NOISE_US, NOISE_BOUNDS_US.1);
        self.noise = (1.5 * median(&mut apart)).clamp(low, high);
        let whole = (middle * 1000.0).floor();
        self.state = Some(State {
            frame,
            at: last.plus_nanos(whole as i64),
            rest_us: middle - whole / 1000.0,
            stretch,
            p00: self.noise * self.noise,
            p01: 0.0,
            p11: deviation * deviation,
        });
        self.gated = 0;
        self.young_until = if self.begun { frame + (RESTARTED_S * self.nominal_rate) as u64 } else { 0 };
        self.begun = true;
    }

    /// True for a while after the card stood still: its phase may still move by more than is to be steered.
    pub fn is_young(&self, frame: u64) -> bool {
        frame < self.young_until
    }

    /// The bound of the phase's error, microseconds, as far as stamps can tell: a driver that is wrong by a constant
    /// says nothing of it.
    pub fn bound_us(&self) -> Option<f64> {
        let deviation = self.state?.p00.max(0.0).sqrt();
        // of a known slack the middle was taken, at phases that differ
        let unknown = (BOUND_NOISES * self.noise).max(self.slack / 2.0);
        Some(BOUND_SIGMAS * deviation + unknown)
    }

    /// The local instant at which `frame` is heard: nanoseconds, and the rest in microseconds. `None` until the first
    /// few stamps have been seen.
    pub fn heard_at(&self, frame: u64) -> Option<(LocalTime, f64)> {
        let s = self.state?;
        let dt = (frame as f64 - s.frame as f64) / self.nominal_rate;
        let us = s.rest_us + dt * 1e6 + s.stretch * dt;
        let whole = (us * 1000.0).floor();
        Some((s.at.plus_nanos(whole as i64), us - whole / 1000.0))
    }

    /// How long one frame takes on this card, microseconds of local time.
    pub fn frame_us(&self) -> f64 {
        (1e6 + self.state.map_or(0.0, |s| s.stretch)) / self.nominal_rate
    }

    /// The card's nominal rate, frames a second.
    pub fn nominal_rate(&self) -> f64 {
        self.nominal_rate
    }

    /// The card's crystal against the local clock; fast is positive.
    pub fn ppm(&self) -> Ppm {
        Ppm(-self.state.map_or(0.0, |s| s.stretch))
    }

    /// True once the rate is known to within a ppm or so: worth remembering for the next run.
    pub fn is_sharp(&self) -> bool {
        self.stamps > 500 && self.state.is_some_and(|s| s.p11 < 1.0)
    }

    /// Deviation of a stamp, microseconds, as measured.
    pub fn noise_us(&self) -> f64 {
        self.noise
    }

    /// How often the phase moved by itself.
    pub fn discontinuities(&self) -> u64 {
        self.discontinuities
    }
}

fn median(values: &mut [f64; FIRST_STAMPS]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    f64::midpoint(values[FIRST_STAMPS / 2 - 1], values[FIRST_STAMPS / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A card `ppm` fast, stamped every `period` frames for `seconds` with `noise(k)` microseconds; the worst error
    /// of the last third, microseconds.
    fn worst(
        ppm: f64,
        period: u64,
        seconds: f64,
        prior: Option<Ppm>,
        mut noise: impl FnMut(u64) -> f64,
    ) -> (f64, DacClock) {
        let mut c = DacClock::new(48_000, prior);
        let truth = |n: u64| n as f64 / (48_000.0 * (1.0 + ppm * 1e-6)) * 1e6;
        let count = (seconds * 48_000.0 / period as f64) as u64;
        let mut worst = 0.0f64;
        for k in 1..=count {
            let n = k * period;
            c.observe(n, LocalTime(((truth(n) + noise(k)) * 1000.0).round() as i64), 0.0);
            if k > count * 2 / 3 {
                let (at, rest) = c.heard_at(n + period).expect("settled");
                worst = worst.max((at.0 as f64 / 1000.0 + rest - truth(n + period)).abs());
            }
        }
        (worst, c)
    }

    fn white(seed: u64) -> impl FnMut(u64) -> f64 {
        let mut x = seed;
        move |_| {
            let mut sum = 0.0;
            for _ in 0..12 {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sum += (x >> 33) as f64 / (1u64 << 31) as f64;
            }
            sum - 6.0
        }
    }

    #[test]
    fn learns_any_crystal_through_noise() {
        for ppm in [-200.0, -41.0, 0.0, 18.0, 200.0] {
            let mut w = white(7);
            let (error, c) = worst(ppm, 480, 60.0, None, |k| 20.0 * w(k));
            assert!(error < 6.0, "{ppm} ppm: {error} us");
            assert!((c.ppm().0 - ppm).abs() < 2.0, "{ppm} ppm: took it for {:?}", c.ppm());
        }
    }

    #[test]
    fn late_outliers_are_left_out() {
        let mut w = white(3);
        let (error, _) = worst(30.0, 480, 60.0, None, |k| 20.0 * w(k) + if k % 97 == 0 { 1_900.0 } else { 0.0 });
        assert!(error < 8.0, "{error} us");
    }

    #[test]
    fn a_moved_phase_is_taken_anew_and_the_rate_kept() {
        let mut w = white(5);
        let (error, c) = worst(30.0, 480, 60.0, None, |k| 10.0 * w(k) + if k > 3_000 { 7_000.0 } else { 0.0 });
        assert!((error - 7_000.0).abs() < 10.0, "{error} us");
        assert_eq!(c.discontinuities(), 1);
        assert!((c.ppm().0 - 30.0).abs() < 3.0);
    }

    #[test]
    fn late_stamps_among_the_first_are_not_believed() {
        for late in 1..=12 {
            for by in [300.0, 1_000.0, 1_900.0] {
                let mut w = white(9);
                let noise = |k| 10.0 * w(k) + if k == late || k == late + 2 { by } else { 0.0 };
                let (error, c) = worst(30.0, 480, 1.5, None, noise);
                assert!(error < 15.0, "stamp {late} late by {by} us: {error} us a second later");
                assert!((c.ppm().0 - 30.0).abs() < 10.0, "{:?}", c.ppm());
            }
        }
    }

    #[test]
    fn a_known_crystal_is_right_from_the_first_second() {
        let mut w = white(11);
        let (error, _) = worst(55.0, 480, 2.0, Some(Ppm(55.0)), |k| 20.0 * w(k));
        assert!(error < 15.0, "{error} us");
    }
}
