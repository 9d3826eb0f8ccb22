//! The commands that people want done later: at an instant that lies far ahead.
//!
//! Speakers hold one change that lies ahead, and while they hold it they are told nothing of what comes until then. So
//! a change is told to them only shortly before its instant. Until then the zone keeps the command itself and goes on
//! as if nobody had asked: its plan is extended, its queue edited, its volume shown as it is. Each command is done at
//! its own time, whatever else is done meanwhile, unless it is called off; what cannot be done then is logged and let
//! go.

use std::{collections::HashMap, sync::Arc};

use downbeat_protocol::{ClockId, EntryId, ServerTime, TrackId, volume::Volume};
use serde::{Deserialize, Serialize};

use super::{
    action::Action,
    command::{Command, Place, Refusal, Ticket},
    queue::QueueEntry,
    state::{Zone, answer_all},
    telling::Telling,
};
use crate::track::Track;

/// So many may wait in one zone, and so many tracks may be named by all of them together: they are written down with
/// every change of the zone.
pub const MAX_PENDING: usize = 32;
/// See [`MAX_PENDING`].
pub const MAX_PENDING_TRACKS: usize = 1_000;

/// A change of what is heard is begun so long before its instant, and before what the slowest member needs,
/// microseconds: a start is prepared first, for which members have two seconds.
const BEGIN_US: i64 = 5_000_000;
/// A change of volume takes no preparation. From then on it is shown, and who comes meanwhile hears it too early.
const BEGIN_VOLUME_US: i64 = 2_000_000;

/// The ticket of a command for which nobody waits any more.
pub(super) const NOBODY: Ticket = Ticket(u64::MAX);

/// A command that waits for its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// When it is to be heard.
    pub at: ServerTime,
    /// The command.
    pub command: Command,
}

/// The same, as it is kept. Tracks are looked up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    at: ServerTime,
    what: What,
}

/// All that wait, and the clock that their instants are read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptPending {
    clock_id: ClockId,
    commands: Vec<Kept>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Play { tracks: Vec<TrackId>, start: usize, from: Place },
    PlayNow { tracks: Vec<TrackId> },
    Jump { entry: EntryId, from: Place },
    Pause,
    Resume,
    Seek { to: Place },
    Stop,
    Next,
    Previous,
    Volume { volume: Option<Volume>, muted: Option<bool>, ramp_ms: u32 },
}

impl What {
    fn of(command: &Command) -> Option<Self> {
        let tracks = |entries: &[QueueEntry]| entries.iter().map(QueueEntry::track_id).collect();
        Some(match command {
            Command::Play { entries, start, from, .. } => {
                Self::Play { tracks: tracks(entries), start: *start, from: *from }
            }
            Command::PlayNow { entries, .. } => Self::PlayNow { tracks: tracks(entries) },
            Command::Jump { entry, from, .. } => Self::Jump { entry: *entry, from: *from },
            Command::Pause { .. } => Self::Pause,
            Command::Resume { .. } => Self::Resume,
            Command::Seek { to, .. } => Self::Seek { to: *to },
            Command::Stop { .. } => Self::Stop,
            Command::Next { .. } => Self::Next,
            Command::Previous { .. } => Self::Previous,
            Command::Volume { volume, muted, ramp_ms, .. } => {
                Self::Volume { volume: *volume, muted: *muted, ramp_ms: *ramp_ms }
            }
            _ => return None,
        })
    }

    fn command(self, at: ServerTime, entry: impl Fn(TrackId) -> Option<QueueEntry>) -> Command {
        let at = Some(at);
        match self {
            Self::Play { tracks, start, from } => {
                // what the library does not know any more leaves no gap: the one to begin with stays the same
                let gone = tracks.iter().take(start).filter(|t| entry(**t).is_none()).count();
                let entries = tracks.into_iter().filter_map(entry).collect();
                Command::Play { entries, start: start - gone, from, at }
            }
            Self::PlayNow { tracks } => {
                Command::PlayNow { entries: tracks.into_iter().filter_map(entry).collect(), at }
            }
            Self::Jump { entry, from } => Command::Jump { entry, from, at },
            Self::Pause => Command::Pause { at },
            Self::Resume => Command::Resume { at },
            Self::Seek { to } => Command::Seek { to, at },
            Self::Stop => Command::Stop { at },
            Self::Next => Command::Next { at },
            Self::Previous => Command::Previous { at },
            Self::Volume { volume, muted, ramp_ms } => Command::Volume { volume, muted, ramp_ms, at },
        }
    }
}

impl Command {
    /// Not before this instant.
    pub fn at(&self) -> Option<ServerTime> {
        match self {
            Self::Play { at, .. }
            | Self::PlayNow { at, .. }
            | Self::Jump { at, .. }
            | Self::Pause { at }
            | Self::Resume { at }
            | Self::Seek { at, .. }
            | Self::Stop { at }
            | Self::Next { at }
            | Self::Previous { at }
            | Self::Volume { at, .. } => *at,
            _ => None,
        }
    }

    /// The name that people know the command by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Play { .. } | Self::PlayNow { .. } | Self::Jump { .. } => "play",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Seek { .. } => "seek",
            Self::Stop { .. } => "stop",
            Self::Next { .. } => "next",
            Self::Previous { .. } => "previous",
            Self::Volume { .. } => "volume",
            _ => "edit",
        }
    }

    /// The tracks that it brings with it.
    fn tracks(&self) -> &[QueueEntry] {
        match self {
            Self::Play { entries, .. } | Self::PlayNow { entries, .. } => entries,
            _ => &[],
        }
    }
}

/// The entries that a command brings with it.
fn entries(command: &mut Command) -> &mut [QueueEntry] {
    match command {
        Command::Play { entries, .. } | Command::PlayNow { entries, .. } => entries,
        _ => &mut [],
    }
}

impl Zone {
    /// The tracks that what waits brings with it.
    pub fn pending_tracks(&self) -> impl Iterator<Item = TrackId> {
        self.pending.iter().flat_map(|p| p.command.tracks()).map(QueueEntry::track_id)
    }

    /// Takes in what the library says of these by now.
    pub(super) fn refresh_pending(&mut self, news: &HashMap<TrackId, Option<Arc<Track>>>) {
        for entry in self.pending.iter_mut().flat_map(|p| entries(&mut p.command)) {
            if let Some(now) = news.get(&entry.track_id()) {
                entry.refresh(now.as_ref());
            }
        }
    }

    /// The commands that wait for their time, the next one first.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// Keeps a command whose time has not come. `Some`: it is to be done now.
    pub(super) fn put_off(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        command: Command,
        out: &mut Vec<Action>,
    ) -> Option<Command> {
        let Some(at) = command
            .at()
            .filter(|at| self.begins(*at, &command) > now || self.begins_after(*at, &command).is_none_or(|t| t > now))
        else {
            return Some(command);
        };
        if let Err(refusal) = self.can_wait(&command) {
            out.push(Action::Answer { ticket, result: Err(refusal) });
            return None;
        }
        let index = self.pending.partition_point(|p| p.at <= at);
        self.pending.insert(index, Pending { at, command });
        self.commit(now, Telling::Nothing, out);
        answer_all([ticket], at, out);
        None
    }

    /// When a command that is to be heard at `at` must be done.
    fn begins(&self, at: ServerTime, command: &Command) -> ServerTime {
        let ahead = if matches!(command, Command::Volume { .. }) { BEGIN_VOLUME_US } else { BEGIN_US };
        let notice = self.instant(at, None).micros_since(at);
        at.plus_micros(-(notice + ahead))
    }

    /// The instant from which nothing is in the way of a change that is to be heard at `at`: it would take the place of
    /// one that lies ahead and is heard earlier. `None`: it is not known yet when that one will be heard.
    fn begins_after(&self, at: ServerTime, command: &Command) -> Option<ServerTime> {
        const ALWAYS: ServerTime = ServerTime(i64::MIN);
        if matches!(command, Command::Volume { .. }) {
            // It is kept beside them.
            return Some(ALWAYS);
        }
        if let Some(readiness) = &self.readiness
            && readiness.at.is_some_and(|r| r < at)
        {
            return None;
        }
        let last = self.playback.last().from;
        let changes = self.playback.segments().len() > 1 && last < at;
        Some(if changes { last } else { ALWAYS })
    }

    /// Refuses a command if there is no room for it, or if it is already known that it makes no sense.
    fn can_wait(&self, command: &Command) -> Result<(), Refusal> {
        let tracks: usize = self.pending.iter().map(|p| p.command.tracks().len()).sum();
        if self.pending.len() >= MAX_PENDING || tracks + command.tracks().len() > MAX_PENDING_TRACKS {
            return Err(Refusal::TooMuchPending { commands: MAX_PENDING, tracks: MAX_PENDING_TRACKS });
        }
        match command {
            Command::Jump { entry, .. } if !self.program.queue().contains(*entry) => Err(Refusal::NoSuchEntry(*entry)),
            Command::Play { entries, .. } | Command::PlayNow { entries, .. } => {
                let hopeless = || entries.first().map_or(Refusal::QueueEmpty, QueueEntry::refusal);
                entries.iter().any(QueueEntry::playable).then_some(()).ok_or_else(hopeless)
            }
            _ => Ok(()),
        }
    }

    /// When the next one is to be done. While a start is prepared that comes before it, that one's outcome wakes the
    /// zone.
    pub(super) fn next_pending(&self) -> Option<ServerTime> {
        self.first_due().map(|(_, due)| due)
    }

    /// The index of the command that is to be done first, and its time. A volume need not wait for a change before it
    /// that waits for another.
    fn first_due(&self) -> Option<(usize, ServerTime)> {
        let due = |p: &Pending| {
            let free = self.begins_after(p.at, &p.command)?;
            Some(self.begins(p.at, &p.command).max(free))
        };
        let all = self.pending.iter().enumerate().filter_map(|(i, p)| Some((i, due(p)?)));
        all.min_by_key(|(i, due)| (*due, *i))
    }

    /// Does what is due.
    pub(super) fn do_pending(&mut self, now: ServerTime, out: &mut Vec<Action>) {
        while let Some((index, _)) = self.first_due().filter(|(_, due)| *due <= now) {
            let Pending { at, command } = self.pending.remove(index);
            self.commit(now, Telling::Nothing, out);
            if let Some(command) = self.after_return(NOBODY, command) {
                // Until it is prepared nobody knows of it but this.
                self.doing = Some(Pending { at, command: command.clone() });
                self.command(now, NOBODY, command, out);
            }
            self.decide(now, out);
        }
    }

    /// Nobody hears of it, but the log tells what could not be done.
    pub(super) fn drop_unheard_answers(&self, out: &mut Vec<Action>) {
        out.retain(|action| match action {
            Action::Answer { ticket: NOBODY, result } => {
                if let Err(refusal) = result {
                    tracing::warn!(zone = self.name, %refusal, "what was to be done now could not be done");
                }
                false
            }
            _ => true,
        });
    }

    /// Calls off all that waits for its time.
    pub(super) fn call_off(&mut self, now: ServerTime, ticket: Ticket, out: &mut Vec<Action>) {
        if !self.pending.is_empty() {
            self.pending.clear();
            self.commit(now, Telling::Nothing, out);
        }
        answer_all([ticket], now, out);
    }

    pub(super) fn kept_pending(&self) -> Option<KeptPending> {
        let kept = |p: &Pending| Some(Kept { at: p.at, what: What::of(&p.command)? });
        let prepared = |p: &&Pending| self.readiness.as_ref().is_some_and(|r| r.at == Some(p.at));
        let doing = self.doing.as_ref().filter(prepared);
        let commands: Vec<Kept> = doing.into_iter().chain(&self.pending).filter_map(kept).collect();
        (!commands.is_empty()).then_some(KeptPending { clock_id: self.clock_id, commands })
    }

    /// Takes up what waited before a restart; `entry` makes an entry for a track that the library knows. On another
    /// clock its instants mean nothing.
    pub fn restore_pending(&mut self, kept: Option<KeptPending>, entry: impl Fn(TrackId) -> Option<QueueEntry>) {
        let Some(kept) = kept else { return };
        if kept.clock_id != self.clock_id {
            tracing::warn!(
                zone = self.name,
                count = kept.commands.len(),
                "what was to be done later is lost: another clock"
            );
            return;
        }
        let pending = |k: Kept| Pending { at: k.at, command: k.what.command(k.at, &entry) };
        self.pending = kept.commands.into_iter().map(pending).collect();
    }
}
