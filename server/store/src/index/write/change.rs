//! The changes that an update makes to the tables, found before any of them is written.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use crate::index::document::{Document, Respelled};

/// So many rows go into one statement: with twenty columns far below SQLite's limit of 32,766 values.
pub(super) const ROWS: usize = 100;

/// A track as the index knows it.
pub(super) struct IndexedTrack {
    pub(super) num: i64,
    pub(super) made: i64,
    pub(super) spelled: i64,
    pub(super) shown: bool,
    pub(super) cover: Option<String>,
    pub(super) album: Option<i64>,
    pub(super) folder: Option<PathBuf>,
}

/// The changes that an update makes to the tables.
#[derive(Default)]
pub(super) struct IndexChange<'d, 'a> {
    /// To be written anew, with the number they have.
    pub(super) full: Vec<(&'d Document<'a>, Option<i64>)>,
    /// Of those that were known, what is spelled anew, by number.
    pub(super) respelled: HashMap<i64, Respelled>,
    /// The numbers of tracks whose files came or went, by whether they are there.
    pub(super) shown: HashMap<bool, Vec<i64>>,
    pub(super) covers: Vec<(Option<String>, i64)>,
    /// The numbers of albums whose tracks changed.
    pub(super) albums: HashSet<i64>,
    /// By how many tracks each folder grew, those shown and all.
    pub(super) folders: HashMap<PathBuf, (i64, i64)>,
}

impl<'d, 'a> IndexChange<'d, 'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.full.is_empty() && self.shown.is_empty() && self.covers.is_empty()
    }

    pub(super) fn light(&mut self, document: &Document<'a>, old: &IndexedTrack) {
        let track = document.track;
        if old.shown != track.available {
            self.shown.entry(track.available).or_default().push(old.num);
            if let Some(folder) = document.folder() {
                self.grow(folder, i64::from(track.available) - i64::from(old.shown), 0);
            }
        }
        if old.cover.as_deref() != track.cover.as_deref() {
            self.covers.push((track.cover.as_deref().map(str::to_owned), old.num));
        }
    }

    pub(super) fn full(&mut self, document: &'d Document<'a>, old: Option<&IndexedTrack>) {
        if let Some((folder, shown)) = old.and_then(|o| Some((o.folder.clone()?, o.shown))) {
            self.grow(&folder, -i64::from(shown), -1);
        }
        if let Some(folder) = document.folder() {
            self.grow(folder, i64::from(document.track.available), 1);
        }
        if let Some(old) = old {
            self.respelled.insert(old.num, document.spelling().differs(old.spelled));
        }
        self.full.push((document, old.map(|o| o.num)));
    }

    pub(super) fn respelled(&self, num: Option<i64>) -> Respelled {
        num.and_then(|num| self.respelled.get(&num)).copied().unwrap_or_default()
    }

    pub(super) fn grow(&mut self, folder: &Path, shown: i64, held: i64) {
        for folder in folder.ancestors() {
            let sum = self.folders.entry(folder.to_owned()).or_default();
            *sum = (sum.0 + shown, sum.1 + held);
        }
    }
}
