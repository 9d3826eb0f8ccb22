//! When to ask for the time, and which answer of a burst to believe.
//!
//! A burst is a few exchanges, one after the other; the one with the least round trip waited least in queues. Bursts
//! come quickly at first and after a disturbance, then rarely: the filter's skew bridges the time between.
//!
//! Thousands of speakers begin to play in the same instant and come back in the same second. If their bursts kept that
//! step, each would wait in a queue behind all others, every four seconds, for ever. So the intervals are dithered.

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

/// When something begins to play, a burst that is far away is brought forward, to somewhere within this time,
/// nanoseconds: the estimate of some seconds ago serves until then.
const START_SPREAD_NS: i64 = 1_000_000_000;

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
        let interval = self.interval();
        self.next = now.plus_nanos(interval - interval / 8 + scatter(now, interval / 4));
    }

    /// The clock was disturbed (a step, a suspension, a new connection): ask quickly again.
    pub fn hurry(&mut self, now: LocalTime) {
        self.done = 0;
        self.next = now;
    }

    /// Whether something plays: then the estimate must be sharp.
    pub fn set_playing(&mut self, playing: bool, now: LocalTime) {
        if playing && !self.playing && self.next > now.plus_nanos(PLAYING_INTERVAL_NS) {
            self.next = now.plus_nanos(scatter(now, START_SPREAD_NS));
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

/// Somewhere from 0 to `span`. Drawn from the instant (SplitMix64's last step), which no two speakers have to the nanosecond,
/// so that nothing here needs a source of chance.
fn scatter(now: LocalTime, span: i64) -> i64 {
    let mut z = now.0.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 1).cast_signed() % span.max(1)
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
        let about = |gap: i64, interval: i64| (gap - interval).abs() <= interval / 8;
        assert!(about(gaps[0], QUICK_INTERVAL_NS));
        assert!(about(gaps[10], SETTLING_INTERVAL_NS));
        assert!(about(gaps[29], PLAYING_INTERVAL_NS));
        b.set_playing(false, now);
        b.burst_done(now);
        assert!(about(b.next_at().nanos_since(now), IDLE_INTERVAL_NS));
        b.set_playing(true, now);
        let wait = b.next_at().nanos_since(now);
        assert!((0..=START_SPREAD_NS).contains(&wait), "a start must not wait for a rare burst");
        b.hurry(now);
        assert_eq!(b.next_at(), now);
        b.burst_done(now);
        assert!(about(b.next_at().nanos_since(now), QUICK_INTERVAL_NS));
    }

    #[test]
    fn a_fleet_that_starts_in_step_falls_out_of_it() {
        let mut fleet: Vec<_> = (0..1_000).map(|i| BurstScheduler::new(LocalTime(i * 1_237))).collect();
        for b in &mut fleet {
            for _ in 0..40 {
                b.set_playing(true, b.next_at());
                b.burst_done(b.next_at());
            }
        }
        // The next ones, in hundredths of the interval: all in a few of them if they were still in step.
        let mut hundredths = [0u32; 100];
        for b in &fleet {
            hundredths[(b.next_at().0.rem_euclid(PLAYING_INTERVAL_NS) * 100 / PLAYING_INTERVAL_NS) as usize] += 1;
        }
        assert!(hundredths.iter().all(|n| *n < 40), "{hundredths:?}");
    }
}
