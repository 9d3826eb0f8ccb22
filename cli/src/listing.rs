//! The numbers of the last listing, so that `downbeat tracks` and then `downbeat play 3` is all one has to type.
//! Kept as a small file of the person's; where it cannot be kept, numbers mean positions in the whole library.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// What the numbers of the last listing meant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Listing {
    /// The coordinator that was asked; another one's tracks are others.
    pub server: String,
    /// The tracks' ids, in the order shown.
    pub tracks: Vec<String>,
}

impl Listing {
    /// The last listing of `server`, if one is kept in `file`.
    pub fn load(file: &Path, server: &str) -> Option<Self> {
        let listing: Self = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        (listing.server == server).then_some(listing)
    }

    /// Keeps it. That it cannot be kept is no reason to fail: the listing was shown.
    pub fn save(&self, file: &Path) {
        let Ok(text) = serde_json::to_vec(self) else { return };
        if let Some(folder) = file.parent() {
            let _ = fs::create_dir_all(folder);
        }
        let _ = fs::write(file, text);
    }

    /// The id of number `number`, counted from 1.
    pub fn id(&self, number: usize) -> Option<&str> {
        self.tracks.get(number.checked_sub(1)?).map(String::as_str)
    }
}

/// Where it is kept, by the XDG rules; `None` where there is no home.
pub fn file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("downbeat").join("last-listing.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
