//! The task that keeps the catalog true to the disk.
//!
//! A scan walks the folders, passes over what is unchanged, reads the rest with as many threads as there are cores,
//! and saves and publishes what it learned in batches, so that a first scan of a great library shows itself growing.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use downbeat_protocol::{Frames, TrackId};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};

use super::{
    Catalog, Track,
    identity::{Identities, Reading},
    inspect::{Inspected, inspect},
    tags,
    walk::{self, Found, Stat},
};
use crate::store::{GainSource, Store, Text};

/// Raise this when a scan learns more or better than before: every file is then read once more.
const SCAN_VERSION: u32 = 2;

/// What is learned is saved and shown after this many files ...
const BATCH_FILES: usize = 200;
/// ... or after this long.
const BATCH_TIME: Duration = Duration::from_millis(500);

/// How far the scan is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ScanStatus {
    /// Whether a scan is under way.
    pub running: bool,
    /// Files that may be music, found by this scan (or the last one).
    pub found: u64,
    /// Of these, looked at: unchanged, or read.
    pub done: u64,
    /// Of these, those that cannot be played.
    pub failed: u64,
    /// When this scan (or the last one) began.
    pub started_at: Option<DateTime<Utc>>,
    /// When the last scan ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why what was learned could not be saved, for people. It is shown all the same and saved when that works again.
    pub fault: Option<String>,
    /// The number of the latest request for a scan that was fulfilled.
    #[serde(skip)]
    pub(super) fulfilled: u64,
}

/// What the handles and the task share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) catalog: watch::Sender<Arc<Catalog>>,
    pub(super) status: watch::Sender<ScanStatus>,
    /// Set when the last handle is gone.
    pub(super) stop: Arc<AtomicBool>,
    pub(super) wake: Notify,
    /// Scans asked for so far.
    pub(super) requested: AtomicU64,
}

pub(super) struct Scanner {
    pub(super) store: Store,
    pub(super) folders: Vec<PathBuf>,
    pub(super) shared: Arc<Shared>,
    /// Files that were seen to differ from what the catalog says.
    pub(super) suspects: mpsc::Receiver<PathBuf>,
    /// Tracks that changed and are not saved yet.
    pub(super) unsaved: HashMap<TrackId, Track>,
}

impl Scanner {
    /// Scans when asked, until the last handle is gone.
    pub(super) async fn run(mut self) {
        while !self.stopped() {
            let shared = Arc::clone(&self.shared);
            tokio::select! {
                () = shared.wake.notified() => {
                    let request = shared.requested.load(Ordering::Acquire);
                    if request > shared.status.borrow().fulfilled {
                        self.scan().await;
                        shared.status.send_modify(|s| {
                            (s.running, s.fulfilled, s.finished_at) = (false, request, Some(Utc::now()));
                        });
                    }
                }
                Some(path) = self.suspects.recv() => self.reread(&path).await,
            }
        }
    }

    fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }

    async fn scan(&mut self) {
        self.shared.status.send_modify(|s| {
            *s = ScanStatus {
                running: true,
                started_at: Some(Utc::now()),
                fulfilled: s.fulfilled,
                ..ScanStatus::default()
            };
        });
        let (folders, stop) = (self.folders.clone(), Arc::clone(&self.shared.stop));
        let walked = tokio::task::spawn_blocking(move || walk::walk(&folders, &stop)).await;
        let Ok(found) = walked else { return };
        if self.stopped() {
            return;
        }

        let catalog = Arc::clone(&self.shared.catalog.borrow());
        let known = catalog.list();
        let (unchanged, to_read) = sort_out(known, found);
        self.shared.status.send_modify(|s| {
            s.found = (unchanged.len() + to_read.len()) as u64;
            s.done = unchanged.len() as u64;
            s.failed =
                unchanged.iter().filter(|id| catalog.get(**id).is_some_and(|t| t.fault.is_some())).count() as u64;
        });
        let mut identities = Identities::new(known, &unchanged);
        for track in known.iter().filter(|t| unchanged.contains(&t.id) && !t.available) {
            self.changed(Track { available: true, ..Track::clone(track) });
        }

        let stop = Arc::clone(&self.shared.stop);
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let mut readings = futures_util::stream::iter(to_read)
            .map(|found| {
                let stop = Arc::clone(&stop);
                async move {
                    let inspected = inspect(&found.path, found.stat, &stop).await?;
                    Some((found, inspected))
                }
            })
            .buffer_unordered(threads);
        let mut published = Instant::now();
        while let Some(reading) = readings.next().await {
            let Some(reading) = reading else { return };
            self.shared.status.send_modify(|s| {
                s.done += 1;
                s.failed += u64::from(reading.1.facts.is_err());
            });
            if let Some((id, reading)) = identities.decide(reading) {
                self.changed(track_of(id, reading));
            }
            if self.unsaved.len() >= BATCH_FILES || published.elapsed() >= BATCH_TIME {
                self.publish().await;
                published = Instant::now();
            }
        }
        drop(readings);

        let mut paths: HashSet<PathBuf> = HashSet::new();
        for (id, reading) in identities.finish() {
            paths.insert(reading.0.path.clone());
            self.changed(track_of(id, reading));
        }
        for track in known.iter().filter(|t| !identities.is_taken(t.id)) {
            // Another track's file lies there now: this one is nowhere.
            let path = if paths.contains(&track.path) { PathBuf::new() } else { track.path.clone() };
            if track.available || path != track.path {
                self.changed(Track { available: false, path, ..Track::clone(track) });
            }
        }
        self.publish().await;
        let status = self.shared.status.borrow().clone();
        tracing::info!(files = status.found, failed = status.failed, "the library was scanned");
    }

    /// Looks at one known file again, which was seen to be gone or changed.
    async fn reread(&mut self, path: &Path) {
        let catalog = Arc::clone(&self.shared.catalog.borrow());
        let Some(track) = catalog.list().iter().find(|t| t.path == path) else { return };
        let Ok(metadata) = tokio::fs::metadata(path).await else {
            if track.available {
                self.changed(Track { available: false, ..Track::clone(track) });
                self.publish().await;
            }
            return;
        };
        let stat = Stat::of(&metadata);
        if track.available && stat.same_content(track.bytes, track.mtime_ns) {
            return;
        }
        let found = Found { path: path.to_owned(), stat };
        if let Some(inspected) = inspect(path, stat, &self.shared.stop).await {
            self.changed(track_of(track.id, (found, inspected)));
            self.publish().await;
        }
    }

    fn changed(&mut self, track: Track) {
        self.unsaved.insert(track.id, track);
    }

    /// Saves what changed, then shows it. What cannot be saved is shown all the same and kept for the next time.
    async fn publish(&mut self) {
        if self.unsaved.is_empty() {
            return;
        }
        let tracks: Vec<Track> = self.unsaved.values().cloned().collect();
        let fault = match self.store.save_tracks(&tracks).await {
            Ok(()) => {
                self.unsaved.clear();
                None
            }
            Err(error) => {
                tracing::error!(%error, "what was learned of the library could not be saved");
                Some(error.to_string())
            }
        };
        let catalog = Arc::clone(&self.shared.catalog.borrow());
        self.shared.catalog.send_replace(Arc::new(catalog.with(tracks)));
        self.shared.status.send_modify(|s| s.fault = fault);
    }
}

/// The known tracks whose files are as they were, and the files that must be read.
fn sort_out(known: &[Arc<Track>], found: Vec<Found>) -> (HashSet<TrackId>, Vec<Found>) {
    let by_path: HashMap<&Path, &Arc<Track>> = known.iter().map(|t| (t.path.as_path(), t)).collect();
    let mut unchanged = HashSet::new();
    let to_read = found
        .into_iter()
        .filter(|found| match by_path.get(found.path.as_path()) {
            Some(t) if t.scan_version == SCAN_VERSION && found.stat.same_content(t.bytes, t.mtime_ns) => {
                unchanged.insert(t.id);
                false
            }
            _ => true,
        })
        .collect();
    (unchanged, to_read)
}

fn track_of(id: TrackId, (found, Inspected { stat, hash, facts, tags }): Reading) -> Track {
    let ending = walk::ending(&found.path);
    let title = if tags.title.is_empty() { tags::title_from_name(&found.path) } else { tags.title };
    let (fault, facts) = match facts {
        Ok(facts) => (None, Some(facts)),
        Err(fault) => (Some(fault.into()), None),
    };
    let texts = |values: Vec<String>| values.into_iter().map(Text::from).collect();
    let from_tags = |gain: Option<f32>| gain.map(|_| GainSource::Tags);
    Track {
        hash,
        bytes: stat.bytes,
        mtime_ns: stat.mtime_ns,
        inode: stat.inode,
        modified: stat.mtime_ns.div_euclid(1_000_000_000),
        sample_rate: facts.as_ref().map_or(0, |f| f.sample_rate),
        channels: facts.as_ref().map_or(0, |f| f.channels),
        frames: facts.as_ref().map_or(Frames(0), |f| f.frames),
        sample_exact: facts.as_ref().is_some_and(|f| f.sample_exact),
        warning: facts.as_ref().and_then(|f| f.warning.as_deref().map(Text::from)),
        format: facts.map_or(ending, |f| f.format).into(),
        title: title.into(),
        artist: tags.artist.into(),
        artists: texts(tags.artists),
        album: tags.album.into(),
        album_artist: tags.album_artist.into(),
        album_artists: texts(tags.album_artists),
        genre: tags.genre.into(),
        genres: texts(tags.genres),
        composer: tags.composer.into(),
        track_no: tags.track_no,
        disc_no: tags.disc_no,
        year: tags.year,
        track_gain_db: tags.gains.track_db,
        track_peak: tags.gains.track_peak,
        track_gain_from: from_tags(tags.gains.track_db),
        album_gain_db: tags.gains.album_db,
        album_peak: tags.gains.album_peak,
        album_gain_from: from_tags(tags.gains.album_db),
        fault,
        scan_version: SCAN_VERSION,
        ..Track::unknown(id, found.path)
    }
}
