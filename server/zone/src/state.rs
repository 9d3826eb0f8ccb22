//! The zone itself: its state, and what it makes of each input.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use downbeat_protocol::{
    ClockId, EntryId, Frames, PlanEntry, ServerTime, SpeakerId, Timeline, TrackId, ZoneId, handshake::SpeakerClass,
    server_message::Continues, volume::Volume,
};

use super::{
    action::Action,
    command::{Command, Input, Place, Refusal, Ticket},
    going_on::Search,
    members::Members,
    occurrence::Occurrence,
    pending::Pending,
    playback::{Change, Playback, Segment},
    program::Program,
    queue::{Edits, Fault, QueueEntry},
    readiness::Readiness,
    returning::Returning,
    telling::Telling,
};
use crate::track::Track;

/// The settings of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneSettings {
    /// How long a start waits for members that have not answered, microseconds.
    pub ready_deadline_us: i64,
    /// The margin on top of the time that the slowest member needs, for the message's way through both processes,
    /// microseconds.
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
    pub(super) program: Program,
    pub(super) playback: Playback,
    /// A start that waits for members; meanwhile the old sound goes on.
    pub(super) readiness: Option<Readiness>,
    /// The commands that people want done later, in order of time.
    pub(super) pending: Vec<Pending>,
    /// The last one that was begun. While it is prepared it is kept as if it still waited.
    pub(super) doing: Option<Pending>,
    pub(super) members: Members,
    pub(super) volume: Volume,
    pub(super) muted: bool,
    pub(super) revision: u64,
    /// The revision with which the queue became what it is and how it is shown ...
    pub(super) queue_version: u64,
    /// ... and that with which its entries came to stand as they do.
    pub(super) arrangement: u64,
    /// The changes of the queue that these two know of.
    pub(super) counted: Edits,
    pub(super) last_prepare: u64,
    /// The members that cannot play a coming entry, for each such entry.
    pub(super) complaints: BTreeMap<EntryId, (BTreeSet<SpeakerId>, Fault)>,
    /// The queue came to its end by itself, and more is looked for.
    pub(super) dry: bool,
    /// The state of the search for more to play.
    pub(super) search: Search,
    /// Nothing was found: look again then.
    pub(super) more_again: Option<ServerTime>,
    /// The instant at which files that speakers could not get are tried again.
    pub(super) reach_again: Option<ServerTime>,
    /// News of the track that sounds, which would change what sounds: taken in when it is over.
    pub(super) withheld: HashMap<TrackId, Option<Arc<Track>>>,
    /// The tracks of the window whose files were asked to be identified.
    pub(super) unidentified: Vec<TrackId>,
    /// The revision of which it is known what is wanted.
    pub(super) wanted_at: Option<u64>,
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
            program: Program::default(),
            playback: Playback::silent(now),
            readiness: None,
            pending: Vec::new(),
            doing: None,
            members: Members::default(),
            volume: Volume::FULL,
            muted: false,
            revision: 0,
            queue_version: 0,
            arrangement: 0,
            counted: Edits::default(),
            last_prepare: 0,
            complaints: BTreeMap::new(),
            dry: false,
            search: Search::Idle,
            more_again: None,
            reach_again: None,
            withheld: HashMap::new(),
            unidentified: Vec::new(),
            wanted_at: None,
            returning: None,
            kept_revision: None,
            continues: None,
        }
    }

    /// Takes an input at `now`, which must not be before that of the call before, and says what is to be done.
    pub fn handle(&mut self, now: ServerTime, input: Input, out: &mut Vec<Action>) {
        self.advance(now, out);
        self.try_again(now, out);
        match input {
            Input::Command(ticket, command) => {
                let command = self.put_off(now, ticket, command, out);
                if let Some(command) = command.and_then(|c| self.after_return(ticket, c)) {
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
                self.complaints_of_all(now, out);
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
            Input::LevelsChanged { speakers, at } => {
                let at = self.instant(now, at);
                for speaker in speakers {
                    self.commit(now, Telling::Level { speaker, at }, out);
                }
            }
            Input::Tracks(news) => self.tracks(now, news, out),
            Input::More(entries) => self.more(now, entries, out),
            Input::Timeout => {}
        }
        self.settle_return(now, out);
        self.decide(now, out);
        self.do_pending(now, out);
        self.want(now, out);
        self.drop_unheard_answers(out);
        self.count_edits();
    }

    /// Gives the queue a version of its own if it is not as it was.
    fn count_edits(&mut self) {
        let edits = self.program.queue().edits();
        if edits.shown == self.counted.shown {
            return;
        }
        // never twice the same: it grows, and is within the revision, which is kept
        self.revision = self.revision.max(self.queue_version + 1);
        self.queue_version = self.revision;
        if edits.arranged != self.counted.arranged {
            self.arrangement = self.revision;
        }
        self.counted = edits;
    }

    /// Another name; to be kept with the next save.
    pub fn rename(&mut self, name: String) {
        self.name = name;
        self.revision += 1;
    }

    /// The earliest instant that every member can make, and that is not before `at`.
    pub fn earliest(&self, now: ServerTime, at: Option<ServerTime>) -> ServerTime {
        self.instant(now, at)
    }

    /// When to call [`Zone::handle`] with [`Input::Timeout`] if no other input comes first.
    pub fn next_timeout(&self) -> Option<ServerTime> {
        let deadline = self.readiness.as_ref().map(|r| r.deadline);
        let returning = self.returning.as_ref().map(Returning::next_timeout);
        let own =
            [deadline, self.playback.next_event(), returning, self.more_again, self.next_pending(), self.reach_again];
        own.into_iter().flatten().min()
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
            Command::PlayNow { entries, at } => self.play_now(now, ticket, entries, at, out),
            Command::Replace { entries } => self.replace(now, ticket, entries, out),
            Command::Remove { entry } => self.remove(now, ticket, entry, out),
            Command::Move { entries, place } => self.shift(now, ticket, &entries, place, out),
            Command::Session(patch, part) => self.set_session(now, ticket, &patch, part, out),
            Command::Loop(part) => self.set_loop(now, ticket, part, out),
            Command::Modes(patch) => return self.set_modes(now, ticket, &patch, out),
            Command::RemoveMany { entries } => return self.remove_many(now, ticket, &entries, out),
            Command::Pause { at } => return self.pause(now, ticket, at, out),
            Command::Stop { at } => return self.stop(now, ticket, at, out),
            Command::Volume { volume, muted, ramp_ms, at } => {
                return self.set_volume(now, ticket, (volume, muted), (ramp_ms, at), out);
            }
            Command::Clear => return self.clear(now, ticket, out),
            Command::CallOff => return self.call_off(now, ticket, out),
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
            if let Some(occurrence) = self.program.occurrence(r.entry) {
                self.hold(now, occurrence, r.from, (at, Change::Pause), out);
            }
        } else if let Some(spot) = self.playback.heard(at).spot(at).filter(|s| s.running) {
            // what is heard then, not what a change beyond it will bring: that one is overtaken
            let plan = &self.playback.heard(at).plan;
            if let Some(entry) = plan.iter().find(|e| e.entry == spot.entry).cloned() {
                self.hold_entry(now, entry, spot.frame, (at, Change::Pause), out);
            }
        }
        answer_all(tickets, at, out);
    }

    /// Be at this frame of an entry of the queue from `at` on, and stay there.
    pub(super) fn hold(
        &mut self,
        now: ServerTime,
        occurrence: Occurrence,
        frame: Frames,
        how: (ServerTime, Change),
        out: &mut Vec<Action>,
    ) {
        if let Some(entry) = self.program.head(occurrence) {
            self.hold_entry(now, entry, frame, how, out);
        }
    }

    fn hold_entry(
        &mut self,
        now: ServerTime,
        entry: PlanEntry,
        frame: Frames,
        (at, change): (ServerTime, Change),
        out: &mut Vec<Action>,
    ) {
        let frame = within(frame, entry.last_frame());
        let timeline = self.timeline(entry.entry, frame, at, false);
        if let Some(occurrence) = self.program.occurrence(entry.entry) {
            self.program.go_to(occurrence);
        } else {
            self.program.end();
        }
        let segment = self.segment(at, timeline, entry, change);
        self.change(now, segment, out);
    }

    /// Silence; the current entry stays current.
    fn stop(&mut self, now: ServerTime, ticket: Ticket, at: Option<ServerTime>, out: &mut Vec<Action>) {
        let at = self.instant(now, at);
        let mut tickets = vec![ticket];
        let pending = self.readiness.take();
        let was_pending = pending.is_some();
        tickets.extend(pending.into_iter().flat_map(|r| r.tickets));
        let heard = self.playback.heard(at).timeline.is_some();
        let spot = self.playback.heard(at).spot(at).filter(|s| s.running && !was_pending);
        if let Some(reached) = spot.and_then(|s| self.program.occurrence(s.entry)) {
            self.program.go_to(reached);
        }
        let waiting = std::mem::take(&mut self.dry);
        self.more_again = None;
        self.program.end_loop();
        if was_pending || heard || waiting || self.playback.last().timeline.is_some() {
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
            self.commit(now, Telling::Volume { at, ramp_ms }, out);
        }
        answer_all([ticket], at, out);
    }

    /// Takes a change into force: told to all, kept.
    pub(super) fn change(&mut self, now: ServerTime, segment: Segment, out: &mut Vec<Action>) {
        self.playback.settle(now);
        self.playback.change(segment);
        self.playback.settle(now);
        self.commit(now, Telling::Session, out);
    }

    /// The earliest instant that every member can make.
    pub(super) fn instant(&self, now: ServerTime, at: Option<ServerTime>) -> ServerTime {
        self.members.instant(now, self.settings.margin_us, at, |_| true)
    }

    pub(super) fn timeline(&self, entry: EntryId, frames: Frames, at: ServerTime, running: bool) -> Timeline {
        Timeline { clock_id: self.clock_id, entry, anchor_server_us: at, anchor_media_frames: frames, running }
    }
}

/// `frame`, brought into what has this length.
pub(super) fn within(frame: Frames, length: Frames) -> Frames {
    Frames(frame.0.clamp(0, (length.0 - 1).max(0)))
}

/// The frame meant by `place`; the very end counts as the last frame.
pub(super) fn resolve(place: Place, entry: &QueueEntry) -> Result<Frames, Refusal> {
    let track = entry.track();
    let frame = place.frame(track.sample_rate);
    if frame > track.frames {
        let length_ms = (track.duration_seconds() * 1e3) as i64;
        return Err(Refusal::PastEnd { length_ms });
    }
    Ok(within(frame, track.frames))
}

pub(super) fn answer_all(tickets: impl IntoIterator<Item = Ticket>, at: ServerTime, out: &mut Vec<Action>) {
    out.extend(tickets.into_iter().map(|ticket| Action::Answer { ticket, result: Ok(at) }));
}
