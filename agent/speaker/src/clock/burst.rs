//! When to ask for the time, and what to make of the answers of a burst.
//!
//! A burst is a few exchanges, one after the other: the shortest way there and the shortest way back of all of them
//! waited least in queues. Bursts come quickly at first and after a disturbance, then rarely: the filter's skew bridges
//! the time between. On a restless network, where a burst alone says little, they come often for longer.
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
/// On a network whose bursts usually lie this much above the floor, microseconds ...
const RESTLESS_US: f64 = 200.0;
/// ... bursts go on coming as often as the first ones until there have been so many (some 75 s), or the offset is known.
const RESTLESS_BURSTS: u32 = 300;
/// And while the deviation of the offset is more than this, microseconds, the first of them come sooner still.
const UNSURE_US: f64 = 20.0;
const UNSURE_INTERVAL_NS: i64 = 10_000_000;
const UNSURE_BURSTS: u32 = 100;
/// From then on, while something plays.
const PLAYING_INTERVAL_NS: i64 = 4_000_000_000;
/// The same, while the deviation is more than this, microseconds: a better network does without.
const POOR_US: f64 = 8.0;
const POOR_INTERVAL_NS: i64 = 2_000_000_000;
/// The same, while it is more than this: there the deviation falls with the number of bursts alone.
const BAD_US: f64 = 20.0;
const BAD_INTERVAL_NS: i64 = 500_000_000;
/// And while nothing does.
const IDLE_INTERVAL_NS: i64 = 8_000_000_000;

/// When something begins to play, a burst that is far away is brought forward, to somewhere within this time,
/// nanoseconds: the estimate of some seconds ago serves until then.
const START_SPREAD_NS: i64 = 1_000_000_000;

/// Exchanges so close together see the same clocks, nanoseconds.
const ONE_MOMENT_NS: i64 = 250_000_000;

/// Says when the next burst is due.
#[derive(Debug, Clone)]
pub struct BurstScheduler {
    next: LocalTime,
    done: u32,
    playing: bool,
    restless: bool,
    deviation_us: f64,
}

impl BurstScheduler {
    /// The first burst is due at once.
    pub fn new(now: LocalTime) -> Self {
        Self { next: now, done: 0, playing: false, restless: false, deviation_us: 0.0 }
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

    /// Sets whether something plays: then the estimate must be sharp.
    pub fn set_playing(&mut self, playing: bool, now: LocalTime) {
        if playing && !self.playing && self.next > now.plus_nanos(PLAYING_INTERVAL_NS) {
            self.next = now.plus_nanos(scatter(now, START_SPREAD_NS));
        }
        self.playing = playing;
    }

    /// How far bursts usually lie above the floor, and the deviation of the offset, microseconds.
    pub fn set_unrest(&mut self, jitter_us: f64, deviation_us: f64) {
        self.restless = jitter_us > RESTLESS_US;
        self.deviation_us = deviation_us;
    }

    fn interval(&self) -> i64 {
        match self.done {
            0..UNSURE_BURSTS if self.restless && self.deviation_us > UNSURE_US => UNSURE_INTERVAL_NS,
            0..QUICK_BURSTS => QUICK_INTERVAL_NS,
            QUICK_BURSTS..RESTLESS_BURSTS if self.restless && self.deviation_us > POOR_US => QUICK_INTERVAL_NS,
            QUICK_BURSTS..SETTLING_BURSTS => SETTLING_INTERVAL_NS,
            _ if self.playing && self.deviation_us > BAD_US => BAD_INTERVAL_NS,
            _ if self.playing && self.deviation_us > POOR_US => POOR_INTERVAL_NS,
            _ if self.playing => PLAYING_INTERVAL_NS,
            _ => IDLE_INTERVAL_NS,
        }
    }
}

/// Somewhere from 0 to `span`. Drawn from the instant (SplitMix64's last step), which no two speakers have to the
/// nanosecond, so that nothing here needs a source of chance.
fn scatter(now: LocalTime, span: i64) -> i64 {
    let mut z = now.0.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 1).cast_signed() % span.max(1)
}

/// The sample with the least round trip; `None` of none.
pub fn best(samples: &[Sample]) -> Option<Sample> {
    samples.iter().copied().min_by(|a, b| a.round_trip_us.total_cmp(&b.round_trip_us))
}

/// A burst, as the filter takes it: the shortest way there and the shortest way back, which may be of two exchanges.
/// Queues only add to a way, so each is nearer to the floor than those of the exchange with the least round trip. The
/// offset between them is wrong by no more than half of the excess over the floor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BurstSample {
    /// Of the shortest ways.
    pub least: Sample,
    /// How far the middle of the ways there, and of the ways back, lies above the shortest, microseconds.
    pub middle_us: [f64; 2],
}

impl From<Sample> for BurstSample {
    /// Of a single exchange.
    fn from(least: Sample) -> Self {
        Self { least, middle_us: [0.0; 2] }
    }
}

/// The result of a burst. `None` of an empty one.
///
/// Within [`ONE_MOMENT_NS`] of the best exchange: farther apart, the clocks' skew would be in the difference.
pub fn least(samples: &[Sample]) -> Option<BurstSample> {
    let best = best(samples)?;
    let near = samples.iter().filter(|s| s.at.nanos_since(best.at).abs() <= ONE_MOMENT_NS);
    // one-way delays, but for the same unknown offset in both
    let ways = |s: &Sample| {
        let apart = s.offset_us.minus(best.offset_us);
        (s.round_trip_us / 2.0 + apart, s.round_trip_us / 2.0 - apart)
    };
    let (mut there, mut back): (Vec<f64>, Vec<f64>) = near.map(ways).unzip();
    let ([there, there_above], [back, back_above]) = (least_and_middle(&mut there), least_and_middle(&mut back));
    // crossed stamps would make it negative
    let round_trip_us = (there + back).max(0.1);
    let least = Sample { at: best.at, offset_us: best.offset_us.plus((there - back) / 2.0), round_trip_us };
    Some(BurstSample { least, middle_us: [there_above, back_above] })
}

/// The least of some delays, and how far their mean without the least and the greatest lies above it.
fn least_and_middle(delays: &mut [f64]) -> [f64; 2] {
    delays.sort_by(f64::total_cmp);
    let outer = usize::from(delays.len() > 2);
    let inner = &delays[outer..delays.len() - outer];
    [delays[0], inner.iter().sum::<f64>() / inner.len() as f64 - delays[0]]
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
    fn on_a_restless_network_it_asks_often_for_a_minute() {
        let mut now = LocalTime(0);
        let mut b = BurstScheduler::new(now);
        b.set_unrest(1_000.0, f64::midpoint(POOR_US, UNSURE_US));
        while b.done < RESTLESS_BURSTS {
            now = b.next_at();
            b.burst_done(now);
        }
        assert!((65..85).contains(&(now.0 / 1_000_000_000)), "{now:?}");
        b.burst_done(now);
        assert!(b.next_at().nanos_since(now) > 2 * SETTLING_INTERVAL_NS);
        // and not where the offset is known all the same: a queue that stands on one way is no reason
        let mut known = BurstScheduler { done: SETTLING_BURSTS, ..BurstScheduler::new(now) };
        known.set_unrest(1_000.0, POOR_US / 2.0);
        known.burst_done(now);
        assert!(known.next_at().nanos_since(now) > 2 * SETTLING_INTERVAL_NS);
    }

    #[test]
    fn it_asks_at_once_while_the_network_is_restless_and_the_offset_unsure() {
        let asked = |deviation_us| {
            let mut b = BurstScheduler::new(LocalTime(0));
            b.set_unrest(1_000.0, deviation_us);
            while b.next_at().0 < 3_000_000_000 {
                b.burst_done(b.next_at());
            }
            b.done
        };
        assert!(asked(100.0) > 25, "{}", asked(100.0));
        assert!(asked(10.0) < 15, "{}", asked(10.0));
    }

    #[test]
    fn while_something_plays_it_asks_more_often_where_less_is_known() {
        let gap = |deviation_us| {
            let mut b = BurstScheduler::new(LocalTime(0));
            b.done = 2 * RESTLESS_BURSTS;
            b.set_playing(true, LocalTime(0));
            b.set_unrest(1_000.0, deviation_us);
            b.burst_done(LocalTime(0));
            b.next_at().0
        };
        assert!(gap(2.0 * POOR_US) < gap(POOR_US / 2.0) * 3 / 4);
        assert!(gap(2.0 * BAD_US) < gap(2.0 * POOR_US) / 2);
    }

    /// An exchange at `at` with these ways there and back, microseconds, by a clock 5 s ahead.
    fn exchange(at: i64, there: f64, back: f64) -> Sample {
        let offset_us = downbeat_protocol::exchange::Offset { whole_us: 5_000_000, fraction_us: 0.0 };
        Sample { at: LocalTime(at), offset_us: offset_us.plus((there - back) / 2.0), round_trip_us: there + back }
    }

    #[test]
    fn the_shortest_ways_of_a_burst_count_together() {
        let burst = [exchange(0, 3_100.0, 6_000.0), exchange(10, 4_000.0, 4_000.0), exchange(20, 6_500.0, 3_200.0)];
        let BurstSample { least: s, middle_us } = least(&burst).expect("a burst");
        assert_eq!(middle_us.map(|us| us.round() as i64), [900, 800], "4,000 there and 4,000 back are the middle ones");
        assert!((s.round_trip_us - 6_300.0).abs() < 1e-6);
        assert!((s.offset_us.minus(exchange(0, 0.0, 0.0).offset_us) + 50.0).abs() < 1e-6);
        assert_eq!(least(&burst[..1]), Some(burst[0].into()));
        assert_eq!(least(&[]), None);
        let late = exchange(2 * ONE_MOMENT_NS, 3_000.0, 9_000.0);
        assert_eq!(least(&[burst[1], late]), Some(burst[1].into()), "of another moment");
    }

    proptest::proptest! {
        #[test]
        fn a_burst_is_never_worse_than_half_its_excess(
            ways in proptest::collection::vec((0.0f64..5_000.0, 0.0f64..5_000.0), 1..9), floor in 1.0f64..1e4,
        ) {
            let burst: Vec<_> = ways.iter().map(|(a, b)| exchange(0, floor + a, floor + b)).collect();
            let s = least(&burst).expect("a burst").least;
            let error = s.offset_us.minus(exchange(0, 0.0, 0.0).offset_us);
            proptest::prop_assert!(error.abs() <= (s.round_trip_us - 2.0 * floor) / 2.0 + 1e-6);
            let best = best(&burst).expect("a burst");
            proptest::prop_assert!(s.round_trip_us <= best.round_trip_us + 1e-6);
        }
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
