//! One place in the queue. It holds the track's facts by reference: a hundred thousand of them must cost little.

use std::{num::NonZeroU64, sync::Arc};

use downbeat_protocol::{EntryId, Frames, PlanEntry, TrackId};
use serde::{Deserialize, Serialize};

use crate::{answer::Refusal, track::Track};

/// The most characters of a title that a plan carries.
const MAX_TITLE_CHARS: usize = 200;

/// One place in the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueEntry {
    id: EntryId,
    track: Arc<Track>,
    fault: Option<Arc<Fault>>,
    /// The place that an edit has given it in a shuffled order (see [`crate::order`]); `None`: the place that the seed
    /// gives it.
    pub(crate) place: Option<NonZeroU64>,
}

/// Why an entry is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// For people.
    pub reason: String,
    /// The source of the fault.
    pub source: FaultSource,
}

/// The source that says that an entry cannot be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultSource {
    /// The library: lifted when the library says otherwise.
    Library,
    /// The library does not know the track any more: the queue remembers its facts itself.
    Forgotten,
    /// All speakers of the zone: lifted when a person asks for the entry again.
    Speakers,
    /// All speakers, who could not get the file: lifted by any news of it, and after a while.
    Unreachable,
}

impl Fault {
    /// True if speakers say so, and not the library.
    pub fn by_speakers(&self) -> bool {
        matches!(self.source, FaultSource::Speakers | FaultSource::Unreachable)
    }
}

/// The fault of a track that the library does not know any more, for people.
pub const FORGOTTEN: &str = "the file is no longer in the library";

impl QueueEntry {
    /// An entry for this track: skipped, with the reason, if it cannot be played.
    pub fn of(id: EntryId, track: Arc<Track>) -> Self {
        let empty = track.frames <= Frames(0) || track.sample_rate == 0;
        let reason = track.why_not().map(str::to_owned).or_else(|| empty.then(|| "the file holds no sound".into()));
        let fault = reason.map(|reason| Arc::new(Fault { reason, source: FaultSource::Library }));
        Self { id, track, fault, place: None }
    }

    /// An entry for a track of which only this is known.
    pub fn new(plan: PlanEntry) -> Self {
        Self::of(plan.entry, Arc::new(Track::of_plan(plan)))
    }

    /// The same entry, skipped for this reason, of which the library knows.
    #[must_use]
    pub fn faulty(self, reason: impl Into<String>) -> Self {
        let fault = Fault { reason: reason.into(), source: FaultSource::Library };
        Self { fault: Some(Arc::new(fault)), ..self }
    }

    /// An entry whose track the library does not know (any more).
    pub fn forgotten(plan: PlanEntry, fault: Fault, place: Option<NonZeroU64>) -> Self {
        let id = plan.entry;
        Self { id, track: Arc::new(Track::of_plan(plan)), fault: Some(Arc::new(fault)), place }
    }

    /// The same entry with what was kept of it.
    #[must_use]
    pub fn kept(self, fault: Option<Fault>, place: Option<NonZeroU64>) -> Self {
        Self { fault: self.fault.or(fault.map(Arc::new)), place, ..self }
    }

    /// Its id.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// Its track.
    pub fn track(&self) -> &Arc<Track> {
        &self.track
    }

    /// Its track's id.
    pub fn track_id(&self) -> TrackId {
        self.track.id
    }

    /// Why it is skipped; `None`: it can be played as far as is known.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_deref()
    }

    /// True if it is not skipped.
    pub fn playable(&self) -> bool {
        self.fault.is_none()
    }

    /// True if speakers can be sent the file: its hash is known.
    pub fn identified(&self) -> bool {
        !self.track.hash.is_empty()
    }

    /// The refusal that names this entry's fault.
    pub fn refusal(&self) -> Refusal {
        let reason = self.fault().map_or("it cannot be played", |f| &f.reason).to_owned();
        Refusal::Unplayable { title: self.track.title.to_string(), reason }
    }

    /// The plan entry that a speaker needs to play it, as the occurrence with this id.
    pub fn plan(&self, entry: EntryId) -> PlanEntry {
        let mut plan = self.track.plan_entry(entry);
        for text in [&mut plan.title, &mut plan.artist] {
            if let Some((cut, _)) = text.char_indices().nth(MAX_TITLE_CHARS) {
                text.truncate(cut);
            }
        }
        plan
    }

    /// True if it is shown as the other one is.
    pub fn looks_like(&self, other: &Self) -> bool {
        let (a, b) = (&self.track, &other.track);
        let same_track = Arc::ptr_eq(a, b)
            || ((a.id, a.frames, a.sample_rate) == (b.id, b.frames, b.sample_rate)
                && (&a.title, &a.artist, &a.album) == (&b.title, &b.artist, &b.album));
        self.id == other.id && self.fault == other.fault && same_track
    }

    /// True if this is its track with the same frames, so that the sound of it need not end.
    pub(super) fn sounds_as_long(&self, track: Option<&Arc<Track>>) -> bool {
        let part = |t: &Track| (t.first_frame(), t.frames, t.sample_rate);
        let same = |t: &Arc<Track>| part(t) == part(&self.track);
        track.is_some_and(|t| same(t) && t.why_not().is_none())
    }

    /// True if news of its track in this very state change nothing here.
    pub(super) fn is_of(&self, track: &Arc<Track>) -> bool {
        // a file that was moved is no other track, but may be reachable where it is now
        let lifted = |f: &Fault| matches!(f.source, FaultSource::Forgotten | FaultSource::Unreachable);
        Arc::ptr_eq(&self.track, track) && !self.fault().is_some_and(lifted)
    }

    pub(super) fn mark(&mut self, fault: Option<Fault>) {
        self.fault = fault.map(Arc::new);
    }

    /// Takes over what the library says of its track: `None`, it knows it no more. Whether that changes what is played
    /// or shown.
    pub(crate) fn refresh(&mut self, track: Option<&Arc<Track>>) -> bool {
        let mut new = if let Some(track) = track {
            Self { place: self.place, ..Self::of(self.id, track.clone()) }
        } else {
            let fault = Fault { reason: FORGOTTEN.into(), source: FaultSource::Forgotten };
            Self { fault: Some(Arc::new(fault)), ..self.clone() }
        };
        // what speakers could not play they will not be able to play now, unless the file is another
        let same_file = !self.track.hash.is_empty() && new.track.hash == self.track.hash;
        if new.fault.is_none() && same_file && self.fault().is_some_and(|f| f.source == FaultSource::Speakers) {
            new.fault.clone_from(&self.fault);
        }
        let changed = new.fault != self.fault || !alike(&new.track, &self.track);
        *self = new;
        changed
    }
}

/// True if two states of a track are played and shown alike.
fn alike(a: &Arc<Track>, b: &Arc<Track>) -> bool {
    let nil = EntryId(uuid::Uuid::nil());
    Arc::ptr_eq(a, b)
        || (a.plan_entry(nil) == b.plan_entry(nil)
            && (&a.album, &a.album_artist, a.disc_no, a.track_no) == (&b.album, &b.album_artist, b.disc_no, b.track_no)
            && crate::loudness::Gains::of(a) == crate::loudness::Gains::of(b))
}
