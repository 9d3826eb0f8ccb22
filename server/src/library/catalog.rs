//! All tracks at one moment. A catalog never changes: the scanner puts a new one in its place, and whoever holds the
//! old one keeps a consistent view without a lock.

use std::{collections::HashMap, ffi::OsString, path::PathBuf, sync::Arc};

use downbeat_protocol::TrackId;

use super::Track;

/// Every track that was ever seen, playable or not, in the order that people expect.
#[derive(Debug, Default)]
pub struct Catalog {
    tracks: Vec<Arc<Track>>,
    /// Parallel to `tracks`.
    keys: Vec<Arc<Keys>>,
    by_id: HashMap<TrackId, usize>,
    by_hash: HashMap<String, Vec<usize>>,
}

/// What sorting and finding need of a track, folded to lower case once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Keys {
    artist: String,
    album: String,
    disc_no: Option<u32>,
    track_no: Option<u32>,
    title: String,
    /// As plain bytes, which compare faster than the parts of a path.
    path: OsString,
    /// Decides only between tracks without a file, so that the order is always the same.
    id: TrackId,
}

impl Keys {
    fn of(track: &Track) -> Self {
        Self {
            artist: track.artist.to_lowercase(),
            album: track.album.to_lowercase(),
            disc_no: track.disc_no,
            track_no: track.track_no,
            title: track.title.to_lowercase(),
            path: track.path.clone().into_os_string(),
            id: track.id,
        }
    }
}

impl Catalog {
    /// A catalog of `tracks`.
    pub fn new(tracks: impl IntoIterator<Item = Track>) -> Self {
        Self::default().with(tracks)
    }

    /// This catalog with `changed` added, or put in the place of the tracks of the same ids.
    #[must_use]
    pub fn with(&self, changed: impl IntoIterator<Item = Track>) -> Self {
        let mut all: Vec<_> = self.keys.iter().cloned().zip(self.tracks.iter().cloned()).collect();
        let mut place: HashMap<TrackId, usize> = HashMap::new();
        for track in changed {
            let item = (Arc::new(Keys::of(&track)), Arc::new(track));
            if let Some(&i) = self.by_id.get(&item.1.id).or_else(|| place.get(&item.1.id)) {
                all[i] = item;
            } else {
                place.insert(item.1.id, all.len());
                all.push(item);
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let (keys, tracks): (Vec<_>, Vec<Arc<Track>>) = all.into_iter().unzip();
        let by_id = tracks.iter().enumerate().map(|(i, t)| (t.id, i)).collect();
        let mut by_hash: HashMap<String, Vec<usize>> = HashMap::with_capacity(tracks.len());
        for (i, track) in tracks.iter().enumerate().filter(|(_, t)| !t.hash.is_empty()) {
            by_hash.entry(track.hash.clone()).or_default().push(i);
        }
        Self { tracks, keys, by_id, by_hash }
    }

    /// The track of this id.
    pub fn get(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.by_id.get(&id).map(|&i| &self.tracks[i])
    }

    /// All tracks by artist, album, disc, number, title and path, upper and lower case alike. Also those that cannot
    /// be played: see [`Track::playable`].
    pub fn list(&self) -> &[Arc<Track>] {
        &self.tracks
    }

    /// The tracks whose title, artist or album contains `text`, upper and lower case alike, in the order of
    /// [`list`](Self::list).
    pub fn find(&self, text: &str) -> impl Iterator<Item = &Arc<Track>> {
        let text = text.trim().to_lowercase();
        self.keys
            .iter()
            .zip(&self.tracks)
            .filter(move |(k, _)| [&k.title, &k.artist, &k.album].iter().any(|field| field.contains(&text)))
            .map(|(_, track)| track)
    }

    /// The tracks whose files hold the very same bytes.
    pub fn with_hash(&self, hash: &str) -> impl Iterator<Item = &Arc<Track>> {
        self.by_hash.get(hash).into_iter().flatten().map(|&i| &self.tracks[i])
    }

    /// A file of these bytes that was there when last looked for.
    pub fn path_of_hash(&self, hash: &str) -> Option<PathBuf> {
        self.with_hash(hash).find(|t| t.available).map(|t| t.path.clone())
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{EntryId, Frames};

    use super::*;
    use crate::library::tests::a_track;

    fn titles<'a>(tracks: impl IntoIterator<Item = &'a Arc<Track>>) -> Vec<&'a str> {
        tracks.into_iter().map(|t| &*t.title).collect()
    }

    #[test]
    fn tracks_are_in_the_order_that_people_expect() {
        let track = |artist: &str, album: &str, disc, number, title: &str, path: &str| Track {
            artist: artist.into(),
            album: album.into(),
            disc_no: disc,
            track_no: number,
            title: title.into(),
            ..a_track(path)
        };
        let catalog = Catalog::new([
            track("beta", "A", None, None, "7", "/7"),
            track("Alpha", "b", Some(2), Some(1), "5", "/5"),
            track("alpha", "B", Some(1), Some(10), "4", "/4"),
            track("ALPHA", "B", Some(1), Some(9), "3", "/3"),
            track("alpha", "a", None, Some(1), "2", "/2"),
            track("alpha", "A", None, Some(1), "1", "/1"),
            track("alpha", "C", None, None, "Same", "/x/2"),
            track("alpha", "c", None, None, "same", "/x/1"),
        ]);
        assert_eq!(titles(catalog.list()), ["1", "2", "3", "4", "5", "same", "Same", "7"]);
    }

    #[test]
    fn finds_in_title_artist_and_album() {
        let catalog = Catalog::new([
            Track { title: "Ænima".into(), ..a_track("/1") },
            Track { artist: "The Ænimals".into(), title: "b".into(), ..a_track("/2") },
            Track { album: "ÆNIMATION".into(), title: "c".into(), ..a_track("/3") },
            Track { title: "other".into(), ..a_track("/ænima") },
        ]);
        assert_eq!(titles(catalog.find(" ænimA ")), ["Ænima", "c", "b"], "in the list's order");
        assert_eq!(catalog.find("").count(), 4);
        assert_eq!(catalog.find("nothing").count(), 0);
    }

    #[test]
    fn a_changed_track_takes_the_old_ones_place_in_every_index() {
        let old = Track { hash: "aa".into(), ..a_track("/1") };
        let twin = Track { hash: "aa".into(), ..a_track("/2") };
        let before = Catalog::new([old.clone(), twin.clone()]);
        let new = Track { hash: "bb".into(), title: "new".into(), available: false, ..old.clone() };
        let after = before.with([new.clone()]);
        assert_eq!(before.get(old.id).unwrap().as_ref(), &old, "whoever holds the old one sees no change");
        assert_eq!(after.get(old.id).unwrap().as_ref(), &new);
        assert_eq!(after.list().len(), 2);
        assert_eq!(before.with_hash("aa").count(), 2);
        assert_eq!(after.path_of_hash("aa"), Some("/2".into()));
        assert_eq!(after.path_of_hash("bb"), None, "known, but not there");
        assert_eq!(after.path_of_hash("cc"), None);
        let again =
            after.with([Track { title: "first".into(), ..twin.clone() }, Track { title: "last".into(), ..twin }]);
        assert_eq!(again.list().len(), 2);
        assert_eq!(titles(again.with_hash("aa")), ["last"]);
    }

    #[test]
    fn a_track_is_an_entry_of_a_plan() {
        let track = Track { frames: Frames(88_200), sample_rate: 44_100, ..a_track("/1") };
        let id = EntryId::random();
        let entry = track.plan_entry(id);
        assert_eq!((entry.entry, entry.track, entry.frames), (id, track.id, Frames(88_200)));
        assert!((track.duration_seconds() - 2.0).abs() < f64::EPSILON);
        assert!(track.playable() && track.why_not().is_none());
        let gone = Track { available: false, ..track.clone() };
        assert!(!gone.playable() && gone.why_not().is_some());
        let broken = Track { fault: Some("the file is empty".into()), sample_rate: 0, ..track };
        assert_eq!(
            (broken.playable(), broken.why_not(), broken.duration_seconds()),
            (false, Some("the file is empty"), 0.0)
        );
    }
}
