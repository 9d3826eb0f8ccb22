//! The conductor's start from what the store holds, and its end.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicU64, AtomicUsize},
};

use downbeat_protocol::{EntryId, ZoneId};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Conductor, ConductorSettings, arrivals::Arrivals, book_inbox::BookInbox, chirps::Chirps,
    history_inbox::HistoryInbox, speaker_saver::SpeakerSaver, state::ConductorState,
};
use crate::{changes::Changes, clock::ServerClock, fleet::Fleet};
use downbeat_library::Library;
use downbeat_store::{Store, StoreError};
use downbeat_zone::{
    Queue, Saved, Zone,
    queue::{self, Chunk},
};

impl Conductor {
    /// Takes up what the store holds.
    pub async fn start(
        clock: ServerClock,
        library: Library,
        store: Store,
        settings: ConductorSettings,
    ) -> Result<Self, StoreError> {
        let changes = Changes::default();
        let fleet = Fleet::new(store.load_speakers().await?, changes.clone());
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (speaker_saver, keeping) = SpeakerSaver::new(store.clone(), stopping.clone());
        tasks.spawn(keeping);
        let (history, messages) = HistoryInbox::new();
        let rows = store.load_zones().await?;
        let arrivals = Arrivals::new(&settings.proxies);
        let conductor = Self(Arc::new(ConductorState {
            clock,
            started: clock.now(),
            fleet,
            library,
            store,
            settings,
            zones: RwLock::default(),
            edits: tokio::sync::RwLock::default(),
            speaker_saver,
            history,
            books: BookInbox::default(),
            arrivals,
            chirps: Chirps::default(),
            queued: AtomicUsize::new(0),
            changes,
            next_ticket: AtomicU64::new(1),
            next_connection: AtomicU64::new(1),
            tasks,
            stopping,
        }));
        for row in rows {
            let now = clock.now();
            let mut zone = Zone::new(row.id, row.name.clone(), clock.id(), conductor.0.settings.zone, now);
            let mut saved = if row.session.is_empty() {
                Saved::default()
            } else {
                serde_json::from_str(&row.session).unwrap_or_else(|error| {
                    tracing::warn!(zone = row.name, %error, "the kept session cannot be read and is left out");
                    Saved::default()
                })
            };
            let chunks = conductor.load_queue(row.id).await?;
            let kept = Queue::from_chunks(chunks);
            let written = kept.snapshot();
            let catalog = conductor.0.library.catalog();
            let queue = saved.old_queue(|id| catalog.track(id)).filter(|_| kept.is_empty()).unwrap_or(kept);
            let pending = saved.pending.take();
            zone.restore_pending(pending, |id| {
                Some(downbeat_zone::QueueEntry::of(EntryId::random(), catalog.track(id)?))
            });
            zone.open_to_guests(row.open_to_guests);
            zone.restore(now, (saved, queue), row.revision, (row.volume, row.muted));
            conductor.open(zone, written);
        }
        conductor.0.tasks.spawn(conductor.clone().record(messages));
        conductor.0.tasks.spawn(conductor.clone().date_anew());
        conductor.0.tasks.spawn(conductor.clone().keep_books());
        Ok(conductor)
    }

    async fn load_queue(&self, zone: ZoneId) -> Result<Vec<Chunk>, StoreError> {
        let rows = self.0.store.load_queue(zone).await?;
        let catalog = self.0.library.catalog();
        let mut chunks = Vec::with_capacity(rows.len());
        for row in rows {
            match queue::decode(row.position, &row.entries, |id| catalog.track(id)) {
                Ok(chunk) => chunks.push(chunk),
                Err(error) => tracing::warn!(%zone, %error, "a part of the kept queue is left out"),
            }
        }
        Ok(chunks)
    }

    /// Ends timers and keeps the last positions, and those in books.
    pub async fn stop(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        // what the zones said at their end
        self.write_books().await;
    }
}
