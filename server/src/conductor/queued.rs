//! The queues of all zones together: bounded, for each entry is kept in memory and on disk.

use std::sync::atomic::Ordering;

use super::{Conductor, ConductorError, zone_cell::ZoneCell};
use downbeat_zone::{Command, Zone};

/// The most entries of all queues together, some 150 bytes each in memory.
const MAX_ALL_QUEUED: usize = 1_000_000;

impl Conductor {
    /// Notes how many entries a zone's queue has now.
    pub(super) fn count_queued(&self, cell: &ZoneCell, now: usize) {
        let before = cell.queued.swap(now, Ordering::Relaxed);
        let all = &self.0.queued;
        all.fetch_add(now, Ordering::Relaxed);
        all.fetch_sub(before, Ordering::Relaxed);
    }

    /// Refuses a command that would make the queues of all zones too long.
    pub(super) fn room_in_queues(&self, zone: &Zone, command: &Command) -> Result<(), ConductorError> {
        let (more, less) = match command {
            Command::Play { entries, .. } => (entries.len(), zone.queue().len()),
            Command::Enqueue { entries, .. } | Command::PlayNow { entries, .. } => (entries.len(), 0),
            _ => return Ok(()),
        };
        let all = self.0.queued.load(Ordering::Relaxed);
        // one that becomes shorter is always welcome
        if more <= less || all + more - less <= MAX_ALL_QUEUED {
            return Ok(());
        }
        Err(ConductorError::TooMany { what: "queue entries", most: MAX_ALL_QUEUED })
    }
}
