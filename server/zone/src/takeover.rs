//! A coordinator that returns on another clock, to speakers that still play.
//!
//! They go on by their plan and their estimate of the old clock. Each tells in its `hello` what it plays by, and as
//! soon as it has measured the new clock, how the two clocks go together. The median of that is taken for all; the
//! timeline is told anew on the new clock, and nothing moves. Until then the speakers that play are told nothing: what
//! this zone believes (a pause at the last kept position) would silence them.

use downbeat_protocol::{
    PlanEntry, ServerTime, SpeakerId, Timeline, agent_message::ClockShift, server_message::Continues,
};

use super::{
    action::Action,
    answer::Ticket,
    claim::Claim,
    command::Command,
    playback::{Change, Playback},
    queue::QueueEntry,
    saved::REVISION_GAP,
    state::Zone,
    telling::Telling,
};

impl Zone {
    /// A speaker came that plays by something from before.
    pub(super) fn claimed(&mut self, now: ServerTime, speaker: SpeakerId, claim: Claim, out: &mut Vec<Action>) {
        if claim.clock_id == self.clock_id {
            self.take_up_what_was_told(now, &claim, out);
            return;
        }
        let Some(r) = self.returning.as_mut().filter(|r| r.line.clock_id == claim.clock_id) else { return };
        // Speakers went on by their plan: the kept line is that of an entry which they told from an earlier one. One
        // that was cut off before the last change plays what nobody else does.
        let newer = self.kept_revision.is_some_and(|kept| kept < claim.revision);
        let of_ours = |c: &Claim| {
            let own = self.program.entry(c.timeline.entry).map(|e| &e.track().hash);
            c.plan.first().is_some_and(|e| own == Some(&e.hash))
        };
        let known = claim.told_from(r.line.entry).filter(|c| newer || c.timeline == r.line);
        if let Some(claim) = known.or(newer.then_some(claim)).filter(of_ours) {
            r.claim(now, speaker, claim);
        }
    }

    /// A change was told to speakers and the coordinator killed before it was kept: it has been heard, so it counts.
    fn take_up_what_was_told(&mut self, now: ServerTime, claim: &Claim, out: &mut Vec<Action>) {
        // between the kept one and the gap: told by the process before this one
        let unkept = |kept: u64| kept < claim.revision && claim.revision - kept < REVISION_GAP;
        let unkept = self.kept_revision.is_some_and(unkept);
        let Some(heard) = claim.advanced_to(now).filter(|c| self.program.entry(c.timeline.entry).is_some()) else {
            return;
        };
        if !unkept {
            return;
        }
        self.kept_revision = Some(claim.revision);
        self.go_on(now, heard.timeline, &heard.plan, out);
    }

    /// A speaker told how the clock it plays by and ours go together.
    pub(super) fn clock_shift(&mut self, now: ServerTime, speaker: SpeakerId, shift: &ClockShift) {
        if shift.to == self.clock_id
            && let Some(r) = &mut self.returning
        {
            r.shift(now, speaker, shift);
        }
    }

    /// Speakers play what this zone does not know yet: nobody is told what it believes.
    pub(super) fn withholds(&self) -> bool {
        self.returning.as_ref().is_some_and(|r| !r.claims.is_empty())
    }

    /// Keeps a command until it is known what plays. `Some`: nothing is waited for, so do it now.
    pub(super) fn after_return(&mut self, ticket: Ticket, command: Command) -> Option<Command> {
        let withheld = self.withholds();
        let Some(r) = self.returning.as_mut().filter(|_| withheld) else {
            // whoever starts or stops something before a speaker has come decides what is heard
            let current = self.program.queue().current().map(QueueEntry::id);
            let harmless = match &command {
                Command::Volume { .. }
                | Command::Enqueue { .. }
                | Command::Clear
                | Command::Replace { .. }
                | Command::Move { .. }
                | Command::Modes(_) => true,
                Command::Remove { entry } => Some(*entry) != current,
                Command::RemoveMany { entries } => current.is_none_or(|c| !entries.contains(&c)),
                _ => false,
            };
            if !harmless {
                self.returning = None;
                self.kept_revision = None;
            }
            return Some(command);
        };
        r.commands.push((ticket, command));
        None
    }

    /// Decides, if it is time to: goes on with what the speakers play, or with what was kept.
    pub(super) fn settle_return(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        let Some(r) = self.returning.take_if(|r| r.next_timeout() <= now) else { return };
        match r.agreed() {
            Some((claim, shift_us)) => {
                self.continues = Some(Continues { clock_id: r.line.clock_id, shift_us });
                let anchor_server_us = claim.timeline.anchor_server_us.plus_micros(shift_us);
                let timeline = Timeline { clock_id: self.clock_id, anchor_server_us, ..claim.timeline.clone() };
                self.go_on(now, timeline, &claim.plan, out);
            }
            None if r.claims.is_empty() => {}
            None => self.tell_everybody_everything(now, out),
        }
        for (ticket, command) in r.commands {
            self.command(now, ticket, command, out);
        }
    }

    /// Plays on along `timeline`, and tells all.
    fn go_on(&mut self, now: ServerTime, timeline: Timeline, told: &[PlanEntry], out: &mut Vec<Action>) {
        let Some(entry) = told.first() else { return };
        if let Some(occurrence) = self.program.occurrence(entry.entry) {
            self.program.go_to(occurrence);
        }
        let from = timeline.anchor_server_us;
        let overlap_us = told.get(1).map(|e| e.overlap_us);
        let going_on = self.told_segment(from, timeline, entry.clone(), Change::Plan, overlap_us);
        self.playback = Playback::resumed(vec![going_on], None).unwrap_or_else(|| Playback::silent(now));
        self.advance(now, &mut Vec::new());
        self.commit(now, Telling::Everything, out);
    }
}
