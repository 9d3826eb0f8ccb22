//! All tracks as they are known now, in memory: what playing needs must not wait for a disk.
//!
//! There is one catalog, and it changes in place: with 100,000 tracks a copy for every changed file would cost more
//! than the change. A track in it is immutable and shared, so whoever holds one keeps a consistent view of it. Who
//! wants to know what changes asks for [`News`], which name the tracks.
//!
//! Lists and searches are the store's work; [`Catalog::list`] and [`Catalog::find`] sort everything anew.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher as _},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use downbeat_protocol::TrackId;
use downbeat_zone::Track;
use tokio::sync::watch;

use super::{TrackRow, texts::SharedTexts};

/// So many changes are remembered one by one; who lags further behind is told to look at everything.
const REMEMBERED: usize = 16_384;

/// Every track that was ever seen, playable or not.
#[derive(Debug, Default)]
pub struct Catalog {
    inner: RwLock<CatalogState>,
    /// Counts changes that were announced.
    version: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct CatalogState {
    by_id: HashMap<TrackId, Arc<TrackRow>>,
    by_hash: Loose,
    by_path: Loose,
    shared: SharedTexts,
    /// The latest changes; the last of them has the catalog's version.
    latest: VecDeque<TrackId>,
}

/// Finds candidates by 64 bits of a key: a tenth of the memory of a map with the keys in it. Who asks compares.
#[derive(Debug, Default)]
struct Loose(BTreeSet<(u64, TrackId)>);

impl Loose {
    fn digest(key: &(impl Hash + ?Sized)) -> u64 {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        hasher.finish()
    }

    fn insert(&mut self, key: &(impl Hash + ?Sized), id: TrackId) {
        self.0.insert((Self::digest(key), id));
    }

    fn remove(&mut self, key: &(impl Hash + ?Sized), id: TrackId) {
        self.0.remove(&(Self::digest(key), id));
    }

    fn candidates(&self, key: &(impl Hash + ?Sized)) -> impl Iterator<Item = TrackId> {
        let digest = Self::digest(key);
        let from = (digest, TrackId(uuid::Uuid::nil()));
        self.0.range(from..).take_while(move |(d, _)| *d == digest).map(|(_, id)| *id)
    }
}

/// The number of a part; 0: it is the whole file.
fn number(track: &TrackRow) -> u32 {
    track.part.as_ref().map_or(0, |part| part.number)
}

impl CatalogState {
    fn put(&mut self, mut track: TrackRow) {
        self.shared.share(&mut track);
        let id = track.id;
        if let Some(old) = self.by_id.get(&id) {
            if old.hash != track.hash {
                self.by_hash.remove(old.hash.as_str(), id);
            }
            if old.path != track.path {
                self.by_path.remove(old.path.as_os_str(), id);
            }
        }
        if !track.hash.is_empty() {
            self.by_hash.insert(track.hash.as_str(), id);
        }
        if !track.path.as_os_str().is_empty() {
            self.by_path.insert(track.path.as_os_str(), id);
        }
        self.by_id.insert(id, Arc::new(track));
    }

    fn with_hash(&self, hash: &str) -> impl Iterator<Item = &Arc<TrackRow>> {
        self.by_hash.candidates(hash).filter_map(|id| self.by_id.get(&id)).filter(move |t| t.hash == hash)
    }
}

impl Catalog {
    /// A catalog of `tracks`.
    pub fn new(tracks: impl IntoIterator<Item = TrackRow>) -> Self {
        let catalog = Self::default();
        let mut inner = catalog.write();
        for track in tracks {
            inner.put(track);
        }
        drop(inner);
        catalog
    }

    fn read(&self) -> RwLockReadGuard<'_, CatalogState> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, CatalogState> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The track of this id.
    pub fn get(&self, id: TrackId) -> Option<Arc<TrackRow>> {
        self.read().by_id.get(&id).cloned()
    }

    /// The part of this track that zones need, shared with the catalog.
    pub fn track(&self, id: TrackId) -> Option<Arc<Track>> {
        self.read().by_id.get(&id).map(|row| Arc::clone(&row.track))
    }

    /// The tracks of these ids, in their order; those that are not known are left out. One look for all.
    pub fn get_all(&self, ids: impl IntoIterator<Item = TrackId>) -> Vec<Arc<TrackRow>> {
        let inner = self.read();
        ids.into_iter().filter_map(|id| inner.by_id.get(&id).cloned()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.read().by_id.len()
    }

    /// True if there are no tracks.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in no order.
    pub fn all(&self) -> Vec<Arc<TrackRow>> {
        self.read().by_id.values().cloned().collect()
    }

    /// All tracks by artist, album, disc, number, title and path, upper and lower case alike. Also those that cannot
    /// be played: see [`downbeat_zone::Track::playable`]. Slow: it sorts them all.
    pub fn list(&self) -> Vec<Arc<TrackRow>> {
        let mut tracks = self.all();
        tracks.sort_by_cached_key(|t| {
            let folded = [&t.artist, &t.album, &t.title].map(|text| text.to_lowercase());
            let [artist, album, title] = folded;
            (artist, album, t.disc_no, t.track_no, title, t.path.clone().into_os_string(), number(t), t.id)
        });
        tracks
    }

    /// The tracks whose title, artist or album contains `text`, upper and lower case alike, in the order of
    /// [`list`](Self::list). Slow: it looks at them all.
    pub fn find(&self, text: &str) -> Vec<Arc<TrackRow>> {
        let text = text.trim().to_lowercase();
        let mut tracks = self.list();
        if !text.is_empty() {
            tracks.retain(|t| [&t.title, &t.artist, &t.album].iter().any(|f| f.to_lowercase().contains(&text)));
        }
        tracks
    }

    /// The tracks whose files hold the very same bytes.
    pub fn with_hash(&self, hash: &str) -> Vec<Arc<TrackRow>> {
        self.read().with_hash(hash).cloned().collect()
    }

    /// A file of these bytes that was there when last looked for.
    pub fn path_of_hash(&self, hash: &str) -> Option<PathBuf> {
        self.read().with_hash(hash).find(|t| t.available).map(|t| t.path.clone())
    }

    /// The track whose file is, or was last, at this path. Of a file that holds several the first that is there.
    pub fn at_path(&self, path: &Path) -> Option<Arc<TrackRow>> {
        self.all_at_path(path).into_iter().min_by_key(|t| (!t.available, number(t)))
    }

    /// The tracks whose file is, or was last, at this path: the whole file, then its parts.
    pub fn all_at_path(&self, path: &Path) -> Vec<Arc<TrackRow>> {
        let inner = self.read();
        let tracks = inner.by_path.candidates(path.as_os_str()).filter_map(|id| inner.by_id.get(&id));
        let mut tracks: Vec<_> = tracks.filter(|t| t.path == path).cloned().collect();
        tracks.sort_by_key(|t| number(t));
        tracks
    }

    /// Grows with every change that is announced.
    pub fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// Tells of every change from now on.
    pub fn news(self: &Arc<Self>) -> News {
        let version = self.version.subscribe();
        let seen = *version.borrow();
        News { catalog: Arc::clone(self), version, seen }
    }

    /// Adds a track without telling anybody.
    pub(super) fn insert(&self, track: TrackRow) {
        self.write().put(track);
    }

    /// Puts what `change` makes of the track in its place; it is `None` if there is none of this id yet. Nothing else
    /// can change it meanwhile. Whether it differs from what was there.
    pub(super) fn update(&self, id: TrackId, change: impl FnOnce(Option<&TrackRow>) -> Option<TrackRow>) -> bool {
        let mut inner = self.write();
        let old = inner.by_id.get(&id).cloned();
        match change(old.as_deref()) {
            Some(new) if old.as_deref() != Some(&new) => {
                inner.put(new);
                true
            }
            _ => false,
        }
    }

    /// Tells all who listen that these tracks changed.
    pub(super) fn announce(&self, ids: &[TrackId]) {
        if ids.is_empty() {
            return;
        }
        let mut inner = self.write();
        inner.latest.extend(ids);
        let surplus = inner.latest.len().saturating_sub(REMEMBERED);
        inner.latest.drain(..surplus);
        // Under the lock, so that versions and `latest` go together.
        self.version.send_modify(|version| *version += ids.len() as u64);
    }

    fn changed_since(&self, seen: u64) -> (u64, Changed) {
        let inner = self.read();
        let now = *self.version.borrow();
        let missed = usize::try_from(now - seen).unwrap_or(usize::MAX);
        let changed = match inner.latest.len().checked_sub(missed) {
            Some(from) => Changed::Tracks(inner.latest.range(from..).copied().collect::<BTreeSet<_>>()),
            None => Changed::Everything,
        };
        (now, changed)
    }
}

/// The changes in a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// These tracks are new, or not as they were.
    Tracks(BTreeSet<TrackId>),
    /// So much that it was not counted: whoever cares compares everything.
    Everything,
}

/// Tells of changes of a catalog, each once.
#[derive(Debug, Clone)]
pub struct News {
    catalog: Arc<Catalog>,
    version: watch::Receiver<u64>,
    seen: u64,
}

impl News {
    /// Waits for the next change. What changed meanwhile comes in one piece. Nothing is lost if the wait is given up.
    pub async fn next(&mut self) -> Changed {
        let seen = self.seen;
        // The sender lives as long as the catalog, which is held here.
        let _ = self.version.wait_for(|version| *version > seen).await;
        let (now, changed) = self.catalog.changed_since(seen);
        self.seen = now;
        changed
    }

    /// The catalog that they are of.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }
}

#[cfg(test)]
impl Catalog {
    /// The same tracks in a catalog that nobody changes.
    pub(super) fn snapshot(&self) -> Self {
        Self::new(self.all().iter().map(|t| TrackRow::clone(t)))
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{EntryId, Frames};

    use super::*;
    use crate::tests::a_track;

    fn titles(tracks: &[Arc<TrackRow>]) -> Vec<&str> {
        tracks.iter().map(|t| &*t.title).collect()
    }

    #[test]
    fn tracks_are_in_the_order_that_people_expect() {
        let track = |artist: &str, album: &str, disc, number, title: &str, path: &str| {
            a_track(path).with(|t| {
                t.artist = artist.into();
                t.album = album.into();
                t.disc_no = disc;
                t.track_no = number;
                t.title = title.into();
            })
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
        assert_eq!(titles(&catalog.list()), ["1", "2", "3", "4", "5", "same", "Same", "7"]);
    }

    #[test]
    fn finds_in_title_artist_and_album() {
        let catalog = Catalog::new([
            a_track("/1").with(|t| t.title = "Ænima".into()),
            a_track("/2").with(|t| {
                t.artist = "The Ænimals".into();
                t.title = "b".into();
            }),
            a_track("/3").with(|t| {
                t.album = "ÆNIMATION".into();
                t.title = "c".into();
            }),
            a_track("/ænima").with(|t| t.title = "other".into()),
        ]);
        assert_eq!(titles(&catalog.find(" ænimA ")), ["Ænima", "c", "b"], "in the list's order");
        assert_eq!(catalog.find("").len(), 4);
        assert_eq!(catalog.find("nothing").len(), 0);
    }

    #[test]
    fn a_changed_track_takes_the_old_ones_place_in_every_index() {
        let old = a_track("/1").with(|t| t.hash = "aa".into());
        let twin = a_track("/2").with(|t| t.hash = "aa".into());
        let catalog = Catalog::new([old.clone(), twin.clone()]);
        let before = catalog.get(old.id).unwrap();
        assert_eq!(catalog.with_hash("aa").len(), 2);
        let new = old.clone().with(|t| {
            t.hash = "bb".into();
            t.title = "new".into();
            t.path = "/3".into();
            t.available = false;
        });
        assert!(catalog.update(old.id, |_| Some(new.clone())));
        assert!(!catalog.update(old.id, |_| Some(new.clone())), "the same again");
        assert!(!catalog.update(old.id, |_| None));
        assert_eq!(*before, old, "whoever holds the old one sees no change");
        assert_eq!(*catalog.get(old.id).unwrap(), new);
        assert_eq!(catalog.len(), 2);
        assert_eq!(catalog.path_of_hash("aa"), Some("/2".into()));
        assert_eq!(catalog.path_of_hash("bb"), None, "known, but not there");
        assert_eq!(catalog.path_of_hash("cc"), None);
        assert_eq!(catalog.at_path(Path::new("/1")), None);
        assert_eq!(catalog.at_path(Path::new("/3")).unwrap().id, old.id);
        assert_eq!(titles(&catalog.get_all([twin.id, TrackId::random(), old.id])), ["/2", "new"]);
    }

    #[test]
    fn texts_are_shared() {
        let track = |path: &str| {
            a_track(path).with(|t| {
                t.artist = String::from("A").as_str().into();
                t.artists = ["A".into()].into();
            })
        };
        let tracks = Catalog::new([track("/1"), track("/2")]).all();
        assert!(Arc::ptr_eq(&tracks[0].artist, &tracks[1].artist));
        assert!(Arc::ptr_eq(&tracks[0].artists, &tracks[1].artists));
        assert!(Arc::ptr_eq(&tracks[0].artist, &tracks[0].artists[0]));
    }

    #[tokio::test]
    async fn news_name_what_changed_and_nothing_is_lost() {
        let catalog = Arc::new(Catalog::default());
        let [a, b] = [TrackId::random(), TrackId::random()];
        let mut news = catalog.news();
        catalog.announce(&[a]);
        catalog.announce(&[b, a]);
        assert_eq!(news.next().await, Changed::Tracks([a, b].into()));
        assert!(tokio::time::timeout(std::time::Duration::from_millis(1), news.next()).await.is_err());
        catalog.announce(&[b]);
        assert_eq!(news.next().await, Changed::Tracks([b].into()));
        let many: Vec<_> = (0..REMEMBERED).map(|_| TrackId::random()).collect();
        catalog.announce(&many);
        assert!(matches!(news.clone().next().await, Changed::Tracks(t) if t.len() == REMEMBERED));
        catalog.announce(&[a]);
        assert_eq!(news.next().await, Changed::Everything);
    }

    #[test]
    fn a_track_is_an_entry_of_a_plan() {
        let track = a_track("/1").with(|t| {
            t.frames = Frames(88_200);
            t.sample_rate = 44_100;
        });
        let id = EntryId::random();
        let entry = track.plan_entry(id);
        assert_eq!((entry.entry, entry.track, entry.frames), (id, track.id, Frames(88_200)));
        assert!((track.duration_seconds() - 2.0).abs() < f64::EPSILON);
        assert!(track.playable() && track.why_not().is_none());
        let gone = track.clone().with(|t| t.available = false);
        assert!(!gone.playable() && gone.why_not().is_some());
        let broken = track.with(|t| {
            t.fault = Some("the file is empty".into());
            t.sample_rate = 0;
        });
        assert_eq!(
            (broken.playable(), broken.why_not(), broken.duration_seconds()),
            (false, Some("the file is empty"), 0.0)
        );
    }
}
