//! One opinion about a clock and its network: the shape of the delays, and how fast the crystals wander.
//!
//! Five numbers are unknown: the offset, the skew, the floor of each way, and what the machines' load adds to both ways
//! alike for a while. A burst says two things, the least delay there (floor there + offset + load + queue) and the least
//! back (floor back - offset + load + queue). Where the queues have nothing
//! to do with each other, each is taken by itself; where the machines themselves are what is waited for, both ways wait
//! alike, and what they differ by is known far better than either ([`Look`]). They are held as a mean and a covariance.
//! A delay's likelihood is no bell, so the mean and the variance of what it says are integrated ([`Shape::judge`]), and
//! then spread over the five by their covariance.
//!
//! Offset and floors cannot be told apart by any number of delays. To begin with both floors are held to be one number,
//! so that the offset is what makes them equal. Later, a way that becomes longer or shorter does so alone, and the
//! offset stays: a crystal does not jump.

use super::likelihood::{Quantiles, Shape};

/// The least deviation of a stamp, microseconds: they are taken in user space, and the server's are whole.
const STAMP_US: f64 = 2.0;
/// The least width of a shape, microseconds.
const LEAST_WIDTH_US: f64 = 2.0;
/// The first guess of a width counts as so many bursts.
const FIRST_GUESS: f64 = 4.0;
/// A delay this many deviations below its line: the floor is not known as well as was thought ...
const LOW_SIGMAS: f64 = 2.0;
/// ... and its variance grows by this share of the square of what is missing.
const LOW_SHARE: f64 = 0.1;
/// The share of what a middle says that is not believed while the other way is not seen.
const ONE_SIDED: f64 = 0.95;
/// How fast the floors of a route that stays wander together, microseconds^2 a second.
const FLOOR_WANDER: f64 = 1e-3;
/// The deviation of what processors that wake, or that others use, hold a way up by, microseconds ...
const LOAD_US: f64 = 15.0;
/// ... and for how long they do, seconds. A single way cannot tell it from the offset.
const LOAD_S: f64 = 60.0;
/// A way that takes longer than this, microseconds, is a network's, whose queues hide any load.
const LOAD_WAY_US: f64 = 500.0;
/// No pair of crystals differs by more, ppm: what says so has been bent by something else.
const MAX_SKEW: f64 = 500.0;
/// The deviation of what a route is longer one way than on average, as a share of its round trip.
pub const LIKELY_ASYMMETRY: f64 = 0.25;

const OFFSET: usize = 0;
const SKEW: usize = 1;
const FLOORS: [usize; 2] = [2, 3];
const LOAD: usize = 4;
const N: usize = 5;

/// One way between a speaker and its coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the coordinator.
    There,
    /// From it.
    Back,
}

impl Way {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::There, Self::Back];
}

/// How the two delays of a burst are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Each by itself, in this shape.
    Each(Shape),
    /// The middle of each way's delays by itself, and not the least: where no floor is to be seen, all that was asked
    /// says more than one that was lucky.
    Middle,
    /// Half of what they differ by, and half of both together. A processor that has to wake, or that others use, holds
    /// both ways up alike: their sum scatters by ten times what they differ by.
    Together,
}

impl Look {
    /// The two lines of a burst, as multiples of offset, skew, floors and load.
    fn lines(self) -> [[f64; N]; 2] {
        match self {
            Self::Each(_) | Self::Middle => [[1.0, 0.0, 1.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 1.0, 1.0]],
            Self::Together => [[1.0, 0.0, 0.5, -0.5, 0.0], [0.0, 0.0, 0.5, 0.5, 1.0]],
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::Each(shape) => shape,
            Self::Middle | Self::Together => Shape::Hill,
        }
    }

    /// The same in numbers.
    fn says(self, delays: [f64; 2]) -> [f64; 2] {
        match self {
            Self::Each(_) | Self::Middle => delays,
            Self::Together => [(delays[0] - delays[1]) / 2.0, f64::midpoint(delays[0], delays[1])],
        }
    }

    /// The variance of the stamps in it, and by how much denser two delays lie than what they say.
    fn scale(self) -> (f64, f64) {
        match self {
            Self::Each(_) | Self::Middle => (STAMP_US * STAMP_US, 1.0),
            Self::Together => (STAMP_US * STAMP_US / 2.0, 0.5),
        }
    }
}

/// The opinion. Units: microseconds, seconds, ppm.
#[derive(Debug, Clone, Copy)]
pub struct Hypothesis {
    /// How delays are looked at.
    pub look: Look,
    /// How fast the skew wanders, ppm^2 a second.
    wander: f64,
    /// The variance of the load, microseconds^2.
    load: f64,
    x: [f64; N],
    p: [[f64; N]; N],
    first_width: f64,
    /// The widths of what is looked at.
    widths: [f64; 2],
    /// How many of the last say as much as one.
    alike: f64,
    /// How likely the last of each belonged to no shape.
    strayed: [f64; 2],
    /// The logarithm of how well it foretold the delays of late, against the best.
    pub credit: f64,
}

impl Hypothesis {
    /// Begun with the delays of the first burst that it looks at, from an offset of 0.
    pub fn new(look: Look, wander: f64, delays: [f64; 2], skew: f64, skew_deviation: f64) -> Self {
        let way = f64::midpoint(delays[0], delays[1]);
        let width = (0.1 * way).max(5.0);
        let floor = if look.shape() == Shape::Hill { way } else { way - width };
        let mut p = [[0.0; N]; N];
        p[OFFSET][OFFSET] = 4.0 * width * width;
        p[SKEW][SKEW] = skew_deviation * skew_deviation;
        for i in FLOORS {
            for k in FLOORS {
                p[i][k] = 4.0 * width * width;
            }
        }
        let load = if way < LOAD_WAY_US { LOAD_US * LOAD_US } else { 0.0 };
        p[LOAD][LOAD] = load;
        let x = [(delays[0] - delays[1]) / 2.0, skew, floor, floor, 0.0];
        Self {
            look,
            wander,
            load,
            x,
            p,
            first_width: width,
            widths: [width; 2],
            alike: 1.0,
            strayed: [0.0; 2],
            credit: 0.0,
        }
    }

    /// The offset.
    pub fn offset(&self) -> f64 {
        self.x[OFFSET]
    }

    /// The skew.
    pub fn skew(&self) -> f64 {
        self.x[SKEW]
    }

    /// The covariance of offset and skew: offset^2, offset x skew, skew^2.
    pub fn covariance(&self) -> [f64; 3] {
        [self.p[OFFSET][OFFSET], self.p[OFFSET][SKEW], self.p[SKEW][SKEW]]
    }

    /// The floor of a way.
    pub fn floor(&self, way: Way) -> f64 {
        self.x[FLOORS[way as usize]]
    }

    /// The width of the queue of a way.
    pub fn width(&self, way: Way) -> f64 {
        match self.look {
            Look::Each(_) | Look::Middle => self.widths[way as usize],
            Look::Together => self.widths[0].hypot(self.widths[1]),
        }
    }

    /// Time passes.
    pub fn predict(&mut self, dt: f64, least_wander: f64) {
        let wander = self.wander.max(least_wander);
        self.x[OFFSET] += self.x[SKEW] * dt;
        for k in 0..N {
            self.p[OFFSET][k] += dt * self.p[SKEW][k];
        }
        for i in 0..N {
            self.p[i][OFFSET] += dt * self.p[i][SKEW];
        }
        self.p[OFFSET][OFFSET] += wander * dt * dt * dt / 3.0;
        self.p[OFFSET][SKEW] += wander * dt * dt / 2.0;
        self.p[SKEW][OFFSET] = self.p[OFFSET][SKEW];
        self.p[SKEW][SKEW] += wander * dt;
        self.loosen(FLOOR_WANDER * dt);
        let stays = (-dt / LOAD_S).exp();
        self.x[LOAD] *= stays;
        for k in 0..N {
            self.p[LOAD][k] *= stays;
        }
        for i in 0..N {
            self.p[i][LOAD] *= stays;
        }
        self.p[LOAD][LOAD] += self.load * (1.0 - stays * stays);
    }

    /// A line of these multiples: how far `seen` lies above it, its variance, and the covariance with the five.
    fn line(&self, of: [f64; N], seen: f64) -> (f64, f64, [f64; N]) {
        let along = |row: &[f64; N]| row.iter().zip(of).map(|(value, by)| by * value).sum::<f64>();
        let with: [f64; N] = std::array::from_fn(|i| along(&self.p[i]));
        (seen - along(&self.x), along(&with).max(1e-9), with)
    }

    /// How far a delay lies above the line of its way, and the deviation of that line.
    pub fn above(&self, way: Way, delay: f64) -> (f64, f64) {
        let of = Look::Each(Shape::Hill).lines()[way as usize];
        let (above, variance, _) = self.line(of, delay);
        (above, variance.sqrt())
    }

    /// The delays of a burst that it looks at. Returns the logarithm of how well they were foretold.
    pub fn add(&mut self, delays: [f64; 2]) -> f64 {
        self.lower(delays[0] + delays[1]);
        let says = self.look.says(delays);
        let foretold: f64 = (0..2).map(|at| self.take(at, says[at])).sum();
        foretold + self.look.scale().1.ln()
    }

    /// A way became longer (or shorter) by so much: its floor is there now, give or take what a queue is.
    pub fn moved(&mut self, way: Way, by: f64) {
        let (floor, width) = (FLOORS[way as usize], self.width(way));
        self.x[floor] += by;
        self.p[floor][floor] += 4.0 * width * width;
        match self.look {
            Look::Each(_) | Look::Middle => self.strayed[way as usize] = 0.0,
            Look::Together => self.strayed = [0.0; 2],
        }
    }

    /// The clock is ahead by so much more, or nearly: the ways are what they were.
    pub fn stepped(&mut self, by: f64) {
        self.x[OFFSET] += by;
        self.p[OFFSET][OFFSET] += by * by / 4.0;
    }

    /// The offset is held to be greater by so much, and the way there shorter: no delay can tell the difference.
    pub fn reanchor(&mut self, by: f64) {
        self.x[OFFSET] += by;
        self.x[FLOORS[0]] -= by;
        self.x[FLOORS[1]] += by;
    }

    /// A route is longer one way than the other by some part of the whole, as likely this way as that. What is known
    /// of the offset says it far better, unless it has been lost by many changes of the route.
    pub fn symmetry(&mut self) {
        let with: [f64; N] = std::array::from_fn(|i| (self.p[i][2] - self.p[i][3]) / 2.0);
        let variance = (with[2] - with[3]) / 2.0;
        let likely = LIKELY_ASYMMETRY * (self.x[2] + self.x[3]).max(0.0);
        let total = (variance + likely * likely).max(1e-9);
        let apart = (self.x[2] - self.x[3]) / 2.0;
        for i in 0..N {
            self.x[i] -= with[i] / total * apart;
            for k in 0..N {
                self.p[i][k] -= with[i] * with[k] / total;
            }
        }
    }

    /// A round trip is never shorter than the floors together, whatever the offset.
    fn lower(&mut self, round_trip: f64) {
        if self.look.shape() == Shape::Hill {
            return;
        }
        let missing = (self.x[2] + self.x[3] - round_trip) / 2.0 + self.x[LOAD];
        let variance = (self.p[2][2] + 2.0 * self.p[2][3] + self.p[3][3]) / 4.0;
        if missing > LOW_SIGMAS * (variance + STAMP_US * STAMP_US).sqrt() {
            self.x[2] -= missing;
            self.x[3] -= missing;
            self.loosen(missing * missing * 0.25);
        }
    }

    /// Both floors are known less well, and still to be one number apart.
    fn loosen(&mut self, variance: f64) {
        for i in FLOORS {
            for k in FLOORS {
                self.p[i][k] += variance;
            }
        }
    }

    /// Takes one of the two things that are looked at.
    fn take(&mut self, at: usize, seen: f64) -> f64 {
        let (of, shape, stamp) = (self.look.lines()[at], self.look.shape(), self.look.scale().0);
        let (mut above, mut variance, mut with) = self.line(of, seen);
        if shape != Shape::Hill && above < -LOW_SIGMAS * (variance + stamp).sqrt() {
            self.loosen(LOW_SHARE * above * above);
            (above, variance, with) = self.line(of, seen);
        }
        let judged = shape.judge(above, variance + stamp, self.widths[at], self.strayed[at]);
        self.strayed[at] = judged.stray;
        // from the stamped line to the line itself
        let of_line = variance / (variance + stamp);
        // what it says, or a part of it where the ones before said the same
        let mut weight = 1.0 / self.alike;
        if matches!(self.look, Look::Each(Shape::Hill) | Look::Middle) {
            // a queue that stands on the other way: nothing tells what this one's middle moved by from the offset
            weight *= 1.0 - ONE_SIDED * self.strayed[1 - at];
        }
        let moved = weight * of_line * judged.moved;
        let left = variance - weight * of_line * of_line * (variance + stamp - judged.variance);
        let gain = (1.0 - left / variance) / variance;
        for i in 0..N {
            self.x[i] += with[i] / variance * moved;
            for k in 0..N {
                self.p[i][k] -= with[i] * with[k] * gain;
            }
        }
        self.x[SKEW] = self.x[SKEW].clamp(-MAX_SKEW, MAX_SKEW);
        judged.density.ln()
    }

    /// Learns the widths from how `seen` bursts of late lie, whose delays are without the offset: the least each way,
    /// the middle each way, and both ways together.
    ///
    /// `alike`: how many of the least, and of the middle, say as much as one. By the round trips, which know nothing of
    /// the offset: an offset that is not yet right would make all delays alike, and so never become right. What both
    /// ways have in common cancels in their difference.
    pub fn learn(&mut self, [each, middle, together]: [[Quantiles; 2]; 3], alike: [f64; 2], seen: usize) {
        let seen = seen as f64;
        let (recent, alike) = match self.look {
            Look::Each(_) => (each, alike[0]),
            Look::Middle => (middle, alike[1]),
            Look::Together => (together, 1.0),
        };
        self.alike = alike;
        for (width, quantiles) in self.widths.iter_mut().zip(&recent) {
            let now = self.look.shape().width(quantiles);
            let blended = (self.first_width * FIRST_GUESS + now * seen) / (FIRST_GUESS + seen);
            *width = blended.max(LEAST_WIDTH_US);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled() -> Hypothesis {
        let mut h = Hypothesis::new(Look::Each(Shape::Edge), 1e-3, [1_100.0, 1_100.0], 0.0, 5.0);
        for k in 0..200 {
            h.predict(1.0, 0.0);
            h.add([1_000.0 + f64::from(k % 7) * 20.0, 1_000.0 + f64::from(k % 5) * 30.0]);
        }
        h
    }

    #[test]
    fn a_delay_at_the_floor_one_way_counts_though_the_other_way_was_late() {
        let mut h = settled();
        let before = h.covariance()[0];
        let mut late = h;
        late.add([9_000.0, 9_000.0]);
        h.add([1_000.0, 9_000.0]);
        assert!(late.covariance()[0] > before * 0.99, "two late ways say nothing");
        assert!(h.covariance()[0] < before * 0.99, "one that was not does: {} of {before}", h.covariance()[0]);
    }

    #[test]
    fn a_way_that_became_longer_leaves_the_offset_alone() {
        let mut h = settled();
        let before = h.offset();
        h.moved(Way::There, 3_000.0);
        for k in 0..200 {
            h.predict(1.0, 0.0);
            h.add([4_000.0 + f64::from(k % 7) * 20.0, 1_000.0 + f64::from(k % 5) * 30.0]);
        }
        assert!((h.offset() - before).abs() < 5.0, "{} us from {before}", h.offset());
        assert!((h.floor(Way::There) - h.floor(Way::Back) - 3_000.0).abs() < 30.0);
    }

    #[test]
    fn reanchored_it_foretells_the_same_delays() {
        let (a, mut b) = (settled(), settled());
        b.reanchor(40.0);
        assert!((b.offset() - a.offset() - 40.0).abs() < 1e-9);
        for way in Way::BOTH {
            assert!((a.above(way, 1_234.0).0 - b.above(way, 1_234.0).0).abs() < 1e-9);
        }
    }

    #[test]
    fn late_delays_that_come_in_a_row_both_ways_do_not_move_the_offset() {
        let mut h = settled();
        let before = h.offset();
        for _ in 0..40 {
            h.predict(1.0, 0.0);
            h.add([2_000.0, 2_400.0]);
        }
        assert!((h.offset() - before).abs() < 40.0, "{} us from {before}", h.offset());
    }
}
