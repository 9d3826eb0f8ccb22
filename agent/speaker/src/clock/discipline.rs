//! The agent's decisions about the time it is told: the clock it goes by, when it is fit to play by, when to ask again.
//!
//! The filter says what a burst means; this says what follows from it. Pure, so that the simulation drives the very
//! decisions that a speaker takes: `now` and bursts go in, [`News`] come out, in the order in which they are to be
//! acted upon.

use downbeat_protocol::{ClockId, LocalTime, Ppm, exchange::Sample};

use super::{
    ClockEstimate, ClockFilter, Verdict,
    burst::{self, BurstScheduler, PINGS_PER_BURST},
    watchdog::{Alarm, Watchdog},
};

/// A step of the coordinator's clock beyond this is not made up for by skipping, microseconds.
const FAR_STEP_US: f64 = 100_000.0;
/// The clock is fit to play by below this bound, microseconds, or after so many bursts on a bad network.
const PLAYABLE_BOUND_US: f64 = 2_000.0;
const PLAYABLE_BURSTS: u32 = 4;
/// A clock that takes the place of one that is played by is known well enough after so many bursts.
const SURE_BURSTS: u32 = 8;
/// A burst counts so much in the share of exchanges that are lost.
const LOST_WEIGHT: f64 = 0.05;

/// News for the rest of the agent.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub enum News {
    /// The newest estimate, fit to play by: for the player and the renderer.
    Estimate(ClockEstimate),
    /// The coordinator has another clock, which is not known yet: for the player, which may play on by the old one.
    Replaced(ClockId),
    /// An estimate of the clock that takes the place of the one that is played by: for the player alone.
    Learnt(ClockEstimate),
    /// The machine slept for so many nanoseconds: the clock is not known, and where voices are is void.
    Suspended(i64),
    /// The coordinator's clock stepped by so many microseconds; the estimate that comes with it has taken that in.
    Stepped(f64),
    /// It stepped so far that where voices are is void.
    Jumped,
    /// No usable sample for half a minute: it is played by the last estimate.
    Stale,
    /// Samples come again.
    Fresh,
}

/// The clock as the agent goes by it.
#[derive(Debug)]
pub struct ClockDiscipline {
    filter: Option<ClockFilter>,
    scheduler: BurstScheduler,
    watchdog: Watchdog,
    estimate: Option<ClockEstimate>,
    /// The share of the exchanges of late that were not answered.
    lost: f64,
}

impl ClockDiscipline {
    /// Knows no clock yet. `suspended` is the machine's counter of suspended nanoseconds.
    pub fn new(now: LocalTime, suspended: i64) -> Self {
        let (scheduler, watchdog) = (BurstScheduler::new(now), Watchdog::new(now, suspended));
        Self { filter: None, scheduler, watchdog, estimate: None, lost: 0.0 }
    }

    /// A coordinator with this clock took us in. `kept_skew` is what its skew was in an earlier run.
    pub fn connected(&mut self, now: LocalTime, clock_id: ClockId, kept_skew: Option<Ppm>, out: &mut Vec<News>) {
        if self.filter.as_ref().is_some_and(|f| f.clock_id() == clock_id) {
            self.scheduler.hurry(now);
            // still played by another: this connection has not been told how the two go together
            if self.estimate.is_some_and(|e| e.clock_id != clock_id) {
                out.push(News::Replaced(clock_id));
            }
            return;
        }
        self.filter = Some(match &self.filter {
            None => ClockFilter::new(clock_id, kept_skew),
            Some(old) => {
                out.push(News::Replaced(clock_id));
                ClockFilter::succeeding(clock_id, old.estimate().map(|e| e.skew).or(kept_skew))
            }
        });
        self.scheduler = BurstScheduler::new(now);
    }

    /// A burst has ended, with these samples. `changing_to` is the clock that is being learnt while what sounds goes on
    /// by another one.
    pub fn burst(
        &mut self,
        now: LocalTime,
        samples: &[Sample],
        playing: bool,
        changing_to: Option<ClockId>,
        out: &mut Vec<News>,
    ) {
        self.scheduler.set_playing(playing, now);
        let answered = samples.len().min(PINGS_PER_BURST) as f64 / PINGS_PER_BURST as f64;
        self.lost += LOST_WEIGHT * (1.0 - answered - self.lost);
        let mut jumped = false;
        if let (Some(filter), Some(sample)) = (&mut self.filter, burst::least(samples)) {
            let verdict = filter.add(sample);
            let deviation_us = filter.estimate().map_or(0.0, |e| e.deviation_us(now));
            self.scheduler.set_unrest(filter.jitter_us(), deviation_us);
            self.scheduler.burst_done(now);
            match verdict {
                Verdict::Stepped(us) => {
                    out.push(News::Stepped(us));
                    self.scheduler.hurry(now);
                    jumped = us.abs() > FAR_STEP_US;
                }
                Verdict::Doubted => self.scheduler.hurry(now),
                Verdict::Started | Verdict::Absorbed => {
                    if verdict == Verdict::Started && filter.bursts() > 1 {
                        self.scheduler.hurry(now);
                    }
                    if let Some(Alarm::Fresh) = self.watchdog.sample(now) {
                        out.push(News::Fresh);
                    }
                }
            }
            self.publish(now, changing_to, out);
        } else {
            self.scheduler.burst_done(now);
        }
        if jumped {
            out.push(News::Jumped);
        }
    }

    /// Time has passed. `suspended` as in [`ClockDiscipline::new`].
    pub fn tick(&mut self, now: LocalTime, suspended: i64, playing: bool, out: &mut Vec<News>) {
        match self.watchdog.check(now, suspended) {
            Some(Alarm::Suspended(ns)) => {
                if let Some(filter) = &mut self.filter {
                    filter.reset();
                }
                self.estimate = None;
                self.scheduler.hurry(now);
                out.push(News::Suspended(ns));
            }
            Some(Alarm::Stale) => out.push(News::Stale),
            Some(Alarm::Fresh) | None => {}
        }
        self.scheduler.set_playing(playing, now);
    }

    /// Hands the estimate to the player, once it is good enough.
    fn publish(&mut self, now: LocalTime, changing_to: Option<ClockId>, out: &mut Vec<News>) {
        let Some(filter) = &self.filter else { return };
        let Some(estimate) = filter.estimate() else { return };
        let estimate = ClockEstimate { probes_lost: self.lost, ..estimate };
        if changing_to == Some(estimate.clock_id) {
            // there is no hurry: what sounds goes on by the old clock
            if filter.bursts() >= SURE_BURSTS {
                out.push(News::Learnt(estimate));
            }
            return;
        }
        let playable = self.estimate.is_some()
            || estimate.error_bound_us(now) < PLAYABLE_BOUND_US
            || filter.bursts() >= PLAYABLE_BURSTS;
        if playable {
            self.estimate = Some(estimate);
            out.push(News::Estimate(estimate));
        }
    }

    /// From now on this one is played by.
    pub fn changed(&mut self, estimate: ClockEstimate) {
        self.estimate = Some(estimate);
    }

    /// Forgets the estimate that was played by: it is void.
    pub fn forget(&mut self) {
        self.estimate = None;
    }

    /// When the next burst is due.
    pub fn next_burst(&self) -> LocalTime {
        self.scheduler.next_at()
    }

    /// The estimate that is played by.
    pub fn estimate(&self) -> Option<&ClockEstimate> {
        self.estimate.as_ref()
    }
}
