//! The zones at work: inputs in, actions performed, timers kept.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use downbeat_protocol::{
    EntryId, Frames, ServerMessage, ServerTime, SpeakerId, TrackId, ZoneId,
    server_message::{Session, StateSync, VolumeChange},
};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{
    Conductor, ConductorError,
    position_checks::CheckRound,
    zone_cell::{Core, Deciding, Decision, Outcome, ZoneCell},
    zone_saver::ZoneSaver,
};
use crate::{changes::Subject, fleet::Speaker, pace::Used, rarely, request_id::RequestId};
use downbeat_library::Changed;
use downbeat_zone::{
    Action, Audience, Claim, Command, Input, PlayState, QueueEntry, Ticket, TrackNews, View, Zone, playback::Change,
    queue::Snapshot, sync,
};

/// How often a running position is kept, for the case that the process is killed.
const POSITION_SAVE: Duration = Duration::from_secs(30);

impl Conductor {
    /// Puts a zone to work.
    pub(super) fn open(&self, zone: Zone, written: Snapshot) {
        let id = zone.id();
        let (saver, writing) = ZoneSaver::new(self.0.store.clone(), written);
        let core = Core {
            saved: zone.revision(),
            zone,
            metronome: None,
            metronome_used: Used::default(),
            calibration: None,
            request: None,
            waiting: HashMap::new(),
        };
        let cell = Arc::new(ZoneCell {
            core: Mutex::new(core),
            queued: AtomicUsize::new(0),
            sync: Mutex::default(),
            past: Mutex::default(),
            saver,
            listening: Mutex::default(),
            changed: Notify::new(),
            gone: self.0.stopping.child_token(),
        });
        self.0.zones.write().unwrap_or_else(PoisonError::into_inner).insert(id, cell.clone());
        self.0.changes.mark(Subject::Zone(id));
        self.0.changes.mark(Subject::Queue(id));
        self.count_queued(&cell, cell.lock().zone.queue().len());
        // the revision that it begins with must be known to the next process, too
        cell.save(&cell.lock().zone, self.0.clock.now());
        // what it lacks to go on it asks for
        self.input(&cell, Input::Timeout);
        self.0.tasks.spawn(writing);
        let conductor = self.clone();
        self.0.tasks.spawn(async move { conductor.keep_time(&cell).await });
    }

    /// A zone is deleted: its tasks end, and whoever waits for it is told.
    pub(crate) fn close(&self, id: ZoneId) {
        let cell = self.0.zones.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(cell) = cell {
            cell.gone.cancel();
            self.count_queued(&cell, 0);
        }
        self.0.changes.mark(Subject::Zone(id));
        self.0.changes.mark(Subject::Queue(id));
    }

    /// All zones, by name, as they are now.
    pub fn zones(&self) -> Vec<View> {
        let cells: Vec<_> = self.0.zones.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let mut views: Vec<_> = cells.iter().map(|c| c.lock().zone.view(self.0.clock.now())).collect();
        views.sort_by(|a, b| a.name.cmp(&b.name));
        views
    }

    /// One zone as it is now.
    pub fn zone(&self, id: ZoneId) -> Result<View, ConductorError> {
        Ok(self.cell(id)?.lock().zone.view(self.0.clock.now()))
    }

    /// The entry of a zone's queue that has this id in its plan.
    pub fn queue_entry_of(&self, zone: ZoneId, entry: EntryId) -> Option<EntryId> {
        Some(self.cell(zone).ok()?.lock().zone.planned(entry)?.id())
    }

    /// The request that changed last what a zone plays.
    pub fn request_of(&self, zone: ZoneId) -> Option<RequestId> {
        self.cell(zone).ok()?.lock().request.clone()
    }

    /// How many frames a second an entry of a zone's plan has.
    pub fn rate_of(&self, zone: ZoneId, entry: EntryId) -> Option<u32> {
        Some(self.cell(zone).ok()?.lock().zone.planned(entry)?.track().sample_rate)
    }

    /// The frame of its file with which the track of an entry of a zone's plan begins.
    pub fn first_frame_of(&self, zone: ZoneId, entry: EntryId) -> Option<Frames> {
        Some(self.cell(zone).ok()?.lock().zone.planned(entry)?.track().first_frame())
    }

    /// Has a zone do something, and waits until it is decided when that is heard, and until it is kept.
    pub async fn command(&self, id: ZoneId, command: Command) -> Result<Outcome, ConductorError> {
        self.command_of(id, |_| Ok(command)).await
    }

    /// The same with a command that depends on the zone as it is at that moment. `make` is called with the zone held,
    /// so that nothing comes between what it sees and what is done. For changes relative to the present, and for those
    /// that count only if nobody was quicker ([`ConductorError::Changed`]).
    pub async fn command_of(
        &self,
        id: ZoneId,
        make: impl FnOnce(&Zone) -> Result<Command, ConductorError>,
    ) -> Result<Outcome, ConductorError> {
        let cell = self.cell(id)?;
        let decision = {
            let core = cell.lock();
            let command = make(&core.zone)?;
            self.room_in_queues(&core.zone, &command)?;
            self.put(&cell, core, command)
        };
        self.done(id, &cell, decision).await
    }

    /// Hands a command to the zone that is held.
    pub(crate) fn put(&self, cell: &ZoneCell, mut core: MutexGuard<'_, Core>, command: Command) -> Deciding {
        let ticket = Ticket(self.0.next_ticket.fetch_add(1, Ordering::Relaxed));
        let (decided, decision) = oneshot::channel();
        core.waiting.insert(ticket, decided);
        if let Some(request) = RequestId::current().filter(|_| command.changes_what_is_played()) {
            let zone = core.zone.name();
            if let Some(left_out) = rarely::may_tell(&format!("asked {}", core.zone.id())) {
                tracing::info!(%request, zone, what = command.name(), left_out, "asked for");
            } else {
                tracing::debug!(%request, zone, what = command.name(), "asked for");
            }
            core.request = Some(request);
        }
        // where a book was before, and where it is then
        self.listen_to(cell, &core.zone, self.0.clock.now());
        self.input_held(cell, core, Input::Command(ticket, command));
        self.listen_to(cell, &cell.lock().zone, self.0.clock.now());
        decision
    }

    /// Waits until a command is decided, and until that is kept.
    pub(crate) async fn done(
        &self,
        id: ZoneId,
        cell: &ZoneCell,
        decision: Deciding,
    ) -> Result<Outcome, ConductorError> {
        let decision = tokio::select! {
            // first what was decided, also by a zone that is gone by now
            biased;
            decision = decision => decision.map_err(|_| ConductorError::Stopping)?,
            () = cell.gone.cancelled() => return Err(self.gone(id)),
        };
        let at = decision.result?;
        self.kept(id, cell, decision.saved).await?;
        Ok(Outcome { at, view: decision.view })
    }

    /// Waits until the zone is kept as it was at `revision`.
    pub(crate) async fn kept(&self, id: ZoneId, cell: &ZoneCell, revision: u64) -> Result<(), ConductorError> {
        cell.saver.kept(revision).await.map_err(|error| match error {
            // nothing is kept of a zone that was deleted meanwhile
            ConductorError::Stopping => self.gone(id),
            error => error,
        })
    }

    pub(crate) fn cell(&self, id: ZoneId) -> Result<Arc<ZoneCell>, ConductorError> {
        let zones = self.0.zones.read().unwrap_or_else(PoisonError::into_inner);
        zones.get(&id).cloned().ok_or_else(|| ConductorError::UnknownZone(id.to_string()))
    }

    /// Tells a zone something, if it is still there.
    pub(crate) fn tell_zone(&self, id: ZoneId, input: Input) {
        if let Ok(cell) = self.cell(id) {
            self.input(&cell, input);
        }
    }

    /// Why a zone that is gone does nothing.
    fn gone(&self, id: ZoneId) -> ConductorError {
        if self.0.stopping.is_cancelled() {
            ConductorError::Stopping
        } else {
            ConductorError::UnknownZone(id.to_string())
        }
    }

    pub(super) fn input(&self, cell: &ZoneCell, input: Input) {
        self.input_held(cell, cell.lock(), input);
    }

    fn input_held(&self, cell: &ZoneCell, mut core: MutexGuard<'_, Core>, input: Input) {
        let now = self.0.clock.now();
        let timeout = core.zone.next_timeout();
        let queue = |zone: &Zone| (zone.queue_version(), zone.queue().current().map(QueueEntry::id));
        let queued = queue(&core.zone);
        let mut actions = Vec::new();
        core.zone.handle(now, input, &mut actions);
        for action in actions {
            self.perform(cell, &mut core, now, action);
        }
        // Most inputs are reports, thousands a second in a large zone, and change nothing of the kind.
        let changed = core.zone.next_timeout() != timeout;
        let zone = core.zone.id();
        let edited = queue(&core.zone) != queued;
        if edited {
            self.count_queued(cell, core.zone.queue().len());
        }
        drop(core);
        self.0.changes.mark(Subject::Zone(zone));
        if edited {
            self.0.changes.mark(Subject::Queue(zone));
        }
        if changed {
            cell.changed.notify_one();
        }
    }

    fn perform(&self, cell: &ZoneCell, core: &mut Core, now: ServerTime, action: Action) {
        let fleet = &self.0.fleet;
        let all = |to, zone: &Zone| match to {
            Audience::All => zone.members(),
            Audience::One(speaker) => vec![speaker],
        };
        match action {
            Action::Prepare { to, message } => {
                fleet.send(&all(to, &core.zone), ServerMessage::Prepare(message));
            }
            Action::Session { to, change, session } => {
                let session = core.requested(session);
                fleet.send(&all(to, &core.zone), session_message(change, session));
            }
            Action::StateSync { to, session, volume, muted } => {
                let zone_name = core.zone.name().to_owned();
                let level = fleet.get(to).map(|s| s.level(volume, muted)).unwrap_or_default();
                let session = core.requested(session);
                let message = ServerMessage::StateSync(StateSync { session, zone_name, volume: level });
                fleet.send(&[to], message);
                // which has ended both there
                self.tell_metronome(core, &[to], false);
                self.tell_calibration(core, &[to]);
            }
            Action::Volume { to, revision, volume, muted, at, ramp_ms } => {
                let zone = core.zone.id();
                fleet.send_each(&all(to, &core.zone), |speaker| {
                    let volume = speaker.level(volume, muted);
                    let change = VolumeChange { server_time: now, zone, revision, volume, at, ramp_ms };
                    ServerMessage::VolumeChange(change)
                });
            }
            Action::FindHashes { tracks } => self.find_hashes(core.zone.id(), tracks),
            Action::More { autoplay, recent, count } => self.look_for_more(core.zone.id(), autoplay, recent, count),
            Action::Save => {
                core.saved = core.zone.revision();
                cell.save(&core.zone, now);
            }
            Action::Answer { ticket, result } => {
                if let Some(waiting) = core.waiting.remove(&ticket) {
                    let _ = waiting.send(Decision { result, saved: core.saved, view: core.zone.view(now) });
                }
            }
        }
    }

    /// Calls the zone when it wants to be called, until the coordinator stops; then keeps the last position.
    async fn keep_time(&self, cell: &ZoneCell) {
        let tick = |period| {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        let mut saves = tick(POSITION_SAVE);
        let mut readings = tick(Duration::from_micros(sync::INTERVAL_US.unsigned_abs()));
        let mut round = CheckRound::default();
        let mut next_check = Instant::now();
        let mut news = self.0.library.news();
        self.compare_with_library(cell, &Changed::Everything);
        loop {
            let timeout = cell.lock().zone.next_timeout();
            let wait = timeout.map(|t| u64::try_from(t.micros_since(self.0.clock.now())).unwrap_or(0));
            let due = Instant::now() + Duration::from_micros(wait.unwrap_or(0));
            tokio::select! {
                () = cell.gone.cancelled() => break,
                () = cell.changed.notified() => {}
                () = sleep_until(due), if wait.is_some() => self.input(cell, Input::Timeout),
                () = sleep_until(next_check) => {
                    next_check = Instant::now() + round.interval(self.0.settings.position_check);
                    self.check_positions(cell, &mut round);
                }
                changed = news.next() => self.compare_with_library(cell, &changed),
                _ = readings.tick() => self.read_sync(cell),
                _ = saves.tick() => self.keep_position(cell, true),
            }
        }
        self.keep_position(cell, false);
        cell.saver.finish();
    }

    fn check_positions(&self, cell: &ZoneCell, round: &mut CheckRound) {
        let core = cell.lock();
        if let Some(check) = core.zone.position_check(self.0.clock.now()) {
            self.0.fleet.send(round.next(|| core.zone.members()), ServerMessage::PositionCheck(check));
        }
    }

    fn keep_position(&self, cell: &ZoneCell, only_while_playing: bool) {
        let core = cell.lock();
        let now = self.0.clock.now();
        self.listen_to(cell, &core.zone, now);
        if !only_while_playing || core.zone.view(now).state == PlayState::Playing {
            cell.save(&core.zone, now);
        }
    }

    /// Tells the zone what became of the tracks in its queue, and of those that wait to come into it. One changed track
    /// of a large library costs it nothing if it is not queued here.
    fn compare_with_library(&self, cell: &ZoneCell, changed: &Changed) {
        let queued: Vec<TrackId> = {
            let core = cell.lock();
            let queue = core.zone.queue();
            match changed {
                Changed::Tracks(tracks) => {
                    let later: HashSet<TrackId> = core.zone.pending_tracks().collect();
                    tracks.iter().copied().filter(|t| queue.has_track(*t) || later.contains(t)).collect()
                }
                Changed::Everything => queue.tracks().chain(core.zone.pending_tracks()).collect(),
            }
        };
        if queued.is_empty() {
            return;
        }
        let catalog = self.0.library.catalog();
        let news = queued.into_iter().map(|track| TrackNews { track, now: catalog.track(track) }).collect();
        self.input(cell, Input::Tracks(news));
    }

    /// One speaker joins a zone; `claim` is what it plays by, if it comes from before.
    pub(crate) fn join(&self, zone: ZoneId, speaker: SpeakerId, claim: Option<Box<Claim>>) {
        let Some(s) = self.0.fleet.get(speaker) else { return };
        let round_trip_us = s.reports.position.and_then(|(_, p)| p.round_trip_us);
        self.tell_zone(zone, Input::Joined { speaker, class: s.row.class, round_trip_us, claim });
        // If it hung up or moved on meanwhile, it has left before it came, and every start would wait for it. A part
        // that takes it away from here on finds it in the zone.
        let here = |s: &Speaker| (s.connection.is_some() && s.row.zone == zone).then_some(());
        if self.0.fleet.look_at(&[speaker], here).is_empty() {
            return self.leave(zone, speaker);
        }
        self.tell_company(zone, Some(speaker));
    }

    /// One speaker leaves a zone.
    pub(crate) fn leave(&self, zone: ZoneId, speaker: SpeakerId) {
        self.tell_zone(zone, Input::Left { speaker });
        self.tell_company(zone, None);
    }

    /// Tells the speakers of a zone whether they play alone, if that changed: who does may play bit-exactly.
    pub(crate) fn tell_company(&self, zone: ZoneId, newcomer: Option<SpeakerId>) {
        let Ok(cell) = self.cell(zone) else { return };
        // held until all are told, so that of two changes the later one is told last
        let core = cell.lock();
        let members = core.zone.member_count();
        // a third and any further one changes nothing for those who are there
        let told = match newcomer {
            Some(speaker) if members > 2 => vec![speaker],
            None if members > 1 => return,
            _ => core.zone.members(),
        };
        // one that belongs here and is away may well be playing on by its plan
        let solo = members == 1 && self.0.fleet.belonging_to(zone) == 1;
        for id in told {
            let changed = self.0.fleet.update(id, |s| {
                let changed = s.solo != solo;
                s.solo = solo;
                changed.then(|| s.clone())
            });
            if let Some(speaker) = changed.flatten() {
                self.configure(&speaker);
            }
        }
    }
}

fn session_message(change: Change, session: Session) -> ServerMessage {
    match change {
        Change::Play => ServerMessage::PlayTrack(session),
        Change::Pause => ServerMessage::Pause(session),
        Change::Resume => ServerMessage::Resume(session),
        Change::Seek => ServerMessage::Seek(session),
        Change::Stop => ServerMessage::Stop(session),
        Change::Plan => ServerMessage::PlanUpdate(session),
    }
}
