//! Questions about queues, and finds for them: pages to show, files to identify, more to play.

use std::ops::Range;

use downbeat_protocol::{EntryId, TrackId, ZoneId};

use crate::conductor::{Conductor, ConductorError};
use downbeat_zone::{QueueEntry, queue::Snapshot};

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
}
