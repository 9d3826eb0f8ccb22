//! Questions about queues, and finds for them: pages to show, files to identify, more to play.

use std::ops::Range;

use downbeat_protocol::{EntryId, TrackId, ZoneId};

use super::{Conductor, ConductorError};
use downbeat_library::autoplay;
use downbeat_zone::{Input, QueueEntry, TrackNews, modes::Autoplay, queue::Snapshot};

/// A part of a queue at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuePage {
    /// The zone's revision.
    pub revision: u64,
    /// The revision with which the queue became what it is and how it is shown.
    pub version: u64,
    /// The revision with which its entries came to stand as they do.
    pub arrangement: u64,
    /// The current entry and its index.
    pub current: Option<(EntryId, usize)>,
    /// The index of the first of `entries`.
    pub offset: usize,
    /// How many entries the queue has.
    pub total: usize,
    /// The part.
    pub entries: Vec<QueueEntry>,
}

/// A whole queue at one moment, to be compared with what it was.
#[derive(Debug, Clone)]
pub struct QueueMoment {
    /// The revision with which it became what it is and how it is shown.
    pub version: u64,
    /// The current entry and its index.
    pub current: Option<(EntryId, usize)>,
    /// How many entries it has.
    pub total: usize,
    /// The entries.
    pub entries: Snapshot,
}

impl Conductor {
    /// A zone's queue as it is now; costs next to nothing, however long it is.
    pub fn queue_now(&self, id: ZoneId) -> Result<QueueMoment, ConductorError> {
        let cell = self.cell(id)?;
        let core = cell.lock();
        let queue = core.zone.queue();
        let current = queue.current().and_then(|e| Some((e.id(), queue.current_index()?)));
        Ok(QueueMoment { version: core.zone.queue_version(), current, total: queue.len(), entries: queue.snapshot() })
    }

    /// The entry of a zone's queue that has this id in its plan.
    pub fn queue_entry_of(&self, zone: ZoneId, entry: EntryId) -> Option<EntryId> {
        Some(self.cell(zone).ok()?.lock().zone.planned(entry)?.id())
    }

    /// A part of a zone's queue: the one that `which` names, given the current entry's index and how many there are.
    pub fn queue(
        &self,
        id: ZoneId,
        which: impl FnOnce(Option<usize>, usize) -> Range<usize>,
    ) -> Result<QueuePage, ConductorError> {
        let cell = self.cell(id)?;
        let core = cell.lock();
        let queue = core.zone.queue();
        let current = queue.current().and_then(|e| Some((e.id(), queue.current_index()?)));
        let range = which(current.map(|(_, index)| index), queue.len());
        let offset = range.start.min(queue.len());
        let entries = queue.iter_from(offset).take(range.len()).cloned().collect();
        Ok(QueuePage {
            revision: core.zone.revision(),
            version: core.zone.queue_version(),
            arrangement: core.zone.arrangement(),
            current,
            offset,
            total: queue.len(),
            entries,
        })
    }

    /// The entries after the current one of a zone, in the order in which they will be played: at most `most`.
    pub fn upcoming(&self, id: ZoneId, most: usize) -> Result<Vec<QueueEntry>, ConductorError> {
        Ok(self.cell(id)?.lock().zone.upcoming(most))
    }

    /// The tracks of a zone's queue, in its order: to be made a playlist.
    pub fn queued_tracks(&self, id: ZoneId) -> Result<Vec<TrackId>, ConductorError> {
        Ok(self.cell(id)?.lock().zone.queue().iter().map(QueueEntry::track_id).collect())
    }

    /// How many frames a second an entry of a zone's plan has.
    pub fn rate_of(&self, zone: ZoneId, entry: EntryId) -> Option<u32> {
        Some(self.cell(zone).ok()?.lock().zone.planned(entry)?.track().sample_rate)
    }

    pub(super) fn find_hashes(&self, zone: ZoneId, tracks: Vec<TrackId>) {
        let conductor = self.clone();
        self.0.tasks.spawn(async move {
            conductor.0.library.find_hashes(&tracks).await;
            // Of those that had been found before the zone asked there is no news.
            let catalog = conductor.0.library.catalog();
            let known = |track| catalog.track(track).filter(|t| !t.hash.is_empty());
            let news = tracks.into_iter().filter_map(|track| Some(TrackNews { track, now: Some(known(track)?) }));
            conductor.tell_zone(zone, Input::Tracks(news.collect()));
        });
    }

    /// Looks for more to play, and tells the zone.
    pub(super) fn look_for_more(&self, zone: ZoneId, autoplay: Autoplay, recent: Vec<TrackId>, count: usize) {
        let conductor = self.clone();
        self.0.tasks.spawn(async move {
            let found = autoplay::pick(conductor.library(), autoplay, &recent, count).await;
            let entries =
                found.into_iter().map(|track| QueueEntry::of(EntryId::random(), track.track.clone())).collect();
            conductor.tell_zone(zone, Input::More(entries));
        });
    }
}
