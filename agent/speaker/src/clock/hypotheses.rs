//! Several opinions about one clock, each believed as far as it foretold the delays of late.

use super::{
    hypothesis::{Hypothesis, Look, Way},
    likelihood::Shape,
    recent::Recent,
};

/// How fast a pair of crystals may wander, ppm^2 a second: in a quiet room, and as it was always reckoned with.
const WANDERS: [f64; 2] = [1e-4, 1e-3];
const LOOKS: [Look; 5] =
    [Look::Each(Shape::Edge), Look::Each(Shape::Ramp), Look::Each(Shape::Hill), Look::Middle, Look::Together];
const COUNT: usize = WANDERS.len() * LOOKS.len();
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
    /// The least delays of each way.
    recent: [Recent; 2],
    /// The middle ones.
    middle: [Recent; 2],
    /// Half of both middle ones.
    middle_both: Recent,
    /// Half of what the least differ by, and half of both.
    together: [Recent; 2],
}

impl Hypotheses {
    /// Begun with the least delays of the first burst; its middle ones lie `above` them.
    pub fn new(delays: [f64; 2], above: [f64; 2], skew: f64, skew_deviation: f64) -> Self {
        let of = |i: usize| {
            let (look, wander) = (LOOKS[i % LOOKS.len()], WANDERS[i / LOOKS.len()]);
            Hypothesis::new(look, wander, looked_at(look, delays, above), skew, skew_deviation)
        };
        let mut begun = Self {
            all: std::array::from_fn(of),
            recent: Default::default(),
            middle: Default::default(),
            middle_both: Recent::default(),
            together: Default::default(),
        };
        begun.note(delays, above);
        begun
    }

    fn note(&mut self, delays: [f64; 2], above: [f64; 2]) {
        let offset = self.mixture().offset;
        self.middle[0].add(delays[0] + above[0] - offset);
        self.middle[1].add(delays[1] + above[1] + offset);
        self.recent[0].add(delays[0] - offset);
        self.recent[1].add(delays[1] + offset);
        self.middle_both.add(f64::midpoint(delays[0] + above[0], delays[1] + above[1]));
        self.together[0].add((delays[0] - delays[1]) / 2.0 - offset);
        self.together[1].add(f64::midpoint(delays[0], delays[1]));
    }

    /// Time passes, seconds.
    pub fn predict(&mut self, dt: f64) {
        let least = if dt > LONG { WANDERS[WANDERS.len() - 1] } else { 0.0 };
        self.all.iter_mut().for_each(|h| h.predict(dt, least));
    }

    /// The least delays of a burst; its middle ones lie `above` them.
    pub fn add(&mut self, delays: [f64; 2], above: [f64; 2]) {
        for h in &mut self.all {
            h.credit *= FADE;
            h.credit += TRUST * h.add(looked_at(h.look, delays, above));
        }
        let best = self.all.iter().map(|h| h.credit).fold(f64::NEG_INFINITY, f64::max);
        for h in &mut self.all {
            h.credit = (h.credit - best).max(LEAST_CREDIT);
        }
        self.note(delays, above);
        let of = |rings: &[Recent; 2]| [rings[0].quantiles(), rings[1].quantiles()];
        let quantiles = [of(&self.recent), of(&self.middle), of(&self.together)];
        let seen = self.recent[0].count();
        let alike = [self.together[1].alike(), self.middle_both.alike()];
        self.all.iter_mut().for_each(|h| h.learn(quantiles, alike, seen));
    }

    /// A way became longer (or shorter) by so much, and the other did not: `seen` bursts ago. The offset stays.
    pub fn moved(&mut self, way: Way, by: f64, seen: usize) {
        for h in &mut self.all {
            h.moved(way, by);
        }
        self.recent[way as usize].shift(by, seen);
        self.middle[way as usize].shift(by, seen);
        let apart = if way == Way::There { by / 2.0 } else { -by / 2.0 };
        self.together[0].shift(apart, seen);
        self.together[1].shift(by / 2.0, seen);
        self.middle_both.shift(by / 2.0, seen);
    }

    /// A longer route says, weakly, where the offset is.
    pub fn symmetry(&mut self) {
        self.all.iter_mut().for_each(Hypothesis::symmetry);
    }

    /// The clock is ahead by so much more, and the ways are what they were.
    pub fn stepped(&mut self, by: f64) {
        self.all.iter_mut().for_each(|h| h.stepped(by));
    }

    /// The offset is held to be greater by so much, and the way there shorter.
    pub fn reanchor(&mut self, by: f64) {
        self.all.iter_mut().for_each(|h| h.reanchor(by));
        for rings in [&mut self.recent, &mut self.middle] {
            rings[0].shift(-by, 0);
            rings[1].shift(by, 0);
        }
        self.together[0].shift(-by, 0);
    }

    /// The delays as they usually are, if the offset is right.
    pub fn usual(&self) -> [f64; 2] {
        Way::BOTH.map(|way| self.recent[way as usize].quantiles().middle)
    }

    /// The most believed of those that look at the least delays: the others know no floor.
    pub fn best(&self) -> &Hypothesis {
        let of_floors = self.all.iter().filter(|h| h.look != Look::Middle);
        of_floors.fold(&self.all[0], |a, b| if b.credit > a.credit { b } else { a })
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

/// The delays that a look is at.
fn looked_at(look: Look, least: [f64; 2], above: [f64; 2]) -> [f64; 2] {
    match look {
        Look::Middle => [least[0] + above[0], least[1] + above[1]],
        Look::Each(_) | Look::Together => least,
    }
}
