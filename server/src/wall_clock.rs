//! The wall clock: to be trusted or not.
//!
//! A machine without a clock of its own boots in 1970, or at the time of its system's making, until it hears from a
//! time server. Notes of until then are dated anew once the clock is set (`conductor/dating.rs`).

use std::time::Duration;

use chrono::Utc;
use tokio::time::Instant;

/// 2026-01-01: nothing was noted before, so an earlier time is that of a clock that was not set. UTC microseconds.
pub(crate) const EARLIEST_US: i64 = 1_767_225_600_000_000;
/// A wall clock that is behind is believed after so long all the same: then what was noted before is wrong.
const DOUBT: Duration = Duration::from_hours(24);
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// The wall clock's time, UTC microseconds.
pub(crate) fn wall_us() -> i64 {
    Utc::now().timestamp_micros()
}

/// True for a time that a clock shows that was set.
pub(crate) fn is_set(wall_us: i64) -> bool {
    wall_us >= EARLIEST_US
}

/// The trust in the wall clock. A machine without a clock of its own that runs on boots in the past. One with a wrong
/// clock may boot years ahead, until it hears from a time server.
#[derive(Debug)]
pub(crate) struct Wall {
    /// The latest wall time that earlier runs noted, UTC microseconds; an earlier time that is believed after all
    /// replaces it.
    newest_us: Option<i64>,
    since: Instant,
    /// It was complained of.
    doubted: bool,
}

impl Wall {
    /// The trust at the start, with the latest wall time that earlier runs noted.
    pub(crate) fn new(newest_us: Option<i64>, now: Instant) -> Self {
        Self { newest_us, since: now, doubted: false }
    }

    /// True if it may date things: it is not behind what it showed before, or it has been disbelieved long enough.
    pub(crate) fn believes(&mut self, now_us: i64, now: Instant) -> bool {
        if is_set(now_us) && self.newest_us.is_none_or(|newest| newest <= now_us) {
            self.doubted = false;
            return true;
        }
        if now.saturating_duration_since(self.since) >= DOUBT {
            tracing::warn!("the wall clock stays behind; it is believed until it is set");
            *self = Self { newest_us: Some(now_us), since: now, doubted: false };
            return true;
        }
        if !self.doubted {
            self.doubted = true;
            tracing::warn!(
                "the wall clock is not set, or behind what it showed before; history waits until it is right"
            );
        }
        false
    }

    /// The present for reckoning age: not much later than this run can have made it. It catches up with a long time
    /// without power while this runs, a day in a day.
    pub(crate) fn reckoned(&self, now_us: i64, now: Instant) -> i64 {
        let up_us = i64::try_from(now.saturating_duration_since(self.since).as_micros()).unwrap_or(i64::MAX);
        let latest = |newest: i64| newest.saturating_add(DAY_US).saturating_add(up_us.saturating_mul(2));
        self.newest_us.map_or(now_us, |newest| now_us.min(latest(newest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;
    const HOUR_US: i64 = DAY_US / 24;

    #[test]
    fn a_wall_clock_that_is_behind_is_waited_for() {
        let boot = Instant::now();
        let after = |hours| boot + Duration::from_hours(hours);
        let wall = |newest_us| Wall { newest_us, since: boot, doubted: false };
        assert!(wall(None).believes(NOW, boot), "nothing is known");
        assert!(!wall(None).believes(0, boot), "it was never set");
        let mut w = wall(Some(NOW));
        assert!(!w.believes(NOW - 300 * DAY_US, boot));
        assert!(!w.believes(NOW - 300 * DAY_US, after(23)));
        assert!(w.believes(NOW, after(23)), "a time server was heard");
        // what was noted before was wrong
        let behind = NOW - 300 * DAY_US;
        let mut w = wall(Some(NOW));
        assert!(w.believes(behind, after(24)) && w.believes(behind, after(25)));
        assert_eq!(w.reckoned(behind, after(25)), behind);
    }

    #[test]
    fn a_wall_clock_that_is_years_ahead_makes_nothing_old() {
        let boot = Instant::now();
        let after = |hours| boot + Duration::from_hours(hours);
        let wall = Wall { newest_us: Some(NOW), since: boot, doubted: false };
        assert_eq!(wall.reckoned(NOW + 4_000 * DAY_US, boot), NOW + DAY_US);
        assert_eq!(wall.reckoned(NOW + HOUR_US, boot), NOW + HOUR_US, "a short time without power");
        assert_eq!(wall.reckoned(NOW + HOUR_US * 100, after(100)), NOW + HOUR_US * 100, "a long run");
        assert_eq!(wall.reckoned(NOW + DAY_US * 30, after(24 * 15)), NOW + DAY_US * 30, "it catches up");
        assert_eq!(wall.reckoned(NOW - DAY_US, boot), NOW - DAY_US);
    }
}
