//! Several opinions about one clock, each believed as far as it foretold the delays of late.

use super::{
    hypothesis::{Hypothesis, Way},
    likelihood::Shape,
    recent::Recent,
};

/// How fast a pair of crystals may wander, ppm^2 a second: in a quiet room, and as it was always reckoned with.
const WANDERS: [f64; 2] = [1e-4, 1e-3];
const SHAPES: [Shape; 3] = [Shape::Edge, Shape::Ramp, Shape::Hill];
const COUNT: usize = WANDERS.len() * SHAPES.len();
/// Credit fades by this with each burst, so that an opinion is judged by some thirty.
const FADE: f64 = 0.97;
/// Delays of one moment are alike, so each proves less than one of many that are not.
const TRUST: f64 = 0.5;
/// No opinion falls farther behind: it may be the right one tomorrow.
const LEAST_CREDIT: f64 = -30.0;
/// Over a longer time without a delay nothing is known of how the crystals wandered, seconds.
const LONG: f64 = 30.0;

/// The clock as all opinions see it together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixture {
    /// The offset, microseconds.
    pub offset: f64,
    /// The skew, ppm.
    pub skew: f64,
    /// Offset^2, offset x skew, skew^2: of each opinion, and between them.
    pub covariance: [f64; 3],
}

/// The opinions.
#[derive(Debug, Clone)]
pub struct Hypotheses {
    all: [Hypothesis; COUNT],
    recent: [Recent; 2],
}

impl Hypotheses {
    /// Begun with the least delays of the first burst.
    pub fn new(delays: [f64; 2], skew: f64, skew_deviation: f64) -> Self {
        let of = |i: usize| {
            let (shape, wander) = (SHAPES[i % SHAPES.len()], WANDERS[i / SHAPES.len()]);
            Hypothesis::new(shape, wander, delays, skew, skew_deviation)
        };
        let mut begun = Self { all: std::array::from_fn(of), recent: Default::default() };
        begun.note(delays);
        begun
    }

    fn note(&mut self, delays: [f64; 2]) {
        let offset = self.mixture().offset;
        self.recent[0].add(delays[0] - offset);
        self.recent[1].add(delays[1] + offset);
    }

    /// Time passes, seconds.
    pub fn predict(&mut self, dt: f64) {
        let least = if dt > LONG { WANDERS[WANDERS.len() - 1] } else { 0.0 };
        self.all.iter_mut().for_each(|h| h.predict(dt, least));
    }

    /// The least delays of a burst.
    pub fn add(&mut self, delays: [f64; 2]) {
        for h in &mut self.all {
            h.credit *= FADE;
            h.credit += TRUST * h.add(delays);
        }
        let best = self.all.iter().map(|h| h.credit).fold(f64::NEG_INFINITY, f64::max);
        for h in &mut self.all {
            h.credit = (h.credit - best).max(LEAST_CREDIT);
        }
        self.note(delays);
        let quantiles = [self.recent[0].quantiles(), self.recent[1].quantiles()];
        let seen = self.recent[0].count();
        self.all.iter_mut().for_each(|h| h.learn(quantiles, seen));
    }

    /// A way became longer (or shorter) by so much, and the other did not: `seen` bursts ago. The offset stays.
    pub fn moved(&mut self, way: Way, by: f64, seen: usize) {
        for h in &mut self.all {
            h.moved(way, by);
        }
        self.recent[way as usize].shift(by, seen);
    }

    /// A longer route says, weakly, where the offset is.
    pub fn symmetry(&mut self) {
        self.all.iter_mut().for_each(Hypothesis::symmetry);
    }

    /// The offset is held to be greater by so much, and the way there shorter.
    pub fn reanchor(&mut self, by: f64) {
        self.all.iter_mut().for_each(|h| h.reanchor(by));
        self.recent[0].shift(-by, 0);
        self.recent[1].shift(by, 0);
    }

    /// The delays as they usually are, if the offset is right.
    pub fn usual(&self) -> [f64; 2] {
        Way::BOTH.map(|way| self.recent[way as usize].quantiles().middle)
    }

    /// The most believed.
    pub fn best(&self) -> &Hypothesis {
        self.all.iter().fold(&self.all[0], |a, b| if b.credit > a.credit { b } else { a })
    }

    /// All together.
    pub fn mixture(&self) -> Mixture {
        let weight = |h: &Hypothesis| h.credit.exp();
        let sum: f64 = self.all.iter().map(weight).sum();
        let mean = |of: fn(&Hypothesis) -> f64| self.all.iter().map(|h| weight(h) * of(h)).sum::<f64>() / sum;
        let (offset, skew) = (mean(Hypothesis::offset), mean(Hypothesis::skew));
        let mut covariance = [0.0; 3];
        for h in &self.all {
            let (a, b) = (h.offset() - offset, h.skew() - skew);
            let ([p00, p01, p11], w) = (h.covariance(), weight(h) / sum);
            covariance[0] += w * (p00 + a * a);
            covariance[1] += w * (p01 + a * b);
            covariance[2] += w * (p11 + b * b);
        }
        Mixture { offset, skew, covariance }
    }
}
