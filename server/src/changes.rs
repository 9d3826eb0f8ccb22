//! The changes, marked for those that watch.
//!
//! A part that changes something that people see marks it here, and does nothing more. A mark costs next to nothing
//! while nobody watches, and a thing that is marked a hundred times before somebody looks is looked at once. Its
//! present look is the watcher's business (see the events of the [API](crate::api::events)).

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use downbeat_protocol::{SpeakerId, ZoneId};
use tokio::sync::Notify;
use uuid::Uuid;

/// Something that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A zone: what it plays, how loud, who belongs to it.
    Zone(ZoneId),
    /// A zone's queue.
    Queue(ZoneId),
    /// A speaker.
    Speaker(SpeakerId),
    /// The presets.
    Presets,
    /// The library: how far its scan is, and that tracks changed.
    Library,
    /// A playlist: its name, its rule, how much is in it.
    Playlist(Uuid),
}

/// The marks; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<ChangesState>);

#[derive(Debug, Default)]
struct ChangesState {
    watched: AtomicBool,
    marked: Mutex<BTreeSet<Subject>>,
    wake: Notify,
}

impl Changes {
    /// Something is not as it was, or may not be.
    pub fn mark(&self, subject: Subject) {
        if self.watched() && self.marked().insert(subject) {
            self.0.wake.notify_one();
        }
    }

    /// Starts or ends the keeping of marks: they are kept only while somebody watches.
    pub fn watch(&self, watched: bool) {
        self.0.watched.store(watched, Ordering::Release);
        if !watched {
            self.marked().clear();
        }
    }

    /// True while somebody watches.
    pub fn watched(&self) -> bool {
        self.0.watched.load(Ordering::Acquire)
    }

    /// Waits for a mark.
    pub async fn wait(&self) {
        while self.marked().is_empty() {
            self.0.wake.notified().await;
        }
    }

    /// Everything that was marked since the last call.
    pub fn take(&self) -> BTreeSet<Subject> {
        std::mem::take(&mut *self.marked())
    }

    fn marked(&self) -> MutexGuard<'_, BTreeSet<Subject>> {
        self.0.marked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn marks_are_kept_once_and_only_while_somebody_watches() {
        let changes = Changes::default();
        let zone = Subject::Zone(ZoneId::DEFAULT);
        changes.mark(zone);
        assert!(changes.take().is_empty());
        changes.watch(true);
        for _ in 0..100 {
            changes.mark(zone);
            changes.mark(Subject::Presets);
        }
        changes.wait().await;
        assert_eq!(changes.take(), BTreeSet::from([zone, Subject::Presets]));
        changes.mark(zone);
        changes.watch(false);
        assert!(changes.take().is_empty());
    }
}
