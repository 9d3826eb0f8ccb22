//! Playing on over a change of the coordinator's clock.
//!
//! A coordinator whose machine was started anew, or another one in its place, comes with a clock of its own. What
//! sounds is placed on the old one, and the estimate of it is good for minutes: so the player goes on by it, measures
//! the new clock beside it, and tells the coordinator how the two go together ([`ClockShift`]). The coordinator takes
//! the median over its speakers and tells the timeline anew, with the shift that all are to take
//! ([`Continues`](downbeat_protocol::server_message::Continues)). Then everything that is placed in time is moved by
//! that one figure, and what is heard goes on. A coordinator that does not go on with what is played says so by telling
//! a session without it: then the old sound ends.

use downbeat_protocol::{
    AgentMessage, ClockId, LocalTime, ServerTime,
    agent_message::ClockShift,
    server_message::{Level, Session},
};

use super::{action::Action, input::Change, next_clock::ClockChange, player::Player};
use crate::clock::ClockEstimate;

impl Player {
    /// The clock that is being learnt while what sounds goes on by another one.
    pub fn changing_to(&self) -> Option<ClockId> {
        self.change.as_ref().map(|c| c.to)
    }

    /// Another clock than the one before counts from now on.
    pub(super) fn clock_changes(&mut self, to: ClockId, out: &mut Vec<Action>) {
        self.change = None;
        if self.clock.is_some_and(|c| c.clock_id == to) {
            return; // the one that is played by is back
        }
        if self.clock.is_some() && self.is_playing() {
            self.change = Some(ClockChange { to, estimate: None, told: Vec::new(), level: None });
            return;
        }
        self.forget(out);
        out.push(Action::ForgetClock);
    }

    /// An estimate of the clock that comes. Whether it was one.
    pub(super) fn learn(&mut self, now: LocalTime, estimate: ClockEstimate, out: &mut Vec<Action>) -> bool {
        let Some(change) = self.change.as_mut().filter(|c| c.to == estimate.clock_id) else { return false };
        let first = change.estimate.replace(estimate).is_none();
        if let Some(old) = self.clock.filter(|_| first) {
            out.push(Action::Send(AgentMessage::ClockShift(ClockShift {
                from: old.clock_id,
                to: estimate.clock_id,
                shift_us: estimate.server_at(now).minus(old.server_at(now)),
                error_bound_us: estimate.error_bound_us(now) + old.error_bound_us(now),
            })));
        }
        self.change_over(now, out);
        true
    }

    /// Keeps what is told on the clock that comes until that is known. Whether it was kept.
    pub(super) fn keep_for_change(
        &mut self,
        now: LocalTime,
        session: &Session,
        change: Change,
        level: Option<Level>,
        out: &mut Vec<Action>,
    ) -> bool {
        let Some(kept) = &mut self.change else { return false };
        if level.is_some() {
            // the whole state: what was told before is in it
            kept.told.clear();
            kept.level = level;
        }
        kept.told.push((session.clone(), change));
        self.change_over(now, out);
        true
    }

    /// A level that came with a state that waits is no longer the newest.
    pub(super) fn level_changes(&mut self, level: Level) {
        if let Some(kept) = self.change.as_mut().and_then(|c| c.level.as_mut()) {
            *kept = level;
        }
    }

    /// The instant for a change of volume that is told on the clock that comes.
    pub(super) fn instant_in_force(&self, now: LocalTime, told: ServerTime) -> ServerTime {
        match (&self.change, self.clock) {
            (Some(_), Some(old)) => old.server_at(now).whole,
            _ => told,
        }
    }

    /// Once both the new clock and what is to be played by it are known.
    fn change_over(&mut self, now: LocalTime, out: &mut Vec<Action>) {
        let known = |c: &mut ClockChange| c.estimate.is_some() && !c.told.is_empty();
        let Some(ClockChange { estimate: Some(estimate), told, level, .. }) = self.change.take_if(known) else {
            return;
        };
        let old = self.clock.replace(estimate);
        let continues = told.iter().find_map(|(s, _)| s.continues);
        if let Some(c) = continues.filter(|c| old.is_some_and(|old| old.clock_id == c.clock_id)) {
            self.shift(c.shift_us);
            out.push(Action::ChangeClock(estimate, Some(c.shift_us)));
        } else {
            self.forget(out);
            self.clock = Some(estimate);
            out.push(Action::ChangeClock(estimate, None));
        }
        if let (Some(level), Some((session, _))) = (level, told.first()) {
            self.take_level(level, session.server_time, out);
        }
        for (session, change) in told {
            self.adopt(now, session, change, out);
        }
    }

    /// Moves everything that is placed in time.
    fn shift(&mut self, us: i64) {
        for track in &mut self.tracks {
            if let Some(line) = &mut track.line {
                line.anchor = line.anchor.plus_micros(us);
            }
            track.silenced = track.silenced.map(|t| t.plus_micros(us));
            track.fall = track.fall.map(|s| s.shifted(us));
        }
        // a change that lay ahead is among what is told anew
        self.previous = None;
    }
}
