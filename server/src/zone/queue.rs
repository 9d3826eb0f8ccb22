//! The queue: what people put in, in order, with what is known to be wrong with an entry.

use downbeat_protocol::{EntryId, Frames, PlanEntry, TrackId};
use serde::{Deserialize, Serialize};

use super::command::{Refusal, Where};

/// The most entries a queue holds.
pub const MAX_ENTRIES: usize = 10_000;

/// How many entries a plan reaches ahead: at three minutes each, half a day on one's own.
pub const PLAN_ENTRIES: usize = 256;

/// The most characters of a title that a plan carries: 256 entries must fit into one frame.
const MAX_TITLE_CHARS: usize = 200;

/// One place in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueEntry {
    /// What a speaker needs to play it.
    #[serde(flatten)]
    pub plan: PlanEntry,
    /// Why it is skipped; `None`: it can be played as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// Why an entry is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// For people.
    pub reason: String,
    /// Who says so.
    pub source: FaultSource,
}

/// Who says that an entry cannot be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultSource {
    /// The library: lifted when the library says otherwise.
    Library,
    /// All speakers of the zone: lifted when a person asks for the entry again.
    Speakers,
}

impl QueueEntry {
    /// An entry that can be played, unless it has no frames.
    pub fn new(mut plan: PlanEntry) -> Self {
        for text in [&mut plan.title, &mut plan.artist] {
            if let Some((cut, _)) = text.char_indices().nth(MAX_TITLE_CHARS) {
                text.truncate(cut);
            }
        }
        let empty = plan.frames <= Frames(0) || plan.sample_rate == 0;
        let fault = empty.then(|| Fault { reason: "the file holds no sound".into(), source: FaultSource::Library });
        Self { plan, fault }
    }

    /// An entry that the library knows to be unplayable.
    pub fn faulty(plan: PlanEntry, reason: impl Into<String>) -> Self {
        let fault = Some(Fault { reason: reason.into(), source: FaultSource::Library });
        Self { fault, ..Self::new(plan) }
    }

    /// Its id.
    pub fn id(&self) -> EntryId {
        self.plan.entry
    }

    /// Whether it is not skipped.
    pub fn playable(&self) -> bool {
        self.fault.is_none()
    }

    /// The refusal that names this entry's fault.
    pub fn refusal(&self) -> Refusal {
        let reason = self.fault.as_ref().map_or("it cannot be played", |f| &f.reason).to_owned();
        Refusal::Unplayable { title: self.plan.title.clone(), reason }
    }
}

/// The entries in order, and which one is current.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Queue {
    entries: Vec<QueueEntry>,
    current: Option<EntryId>,
}

impl Queue {
    /// A queue of these; none of them is current yet.
    pub fn new(entries: Vec<QueueEntry>) -> Self {
        Self { entries, current: None }
    }

    /// All entries.
    pub fn entries(&self) -> &[QueueEntry] {
        &self.entries
    }

    /// The entry that plays, is held, or is about to start. `None`: the queue has not begun, or has ended.
    pub fn current(&self) -> Option<&QueueEntry> {
        self.get(self.current?)
    }

    /// Makes an entry (or none) the current one. An entry that is not here counts as none.
    pub fn set_current(&mut self, entry: Option<EntryId>) {
        self.current = entry.filter(|e| self.index_of(*e).is_some());
    }

    /// The entry with this id.
    pub fn get(&self, entry: EntryId) -> Option<&QueueEntry> {
        self.entries.iter().find(|e| e.id() == entry)
    }

    /// Its index.
    pub fn index_of(&self, entry: EntryId) -> Option<usize> {
        self.entries.iter().position(|e| e.id() == entry)
    }

    /// The index of the current entry.
    pub fn current_index(&self) -> Option<usize> {
        self.index_of(self.current?)
    }

    /// The first playable entry from `index` on.
    pub fn playable_from(&self, index: usize) -> Option<&QueueEntry> {
        self.entries.iter().skip(index).find(|e| e.playable())
    }

    /// The playable entry nearest before `index`.
    pub fn playable_before(&self, index: usize) -> Option<&QueueEntry> {
        self.entries.iter().take(index).rev().find(|e| e.playable())
    }

    /// The playable entry after this one; the first if this one is not here.
    pub fn playable_after(&self, entry: EntryId) -> Option<&QueueEntry> {
        self.playable_from(self.index_of(entry).map_or(0, |i| i + 1))
    }

    /// The plan from `first` on: itself as it is (it may be sounding), then what is playable behind it. If it is not
    /// in the queue any more, what is behind `before`, the entry that it followed.
    pub fn plan_from(&self, first: &PlanEntry, before: EntryId) -> Vec<PlanEntry> {
        let index = self.index_of(first.entry).or_else(|| self.index_of(before));
        let behind = index.map_or(self.entries.len(), |i| i + 1);
        let coming = self.entries.iter().skip(behind).filter(|e| e.playable()).map(|e| e.plan.clone());
        std::iter::once(first.clone()).chain(coming).take(PLAN_ENTRIES).collect()
    }

    /// Adds entries.
    pub fn insert(&mut self, new: Vec<QueueEntry>, place: Where) -> Result<(), Refusal> {
        if self.entries.len() + new.len() > MAX_ENTRIES {
            return Err(Refusal::QueueFull { limit: MAX_ENTRIES });
        }
        let index = match place {
            Where::End => self.entries.len(),
            Where::Next => self.current_index().map_or(0, |i| i + 1),
            Where::Index(i) => i.min(self.entries.len()),
        };
        self.entries.splice(index..index, new);
        Ok(())
    }

    /// Takes an entry out; whether it was there. If it was current, none is.
    pub fn remove(&mut self, entry: EntryId) -> bool {
        let before = self.entries.len();
        self.entries.retain(|e| e.id() != entry);
        self.set_current(self.current);
        self.entries.len() != before
    }

    /// Takes all out but this one.
    pub fn retain_only(&mut self, keep: Option<EntryId>) {
        self.entries.retain(|e| Some(e.id()) == keep);
        self.set_current(self.current);
    }

    /// Marks an entry; whether that changed anything.
    pub fn mark(&mut self, entry: EntryId, fault: Fault) -> bool {
        match self.entries.iter_mut().find(|e| e.id() == entry) {
            Some(e) if e.fault.as_ref() != Some(&fault) => {
                e.fault = Some(fault);
                true
            }
            _ => false,
        }
    }

    /// Lifts what the speakers said of an entry, or of all of them.
    pub fn forgive(&mut self, which: Option<EntryId>) {
        for e in self.entries.iter_mut().filter(|e| which.is_none_or(|w| w == e.id())) {
            if e.fault.as_ref().is_some_and(|f| f.source == FaultSource::Speakers) {
                e.fault = None;
            }
        }
    }

    /// Takes over what the library says of a track; whether that changed anything. The entry `sounding` keeps the file
    /// it began with.
    pub fn refresh(&mut self, track: TrackId, news: &Result<PlanEntry, String>, sounding: Option<EntryId>) -> bool {
        let mut changed = false;
        for e in self.entries.iter_mut().filter(|e| e.plan.track == track && Some(e.id()) != sounding) {
            let new = match news {
                Ok(plan) => {
                    let mut new = Self::renewed(e, plan);
                    if new.fault.is_none() && new.plan.hash == e.plan.hash {
                        new.fault = e.fault.clone().filter(|f| f.source == FaultSource::Speakers);
                    }
                    new
                }
                Err(reason) => QueueEntry::faulty(e.plan.clone(), reason),
            };
            changed |= new != *e;
            *e = new;
        }
        changed
    }

    fn renewed(entry: &QueueEntry, plan: &PlanEntry) -> QueueEntry {
        QueueEntry::new(PlanEntry { entry: entry.id(), ..plan.clone() })
    }
}
