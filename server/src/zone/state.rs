//! The zone itself: its state, and what it makes of each input.

use std::collections::{BTreeMap, BTreeSet};

use downbeat_protocol::{
    ClockId, EntryId, Frames, PlanEntry, ServerTime, SpeakerId, Timeline, ZoneId,
    handshake::SpeakerClass,
    server_message::{Continues, Session},
    volume::Volume,
};

use super::{
    action::{Action, Audience},
    command::{Command, Input, Place, Refusal, Ticket},
    members::Members,
    playback::{Change, Playback, Segment},
    queue::Queue,
    readiness::{Readiness, Verdict},
    returning::Returning,
};

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneSettings {
    /// How long a start waits for members that have not answered, microseconds.
    pub ready_deadline_us: i64,
    /// What is added to what the slowest member needs, for the message's way through both processes, microseconds.
    pub margin_us: i64,
    /// `previous` goes to the entry before if less than this of the current one was heard, microseconds.
    pub restart_after_us: i64,
}

impl Default for ZoneSettings {
    fn default() -> Self {
        Self { ready_deadline_us: 2_000_000, margin_us: 10_000, restart_after_us: 3_000_000 }
    }
}

/// A change of volume takes this long, milliseconds, unless said otherwise.
pub const RAMP_MS: u32 = 50;

/// A zone. See the [module](super).
#[derive(Debug, Clone)]
pub struct Zone {
    pub(super) id: ZoneId,
    pub(super) name: String,
    pub(super) clock_id: ClockId,
    pub(super) settings: ZoneSettings,
    pub(super) queue: Queue,
    pub(super) playback: Playback,
    /// A start that waits for members; meanwhile the old sound goes on.
    pub(super) readiness: Option<Readiness>,
    pub(super) members: Members,
    pub(super) volume: Volume,
    pub(super) muted: bool,
    pub(super) revision: u64,
    pub(super) last_prepare: u64,
    /// Which members cannot play which coming entry.
    pub(super) complaints: BTreeMap<EntryId, BTreeSet<SpeakerId>>,
    /// After a restart: what speakers still play may be taken up.
    pub(super) returning: Option<Returning>,
    /// After a restart: the revision that was kept last.
    pub(super) kept_revision: Option<u64>,
    /// After a restart on another clock: how the old one and this one go together.
    pub(super) continues: Option<Continues>,
}

impl Zone {
    /// A silent zone with an empty queue.
    pub fn new(id: ZoneId, name: String, clock_id: ClockId, settings: ZoneSettings, now: ServerTime) -> Self {
        Self {
            id,
            name,
            clock_id,
            settings,
            queue: Queue::default(),
            playback: Playback::silent(now),
            readiness: None,
            members: Members::default(),
            volume: Volume::FULL,
            muted: false,
            revision: 0,
            last_prepare: 0,
            complaints: BTreeMap::new(),
            returning: None,
            kept_revision: None,
            continues: None,
        }
    }

    /// Takes an input at `now`, which must not be before that of the call before, and says what is to be done.
    pub fn handle(&mut self, now: ServerTime, input: Input, out: &mut Vec<Action>) {
        self.advance(now, out);
        match input {
            Input::Command(ticket, command) => {
                if let Some(command) = self.after_return(ticket, command) {
                    self.command(now, ticket, command, out);
                }
            }
            Input::Joined { speaker, class, round_trip_us, claim } => {
                // a page in a browser does not measure how clocks go together
                if let Some(claim) = claim.filter(|_| class == SpeakerClass::Agent) {
                    self.claimed(now, speaker, *claim, out);
                }
                self.members.join(speaker, class, round_trip_us);
                self.tell_newcomer(now, speaker, out);
            }
            Input::ClockShift { speaker, shift } => self.clock_shift(now, speaker, &shift),
            Input::Left { speaker } => {
                self.members.leave(speaker);
                if let Some(r) = &mut self.readiness {
                    r.left(speaker);
                }
            }
            Input::StateRequested { speaker } => {
                if self.members.contains(speaker) {
                    self.tell_newcomer(now, speaker, out);
                }
            }
            Input::Ready { speaker, prepare_id, entry: _, lead_us, error } => {
                if error.is_none() {
                    self.members.lead(speaker, lead_us);
                }
                if let Some(r) = &mut self.readiness {
                    r.answer(speaker, prepare_id, error);
                }
            }
            Input::MemberFault { speaker, entry, error } => self.complaint(now, speaker, entry, &error, out),
            Input::RoundTrip { speaker, micros } => self.members.round_trip(speaker, micros),
            Input::Lead { speaker, micros } => self.members.lead(speaker, micros),
            Input::LevelChanged { speaker, at } => {
                let at = self.instant(now, at);
                self.tell_volume(Audience::One(speaker), at, RAMP_MS, out);
            }
            Input::Tracks(news) => self.tracks(now, &news, out),
            Input::Timeout => {}
        }
        self.settle_return(now, out);
        self.decide(now, out);
    }

    /// When to call [`Zone::handle`] with [`Input::Timeout`] if no other input comes first.
    pub fn next_timeout(&self) -> Option<ServerTime> {
        let deadline = self.readiness.as_ref().map(|r| r.deadline);
        let returning = self.returning.as_ref().map(Returning::next_timeout);
        [deadline, self.playback.next_event(), returning].into_iter().flatten().min()
    }

    pub(super) fn command(&mut self, now: ServerTime, ticket: Ticket, command: Command, out: &mut Vec<Action>) {
        let done = match command {
            Command::Play { entries, start, from, at } => self.play(now, ticket, (entries, start), (from, at), out),
            Command::Jump { entry, from, at } => self.jump(now, ticket, entry, (from, at), out),
            Command::Resume { at } => self.resume(now, ticket, at, out),
            Command::Seek { to, at } => self.seek(now, ticket, to, at, out),
            Command::Next { at } => self.next(now, ticket, at, out),
            Command::Previous { at } => self.previous(now, ticket, at, out),
            Command::Enqueue { entries, place } => self.enqueue(now, ticket, entries, place, out),
            Command::Remove { entry } => self.remove(now, ticket, entry, out),
            Command::Pause { at } => return self.pause(now, ticket, at, out),
            Command::Stop { at } => return self.stop(now, ticket, at, out),
            Command::Volume { volume, muted, ramp_ms, at } => {
                return self.set_volume(now, ticket, (volume, muted), (ramp_ms, at), out);
            }
            Command::Clear => return self.clear(now, ticket, out),
        };
        if let Err(refusal) = done {
            out.push(Action::Answer { ticket, result: Err(refusal) });
        }
    }

    /// Holds the sound at the frame heard at the instant of the pause.
    fn pause(&mut self, now: ServerTime, ticket: Ticket, at: Option<ServerTime>, out: &mut Vec<Action>) {
        let at = self.instant(now, at);
        let mut tickets = vec![ticket];
        if let Some(r) = self.readiness.take() {
            tickets.extend(&r.tickets);
            if let Some(entry) = self.queue.get(r.entry).map(|e| e.plan.clone()) {
                self.hold(now, &entry, r.from, (at, Change::Pause), out);
            }
        } else if let Some(spot) = self.playback.heard(at).spot(at).filter(|s| s.running) {
            // what is heard then, not what a change beyond it will bring: that one is overtaken
            let plan = &self.playback.heard(at).plan;
            if let Some(entry) = plan.iter().find(|e| e.entry == spot.entry).cloned() {
                self.hold(now, &entry, spot.frame, (at, Change::Pause), out);
            }
        }
        answer_all(tickets, at, out);
    }

    /// Be at this frame from `at` on, and stay there.
    pub(super) fn hold(
        &mut self,
        now: ServerTime,
        entry: &PlanEntry,
        frame: Frames,
        (at, change): (ServerTime, Change),
        out: &mut Vec<Action>,
    ) {
        let frame = within(frame, entry);
        let timeline = self.timeline(entry.entry, frame, at, false);
        let plan = self.queue.plan_from(entry, entry.entry);
        self.queue.set_current(Some(entry.entry));
        self.change(now, Segment { from: at, timeline: Some(timeline), plan, change }, out);
    }

    /// Silence; the current entry stays current.
    fn stop(&mut self, now: ServerTime, ticket: Ticket, at: Option<ServerTime>, out: &mut Vec<Action>) {
        let at = self.instant(now, at);
        let mut tickets = vec![ticket];
        let pending = self.readiness.take();
        let was_pending = pending.is_some();
        tickets.extend(pending.into_iter().flat_map(|r| r.tickets));
        let heard = self.playback.heard(at).timeline.is_some();
        if was_pending || heard || self.playback.last().timeline.is_some() {
            self.change(now, Segment::silence(at), out);
        }
        answer_all(tickets, at, out);
    }

    fn set_volume(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        (volume, muted): (Option<Volume>, Option<bool>),
        (ramp_ms, at): (u32, Option<ServerTime>),
        out: &mut Vec<Action>,
    ) {
        let at = self.instant(now, at);
        let (volume, muted) = (volume.unwrap_or(self.volume), muted.unwrap_or(self.muted));
        if (volume, muted) != (self.volume, self.muted) {
            (self.volume, self.muted) = (volume, muted);
            self.tell_volume(Audience::All, at, ramp_ms, out);
            out.push(Action::Save);
        }
        answer_all([ticket], at, out);
    }

    /// Brings the state up to `now`: changes that came into force, entries that ended.
    pub(super) fn advance(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        self.playback.settle(now);
        let mut advanced = false;
        while self.playback.segments().len() == 1 {
            let last = self.playback.last();
            let Some((end, next)) = last.boundary().filter(|(end, _)| *end <= now) else { break };
            let Some(ended) = last.own_entry().map(|e| e.entry) else { break };
            let Some(timeline) = next else {
                self.queue_ended(now, ended, end, out);
                return;
            };
            let Some(own) = last.plan.iter().find(|e| e.entry == timeline.entry).cloned() else { break };
            let ours = self.queue.index_of(own.entry).or(self.queue.index_of(ended)).is_some();
            let plan = if ours { self.queue.plan_from(&own, ended) } else { last.plan[1..].to_vec() };
            if self.readiness.is_none() {
                self.queue.set_current(Some(own.entry));
            }
            self.revision += 1;
            advanced = true;
            self.playback.reach(Segment { from: end, timeline: Some(timeline), plan, change: Change::Plan });
        }
        if advanced {
            self.tell(now, Audience::All, out);
            out.push(Action::Save);
        }
    }

    /// The plan has no more entries. What was added in the last moment starts with a preparation of its own.
    fn queue_ended(&mut self, now: ServerTime, ended: EntryId, end: ServerTime, out: &mut Vec<Action>) {
        let more = self.queue.index_of(ended).and_then(|i| self.queue.playable_from(i + 1)).map(|e| e.plan.clone());
        match more {
            Some(next) if self.readiness.is_none() => {
                self.playback = Playback::silent(end);
                self.begin(now, &next, Frames(0), (Change::Play, None), Vec::new(), out);
            }
            _ => {
                if self.readiness.is_none() {
                    self.queue.set_current(None);
                }
                self.change(now, Segment::silence(end), out);
            }
        }
    }

    /// Starts what is ready to start, or goes on to the next entry if this one cannot be played.
    fn decide(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        while let Some(r) = self.readiness.take_if(|r| r.complete(now)) {
            let Some(entry) = self.queue.get(r.entry).map(|e| e.plan.clone()) else {
                let result = Err(Refusal::NoSuchEntry(r.entry));
                out.extend(r.tickets.into_iter().map(|ticket| Action::Answer { ticket, result: result.clone() }));
                continue;
            };
            match r.verdict() {
                Verdict::Start => {
                    let at = self.members.instant(now, self.settings.margin_us, r.at, |s| r.is_ready(s));
                    let timeline = self.timeline(entry.entry, within(r.from, &entry), at, true);
                    let plan = self.queue.plan_from(&entry, entry.entry);
                    self.change(now, Segment { from: at, timeline: Some(timeline), plan, change: r.change }, out);
                    answer_all(r.tickets, at, out);
                }
                Verdict::Unplayable(reason) => self.skip(now, r, reason, out),
            }
        }
    }

    /// Takes a change into force: told to all, kept.
    pub(super) fn change(&mut self, now: ServerTime, segment: Segment, out: &mut Vec<Action>) {
        self.playback.change(segment);
        self.playback.settle(now);
        self.revision += 1;
        self.tell(now, Audience::All, out);
        out.push(Action::Save);
    }

    /// The earliest instant that every member can make.
    pub(super) fn instant(&self, now: ServerTime, at: Option<ServerTime>) -> ServerTime {
        self.members.instant(now, self.settings.margin_us, at, |_| true)
    }

    pub(super) fn timeline(&self, entry: EntryId, frames: Frames, at: ServerTime, running: bool) -> Timeline {
        Timeline { clock_id: self.clock_id, entry, anchor_server_us: at, anchor_media_frames: frames, running }
    }

    /// Tells what holds in the end.
    pub(super) fn tell(&self, now: ServerTime, to: Audience, out: &mut Vec<Action>) {
        if self.withholds() {
            return; // all are told everything as soon as it is known what plays
        }
        let segment = self.playback.last();
        let session = self.session(now, segment, self.revision);
        out.push(Action::Session { to, change: segment.change, session });
    }

    fn tell_volume(&mut self, to: Audience, at: ServerTime, ramp_ms: u32, out: &mut Vec<Action>) {
        self.revision += 1;
        let (revision, volume, muted) = (self.revision, self.volume, self.muted);
        out.push(Action::Volume { to, revision, volume, muted, at, ramp_ms });
    }

    /// Tells everything: what is heard now, the changes already decided, and what is being prepared. Silence until a
    /// change needs no telling: nothing is heard before a timeline's anchor.
    pub(super) fn tell_newcomer(&self, now: ServerTime, speaker: SpeakerId, out: &mut Vec<Action>) {
        if self.withholds() {
            return;
        }
        let segments = self.playback.segments();
        let sounding = segments.iter().position(|s| s.timeline.is_some()).unwrap_or(segments.len() - 1);
        let mut first = true;
        for (behind, segment) in segments.iter().enumerate().skip(sounding).map(|(i, s)| (segments.len() - 1 - i, s)) {
            let session = self.session(now, segment, self.revision.saturating_sub(behind as u64));
            out.push(if std::mem::take(&mut first) {
                Action::StateSync { to: speaker, session, volume: self.volume, muted: self.muted }
            } else {
                Action::Session { to: Audience::One(speaker), change: segment.change, session }
            });
        }
        if let Some(r) = &self.readiness
            && let Some(message) = self.prepare(now, r)
        {
            out.push(Action::Prepare { to: Audience::One(speaker), message });
        }
    }

    fn session(&self, now: ServerTime, segment: &Segment, revision: u64) -> Session {
        Session {
            server_time: now,
            zone: self.id,
            revision,
            at: segment.timeline.as_ref().map_or(segment.from, |t| t.anchor_server_us),
            timeline: segment.timeline.clone(),
            plan: segment.plan.clone(),
            fading: self.playback.fading(segment, now).cloned(),
            continues: self.continues,
        }
    }
}

/// `frame`, brought into the entry.
pub(super) fn within(frame: Frames, entry: &PlanEntry) -> Frames {
    Frames(frame.0.clamp(0, (entry.frames.0 - 1).max(0)))
}

/// The frame meant by `place`; the very end counts as the last frame.
pub(super) fn resolve(place: Place, entry: &PlanEntry) -> Result<Frames, Refusal> {
    let frame = place.frame(entry.sample_rate);
    if frame > entry.frames {
        let length_ms = (entry.frames.as_seconds(entry.sample_rate) * 1e3) as i64;
        return Err(Refusal::PastEnd { length_ms });
    }
    Ok(within(frame, entry))
}

pub(super) fn answer_all(tickets: impl IntoIterator<Item = Ticket>, at: ServerTime, out: &mut Vec<Action>) {
    out.extend(tickets.into_iter().map(|ticket| Action::Answer { ticket, result: Ok(at) }));
}
