//! The tracks whose pictures must be looked for again, because the files beside them have changed.
//!
//! Nothing is kept of a look at a folder: what its tracks say, and what is there now, tells enough. A picture that was
//! replaced by one of the very same size is only seen by who watches the folder.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use downbeat_protocol::TrackId;

use super::{
    TrackRow,
    done::{COVER_DONE, COVER_OWN},
    picture_names::{PictureRank, rank},
    pictures::NOT_SHOWN,
};

/// The pictures that a walk came by.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// By folder: which name, the least of which is taken, and bytes.
    found: HashMap<PathBuf, Vec<(PictureRank, u64)>>,
    /// Folders in which a picture is known to have changed.
    changed: HashSet<PathBuf>,
}

impl Beside {
    /// A picture lies here.
    pub(super) fn found(&mut self, path: &Path, bytes: u64) {
        if let (Some(folder), Some(rank)) = (path.parent(), rank(path)) {
            self.found.entry(folder.to_owned()).or_default().push((rank, bytes));
        }
    }

    /// A picture is said to have come, gone or changed here.
    pub(super) fn changed(&mut self, path: &Path) {
        if let Some(folder) = path.parent().filter(|_| rank(path).is_some()) {
            self.changed.insert(folder.to_owned());
        }
    }

    /// True if nothing was found or changed.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.changed.is_empty()
    }

    /// The tracks whose picture is to be looked for again. `covers` has the size of each picture that is known, in
    /// bytes. Of the folders not named here nothing is known, unless `all` were walked.
    ///
    /// Tracks of before [`COVER_OWN`] do not say that their picture is their own: these are looked at once more.
    pub(super) fn outdated(&self, tracks: &[Arc<TrackRow>], covers: &HashMap<String, u64>, all: bool) -> Vec<TrackId> {
        let is_outdated = |track: &&Arc<TrackRow>| {
            let Some(folder) = track.path.parent().filter(|_| track.available && track.done & COVER_DONE != 0) else {
                return false;
            };
            let found = self.found.get(folder);
            if found.is_none() && !all && !self.changed.contains(folder) {
                return false;
            }
            let refused = track.warning.as_deref().is_some_and(|w| w.contains(NOT_SHOWN));
            match track.cover.as_deref().map(|cover| covers.get(cover)) {
                // Nobody knows where it was.
                Some(None) => true,
                Some(Some(_)) if track.done & COVER_OWN != 0 => false,
                _ if self.changed.contains(folder) => true,
                Some(Some(bytes)) if refused => found.is_none_or(|f| f.iter().all(|(_, size)| size != bytes)),
                Some(Some(bytes)) => found.and_then(|f| f.iter().min()).is_none_or(|(_, size)| size != bytes),
                None => found.is_some() && !refused,
            }
        };
        tracks.iter().filter(is_outdated).map(|t| t.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::a_track;

    #[test]
    fn what_lies_beside_a_track_tells_whether_its_picture_is_still_the_one() {
        let track = |path: &str, cover: Option<&str>, warning: Option<&str>| {
            let (cover, warning) = (cover.map(Into::into), warning.map(Into::into));
            Arc::new(a_track(path).with(|t| {
                t.cover = cover;
                t.warning = warning;
                t.done = COVER_DONE;
            }))
        };
        let covers = HashMap::from([("ten".to_owned(), 10)]);
        let refused = Some("cover.jpg is not shown: too large");
        let outdated = |pictures: &[(&str, u64)], changed: &[&str], all: bool, track: Arc<TrackRow>| {
            let mut beside = Beside::default();
            for (path, bytes) in pictures {
                beside.found(Path::new(path), *bytes);
            }
            for path in changed {
                beside.changed(Path::new(path));
            }
            !beside.outdated(&[track], &covers, all).is_empty()
        };
        let (none, ten) = (|| track("/a/1", None, None), || track("/a/1", Some("ten"), None));
        let (same, other) = ([("/a/cover.jpg", 10)], [("/a/cover.jpg", 11)]);
        assert!(!outdated(&same, &[], true, ten()), "unchanged");
        assert!(outdated(&other, &[], false, ten()), "changed");
        assert!(outdated(&[], &[], true, ten()), "gone");
        assert!(!outdated(&[], &[], false, ten()), "not looked at");
        assert!(outdated(&same, &[], true, none()), "new");
        assert!(!outdated(&[("/b/cover.jpg", 10)], &[], true, none()), "elsewhere");
        assert!(!outdated(&same, &[], true, track("/a/1", None, refused)), "looked at already");
        assert!(outdated(&[("/a/folder.jpg", 10), ("/a/cover.jpg", 9)], &[], true, ten()), "a better one");
        let second = track("/a/1", Some("ten"), refused);
        assert!(!outdated(&[("/a/folder.jpg", 10), ("/a/cover.jpg", 9)], &[], true, second));
        assert!(!outdated(&[("/a/Cover.JPG", 10)], &[], true, ten()), "spelled in another way");
        assert!(!outdated(&[("/a/cover.jpg", 10), ("/a/Cover.jpg", 9)], &[], true, ten()), "the one that is taken");
        assert!(outdated(&[], &["/a/Cover.Jpg"], false, ten()), "changed, and spelled in another way");
        assert!(outdated(&[], &["/a/cover.jpg"], false, ten()) && outdated(&same, &["/a/cover.jpg"], false, ten()));
        assert!(!outdated(&[], &["/a/back.jpg"], false, ten()), "no such name");
        // The other places of the same picture say nothing of this track.
        let own = || Arc::new(TrackRow::clone(&ten()).with(|t| t.done = COVER_DONE | COVER_OWN));
        assert!(!outdated(&other, &["/a/cover.jpg"], true, own()), "in the file");
        assert!(!outdated(&[], &[], true, own()), "in the file, and nothing beside it");
        assert!(outdated(&[], &[], true, track("/a/1", Some("lost"), None)));
        let undone = Arc::new(TrackRow::clone(&ten()).with(|t| t.done = 0));
        assert!(!outdated(&other, &[], true, undone), "it will be looked for anyway");
    }
}
