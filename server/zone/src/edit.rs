//! Changes of the queue: by people, by the library, by what speakers find. What sounds is never disturbed, unless the
//! very entry that sounds is taken away.

use std::collections::{BTreeSet, HashMap, HashSet};

use downbeat_protocol::{EntryId, Frames, ServerTime, SpeakerId, agent_message::ClientError};

use super::{
    action::Action,
    answer::{Refusal, Ticket},
    command::TrackNews,
    occurrence::Occurrence,
    playback::{Change, Segment},
    position::QueuePosition,
    queue::{MAX_ENTRIES, QueueEntry},
    readiness::{blames_entry, fault_of},
    state::{Zone, answer_all},
    telling::{self, Telling},
    window::PLAN_ENTRIES,
};

impl Zone {
    pub(super) fn enqueue(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entries: Vec<QueueEntry>,
        place: QueuePosition,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        self.program.insert(entries, place)?;
        self.edited(now, out);
        answer_all([ticket], now, out);
        Ok(())
    }

    pub(super) fn play_now(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entries: Vec<QueueEntry>,
        at: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        let first = entries.iter().find(|e| e.playable()).map(QueueEntry::id);
        let first = first.ok_or_else(|| entries.first().map_or(Refusal::QueueEmpty, QueueEntry::refusal))?;
        self.program.insert(entries, QueuePosition::Next)?;
        // what is added but this one follows it, in a shuffled order too
        let lap = self.program.cursor().map_or(0, |c| c.lap);
        self.program.end_loop();
        self.restart(now, Occurrence { entry: first, lap, pass: 0 }, Frames(0), (Change::Play, at), ticket, out);
        telling::keep(out);
        Ok(())
    }

    pub(super) fn replace(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entries: Vec<QueueEntry>,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        if entries.len() >= MAX_ENTRIES {
            return Err(Refusal::QueueFull { limit: MAX_ENTRIES });
        }
        self.program.retain_only(self.sounding());
        self.complaints.clear();
        self.program.insert(entries, QueuePosition::End)?;
        self.edited(now, out);
        answer_all([ticket], now, out);
        Ok(())
    }

    pub(super) fn clear(&mut self, now: ServerTime, ticket: Ticket, out: &mut Vec<Action>) {
        self.program.retain_only(self.sounding());
        self.complaints.clear();
        self.edited(now, out);
        answer_all([ticket], now, out);
    }

    /// The current entry, if it sounds, is held or is about to start.
    fn sounding(&self) -> Option<EntryId> {
        let busy = self.readiness.is_some() || self.playback.last().timeline.is_some();
        self.program.queue().current().map(QueueEntry::id).filter(|_| busy)
    }

    pub(super) fn shift(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entries: &[EntryId],
        place: QueuePosition,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        self.program.shift(entries, place)?;
        self.edited(now, out);
        answer_all([ticket], now, out);
        Ok(())
    }

    pub(super) fn remove(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entry: EntryId,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        if !self.program.queue().contains(entry) {
            return Err(Refusal::NoSuchEntry(entry));
        }
        self.remove_many(now, ticket, &[entry], out);
        Ok(())
    }

    pub(super) fn remove_many(&mut self, now: ServerTime, ticket: Ticket, entries: &[EntryId], out: &mut Vec<Action>) {
        let cursor = self.program.cursor().filter(|c| entries.contains(&c.entry));
        let next = cursor.and_then(|cursor| {
            let queued = |e: &EntryId| self.program.queue().contains(*e);
            let gone: HashSet<EntryId> = entries.iter().copied().filter(queued).collect();
            // the rest of this round and the next one hold all that can be played
            let all = 2 * self.program.queue().iter().filter(|e| e.playable()).count();
            let most = all.min(gone.len()) + 1;
            self.program.coming(cursor, most, true).into_iter().find(|o| !gone.contains(&o.entry))
        });
        self.program.remove(entries);
        for entry in entries {
            self.complaints.remove(entry);
        }
        if cursor.is_none() {
            self.edited(now, out);
            answer_all([ticket], now, out);
            return;
        }
        let pending = self.readiness.take();
        let was_pending = pending.is_some();
        let running = self.playback.last().timeline.as_ref().map(|t| t.running);
        let mut tickets = vec![ticket];
        let at = pending.as_ref().and_then(|r| r.at);
        tickets.extend(pending.into_iter().flat_map(|r| r.tickets));
        match (next, running) {
            (Some(next), r) if was_pending || r == Some(true) => {
                self.begin(now, next, Frames(0), (Change::Play, at), tickets, out);
                telling::keep(out);
            }
            (Some(next), Some(_)) => {
                let at = self.instant(now, None);
                self.hold(now, next, Frames(0), (at, Change::Pause), out);
                answer_all(tickets, at, out);
            }
            (Some(next), None) => {
                self.program.go_to(next);
                self.edited(now, out);
                answer_all(tickets, now, out);
            }
            (None, Some(_)) => self.end(now, None, tickets, out),
            (None, None) => {
                self.edited(now, out);
                answer_all(tickets, now, out);
            }
        }
    }

    pub(super) fn tracks(&mut self, now: ServerTime, news: Vec<TrackNews>, out: &mut Vec<Action>) {
        let sounding = self.playback.last().timeline.as_ref().filter(|t| t.running).map(|t| t.entry);
        let preparing = self.readiness.as_ref().filter(|r| r.identified).map(|r| r.entry);
        let sounding = preparing.or(sounding).and_then(|id| self.program.occurrence(id));
        let news: HashMap<_, _> = news.into_iter().map(|n| (n.track, n.now)).collect();
        self.refresh_pending(&news);
        let heard = sounding.and_then(|o| self.program.queue().get(o.entry)).map(QueueEntry::track_id);
        if let Some((track, now)) = heard.and_then(|t| Some((t, news.get(&t)?))) {
            self.withheld.insert(track, now.clone());
        }
        if !self.program.queue_mut().refresh(&news, sounding.map(|o| o.entry)) {
            return;
        }
        self.edited(now, out);
        // what waited for its file to be identified
        let Some(r) = self.readiness.take_if(|r| !r.identified) else { return };
        match self.program.occurrence(r.entry).map(|o| (o, self.program.queue().get(o.entry))) {
            Some((o, Some(e))) if e.playable() && e.identified() => {
                let from = e.track().within(r.from);
                self.begin(now, o, from, (r.change, r.at), r.tickets, out);
            }
            Some((o, Some(e))) if !e.playable() => {
                let refusal = e.refusal();
                if let Some(next) = self.program.next(o) {
                    self.begin(now, next, Frames(0), (Change::Play, r.at), r.tickets, out);
                } else {
                    let by_itself = r.tickets.is_empty();
                    self.end(now, None, Vec::new(), out);
                    if by_itself {
                        self.run_dry(now);
                    }
                    let refused = |ticket| Action::Answer { ticket, result: Err(refusal.clone()) };
                    out.extend(r.tickets.into_iter().map(refused));
                }
            }
            _ => self.readiness = Some(r),
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
        let Some(occurrence) = self.program.occurrence(entry) else { return };
        let known = self.program.queue().get(occurrence.entry).is_some_and(QueueEntry::playable);
        if !known || !blames_entry(error) || !self.members.contains(speaker) {
            return;
        }
        let (who, fault) =
            self.complaints.entry(occurrence.entry).or_insert_with(|| (BTreeSet::new(), fault_of(error)));
        who.insert(speaker);
        *fault = fault_of(error);
        self.complained(now, occurrence, out);
    }

    /// Somebody left: those who stay may all have complained.
    pub(super) fn complaints_of_all(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        let entries: Vec<EntryId> = self.complaints.keys().copied().collect();
        for entry in entries {
            if let Some(occurrence) =
                self.program.cursor().filter(|c| c.entry == entry).or(Some(Occurrence::first(entry)))
            {
                self.complained(now, occurrence, out);
            }
        }
    }

    fn complained(&mut self, now: ServerTime, occurrence: Occurrence, out: &mut Vec<Action>) {
        let Some((who, _)) = self.complaints.get(&occurrence.entry) else { return };
        let all = self.members.ids().next().is_some() && self.members.ids().all(|id| who.contains(&id));
        let preparing = self.readiness.as_ref().and_then(|r| self.program.occurrence(r.entry));
        if !all || preparing.is_some_and(|p| p.entry == occurrence.entry) {
            return;
        }
        let Some((_, fault)) = self.complaints.remove(&occurrence.entry) else { return };
        self.mark(now, occurrence.entry, fault);
        let sounds = self.playback.last().timeline.as_ref().is_some_and(|t| t.running)
            && self.program.cursor().is_some_and(|c| c.entry == occurrence.entry);
        if !sounds || self.readiness.is_some() {
            self.edited(now, out);
            return;
        }
        if let Some(next) = self.program.next(occurrence) {
            self.begin(now, next, Frames(0), (Change::Play, None), Vec::new(), out);
            telling::keep(out);
        } else {
            self.end(now, None, Vec::new(), out);
            self.run_dry(now);
        }
    }

    /// After a change of the queue or of how it is gone through: a new plan if what is coming is another, kept in any
    /// case.
    pub(super) fn edited(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        self.search = self.search.again();
        let telling = if self.replan(now, true) { Telling::Session } else { Telling::Nothing };
        self.commit(now, telling, out);
    }

    /// Makes the plan anew, and answers true if speakers must be told another one. They need not if the plan that they
    /// know is the beginning of the new one and reaches far enough. An entry that begins in the next moment begins as
    /// it was told, because not every speaker could follow; the entries behind it can still be others.
    pub(super) fn replan(&mut self, now: ServerTime, edited: bool) -> bool {
        let latest = self.instant(now, None);
        let last = self.playback.last();
        let known = last.plan.len();
        // the entry behind which all speakers can still follow
        let fixed = last.next_starts().take_while(|start| *start <= latest).count();
        let fixed = last.plan.get(fixed).filter(|e| self.program.foresees(e.entry)).map_or(0, |_| fixed);
        let Some(mut fresh) = last.plan.get(fixed).and_then(|own| self.program.plan(own)) else { return false };
        fresh.truncate((PLAN_ENTRIES - fixed).max(1));
        fresh.splice(0..0, last.plan[..fixed].iter().cloned());
        let mut changed = Segment { plan: fresh, ..last.clone() };
        // A crossfade that would have begun already comes with the next boundary; the rest of the plan need not wait.
        if changed.next_starts().nth(fixed).is_some_and(|start| start <= latest)
            && let (Some(next), Some(told)) = (changed.plan.get_mut(fixed + 1), last.plan.get(fixed + 1))
        {
            next.overlap_us = told.overlap_us;
        }
        let fresh = &changed.plan;
        let far = if edited { known > PLAN_ENTRIES / 2 } else { known * 2 > fresh.len() };
        if *fresh == last.plan || (far && fresh.starts_with(&last.plan)) {
            return false;
        }
        if last.differs_from(&changed).is_some_and(|at| at <= latest) {
            return false;
        }
        let change = if last.from <= now { Change::Plan } else { last.change };
        *self.playback.last_mut() = Segment { change, ..changed };
        true
    }
}
