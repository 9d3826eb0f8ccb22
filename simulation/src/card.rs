//! A sound card with a crystal of its own, a ring of periods, stamps with noise, and the truth about every frame.

use downbeat_protocol::LocalTime;
use downbeat_speaker::render::{
    report::BlockStamp,
    staircase::{Sight, Staircase},
};

use crate::{
    crystal::{Clock, SECOND},
    dice::Dice,
};

/// A card after a standstill begins to play this long after it is fed, nanoseconds of its own.
const RESTART: i64 = 10_000_000;
/// An output looks for a step no longer than this before it fills a block, nanoseconds.
const MOST_LOOKING: i64 = 25_000_000;
/// Its sleeps last so much longer than asked for, microseconds, on average.
const SLEEPS_LONGER_US: f64 = 20.0;

/// The nature of a card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardSpec {
    /// How fast its crystal is, ppm.
    pub ppm: f64,
    /// Its random walk, ppm per root second.
    pub wander: f64,
    /// Nominal frames a second.
    pub rate: u32,
    /// Frames asked for at a time.
    pub period: u64,
    /// How many of these it holds.
    pub periods: u64,
    /// Its position moves in steps of so many frames.
    pub step: f64,
    /// The output looks for the steps, as those do that are driven directly; else it reads the position once a block.
    pub polled: bool,
    /// Deviation of its stamps, microseconds.
    pub stamp_noise_us: f64,
    /// How often a stamp is late (the thread was preempted between two reads), and by how much at most, microseconds.
    pub late_stamps: (f64, f64),
    /// Mean delay of the callback, microseconds.
    pub callback_delay_us: f64,
}

impl Default for CardSpec {
    fn default() -> Self {
        Self {
            ppm: 0.0,
            wander: 0.01,
            rate: 8_000,
            period: 80,
            periods: 4,
            step: 1.0,
            polled: true,
            stamp_noise_us: 10.0,
            late_stamps: (0.01, 2_000.0),
            callback_delay_us: 50.0,
        }
    }
}

/// The card.
#[derive(Debug)]
pub struct Card {
    /// The card's nature.
    pub spec: CardSpec,
    clock: Clock,
    dice: Dice,
    /// First frame of this run, and the card's own time at which it is heard.
    first: u64,
    begin: i64,
    written: u64,
    /// Grows with every run.
    pub epoch: u32,
    stairs: Staircase,
    /// Times it ran dry.
    pub underruns: u64,
    /// Until then its thread does not run.
    pub stalled_until: i64,
    lost: bool,
}

impl Card {
    /// A card that begins with its first callback.
    pub fn new(spec: CardSpec, mut dice: Dice) -> Self {
        let clock = Clock::new(dice.fork(), 0, spec.ppm, spec.wander);
        let (first, begin, written) = (0, RESTART, 0);
        let stairs = Staircase::new(spec.rate);
        Self { spec, clock, dice, first, begin, written, epoch: 0, stairs, underruns: 0, stalled_until: 0, lost: false }
    }

    fn frames_to_ns(&self, frames: u64) -> i64 {
        (i128::from(frames) * i128::from(SECOND) / i128::from(self.spec.rate)) as i64
    }

    /// The true instant at which a frame of this run leaves the card.
    pub fn instant_of(&mut self, frame: u64) -> i64 {
        let own = self.begin + self.frames_to_ns(frame - self.first);
        self.clock.truth_of(own)
    }

    /// The true instant of the next callback.
    pub fn next_callback(&mut self, now: i64) -> i64 {
        let ring = self.spec.period * (self.spec.periods - 1);
        let room = (self.written - self.first).saturating_sub(ring) + self.first;
        let filled = self.written - self.first >= ring;
        let at = if filled { self.instant_of(room) } else { now };
        let delay = self.dice.exponential(self.spec.callback_delay_us) * 1_000.0;
        (at.max(now) + delay as i64).max(self.stalled_until)
    }

    /// A callback at the true instant `now` on a machine with this clock: the stamp of the block to fill, and the true
    /// instant of its first frame.
    pub fn callback(&mut self, now: i64, local: &mut Clock) -> (BlockStamp, i64) {
        let own = self.clock.read(now);
        if self.written == self.first {
            self.begin = self.begin.max(own + RESTART);
        }
        let played_ns = own - self.begin;
        let written_ns = self.frames_to_ns(self.written - self.first);
        if self.written > self.first && played_ns > written_ns {
            self.underruns += 1;
            self.restart(now);
        }
        let played = self.played_at(now);
        let sight = if played == 0 {
            let at = self.instant_of(self.written);
            Some(Sight { frame: self.written, at: self.noisy(at, local), slack_us: 0.0 })
        } else if self.spec.step > 1.0 && self.spec.polled {
            self.look(now, local)
        } else {
            // between two steps the position stands, and the clock that is read beside it does not
            let at = self.instant_of(self.first + played);
            Some(Sight { frame: self.first + self.stepped(played), at: self.noisy(at, local), slack_us: 0.0 })
        };
        let truth = self.instant_of(self.written);
        let stamp = BlockStamp {
            frame: self.written,
            observed: sight.map(|s| (s.frame, s.at)),
            slack_us: sight.map_or(0.0, |s| s.slack_us),
            step_us: self.stairs.step_us().unwrap_or(0.0),
            epoch: self.epoch,
            queued: (self.written - self.first).saturating_sub(played) as u32,
            truth: Some(LocalTime(local.read(truth))),
        };
        self.written += self.spec.period;
        (stamp, truth)
    }

    /// Frames of this run that were heard by the true instant `now`.
    fn played_at(&mut self, now: i64) -> u64 {
        let played_ns = (self.clock.read(now) - self.begin).max(0);
        (i128::from(played_ns) * i128::from(self.spec.rate) / i128::from(SECOND)) as u64
    }

    /// The position that the driver says.
    fn stepped(&self, played: u64) -> u64 {
        ((played as f64 / self.spec.step).floor() * self.spec.step) as u64
    }

    /// Looks for a step as the agent's outputs do, from the true instant `now` on. The last sight, if there is one.
    fn look(&mut self, now: i64, local: &mut Clock) -> Option<Sight> {
        let (mut at, mut seen) = (now, None);
        loop {
            let played = self.played_at(at);
            let (frame, read) = (self.first + self.stepped(played), self.noisy(at, local));
            seen = self.stairs.read(frame, read).or(seen);
            let Some(wait) = self.stairs.look_again(read, 0) else { return seen };
            if at + wait > now + MOST_LOOKING {
                return seen;
            }
            // a sleep lasts a little longer
            at += wait + (self.dice.exponential(SLEEPS_LONGER_US) * 1_000.0) as i64;
        }
    }

    fn noisy(&mut self, at: i64, local: &mut Clock) -> LocalTime {
        let noise_us = self.stamp_noise_us();
        LocalTime(local.read(at) + (noise_us * 1_000.0) as i64)
    }

    fn stamp_noise_us(&mut self) -> f64 {
        let (chance, most) = self.spec.late_stamps;
        let late = if self.dice.chance(chance) { self.dice.uniform() * most } else { 0.0 };
        self.spec.stamp_noise_us * self.dice.normal() + late
    }

    /// It stood still (an underrun, a suspension, a reopening) and begins anew.
    pub fn restart(&mut self, now: i64) {
        self.epoch += 1;
        self.stairs.restart();
        self.first = self.written;
        self.begin = self.clock.read(now) + RESTART;
    }

    /// It is gone, or there again.
    pub fn set_lost(&mut self, lost: bool, now: i64) {
        self.lost = lost;
        if !lost {
            self.restart(now);
        }
    }

    /// True while the card is gone.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// From the true instant `from` on its crystal warms up.
    pub fn warm(&mut self, from: i64, ppm: f64, tau_s: f64) {
        self.clock.warm(from, ppm, tau_s);
    }

    /// How fast its crystal runs now, ppm.
    pub fn ppm_at(&mut self, now: i64) -> f64 {
        self.clock.ppm_at(now)
    }
}
