//! The numbers of the last listing, so that `downbeat tracks` and then `downbeat play 3` is all one has to type.
//! Kept as a small file of the person's; where it cannot be kept, numbers mean positions in the whole library.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// The meaning of the numbers of the last listing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Listing {
    /// The coordinator that was asked; another one's tracks are others.
    pub server: String,
    /// The tracks' ids, in the order shown.
    pub tracks: Vec<String>,
}

/// The meaning of the numbers of the last listing of a queue: entries have ids of their own, so each keeps its number
/// while the queue changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QueueListing {
    /// The coordinator that was asked.
    pub server: String,
    /// Of which zone.
    pub zone: String,
    /// The number of the first of `entries`, from 1.
    pub from: usize,
    /// The entries' ids, in the order shown.
    pub entries: Vec<String>,
}

impl QueueListing {
    /// The last listing of this zone's queue, if one is kept in `file`.
    pub fn load(file: &Path, server: &str, zone: &str) -> Option<Self> {
        let listing: Self = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        (listing.server == server && listing.zone == zone).then_some(listing)
    }

    /// Keeps it, if that can be.
    pub fn save(&self, file: &Path) {
        keep(self, file);
    }

    /// The id of number `number`.
    pub fn id(&self, number: usize) -> Option<&str> {
        self.entries.get(number.checked_sub(self.from)?).map(String::as_str)
    }
}

/// That it cannot be kept is no reason to fail: the listing was shown.
fn keep(listing: &impl Serialize, file: &Path) {
    let Ok(text) = serde_json::to_vec(listing) else { return };
    if let Some(folder) = file.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let _ = fs::write(file, text);
}

impl Listing {
    /// The last listing of `server`, if one is kept in `file`.
    pub fn load(file: &Path, server: &str) -> Option<Self> {
        let listing: Self = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        (listing.server == server).then_some(listing)
    }

    /// Keeps it, if that can be.
    pub fn save(&self, file: &Path) {
        keep(self, file);
    }

    /// The id of number `number`, counted from 1.
    pub fn id(&self, number: usize) -> Option<&str> {
        self.tracks.get(number.checked_sub(1)?).map(String::as_str)
    }
}

/// The file of the last listing of tracks, by the XDG rules; `None` where there is no home.
pub fn file() -> Option<PathBuf> {
    Some(state()?.join("last-listing.json"))
}

/// The file of the last listing of a queue.
pub fn queue_file() -> Option<PathBuf> {
    Some(state()?.join("last-queue.json"))
}

fn state() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("downbeat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_queue_are_those_that_were_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queue.json");
        let listing =
            QueueListing { server: "a".into(), zone: "bar".into(), from: 41, entries: vec!["x".into(), "y".into()] };
        listing.save(&file);
        let again = QueueListing::load(&file, "a", "bar").unwrap();
        assert_eq!((again.id(41), again.id(42), again.id(43), again.id(1)), (Some("x"), Some("y"), None, None));
        assert_eq!(QueueListing::load(&file, "a", "all"), None);
    }

    #[test]
    fn numbers_survive_until_the_next_listing_of_the_same_coordinator() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sub/last.json");
        assert_eq!(Listing::load(&file, "a"), None);
        let listing = Listing { server: "a".into(), tracks: vec!["x".into(), "y".into()] };
        listing.save(&file);
        let again = Listing::load(&file, "a").unwrap();
        assert_eq!(again.id(2), Some("y"));
        assert_eq!(again.id(0), None);
        assert_eq!(again.id(3), None);
        assert_eq!(Listing::load(&file, "b"), None);
    }
}
