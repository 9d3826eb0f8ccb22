//! The sound that should be heard at every true instant, from the coordinator's words: the law for all speakers.

use downbeat_protocol::{ClockId, ServerTime, server_message::Session};

use crate::{crystal::Clock, entries::number_of};

/// The sound that is due at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Due {
    /// The entry's number.
    pub entry: usize,
    /// The position in it, seconds.
    pub seconds: f64,
    /// The entry that still sounds under it, by number, and how far through the crossfade it is, 0..1. Scenarios lay
    /// entries so that both are at the same place of their rounds.
    pub under: Option<(usize, f64)>,
}

/// The coordinator's clock, and every session it told.
#[derive(Debug)]
pub struct Truth {
    /// The clock that timelines are written in.
    pub clock: Clock,
    /// The name of that clock.
    pub clock_id: ClockId,
    told: Vec<Session>,
}

impl Truth {
    /// By this clock; nothing was told yet.
    pub fn new(clock: Clock, clock_id: ClockId) -> Self {
        Self { clock, clock_id, told: Vec::new() }
    }

    /// The coordinator decides this: a start, a pause, a seek, a stop.
    pub fn tell(&mut self, session: &Session) {
        if self.told.last().is_none_or(|last| last.revision < session.revision) {
            self.told.push(session.clone());
        }
    }

    /// The coordinator tells what should be known already: to a newcomer, at a boundary, after a restart. It counts
    /// only if nothing else was told on this clock: telling again must change nothing that is heard. But a plan is a
    /// window: what it now holds beyond what was told so far is news.
    pub fn tell_again(&mut self, session: &Session) {
        let Some(told) = self.told.last_mut() else {
            self.told.push(session.clone());
            return;
        };
        let known = told.plan.last().and_then(|last| session.plan.iter().position(|e| e.entry == last.entry));
        told.plan.extend(known.into_iter().flat_map(|k| session.plan[k + 1..].iter().cloned()));
    }

    /// Server time at a true instant: whole microseconds and the rest.
    pub fn server_time(&mut self, at: i64) -> (ServerTime, f64) {
        let ns = self.clock.read(at);
        (ServerTime(ns.div_euclid(1_000)), ns.rem_euclid(1_000) as f64 / 1_000.0)
    }

    /// The sound that is due at a true instant (`None`: silence), and the distance from there to the last or next
    /// change, microseconds: near one, sound is two sounds.
    ///
    /// Its own plain arithmetic over the plan, not the timeline's: a fault in that would not be seen by itself.
    pub fn due(&mut self, at: i64) -> (Option<Due>, i64) {
        let (now, fraction_us) = self.server_time(at);
        let mut clear_us = f64::INFINITY;
        for session in self.told.iter().rev().take(4) {
            clear_us = clear_us.min(session.at.micros_since(now).abs() as f64);
        }
        let mut due = None;
        if let Some(session) = self.told.iter().rev().find(|s| s.at <= now)
            && let Some(timeline) = session.timeline.as_ref().filter(|t| t.running)
        {
            // where in the entry, seconds
            let mut seconds = (now.micros_since(timeline.anchor_server_us) as f64 + fraction_us) * 1e-6;
            let mut before: Option<(usize, f64, f64)> = None;
            let mut plan = session.plan.iter().skip_while(|e| e.entry != timeline.entry).peekable();
            let own = plan.peek().map(|e| e.entry);
            while let Some(entry) = plan.next() {
                let rate = f64::from(entry.sample_rate);
                if Some(entry.entry) == own {
                    seconds += timeline.anchor_media_frames.0 as f64 / rate;
                }
                let number = number_of(entry);
                let left = entry.end_frames.unwrap_or(entry.frames).0 as f64 / rate - seconds;
                let next = plan.peek();
                let overlap = next.map_or(0.0, |n| f64::from(n.overlap_us) * 1e-6);
                clear_us = clear_us.min((left - overlap).abs() * 1e6);
                if left > overlap {
                    let begins = entry.start_frames.0 as f64 / rate;
                    if Some(entry.entry) != own {
                        clear_us = clear_us.min((seconds - begins) * 1e6);
                    }
                    if let Some((_, left, _)) = before {
                        clear_us = clear_us.min(left.abs() * 1e6);
                    }
                    let under = before.filter(|(_, left, _)| *left > 0.0).map(|(n, left, over)| (n, 1.0 - left / over));
                    due = Some(Due { entry: number, seconds, under });
                    break;
                }
                before = Some((number, left, overlap));
                seconds = next.map_or(0.0, |n| n.start_frames.0 as f64 / f64::from(n.sample_rate)) + overlap - left;
            }
        }
        (due, clear_us as i64)
    }
}
