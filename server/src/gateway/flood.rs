//! Bounds for a speaker that says too much, or too much nonsense.

use downbeat_protocol::ServerTime;

/// The most messages within a second. A speaker sends a handful; a burst of the time exchange eight.
const MAX_A_SECOND: u32 = 500;

/// The most messages within a minute that are none.
const MAX_BAD_A_MINUTE: u32 = 20;

/// Counts in windows of fixed length.
#[derive(Debug, Clone, Copy)]
struct Window {
    length_us: i64,
    limit: u32,
    since: ServerTime,
    count: u32,
}

impl Window {
    fn new(length_us: i64, limit: u32, now: ServerTime) -> Self {
        Self { length_us, limit, since: now, count: 0 }
    }

    fn over(&mut self, now: ServerTime) -> bool {
        if now.micros_since(self.since) >= self.length_us {
            (self.since, self.count) = (now, 0);
        }
        self.count += 1;
        self.count > self.limit
    }
}

/// The watch over one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct FloodWatch {
    all: Window,
    bad: Window,
}

impl FloodWatch {
    pub(super) fn new(now: ServerTime) -> Self {
        Self { all: Window::new(1_000_000, MAX_A_SECOND, now), bad: Window::new(60_000_000, MAX_BAD_A_MINUTE, now) }
    }

    /// Another message came; whether that is too many.
    pub(super) fn message(&mut self, now: ServerTime) -> bool {
        self.all.over(now)
    }

    /// It was none; whether that happens too often.
    pub(super) fn bad_message(&mut self, now: ServerTime) -> bool {
        self.bad.over(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_speaker_is_no_flood_and_a_flood_is_one() {
        let mut watch = FloodWatch::new(ServerTime(0));
        assert!((0..3_000).all(|i| !watch.message(ServerTime(i * 10_000))), "a hundred a second");
        assert!((0..3_000).any(|i| watch.message(ServerTime(30_000_000 + i * 100))), "ten thousand a second");
    }

    #[test]
    fn a_little_nonsense_is_survived() {
        let mut watch = FloodWatch::new(ServerTime(0));
        assert!((0..60).all(|i| !watch.bad_message(ServerTime(i * 4_000_000))), "fifteen a minute");
        assert!((0..21).any(|i| watch.bad_message(ServerTime(600_000_000 + i))));
    }
}
