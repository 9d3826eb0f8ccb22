//! Clocks that are wrong the way real ones are: each a crystal with its own rate, which wanders and warms up.
//!
//! The truth is a count of nanoseconds that nobody in the simulation can read. A clock's reading is a broken line over
//! it, laid down a quarter of a second at a time, entirely in whole numbers, so that reading and inverse agree.

use crate::dice::Dice;

/// True nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// The rate is constant for this long, true nanoseconds.
const PIECE: i64 = SECOND / 4;

/// A warming: so many ppm more, approached with this time constant.
#[derive(Debug, Clone, Copy)]
struct Warming {
    from: i64,
    ppm: f64,
    tau_s: f64,
}

/// A clock with the crystal that drives it.
#[derive(Debug, Clone)]
pub struct Clock {
    dice: Dice,
    /// The rate now, ppm fast, without the warming.
    ppm: f64,
    /// Its random walk, ppm per root second.
    wander: f64,
    warming: Option<Warming>,
    /// Reading at each multiple of [`PIECE`].
    readings: Vec<i64>,
    /// Added to every reading: steps, and what was slept through.
    shift: i64,
}

impl Clock {
    /// A clock that is `ppm` fast and reads `zero` at the beginning of the world. `wander` is in ppm per root second:
    /// 0.01 is a cheap crystal in a room.
    pub fn new(dice: Dice, zero: i64, ppm: f64, wander: f64) -> Self {
        Self { dice, ppm, wander, warming: None, readings: vec![zero], shift: 0 }
    }

    fn reach(&mut self, piece: usize) {
        while self.readings.len() < piece + 2 {
            let at = (self.readings.len() - 1) as i64 * PIECE;
            let warm = self.warming.map_or(0.0, |w| {
                let since = (at - w.from).max(0) as f64 / SECOND as f64;
                w.ppm * (1.0 - (-since / w.tau_s).exp())
            });
            let advance = PIECE as f64 * (1.0 + (self.ppm + warm) * 1e-6);
            let last = self.readings[self.readings.len() - 1];
            self.readings.push(last + advance.round() as i64);
            self.ppm += self.wander * (PIECE as f64 / SECOND as f64).sqrt() * self.dice.normal();
        }
    }

    /// The clock's reading at a true instant, nanoseconds.
    pub fn read(&mut self, truth: i64) -> i64 {
        let piece = truth.div_euclid(PIECE).max(0) as usize;
        self.reach(piece);
        let (from, to) = (self.readings[piece], self.readings[piece + 1]);
        let within = i128::from(truth - piece as i64 * PIECE);
        from + (within * i128::from(to - from)).div_euclid(i128::from(PIECE)) as i64 + self.shift
    }

    /// The true instant at which it reads this.
    pub fn truth_of(&mut self, reading: i64) -> i64 {
        let reading = reading - self.shift;
        while self.readings[self.readings.len() - 1] <= reading {
            self.reach(self.readings.len());
        }
        let piece = self.readings.partition_point(|r| *r <= reading).saturating_sub(1);
        let (from, to) = (self.readings[piece], self.readings[piece + 1]);
        let within = i128::from(reading - from) * i128::from(PIECE);
        piece as i64 * PIECE + within.div_euclid(i128::from(to - from)) as i64
    }

    /// It steps by so many nanoseconds, from now on.
    pub fn step(&mut self, nanos: i64) {
        self.shift += nanos;
    }

    /// From the true instant `from` on it warms up.
    pub fn warm(&mut self, from: i64, ppm: f64, tau_s: f64) {
        self.warming = Some(Warming { from, ppm, tau_s });
    }

    /// Something bends it by so many ppm, from the next quarter of a second on.
    pub fn slew(&mut self, ppm: f64) {
        self.ppm += ppm;
    }

    /// How fast it runs at a true instant, ppm.
    pub fn ppm_at(&mut self, truth: i64) -> f64 {
        let piece = truth.div_euclid(PIECE).max(0) as usize;
        self.reach(piece);
        ((self.readings[piece + 1] - self.readings[piece]) as f64 / PIECE as f64 - 1.0) * 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_inverse_agree_and_it_runs_at_its_rate() {
        let mut c = Clock::new(Dice::new(1), 77 * SECOND, 40.0, 0.01);
        for k in 0..2_000 {
            let truth = k * 123_456_789;
            let reading = c.read(truth);
            assert!((c.truth_of(reading) - truth).abs() <= 1);
        }
        let mut c = Clock::new(Dice::new(1), 0, -40.0, 0.0);
        assert_eq!(c.read(100 * SECOND), 100 * SECOND - 4_000_000);
        c.step(5);
        assert_eq!(c.read(100 * SECOND), 100 * SECOND - 4_000_000 + 5);
    }

    #[test]
    fn it_warms_up() {
        let mut c = Clock::new(Dice::new(1), 0, 10.0, 0.0);
        c.warm(10 * SECOND, 1.5, 120.0);
        assert!((c.ppm_at(5 * SECOND) - 10.0).abs() < 0.01);
        assert!((c.ppm_at(130 * SECOND) - 10.0 - 1.5 * 0.632).abs() < 0.02);
    }
}
