//! The least delays of late on one way: what they scatter by.

use super::likelihood::Quantiles;

/// Bursts that count: some four minutes at one burst in four seconds.
const WINDOW: usize = 64;

/// Of fewer it is not said how alike neighbours are.
const LEAST_TO_COMPARE: usize = 16;
/// The share of its scatter that one delay has anew, at least; and so much of it is added, since it is not known well.
const LEAST_NEW: f64 = 0.02;
const NEW_UNSURE: f64 = 0.03;

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
        let [low, middle, high] = quantiles(&mut sorted[..self.count]);
        Quantiles { low, middle, high }
    }

    /// How many of them say as much as one, at least 1. Delays that are like the one before, as by a queue that stands
    /// for a while, say less than as many that have nothing to do with each other: by (1 + r) / (1 - r), if r is the
    /// correlation of neighbours and it fades with their distance.
    pub fn alike(&self) -> f64 {
        if self.count < LEAST_TO_COMPARE {
            return 1.0;
        }
        let Quantiles { low, high, .. } = self.quantiles();
        let spread = high - low;
        let ago = |k: usize| self.delays[(self.next + 2 * WINDOW - 1 - k) % WINDOW];
        let mut steps: [f64; WINDOW] =
            std::array::from_fn(|k| if k + 1 < self.count { ago(k) - ago(k + 1) } else { 0.0 });
        let [low, _, high] = quantiles(&mut steps[..self.count - 1]);
        // 1 - r: the variance of a difference against that of two
        let new = (high - low).powi(2) / (2.0 * spread * spread).max(1e-9);
        let new = (new + NEW_UNSURE).clamp(LEAST_NEW, 1.0);
        (2.0 - new) / new
    }
}

/// Below them lie a twentieth, half, nine tenths.
fn quantiles(delays: &mut [f64]) -> [f64; 3] {
    delays.sort_unstable_by(f64::total_cmp);
    [0.05, 0.5, 0.9].map(|share| {
        let place = share * (delays.len().max(1) - 1) as f64;
        let below = place.floor();
        let (a, b) = (delays.get(below as usize), delays.get(below as usize + 1));
        match (a, b) {
            (Some(a), Some(b)) => a + (b - a) * (place - below),
            (Some(a), None) => *a,
            (None, _) => 0.0,
        }
    })
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
    #[test]
    fn delays_that_are_like_the_one_before_say_less() {
        let (mut one_by_one, mut standing) = (Recent::default(), Recent::default());
        let mut random = 1u32;
        for k in 0..WINDOW {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            one_by_one.add(f64::from(random >> 16));
            if k % 12 == 0 {
                standing.add(f64::from(random >> 16));
            } else {
                standing.add(standing.delays[k - 1] + f64::from(random >> 24));
            }
        }
        assert!(one_by_one.alike() < 1.6, "{}", one_by_one.alike());
        assert!(standing.alike() > 8.0, "{}", standing.alike());
        assert!((Recent::default().alike() - 1.0).abs() < 1e-9);
    }
}
