//! The zone in virtual time: named scenarios, and properties that hold for every sequence of inputs.

mod advance;
mod editing;
mod modes;
mod parts;
mod pending;
mod properties;
mod reach;
mod restart;
mod shuffle;
mod starts;
mod transport;

use downbeat_protocol::{
    ClockId, EntryId, Frames, PlanEntry, ServerTime, SpeakerId, TrackId, ZoneId,
    agent_message::ClientError,
    handshake::SpeakerClass,
    server_message::{Prepare, Session},
};
use uuid::Uuid;

use super::{playback::Change, queue::FaultSource, *};

pub(super) const MS: i64 = 1_000;
pub(super) const SECOND: i64 = 1_000_000;

/// A zone with its clock, and what it did since it was last asked.
pub(super) struct Rig {
    pub(super) zone: Zone,
    pub(super) now: ServerTime,
    pub(super) actions: Vec<Action>,
    tickets: u64,
}

pub(super) fn speaker(n: u128) -> SpeakerId {
    SpeakerId(Uuid::from_u128(n))
}

pub(super) fn id(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(n))
}

pub(super) fn entry(n: u128, rate: u32, frames: i64) -> QueueEntry {
    QueueEntry::new(PlanEntry {
        entry: id(n),
        track: TrackId(Uuid::from_u128(n + 1_000)),
        hash: format!("{n:064x}"),
        bytes: 1_000,
        format: "flac".into(),
        sample_rate: rate,
        frames: Frames(frames),
        title: format!("track {n}"),
        ..PlanEntry::default()
    })
}

/// Three entries of ten seconds at 48 kHz.
pub(super) fn three() -> Vec<QueueEntry> {
    (1..=3).map(|n| entry(n, 48_000, 480_000)).collect()
}

pub(super) fn error(code: &str) -> ClientError {
    ClientError { code: code.into(), detail: format!("it is {code}"), entry: None }
}

impl Rig {
    pub(super) fn new() -> Self {
        let now = ServerTime(1_000_000_000);
        let clock = ClockId(Uuid::from_u128(7));
        let zone = Zone::new(ZoneId::DEFAULT, "all".into(), clock, ZoneSettings::default(), now);
        Self { zone, now, actions: Vec::new(), tickets: 0 }
    }

    /// With members 1..=n, whose round trip is not known.
    pub(super) fn with_members(n: u128) -> Self {
        let mut rig = Self::new();
        for i in 1..=n {
            rig.join(i);
        }
        rig.actions.clear();
        rig
    }

    pub(super) fn input(&mut self, input: Input) {
        self.zone.handle(self.now, input, &mut self.actions);
    }

    pub(super) fn join(&mut self, n: u128) {
        self.input(Input::Joined { speaker: speaker(n), class: SpeakerClass::Agent, round_trip_us: None, claim: None });
    }

    pub(super) fn command(&mut self, command: Command) -> Ticket {
        self.tickets += 1;
        self.input(Input::Command(Ticket(self.tickets), command));
        Ticket(self.tickets)
    }

    /// Sets modes.
    pub(super) fn modes(&mut self, patch: ModesPatch) {
        let ticket = self.command(Command::Modes(patch));
        assert!(matches!(self.answer(ticket), Some(Ok(_))));
    }

    /// The entries that come, by number.
    pub(super) fn coming(&self, most: usize) -> Vec<u128> {
        self.zone.upcoming(most).iter().map(|e| e.id().0.as_u128()).collect()
    }

    /// The queue's entry that is heard now, by number.
    pub(super) fn sounding(&self) -> Option<u128> {
        self.heard().and_then(|(e, _)| self.zone.planned(e)).map(|e| e.id().0.as_u128())
    }

    /// Goes on as soon as the only member is ready.
    pub(super) fn prepared_start(&mut self) {
        if self.zone.readiness.is_some() {
            self.ready(1, 40 * MS);
        }
        self.wait(60 * MS);
    }

    pub(super) fn play(&mut self, entries: Vec<QueueEntry>) -> Ticket {
        self.command(Command::Play { entries, start: 0, from: EntryPosition::START, at: None })
    }

    /// Lets time pass, with every timeout on time.
    pub(super) fn wait(&mut self, micros: i64) {
        let until = self.now.plus_micros(micros);
        while let Some(t) = self.zone.next_timeout().filter(|t| *t <= until) {
            self.now = self.now.max(t);
            self.input(Input::Timeout);
            assert!(self.zone.next_timeout() != Some(t), "a timeout that is handled is over");
        }
        self.now = until;
    }

    pub(super) fn ready(&mut self, n: u128, lead_us: i64) {
        let (prepare_id, entry) = self.prepared();
        self.input(Input::Ready { speaker: speaker(n), prepare_id, entry, lead_us, error: None });
    }

    pub(super) fn cannot(&mut self, n: u128, code: &str) {
        let (prepare_id, entry) = self.prepared();
        let error = Some(error(code));
        self.input(Input::Ready { speaker: speaker(n), prepare_id, entry, lead_us: 0, error });
    }

    fn prepared(&self) -> (u64, EntryId) {
        let r = self.zone.readiness.as_ref().expect("something is being prepared");
        (r.prepare_id, r.entry)
    }

    /// Plays, with all members ready at once, and waits for the start.
    pub(super) fn start(&mut self, entries: Vec<QueueEntry>) {
        self.play(entries);
        for member in self.zone.members() {
            if self.zone.readiness.is_some() {
                let (prepare_id, entry) = self.prepared();
                self.input(Input::Ready { speaker: member, prepare_id, entry, lead_us: 40 * MS, error: None });
            }
        }
        self.now = self.zone.playback.last().from;
        self.input(Input::Timeout);
        self.actions.clear();
    }

    pub(super) fn sessions(&self) -> Vec<(Change, &Session)> {
        let sessions = self.actions.iter().filter_map(|a| match a {
            Action::Session { to: Audience::All, change, session } => Some((*change, session)),
            _ => None,
        });
        sessions.collect()
    }

    pub(super) fn prepares(&self) -> Vec<&Prepare> {
        let prepares = self.actions.iter().filter_map(|a| match a {
            Action::Prepare { message, .. } => Some(message),
            _ => None,
        });
        prepares.collect()
    }

    pub(super) fn answer(&self, ticket: Ticket) -> Option<Result<ServerTime, Refusal>> {
        self.actions.iter().find_map(|a| match a {
            Action::Answer { ticket: t, result } if *t == ticket => Some(result.clone()),
            _ => None,
        })
    }

    /// The entry and frame that are heard now.
    pub(super) fn heard(&self) -> Option<(EntryId, i64)> {
        self.zone.playback.heard(self.now).spot(self.now).map(|s| (s.entry, s.frame.0))
    }

    pub(super) fn fault_of(&self, n: u128) -> Option<(String, FaultSource)> {
        let entry = self.zone.queue().get(id(n)).expect("the entry is queued");
        entry.fault().map(|f| (f.reason.clone(), f.source))
    }
}
