//! What should be heard at every true instant, from what the coordinator told: the law that speakers are held against.

use downbeat_protocol::{ClockId, ServerTime, server_message::Session};

use crate::crystal::Clock;

/// What is due at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Due {
    /// The entry's number.
    pub entry: usize,
    /// The position in it, seconds.
    pub seconds: f64,
}

/// The coordinator's clock, and every session it told.
#[derive(Debug)]
pub struct Truth {
    /// The clock that timelines are written in.
    pub clock: Clock,
    /// What that clock is called.
    pub clock_id: ClockId,
    told: Vec<Session>,
}

impl Truth {
    /// By this clock; nothing was told yet.
    pub fn new(clock: Clock, clock_id: ClockId) -> Self {
        Self { clock, clock_id, told: Vec::new() }
    }

    /// The coordinator tells this.
    pub fn tell(&mut self, session: &Session) {
        if self.told.last().is_none_or(|last| last.revision < session.revision) {
            self.told.push(session.clone());
        }
    }

    /// Server time at a true instant: whole microseconds and the rest.
    pub fn server_time(&mut self, at: i64) -> (ServerTime, f64) {
        let ns = self.clock.read(at);
        (ServerTime(ns.div_euclid(1_000)), ns.rem_euclid(1_000) as f64 / 1_000.0)
    }

    /// What is due at a true instant (`None`: silence), and how far from there the last or next change is, microseconds:
    /// near one, sound is two sounds.
    pub fn due(&mut self, at: i64) -> (Option<Due>, i64) {
        let (now, fraction_us) = self.server_time(at);
        let held = self.told.iter().rev().find(|s| s.at <= now);
        let mut clear_us = i64::MAX;
        let mut edge = |at: ServerTime| clear_us = clear_us.min(at.micros_since(now).abs());
        for session in self.told.iter().rev().take(4) {
            edge(session.at);
        }
        let mut due = None;
        if let Some(session) = held
            && let Some(timeline) = session.timeline.as_ref().filter(|t| t.running)
        {
            if let Some(s) = timeline.schedule(&session.plan).find(|s| now < s.end) {
                edge(s.start);
                edge(s.end);
                let entry = &session.plan[s.index];
                due = Some(Due {
                    entry: (entry.entry.0.as_u128() as usize).saturating_sub(1),
                    seconds: s.line.position_at(now, fraction_us) / f64::from(entry.sample_rate),
                });
            } else if let Some(last) = timeline.schedule(&session.plan).last() {
                edge(last.end);
            }
        }
        (due, clear_us)
    }
}
