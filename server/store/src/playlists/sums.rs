//! The sums of playlists, remembered.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use super::row::PlaylistRow;

/// How many entries playlists have, and how long those are, milliseconds, by the revision of which that is: to count a
/// hundred thousand takes longer than a list may. Only what is kept is remembered.
#[derive(Debug, Default)]
pub(crate) struct Sums(Mutex<HashMap<Uuid, (i64, u64, i64)>>);

impl Sums {
    pub(super) fn get(&self, row: &PlaylistRow) -> Option<(u64, i64)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id).copied();
        known.filter(|(revision, ..)| *revision == row.revision).map(|(_, entries, ms)| (entries, ms))
    }

    pub(super) fn put(&self, row: &PlaylistRow) {
        let sums = (row.revision, row.entries, row.ms);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(row.id, sums);
    }
}
