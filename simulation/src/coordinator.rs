//! The coordinator: the real zone, around it what the conductor and the gateway do, without sockets.

use std::collections::BTreeMap;

use downbeat_protocol::{
    AgentMessage, ClockId, LocalTime, ServerMessage, ServerTime, SpeakerId, ZoneId,
    handshake::SpeakerClass,
    report::Position,
    server_message::{Configure, Level, Settings, StateSync, TimeReply, VolumeChange, Welcome},
};
use downbeat_zone::{
    Action, Audience, Claim, Command, EntryPosition, Input, Queue, QueueEntry, Refusal, Saved, Ticket, Zone,
    ZoneSettings, playback::Change,
};
use uuid::Uuid;

use crate::{crystal::Clock, dice::Dice, truth::Truth};

/// The mean of what a request waits between the socket and its stamp, microseconds.
const STAMP_DELAY_US: f64 = 5.0;
/// The time that an answer takes, microseconds.
const ANSWER_US: i64 = 12;

/// The coordinator's process.
#[derive(Debug)]
pub struct Coordinator {
    /// Its clock and what it told: what is heard is held against this.
    pub truth: Truth,
    /// The same of the one that took its place on another clock. What is heard is still held against the one before, so
    /// that one hears whether it went on.
    successor: Option<Truth>,
    /// The zone as it was last kept, and of which revision.
    kept: Option<(Saved, Queue, u64)>,
    /// The zone that it plays.
    pub zone: Zone,
    /// The settings that it tells all speakers.
    pub settings: Settings,
    /// The delays behind speakers' cards, as people set them, microseconds.
    delays: BTreeMap<SpeakerId, i64>,
    /// The newest report of each speaker.
    pub reports: BTreeMap<SpeakerId, Position>,
    /// All reports, with the instants at which they came, if a scenario wants them kept.
    pub kept_reports: Option<Vec<(ServerTime, SpeakerId, Position)>>,
    /// The results of commands.
    pub answers: BTreeMap<Ticket, Result<ServerTime, Refusal>>,
    dice: Dice,
    /// True while a person's command is being carried out.
    asked: bool,
    last_ticket: u64,
    out: Vec<(SpeakerId, ServerMessage)>,
}

impl Coordinator {
    /// A coordinator whose clock is this one.
    pub fn new(mut clock: Clock, mut dice: Dice, now: i64) -> Self {
        let clock_id = ClockId(Uuid::from_u128((dice.uniform() * 1e18) as u128));
        let server_now = ServerTime(clock.read(now) / 1_000);
        let zone = Zone::new(ZoneId::DEFAULT, "all".into(), clock_id, ZoneSettings::default(), server_now);
        Self {
            truth: Truth::new(clock, clock_id),
            successor: None,
            kept: None,
            zone,
            settings: Settings::default(),
            delays: BTreeMap::new(),
            kept_reports: None,
            reports: BTreeMap::new(),
            answers: BTreeMap::new(),
            dice,
            asked: false,
            last_ticket: 0,
            out: Vec::new(),
        }
    }

    /// Server time at a true instant.
    pub fn now(&mut self, at: i64) -> ServerTime {
        self.present().server_time(at).0
    }

    /// Clock and word of the process that runs.
    fn present(&mut self) -> &mut Truth {
        self.successor.as_mut().unwrap_or(&mut self.truth)
    }

    /// The process was killed and another one takes up what was kept: on the same clock, or on `another`.
    pub fn restart(&mut self, at: i64, another: Option<Clock>) {
        if let Some(clock) = another {
            let clock_id = ClockId(Uuid::from_u128((self.dice.uniform() * 1e18) as u128));
            self.successor = Some(Truth::new(clock, clock_id));
        }
        let (now, clock_id) = (self.now(at), self.present().clock_id);
        let (volume, muted) = self.zone.level();
        self.zone = Zone::new(ZoneId::DEFAULT, "all".into(), clock_id, ZoneSettings::default(), now);
        if let Some((saved, queue, revision)) = self.kept.clone() {
            self.zone.restore(now, (saved, queue), revision, (volume, muted));
        }
        self.reports.clear();
        self.out.clear();
    }

    /// From now on what is heard is held against the successor's word.
    pub fn judge_by_successor(&mut self) {
        if let Some(successor) = self.successor.take() {
            self.truth = successor;
        }
    }

    /// In how many nanoseconds the zone wants to be called, as its clock now runs: 0 if it is due.
    pub fn next_timeout(&mut self, at: i64) -> Option<i64> {
        let timeout = self.zone.next_timeout()?;
        Some(timeout.micros_since(self.now(at)).max(0).saturating_mul(1_000))
    }

    /// A person wants something.
    pub fn command(&mut self, at: i64, command: Command) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.asked = true;
        self.input(at, Input::Command(ticket, command));
        self.asked = false;
        ticket
    }

    /// Plays these from the start.
    pub fn play(&mut self, at: i64, entries: Vec<QueueEntry>) -> Ticket {
        self.command(at, Command::Play { entries, start: 0, from: EntryPosition::START, at: None })
    }

    /// The zone is told something.
    pub fn input(&mut self, at: i64, input: Input) {
        let now = self.now(at);
        let mut actions = Vec::new();
        self.zone.handle(now, input, &mut actions);
        for action in actions {
            self.perform(now, action);
        }
    }

    fn perform(&mut self, now: ServerTime, action: Action) {
        match action {
            Action::Prepare { to, message } => self.send(to, &ServerMessage::Prepare(message)),
            Action::Session { to, change, session } => {
                match change {
                    // what a person changes of what is coming is news; a plan that is told at a boundary is none
                    Change::Plan if !self.asked => self.present().tell_again(&session),
                    _ => self.present().tell(&session),
                }
                let message = match change {
                    Change::Play => ServerMessage::PlayTrack(session),
                    Change::Pause => ServerMessage::Pause(session),
                    Change::Resume => ServerMessage::Resume(session),
                    Change::Seek => ServerMessage::Seek(session),
                    Change::Stop => ServerMessage::Stop(session),
                    Change::Plan => ServerMessage::PlanUpdate(session),
                };
                self.send(to, &message);
            }
            Action::StateSync { to, session, volume, muted } => {
                self.present().tell_again(&session);
                let volume = Level { zone: volume, muted, ..Level::default() };
                let message = StateSync { session, zone_name: self.zone.name().to_owned(), volume };
                self.send(Audience::One(to), &ServerMessage::StateSync(message));
            }
            Action::Volume { to, revision, volume, muted, at, ramp_ms } => {
                let volume = Level { zone: volume, muted, ..Level::default() };
                let change = VolumeChange { server_time: now, zone: self.zone.id(), revision, volume, at, ramp_ms };
                self.send(to, &ServerMessage::VolumeChange(change));
            }
            Action::Save => self.kept = Some((self.zone.save(now), self.zone.queue().clone(), self.zone.revision())),
            // every file is known, and nobody looks for more
            Action::FindHashes { .. } | Action::More { .. } => {}
            Action::Answer { ticket, result } => {
                self.answers.insert(ticket, result);
            }
        }
    }

    fn send(&mut self, to: Audience, message: &ServerMessage) {
        let speakers = match to {
            Audience::All => self.zone.members(),
            Audience::One(speaker) => vec![speaker],
        };
        self.out.extend(speakers.into_iter().map(|s| (s, message.clone())));
    }

    fn settings_of(&self, speaker: SpeakerId) -> Settings {
        Settings { output_delay_us: self.delays.get(&speaker).copied().unwrap_or(0), ..self.settings.clone() }
    }

    /// A person sets what lies behind a speaker's card, microseconds.
    pub fn set_output_delay(&mut self, at: i64, speaker: SpeakerId, micros: i64) {
        self.delays.insert(speaker, micros);
        let (name, settings) = (speaker.to_string(), self.settings_of(speaker));
        let configure = Configure { server_time: self.now(at), at: None, name, settings };
        self.out.push((speaker, ServerMessage::Configure(configure)));
    }

    /// The messages to be sent, in order.
    pub fn outgoing(&mut self) -> Vec<(SpeakerId, ServerMessage)> {
        std::mem::take(&mut self.out)
    }

    /// A speaker says something.
    pub fn hear(&mut self, at: i64, speaker: SpeakerId, message: AgentMessage) {
        match message {
            AgentMessage::Hello(hello) => {
                let welcome = Welcome {
                    server_time: self.now(at),
                    protocol: 1,
                    clock_id: self.present().clock_id,
                    speaker_id: speaker,
                    name: hello.name.clone(),
                    server_version: String::new(),
                    history: false,
                    adopted: false,
                    wall_clock: None,
                    settings: self.settings_of(speaker),
                };
                self.out.push((speaker, ServerMessage::Welcome(welcome)));
                let round_trip_us = self.reports.get(&speaker).and_then(|p| p.round_trip_us);
                let claim = hello.known.as_ref().and_then(Claim::of).map(Box::new);
                self.input(at, Input::Joined { speaker, class: SpeakerClass::Agent, round_trip_us, claim });
            }
            AgentMessage::ClockShift(shift) => self.input(at, Input::ClockShift { speaker, shift }),
            AgentMessage::RequestState => self.input(at, Input::StateRequested { speaker }),
            AgentMessage::Ready(r) => {
                let (prepare_id, entry, lead_us, error) = (r.prepare_id, r.entry, r.lead_us, r.error);
                self.input(at, Input::Ready { speaker, prepare_id, entry, lead_us, error });
            }
            AgentMessage::PositionReport(position) => {
                let (round_trip, lead) = (position.round_trip_us, position.lead_us);
                if self.kept_reports.is_some() {
                    let report = (self.now(at), speaker, (*position).clone());
                    self.kept_reports.get_or_insert_default().push(report);
                }
                self.reports.insert(speaker, *position);
                if let Some(micros) = round_trip {
                    self.input(at, Input::RoundTrip { speaker, micros });
                }
                if let Some(micros) = lead {
                    self.input(at, Input::Lead { speaker, micros });
                }
            }
            AgentMessage::ClientError(error) => {
                if let Some(entry) = error.entry {
                    self.input(at, Input::MemberFault { speaker, entry, error });
                }
            }
            AgentMessage::TimeRequest(_)
            | AgentMessage::Health(_)
            | AgentMessage::History(_)
            | AgentMessage::Reveal(_) => {}
        }
    }

    /// A time request arrives at the true instant `at`: the answer, and the true instant at which it leaves.
    pub fn echo(&mut self, at: i64, t1: LocalTime) -> (TimeReply, i64) {
        let stamped = at + (self.dice.exponential(STAMP_DELAY_US) * 1_000.0) as i64;
        let leaves = stamped + ANSWER_US * 1_000;
        (TimeReply { t1, t2: self.now(stamped), t3: self.now(leaves) }, leaves)
    }
}
