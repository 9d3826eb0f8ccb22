//! Dates anew what was noted while the wall clock was not set: by the monotonic clock, which went right all the time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::sleep;

use super::{Conductor, ConductorError};
use crate::wall_clock::{EARLIEST_US, is_set, wall_us};

/// A clock that is not set is looked at this often.
const LOOK: Duration = Duration::from_secs(5);

/// The way from times of a clock that was not set to true ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Correction {
    /// To be added to times of this run, microseconds.
    shift: i64,
    /// When this run began by the clock that was not set, UTC microseconds.
    began: i64,
    /// Now, by the clock that is set, UTC microseconds.
    now: i64,
}

impl Correction {
    /// The true time of what was noted at `noted_us`; `None` if that is one. Of what an earlier run noted nothing is
    /// known but that it is past: it is dated now.
    pub(super) fn of(self, noted_us: i64) -> Option<i64> {
        if is_set(noted_us) {
            return None;
        }
        let shifted = noted_us.saturating_add(self.shift);
        let of_this_run = noted_us >= self.began && shifted <= self.now;
        Some(if of_this_run { shifted } else { self.now })
    }

    fn of_instant(self, noted: DateTime<Utc>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.of(noted.timestamp_micros())?)
    }
}

impl Conductor {
    /// Waits until the wall clock is set, then dates anew what was noted before. Ends with that, or with the conductor.
    pub(super) async fn date_anew(self) {
        let clock = || self.0.clock.now().0;
        let (began_us, mut offset_us) = (wall_us(), wall_us() - clock());
        while !is_set(wall_us()) {
            offset_us = wall_us() - clock();
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                () = sleep(LOOK) => {}
            }
        }
        let now_us = wall_us();
        let shift_us = now_us - clock() - offset_us;
        let correction = Correction { shift: shift_us, began: began_us, now: now_us };
        if shift_us > 0 && !is_set(began_us) {
            tracing::info!("the wall clock is set; what was noted before is dated anew");
        }
        while let Err(error) = self.correct(correction).await {
            tracing::warn!(%error, "what was noted before the clock was set is not dated anew yet");
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                () = sleep(Duration::from_mins(1)) => {}
            }
        }
    }

    async fn correct(&self, correction: Correction) -> Result<(), ConductorError> {
        let added = move |seconds: i64| Some(correction.of(seconds.saturating_mul(1_000_000))? / 1_000_000);
        self.0.library.date_anew(added).await?;
        let offset_us = correction.now - self.0.clock.now().0;
        self.0.store.date_history_anew(self.0.clock.id(), offset_us, EARLIEST_US).await?;
        self.0.store.date_lists_anew(EARLIEST_US, correction.now).await?;
        let _edit = self.0.edits.write().await;
        let mut rows = Vec::new();
        for speaker in self.0.fleet.list() {
            let (first, last) = (speaker.row.first_seen, speaker.row.last_seen);
            let (first, last) = (correction.of_instant(first), correction.of_instant(last));
            if first.is_none() && last.is_none() {
                continue;
            }
            let row = self.0.fleet.update(speaker.id(), |s| {
                s.row.first_seen = first.unwrap_or(s.row.first_seen);
                s.row.last_seen = last.unwrap_or(s.row.last_seen);
                s.row.clone()
            });
            rows.extend(row);
        }
        if !rows.is_empty() {
            self.0.store.save_speakers(&rows).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn what_this_run_noted_is_shifted_and_what_an_earlier_one_did_is_dated_now() {
        // booted at 100 s after 1970; the clock was set when 60 s had gone
        let now_us = EARLIEST_US + 1_000_000 * SECOND;
        let correction = Correction { shift: now_us - 160 * SECOND, began: 100 * SECOND, now: now_us };
        assert_eq!(correction.of(130 * SECOND), Some(now_us - 30 * SECOND));
        assert_eq!(correction.of(100 * SECOND), Some(now_us - 60 * SECOND));
        assert_eq!(correction.of(50 * SECOND), Some(now_us), "of an earlier run");
        assert_eq!(correction.of(900 * SECOND), Some(now_us), "of an earlier run that was longer");
        assert_eq!(correction.of(0), Some(now_us));
        assert_eq!(correction.of(EARLIEST_US), None);
        assert_eq!(correction.of(now_us - SECOND), None);
    }
}
