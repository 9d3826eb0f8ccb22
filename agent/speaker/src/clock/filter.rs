//! The estimator of the coordinator's clock: two floors and a crystal.
//!
//! The least delay there and the least delay back of a burst go to a few [`Hypotheses`], each of which holds offset,
//! skew and both floors as a mean and a covariance. This file says which clock they are about, and what they cannot
//! say: that the clock stepped (delays that changed by as much, one up and one down), or that the route did (a way that
//! stays above its floor, a round trip below it).
//!
//! Units: microseconds, seconds, ppm (= microseconds a second).

use downbeat_protocol::{
    ClockId, LocalTime, Ppm,
    exchange::{Offset, Sample},
};

use super::{
    burst::BurstSample,
    delay_floor::DelayFloor,
    estimate::ClockEstimate,
    hypotheses::Hypotheses,
    hypothesis::{LIKELY_ASYMMETRY, Way},
};

/// How fast a crystal's skew may wander while nothing is heard, ppm^2 a second (1e-15 a second as a fraction).
const WANDER: f64 = 1e-3;
/// The least deviation a burst can have where steps are told from noise, microseconds.
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
/// Clean samples must agree within this to be one step, microseconds (or within their own deviation, if larger).
const STEP_AGREEMENT_US: f64 = 1_000.0;
/// So many bursts in a row that cannot be, clean or not, are one, too.
const CONTRADICTIONS: u32 = 8;
/// A way is in a queue that stands if it was this share of a round trip above its floor before, the other being at its
/// own: then a burst that cannot be is off by what the other way is below its floor, and by no half round trip.
const STANDING: f64 = 0.25;
/// A way whose delays stayed so many widths above the floor ...
const LONGER_WIDTHS: f64 = 2.0;
/// ... for so many bursts ...
const LONGER_BURSTS: u32 = 16;
/// ... and seconds has become longer: no queue stands that long.
const LONGER_S: f64 = 60.0;
/// An offset measured over a way so many times as long as this one says less than one burst over this one.
const MISLED: f64 = 4.0;
/// ... if that is about the shortest that it ever was.
const SHORTEST: f64 = 1.5;
/// Of few bursts a deviation is not known well itself: it is taken for so much greater, over their number.
const YOUNG_BURSTS: f64 = 5.0;

/// The fate of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub enum Verdict {
    /// The first of this clock, or the first over a way so much shorter that it says more than all before: the
    /// estimate begins.
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
    doubted: Vec<BurstSample>,
    contradictions: u32,
}

#[derive(Debug, Clone)]
struct State {
    at: LocalTime,
    /// The offset from which the hypotheses count.
    zero: Offset,
    bursts: u32,
    hypotheses: Hypotheses,
    /// The most that the ways' inequality can have put into the offset, microseconds: a way takes no less than no time,
    /// so the offset is not off by more than a way seems to take.
    asymmetry: f64,
    /// The same over the shorter route of before: the offset stayed when this one came, and its bound with it.
    asymmetry_before: f64,
    /// The least half round trip since it began: a queue that falls is no route that says more than all before.
    least_way: f64,
    aloft: [Aloft; 2],
    /// How far the last delays that could be lay above their lines.
    above: [f64; 2],
}

/// How long the delays of a way have been above its floor.
#[derive(Debug, Clone, Copy)]
struct Aloft {
    since: LocalTime,
    bursts: u32,
    least: f64,
}

impl Aloft {
    fn none(at: LocalTime) -> Self {
        Self { since: at, bursts: 0, least: f64::INFINITY }
    }
}

impl State {
    fn begin(burst: &BurstSample, skew: f64, skew_deviation: f64) -> Self {
        let BurstSample { least: sample, middle_us } = burst;
        let way = sample.round_trip_us / 2.0;
        Self {
            at: sample.at,
            zero: sample.offset_us,
            bursts: 1,
            hypotheses: Hypotheses::new([way, way], *middle_us, skew, skew_deviation),
            asymmetry: way,
            asymmetry_before: f64::INFINITY,
            least_way: way,
            aloft: [Aloft::none(sample.at); 2],
            above: [0.0; 2],
        }
    }

    fn predict(&mut self, to: LocalTime) {
        let dt = to.seconds_since(self.at);
        if dt > 0.0 {
            self.hypotheses.predict(dt);
            self.at = to;
        }
    }

    /// The delays there and back, as if the clocks differed by what they did at the beginning.
    fn delays(&self, sample: &Sample) -> [f64; 2] {
        let (way, apart) = (sample.round_trip_us / 2.0, sample.offset_us.minus(self.zero));
        [way + apart, way - apart]
    }

    /// How far the delays lie above their lines.
    fn above(&self, delays: [f64; 2]) -> [f64; 2] {
        Way::BOTH.map(|way| self.hypotheses.best().above(way, delays[way as usize]).0)
    }

    /// The round trip is less than the floors by more than noise: the ways that are below theirs became shorter.
    fn shorter(&mut self, delays: [f64; 2]) {
        for (way, above) in Way::BOTH.into_iter().zip(self.above(delays)) {
            if above < 0.0 {
                self.hypotheses.moved(way, above, 0);
                self.aloft[way as usize] = Aloft::none(self.at);
            }
        }
        if !self.about_the_shortest(delays[0] + delays[1]) {
            return;
        }
        // The offset may have been measured over a long way that was long on one side alone. The shorter it is now, the
        // better this one says where the offset is.
        let [there, back] = Way::BOTH.map(|way| self.hypotheses.best().floor(way));
        let (apart, round_trip) = ((there - back) / 2.0, (there + back).max(0.0));
        let (was, is) = (self.asymmetry * 2.0 * LIKELY_ASYMMETRY, round_trip * LIKELY_ASYMMETRY);
        self.hypotheses.reanchor(apart * was * was / (was * was + is * is).max(1e-9));
        self.asymmetry_before = f64::INFINITY;
    }

    /// The way that is at its floor while a queue stands on the other, if there is one.
    fn beside_a_queue(&self, sample: &Sample) -> Option<Way> {
        let queue = STANDING * (sample.round_trip_us - 2.0 * self.least_way).max(0.0);
        let at_floor = |way: Way| {
            let [this, other] = [self.above[way as usize], self.above[1 - way as usize]];
            this < STANDING * queue && other > queue
        };
        Way::BOTH.into_iter().find(|way| at_floor(*way))
    }

    /// Not a queue that falls, and still is long.
    fn about_the_shortest(&self, round_trip_us: f64) -> bool {
        round_trip_us / 2.0 < SHORTEST * self.least_way
    }

    /// The ways may have been so unlike, when the offset was measured, that this round trip says it better.
    fn misled(&self, round_trip_us: f64) -> bool {
        self.asymmetry > MISLED * round_trip_us / 2.0 && self.about_the_shortest(round_trip_us)
    }

    /// A way that has long been above its floor became longer.
    fn longer(&mut self, delays: [f64; 2]) {
        for way in Way::BOTH {
            let best = self.hypotheses.best();
            let (above, deviation) = best.above(way, delays[way as usize]);
            let width = best.width(way);
            let aloft = &mut self.aloft[way as usize];
            if above < LONGER_WIDTHS * width + STEP_SIGMAS * deviation + NOISE_FLOOR_US {
                *aloft = Aloft::none(self.at);
                continue;
            }
            *aloft = Aloft { since: aloft.since, bursts: aloft.bursts + 1, least: aloft.least.min(above) };
            if aloft.bursts >= LONGER_BURSTS && self.at.seconds_since(aloft.since) >= LONGER_S {
                let (by, bursts) = (aloft.least - width, aloft.bursts);
                self.asymmetry_before = self.asymmetry;
                self.hypotheses.moved(way, by, bursts as usize - 1);
                self.hypotheses.symmetry();
                self.aloft[way as usize] = Aloft::none(self.at);
            }
        }
    }
}

impl ClockFilter {
    /// A filter for the clock `clock_id`. `prior_skew` is what the skew was when this clock, or this pair of
    /// machines, was last measured, if it was.
    pub fn new(clock_id: ClockId, prior_skew: Option<Ppm>) -> Self {
        let prior_deviation = KNOWN_SKEW_DEVIATION;
        let floor = DelayFloor::default();
        Self {
            clock_id,
            floor,
            bursts: 0,
            state: None,
            prior_skew,
            prior_deviation,
            doubted: Vec::new(),
            contradictions: 0,
        }
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

    /// Takes one burst.
    pub fn add(&mut self, burst: impl Into<BurstSample>) -> Verdict {
        let burst = burst.into();
        let sample = burst.least;
        self.bursts = self.bursts.saturating_add(1);
        self.floor.add(sample.round_trip_us);
        let noise = self.noise_us(&sample);
        let Some(state) = &mut self.state else {
            let (skew, deviation) = match self.prior_skew {
                Some(p) if p.0.abs() < 1000.0 => (p.0, self.prior_deviation),
                _ => (0.0, FIRST_SKEW_DEVIATION),
            };
            self.state = Some(State::begin(&burst, skew, deviation));
            return Verdict::Started;
        };
        state.predict(sample.at);
        let delays = state.delays(&sample);
        let above = state.above(delays);
        let variance = state.hypotheses.mixture().covariance[0];
        // the offset by this burst alone, against the one that was foretold
        let innovation = (above[0] - above[1]) / 2.0;
        let s = variance + noise * noise;
        let tolerance = CLEAN_JITTERS * self.floor.jitter_us().max(NOISE_FLOOR_US);
        // a step makes one way longer and the other shorter by as much; another route does not
        let round_trip_above = above[0] + above[1];
        let clean =
            sample.round_trip_us - self.floor.floor_us() <= tolerance && round_trip_above.abs() < innovation.abs();
        // no queue can put a burst further off than half its round trip
        let impossible = innovation.abs() > sample.round_trip_us / 2.0 + STEP_SIGMAS * variance.sqrt();
        let lower = state.bursts > EARLY_BURSTS && round_trip_above < -tolerance;
        if lower || impossible && round_trip_above < -innovation.abs() {
            if state.misled(sample.round_trip_us) {
                self.begin_anew(&burst);
                return Verdict::Started;
            }
            state.shorter(delays);
        } else if innovation * innovation > STEP_SIGMAS * STEP_SIGMAS * s && clean {
            return self.doubt(burst, innovation);
        } else if impossible {
            // The clock has moved, but this sample is too unclean to say where to. Absorbed, it would bend the skew
            // beyond repair. If no other comes, it must do: it is off by no more than half its round trip.
            self.contradictions += 1;
            if self.contradictions < CONTRADICTIONS {
                return Verdict::Doubted;
            }
            let Some(way) = state.beside_a_queue(&sample) else {
                return self.restart(&burst, innovation);
            };
            // a way there that seems too short is an offset that is too great
            let by = if way == Way::There { above[0] } else { -above[1] };
            state.hypotheses.stepped(by);
            self.contradictions = 0;
            self.doubted.clear();
            return if by.abs() > STEP_AGREEMENT_US { Verdict::Stepped(by) } else { Verdict::Absorbed };
        }
        self.contradictions = 0;
        self.doubted.clear();
        state.above = above;
        state.longer(delays);
        state.hypotheses.add(delays, burst.middle_us);
        state.bursts = state.bursts.saturating_add(1);
        let [there, back] = state.hypotheses.usual();
        state.asymmetry = there.max(back).min(state.asymmetry_before);
        state.least_way = state.least_way.min(sample.round_trip_us / 2.0);
        Verdict::Absorbed
    }

    /// The estimate, once there is one.
    pub fn estimate(&self) -> Option<ClockEstimate> {
        self.state.as_ref().map(|s| {
            let mixture = s.hypotheses.mixture();
            let young = 1.0 + YOUNG_BURSTS / f64::from(s.bursts);
            let [offset_variance, covariance, skew_variance] = mixture.covariance.map(|c| c * young * young);
            ClockEstimate {
                clock_id: self.clock_id,
                local: s.at,
                offset: s.zero.plus(mixture.offset),
                skew: Ppm(mixture.skew),
                offset_variance,
                covariance,
                skew_variance,
                wander: WANDER,
                delay_floor_us: self.floor.floor_us(),
                jitter_us: self.floor.jitter_us(),
                probes_lost: 0.0,
                asymmetry_us: s.asymmetry,
            }
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
            self.prior_skew = Some(Ppm(state.hypotheses.mixture().skew));
            self.prior_deviation = KNOWN_SKEW_DEVIATION;
        }
        self.doubted.clear();
        self.contradictions = 0;
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

    fn doubt(&mut self, burst: BurstSample, innovation: f64) -> Verdict {
        let sample = burst.least;
        // doubted samples are few and seconds apart: the skew between them is far below the agreement asked for
        self.doubted
            .retain(|d| sample.offset_us.minus(d.least.offset_us).abs() < STEP_AGREEMENT_US.max(sample.round_trip_us));
        self.doubted.push(burst);
        if self.doubted.len() < STEP_SAMPLES {
            return Verdict::Doubted;
        }
        let shortest = |a: &&BurstSample, b: &&BurstSample| a.least.round_trip_us.total_cmp(&b.least.round_trip_us);
        let best = self.doubted.iter().min_by(shortest).copied().unwrap_or(burst);
        let verdict = self.restart(&best, innovation);
        if let Some(state) = &mut self.state {
            state.predict(sample.at);
        }
        verdict
    }

    /// Begins anew where this sample is: the clock stepped.
    fn restart(&mut self, burst: &BurstSample, innovation: f64) -> Verdict {
        self.begin_anew(burst);
        Verdict::Stepped(innovation)
    }

    /// Begins anew where this sample is; of what was known the skew stays, as far as it was.
    fn begin_anew(&mut self, burst: &BurstSample) {
        let mixture = self.state.as_ref().map(|s| s.hypotheses.mixture());
        let skew = mixture.map_or(0.0, |m| m.skew);
        let known = mixture.map_or(0.0, |m| 3.0 * m.covariance[2].max(0.0).sqrt());
        let deviation = known.clamp(KNOWN_SKEW_DEVIATION, FIRST_SKEW_DEVIATION);
        self.state = Some(State::begin(burst, skew, deviation));
        self.doubted.clear();
        self.contradictions = 0;
    }
}
