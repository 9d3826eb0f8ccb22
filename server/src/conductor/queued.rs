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
            Command::Play { entries, .. } | Command::Replace { entries } => (entries.len(), zone.queue().len()),
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

#[cfg(test)]
mod tests {
    use downbeat_protocol::{EntryId, ZoneId, plan::PlanEntry};
    use downbeat_zone::{EntryPosition, QueueEntry, QueuePosition};

    use super::*;
    use crate::{app, config::Config};

    /// A command that brings so many entries.
    type Way<'a> = &'a dyn Fn(usize) -> Command;

    fn entries(count: usize) -> Vec<QueueEntry> {
        (0..count).map(|_| QueueEntry::new(PlanEntry { entry: EntryId::random(), ..PlanEntry::default() })).collect()
    }

    #[tokio::test]
    async fn all_queues_together_have_so_many_entries_by_whatever_way_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::for_tests(folder.path().join("data"), vec![folder.path().to_owned()]);
        let running = app::start(config).await.unwrap();
        let conductor = running.conductor();
        let (bar, hall) = (ZoneId::DEFAULT, conductor.create_zone("hall").await.unwrap());
        let add = |count| Command::Enqueue { entries: entries(count), place: QueuePosition::End };
        conductor.command(bar, add(5)).await.unwrap();
        conductor.command(hall, add(7)).await.unwrap();
        assert_eq!(conductor.0.queued.load(Ordering::Relaxed), 12);
        // as if others had nearly all
        let others = MAX_ALL_QUEUED - 12 - 3;
        conductor.0.queued.fetch_add(others, Ordering::Relaxed);
        let play =
            |count| Command::Play { entries: entries(count), start: 0, from: EntryPosition::Seconds(0.0), at: None };
        let ways: [(&str, Way<'_>, usize); 4] = [
            ("add", &add, 3),
            ("play now", &|count| Command::PlayNow { entries: entries(count), at: None }, 3),
            ("play", &play, 8),
            ("replace", &|count| Command::Replace { entries: entries(count) }, 8),
        ];
        for (way, command, fits) in ways {
            let cell = conductor.cell(bar).unwrap();
            let room = |count| conductor.room_in_queues(&cell.lock().zone, &command(count));
            assert!(room(fits).is_ok(), "{way}");
            let refused = room(fits + 1);
            assert!(matches!(refused, Err(ConductorError::TooMany { most: MAX_ALL_QUEUED, .. })), "{way}: {refused:?}");
        }
        let refused = conductor.command(bar, add(4)).await;
        assert!(matches!(refused, Err(ConductorError::TooMany { .. })), "{refused:?}");
        conductor.0.queued.fetch_sub(others, Ordering::Relaxed);
        conductor.delete_zone(hall, |_| true).await.unwrap();
        assert_eq!(conductor.0.queued.load(Ordering::Relaxed), 5, "a zone takes its entries along");
        running.shutdown().await;
    }
}
