//! The events that happen by themselves: entries end, a start that is ready begins, and files that will be needed are
//! asked for in time.

use downbeat_protocol::{EntryId, Frames, ServerTime};

use super::{
    action::{Action, Audience},
    answer::Refusal,
    modes::{Autoplay, Repeat},
    occurrence::Occurrence,
    playback::{Change, Playback, Segment},
    position::QueuePosition,
    queue::{Fault, FaultSource, MAX_ENTRIES, QueueEntry},
    readiness::Verdict,
    search::Search,
    state::{Zone, answer_all, within},
    telling::Telling,
};

/// More is asked for when fewer than this many are left.
const RUNNING_LOW: usize = 3;
/// So many are asked for.
const MORE: usize = 10;
/// And these were played last or come next, at most.
const RECENT: usize = 50;
/// Files that speakers could not get are tried again after this long, microseconds.
const REACH_AGAIN_US: i64 = 120_000_000;
/// If nothing was found it is asked for again after this long, microseconds.
const MORE_AGAIN_US: i64 = 30_000_000;

impl Zone {
    /// Brings the state up to `now`: changes that came into force, entries that began and ended.
    ///
    /// Speakers follow the plan by themselves. They are told when it has run down to half, or is another.
    pub(super) fn advance(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        self.playback.settle(now);
        let mut told = true;
        while self.playback.segments().len() == 1 {
            let last = self.playback.last();
            // Held up for long, it passes over all that was told in one step: a day of a short loop is a great many.
            let over =
                last.next_starts().take_while(|start| *start <= now).count().min(last.plan.len().saturating_sub(1));
            if let Some(before) = over.checked_sub(1).filter(|n| *n > 0).and_then(|n| last.told_from(n)) {
                *self.playback.last_mut() = before;
            }
            let last = self.playback.last();
            let Some((end, next)) = last.boundary().filter(|(end, _)| *end <= now) else { break };
            let Some(ended) = last.own_entry().map(|e| e.entry) else { break };
            let Some(timeline) = next else {
                self.queue_ended(now, ended, end, out);
                return;
            };
            if self.readiness.is_none()
                && let Some(begun) = self.program.occurrence(timeline.entry)
            {
                self.program.go_to(begun);
                self.search = self.search.again();
            }
            let mut plan = self.playback.last().plan.clone();
            plan.drain(..plan.iter().position(|e| e.entry == timeline.entry).unwrap_or(0));
            let change = Change::Plan;
            self.playback.reach(Segment { from: end, timeline: Some(timeline), plan, change });
            self.commit(now, Telling::Nothing, out);
            if let Some(over) = self.program.occurrence(ended) {
                self.complaints.remove(&over.entry);
            }
            let news = std::mem::take(&mut self.withheld);
            let refreshed = self.program.queue_mut().refresh(&news, None);
            told &= !self.replan(end, refreshed);
        }
        if !told {
            self.tell(now, Audience::All, out);
        }
    }

    /// The plan has no more entries. What was added in the last moment, or is identified only now, starts with a
    /// preparation of its own.
    fn queue_ended(&mut self, now: ServerTime, ended: EntryId, end: ServerTime, out: &mut Vec<Action>) {
        // what was taken out in the last moment is in no queue, but where it stood is known
        let ended = self.program.occurrence(ended).or(self.program.cursor());
        let coming = ended.map(|o| self.program.coming(o, 1, false)).unwrap_or_default();
        match coming.first() {
            Some(next) if self.readiness.is_none() => {
                self.playback = Playback::silent(end);
                self.begin(now, *next, Frames(0), (Change::Play, None), Vec::new(), out);
            }
            _ => {
                if self.readiness.is_none() {
                    self.dry = self.program.modes().autoplay != Autoplay::Off;
                    self.program.end();
                }
                self.change(now, Segment::silence(end), out);
            }
        }
    }

    /// It came to its end by itself, with nothing that can be played: it goes on when more is found, or what was lost
    /// is there again.
    pub(super) fn run_dry(&mut self, now: ServerTime) {
        self.dry = self.program.modes().autoplay != Autoplay::Off || self.reach_again.is_some();
        if self.dry && self.search != Search::Asked {
            self.search = Search::Vain;
            self.more_again = Some(now.plus_micros(MORE_AGAIN_US));
        }
    }

    /// Marks an entry that no member can play.
    pub(super) fn mark(&mut self, now: ServerTime, entry: EntryId, fault: Fault) {
        if fault.source == FaultSource::Unreachable {
            self.reach_again.get_or_insert(now.plus_micros(REACH_AGAIN_US));
        }
        self.program.queue_mut().mark(entry, fault);
    }

    /// Tries the files again that could not be reached: when their turn comes, or at once if that is why nothing plays.
    pub(super) fn try_again(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        if self.reach_again.take_if(|t| *t <= now).is_none() || !self.program.queue_mut().reachable_again() {
            return;
        }
        self.edited(now, out);
        if self.dry
            && !self.goes_on()
            && let Some(first) = self.program.first()
        {
            self.begin(now, first, Frames(0), (Change::Play, None), Vec::new(), out);
        }
    }

    /// Starts what is ready to start, or goes on to the next entry if this one cannot be played.
    pub(super) fn decide(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        while let Some(r) = self.readiness.take_if(|r| r.complete(now)) {
            if r.identified {
                r.silent().for_each(|speaker| self.members.mute(speaker, true));
            }
            let Some(entry) = self.program.occurrence(r.entry).and_then(|o| self.program.head(o)) else {
                let result = Err(Refusal::NoSuchEntry(r.entry));
                out.extend(r.tickets.into_iter().map(|ticket| Action::Answer { ticket, result: result.clone() }));
                continue;
            };
            match r.verdict() {
                Verdict::Start => {
                    let at = self.members.instant(now, self.settings.margin_us, r.at, |s| r.is_ready(s));
                    let timeline = self.timeline(entry.entry, within(r.from, &entry), at, true);
                    let segment = self.segment(at, timeline, entry, r.change);
                    self.change(now, segment, out);
                    answer_all(r.tickets, at, out);
                }
                Verdict::Unplayable(fault) => self.skip(now, r, fault, out),
            }
        }
    }

    /// Asks for what will be needed: hashes of files that come next, and more to play before it ends.
    pub(super) fn want(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        if self.more_again.take_if(|t| *t <= now).is_some() {
            (self.search, self.wanted_at) = (Search::Idle, None);
        }
        if self.wanted_at == Some(self.revision) {
            return;
        }
        self.wanted_at = Some(self.revision);
        let tracks = self.program.unidentified();
        if tracks != self.unidentified {
            self.unidentified.clone_from(&tracks);
            if !tracks.is_empty() {
                out.push(Action::FindHashes { tracks });
            }
        }
        let autoplay = self.program.modes().autoplay;
        if autoplay != Autoplay::Off && self.search == Search::Idle && self.runs_low() {
            self.search = Search::Asked;
            out.push(Action::More { autoplay, recent: self.program.around(RECENT), count: MORE });
        }
    }

    fn runs_low(&self) -> bool {
        let endless = self.program.modes().repeat != Repeat::Off;
        let left = |c| self.program.coming(c, RUNNING_LOW, true).len();
        self.dry || (self.goes_on() && !endless && self.program.cursor().is_some_and(|c| left(c) < RUNNING_LOW))
    }

    /// True if something plays, or is about to.
    fn goes_on(&self) -> bool {
        self.readiness.is_some() || self.playback.last().timeline.as_ref().is_some_and(|t| t.running)
    }

    /// Takes up the entries that were found to go on with. If the zone has become silent meanwhile, it plays again; if
    /// a person has stopped it, not.
    pub(super) fn more(&mut self, now: ServerTime, mut entries: Vec<QueueEntry>, out: &mut Vec<Action>) {
        if std::mem::take(&mut self.search) != Search::Asked || !(self.dry || self.goes_on()) {
            return; // nobody wants it any more
        }
        entries.truncate(MAX_ENTRIES / 2);
        let first = entries.iter().find(|e| e.playable()).map(QueueEntry::id);
        let Some(first) = first else {
            // not before something changes, or after a while
            self.search = Search::Vain;
            self.more_again = self.dry.then(|| now.plus_micros(MORE_AGAIN_US));
            return;
        };
        // a queue that goes on for months: what was played first makes room
        let spare = (self.program.queue().len() + entries.len()).saturating_sub(MAX_ENTRIES);
        let current = self.program.queue().current().map(QueueEntry::id);
        let oldest: Vec<EntryId> =
            self.program.queue().iter().map(QueueEntry::id).filter(|e| Some(*e) != current).take(spare).collect();
        if !oldest.is_empty() {
            self.program.remove(&oldest);
        }
        if self.program.insert(entries, QueuePosition::End).is_err() {
            return;
        }
        self.edited(now, out);
        if std::mem::take(&mut self.dry) && self.readiness.is_none() && self.playback.last().timeline.is_none() {
            let first = Occurrence { entry: first, ..self.program.pick(first) };
            self.begin(now, first, Frames(0), (Change::Play, None), Vec::new(), out);
            self.decide(now, out);
        }
    }
}
