//! How often something may be done: a few times at once, and then as often as time goes by.

use downbeat_protocol::ServerTime;

/// So many at once, and one more each `each_us`.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// So many at once.
    pub burst: u32,
    /// Time after which there is one more, microseconds.
    pub each_us: i64,
}

/// How much of a pace is used up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// When all of it is there again.
    full: Option<ServerTime>,
}

impl Used {
    /// True if it may be done once more now; then it counts as done.
    pub fn take(&mut self, pace: Pace, now: ServerTime) -> bool {
        let full = self.full.map_or(now, |full| if full.micros_since(now) > 0 { full } else { now });
        let next = full.plus_micros(pace.each_us);
        let fits = next.micros_since(now) <= i64::from(pace.burst) * pace.each_us;
        if fits {
            self.full = Some(next);
        }
        fits
    }

    /// True if all of it is there again: then it need not be remembered.
    pub fn is_whole(&self, now: ServerTime) -> bool {
        self.full.is_none_or(|full| full.micros_since(now) <= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let pace = Pace { burst: 3, each_us: 1_000 };
        let mut used = Used::default();
        let taken = |used: &mut Used, at| (0..10).filter(|_| used.take(pace, ServerTime(at))).count();
        assert_eq!(taken(&mut used, 0), 3);
        assert_eq!(taken(&mut used, 999), 0);
        assert_eq!(taken(&mut used, 1_000), 1);
        assert_eq!(taken(&mut used, 3_000), 2);
        assert!(!used.is_whole(ServerTime(5_999)) && used.is_whole(ServerTime(6_000)));
        assert_eq!(taken(&mut used, 1_000_000), 3, "no more is saved up");
    }
}
