//! The known tracks, in memory and in the store: every change goes through here, so that both stay one.
//!
//! A change is made in the catalog under its lock, from the newest state, so that a scan and the work in the background
//! never undo each other's. It is saved with others in one transaction of bounded size, since people's writes wait
//! behind it, and announced when lists and searches show it, too.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use downbeat_host::rarely;
use downbeat_protocol::TrackId;

use super::{Catalog, TrackRow};
use downbeat_store::{Store, StoreError};

/// Tracks that are saved in one transaction. Each changes pages all over a dozen indexes, and in a transaction each
/// page is written once: a first scan in batches of a quarter of this wrote two and a half times as much. What people
/// set meanwhile waits for a quarter of a second at most.
pub(super) const BATCH: usize = 1_000;

/// How much of a track is to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// The findings of the work in the background.
    Findings,
    Everything,
}

#[derive(Debug)]
pub(super) struct Records {
    pub(super) catalog: Arc<Catalog>,
    pub(super) store: Store,
    /// Changed, and not saved; in the order of their ids, which is that of their paths in a first scan: what is written
    /// side by side shares its pages.
    unsaved: Mutex<BTreeMap<TrackId, Extent>>,
    /// Held while saving: of two versions of a track the newer is saved last.
    saving: tokio::sync::Mutex<()>,
}

impl Records {
    pub(super) fn new(store: Store, catalog: Catalog) -> Self {
        Self { catalog: Arc::new(catalog), store, unsaved: Mutex::default(), saving: tokio::sync::Mutex::default() }
    }

    fn unsaved(&self) -> MutexGuard<'_, BTreeMap<TrackId, Extent>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many changes wait to be saved.
    pub(super) fn waiting(&self) -> usize {
        self.unsaved().len()
    }

    /// Changes a track, or adds one. It is shown to those who ask for it at once, and to those who listen after the
    /// next [`publish`](Self::publish).
    pub(super) fn change(&self, id: TrackId, change: impl FnOnce(Option<&TrackRow>) -> Option<TrackRow>) {
        if self.catalog.update(id, change) {
            self.unsaved().insert(id, Extent::Everything);
        }
    }

    /// Adds to what is known of a track's content; of no track that is not there.
    pub(super) fn find(&self, id: TrackId, finding: impl FnOnce(&mut TrackRow)) -> bool {
        let mut listed = false;
        let changed = self.catalog.update(id, |old| {
            let old = old?;
            let mut track = old.clone();
            finding(&mut track);
            // Lists show pictures, and are kept true with whole tracks.
            listed = track.cover != old.cover;
            Some(track)
        });
        if changed {
            let extent = if listed { Extent::Everything } else { Extent::Findings };
            let mut unsaved = self.unsaved();
            let kept = unsaved.entry(id).or_insert(extent);
            *kept = (*kept).max(extent);
        }
        changed
    }

    /// Saves what changed, then announces it. What cannot be saved is announced all the same, and kept for the next
    /// time.
    pub(super) async fn publish(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.saving.lock().await;
        let changed: Vec<(TrackId, Extent)> = std::mem::take(&mut *self.unsaved()).into_iter().collect();
        let mut result = Ok(());
        for batch in changed.chunks(BATCH) {
            if result.is_ok() {
                result = self.save(batch).await;
            }
            if result.is_err() {
                let mut unsaved = self.unsaved();
                for (id, extent) in batch {
                    let kept = unsaved.entry(*id).or_insert(*extent);
                    *kept = (*kept).max(*extent);
                }
            }
            self.catalog.announce(&batch.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        }
        if let Err(error) = &result
            && let Some(left_out) = rarely::may_tell("the library could not be saved")
        {
            tracing::error!(%error, left_out, "what was learned of the library could not be saved");
        }
        result
    }

    async fn save(&self, batch: &[(TrackId, Extent)]) -> Result<(), StoreError> {
        let tracks = |extent| {
            let ids = batch.iter().filter(move |(_, e)| *e == extent).map(|(id, _)| *id);
            self.catalog.get_all(ids)
        };
        let whole: Vec<TrackRow> = tracks(Extent::Everything).iter().map(|t| TrackRow::clone(t)).collect();
        self.store.save_tracks(&whole).await?;
        self.store.save_findings(&tracks(Extent::Findings)).await
    }
}
