//! A shuffled order.
//!
//! Every entry has a number that follows from the seed, the round and the entry's id; they are played in the order of
//! these numbers. So the order needs no list that would have to be kept: it is the same after a restart, and on every
//! machine. What is before the current entry has been played, what is behind it is still to come. An edit (play this
//! next, jump there) gives an entry another number, which is kept with the entry.

use std::{
    collections::BTreeSet,
    num::NonZeroU64,
    ops::Bound::{Excluded, Unbounded},
};

use downbeat_protocol::EntryId;

use super::{
    occurrence::mix,
    queue::{Queue, QueueEntry},
};

type Key = (u64, EntryId);

/// The smallest number that a seed gives: below there is room for what an edit puts first.
const FLOOR: u64 = 1 << 32;

/// The greatest.
const CEILING: u64 = u64::MAX - FLOOR;

/// Numbers that are kept free behind the current entry, for each entry.
const ROOM: u64 = 1 << 8;

/// The number of an entry in the order, by seed and round alone.
fn number(seed: u64, round: u32, entry: EntryId) -> u64 {
    let (high, low) = entry.0.as_u64_pair();
    mix(mix(mix(seed ^ mix(u64::from(round))) ^ high) ^ low).clamp(FLOOR, CEILING)
}

/// The order of one round through the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    seed: u64,
    round: u32,
    keys: BTreeSet<Key>,
    /// The current entry, or the last that was.
    cursor: Option<Key>,
}

impl Order {
    /// The order of these entries, with what edits have made of it.
    pub fn new(seed: u64, round: u32, queue: &Queue) -> Self {
        let key = |e: &QueueEntry| (e.place.map_or_else(|| number(seed, round, e.id()), NonZeroU64::get), e.id());
        // The set sorts what it is made of, stably; what is sorted already costs it nothing, and this is quicker by a
        // quarter.
        let mut keys: Vec<Key> = queue.iter().map(key).collect();
        keys.sort_unstable();
        Self { seed, round, keys: keys.into_iter().collect(), cursor: None }
    }

    /// How often the order began anew.
    pub fn round(&self) -> u32 {
        self.round
    }

    fn key(&self, entry: &QueueEntry) -> Key {
        (entry.place.map_or_else(|| number(self.seed, self.round, entry.id()), NonZeroU64::get), entry.id())
    }

    /// This entry is the current one.
    pub fn go_to(&mut self, entry: &QueueEntry) {
        self.cursor = Some(self.key(entry));
    }

    /// The entries that come after an entry; from the start for `None`.
    pub fn after(&self, entry: Option<&QueueEntry>) -> impl Iterator<Item = EntryId> {
        let from = entry.map_or(Unbounded, |e| Excluded(self.key(e)));
        self.keys.range((from, Unbounded)).map(|(_, id)| *id)
    }

    /// The entries that came before an entry, the last first; from the end for `None`.
    pub fn before(&self, entry: Option<&QueueEntry>) -> impl Iterator<Item = EntryId> {
        let to = entry.map_or(Unbounded, |e| Excluded(self.key(e)));
        self.keys.range((Unbounded, to)).rev().map(|(_, id)| *id)
    }

    /// The last entry of the round.
    pub fn last(&self) -> Option<EntryId> {
        self.keys.last().map(|(_, id)| *id)
    }

    /// True if anything of this round has been played.
    pub fn begun(&self) -> bool {
        self.cursor.is_some()
    }

    /// The first `most` playable ones of the round that follows so many later, if nothing is edited. `last` ended the
    /// round before: it does not come twice in a row.
    pub fn preview(&self, queue: &Queue, later: u32, last: Option<EntryId>, most: usize) -> Vec<EntryId> {
        let round = self.round.wrapping_add(later);
        let mut keys: Vec<Key> =
            queue.iter().filter(|e| e.playable()).map(|e| (number(self.seed, round, e.id()), e.id())).collect();
        if keys.len() > most + 1 {
            keys.select_nth_unstable(most + 1);
            keys.truncate(most + 1);
        }
        keys.sort_unstable();
        if keys.len() > 1 && Some(keys[0].1) == last {
            let first = keys.remove(0);
            keys.push(first);
        }
        keys.into_iter().take(most).map(|(_, id)| id).collect()
    }

    /// Begins the next round, as [`Order::preview`] told it; with `begins`, if that is known, whatever has happened
    /// since.
    pub fn next_round(&mut self, queue: &mut Queue, begins: Option<EntryId>) {
        let last = self.last();
        queue.unplace_all();
        *self = Self::new(self.seed, self.round.wrapping_add(1), queue);
        if let Some(last) = last.filter(|last| begins != Some(*last))
            && self.keys.len() > 1
            && self.after(None).find(|id| queue.get(*id).is_some_and(QueueEntry::playable)) == Some(last)
        {
            self.insert(queue, last, CEILING + 1);
        }
    }

    /// Entries that are new in the queue come somewhere in what is still to be played.
    pub fn add(&mut self, queue: &mut Queue, new: &[EntryId]) {
        self.make_room(queue, new.len());
        let played = self.cursor.map_or(0, |(number, _)| number);
        for id in new {
            let own = number(self.seed, self.round, *id);
            if self.cursor.is_none_or(|cursor| cursor < (own, *id)) {
                self.keys.insert((own, *id));
            } else {
                let left = (u64::MAX - 1).saturating_sub(played).max(1);
                self.insert(queue, *id, played.saturating_add(1 + mix(own) % left));
            }
        }
    }

    /// These come right after the current entry, in this order; before everything if there is none.
    pub fn put_next(&mut self, queue: &mut Queue, which: &[EntryId]) {
        for id in which {
            if let Some(key) = queue.get(*id).map(|e| self.key(e)) {
                self.keys.remove(&key);
            }
        }
        self.make_room(queue, which.len());
        let before = self.cursor.map_or(0, |(number, _)| number);
        let from = self.cursor.map_or(Unbounded, Excluded);
        let count = which.len() as u64;
        // So many that follow are moved away, if there is no room: a few, then more.
        let mut moved: Vec<Key> = Vec::new();
        let step = loop {
            let after = self.keys.range((from, Unbounded)).nth(moved.len()).map_or(u64::MAX, |(number, _)| *number);
            let step = (after - before) / (count + moved.len() as u64 + 1);
            if step > moved.len() as u64 || after == u64::MAX {
                break step.max(1);
            }
            let wanted = (moved.len() * 2).max(32);
            moved = self.keys.range((from, Unbounded)).take(wanted).copied().collect();
        };
        for key in &moved {
            self.keys.remove(key);
        }
        let all = which.iter().copied().chain(moved.iter().map(|(_, id)| *id));
        for (i, id) in all.enumerate() {
            self.insert(queue, id, before.saturating_add(step.saturating_mul(i as u64 + 1)));
        }
    }

    /// Numbers everything anew, in the same order, if behind the current entry too few numbers are left for so many: at
    /// the end of a round, where one entry after the other was added and played.
    fn make_room(&mut self, queue: &mut Queue, new: usize) {
        let Some(cursor) = self.cursor else { return };
        let wanted = (new + self.keys.len() + 2) as u64 * ROOM;
        if u64::MAX - cursor.0 >= wanted {
            return;
        }
        let step = u64::MAX / 2 / (self.keys.len() as u64 + 2);
        let old = std::mem::take(&mut self.keys);
        // The current one may be out of the queue: what is before it stays before it.
        let before = old.range(..=cursor).count() as u64;
        self.cursor = Some((before * step + if old.contains(&cursor) { 0 } else { step / 2 }, cursor.1));
        for (i, (_, id)) in old.into_iter().enumerate() {
            self.insert(queue, id, (i as u64 + 1) * step);
        }
    }

    /// Entries are out of the queue.
    pub fn remove(&mut self, removed: &[QueueEntry]) {
        for entry in removed {
            let key = self.key(entry);
            self.keys.remove(&key);
        }
    }

    /// Puts an entry of the queue there, wherever it was.
    fn insert(&mut self, queue: &mut Queue, id: EntryId, place: u64) {
        if let Some(key) = queue.get(id).map(|e| self.key(e)) {
            self.keys.remove(&key);
        }
        let place = NonZeroU64::new(place.max(1)).unwrap_or(NonZeroU64::MIN);
        queue.place(id, Some(place));
        self.keys.insert((place.get(), id));
    }
}
