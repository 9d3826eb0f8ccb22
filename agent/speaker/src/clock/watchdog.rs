//! Notices what no estimate can: that the machine was suspended, or that nothing has been heard for too long.

use downbeat_protocol::LocalTime;

/// A suspension shorter than this is scheduling noise between two clock reads, nanoseconds.
const SUSPENSION_NS: i64 = 10_000_000;
/// Without an absorbed sample for this long the estimate is stale, nanoseconds.
const STALE_NS: i64 = 30_000_000_000;

/// An event that the watchdog noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Alarm {
    /// The machine slept for so many nanoseconds: local time means nothing across it. Reset the filter.
    Suspended(i64),
    /// No sample has been absorbed for half a minute: play on in holdover, and tell the coordinator.
    Stale,
    /// Samples come again.
    Fresh,
}

/// Watches the suspension counter and the age of the estimate.
#[derive(Debug, Clone)]
pub struct Watchdog {
    suspended: i64,
    last_sample: LocalTime,
    stale: bool,
}

impl Watchdog {
    /// `suspended` is the machine's counter of suspended nanoseconds now.
    pub fn new(now: LocalTime, suspended: i64) -> Self {
        Self { suspended, last_sample: now, stale: false }
    }

    /// A sample was absorbed.
    pub fn sample(&mut self, now: LocalTime) -> Option<Alarm> {
        self.last_sample = now;
        std::mem::take(&mut self.stale).then_some(Alarm::Fresh)
    }

    /// To be called often; `suspended` as in [`Watchdog::new`].
    pub fn check(&mut self, now: LocalTime, suspended: i64) -> Option<Alarm> {
        let slept = suspended - self.suspended;
        self.suspended = suspended;
        if slept > SUSPENSION_NS {
            self.last_sample = now;
            return Some(Alarm::Suspended(slept));
        }
        if !self.stale && now.nanos_since(self.last_sample) > STALE_NS {
            self.stale = true;
            return Some(Alarm::Stale);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspension_is_told_once() {
        let mut w = Watchdog::new(LocalTime(0), 5_000);
        assert_eq!(w.check(LocalTime(1), 6_000), None, "a microsecond between two reads is nothing");
        assert_eq!(w.check(LocalTime(2), 30_000_006_000), Some(Alarm::Suspended(30_000_000_000)));
        assert_eq!(w.check(LocalTime(3), 30_000_006_000), None);
    }

    #[test]
    fn silence_is_stale_until_a_sample_comes() {
        let mut w = Watchdog::new(LocalTime(0), 0);
        assert_eq!(w.check(LocalTime(STALE_NS), 0), None);
        assert_eq!(w.check(LocalTime(STALE_NS + 1), 0), Some(Alarm::Stale));
        assert_eq!(w.check(LocalTime(STALE_NS + 2), 0), None, "told once");
        assert_eq!(w.sample(LocalTime(STALE_NS + 3)), Some(Alarm::Fresh));
        assert_eq!(w.sample(LocalTime(STALE_NS + 4)), None);
    }
}
