//! The steps of a card's position: how long they are, and where.
//!
//! Many drivers move their position in steps, of a millisecond (USB), of a tick of the kernel's timer (4 ms), of a
//! whole period. Between two steps the position stands while the sound goes on, so a reading is late by anything up to
//! a step; right after a step it is true. An output reads the position, tells it to this, and reads again as soon as it
//! is told to: around the instant of the next step, until the position moves. What was read before it moved and after
//! is then the slack of the stamp.
//!
//! Pure: readings go in, waits come out. A card whose position moves with the sound is known as such after a few
//! readings, and is not read more often than before.

use downbeat_protocol::LocalTime;

/// Two readings around a step are this far apart, nanoseconds ...
const POLL_NS: f64 = 100_000.0;
/// ... or so many frames, if these take longer: less does not tell standing from moving.
const POLL_FRAMES: f64 = 4.0;
/// A step of fewer frames is none.
const LEAST_STEP: f64 = 4.0;
/// Close readings in a row between which the position moved with the sound: it has no steps.
const SMOOTH: u32 = 6;
/// After so many readings without an answer it is held to have none.
const MOST_ASKED: u32 = 600;
/// The last jumps, of which the step is the middle ...
const JUMPS: usize = 8;
/// ... until so many steps in a row say it better.
const SURE_ROW: f64 = 4.0;
/// Steps of a row are as long as foretold, give or take so many frames.
const ROW_FRAMES: f64 = 1.5;
/// The first steps are all looked for, later ones this long after the last, nanoseconds.
const FIRST_EDGES: u32 = 200;
const EDGE_INTERVAL_NS: i64 = 200_000_000;
/// Nobody waits for a step longer than this many steps.
const PATIENCE: f64 = 1.6;
/// Before any step is known, nobody waits longer than this for one, nanoseconds.
const UNKNOWN_NS: i64 = 25_000_000;
/// After so many steps that were not found any reading must do.
const BLIND: u32 = 3;
/// How far off the next step may be, as a share of the time since the last one: two crystals, and a rate that is
/// nominal.
const DRIFT: f64 = 500e-6;

/// A position that means something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// The frame.
    pub frame: u64,
    /// It was heard then, or earlier ...
    pub at: LocalTime,
    /// ... by at most this, microseconds.
    pub slack_us: f64,
}

/// The steps of one card.
#[derive(Debug, Clone)]
pub struct Staircase {
    /// Nanoseconds that a frame takes.
    frame_ns: f64,
    last: Option<(u64, LocalTime)>,
    /// The step seen last, and by how much earlier it may have been, nanoseconds.
    edge: Option<(LocalTime, f64)>,
    edges: u32,
    /// Steps that followed each other: the first and the last frame, and how many lie between.
    row: (u64, u64, f64),
    jumps: [f64; JUMPS],
    jumped: usize,
    smooth: u32,
    asked: u32,
    /// Before the last reading the position stood.
    stood: bool,
    /// The last reading is of a step.
    on_edge: bool,
    /// Steps looked for and not found, in a row.
    missed: u32,
    hunting_since: Option<LocalTime>,
    /// No step is looked for before this.
    rest_until: LocalTime,
    turns: u32,
}

impl Staircase {
    /// A card of `rate` frames a second, of which nothing is known.
    pub fn new(rate: u32) -> Self {
        Self {
            frame_ns: 1e9 / f64::from(rate.max(1)),
            last: None,
            edge: None,
            edges: 0,
            row: (0, 0, 0.0),
            jumps: [0.0; JUMPS],
            jumped: 0,
            smooth: 0,
            asked: 0,
            stood: false,
            on_edge: false,
            missed: 0,
            hunting_since: None,
            rest_until: LocalTime(i64::MIN),
            turns: 0,
        }
    }

    /// The card stood still: where its steps are is void, how long they are is not.
    pub fn restart(&mut self) {
        (self.last, self.edge, self.hunting_since) = (None, None, None);
        (self.edges, self.missed, self.stood, self.on_edge) = (0, 0, false, false);
        self.rest_until = LocalTime(i64::MIN);
    }

    /// The length of a step, frames; `None`: it has none, or none was seen yet.
    pub fn step(&self) -> Option<f64> {
        let (first, last, count) = self.row;
        if count >= SURE_ROW {
            return Some((last - first) as f64 / count);
        }
        let seen = self.jumped.min(JUMPS);
        if seen < 2 {
            return None;
        }
        let mut sorted = self.jumps;
        let sorted = &mut sorted[..seen];
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = *sorted.get(seen / 2)?;
        // steps of a tick are 176 or 177 frames long in turns, at 44.1 kHz
        let (mut sum, mut count) = (0.0, 0.0);
        for jump in sorted.iter().filter(|jump| (**jump - middle).abs() <= 1.5) {
            sum += jump;
            count += 1.0;
        }
        Some(sum / count)
    }

    /// The same in microseconds.
    pub fn step_us(&self) -> Option<f64> {
        self.step().map(|frames| frames * self.frame_ns / 1_000.0)
    }

    /// It is known that the position moves with the sound.
    fn is_smooth(&self) -> bool {
        self.jumped == 0 && (self.smooth >= SMOOTH || self.asked >= MOST_ASKED)
    }

    fn poll_ns(&self) -> f64 {
        POLL_NS.max(POLL_FRAMES * self.frame_ns)
    }

    /// The position was `frame` at `at`. `None`: that says nothing.
    pub fn read(&mut self, frame: u64, at: LocalTime) -> Option<Sight> {
        self.asked = self.asked.saturating_add(1);
        self.on_edge = false;
        let (before, then) = self.last.replace((frame, at))?;
        let (elapsed, moved) = (at.nanos_since(then) as f64 / self.frame_ns, frame as f64 - before as f64);
        if moved < 0.0 || elapsed <= 0.0 {
            return None;
        }
        let close = elapsed * self.frame_ns <= 3.0 * self.poll_ns();
        let stands = moved == 0.0 && (self.stood || elapsed >= 2.0);
        let stood = std::mem::replace(&mut self.stood, stands);
        if stood && moved >= LEAST_STEP && elapsed <= 0.7 * moved {
            self.jumps[self.jumped % JUMPS] = moved;
            self.jumped = self.jumped.wrapping_add(1).max(1);
        }
        let Some(step) = self.step() else {
            if close && elapsed >= 0.75 * POLL_FRAMES {
                // it stood, or it moved with the sound
                self.smooth = if moved == 0.0 { 0 } else { self.smooth + 1 };
            }
            return self.is_smooth().then_some(Sight { frame, at, slack_us: 0.0 });
        };
        if moved == 0.0 {
            return None;
        }
        // It was behind by some part of a step before, and is by `moved - elapsed` less now; and a step was since then.
        let slack = elapsed.min(step - (moved - elapsed));
        if slack < -2.0 {
            return None; // a stamp was late
        }
        let slack = slack.max(0.0);
        if slack * self.frame_ns <= 3.0 * self.poll_ns() && slack < 0.8 * step {
            self.lengthen_row(frame, step);
            self.edge = Some((at, slack * self.frame_ns));
            self.edges = self.edges.saturating_add(1);
            (self.on_edge, self.missed, self.hunting_since) = (true, 0, None);
            return Some(Sight { frame, at, slack_us: slack * self.frame_ns / 1_000.0 });
        }
        (self.missed >= BLIND).then_some(Sight { frame, at, slack_us: step * self.frame_ns / 1_000.0 })
    }

    /// Steps are counted from one that was seen to the next.
    fn lengthen_row(&mut self, frame: u64, step: f64) {
        let (first, last, count) = self.row;
        let moved = frame.saturating_sub(last) as f64;
        let steps = (moved / step).round();
        let goes_on = self.edge.is_some() && steps >= 1.0 && (moved - steps * step).abs() <= ROW_FRAMES;
        self.row = if goes_on { (first, frame, count + steps) } else { (frame, frame, 0.0) };
    }

    /// After a reading at `now`, when nothing else is to be done for `due_ns`: how long to wait for another one,
    /// nanoseconds. `None`: nothing is gained by one.
    pub fn look_again(&mut self, now: LocalTime, due_ns: i64) -> Option<i64> {
        if self.is_smooth() || self.on_edge && due_ns <= 0 {
            return None;
        }
        let poll = self.poll_ns() as i64;
        let soon = now.plus_nanos(due_ns.max(0));
        let Some(step) = self.step() else {
            // a position that moves with what is written alone would be waited for, and never written to
            let since = *self.hunting_since.get_or_insert(soon);
            if now.nanos_since(since) > UNKNOWN_NS {
                self.hunting_since = None;
                return None;
            }
            return Some(poll);
        };
        let step_ns = step * self.frame_ns;
        if let Some((edge, _)) = self.edge {
            let wanted = self.edges < FIRST_EDGES || soon.nanos_since(edge) >= EDGE_INTERVAL_NS;
            if !wanted || soon.nanos_since(self.rest_until) < 0 {
                return None;
            }
        } else if soon.nanos_since(self.rest_until) < 0 {
            return None;
        }
        let since = *self.hunting_since.get_or_insert(soon);
        if now.nanos_since(since) as f64 > PATIENCE * step_ns {
            // the driver does as it likes: not now
            self.hunting_since = None;
            self.missed = self.missed.saturating_add(1);
            self.rest_until = now.plus_nanos(EDGE_INTERVAL_NS);
            return None;
        }
        let Some((edge, slack_ns)) = self.edge else { return Some(poll) };
        let ago = soon.nanos_since(edge) as f64 + slack_ns / 2.0;
        // the next one, or one that should have been but may still come
        let drift = ago * DRIFT + ago / step_ns * self.frame_ns / self.row.2.max(2.0);
        let unsure = slack_ns / 2.0 + drift + poll as f64;
        let to_next = ((ago - unsure) / step_ns).ceil().max(1.0) * step_ns - ago;
        // Not always as long before it: whatever the phase of the readings is, the middle of the slack shall be right.
        self.turns = self.turns.wrapping_add(1);
        let guard = slack_ns / 2.0 + drift + poll as f64 * (0.2 + f64::from(self.turns.wrapping_mul(5) % 8) / 8.0);
        Some((soon.nanos_since(now) + (to_next - guard) as i64).max(poll))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_moves_only_with_what_is_written_is_written_to() {
        let mut stairs = Staircase::new(48_000);
        let (mut now, mut written, mut longest, mut fed) = (0i64, 0u64, 0i64, 0i64);
        while now < 2_000_000_000 {
            stairs.read(written, LocalTime(now));
            if let Some(wait) = stairs.look_again(LocalTime(now), 0) {
                now += wait;
            } else {
                written += 480;
                longest = longest.max(now - fed);
                fed = now;
                now += 20_000;
            }
        }
        assert!(written > 480 * 100, "{written} frames");
        assert!(longest < 100_000_000, "{longest} ns without a block");
    }

    /// An output that reads a card of 48 kHz whose position moves in steps of so many frames, every `period_ns`; its
    /// sleeps last up to 60 us longer. The errors of what it takes for true (of the middle of the slack), microseconds,
    /// and the readings a second.
    fn read_for(
        rate: u32,
        step: f64,
        phase: f64,
        ppm: f64,
        seconds: f64,
        period_ns: i64,
    ) -> (Vec<f64>, f64, Staircase) {
        let mut stairs = Staircase::new(rate);
        let true_rate = f64::from(rate) * (1.0 + ppm * 1e-6);
        let (mut now, mut next, mut readings, mut errors) = (1_000_000i64, 1_000_000i64, 0u32, Vec::new());
        let mut dice = 1u64;
        while (now as f64) < seconds * 1e9 {
            let played = now as f64 * 1e-9 * true_rate;
            let frame = (((played - phase) / step).floor() * step + phase).max(0.0).floor();
            readings += 1;
            if let Some(sight) = stairs.read(frame as u64, LocalTime(now)) {
                let middle = sight.at.0 as f64 / 1_000.0 - sight.slack_us / 2.0;
                errors.push(middle - frame / true_rate * 1e6);
            }
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let late = (dice >> 33) as i64 % 60_000;
            let due = next - now;
            if let Some(wait) = stairs.look_again(LocalTime(now), due) {
                now += wait + late;
            } else if due > 0 {
                now = next + late;
            } else {
                // a block is rendered and written
                next = now + period_ns;
                now += 150_000;
            }
        }
        (errors, f64::from(readings) / seconds, stairs)
    }

    fn mean(errors: &[f64]) -> f64 {
        errors.iter().sum::<f64>() / errors.len() as f64
    }

    #[test]
    fn the_step_is_learnt_and_stamps_are_taken_right_after_it() {
        for (rate, step) in
            [(48_000, 48.0), (48_000, 192.0), (44_100, 176.4), (48_000, 749.0), (48_000, 61.3), (8_000, 32.0)]
        {
            for ppm in [-80.0, 3.0, 60.0] {
                let (errors, readings, stairs) = read_for(rate, step, 17.3, ppm, 20.0, 40_000_000);
                let learnt = stairs.step().expect("a step");
                assert!((learnt - step).abs() < 1.0, "{learnt} of {step}");
                let settled = &errors[errors.len().min(20)..];
                assert!(settled.len() > 50, "{step}: {} stamps", settled.len());
                let worst = settled.iter().fold(0.0f64, |a, e| a.max(e.abs()));
                let poll = stairs.poll_ns() / 1_000.0;
                assert!(worst < 1.6 * poll + 1e6 / f64::from(rate), "{step} at {ppm} ppm: {worst} us");
                assert!(mean(settled).abs() < 0.2 * poll + 0.5e6 / f64::from(rate), "{step}: {} us", mean(settled));
                assert!(readings < 600.0, "{step}: {readings} readings a second");
            }
        }
    }

    #[test]
    fn a_position_that_moves_with_the_sound_is_read_no_more_often_and_all_of_it_counts() {
        let (errors, readings, stairs) = read_for(48_000, 1.0, 0.0, 40.0, 20.0, 40_000_000);
        assert_eq!(stairs.step(), None);
        assert!(readings < 51.0, "{readings} readings a second");
        assert!(errors.len() > 480, "{}", errors.len());
    }

    #[test]
    fn after_a_standstill_steps_are_looked_for_anew_and_their_length_is_known() {
        let (_, _, mut stairs) = read_for(48_000, 192.0, 5.0, 10.0, 10.0, 40_000_000);
        stairs.restart();
        assert!((stairs.step().expect("a step") - 192.0).abs() < 1.0);
        assert_eq!(stairs.read(0, LocalTime(0)), None);
        assert!(stairs.look_again(LocalTime(0), 0).is_some());
    }

    #[test]
    fn a_position_that_stands_for_ever_is_given_up() {
        let mut stairs = Staircase::new(48_000);
        let mut now = LocalTime(0);
        let mut readings = 0;
        loop {
            let _ = stairs.read(7, now);
            readings += 1;
            let Some(wait) = stairs.look_again(now, 0) else { break };
            now = now.plus_nanos(wait);
            assert!(readings < 1_000, "it goes on for ever");
        }
    }
}
