//! One scan: a walk over folders, and what it changes in the books.
//!
//! Files are read while the walk goes on, by as many threads as keep the cores busy, and saved while others are read.
//! The track that a file is can be told at once unless it may be another one that was moved; those files wait for the
//! end of the walk.

use std::{
    collections::{HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use chrono::Utc;
use downbeat_protocol::{Frames, TrackId};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, interval},
};

use super::{
    TrackRow,
    background::{COVER_DONE, COVER_OWN},
    books::{BATCH, Books},
    covers::Beside,
    identity::{self, Identities, Reading, Verdict},
    inspect::{self, Inspected},
    lane::Lane,
    progress::{FolderState, Progress, ScanStatus, folder_of},
    tags,
    walk::{self, Found, Names, Walk, Walked},
};
use downbeat_store::{GainSource, StoreError, Text};
use downbeat_zone::Track;

/// Raise this when a scan learns more or better than before: every file is then read once more.
pub(super) const SCAN_VERSION: u32 = 2;

/// The time after which new facts are saved, if not many files came together before.
const BATCH_TIME: Duration = Duration::from_millis(500);
/// Files that wait to be read; the walk pauses until there are fewer.
const QUEUE: usize = 2_048;
/// Changes that wait to be saved; reading pauses until there are fewer.
const UNSAVED: usize = 3 * BATCH;
/// Tracks that are looked for at their place because a file of the same size turned up elsewhere.
const MOST_LOOKUPS: usize = 1_000;

/// The places to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// All music folders.
    Everything,
    /// These files and folders.
    Parts(Arc<HashSet<PathBuf>>),
}

impl Scope {
    fn contains(&self, path: &Path) -> bool {
        match self {
            Self::Everything => true,
            Self::Parts(parts) => path.ancestors().any(|folder| parts.contains(folder)),
        }
    }
}

/// The parts that a scan works with.
pub(super) struct Context {
    pub(super) books: Arc<Books>,
    pub(super) folders: Arc<[PathBuf]>,
    pub(super) status: watch::Sender<ScanStatus>,
    pub(super) stop: Arc<AtomicBool>,
    /// The folders that were walked.
    pub(super) names: Arc<Mutex<Names>>,
    /// Called with every folder that is walked, so that it is watched from then on.
    pub(super) on_folder: Arc<dyn Fn(&Path) + Send + Sync>,
}

/// Files that one reader is given at a time, if there are many. It gives back what it does not come to soon.
const AT_ONCE: usize = 16;
/// The number of entries that a walk collects before it reports them.
const TOLD_AT_ONCE: usize = 64;

/// From the walk, with numbers of folders.
enum Message {
    /// The entries that were found there.
    Walked(Vec<(usize, Walked)>),
    /// How the folder is.
    End(usize, FolderState),
}

/// A file that waits for its reader.
enum Job {
    Inspect(usize, Found),
    /// Its bytes decide which track it is.
    Hash(Box<Reading>),
}

/// The work that a reader does at a time.
enum Work {
    Inspect(Vec<(usize, Found)>),
    Hash(Box<Reading>),
}

enum Outcome {
    /// The files that were read, and those that were not come to.
    Inspected(Vec<(usize, Reading)>, Vec<(usize, Found)>),
    Hashed(Box<Reading>),
    Stopped,
}

struct Scan<'a> {
    context: &'a Context,
    scope: &'a Scope,
    progress: Option<Progress<'a>>,
    jobs: VecDeque<Job>,
    /// Known tracks that are as they were.
    unchanged: HashSet<TrackId>,
    /// The tracks that were known where it was looked, when the walk ended.
    known: Vec<TrackId>,
    /// Sizes of the files of known tracks: a file of another size is no moved one.
    sizes: HashSet<u64>,
    /// Those of them that files have which must be read.
    alike: HashSet<u64>,
    /// The files that were read before the walk ended and may have been moved.
    waiting: Vec<Reading>,
    /// Paths at which the file of another track was found.
    lost_paths: HashSet<PathBuf>,
    identities: Option<Identities>,
    beside: Beside,
    saved: Result<(), StoreError>,
}

impl Context {
    /// Looks at everything in `scope`. Answers how saving went; ends early when stopped.
    pub(super) async fn scan(&self, scope: &Scope) -> Result<(), StoreError> {
        let known = self.books.catalog.all();
        let mut scan = Scan {
            context: self,
            scope,
            progress: (*scope == Scope::Everything).then(|| Progress::new(&self.status, &self.folders)),
            jobs: VecDeque::new(),
            unchanged: HashSet::new(),
            known: Vec::new(),
            sizes: known.iter().map(|t| t.bytes).filter(|bytes| *bytes > 0).collect(),
            alike: HashSet::new(),
            waiting: Vec::new(),
            lost_paths: HashSet::new(),
            identities: None,
            beside: Beside::default(),
            saved: Ok(()),
        };
        drop(known);
        scan.run().await;
        scan.saved
    }

    fn stopped(&self) -> bool {
        self.stop.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Walks on a thread where that may block.
    fn walk(&self, scope: &Scope) -> mpsc::Receiver<Message> {
        let (out, messages) = mpsc::channel(16);
        let (scope, folders, catalog) = (scope.clone(), Arc::clone(&self.folders), Arc::clone(&self.books.catalog));
        let (stop, on_folder) = (Arc::clone(&self.stop), Arc::clone(&self.on_folder));
        let names = Arc::clone(&self.names);
        tokio::task::spawn_blocking(move || {
            let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
            let mut had = vec![false; folders.len()];
            let starts: Vec<PathBuf> = match &scope {
                Scope::Everything => {
                    *names = Names::default();
                    for track in catalog.all() {
                        if let Some(folder) = folder_of(&folders, &track.path) {
                            had[folder] = true;
                        }
                    }
                    folders.to_vec()
                }
                Scope::Parts(parts) => {
                    let known = |part: &&PathBuf| {
                        folder_of(&folders, part).is_some_and(|i| !names.has_elsewhere(part, &folders[i]))
                    };
                    let mut starts: Vec<PathBuf> = parts.iter().filter(known).cloned().collect();
                    starts.sort_unstable();
                    starts
                }
            };
            let mut enter = |folder: &Path| on_folder(folder);
            let mut walk = Walk::new(&stop, &mut names, &mut enter);
            let mut files = vec![0_u64; folders.len()];
            let mut starts: VecDeque<PathBuf> = starts.into();
            let mut told = Vec::with_capacity(TOLD_AT_ONCE);
            let tell = |told: &mut Vec<_>| out.blocking_send(Message::Walked(std::mem::take(told))).is_ok();
            while let Some(start) = starts.pop_front() {
                starts.extend(walk.walk(&start, |walked| {
                    // Of folders within each other the inner one counts.
                    let folder = match &walked {
                        Walked::File(found) => folder_of(&folders, &found.path),
                        Walked::Picture(path, _) => folder_of(&folders, path),
                        Walked::LeftOut(left) => folder_of(&folders, &left.path),
                    };
                    let folder = folder.unwrap_or(0);
                    files[folder] += u64::from(matches!(walked, Walked::File(_)));
                    told.push((folder, walked));
                    told.len() < TOLD_AT_ONCE || tell(&mut told)
                }));
            }
            tell(&mut told);
            if scope != Scope::Everything {
                return;
            }
            for (i, folder) in folders.iter().enumerate() {
                let state = if files[i] == 0 && std::fs::read_dir(folder).is_err() {
                    FolderState::Missing
                } else if files[i] == 0 && had[i] && !names.has_elsewhere(folder, folder) {
                    FolderState::Empty
                } else {
                    FolderState::Present
                };
                let _ = out.blocking_send(Message::End(i, state));
            }
        });
        messages
    }
}

impl Scan<'_> {
    async fn run(&mut self) {
        let mut messages = self.context.walk(self.scope);
        // Two more than cores: some wait for the disk.
        let threads = std::thread::available_parallelism().map_or(2, usize::from) + 2;
        let mut idle: Vec<Lane> = (0..threads).map(|_| Lane::patient("scan")).collect();
        let mut busy = FuturesUnordered::new();
        let mut walking = true;
        let mut saving: Option<JoinHandle<Result<(), StoreError>>> = None;
        let mut last_saved = Instant::now();
        let mut ticks = interval(BATCH_TIME);
        loop {
            let waiting = self.context.books.waiting();
            while waiting < UNSAVED
                && let Some(lane) = idle.pop()
            {
                let Some(next) = self.next_work(threads) else {
                    idle.push(lane);
                    break;
                };
                busy.push(work(lane, next, Arc::clone(&self.context.stop)));
            }
            if saving.is_none() && (waiting >= BATCH || waiting > 0 && last_saved.elapsed() >= BATCH_TIME) {
                let books = Arc::clone(&self.context.books);
                saving = Some(tokio::spawn(async move { books.publish().await }));
                last_saved = Instant::now();
            }
            tokio::select! {
                message = messages.recv(), if walking && self.jobs.len() < QUEUE => {
                    if let Some(message) = message {
                        self.on_message(message);
                    } else {
                        walking = false;
                        self.all_found().await;
                    }
                }
                Some((lane, outcome)) = busy.next(), if !busy.is_empty() => {
                    idle.push(lane);
                    self.on_outcome(outcome);
                }
                result = async { saving.as_mut().expect("checked").await }, if saving.is_some() => {
                    saving = None;
                    self.keep(result.unwrap_or(Ok(())));
                }
                _ = ticks.tick() => {}
            }
            if self.context.stopped() {
                return;
            }
            if !walking && busy.is_empty() && self.jobs.is_empty() {
                break;
            }
        }
        if let Some(saving) = saving {
            self.keep(saving.await.unwrap_or(Ok(())));
        }
        self.finish();
        self.look_at_pictures().await;
        let last = self.context.books.publish().await;
        self.keep(last);
        if let Some(progress) = &mut self.progress {
            progress.show();
        }
    }

    fn keep(&mut self, result: Result<(), StoreError>) {
        // The latest decides: what could not be saved was kept, and is saved with what comes next.
        self.saved = result;
    }

    /// The work that the next of so many readers does. Each gets several files while there are enough for all.
    fn next_work(&mut self, readers: usize) -> Option<Work> {
        let most = (self.jobs.len() / (2 * readers)).clamp(1, AT_ONCE);
        let mut files = Vec::new();
        while files.len() < most
            && let Some(job) = self.jobs.pop_front()
        {
            match job {
                Job::Inspect(folder, found) => files.push((folder, found)),
                Job::Hash(reading) if files.is_empty() => return Some(Work::Hash(reading)),
                hash @ Job::Hash(_) => {
                    self.jobs.push_front(hash);
                    break;
                }
            }
        }
        (!files.is_empty()).then_some(Work::Inspect(files))
    }

    fn on_message(&mut self, message: Message) {
        match message {
            Message::Walked(walked) => walked.into_iter().for_each(|(folder, walked)| self.on_walked(folder, walked)),
            Message::End(folder, state) => {
                if let Some(progress) = &mut self.progress {
                    progress.walked(folder, state);
                }
            }
        }
    }

    fn on_walked(&mut self, folder: usize, walked: Walked) {
        match walked {
            Walked::File(found) => self.on_found(folder, found),
            Walked::Picture(path, bytes) => self.beside.found(&path, bytes),
            Walked::LeftOut(left) => {
                if let Some(progress) = &mut self.progress {
                    progress.left_out(left);
                }
            }
        }
    }

    fn on_found(&mut self, folder: usize, found: Found) {
        if let Some(progress) = &mut self.progress {
            progress.found(folder);
        }
        match self.context.books.catalog.at_path(&found.path) {
            Some(t) if t.scan_version == SCAN_VERSION && found.stat.same_content(t.bytes, t.mtime_ns) => {
                if let Some(progress) = &mut self.progress {
                    progress.unchanged(folder, t.fault.is_some());
                }
                self.unchanged.insert(t.id);
                if !t.available || t.inode != found.stat.inode {
                    self.context.books.change(t.id, |old| {
                        Some(old?.clone().with(|t| {
                            t.available = true;
                            t.inode = found.stat.inode;
                        }))
                    });
                }
            }
            _ => {
                if self.sizes.contains(&found.stat.bytes) {
                    self.alike.insert(found.stat.bytes);
                }
                self.jobs.push_back(Job::Inspect(folder, found));
            }
        }
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Stopped => {}
            Outcome::Inspected(read, left) => {
                for (folder, found) in left.into_iter().rev() {
                    self.jobs.push_front(Job::Inspect(folder, found));
                }
                for (folder, reading) in read {
                    if let Some(progress) = &mut self.progress {
                        progress.read(folder, reading.1.facts.is_err());
                    }
                    self.decide(reading);
                }
            }
            Outcome::Hashed(reading) => match &mut self.identities {
                Some(identities) if reading.1.hash.is_empty() => identities.defer(*reading),
                _ => self.decide(*reading),
            },
        }
    }

    fn decide(&mut self, reading: Reading) {
        let Some(identities) = &mut self.identities else {
            // The walk goes on.
            match self.context.books.catalog.at_path(&reading.0.path) {
                Some(own) if identity::is_own(&reading, &own) => {
                    self.unchanged.insert(own.id);
                    self.write(own.id, reading);
                }
                None if !self.sizes.contains(&reading.0.stat.bytes) => {
                    let id = identity::new_id();
                    self.unchanged.insert(id);
                    self.write(id, reading);
                }
                _ => self.waiting.push(reading),
            }
            return;
        };
        match identities.decide(reading) {
            Verdict::Decided(id, reading) => self.write(id, *reading),
            Verdict::NeedsHash(reading) => self.jobs.push_back(Job::Hash(reading)),
            Verdict::Later => {}
        }
    }

    fn write(&mut self, id: TrackId, reading: Reading) {
        let now = Utc::now().timestamp();
        let catalog = &self.context.books.catalog;
        if catalog.at_path(&reading.0.path).is_some_and(|there| there.id != id) {
            self.lost_paths.insert(reading.0.path.clone());
        }
        self.context.books.change(id, |old| Some(track_of(id, reading, old, now)));
    }

    /// The walk has ended: now it can be said which tracks are not at their place.
    async fn all_found(&mut self) {
        let sizes = std::mem::take(&mut self.alike);
        let (scope, catalog) = (self.scope.clone(), Arc::clone(&self.context.books.catalog));
        // Every path is looked at, and some files: that may take longer than others can wait.
        let sorted = tokio::task::spawn_blocking(move || {
            let (within, mut others): (Vec<_>, Vec<_>) =
                catalog.all().into_iter().partition(|t| scope.contains(&t.path));
            let known: Vec<TrackId> = within.iter().map(|t| t.id).collect();
            let mut loose = within;
            loose.extend(others.extract_if(.., |t| !t.available));
            others.retain(|t| sizes.contains(&t.bytes));
            others.truncate(MOST_LOOKUPS);
            // A file that was moved here is gone there, though nobody looked yet.
            others.retain(|t| !t.path.exists());
            loose.extend(others);
            (known, loose)
        });
        let (known, mut loose) = sorted.await.unwrap_or_default();
        self.known = known;
        loose.retain(|t| !self.unchanged.contains(&t.id));
        self.identities = Some(Identities::new(loose));
        self.sizes = HashSet::new();
        for reading in std::mem::take(&mut self.waiting) {
            self.decide(reading);
        }
    }

    /// Judges what could not be judged before, and marks what is not there.
    fn finish(&mut self) {
        let Some(mut identities) = self.identities.take() else { return };
        for (id, reading) in identities.finish() {
            self.write(id, reading);
        }
        for track in self.context.books.catalog.get_all(std::mem::take(&mut self.known)) {
            if self.unchanged.contains(&track.id) || identities.is_taken(track.id) {
                continue;
            }
            // Another track's file lies there now: this one is nowhere.
            let path = if self.lost_paths.contains(&track.path) { PathBuf::new() } else { track.path.clone() };
            if track.available || path != track.path {
                self.context.books.change(track.id, |old| {
                    Some(old?.clone().with(|t| {
                        t.available = false;
                        t.path = path;
                    }))
                });
            }
        }
    }
}

impl Scan<'_> {
    /// Lets pictures be looked for again where they have changed.
    async fn look_at_pictures(&mut self) {
        let mut beside = std::mem::take(&mut self.beside);
        let all = *self.scope == Scope::Everything;
        if let Scope::Parts(parts) = self.scope {
            for part in parts.iter() {
                beside.changed(part);
            }
        }
        if beside.is_empty() && !all {
            return;
        }
        let books = &self.context.books;
        let covers = match books.store.load_cover_sizes().await {
            Ok(covers) => covers,
            Err(error) => return tracing::warn!(%error, "pictures were not compared"),
        };
        let catalog = Arc::clone(&books.catalog);
        let outdated = tokio::task::spawn_blocking(move || beside.outdated(&catalog.all(), &covers, all)).await;
        for id in outdated.unwrap_or_default() {
            books.find(id, |track| track.done &= !(COVER_DONE | COVER_OWN));
        }
    }
}

async fn work(mut lane: Lane, work: Work, stop: Arc<AtomicBool>) -> (Lane, Outcome) {
    let outcome = match work {
        Work::Inspect(files) => {
            let (folders, mut files): (Vec<usize>, Vec<Found>) = files.into_iter().unzip();
            let inspected = inspect::inspect(&mut lane, &files, &stop).await;
            let left = files.split_off(inspected.len());
            if inspected.is_empty() {
                Outcome::Stopped
            } else {
                let left = folders[inspected.len()..].iter().copied().zip(left).collect();
                Outcome::Inspected(folders.into_iter().zip(files.into_iter().zip(inspected)).collect(), left)
            }
        }
        Work::Hash(mut reading) => {
            let (path, stat) = (&reading.0.path, reading.1.stat);
            match inspect::hash(&mut lane, path, stat, &stop).await {
                Ok(hash) => reading.1.hash = hash,
                Err(error) => tracing::debug!(path = %path.display(), %error, "not hashed"),
            }
            Outcome::Hashed(reading)
        }
    };
    (lane, outcome)
}

/// The track that was read from a file. What was found out about its content before is kept if that is the same.
fn track_of(id: TrackId, (found, inspected): Reading, old: Option<&TrackRow>, now: i64) -> TrackRow {
    let Inspected { stat, hash, facts, tags } = inspected;
    let ending = walk::ending(&found.path);
    let title = if tags.title.is_empty() { tags::title_from_name(&found.path) } else { tags.title };
    let (fault, facts) = match facts {
        Ok(facts) => (None, Some(facts)),
        Err(fault) => (Some(fault.into()), None),
    };
    let texts = |values: Vec<String>| values.into_iter().map(Text::from).collect();
    let from_tags = |gain: Option<f32>| gain.map(|_| GainSource::Tags);
    let track = Track {
        hash,
        bytes: stat.bytes,
        sample_rate: facts.as_ref().map_or(0, |f| f.sample_rate),
        frames: facts.as_ref().map_or(Frames(0), |f| f.frames),
        format: facts.as_ref().map_or(ending, |f| f.format.clone()).into(),
        title: title.into(),
        artist: tags.artist.into(),
        album: tags.album.into(),
        album_artist: tags.album_artist.into(),
        track_no: tags.track_no,
        disc_no: tags.disc_no,
        track_gain_db: tags.gains.track_db,
        track_peak: tags.gains.track_peak,
        album_gain_db: tags.gains.album_db,
        album_peak: tags.gains.album_peak,
        fault,
        ..Track::unknown(id)
    };
    let mut row = TrackRow {
        track: Arc::new(track),
        mtime_ns: stat.mtime_ns,
        inode: stat.inode,
        added: old.map_or(now, |old| old.added),
        modified: found.stat.mtime_ns.div_euclid(1_000_000_000),
        channels: facts.as_ref().map_or(0, |f| f.channels),
        sample_exact: facts.as_ref().is_some_and(|f| f.sample_exact),
        warning: facts.as_ref().and_then(|f| f.warning.as_deref().map(Text::from)),
        artists: texts(tags.artists),
        album_artists: texts(tags.album_artists),
        genre: tags.genre.into(),
        genres: texts(tags.genres),
        composer: tags.composer.into(),
        year: tags.year,
        track_gain_from: from_tags(tags.gains.track_db),
        album_gain_from: from_tags(tags.gains.album_db),
        scan_version: SCAN_VERSION,
        ..TrackRow::unknown(id, found.path)
    };
    if let Some(old) = old.filter(|old| old.frames == row.frames) {
        take_over(&mut row, old);
    }
    row
}

/// Takes over the facts that are still true of a file of the same length: for the same bytes all of them, for others
/// those that will be measured again.
fn take_over(track: &mut TrackRow, old: &TrackRow) {
    let same_file = track.bytes == old.bytes && track.mtime_ns == old.mtime_ns;
    let same_bytes = if track.hash.is_empty() { same_file } else { track.hash == old.hash };
    if same_bytes {
        track.hash.clone_from(&old.hash);
        track.done = old.done;
        track.warning = track.warning.take().or_else(|| old.warning.clone());
    }
    track.cover.clone_from(&old.cover);
    track.loudness_lufs = old.loudness_lufs;
    if track.track_gain_from.is_none() && old.track_gain_from == Some(GainSource::Measured) {
        (track.track_gain_db, track.track_gain_from) = (old.track_gain_db, old.track_gain_from);
        track.track_peak = track.track_peak.or(old.track_peak);
    }
    if track.album_gain_from.is_none() && old.album_gain_from == Some(GainSource::Measured) {
        (track.album_gain_db, track.album_gain_from) = (old.album_gain_db, old.album_gain_from);
        track.album_peak = track.album_peak.or(old.album_peak);
    }
}
