//! All tracks at one moment. A catalog never changes: the scanner puts a new one in its place, and whoever holds the
//! old one keeps a consistent view without a lock.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

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
    path: PathBuf,
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
            path: track.path.clone(),
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
