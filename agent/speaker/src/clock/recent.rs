//! The least delays of late on one way: what they scatter by.

use super::likelihood::Quantiles;

/// Bursts that count: some four minutes at one burst in four seconds.
const WINDOW: usize = 64;

/// A ring of delays, microseconds.
#[derive(Debug, Clone)]
pub struct Recent {
    delays: [f64; WINDOW],
    count: usize,
    next: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self { delays: [0.0; WINDOW], count: 0, next: 0 }
    }
}

impl Recent {
    /// Takes the least delay of a burst.
    pub fn add(&mut self, delay: f64) {
        self.delays[self.next] = delay;
        self.next = (self.next + 1) % WINDOW;
        self.count = (self.count + 1).min(WINDOW);
    }

    /// The way became longer by so much: all but the last `but` count as if it had been so before, too.
    pub fn shift(&mut self, by: f64, but: usize) {
        for ago in but..self.count {
            self.delays[(self.next + 2 * WINDOW - 1 - ago) % WINDOW] += by;
        }
    }

    /// Delays that count.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How they lie.
    pub fn quantiles(&self) -> Quantiles {
        let mut sorted = self.delays;
        let sorted = &mut sorted[..self.count];
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (self.count.max(1) - 1) as f64;
            let below = place.floor();
            let (a, b) = (sorted.get(below as usize), sorted.get(below as usize + 1));
            match (a, b) {
                (Some(a), Some(b)) => a + (b - a) * (place - below),
                (Some(a), None) => *a,
                (None, _) => 0.0,
            }
        };
        Quantiles { low: at(0.05), middle: at(0.5), high: at(0.9) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_window_and_move_with_the_route() {
        let mut r = Recent::default();
        assert_eq!(r.quantiles(), Quantiles::default(), "of none");
        for k in 0..1_000 {
            r.add(if k < 900 { 1e6 } else { f64::from(k % 21) });
        }
        assert_eq!(r.count(), WINDOW);
        let q = r.quantiles();
        assert!((q.low - 1.0).abs() < 0.6 && (q.middle - 10.0).abs() < 1.1 && (q.high - 18.0).abs() < 1.1, "{q:?}");
        r.shift(500.0, 0);
        assert!((r.quantiles().middle - q.middle - 500.0).abs() < 1e-9);
        r.shift(-500.0, WINDOW - 1);
        assert_eq!(r.delays.iter().filter(|d| **d < 400.0).count(), 1, "the oldest alone");
    }
}
