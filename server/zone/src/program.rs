//! The way through the queue, with repeat, shuffle and A-B loop resolved.
//!
//! Speakers are told a window of it, the plan: long enough to play on for hours alone, short enough for one message.

mod plan;

use std::collections::HashMap;

use downbeat_protocol::{EntryId, Frames, TrackId};

use super::{
    answer::Refusal,
    modes::{AbLoop, Modes, Repeat},
    occurrence::{Occurrence, REACH},
    order::Order,
    position::QueuePosition,
    queue::{Queue, QueueEntry},
};

/// The shortest round that is repeated, seconds.
const SHORTEST_LAP_S: f64 = 0.5;

/// The queue, and the way through it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    queue: Queue,
    modes: Modes,
    order: Option<Order>,
    /// Of the current occurrence.
    lap: u32,
    pass: u32,
    ab: Option<AbLoop>,
    /// No pass up to here is used again.
    passes: u32,
}

/// The state of a program that is kept beside the queue.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ProgramState {
    /// The current entry.
    pub current: Option<EntryId>,
    /// The modes that people set.
    pub modes: Modes,
    /// How often repeat began anew.
    pub lap: u32,
    /// The pass of the loop.
    pub pass: u32,
    /// How often the shuffled order began anew.
    pub round: u32,
    /// True if anything of the shuffled order was played.
    pub begun: bool,
    /// The loop.
    pub ab: Option<AbLoop>,
    /// No pass up to here is used again.
    pub passes: u32,
}

impl Program {
    /// The queue.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The queue, for changes that neither add nor remove entries.
    pub(super) fn queue_mut(&mut self) -> &mut Queue {
        &mut self.queue
    }

    /// The modes that people set.
    pub fn modes(&self) -> &Modes {
        &self.modes
    }

    /// The A-B loop.
    pub fn ab(&self) -> Option<&AbLoop> {
        self.ab.as_ref()
    }

    /// The state to keep, with `current` as the current entry.
    pub fn way(&self, current: Option<EntryId>) -> ProgramState {
        let (round, begun) = self.order.as_ref().map_or((0, false), |o| (o.round(), o.begun()));
        let (modes, ab) = (self.modes.clone(), self.ab);
        ProgramState { current, modes, lap: self.lap, pass: self.pass, round, begun, ab, passes: self.passes }
    }

    /// The program that was kept.
    pub fn restore(queue: Queue, way: ProgramState) -> Self {
        let order = way.modes.shuffle.map(|seed| Order::new(seed, way.round, &queue));
        let ProgramState { current, modes, lap, pass, ab, passes, .. } = way;
        let ab = ab.filter(|l| queue.contains(l.entry));
        let mut program = Self { queue, modes, order, lap, pass, ab, passes };
        program.queue.set_current(current);
        program.sync_order();
        program
    }

    /// The current occurrence.
    pub fn cursor(&self) -> Option<Occurrence> {
        self.queue.current().map(|e| Occurrence { entry: e.id(), lap: self.lap, pass: self.pass })
    }

    /// The occurrence of a queued entry that has this id.
    pub fn occurrence(&self, id: EntryId) -> Option<Occurrence> {
        Occurrence::find(self.lap, [self.pass, self.passes], id, |entry| self.queue.contains(entry))
    }

    /// The queued entry of which this is an occurrence.
    pub fn entry(&self, id: EntryId) -> Option<&QueueEntry> {
        self.queue.get(self.occurrence(id)?.entry)
    }

    /// True if the entries behind this one are known although it has not begun. They are not if the queue is shuffled
    /// anew before it.
    pub fn foresees(&self, id: EntryId) -> bool {
        let later = || self.occurrence(id).is_none_or(|o| o.lap != self.lap);
        self.order.is_none() || self.modes.repeat != Repeat::All || !later()
    }

    /// This occurrence is the current one: laps that ended before are over.
    pub fn go_to(&mut self, to: Occurrence) {
        if self.modes.repeat == Repeat::All
            && let Some(order) = &mut self.order
        {
            for lap in self.lap..to.lap {
                order.next_round(&mut self.queue, (lap + 1 == to.lap).then_some(to.entry));
            }
        }
        self.point_at(to);
    }

    /// This occurrence is the current one, whatever was before.
    pub fn point_at(&mut self, to: Occurrence) {
        (self.lap, self.pass) = (to.lap, to.pass);
        self.queue.set_current(Some(to.entry));
        if self.ab.is_some_and(|l| l.entry != to.entry) {
            self.end_loop();
        }
        self.sync_order();
    }

    /// No entry is current: the queue has ended, or was never begun.
    pub fn end(&mut self) {
        self.end_loop();
        self.queue.set_current(None);
    }

    fn sync_order(&mut self) {
        if let (Some(order), Some(current)) = (&mut self.order, self.queue.current()) {
            order.go_to(current);
        }
    }

    /// A person wants this entry now: in a shuffled order it is played now, and not later again.
    pub fn pick(&mut self, entry: EntryId) -> Occurrence {
        let current = self.queue.current().map(QueueEntry::id);
        if let Some(order) = self.order.as_mut().filter(|_| current != Some(entry)) {
            order.put_next(&mut self.queue, &[entry]);
        }
        self.end_loop();
        Occurrence { entry, lap: self.lap, pass: 0 }
    }

    /// Begins again where it ended: the first entry, in another shuffle.
    pub fn first(&mut self) -> Option<Occurrence> {
        if !self.queue.any_playable() {
            return None;
        }
        if let Some(order) = self.order.as_mut().filter(|o| o.begun()) {
            order.next_round(&mut self.queue, None);
        }
        let entry = match &self.order {
            None => self.queue.iter().find(|e| e.playable())?.id(),
            Some(order) => order.after(None).find(|id| self.playable(*id))?,
        };
        Some(Occurrence { entry, lap: self.lap, pass: 0 })
    }

    /// The occurrences that come behind an occurrence, at most so many. `forced`: a person skips the rest, so neither a
    /// loop nor the repetition of one entry holds.
    pub fn coming(&self, from: Occurrence, most: usize, forced: bool) -> Vec<Occurrence> {
        let Some(own) = self.queue.get(from.entry) else { return Vec::new() };
        let count = u32::try_from(most).unwrap_or(u32::MAX);
        if let Some(ab) = self.ab.filter(|l| !forced && l.entry == from.entry) {
            let next = from.pass.max(ab.base) + 1;
            return (0..count).map(|n| Occurrence { pass: next + n, ..from }).collect();
        }
        if self.modes.repeat == Repeat::One && !forced && own.playable() && lasts([own]) {
            return (1..=count).map(|n| Occurrence { lap: from.lap.saturating_add(n), pass: 0, ..from }).collect();
        }
        if !self.queue.any_playable() {
            return Vec::new();
        }
        let in_lap = |lap: u32| move |entry: EntryId| Occurrence { entry, lap, pass: 0 };
        let mut coming: Vec<Occurrence> = match &self.order {
            None => {
                let behind = self.queue.index_of(from.entry).map_or(0, |i| i + 1);
                let rest = self.queue.iter_from(behind).filter(|e| e.playable()).take(most);
                rest.map(|e| in_lap(from.lap)(e.id())).collect()
            }
            Some(order) => {
                order.after(Some(own)).filter(|id| self.playable(*id)).take(most).map(in_lap(from.lap)).collect()
            }
        };
        if self.modes.repeat == Repeat::All && lasts(self.queue.iter()) {
            let mut last = self.order.as_ref().and_then(Order::last);
            for later in 1..=count {
                let Some(left) = most.checked_sub(coming.len()).filter(|left| *left > 0) else { break };
                let lap = from.lap.saturating_add(later);
                match &self.order {
                    None => {
                        let all = self.queue.iter().filter(|e| e.playable()).take(left);
                        coming.extend(all.map(|e| in_lap(lap)(e.id())));
                    }
                    Some(order) => {
                        let all = order.preview(&self.queue, later, last, left);
                        last = all.last().copied();
                        coming.extend(all.into_iter().map(in_lap(lap)));
                    }
                }
            }
        }
        coming
    }

    /// The playable entry that comes when a person skips the rest of this one.
    pub fn next(&self, from: Occurrence) -> Option<Occurrence> {
        self.coming(from, 1, true).into_iter().next()
    }

    /// The occurrence that was played before an entry; in the queue's order, the one that stands before it. From the
    /// end for `None`.
    pub fn previous(&self, from: Option<EntryId>) -> Option<Occurrence> {
        let entry = match &self.order {
            None => {
                let index = from.and_then(|e| self.queue.index_of(e)).unwrap_or(self.queue.len());
                self.queue.iter_before(index).find(|e| e.playable())?.id()
            }
            Some(order) => {
                let own = from.and_then(|e| self.queue.get(e));
                order.before(own).find(|id| self.playable(*id))?
            }
        };
        Some(Occurrence { entry, lap: self.lap, pass: 0 })
    }

    /// The tracks that were played last, and those that come, the nearest to the current one last.
    pub fn around(&self, most: usize) -> Vec<TrackId> {
        let current = self.queue.current();
        let track = |id| self.queue.get(id).map(QueueEntry::track_id);
        let mut tracks: Vec<TrackId> = match &self.order {
            None => {
                let index = self.queue.current_index().unwrap_or(self.queue.len());
                self.queue.iter_before(index).take(most).map(QueueEntry::track_id).collect()
            }
            Some(order) => order.before(current).filter_map(track).take(most).collect(),
        };
        tracks.reverse();
        tracks.extend(current.map(QueueEntry::track_id));
        if let Some(cursor) = self.cursor() {
            tracks.extend(self.coming(cursor, 3, true).into_iter().filter_map(|o| track(o.entry)));
        }
        tracks
    }

    fn playable(&self, entry: EntryId) -> bool {
        self.queue.get(entry).is_some_and(QueueEntry::playable)
    }

    /// Puts these in the place of all.
    pub fn replace(&mut self, queue: Queue) {
        self.end_loop();
        (self.lap, self.pass) = (0, 0);
        self.queue.replace(queue);
        self.order = self.modes.shuffle.map(|seed| Order::new(seed, 0, &self.queue));
    }

    /// Adds entries; in a shuffled order they come in what is still to be played, `Next` right after the current one.
    pub fn insert(&mut self, entries: Vec<QueueEntry>, place: QueuePosition) -> Result<(), Refusal> {
        let ids: Vec<EntryId> = entries.iter().map(QueueEntry::id).collect();
        let index = match place {
            QueuePosition::End => self.queue.len(),
            QueuePosition::Next => self.queue.current_index().map_or(0, |i| i + 1),
            QueuePosition::Index(i) => i,
        };
        self.queue.insert(index, entries)?;
        if let Some(order) = &mut self.order {
            match place {
                QueuePosition::Next => order.put_next(&mut self.queue, &ids),
                QueuePosition::End | QueuePosition::Index(_) => order.add(&mut self.queue, &ids),
            }
        }
        Ok(())
    }

    /// Takes entries out; how many there were.
    pub fn remove(&mut self, which: &[EntryId]) -> usize {
        let removed = self.queue.remove(which);
        if let Some(order) = &mut self.order {
            order.remove(&removed);
        }
        if self.ab.is_some_and(|l| !self.queue.contains(l.entry)) {
            self.end_loop();
        }
        removed.len()
    }

    /// Takes all out but this one.
    pub fn retain_only(&mut self, keep: Option<EntryId>) {
        self.queue.retain_only(keep);
        self.order =
            self.modes.shuffle.map(|seed| Order::new(seed, self.order.as_ref().map_or(0, Order::round), &self.queue));
        self.sync_order();
        if self.ab.is_some_and(|l| !self.queue.contains(l.entry)) {
            self.end_loop();
        }
    }

    /// Puts entries elsewhere, together, in the order in which they are named; `Index` counts those that stay.
    pub fn shift(&mut self, which: &[EntryId], place: QueuePosition) -> Result<(), Refusal> {
        if let Some(missing) = which.iter().find(|e| !self.queue.contains(**e)) {
            return Err(Refusal::NoSuchEntry(*missing));
        }
        let current = self.queue.current().map(QueueEntry::id);
        // `Next` is behind the current one, which cannot be put behind itself
        let which: Vec<EntryId> =
            which.iter().copied().filter(|e| place != QueuePosition::Next || Some(*e) != current).collect();
        let mut removed: HashMap<EntryId, QueueEntry> =
            self.queue.remove(&which).into_iter().map(|e| (e.id(), e)).collect();
        let entries = which.iter().filter_map(|e| removed.remove(e)).collect();
        let index = match place {
            QueuePosition::End => self.queue.len(),
            QueuePosition::Next => current.and_then(|c| self.queue.index_of(c)).map_or(0, |i| i + 1),
            QueuePosition::Index(i) => i,
        };
        self.queue.insert(index, entries)?;
        self.queue.set_current(current);
        if place == QueuePosition::Next
            && let Some(order) = &mut self.order
        {
            order.put_next(&mut self.queue, &which);
        }
        Ok(())
    }

    /// Sets the modes. A shuffle begins with the current entry; without one the queue goes on behind it.
    pub fn set_modes(&mut self, modes: Modes) {
        if modes.shuffle != self.modes.shuffle {
            self.queue.unplace_all();
            self.order = modes.shuffle.map(|seed| Order::new(seed, 0, &self.queue));
            let current = self.queue.current().map(QueueEntry::id);
            if let (Some(order), Some(current)) = (&mut self.order, current) {
                order.put_next(&mut self.queue, &[current]);
            }
            self.sync_order();
        }
        self.modes = modes;
    }

    /// Plays a part of an entry over and over.
    pub fn begin_loop(&mut self, entry: EntryId, a: Frames, b: Frames) {
        self.end_loop();
        self.passes = self.fresh_passes();
        self.ab = Some(AbLoop { entry, a, b, base: self.passes });
    }

    /// Ends the loop: the part that is played over and over goes on to its end.
    pub fn end_loop(&mut self) {
        if self.ab.take().is_some() {
            self.passes = self.fresh_passes();
        }
    }

    /// The same entry again, from elsewhere: within a loop it is another pass, since a pass begins at A.
    pub fn anew(&self, occurrence: Occurrence) -> Occurrence {
        match self.ab.filter(|l| l.entry == occurrence.entry) {
            Some(_) if occurrence.pass > 0 => Occurrence { pass: 0, ..occurrence },
            _ => occurrence,
        }
    }

    fn fresh_passes(&self) -> u32 {
        self.passes.max(self.pass).saturating_add(REACH)
    }
}

/// True if these entries last long enough to be repeated. A file of a few frames, over and over, would be nothing but
/// work.
fn lasts<'a>(entries: impl IntoIterator<Item = &'a QueueEntry>) -> bool {
    let mut seconds = 0.0;
    entries.into_iter().filter(|e| e.playable()).any(|e| {
        seconds += e.track().duration_seconds();
        seconds >= SHORTEST_LAP_S
    })
}
