//! How far apart the speakers of a zone are, as far as the coordinator can know: from what they report.
//!
//! Every report says how late its speaker is against the timeline that all share, and what its clock may be wrong by.
//! So the spread is the latest minus the earliest, and the truth may be more by as much as the bounds allow. Once a
//! second one reading is taken from the newest report of each; five minutes of readings make the percentile and the
//! maximum. A report costs nothing here, and a reading one look at each member.

use std::collections::VecDeque;

use downbeat_protocol::{
    ServerTime,
    report::{PlayerState, Position},
};

/// Readings are kept for so long, microseconds.
pub const WINDOW_US: i64 = 300_000_000;
/// A reading is taken this often, microseconds.
pub const INTERVAL_US: i64 = 1_000_000;
/// An older report does not count: the speaker may be elsewhere by now. They come once a second.
const MAX_AGE_US: i64 = 3_000_000;

/// The part of one speaker's report that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lateness {
    /// How late it is, microseconds.
    pub late_us: f64,
    /// The bound of the error of `late_us`, microseconds.
    pub bound_us: f64,
}

impl Lateness {
    /// The part that counts of a report that came at `at`. There is none unless the report is new, and of a speaker
    /// that plays by a known clock.
    pub fn of(now: ServerTime, at: ServerTime, report: &Position) -> Option<Self> {
        let bound_us = report.error_bound_us.filter(|us| us.is_finite() && *us >= 0.0)?;
        let new = now.micros_since(at) <= MAX_AGE_US;
        let counts = new && report.state == PlayerState::Playing && report.sync_error_us.is_finite();
        counts.then_some(Self { late_us: report.sync_error_us, bound_us })
    }
}

/// The estimate of how well a zone's speakers agree; `None`: too few speakers said anything.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sync {
    /// The latest minus the earliest speaker, microseconds.
    pub spread_us: Option<f64>,
    /// By how much the true spread may exceed that, microseconds.
    pub bound_us: Option<f64>,
    /// The spread that 95 % of the readings of the last minutes did not exceed.
    pub p95_us: Option<f64>,
    /// The greatest of them.
    pub max_us: Option<f64>,
    /// How many speakers the last reading is of.
    pub speakers: usize,
}

/// The last minutes of a zone.
#[derive(Debug, Clone, Default)]
pub struct SyncWindow {
    readings: VecDeque<(ServerTime, f64)>,
    last: Option<(ServerTime, Sync)>,
}

impl SyncWindow {
    /// Takes a reading.
    pub fn read(&mut self, now: ServerTime, heard: impl Iterator<Item = Lateness>) {
        let (mut count, mut late, mut possible) = (0, Range::NONE, Range::NONE);
        for h in heard {
            count += 1;
            late.add(h.late_us, h.late_us);
            possible.add(h.late_us - h.bound_us, h.late_us + h.bound_us);
        }
        let mut sync = Sync { speakers: count, ..Sync::default() };
        // one alone is in step with itself, and is let stray
        if count > 1 {
            sync.spread_us = Some(late.width());
            sync.bound_us = Some(possible.width() - late.width());
            self.readings.push_back((now, late.width()));
        }
        self.last = Some((now, sync));
        while self.readings.front().is_some_and(|(at, _)| now.micros_since(*at) > WINDOW_US) {
            self.readings.pop_front();
        }
    }

    /// The last reading, without what was before it.
    pub fn last(&self) -> Sync {
        self.last.map(|(_, sync)| sync).unwrap_or_default()
    }

    /// The estimate at `now`.
    pub fn at(&self, now: ServerTime) -> Sync {
        let last = self.last.filter(|(at, _)| now.micros_since(*at) <= MAX_AGE_US);
        let window = self.readings.iter().filter(|(at, _)| now.micros_since(*at) <= WINDOW_US);
        let mut sorted: Vec<f64> = window.map(|(_, us)| *us).collect();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * 95).div_ceil(100);
        Sync {
            p95_us: rank.checked_sub(1).and_then(|k| sorted.get(k).copied()),
            max_us: sorted.last().copied(),
            ..last.map(|(_, sync)| sync).unwrap_or_default()
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Range(f64, f64);

impl Range {
    const NONE: Self = Self(f64::INFINITY, f64::NEG_INFINITY);

    fn add(&mut self, low: f64, high: f64) {
        *self = Self(self.0.min(low), self.1.max(high));
    }

    fn width(self) -> f64 {
        self.1 - self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn at(seconds: i64) -> ServerTime {
        ServerTime(seconds * SECOND)
    }

    fn heard(values: &[(f64, f64)]) -> impl Iterator<Item = Lateness> {
        values.iter().map(|(late_us, bound_us)| Lateness { late_us: *late_us, bound_us: *bound_us })
    }

    #[test]
    fn the_spread_and_what_it_may_hide() {
        let mut w = SyncWindow::default();
        w.read(at(1), heard(&[(-4.0, 10.0), (6.0, 20.0), (0.0, 30.0)]));
        let sync = w.at(at(1));
        // the third may be at -30 or at +30, though it is believed to be in the middle
        assert_eq!((sync.spread_us, sync.bound_us, sync.speakers), (Some(10.0), Some(50.0), 3));
        assert_eq!((sync.p95_us, sync.max_us), (Some(10.0), Some(10.0)));
    }

    #[test]
    fn one_alone_has_no_spread_and_what_is_past_is_not_present() {
        let mut w = SyncWindow::default();
        assert_eq!(w.at(at(0)), Sync::default());
        w.read(at(1), heard(&[(-4.0, 10.0), (6.0, 20.0)]));
        w.read(at(2), heard(&[(1_400.0, 10.0)]));
        let sync = w.at(at(2));
        assert_eq!((sync.spread_us, sync.bound_us, sync.speakers), (None, None, 1));
        assert_eq!(sync.max_us, Some(10.0), "of the readings before");
        assert_eq!(w.at(at(6)).speakers, 0, "no reading for seconds");
        assert_eq!(w.at(at(302)), Sync::default(), "and all is forgotten");
    }

    #[test]
    fn five_minutes_count() {
        let mut w = SyncWindow::default();
        w.read(at(0), heard(&[(0.0, 1.0), (9_000.0, 1.0)]));
        for k in 1..=300 {
            // one reading in twenty is large
            let spread = if k % 20 == 0 { 100.0 + k as f64 } else { 10.0 };
            w.read(at(k), heard(&[(0.0, 1.0), (spread, 1.0)]));
        }
        assert_eq!(w.at(at(300)).max_us, Some(9_000.0));
        w.read(at(301), heard(&[(0.0, 1.0), (10.0, 1.0)]));
        let sync = w.at(at(301));
        assert_eq!((sync.p95_us, sync.max_us), (Some(10.0), Some(400.0)));
        w.read(at(302), heard(&[(0.0, 1.0), (500.0, 1.0)]));
        assert!(w.at(at(302)).p95_us > Some(100.0), "one more than a twentieth");
        assert!(w.readings.len() <= 301);
    }

    #[test]
    fn only_fresh_reports_of_those_that_play_count() {
        let playing = Position {
            state: PlayerState::Playing,
            sync_error_us: 3.0,
            error_bound_us: Some(8.0),
            ..Position::default()
        };
        assert_eq!(Lateness::of(at(9), at(8), &playing), Some(Lateness { late_us: 3.0, bound_us: 8.0 }));
        assert_eq!(Lateness::of(at(12), at(8), &playing), None, "four seconds old");
        let refused = [
            Position { state: PlayerState::Preparing, ..playing.clone() },
            Position { state: PlayerState::Paused, ..playing.clone() },
            Position { error_bound_us: None, ..playing.clone() },
            Position { error_bound_us: Some(f64::NAN), ..playing.clone() },
            Position { error_bound_us: Some(-1.0), ..playing.clone() },
            Position { sync_error_us: f64::INFINITY, ..playing },
        ];
        assert!(refused.iter().all(|p| Lateness::of(at(9), at(8), p).is_none()));
    }
}
