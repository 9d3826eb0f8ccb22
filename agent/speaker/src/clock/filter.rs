//! The estimator of the coordinator's clock: a two-state Kalman filter over offset and skew.
//!
//! A crystal is a line that bends slowly, and network delay is a floor with a queue on top. So the state is offset and
//! skew, the skew wanders, and the noise of a sample comes from how far its round trip lies above the floor: a sample
//! that queued weighs nothing, and there is no threshold of rejection to tune. A step of the clock is told from noise
//! by clean samples that agree on it.
//!
//! Units: microseconds, seconds, ppm (= microseconds a second).

use downbeat_protocol::{
    ClockId, LocalTime, Ppm,
    exchange::{Offset, Sample},
};

use super::{delay_floor::DelayFloor, estimate::ClockEstimate};

/// How fast a crystal's skew wanders, ppm^2 a second (1e-15 a second as a fraction).
const WANDER: f64 = 1e-3;
/// The least deviation a sample can have, microseconds: stamps are taken in user space.
const NOISE_FLOOR_US: f64 = 5.0;
/// The deviation of a crystal's skew before it was measured, ppm.
const FIRST_SKEW_DEVIATION: f64 = 40.0;
/// The deviation of a skew that was measured before a step, ppm.
const KNOWN_SKEW_DEVIATION: f64 = 5.0;
/// Bursts that count at no less than a tenth of their half round trip: the floor is not known yet.
const EARLY_BURSTS: u32 = 16;
/// A sample this many deviations off ...
const STEP_SIGMAS: f64 = 5.0;
/// ... and clean (its excess within so many times the usual jitter) ...
const CLEAN_JITTERS: f64 = 4.0;
/// ... and agreeing with this many before it, is a step of the clock.
const STEP_SAMPLES: usize = 3;
/// No pair of crystals differs by more, ppm: what says so has been bent by something else.
const MAX_SKEW: f64 = 500.0;
/// Clean samples must agree within this to be one step, microseconds (or within their own deviation, if larger).
const STEP_AGREEMENT_US: f64 = 1_000.0;

/// The fate of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub enum Verdict {
    /// The first of this clock: the estimate begins.
    Started,
    /// It moved the estimate.
    Absorbed,
    /// It contradicts the estimate: not absorbed, and remembered in case others agree.
    Doubted,
    /// Others agreed: the clock stepped by so many microseconds, and the estimate begins anew there.
    Stepped(f64),
}

/// The filter for one clock.
#[derive(Debug, Clone)]
pub struct ClockFilter {
    clock_id: ClockId,
    floor: DelayFloor,
    bursts: u32,
    state: Option<State>,
    prior_skew: Option<Ppm>,
    prior_deviation: f64,
    doubted: Vec<Sample>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    at: LocalTime,
    offset: Offset,
    skew: f64,
    // covariance matrix: offset^2, offset x skew, skew^2
    p00: f64,
    p01: f64,
    p11: f64,
    /// The most that a queue on one way alone may have put into the offset, microseconds: half of the samples' excess
    /// over the floor, weighted as the samples were.
    excess: f64,
}

impl State {
    fn begin(sample: &Sample, skew: f64, skew_deviation: f64) -> Self {
        let deviation = (sample.round_trip_us / 2.0).max(NOISE_FLOOR_US);
        Self {
            at: sample.at,
            offset: sample.offset_us,
            skew,
            p00: deviation * deviation,
            p01: 0.0,
            p11: skew_deviation * skew_deviation,
            excess: 0.0,
        }
    }

    fn predict(&mut self, to: LocalTime) {
        let dt = to.seconds_since(self.at);
        if dt <= 0.0 {
            return;
        }
        self.offset = self.offset.plus(self.skew * dt);
        self.p00 += 2.0 * dt * self.p01 + dt * dt * self.p11 + WANDER * dt * dt * dt / 3.0;
        self.p01 += dt * self.p11 + WANDER * dt * dt / 2.0;
        self.p11 += WANDER * dt;
        self.at = to;
    }

    fn correct(&mut self, innovation: f64, noise: f64, excess: f64) {
        let s = self.p00 + noise;
        let (k0, k1) = (self.p00 / s, self.p01 / s);
        self.offset = self.offset.plus(k0 * innovation);
        self.skew = (self.skew + k1 * innovation).clamp(-MAX_SKEW, MAX_SKEW);
        // Joseph form: stays symmetric and positive whatever is rounded
        let a = 1.0 - k0;
        let (p00, p01, p11) = (self.p00, self.p01, self.p11);
        self.p00 = a * a * p00 + k0 * k0 * noise;
        self.p01 = a * (p01 - k1 * p00) + k0 * k1 * noise;
        self.p11 = p11 - 2.0 * k1 * p01 + k1 * k1 * p00 + k1 * k1 * noise;
        self.excess = a * self.excess + k0 * excess / 2.0;
    }
}

impl ClockFilter {
    /// A filter for the clock `clock_id`. `prior_skew` is what the skew was when this clock, or this pair of
    /// machines, was last measured, if it was.
    pub fn new(clock_id: ClockId, prior_skew: Option<Ppm>) -> Self {
        let prior_deviation = KNOWN_SKEW_DEVIATION;
        let floor = DelayFloor::default();
        Self { clock_id, floor, bursts: 0, state: None, prior_skew, prior_deviation, doubted: Vec::new() }
    }

    /// A filter for a clock that takes the place of another one, whose skew was `guess`: it may be the same crystal
    /// after a reboot, or that of another machine, and to be sure of the wrong one costs a minute on Wi-Fi.
    pub fn succeeding(clock_id: ClockId, guess: Option<Ppm>) -> Self {
        Self { prior_deviation: FIRST_SKEW_DEVIATION, ..Self::new(clock_id, guess) }
    }

    /// The id of the coordinator's clock.
    pub fn clock_id(&self) -> ClockId {
        self.clock_id
    }

    /// Takes the best sample of one burst.
    pub fn add(&mut self, sample: Sample) -> Verdict {
        self.bursts = self.bursts.saturating_add(1);
        self.floor.add(sample.round_trip_us);
        let noise = self.noise_us(&sample);
        let Some(state) = &mut self.state else {
            let (skew, deviation) = match self.prior_skew {
                Some(p) if p.0.abs() < 1000.0 => (p.0, self.prior_deviation),
                _ => (0.0, FIRST_SKEW_DEVIATION),
            };
            self.state = Some(State::begin(&sample, skew, deviation));
            return Verdict::Started;
        };
        state.predict(sample.at);
        let innovation = sample.offset_us.minus(state.offset);
        let s = state.p00 + noise * noise;
        let excess = sample.round_trip_us - self.floor.floor_us();
        let clean = excess <= CLEAN_JITTERS * self.floor.jitter_us().max(NOISE_FLOOR_US);
        if innovation * innovation > STEP_SIGMAS * STEP_SIGMAS * s && clean {
            return self.doubt(sample, innovation);
        }
        // No queue can put a sample further off than half its round trip: the clock has moved, but this sample is too
        // unclean to say where to. Absorbed, it would bend the skew beyond repair.
        if innovation.abs() > sample.round_trip_us / 2.0 + STEP_SIGMAS * state.p00.sqrt() {
            return Verdict::Doubted;
        }
        self.doubted.clear();
        state.correct(innovation, noise * noise, excess.max(0.0));
        Verdict::Absorbed
    }

    /// The estimate, once there is one.
    pub fn estimate(&self) -> Option<ClockEstimate> {
        self.state.map(|s| ClockEstimate {
            clock_id: self.clock_id,
            local: s.at,
            offset: s.offset,
            skew: Ppm(s.skew),
            offset_variance: s.p00,
            covariance: s.p01,
            skew_variance: s.p11,
            wander: WANDER,
            delay_floor_us: self.floor.floor_us(),
            excess_us: s.excess,
        })
    }

    /// Bursts taken so far.
    pub fn bursts(&self) -> u32 {
        self.bursts
    }

    /// The least round trip of late, microseconds.
    pub fn round_trip_us(&self) -> f64 {
        self.floor.floor_us()
    }

    /// How far bursts usually lie above the floor, microseconds.
    pub fn jitter_us(&self) -> f64 {
        self.floor.jitter_us()
    }

    /// The local clock is not what it was (the machine slept): begin anew with the next sample, knowing the skew.
    pub fn reset(&mut self) {
        if let Some(state) = self.state.take() {
            self.prior_skew = Some(Ppm(state.skew));
            self.prior_deviation = KNOWN_SKEW_DEVIATION;
        }
        self.doubted.clear();
        self.floor.clear();
        self.bursts = 0;
    }

    /// Deviation of a sample, microseconds: half the excess is the largest bias that a queue on one leg can add.
    fn noise_us(&self, sample: &Sample) -> f64 {
        let excess = (sample.round_trip_us - self.floor.floor_us()).max(0.0);
        let mut noise = NOISE_FLOOR_US.max(self.floor.jitter_us() / 4.0) + excess / 2.0;
        if self.bursts <= EARLY_BURSTS {
            noise = noise.max(0.1 * sample.round_trip_us / 2.0);
        }
        noise
    }

    fn doubt(&mut self, sample: Sample, innovation: f64) -> Verdict {
        // doubted samples are few and seconds apart: the skew between them is far below the agreement asked for
        self.doubted
            .retain(|d| sample.offset_us.minus(d.offset_us).abs() < STEP_AGREEMENT_US.max(sample.round_trip_us));
        self.doubted.push(sample);
        if self.doubted.len() < STEP_SAMPLES {
            return Verdict::Doubted;
        }
        let skew = self.state.map_or(0.0, |s| s.skew);
        if let Some(best) = super::burst::best(&self.doubted) {
            let mut state = State::begin(&best, skew, KNOWN_SKEW_DEVIATION);
            state.predict(sample.at);
            self.state = Some(state);
        }
        self.doubted.clear();
        Verdict::Stepped(innovation)
    }
}
