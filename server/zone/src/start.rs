//! Everything that begins with a preparation: play, jump, seek, resume, next, previous; and going on to the next entry
//! when one cannot be played.

use downbeat_protocol::{Frames, ServerTime, server_message::Prepare};

use super::{
    action::Action,
    answer::{Refusal, Ticket},
    occurrence::Occurrence,
    playback::{Change, Segment, Spot},
    position::EntryPosition,
    queue::{Fault, MAX_ENTRIES, Queue, QueueEntry},
    readiness::Readiness,
    state::{Zone, answer_all, resolve},
    telling::Telling,
};

type Answer = Result<(), Refusal>;

/// So long a file that comes next may take to be identified, microseconds.
const IDENTIFY_US: i64 = 60_000_000;

impl Zone {
    pub(super) fn play(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        (entries, start): (Vec<QueueEntry>, usize),
        (from, at): (EntryPosition, Option<ServerTime>),
        out: &mut Vec<Action>,
    ) -> Answer {
        if entries.len() > MAX_ENTRIES {
            return Err(Refusal::QueueFull { limit: MAX_ENTRIES });
        }
        let queue = Queue::new(entries);
        let wanted = queue.nth(start).or_else(|| queue.nth(queue.len().checked_sub(1)?)).ok_or(Refusal::QueueEmpty)?;
        let first = queue.iter_from(start).find(|e| e.playable()).ok_or_else(|| wanted.refusal())?;
        let frame = if first.id() == wanted.id() { resolve(from, first)? } else { Frames(0) };
        let first = first.id();
        self.program.replace(queue);
        self.complaints.clear();
        let first = self.program.pick(first);
        self.restart(now, first, frame, (Change::Play, at), ticket, out);
        Ok(())
    }

    pub(super) fn jump(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        entry: downbeat_protocol::EntryId,
        (from, at): (EntryPosition, Option<ServerTime>),
        out: &mut Vec<Action>,
    ) -> Answer {
        let wanted = self.program.queue().get(entry).ok_or(Refusal::NoSuchEntry(entry))?;
        if wanted.fault().is_some_and(|f| !f.by_speakers()) {
            return Err(wanted.refusal());
        }
        let frame = resolve(from, wanted)?;
        self.program.queue_mut().forgive(Some(entry));
        self.complaints.remove(&entry);
        let picked = self.program.pick(entry);
        self.restart(now, picked, frame, (Change::Play, at), ticket, out);
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
                let held = self.program.occurrence(entry);
                match held.filter(|o| self.program.queue().get(o.entry).is_some_and(QueueEntry::playable)) {
                    Some(held) => {
                        self.restart(now, held, frame, (Change::Resume, at), ticket, out);
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
        let queue = self.program.queue();
        let wanted = queue.current().or_else(|| queue.nth(0)).ok_or(Refusal::QueueEmpty)?;
        let hopeful = |e: &QueueEntry| e.fault().is_none_or(Fault::by_speakers);
        let from = queue.current_index().unwrap_or(0);
        if !queue.iter_from(from).any(hopeful) {
            return Err(wanted.refusal());
        }
        self.program.queue_mut().forgive(None);
        self.complaints.clear();
        let first = match self.program.cursor() {
            Some(cursor) if self.program.queue().current().is_some_and(QueueEntry::playable) => Some(cursor),
            Some(cursor) => self.program.next(cursor).or_else(|| self.program.first()),
            None => self.program.first(),
        };
        if let Some(first) = first {
            self.restart(now, first, Frames(0), (Change::Play, at), ticket, out);
        }
        Ok(())
    }

    pub(super) fn seek(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        to: EntryPosition,
        at: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) -> Answer {
        let (entry, change) = match (&self.readiness, &self.playback.last().timeline) {
            (Some(r), _) if r.change == Change::Play => (r.entry, Change::Play),
            (Some(r), _) => (r.entry, Change::Seek),
            (None, Some(t)) => (self.heard_then(at).map_or(t.entry, |spot| spot.entry), Change::Seek),
            (None, None) => return Err(Refusal::NothingPlaying),
        };
        let held = self.readiness.is_none() && self.playback.last().timeline.as_ref().is_some_and(|t| !t.running);
        let occurrence = self.program.occurrence(entry).ok_or(Refusal::NothingPlaying)?;
        let queued = self.program.queue().get(occurrence.entry).ok_or(Refusal::NothingPlaying)?;
        let frame = resolve(to, queued)?;
        if self.program.ab().is_some_and(|l| l.entry == occurrence.entry && frame >= l.b) {
            self.program.end_loop();
        }
        let occurrence = self.program.anew(occurrence);
        if held {
            let at = self.instant(now, at);
            self.hold(now, occurrence, frame, (at, Change::Seek), out);
            answer_all([ticket], at, out);
        } else {
            self.restart(now, occurrence, frame, (change, at), ticket, out);
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
        if self.program.queue().is_empty() {
            return Err(Refusal::QueueEmpty);
        }
        let then = self.heard_then(at).and_then(|spot| self.program.occurrence(spot.entry));
        let next = match then.or_else(|| self.program.cursor()) {
            Some(cursor) => self.program.next(cursor),
            None => self.program.first(),
        };
        self.program.end_loop();
        if let Some(next) = next {
            self.restart(now, next, Frames(0), (Change::Play, at), ticket, out);
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
        let queue = self.program.queue();
        let first = queue.nth(0).ok_or(Refusal::QueueEmpty)?;
        let then = self.heard_then(at).and_then(|spot| self.program.occurrence(spot.entry));
        let current = then.or_else(|| self.program.cursor());
        let before = self.program.previous(current.map(|o| o.entry));
        let current = current.filter(|o| queue.get(o.entry).is_some_and(QueueEntry::playable));
        let target = match current {
            Some(c) if self.heard_of(at.unwrap_or(now), c) > self.settings.restart_after_us => Some(c),
            _ => before.or(current),
        };
        let target = target.ok_or_else(|| first.refusal())?;
        self.program.end_loop();
        self.restart(now, Occurrence { pass: 0, ..target }, Frames(0), (Change::Play, at), ticket, out);
        Ok(())
    }

    /// The place that will be heard at the instant of a change, as things are: by then another entry may have begun.
    fn heard_then(&self, at: Option<ServerTime>) -> Option<Spot> {
        let at = at.filter(|_| self.readiness.is_none())?;
        self.playback.heard(at).spot(at)
    }

    /// How much of the entry was heard (or is skipped by the start in preparation), microseconds.
    fn heard_of(&self, now: ServerTime, occurrence: Occurrence) -> i64 {
        let frame = match &self.readiness {
            Some(r) => Some(r.from),
            None => self.playback.last().spot(now).filter(|s| s.entry == occurrence.id()).map(|s| s.frame),
        };
        let (rate, first) = (self.program.queue().get(occurrence.entry))
            .map_or((0, Frames(0)), |e| (e.track().sample_rate, e.track().first_frame()));
        frame.map_or(0, |f| (Frames(f.0 - first.0).as_seconds(rate) * 1e6) as i64)
    }

    /// Begins a preparation in place of the one under way, whose callers are answered together with this one's.
    pub(super) fn restart(
        &mut self,
        now: ServerTime,
        entry: Occurrence,
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
        entry: Occurrence,
        from: Frames,
        (change, at): (Change, Option<ServerTime>),
        tickets: Vec<Ticket>,
        out: &mut Vec<Action>,
    ) {
        self.program.go_to(entry);
        self.dry = false;
        self.last_prepare += 1;
        let identified = self.program.queue().get(entry.entry).is_none_or(QueueEntry::identified);
        let patience = if identified { self.settings.ready_deadline_us } else { IDENTIFY_US };
        let deadline = now.plus_micros(patience);
        // the start of an entry is that of its part
        let from = self.program.queue().get(entry.entry).map_or(from, |e| e.track().within(from));
        let start = (entry.id(), from, change);
        let r = Readiness::new((self.last_prepare, deadline, identified), start, at, tickets, self.members.asked());
        self.readiness = Some(r);
        self.commit(now, Telling::Preparation, out);
    }

    pub(super) fn prepare(&self, now: ServerTime, r: &Readiness) -> Option<Prepare> {
        Some(Prepare {
            server_time: now,
            zone: self.id,
            revision: self.revision,
            prepare_id: r.prepare_id,
            entry: self.program.head(self.program.occurrence(r.entry).filter(|_| r.identified)?)?,
            from_frames: r.from,
            deadline: r.deadline,
        })
    }

    /// No member can play the entry: marks it and prepares the next one, or ends with the reason.
    pub(super) fn skip(&mut self, now: ServerTime, r: Readiness, fault: Fault, out: &mut Vec<Action>) {
        let Some(bad) = self.program.occurrence(r.entry) else { return };
        self.mark(now, bad.entry, fault);
        if let Some(next) = self.program.next(bad) {
            self.begin(now, next, Frames(0), (Change::Play, r.at), r.tickets, out);
            return;
        }
        let refusal = self.program.queue().get(bad.entry).map_or(Refusal::QueueEmpty, QueueEntry::refusal);
        // a person who asked for it is told; whoever only listened waits for something that can be played
        let by_itself = r.tickets.is_empty();
        self.end(now, None, Vec::new(), out);
        if by_itself {
            self.run_dry(now);
        }
        out.extend(r.tickets.into_iter().map(|ticket| Action::Answer { ticket, result: Err(refusal.clone()) }));
    }

    /// The end of the queue, before its time: silence, and no entry is current.
    pub(super) fn end(&mut self, now: ServerTime, at: Option<ServerTime>, tickets: Vec<Ticket>, out: &mut Vec<Action>) {
        let at = self.instant(now, at);
        self.program.end();
        self.change(now, Segment::silence(at), out);
        answer_all(tickets, at, out);
    }
}
