//! Decides what must be fetched, decoded and sounding, from what the coordinator says.
//!
//! Pure: `handle(now, input, out)` takes messages, the clock and the renderer's reports, and answers with
//! [`Action`]s that the shell performs. One voice an entry: opened (fetched and decoded) ahead of its time, then
//! handed to the renderer with its line and its gate. What sounds is only disturbed when the timeline says so.

use downbeat_protocol::{
    AgentMessage, ClockId, EntryId, Frames, LocalTime, ServerTime,
    agent_message::{ClientError, Ready},
    report::{PlayerState, Position, Truth},
    server_message::{Level, MAX_OUTPUT_DELAY_US, Prepare, Session, Settings, VolumeChange},
    timeline::{Line, PlanEntry},
};

use super::{
    clock_change::ClockChange,
    schedule::{Wanted, fades_on, open_from, same_line, wanted},
};
use crate::{
    clock::{ClockEstimate, ServerInstant},
    render::{
        command::Command,
        crossfade::Span,
        gate::{Gate, VoiceId},
        report::RenderReport,
    },
};

/// Frames decoded before the first one that is heard, for the resampler's history.
const PREROLL_FRAMES: i64 = 256;
/// A voice that was opened this much before what is wanted of it is still the right one, seconds: its ring holds two.
const USABLE_AHEAD_S: i64 = 1;
/// A voice that takes over from another in the middle of an entry begins so much later, microseconds: time to open it ...
const TAKEOVER_US: i64 = 500_000;
/// ... but so much before the other ends.
const TAKEOVER_FADE_US: i64 = 20_000;
/// A voice that comes to an untimely end begins to fade so much before its last frame, microseconds.
const DRY_FADE_US: i64 = 20_000;
/// A failed entry that should sound is tried again after this, nanoseconds.
const RETRY_NS: i64 = 3_000_000_000;
/// What a start needs besides what waits in the sound card, microseconds: the way to the callback and a period.
const MARGIN_US: i64 = 20_000;
/// What waits in a card of which nothing is known yet, microseconds.
const UNKNOWN_QUEUE_US: i64 = 60_000;
/// A change of the lead that the coordinator must know at once, microseconds.
const LEAD_NEWS_US: i64 = 15_000;
/// Coming entries that are fetched ahead.
const PREFETCH: usize = 64;

/// What the player is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The zone's session changed; see [`Change`].
    Session(Session, Change),
    /// The whole state, with this speaker's level.
    Sync(Session, Level),
    /// Prime an entry.
    Prepare(Prepare),
    /// Be this loud.
    Volume(VolumeChange),
    /// Settings of this speaker, and from when its channels are sounded: at once without an instant.
    Settings(Settings, Option<ServerTime>),
    /// The coordinator's clock, as soon as and as long as it is known well enough.
    Clock(Option<ClockEstimate>),
    /// The coordinator asks where we are.
    PositionCheck,
    /// Enough of a voice is decoded for it to begin.
    Primed(VoiceId),
    /// A voice cannot be had.
    Failed(VoiceId, ClientError),
    /// The renderer is done with a voice.
    Over(VoiceId),
    /// The renderer's newest report, and the device's rate.
    Report(Box<RenderReport>, u32),
    /// The output is lost (with the reason), or there again.
    Output(Option<String>),
    /// Another clock counts from now on: the coordinator is not the process it was. See [`super::clock_change`].
    ClockChanges(ClockId),
    /// Time jumped (this machine slept, or the coordinator's clock stepped far): where voices are is void.
    Jumped,
    /// Time has passed.
    Tick,
}

/// What kind of change a session brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Start, pause, resume, seek, stop.
    Transport,
    /// Only the coming entries.
    Plan,
}

/// What must be done for the player.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Fetch the entry and decode it from the frame on.
    Open(VoiceId, PlanEntry, Frames),
    /// End the voice's decoder and forget it.
    Close(VoiceId),
    /// Hand the voice to the renderer.
    Sound(VoiceId, Line, Gate),
    /// Tell the renderer.
    Render(Command),
    /// Tell the renderer: this clock counts; all instants it knows are moved by so many microseconds, or void.
    ChangeClock(ClockEstimate, Option<i64>),
    /// Tell the renderer that no clock is known.
    ForgetClock,
    /// Fetch these, in order, when nothing more urgent is to be fetched; and keep them.
    Prefetch(Vec<PlanEntry>),
    /// Tell the coordinator.
    Send(AgentMessage),
}

#[derive(Debug, Clone, PartialEq)]
enum Status {
    Opening,
    Primed,
    Failed { at: LocalTime, error: ClientError },
}

/// What a decoder makes of an entry. One that was opened for another is of no use.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    first: Frames,
    last: Frames,
    gain_db: f32,
}

impl Part {
    fn of(entry: &PlanEntry) -> Self {
        Self { first: entry.first_frame(), last: entry.last_frame(), gain_db: entry.gain_db }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Track {
    id: VoiceId,
    entry: EntryId,
    /// The frame before which it ends.
    length: Frames,
    /// The part of the entry it is decoded for, and how loud.
    part: Part,
    /// When it falls, as the renderer knows it.
    pub(super) fall: Option<Span>,
    /// The first frame it was asked for (its decoder began a little earlier).
    from: i64,
    status: Status,
    /// Its line, once the renderer has it.
    pub(super) line: Option<Line>,
    /// From when the renderer was told to silence it.
    pub(super) silenced: Option<ServerTime>,
    prepared: Option<u64>,
}

impl Track {
    fn failed(&self) -> Option<&ClientError> {
        match &self.status {
            Status::Failed { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// The player's state.
#[derive(Debug)]
pub struct Player {
    next_voice: u64,
    pub(super) tracks: Vec<Track>,
    session: Option<Session>,
    /// What is heard until `session` begins, if that lies ahead.
    pub(super) previous: Option<Session>,
    pub(super) clock: Option<ClockEstimate>,
    pub(super) change: Option<ClockChange>,
    level: Level,
    settings: Settings,
    report: Option<RenderReport>,
    rate: u32,
    queue_us: i64,
    told_lead_us: i64,
    output_fault: Option<String>,
    next_report: LocalTime,
    /// What was asked for last: a file that is tagged anew in the queue is another one under the same entry.
    prefetched: Vec<(EntryId, String)>,
    counters: Counters,
}

/// What other parts of the agent count; told in position reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Times the card ran dry.
    pub underruns: u64,
    /// Times the output was lost.
    pub output_losses: u64,
}

impl Player {
    /// A player that knows nothing yet.
    pub fn new(now: LocalTime) -> Self {
        Self {
            next_voice: 1,
            tracks: Vec::new(),
            session: None,
            previous: None,
            clock: None,
            change: None,
            level: Level::default(),
            settings: Settings::default(),
            report: None,
            rate: 48_000,
            queue_us: UNKNOWN_QUEUE_US,
            told_lead_us: 0,
            output_fault: None,
            next_report: now,
            prefetched: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// Counters kept elsewhere.
    pub fn set_counters(&mut self, counters: Counters) {
        self.counters = counters;
    }

    /// What it plays by, for a coordinator that returns.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Whether something sounds or is about to.
    pub fn is_playing(&self) -> bool {
        self.session.as_ref().and_then(|s| s.timeline.as_ref()).is_some_and(|t| t.running)
    }

    /// Takes an input; pushes what is to be done.
    pub fn handle(&mut self, now: LocalTime, input: Input, out: &mut Vec<Action>) {
        match input {
            Input::Session(session, change) => {
                if !self.keep_for_change(now, &session, change, None, out) {
                    self.adopt(now, session, change, out);
                }
            }
            Input::Sync(session, level) => {
                if !self.keep_for_change(now, &session, Change::Transport, Some(level), out) {
                    self.take_level(level, session.server_time, out);
                    self.adopt(now, session, Change::Transport, out);
                }
            }
            Input::Prepare(prepare) => self.prepare(now, &prepare, out),
            Input::Volume(v) => {
                self.level = v.volume;
                self.level_changes(v.volume);
                let at = self.instant_in_force(now, v.at);
                out.push(Action::Render(Command::Gain(v.volume.gain(), at.into(), f64::from(v.ramp_ms) * 1000.0)));
            }
            Input::Settings(mut s, at) => {
                s.output_delay_us = s.output_delay_us.clamp(-MAX_OUTPUT_DELAY_US, MAX_OUTPUT_DELAY_US);
                out.push(Action::Render(Command::OutputDelay(s.output_delay_us)));
                out.push(Action::Render(Command::MaxDrift(s.max_drift_us.max(1_000))));
                out.push(Action::Render(Command::Solo(s.solo)));
                let at = at.map(|at| self.instant_in_force(now, at));
                out.push(Action::Render(Command::Channels(s.channels, at.map(ServerInstant::from))));
                self.settings = s;
            }
            Input::Clock(estimate) => {
                if !estimate.is_some_and(|e| self.learn(now, e, out)) {
                    self.clock = estimate;
                    self.reconcile(now, out);
                }
            }
            Input::PositionCheck => out.push(self.position_report(now)),
            Input::Primed(id) => self.primed(now, id, out),
            Input::Failed(id, error) => self.failed(now, id, error, out),
            Input::Over(id) => {
                // a failed one is remembered until it is tried again
                if self.tracks.iter().any(|t| t.id == id && t.failed().is_none()) {
                    self.tracks.retain(|t| t.id != id);
                    out.push(Action::Close(id));
                }
            }
            Input::Report(report, rate) => {
                self.rate = rate.max(1);
                let queue = i64::from(report.queued) * 1_000_000 / i64::from(self.rate);
                // the deepest of late, forgotten within a second: it varies by a block, and after a stop
                // the next start need not lie behind what no longer waits
                self.queue_us = queue.max(self.queue_us - (self.queue_us - queue) / 4);
                self.report = Some(*report);
                // the coordinator times pauses by this lead: a deeper card must not be news a second later
                if (self.lead_us() - self.told_lead_us).abs() > LEAD_NEWS_US {
                    out.push(self.position_report(now));
                }
            }
            Input::Output(fault) => {
                // without an output nothing is over by itself: voices would pile up
                if fault.is_some() {
                    self.let_go(out);
                }
                self.output_fault = fault;
                self.reconcile(now, out);
            }
            Input::ClockChanges(to) => self.clock_changes(to, out),
            Input::Jumped => {
                self.let_go(out);
                self.reconcile(now, out);
            }
            Input::Tick => {
                self.reconcile(now, out);
                let interval = i64::from(self.settings.report_interval_ms) * 1_000_000;
                if interval > 0 && now >= self.next_report {
                    self.next_report = now.plus_nanos(interval);
                    out.push(self.position_report(now));
                }
            }
        }
    }

    /// How far ahead of now an instant must lie to be met, microseconds.
    pub fn lead_us(&self) -> i64 {
        self.queue_us + MARGIN_US + self.settings.output_delay_us.max(0)
    }

    /// What is played by the clock known so far is void.
    pub(super) fn forget(&mut self, out: &mut Vec<Action>) {
        self.let_go(out);
        self.session = None;
        self.previous = None;
        self.clock = None;
    }

    /// Takes the level of a whole state: ramped if something sounds.
    pub(super) fn take_level(&mut self, level: Level, at: ServerTime, out: &mut Vec<Action>) {
        self.level = level;
        out.push(if self.tracks.iter().any(|t| t.line.is_some()) {
            Action::Render(Command::Gain(level.gain(), at.into(), 50_000.0))
        } else {
            Action::Render(Command::GainNow(level.gain()))
        });
    }

    /// Ends every voice.
    fn let_go(&mut self, out: &mut Vec<Action>) {
        for t in self.tracks.drain(..) {
            if t.line.is_some() {
                out.push(Action::Render(Command::Close(t.id, None)));
            }
            out.push(Action::Close(t.id));
        }
    }

    pub(super) fn adopt(&mut self, now: LocalTime, mut session: Session, change: Change, out: &mut Vec<Action>) {
        if let Some(old) = &self.session
            && old.zone == session.zone
            && session.revision < old.revision
        {
            return; // overtaken by what is already known
        }
        let next: Vec<_> = session.plan.iter().take(PREFETCH).map(|e| (e.entry, e.hash.clone())).collect();
        if next != self.prefetched {
            out.push(Action::Prefetch(session.plan.iter().take(PREFETCH).cloned().collect()));
            self.prefetched = next;
        }
        if session.fading.is_none()
            && let Some(old) = self.session.as_ref().filter(|old| old.zone == session.zone)
        {
            session.fading = fades_on(old, &session);
        }
        // a change that lies ahead leaves what is heard until then as it was
        let heard = match (self.previous.take(), self.session.take()) {
            (Some(previous), Some(pending)) if session.server_time < pending.at => Some(previous),
            (_, current) => current,
        };
        self.previous = heard.filter(|h| h.zone == session.zone && session.server_time < session.at);
        self.session = Some(session);
        self.silence_what_is_not_planned(out);
        self.reconcile(now, out);
        if change == Change::Transport {
            self.drop_unused(out);
        }
    }

    /// Whatever the renderer has that the session does not hold any more ends when the session begins.
    fn silence_what_is_not_planned(&mut self, out: &mut Vec<Action>) {
        let Some(session) = &self.session else { return };
        let schedule: Vec<(EntryId, Line, ServerTime)> = match &session.timeline {
            Some(t) if t.running => {
                t.schedule(&session.plan).take(64).map(|s| (session.plan[s.index].entry, s.line, s.start)).collect()
            }
            _ => Vec::new(),
        };
        let fading = session.fading.as_ref().filter(|_| !schedule.is_empty()).map(|f| (f.entry.entry, f.line()));
        let at = session.at;
        let begins = schedule.first().map(|(_, _, start)| *start);
        for track in &mut self.tracks {
            let Some(line) = track.line else { continue };
            let known = schedule.iter().map(|(e, l, _)| (*e, *l)).chain(fading);
            let planned = known.into_iter().any(|(e, l)| e == track.entry && same_line(&l, &line));
            // an entry that ends just where the told part begins has run its course: it ends by itself
            let runs_out = begins.is_some_and(|b| line.instant_of(track.length) <= b);
            if planned || runs_out || track.silenced.is_some_and(|earlier| earlier <= at) {
                continue;
            }
            track.silenced = Some(at);
            out.push(Action::Render(Command::Close(track.id, Some(at.into()))));
        }
    }

    /// Opens what will be wanted, and sounds what is ready to.
    fn reconcile(&mut self, now: LocalTime, out: &mut Vec<Action>) {
        if self.output_fault.is_some() {
            return;
        }
        let horizon = self.clock.map(|c| c.server_at(now).whole.plus_micros(self.queue_us + MARGIN_US / 2));
        // taken out while it is read, since a plan is too long to copy ten times a second
        if let (Some(previous), Some(at)) = (self.previous.take(), self.session.as_ref().map(|s| s.at))
            && horizon.is_some_and(|h| h < at)
        {
            self.follow(now, &previous, Some(at), horizon, out);
            self.previous = Some(previous);
        }
        if let Some(session) = self.session.take() {
            self.follow(now, &session, None, horizon, out);
            self.session = Some(session);
        }
    }

    /// Opens and sounds what `session` wants; `until`: another one follows it then.
    fn follow(
        &mut self,
        now: LocalTime,
        session: &Session,
        until: Option<ServerTime>,
        horizon: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) {
        let Some(timeline) = &session.timeline else { return };
        if !timeline.running {
            // at a pause the place to go on from is kept primed
            if until.is_none()
                && let Some(entry) = session.plan.iter().find(|e| e.entry == timeline.entry)
            {
                self.find_or_open(now, entry, timeline.anchor_media_frames.0.max(0), out);
            }
            return;
        }
        let Some(horizon) = horizon.filter(|_| self.clock.is_some_and(|c| c.clock_id == timeline.clock_id)) else {
            return;
        };
        for mut w in wanted(session, horizon) {
            if let Some(until) = until {
                if w.gate.on.whole >= until {
                    break;
                }
                w.gate.off = Some(until.into());
            }
            let sounding = self.tracks.iter().position(|t| {
                let ends = until.is_some() || t.silenced.is_none();
                t.entry == w.entry.entry
                    && t.failed().is_none()
                    && ends
                    && t.line.is_some_and(|l| same_line(&l, &w.line))
            });
            match sounding {
                // what another change overtakes is left as it is
                Some(_) if until.is_some() => {}
                Some(index) => self.keep(now, index, &w, horizon, out),
                None => self.sound(now, &w, horizon, out),
            }
        }
    }

    /// Sees that the voice that sounds what is wanted ends and falls as is wanted; if another part of the entry is wanted
    /// of it, or another loudness, another voice takes over.
    fn keep(&mut self, now: LocalTime, index: usize, w: &Wanted, horizon: ServerTime, out: &mut Vec<Action>) {
        let wanted = Part::of(&w.entry);
        let track = &mut self.tracks[index];
        if w.gate.fall != track.fall {
            track.fall = w.gate.fall;
            out.push(Action::Render(Command::Fall(track.id, w.gate.fall)));
        }
        let (heard, rest) = (track.part.gain_db.to_bits() == wanted.gain_db.to_bits(), wanted.last < track.length);
        if heard && wanted.last <= track.part.last {
            if rest {
                track.length = wanted.last;
                out.push(Action::Render(Command::EndAt(track.id, wanted.last)));
            }
            if wanted.last <= track.length {
                return;
            }
        }
        if w.gate.on.whole > horizon {
            // nothing of it is heard yet
            let id = track.id;
            self.tracks.remove(index);
            out.extend([Action::Render(Command::Close(id, None)), Action::Close(id)]);
            self.sound(now, w, horizon, out);
            return;
        }
        // both are the same sound on the same line, so that no seam is heard
        let (id, ends) = (track.id, w.line.instant_of(track.length).plus_micros(-TAKEOVER_FADE_US));
        let at = horizon.plus_micros(TAKEOVER_US).min(ends).max(horizon);
        if w.line.frame_at(at) >= wanted.last {
            return; // it would be over before
        }
        track.silenced = Some(at);
        let from = w.line.frame_at(at).max(w.from);
        let on = w.line.instant_of(from);
        out.push(Action::Render(Command::Close(id, Some(on.into()))));
        let gate = Gate { on: on.into(), fade_in: true, ..w.gate };
        self.sound(now, &Wanted { from, gate, ..w.clone() }, horizon, out);
    }

    fn sound(&mut self, now: LocalTime, w: &Wanted, horizon: ServerTime, out: &mut Vec<Action>) {
        let from = match self.usable(&w.entry, w.from.0) {
            Some(_) => w.from.0,
            None => open_from(w, horizon).0,
        };
        let Some(index) = self.find_or_open(now, &w.entry, from, out) else { return };
        let track = &mut self.tracks[index];
        let mut gate = w.gate;
        // nothing before the first decoded frame can be heard
        let first = ServerInstant::from(w.line.instant_of(Frames(track.from)));
        if first > gate.on {
            gate = Gate { on: first, fade_in: true, ..gate };
        }
        track.line = Some(w.line);
        track.silenced = gate.off.map(|off| off.whole);
        track.fall = gate.fall;
        track.prepared = None;
        out.push(Action::Sound(track.id, w.line, gate));
    }

    /// A voice that is opened for this entry, not sounding, and can be used from the frame `from` on.
    fn usable(&self, entry: &PlanEntry, from: i64) -> Option<usize> {
        let from = from.max(entry.first_frame().0);
        let reach = USABLE_AHEAD_S * i64::from(entry.sample_rate);
        self.tracks.iter().position(|t| {
            let unused = t.entry == entry.entry && t.line.is_none() && t.failed().is_none();
            unused && t.part == Part::of(entry) && (0..=reach).contains(&(from - t.from))
        })
    }

    fn find_or_open(&mut self, now: LocalTime, entry: &PlanEntry, from: i64, out: &mut Vec<Action>) -> Option<usize> {
        if let Some(index) = self.usable(entry, from) {
            return Some(index);
        }
        let failed = |t: &Track| t.entry == entry.entry && t.failed().is_some();
        if let Some(Track { status: Status::Failed { at, .. }, .. }) = self.tracks.iter().find(|t| failed(t)) {
            if now.nanos_since(*at) < RETRY_NS {
                return None;
            }
            self.tracks.retain(|t| !failed(t));
        }
        let part = Part::of(entry);
        let from = from.max(part.first.0);
        // what was opened for another part of it is of no use any more
        let stale = |t: &Track| t.entry == entry.entry && t.line.is_none() && t.failed().is_none() && t.part != part;
        self.tracks.iter().filter(|t| stale(t)).for_each(|t| out.push(Action::Close(t.id)));
        self.tracks.retain(|t| !stale(t));
        let id = VoiceId(self.next_voice);
        self.next_voice += 1;
        // nothing before the part's first frame, since it joins what was before without a fade
        out.push(Action::Open(id, entry.clone(), Frames((from - PREROLL_FRAMES).max(part.first.0))));
        self.tracks.push(Track {
            id,
            entry: entry.entry,
            length: part.last,
            part,
            fall: None,
            from,
            status: Status::Opening,
            line: None,
            silenced: None,
            prepared: None,
        });
        Some(self.tracks.len() - 1)
    }

    fn prepare(&mut self, now: LocalTime, p: &Prepare, out: &mut Vec<Action>) {
        if let Some(fault) = &self.output_fault {
            let error = ClientError { code: "output_lost".into(), detail: fault.clone(), entry: Some(p.entry.entry) };
            let (prepare_id, entry, lead_us) = (p.prepare_id, p.entry.entry, self.lead_us());
            out.push(Action::Send(AgentMessage::Ready(Ready { prepare_id, entry, lead_us, error: Some(error) })));
            return;
        }
        // a newer prepare replaces older ones
        for t in self.tracks.iter().filter(|t| t.prepared.is_some() && t.line.is_none() && t.entry != p.entry.entry) {
            out.push(Action::Close(t.id));
        }
        self.tracks.retain(|t| t.prepared.is_none() || t.line.is_some() || t.entry == p.entry.entry);
        // asked for anew, a failed entry is tried anew
        self.tracks.retain(|t| t.entry != p.entry.entry || t.failed().is_none());
        let Some(index) = self.find_or_open(now, &p.entry, p.from_frames.0.max(0), out) else { return };
        let lead_us = self.lead_us();
        let track = &mut self.tracks[index];
        track.prepared = Some(p.prepare_id);
        if track.status == Status::Primed {
            out.push(Action::Send(AgentMessage::Ready(Ready {
                prepare_id: p.prepare_id,
                entry: p.entry.entry,
                lead_us,
                error: None,
            })));
        }
    }

    fn primed(&mut self, now: LocalTime, id: VoiceId, out: &mut Vec<Action>) {
        let lead_us = self.lead_us();
        if let Some(t) = self.tracks.iter_mut().find(|t| t.id == id)
            && t.status == Status::Opening
        {
            t.status = Status::Primed;
            if let Some(prepare_id) = t.prepared {
                let entry = t.entry;
                out.push(Action::Send(AgentMessage::Ready(Ready { prepare_id, entry, lead_us, error: None })));
            }
        }
        self.reconcile(now, out);
    }

    fn failed(&mut self, now: LocalTime, id: VoiceId, error: ClientError, out: &mut Vec<Action>) {
        let lead_us = self.lead_us();
        let Some(t) = self.tracks.iter_mut().find(|t| t.id == id) else { return };
        let error = ClientError { entry: Some(t.entry), ..error };
        t.status = Status::Failed { at: now, error: error.clone() };
        let message = match t.prepared.take() {
            Some(prepare_id) => AgentMessage::Ready(Ready { prepare_id, entry: t.entry, lead_us, error: Some(error) }),
            None => AgentMessage::ClientError(error),
        };
        if t.line.take().is_some() {
            // what was decoded is good
            let sounding = self.report.as_ref().filter(|r| r.sounding.is_some_and(|(sounding, ..)| sounding == id));
            let dry = sounding
                .and_then(|r| Some(r.content?.whole.plus_micros(i64::from(r.buffered_ms) * 1_000 - DRY_FADE_US)));
            out.push(Action::Render(Command::Close(id, dry.map(ServerInstant::from))));
        }
        out.push(Action::Send(message));
        out.push(Action::Close(id));
    }

    /// Closes what was opened and is not wanted by the session (superseded prepares, entries that are not next). What
    /// was prepared outlives a stop: the end of a queue may come while the next start is being prepared.
    fn drop_unused(&mut self, out: &mut Vec<Action>) {
        let stopped = self.session.as_ref().is_some_and(|s| s.timeline.is_none());
        let held = self.session.as_ref().and_then(|s| {
            let timeline = s.timeline.as_ref().filter(|t| !t.running)?;
            let entry = s.plan.iter().find(|e| e.entry == timeline.entry)?;
            self.usable(entry, timeline.anchor_media_frames.0.max(0)).map(|k| self.tracks[k].id)
        });
        self.tracks.retain(|t| {
            let keep =
                t.line.is_some() || t.failed().is_some() || Some(t.id) == held || (stopped && t.prepared.is_some());
            if !keep {
                out.push(Action::Close(t.id));
            }
            keep
        });
    }

    fn state(&self) -> PlayerState {
        let Some(timeline) = self.session.as_ref().and_then(|s| s.timeline.as_ref()) else { return PlayerState::Idle };
        if self.output_fault.is_some() || self.tracks.iter().any(|t| t.entry == timeline.entry && t.failed().is_some())
        {
            return PlayerState::Faulted;
        }
        match (timeline.running, self.report.as_ref().is_some_and(|r| r.sounding.is_some())) {
            (false, _) => PlayerState::Paused,
            (true, true) => PlayerState::Playing,
            (true, false) => PlayerState::Preparing,
        }
    }

    fn position_report(&mut self, now: LocalTime) -> Action {
        self.told_lead_us = self.lead_us();
        Action::Send(AgentMessage::PositionReport(Box::new(self.position(now))))
    }

    /// Where it is, and how well it keeps step.
    pub fn position(&self, now: LocalTime) -> Position {
        let mut position = Position { state: self.state(), lead_us: Some(self.lead_us()), ..Position::default() };
        position.underruns = self.counters.underruns;
        position.output_losses = self.counters.output_losses;
        if let Some(clock) = &self.clock {
            position.server_time = clock.server_at(now).whole;
            position.skew_ppm = clock.skew;
            position.offset_us = clock.offset.whole_us;
            position.error_bound_us = Some(clock.error_bound_us(now));
            position.round_trip_us = Some(clock.delay_floor_us);
        }
        if let Some(timeline) = self.session.as_ref().and_then(|s| s.timeline.as_ref()) {
            position.entry = Some(timeline.entry);
            position.position_frames = Frames(timeline.anchor_media_frames.0.max(0));
        }
        let Some(report) = &self.report else { return position };
        position.starved = report.starved;
        position.reanchors = report.reanchors;
        position.dac_ppm = report.dac;
        position.output_queue_ms = f64::from(report.queued) * 1000.0 / f64::from(self.rate);
        if let (Some((_, entry, frames)), Some(content)) = (report.sounding, report.content) {
            position.entry = Some(entry);
            position.position_frames = frames;
            position.sync_error_us = report.sync_error_us;
            position.correction_ppm = report.correction;
            position.buffer_ms = report.buffered_ms;
            if let Some(clock) = &self.clock {
                position.server_time = clock.server_at(report.heard_at).whole;
            }
            position.truth = report.truth.map(|raw| Truth {
                raw_ns: raw.plus_micros(self.settings.output_delay_us).0,
                content_us: content.whole.0 as f64 + content.fraction_us,
            });
        }
        position
    }
}
