//! Changes of the queue: by people, by the library, by what speakers find. What sounds is never disturbed, unless the
//! very entry that sounds is taken away.

use downbeat_protocol::{EntryId, Frames, ServerTime, SpeakerId, agent_message::ClientError};

use super::{
    action::{Action, Audience},
    command::{Refusal, Ticket, TrackNews, Where},
    playback::Change,
    queue::{Fault, FaultSource, QueueEntry},
    readiness::blames_entry,
    state::{Zone, answer_all},
};

impl Zone {
    pub(super) fn enqueue(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entries: Vec<QueueEntry>,
        place: Where,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        self.queue.insert(entries, place)?;
        self.edited(now, out);
        answer_all([ticket], now, out);
        Ok(())
    }

    pub(super) fn clear(&mut self, now: ServerTime, ticket: Ticket, out: &mut Vec<Action>) {
        let busy = self.readiness.is_some() || self.playback.last().timeline.is_some();
        let keep = self.queue.current().map(QueueEntry::id).filter(|_| busy);
        self.queue.retain_only(keep);
        self.complaints.clear();
        self.edited(now, out);
        answer_all([ticket], now, out);
    }

    pub(super) fn remove(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entry: EntryId,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        let index = self.queue.index_of(entry).ok_or(Refusal::NoSuchEntry(entry))?;
        let current = self.queue.current_index() == Some(index);
        let next = self.queue.playable_from(index + 1).map(|e| e.plan.clone());
        self.queue.remove(entry);
        self.complaints.remove(&entry);
        if !current {
            self.edited(now, out);
            answer_all([ticket], now, out);
            return Ok(());
        }
        let pending = self.readiness.take();
        let was_pending = pending.is_some();
        let running = self.playback.last().timeline.as_ref().map(|t| t.running);
        let mut tickets = vec![ticket];
        let at = pending.as_ref().and_then(|r| r.at);
        tickets.extend(pending.into_iter().flat_map(|r| r.tickets));
        match (next, running) {
            (Some(next), r) if was_pending || r == Some(true) => {
                self.begin(now, &next, Frames(0), (Change::Play, at), tickets, out);
            }
            (Some(next), Some(_)) => {
                let at = self.instant(now, None);
                self.hold(now, &next, Frames(0), (at, Change::Pause), out);
                answer_all(tickets, at, out);
            }
            (Some(next), None) => {
                self.queue.set_current(Some(next.entry));
                self.edited(now, out);
                answer_all(tickets, now, out);
            }
            (None, Some(_)) => self.end(now, None, tickets, out),
            (None, None) => {
                self.edited(now, out);
                answer_all(tickets, now, out);
            }
        }
        Ok(())
    }

    pub(super) fn tracks(&mut self, now: ServerTime, news: &[TrackNews], out: &mut Vec<Action>) {
        let sounding = self.playback.last().timeline.as_ref().filter(|t| t.running).map(|t| t.entry);
        let sounding = self.readiness.as_ref().map(|r| r.entry).or(sounding);
        let mut changed = false;
        for n in news {
            changed |= self.queue.refresh(n.track, &n.state, sounding);
        }
        if changed {
            self.edited(now, out);
        }
    }

    /// A member cannot play an entry. If all say so it is skipped: before its time if it is still coming, at once if it
    /// is the one that should sound.
    pub(super) fn complaint(
        &mut self,
        now: ServerTime,
        speaker: SpeakerId,
        entry: EntryId,
        error: &ClientError,
        out: &mut Vec<Action>,
    ) {
        let known = self.queue.get(entry).is_some_and(QueueEntry::playable);
        if !known || !blames_entry(error) || !self.members.contains(speaker) {
            return;
        }
        let who = self.complaints.entry(entry).or_default();
        who.insert(speaker);
        if !self.members.ids().all(|id| who.contains(&id)) || self.readiness.as_ref().is_some_and(|r| r.entry == entry)
        {
            return;
        }
        self.complaints.remove(&entry);
        self.queue.mark(entry, Fault { reason: error.detail.clone(), source: FaultSource::Speakers });
        let sounds = self.playback.last().timeline.as_ref().is_some_and(|t| t.running && t.entry == entry);
        if !sounds || self.readiness.is_some() {
            self.edited(now, out);
            return;
        }
        match self.queue.playable_after(entry).map(|e| e.plan.clone()) {
            Some(next) => self.begin(now, &next, Frames(0), (Change::Play, None), Vec::new(), out),
            None => self.end(now, None, Vec::new(), out),
        }
    }

    /// After a change of the queue: a new plan if what is coming is another, kept in any case.
    fn edited(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        self.revision += 1;
        if self.replan(now) {
            self.tell(now, Audience::All, out);
        }
        out.push(Action::Save);
    }

    /// Whether the plan is another now. In the last moment before an entry ends the plan stays as it is, because not
    /// every speaker could follow: the boundary itself makes a new one.
    fn replan(&mut self, now: ServerTime) -> bool {
        let latest = self.instant(now, None);
        let last = self.playback.last();
        let Some(own) = last.own_entry().cloned() else { return false };
        let too_late = last.boundary().is_some_and(|(end, _)| end <= latest);
        if too_late || self.queue.index_of(own.entry).is_none() {
            return false;
        }
        let plan = self.queue.plan_from(&own, own.entry);
        let changed = plan != last.plan;
        if changed {
            let last = self.playback.last_mut();
            last.plan = plan;
            if last.from <= now {
                last.change = Change::Plan;
            }
        }
        changed
    }
}
