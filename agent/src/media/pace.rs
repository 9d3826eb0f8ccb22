//! A speed limit for transfers that nobody waits for, so that the time exchange beside them keeps its short queues.

use std::time::Duration;

use tokio::time::Instant;

/// The tokens that may be saved up while nothing is transferred.
const BURST: Duration = Duration::from_millis(50);

/// Says when the next bytes may be asked for.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_per_second: u64,
    free_at: Option<Instant>,
}

impl Pace {
    /// A limit; 0: none.
    pub(super) fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second, free_at: None }
    }

    /// `bytes` came in at `now`: when the next may be taken.
    pub(super) fn after(&mut self, bytes: u64, now: Instant) -> Instant {
        if self.bytes_per_second == 0 {
            return now;
        }
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let from = self.free_at.map_or(earliest, |at| at.max(earliest));
        let free_at = from + Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        self.free_at = Some(free_at);
        free_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_mean_speed_is_the_limit_and_idleness_saves_up_little() {
        let start = Instant::now();
        let mut pace = Pace::new(1_000_000);
        let mut now = start;
        for _ in 0..100 {
            now = now.max(pace.after(20_000, now));
        }
        let took = now.duration_since(start).as_secs_f64();
        assert!((1.9..=2.0).contains(&took), "2 MB took {took} s");
        now += Duration::from_mins(10);
        let again = pace.after(1_000_000, now);
        assert!(again.duration_since(now) > Duration::from_millis(900));
        assert_eq!(Pace::new(0).after(1 << 40, now), now);
    }
}
