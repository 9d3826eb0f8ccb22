//! The frames that a device takes, held against the time that passes.
//!
//! A sound card takes as many frames a second as its rate says. A device that takes more has no clock (`null`, a file),
//! or a driver that lies; written to as fast as it takes frames, it would have a whole core, at real-time priority.

use downbeat_protocol::LocalTime;

/// No crystal is so far out; above it the frames go nowhere.
const FASTEST: f64 = 1.05;
/// Beyond its ring a device may take so much at once, seconds: a card that stood still catches up.
const SLACK_S: f64 = 0.5;

/// The frames that a device may still take: what time has passed for, up to a bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    rate: f64,
    most: f64,
    left: f64,
    at: LocalTime,
}

impl Allowance {
    /// Of a device that is opened now, with a ring of so many frames.
    pub(super) fn new(now: LocalTime, rate: u32, ring: u64) -> Self {
        let rate = f64::from(rate.max(1));
        let most = ring as f64 + SLACK_S * rate;
        Self { rate, most, left: most, at: now }
    }

    /// The device took frames. False: more than any clock permits.
    pub(super) fn took(&mut self, now: LocalTime, frames: u64) -> bool {
        let passed = now.seconds_since(self.at).max(0.0);
        self.at = now;
        self.left = (self.left + passed * self.rate * FASTEST).min(self.most) - frames as f64;
        self.left >= 0.0
    }
}

/// The system's clock in the place of a device's: as if it played each frame at its instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paced {
    since: LocalTime,
    first: u64,
    rate: f64,
}

impl Paced {
    /// The frame `first` is heard now.
    pub(super) fn from(now: LocalTime, first: u64, rate: u32) -> Self {
        Self { since: now, first, rate: f64::from(rate) }
    }

    /// The frame that is heard now.
    pub(super) fn heard(&self, now: LocalTime) -> u64 {
        self.first + (now.seconds_since(self.since).max(0.0) * self.rate) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds blocks of 10 ms to a device that plays at `speed` times its rate, for `seconds`; when it was caught.
    fn caught(speed: f64, seconds: f64) -> Option<f64> {
        let mut allowance = Allowance::new(LocalTime(0), 48_000, 12_000);
        let mut now = 0.0;
        while now < seconds {
            if !allowance.took(LocalTime((now * 1e9) as i64), 480) {
                return Some(now);
            }
            now += 0.01 / speed;
        }
        None
    }

    #[test]
    fn a_card_is_never_caught_and_a_device_without_a_clock_at_once() {
        for speed in [0.5, 0.999, 1.0, 1.001, 1.04] {
            assert_eq!(caught(speed, 3_600.0), None, "{speed}");
        }
        assert!(caught(1e6, 1.0).is_some_and(|at| at < 0.01));
        assert!(caught(2.0, 10.0).is_some_and(|at| at < 1.0));
        assert!(caught(1.1, 100.0).is_some_and(|at| at < 20.0));
    }

    #[test]
    fn a_stall_is_no_credit_for_more_than_the_ring() {
        let mut allowance = Allowance::new(LocalTime(0), 48_000, 12_000);
        assert!(allowance.took(LocalTime(3_600_000_000_000), 36_000), "a card that stood still catches up");
        assert!(!allowance.took(LocalTime(3_600_000_000_001), 480));
    }

    #[test]
    fn the_systems_clock_plays_at_the_rate() {
        let paced = Paced::from(LocalTime(5), 100, 44_100);
        assert_eq!(paced.heard(LocalTime(5)), 100);
        assert_eq!(paced.heard(LocalTime(1_000_000_005)), 44_200);
    }
}
