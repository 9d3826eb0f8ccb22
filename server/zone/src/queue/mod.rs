//! The queue: what people put in, in order, with what is known to be wrong with an entry.
//!
//! A hundred thousand entries must be found by id, by place, and edited in milliseconds, each edit kept on the disk. So
//! they lie in [chunks](Chunk) of a few hundred, which are shared and copied on change: whoever keeps the queue
//! compares chunks by their address and writes those that are others.

mod chunk;
mod difference;
mod entry;
mod rows;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use downbeat_protocol::{EntryId, TrackId};

pub use chunk::{Chunk, Snapshot};
pub use difference::{Splice, difference};
pub use entry::{FORGOTTEN, Fault, FaultSource, QueueEntry};
pub use rows::{Unreadable, decode, encode};

use super::answer::Refusal;
use crate::track::Track;
use chunk::{MOST, PART, between};

/// The most entries a queue holds.
pub const MAX_ENTRIES: usize = 100_000;

/// The entries in order, and which one is current.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    /// In order of their positions; none is empty.
    chunks: Vec<Arc<Chunk>>,
    /// In which chunk, by its position, each entry lies.
    places: HashMap<EntryId, i64>,
    /// How many entries each track has.
    tracks: HashMap<TrackId, u32>,
    playable: usize,
    current: Option<EntryId>,
    edits: Edits,
}

/// How often a queue was changed. No part of what it is: two that hold the same are equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Edits {
    /// Entries came, went or moved.
    pub arranged: u64,
    /// The same, or something that is shown of an entry became another.
    pub shown: u64,
}

impl PartialEq for Edits {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Edits {
    fn arranged(&mut self) {
        self.arranged += 1;
        self.shown += 1;
    }
}

impl Queue {
    /// A queue of these; none of them is current yet. An entry whose id was there before is left out.
    pub fn new(entries: Vec<QueueEntry>) -> Self {
        let mut queue = Self::default();
        queue.splice(0, entries);
        queue
    }

    /// How often it was changed.
    pub fn edits(&self) -> Edits {
        self.edits
    }

    /// Puts another queue in the place of this one.
    pub fn replace(&mut self, other: Self) {
        let mut edits = self.edits;
        edits.arranged();
        *self = Self { edits, ..other };
    }

    /// How many entries.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// True if there are no entries.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// True if any entry can be played.
    pub fn any_playable(&self) -> bool {
        self.playable > 0
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &QueueEntry> {
        self.chunks.iter().flat_map(|c| &c.entries)
    }

    /// All entries from this index on, in order.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = &QueueEntry> {
        let (chunk, within) = self.locate(index);
        self.chunks[chunk..].iter().flat_map(|c| &c.entries).skip(within)
    }

    /// All entries before this index, the nearest first.
    pub fn iter_before(&self, index: usize) -> impl Iterator<Item = &QueueEntry> {
        let (chunk, within) = self.locate(index);
        let own = self.chunks.get(chunk).map_or(&[][..], |c| &c.entries[..within]);
        own.iter().rev().chain(self.chunks[..chunk].iter().rev().flat_map(|c| c.entries.iter().rev()))
    }

    /// All entries, to be compared in tests.
    #[cfg(test)]
    pub(super) fn entries(&self) -> Vec<&QueueEntry> {
        self.iter().collect()
    }

    /// The entry that plays, is held, or is about to start. `None`: the queue has not begun, or has ended.
    pub fn current(&self) -> Option<&QueueEntry> {
        self.get(self.current?)
    }

    /// Makes an entry (or none) the current one. An entry that is not here counts as none.
    pub fn set_current(&mut self, entry: Option<EntryId>) {
        self.current = entry.filter(|e| self.places.contains_key(e));
    }

    /// The entry with this id.
    pub fn get(&self, entry: EntryId) -> Option<&QueueEntry> {
        self.chunks[self.chunk_of(entry)?].entries.iter().find(|e| e.id() == entry)
    }

    /// The entry at this index.
    pub fn nth(&self, index: usize) -> Option<&QueueEntry> {
        let (chunk, within) = self.locate(index);
        self.chunks.get(chunk)?.entries.get(within)
    }

    /// Its index.
    pub fn index_of(&self, entry: EntryId) -> Option<usize> {
        let chunk = self.chunk_of(entry)?;
        let within = self.chunks[chunk].entries.iter().position(|e| e.id() == entry)?;
        Some(self.chunks[..chunk].iter().map(|c| c.entries.len()).sum::<usize>() + within)
    }

    /// The index of the current entry.
    pub fn current_index(&self) -> Option<usize> {
        self.index_of(self.current?)
    }

    /// True if the entry is in the queue.
    pub fn contains(&self, entry: EntryId) -> bool {
        self.places.contains_key(&entry)
    }

    /// True if the track is queued.
    pub fn has_track(&self, track: TrackId) -> bool {
        self.tracks.contains_key(&track)
    }

    /// The tracks that are queued, each once.
    pub fn tracks(&self) -> impl Iterator<Item = TrackId> {
        self.tracks.keys().copied()
    }

    /// The chunks as they are now.
    pub fn snapshot(&self) -> Snapshot {
        self.chunks.clone()
    }

    /// The queue whose snapshot this was, in any order.
    pub fn from_chunks(chunks: Vec<Chunk>) -> Self {
        let mut chunks: Vec<_> = chunks.into_iter().filter(|c| !c.entries.is_empty()).collect();
        chunks.sort_by_key(|c| c.position);
        let mut queue = Self::default();
        for chunk in &mut chunks {
            chunk.entries.retain(|e| queue.note(e, chunk.position));
        }
        queue.chunks = chunks.into_iter().filter(|c| !c.entries.is_empty()).map(Arc::new).collect();
        queue
    }

    /// Puts entries before the one with this index, or behind all.
    pub fn insert(&mut self, index: usize, new: Vec<QueueEntry>) -> Result<(), Refusal> {
        if self.len() + new.len() > MAX_ENTRIES {
            return Err(Refusal::QueueFull { limit: MAX_ENTRIES });
        }
        self.splice(index, new);
        Ok(())
    }

    /// Takes entries out, and answers with them in the order of the queue. If the current one is among them, none is.
    pub fn remove(&mut self, which: &[EntryId]) -> Vec<QueueEntry> {
        let which: HashSet<EntryId> = which.iter().copied().filter(|e| self.places.contains_key(e)).collect();
        let mut touched: Vec<usize> = which.iter().filter_map(|e| self.chunk_of(*e)).collect();
        touched.sort_unstable();
        touched.dedup();
        let mut removed = Vec::with_capacity(which.len());
        for chunk in touched {
            let entries = &mut Arc::make_mut(&mut self.chunks[chunk]).entries;
            removed.extend(entries.extract_if(.., |e| which.contains(&e.id())));
        }
        self.chunks.retain(|c| !c.entries.is_empty());
        for entry in &removed {
            self.forget(entry);
        }
        if !removed.is_empty() {
            self.edits.arranged();
        }
        self.set_current(self.current);
        removed
    }

    /// Takes all out but this one.
    pub fn retain_only(&mut self, keep: Option<EntryId>) {
        let kept = keep.and_then(|k| self.get(k)).cloned();
        let current = self.current;
        self.replace(Self::new(kept.into_iter().collect()));
        self.set_current(current);
    }

    /// Marks an entry, unless the library does; whether that changed anything.
    pub fn mark(&mut self, entry: EntryId, fault: Fault) -> bool {
        let ours = |e: &QueueEntry| e.fault().is_none_or(Fault::by_speakers);
        let differs = self.get(entry).is_some_and(|e| ours(e) && e.fault() != Some(&fault));
        if differs {
            self.change(entry, |e| e.mark(Some(fault)));
        }
        differs
    }

    /// Lifts what the speakers said of an entry, or of all of them; whether that changed anything.
    pub fn forgive(&mut self, which: Option<EntryId>) -> bool {
        let blamed = |e: &&QueueEntry| e.fault().is_some_and(Fault::by_speakers);
        let ids: Vec<EntryId> = match which {
            Some(entry) => self.get(entry).filter(blamed).map(QueueEntry::id).into_iter().collect(),
            None => self.iter().filter(blamed).map(QueueEntry::id).collect(),
        };
        for id in &ids {
            self.change(*id, |e| e.mark(None));
        }
        !ids.is_empty()
    }

    /// Lifts what speakers said of files that they could not get; whether that changed anything.
    pub fn reachable_again(&mut self) -> bool {
        let lost = |e: &&QueueEntry| e.fault().is_some_and(|f| f.source == FaultSource::Unreachable);
        let ids: Vec<EntryId> = self.iter().filter(lost).map(QueueEntry::id).collect();
        for id in &ids {
            self.change(*id, |e| e.mark(None));
        }
        !ids.is_empty()
    }

    /// Takes over what the library says of tracks (`None`: it knows one no more); whether that changed anything. The
    /// entry `sounding` keeps the file it began with, unless the new one sounds as long.
    pub fn refresh(&mut self, news: &HashMap<TrackId, Option<Arc<Track>>>, sounding: Option<EntryId>) -> bool {
        if !news.keys().any(|t| self.has_track(*t)) {
            return false;
        }
        let touched = |e: &&QueueEntry| {
            let now = news.get(&e.track_id()).filter(|now| Some(e.id()) != sounding || e.sounds_as_long(now.as_ref()));
            now.is_some_and(|now| !now.as_ref().is_some_and(|track| e.is_of(track)))
        };
        let ids: Vec<EntryId> = self.iter().filter(touched).map(QueueEntry::id).collect();
        let mut changed = false;
        for id in ids {
            self.change(id, |e| {
                if let Some(track) = news.get(&e.track_id()) {
                    changed |= e.refresh(track.as_ref());
                }
            });
        }
        changed
    }

    /// Sets where edits have put entries in a shuffled order.
    pub(super) fn place(&mut self, entry: EntryId, place: Option<std::num::NonZeroU64>) {
        self.change(entry, |e| e.place = place);
    }

    /// Forgets where edits have put entries in a shuffled order.
    pub(super) fn unplace_all(&mut self) {
        for chunk in self.chunks.iter_mut().filter(|c| c.entries.iter().any(|e| e.place.is_some())) {
            Arc::make_mut(chunk).entries.iter_mut().for_each(|e| e.place = None);
        }
    }

    /// The chunk and the place in it of the entry with this index; behind all, the end of the last chunk.
    fn locate(&self, index: usize) -> (usize, usize) {
        let mut left = index;
        for (i, chunk) in self.chunks.iter().enumerate() {
            if left < chunk.entries.len() {
                return (i, left);
            }
            left -= chunk.entries.len();
        }
        (self.chunks.len(), 0)
    }

    fn chunk_of(&self, entry: EntryId) -> Option<usize> {
        let position = self.places.get(&entry)?;
        self.chunks.binary_search_by_key(position, |c| c.position).ok()
    }

    fn change(&mut self, entry: EntryId, change: impl FnOnce(&mut QueueEntry)) {
        let Some(chunk) = self.chunk_of(entry) else { return };
        let entries = &mut Arc::make_mut(&mut self.chunks[chunk]).entries;
        if let Some(e) = entries.iter_mut().find(|e| e.id() == entry) {
            let before = e.clone();
            change(e);
            self.playable = self.playable + usize::from(e.playable()) - usize::from(before.playable());
            self.edits.shown += u64::from(!e.looks_like(&before));
        }
    }

    /// Enters it in the indexes; whether it was not there yet.
    fn note(&mut self, entry: &QueueEntry, position: i64) -> bool {
        let Entry::Vacant(place) = self.places.entry(entry.id()) else { return false };
        place.insert(position);
        *self.tracks.entry(entry.track_id()).or_default() += 1;
        self.playable += usize::from(entry.playable());
        true
    }

    fn forget(&mut self, entry: &QueueEntry) {
        self.places.remove(&entry.id());
        self.playable -= usize::from(entry.playable());
        if let Entry::Occupied(mut count) = self.tracks.entry(entry.track_id()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn splice(&mut self, index: usize, mut new: Vec<QueueEntry>) {
        let mut fresh = HashSet::new();
        new.retain(|e| !self.contains(e.id()) && fresh.insert(e.id()));
        if new.is_empty() {
            return;
        }
        self.edits.arranged();
        let (mut at, mut within) = self.locate(index);
        if within == 0 && at > 0 {
            // behind the last one of a chunk, rather than before the first one of the next
            at -= 1;
            within = self.chunks[at].entries.len();
        }
        let mut whole = match self.chunks.get_mut(at) {
            Some(chunk) if chunk.entries.len() + new.len() <= MOST => {
                let chunk = Arc::make_mut(chunk);
                let position = chunk.position;
                chunk.entries.splice(within..within, new.iter().cloned());
                for entry in &new {
                    self.note(entry, position);
                }
                return;
            }
            Some(chunk) => {
                let mut entries = Arc::make_mut(chunk).entries.split_off(within);
                new.append(&mut entries);
                std::mem::take(&mut Arc::make_mut(chunk).entries)
            }
            None => Vec::new(),
        };
        whole.append(&mut new);
        let parts = whole.len().div_ceil(PART);
        let own = self.chunks.get(at).map(|c| c.position);
        let after = self.chunks.get(at + 1).map(|c| c.position);
        let wanted = parts - usize::from(own.is_some());
        let Some(more) = between(own, after, wanted) else {
            self.respread(at, &whole);
            return;
        };
        let mut rest = whole.into_iter();
        let positions = own.into_iter().chain(more);
        let made: Vec<_> =
            positions.map(|position| Chunk { position, entries: rest.by_ref().take(PART).collect() }).collect();
        for chunk in &made {
            for entry in &chunk.entries {
                if self.places.insert(entry.id(), chunk.position).is_none() {
                    self.places.remove(&entry.id());
                    self.note(entry, chunk.position);
                }
            }
        }
        let replaced = at..(at + usize::from(own.is_some()));
        self.chunks.splice(replaced, made.into_iter().map(Arc::new));
    }

    /// Between two chunks there is no number left, which takes dozens of splits at one place: all are numbered anew.
    fn respread(&mut self, at: usize, entries: &[QueueEntry]) {
        let current = self.current;
        let mut all = Vec::with_capacity(self.len() + entries.len());
        for (i, chunk) in self.chunks.iter().enumerate() {
            if i == at {
                all.extend(entries.iter().cloned());
            } else {
                all.extend(chunk.entries.iter().cloned());
            }
        }
        self.replace(Self::new(all));
        self.set_current(current);
    }
}
