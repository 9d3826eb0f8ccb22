//! Everything that begins with a preparation: play, jump, seek, resume, next, previous; and going on to the next entry
//! when one cannot be played.

use downbeat_protocol::{Frames, PlanEntry, ServerTime, server_message::Prepare};

use super::{
    action::{Action, Audience},
    command::{Place, Refusal, Ticket},
    playback::{Change, Segment},
    queue::{Fault, FaultSource, MAX_ENTRIES, Queue, QueueEntry},
    readiness::Readiness,
    state::{Zone, answer_all, resolve},
};

type Answer = Result<(), Refusal>;

impl Zone {
    pub(super) fn play(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        (entries, start): (Vec<QueueEntry>, usize),
        (from, at): (Place, Option<ServerTime>),
        out: &mut Vec<Action>,
    ) -> Answer {
        if entries.len() > MAX_ENTRIES {
            return Err(Refusal::QueueFull { limit: MAX_ENTRIES });
        }
        let queue = Queue::new(entries);
        let wanted = queue.entries().get(start).or(queue.entries().last()).ok_or(Refusal::QueueEmpty)?;
        let first = queue.playable_from(start).ok_or_else(|| wanted.refusal())?.plan.clone();
        let frame = if first.entry == wanted.id() { resolve(from, &first)? } else { Frames(0) };
        self.queue = queue;
        self.complaints.clear();
        self.restart(now, &first, frame, (Change::Play, at), ticket, out);
        Ok(())
    }

    pub(super) fn jump(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entry: downbeat_protocol::EntryId,
        (from, at): (Place, Option<ServerTime>),
        out: &mut Vec<Action>,
    ) -> Answer {
        let mut queue = self.queue.clone();
        queue.forgive(Some(entry));
        let wanted = queue.get(entry).ok_or(Refusal::NoSuchEntry(entry))?;
        if !wanted.playable() {
            return Err(wanted.refusal());
        }
        let plan = wanted.plan.clone();
        let frame = resolve(from, &plan)?;
        self.queue = queue;
        self.complaints.remove(&entry);
        self.restart(now, &plan, frame, (Change::Play, at), ticket, out);
        Ok(())
    }

    pub(super) fn resume(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        at: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) -> Answer {
        if let Some(r) = &mut self.readiness {
            r.tickets.push(ticket);
            return Ok(());
        }
        match &self.playback.last().timeline {
            Some(t) if t.running => {
                let since = self.playback.last().from.max(now);
                answer_all([ticket], since, out);
                Ok(())
            }
            Some(t) => {
                let (entry, frame) = (t.entry, t.anchor_media_frames);
                let plan = self.queue.get(entry).filter(|e| e.playable()).map(|e| e.plan.clone());
                match plan {
                    Some(plan) => {
                        self.restart(now, &plan, frame, (Change::Resume, at), ticket, out);
                        Ok(())
                    }
                    None => self.start_queue(now, ticket, at, out),
                }
            }
            None => self.start_queue(now, ticket, at, out),
        }
    }

    /// From silence: the current entry, or the first. What speakers said against entries is given another chance.
    fn start_queue(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        at: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) -> Answer {
        let mut queue = self.queue.clone();
        queue.forgive(None);
        let index = queue.current_index().unwrap_or(0);
        let wanted = queue.entries().get(index).ok_or(Refusal::QueueEmpty)?;
        let first = queue.playable_from(index).ok_or_else(|| wanted.refusal())?.plan.clone();
        self.queue = queue;
        self.complaints.clear();
        self.restart(now, &first, Frames(0), (Change::Play, at), ticket, out);
        Ok(())
    }

    pub(super) fn seek(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        to: Place,
        at: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) -> Answer {
        let (entry, change) = match (&self.readiness, &self.playback.last().timeline) {
            (Some(r), _) if r.change == Change::Play => (r.entry, Change::Play),
            (Some(r), _) => (r.entry, Change::Seek),
            (None, Some(t)) => (t.entry, Change::Seek),
            (None, None) => return Err(Refusal::NothingPlaying),
        };
        let held = self.readiness.is_none() && self.playback.last().timeline.as_ref().is_some_and(|t| !t.running);
        let plan = self.queue.get(entry).ok_or(Refusal::NothingPlaying)?.plan.clone();
        let frame = resolve(to, &plan)?;
        if held {
            let at = self.instant(now, at);
            self.hold(now, &plan, frame, (at, Change::Seek), out);
            answer_all([ticket], at, out);
        } else {
            self.restart(now, &plan, frame, (change, at), ticket, out);
        }
        Ok(())
    }

    pub(super) fn next(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        at: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) -> Answer {
        if self.queue.entries().is_empty() {
            return Err(Refusal::QueueEmpty);
        }
        let after = self.queue.current_index().map_or(0, |i| i + 1);
        if let Some(next) = self.queue.playable_from(after).map(|e| e.plan.clone()) {
            self.restart(now, &next, Frames(0), (Change::Play, at), ticket, out);
        } else {
            let mut tickets = vec![ticket];
            tickets.extend(self.readiness.take().into_iter().flat_map(|r| r.tickets));
            self.end(now, at, tickets, out);
        }
        Ok(())
    }

    pub(super) fn previous(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        at: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) -> Answer {
        if self.queue.entries().is_empty() {
            return Err(Refusal::QueueEmpty);
        }
        let index = self.queue.current_index().unwrap_or(self.queue.entries().len());
        let before = self.queue.playable_before(index);
        let current = self.queue.current().filter(|e| e.playable());
        let target = match current {
            Some(e) if self.heard_of(now, &e.plan) > self.settings.restart_after_us => Some(e),
            _ => before.or(current),
        };
        let plan = target.ok_or_else(|| self.queue.entries()[0].refusal())?.plan.clone();
        self.restart(now, &plan, Frames(0), (Change::Play, at), ticket, out);
        Ok(())
    }

    /// How much of the entry was heard (or is skipped by the start in preparation), microseconds.
    fn heard_of(&self, now: ServerTime, entry: &PlanEntry) -> i64 {
        let frame = match &self.readiness {
            Some(r) => Some(r.from),
            None => self.playback.last().spot(now).filter(|s| s.entry == entry.entry).map(|s| s.frame),
        };
        frame.map_or(0, |f| (f.as_seconds(entry.sample_rate) * 1e6) as i64)
    }

    /// Begins a preparation in place of the one under way, whose callers are answered together with this one's.
    fn restart(
        &mut self,
        now: ServerTime,
        entry: &PlanEntry,
        from: Frames,
        how: (Change, Option<ServerTime>),
        ticket: Ticket,
        out: &mut Vec<Action>,
    ) {
        let mut tickets: Vec<_> = self.readiness.take().into_iter().flat_map(|r| r.tickets).collect();
        tickets.push(ticket);
        self.begin(now, entry, from, how, tickets, out);
    }

    /// Asks all members to prepare this entry. Meanwhile the old sound goes on.
    pub(super) fn begin(
        &mut self,
        now: ServerTime,
        entry: &PlanEntry,
        from: Frames,
        (change, at): (Change, Option<ServerTime>),
        tickets: Vec<Ticket>,
        out: &mut Vec<Action>,
    ) {
        self.queue.set_current(Some(entry.entry));
        self.last_prepare += 1;
        self.revision += 1;
        let deadline = now.plus_micros(self.settings.ready_deadline_us);
        let start = (entry.entry, from, change);
        let r = Readiness::new((self.last_prepare, deadline), start, at, tickets, self.members.ids());
        if let Some(message) = self.prepare(now, &r) {
            out.push(Action::Prepare { to: Audience::All, message });
        }
        self.readiness = Some(r);
    }

    pub(super) fn prepare(&self, now: ServerTime, r: &Readiness) -> Option<Prepare> {
        Some(Prepare {
            server_time: now,
            zone: self.id,
            revision: self.revision,
            prepare_id: r.prepare_id,
            entry: self.queue.get(r.entry)?.plan.clone(),
            from_frames: r.from,
            deadline: r.deadline,
        })
    }

    /// No member can play the entry: marks it and prepares the next one, or ends with the reason.
    pub(super) fn skip(&mut self, now: ServerTime, r: Readiness, reason: String, out: &mut Vec<Action>) {
        self.queue.mark(r.entry, Fault { reason, source: FaultSource::Speakers });
        if let Some(next) = self.queue.playable_after(r.entry).map(|e| e.plan.clone()) {
            self.begin(now, &next, Frames(0), (Change::Play, r.at), r.tickets, out);
            return;
        }
        let refusal = self.queue.get(r.entry).map_or(Refusal::QueueEmpty, QueueEntry::refusal);
        self.end(now, None, Vec::new(), out);
        out.extend(r.tickets.into_iter().map(|ticket| Action::Answer { ticket, result: Err(refusal.clone()) }));
    }

    /// The end of the queue, before its time: silence, and no entry is current.
    pub(super) fn end(&mut self, now: ServerTime, at: Option<ServerTime>, tickets: Vec<Ticket>, out: &mut Vec<Action>) {
        let at = self.instant(now, at);
        self.queue.set_current(None);
        self.change(now, Segment::silence(at), out);
        answer_all(tickets, at, out);
    }
}
