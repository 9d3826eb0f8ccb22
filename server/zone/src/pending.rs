//! The commands that people want done later: at an instant that lies far ahead.
//!
//! Speakers hold one change that lies ahead, and while they hold it they are told nothing of what comes until then. So
//! a change is told to them only shortly before its instant. Until then the zone keeps the command itself and goes on
//! as if nobody had asked: its plan is extended, its queue edited, its volume shown as it is. Each command is done at
//! its own time, whatever else is done meanwhile, unless it is called off; what cannot be done then is logged and let
//! go.

use std::{collections::HashMap, sync::Arc};

use downbeat_protocol::{ServerTime, TrackId};

use super::{
    action::Action,
    agenda::{MAX_PENDING, MAX_PENDING_TRACKS, Pending, PendingKind, SavedAgenda, SavedPending},
    answer::{Refusal, Ticket},
    command::Command,
    queue::QueueEntry,
    state::{Zone, answer_all},
    telling::Telling,
};
use crate::track::Track;

/// A change of what is heard is begun so long before its instant, and before what the slowest member needs,
/// microseconds: a start is prepared first, for which members have two seconds.
const BEGIN_US: i64 = 5_000_000;
/// A change of volume takes no preparation. From then on it is shown, and who comes meanwhile hears it too early.
const BEGIN_VOLUME_US: i64 = 2_000_000;

/// The ticket of a command for which nobody waits any more.
pub(super) const NOBODY: Ticket = Ticket(u64::MAX);

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

    pub(super) fn kept_pending(&self) -> Option<SavedAgenda> {
        let kept = |p: &Pending| Some(SavedPending { at: p.at, kind: PendingKind::of(&p.command)? });
        let prepared = |p: &&Pending| self.readiness.as_ref().is_some_and(|r| r.at == Some(p.at));
        let doing = self.doing.as_ref().filter(prepared);
        let commands: Vec<SavedPending> = doing.into_iter().chain(&self.pending).filter_map(kept).collect();
        (!commands.is_empty()).then_some(SavedAgenda { clock_id: self.clock_id, commands })
    }

    /// Takes up what waited before a restart; `entry` makes an entry for a track that the library knows. On another
    /// clock its instants mean nothing.
    pub fn restore_pending(&mut self, kept: Option<SavedAgenda>, entry: impl Fn(TrackId) -> Option<QueueEntry>) {
        let Some(kept) = kept else { return };
        if kept.clock_id != self.clock_id {
            tracing::warn!(
                zone = self.name,
                count = kept.commands.len(),
                "what was to be done later is lost: another clock"
            );
            return;
        }
        let pending = |k: SavedPending| Pending { at: k.at, command: k.kind.command(k.at, &entry) };
        self.pending = kept.commands.into_iter().map(pending).collect();
    }
}
