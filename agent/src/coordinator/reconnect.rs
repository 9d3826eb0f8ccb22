//! How long to wait before the next attempt.
//!
//! A hundred speakers lose their coordinator in the same millisecond. Full jitter spreads their return evenly over
//! the whole wait; doubling keeps a dead coordinator's network quiet. Pure: the caller counts the time, and gives a
//! seed of its own so that no two speakers jump alike.

use std::time::Duration;

/// How the waits grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffSettings {
    /// The first wait is somewhere between nothing and this.
    pub first: Duration,
    /// No wait is longer than this.
    pub max: Duration,
    /// An attempt that lasted this long was a good one: the next wait is a first one again.
    pub good_after: Duration,
}

impl Default for BackoffSettings {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), max: Duration::from_secs(10), good_after: Duration::from_secs(30) }
    }
}

/// Says how long to wait.
#[derive(Debug, Clone)]
pub struct Backoff {
    settings: BackoffSettings,
    failures: u32,
    random: SplitMix,
}

impl Backoff {
    /// No failure yet.
    pub fn new(settings: BackoffSettings, seed: u64) -> Self {
        Self { settings, failures: 0, random: SplitMix(seed) }
    }

    /// An attempt ended that had been good for `lasted` (nothing, if it never was): how long to wait now.
    pub fn ended(&mut self, lasted: Duration) -> Duration {
        if lasted >= self.settings.good_after {
            self.failures = 0;
        }
        let ceiling = self.ceiling();
        self.failures = self.failures.saturating_add(1);
        ceiling.mul_f64(self.random.unit())
    }

    /// An attempt ended for a reason that a quick return will not mend: a wait from the upper half of the longest.
    pub fn refused(&mut self) -> Duration {
        self.settings.max.mul_f64(0.5 + 0.5 * self.random.unit())
    }

    /// All is well.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The longest that the next wait can be.
    fn ceiling(&self) -> Duration {
        self.settings.first.saturating_mul(1 << self.failures.min(20)).min(self.settings.max)
    }
}

/// A small generator of evenly spread numbers (SplitMix64): jitter needs no better.
#[derive(Debug, Clone)]
struct SplitMix(u64);

impl SplitMix {
    /// 0 <= x < 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread_over_the_whole() {
        let mut longest = [Duration::ZERO; 12];
        let mut shortest = [Duration::MAX; 12];
        for seed in 0..2_000 {
            let mut b = Backoff::new(BackoffSettings::default(), seed);
            for i in 0..12 {
                let wait = b.ended(Duration::ZERO);
                longest[i] = longest[i].max(wait);
                shortest[i] = shortest[i].min(wait);
            }
        }
        for (i, (long, short)) in longest.iter().zip(shortest).enumerate() {
            let ceiling = Duration::from_millis(100 << i).min(Duration::from_secs(10));
            assert!(*long <= ceiling && *long > ceiling.mul_f64(0.99), "{i}: {long:?} of {ceiling:?}");
            assert!(short < ceiling.mul_f64(0.01), "{i}: {short:?} of {ceiling:?}");
        }
    }

    #[test]
    fn only_a_good_connection_starts_it_over() {
        let mut b = Backoff::new(BackoffSettings::default(), 7);
        for _ in 0..10 {
            let _ = b.ended(Duration::from_secs(29));
        }
        assert_eq!(b.ceiling(), Duration::from_secs(10), "ten short ones");
        assert!(b.ended(Duration::from_secs(30)) <= Duration::from_millis(100));
    }

    #[test]
    fn a_refusal_is_not_hurried() {
        let mut b = Backoff::new(BackoffSettings::default(), 7);
        assert!(b.refused() >= Duration::from_secs(5));
    }
}
