//! When to ask for the time, and which answer of a burst to believe.
//!
//! A burst is a few exchanges, one after the other; the one with the least round trip waited least in queues. Bursts
//! come quickly at first and after a disturbance, then rarely: the filter's skew bridges the time between.

use downbeat_protocol::{LocalTime, exchange::Sample};

/// Exchanges in a burst.
pub const PINGS_PER_BURST: usize = 8;
/// How long one answer is waited for, nanoseconds.
pub const PING_TIMEOUT_NS: i64 = 1_000_000_000;

/// The first bursts after a connect or a disturbance come this often, nanoseconds.
const QUICK_INTERVAL_NS: i64 = 250_000_000;
const QUICK_BURSTS: u32 = 8;
/// The next ones, until the skew is known.
const SETTLING_INTERVAL_NS: i64 = 1_000_000_000;
const SETTLING_BURSTS: u32 = 24;
/// From then on, while something plays.
const PLAYING_INTERVAL_NS: i64 = 4_000_000_000;
/// And while nothing does.
const IDLE_INTERVAL_NS: i64 = 8_000_000_000;

/// Says when the next burst is due.
#[derive(Debug, Clone)]
pub struct BurstScheduler {
    next: LocalTime,
    done: u32,
    playing: bool,
}

impl BurstScheduler {
    /// The first burst is due at once.
    pub fn new(now: LocalTime) -> Self {
        Self { next: now, done: 0, playing: false }
    }

    /// When the next burst is due.
    pub fn next_at(&self) -> LocalTime {
        self.next
    }

    /// A burst has ended (whatever came of it).
    pub fn burst_done(&mut self, now: LocalTime) {
        self.done = self.done.saturating_add(1);
        self.next = now.plus_nanos(self.interval());
    }

    /// The clock was disturbed (a step, a suspension, a new connection): ask quickly again.
    pub fn hurry(&mut self, now: LocalTime) {
        self.done = 0;
        self.next = now;
    }

    /// Whether something plays: then the estimate must be sharp.
    pub fn set_playing(&mut self, playing: bool, now: LocalTime) {
        if playing && !self.playing && self.next > now.plus_nanos(PLAYING_INTERVAL_NS) {
            self.next = now;
        }
        self.playing = playing;
    }

    fn interval(&self) -> i64 {
        match self.done {
            0..QUICK_BURSTS => QUICK_INTERVAL_NS,
            QUICK_BURSTS..SETTLING_BURSTS => SETTLING_INTERVAL_NS,
            _ if self.playing => PLAYING_INTERVAL_NS,
            _ => IDLE_INTERVAL_NS,
        }
    }
}

/// The sample of a burst with the least round trip; `None` of an empty burst.
pub fn best(samples: &[Sample]) -> Option<Sample> {
    samples.iter().copied().min_by(|a, b| a.round_trip_us.total_cmp(&b.round_trip_us))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_then_settling_then_rare_and_quick_again_after_a_disturbance() {
        let mut now = LocalTime(0);
        let mut b = BurstScheduler::new(now);
        b.set_playing(true, now);
        let mut gaps = Vec::new();
        for _ in 0..30 {
            now = b.next_at();
            b.burst_done(now);
            gaps.push(b.next_at().nanos_since(now));
        }
        assert_eq!(gaps[0], QUICK_INTERVAL_NS);
        assert_eq!(gaps[10], SETTLING_INTERVAL_NS);
        assert_eq!(gaps[29], PLAYING_INTERVAL_NS);
        b.set_playing(false, now);
        b.burst_done(now);
        assert_eq!(b.next_at().nanos_since(now), IDLE_INTERVAL_NS);
        b.set_playing(true, now);
        assert_eq!(b.next_at(), now, "a start must not wait for a rare burst");
        b.hurry(now);
        b.burst_done(now);
        assert_eq!(b.next_at().nanos_since(now), QUICK_INTERVAL_NS);
    }
}
