//! Files that were fetched whole for nothing, and are not tried again yet. Pure.
//!
//! A player asks for an entry that failed every few seconds. Where each try costs the whole file (it comes with other
//! bytes than its name says, or cannot be kept), the waits grow, and whoever asks meanwhile is told at once.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::error::FetchError;

/// No wait is longer.
const MOST: Duration = Duration::from_hours(1);
/// More files than these are not remembered.
const FILES: usize = 256;

/// A file that is not to be tried.
#[derive(Debug)]
struct Bar {
    error: FetchError,
    until: Instant,
    times: u32,
}

/// The files that are not to be tried.
#[derive(Debug, Default)]
pub(super) struct Bars(HashMap<String, Bar>);

impl Bars {
    /// `hash` came for nothing: until when it is not to be tried. The first wait is `first`.
    pub(super) fn add(&mut self, hash: &str, error: FetchError, first: Duration, now: Instant) -> Instant {
        if !self.0.contains_key(hash) && self.0.len() >= FILES {
            let soonest = self.0.iter().min_by_key(|(_, bar)| bar.until).map(|(hash, _)| hash.clone());
            soonest.and_then(|hash| self.0.remove(&hash));
        }
        let times = self.0.get(hash).map_or(0, |bar| bar.times);
        // A disk that is mended is believed soon; what others send is not.
        let grown = if matches!(error, FetchError::HashMismatch(_)) { times.min(16) } else { 0 };
        let until = now + first.saturating_mul(1 << grown).min(MOST.max(first));
        self.0.insert(hash.into(), Bar { error, until, times: times + 1 });
        until
    }

    /// Why `hash` is not to be tried now, and until when.
    pub(super) fn at(&self, hash: &str, now: Instant) -> Option<(FetchError, Instant)> {
        self.0.get(hash).filter(|bar| now < bar.until).map(|bar| (bar.error.clone(), bar.until))
    }

    /// The file is here, and right.
    pub(super) fn lift(&mut self, hash: &str) {
        self.0.remove(hash);
    }

    /// All may be tried: they come from elsewhere now.
    pub(super) fn lift_all(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(hash: &str) -> FetchError {
        FetchError::HashMismatch(hash.into())
    }

    #[tokio::test]
    async fn a_file_that_comes_wrong_for_a_day_is_fetched_some_thirty_times() {
        let (mut bars, start) = (Bars::default(), Instant::now());
        let (mut now, mut tries) = (start, 0);
        while now < start + Duration::from_hours(24) {
            if bars.at("a", now).is_none() {
                tries += 1;
                bars.add("a", wrong("a"), Duration::from_mins(1), now);
            }
            now += Duration::from_secs(3);
        }
        assert!((28..=30).contains(&tries), "{tries}");
        bars.lift("a");
        assert_eq!(bars.at("a", now), None);
        assert_eq!(
            bars.add("a", wrong("a"), Duration::from_mins(1), now),
            now + Duration::from_mins(1),
            "from the first"
        );
    }

    #[tokio::test]
    async fn a_disk_is_tried_every_minute_and_others_are_not_remembered_for_ever() {
        let (mut bars, now) = (Bars::default(), Instant::now());
        for _ in 0..9 {
            let until = bars.add("a", FetchError::Disk("full".into()), Duration::from_mins(1), now);
            assert_eq!(until, now + Duration::from_mins(1));
        }
        for i in 0..10_000 {
            bars.add(&i.to_string(), wrong("x"), Duration::from_mins(1), now);
        }
        assert!(bars.0.len() <= FILES && bars.at("9999", now).is_some());
        bars.lift_all();
        assert_eq!(bars.at("9999", now), None);
    }
}
