//! One scan: a walk over folders, and what it changes in the records.
//!
//! Files are read while the walk goes on, by as many threads as keep the cores busy, and saved while others are read.
//! The track that a file is can be told at once unless it may be another one that was moved; those files wait for the
//! end of the walk.

mod jobs;
mod parts;
mod record;
mod scope;
mod walking;

use std::{
    collections::{HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::Utc;
use downbeat_protocol::TrackId;
use downbeat_store::StoreError;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    task::JoinHandle,
    time::{Instant, interval},
};

pub(crate) use self::scope::{Context, Scope};
use self::{
    jobs::{Job, Outcome, next_work, work},
    parts::{known_as, part_ids, siblings},
    record::{split, track_of, version_with},
    walking::{Message, walk},
};
use crate::{
    covers::Beside,
    done::{COVER_DONE, COVER_OWN},
    found::{Found, LeftOut, Walked},
    identity::{self, Identities, Reading, Verdict},
    machine::Trouble,
    progress::Progress,
    records::BATCH,
    worker::Worker,
};

/// The time after which new facts are saved, if not many files came together before.
const BATCH_TIME: Duration = Duration::from_millis(500);
/// Files that wait to be read; the walk pauses until there are fewer.
const QUEUE: usize = 2_048;
/// Changes that wait to be saved; reading pauses until there are fewer.
const UNSAVED: usize = 3 * BATCH;
/// Tracks that are looked for at their place because a file of the same size turned up elsewhere.
const MOST_LOOKUPS: usize = 1_000;

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
    /// The places of which nothing is known.
    troubles: Vec<Trouble>,
    /// Of a scan of parts: what was left out.
    left_out: Vec<LeftOut>,
    /// Of this scanner, as it is set.
    version: u32,
}

/// How a scan went.
pub(crate) struct Ended {
    /// How what was learned was saved.
    pub(crate) saved: Result<(), StoreError>,
    /// The places that could not be looked at: what is known of them stays as it is.
    pub(crate) troubles: Vec<Trouble>,
    /// Of a scan of parts: what was left out.
    pub(crate) left_out: Vec<LeftOut>,
}

/// Looks at everything in `scope`; ends early when stopped, or when the machine can look at nothing more.
pub(crate) async fn scan(context: &Context, scope: &Scope) -> Ended {
    context.reading.begin();
    let known = context.records.catalog.all();
    let mut scan = Scan {
        context,
        scope,
        progress: (*scope == Scope::Everything).then(|| Progress::new(&context.status, &context.folders)),
        jobs: VecDeque::new(),
        unchanged: HashSet::new(),
        known: Vec::new(),
        sizes: known.iter().map(|t| t.file_bytes()).filter(|bytes| *bytes > 0).collect(),
        alike: HashSet::new(),
        waiting: Vec::new(),
        lost_paths: HashSet::new(),
        identities: None,
        beside: Beside::default(),
        saved: Ok(()),
        troubles: Vec::new(),
        left_out: Vec::new(),
        version: version_with(&context.reading.separators),
    };
    drop(known);
    scan.run().await;
    Ended { saved: scan.saved, troubles: scan.troubles, left_out: scan.left_out }
}

impl Scan<'_> {
    async fn run(&mut self) {
        let mut messages = walk(self.context, self.scope);
        // Two more than cores: some wait for the disk.
        let threads = std::thread::available_parallelism().map_or(2, usize::from) + 2;
        let mut idle: Vec<Worker> = (0..threads).map(|_| Worker::patient("scan")).collect();
        let mut busy = FuturesUnordered::new();
        let mut walking = true;
        let mut saving: Option<JoinHandle<Result<(), StoreError>>> = None;
        let mut last_saved = Instant::now();
        let mut ticks = interval(BATCH_TIME);
        loop {
            let waiting = self.context.records.waiting();
            while waiting < UNSAVED
                && let Some(worker) = idle.pop()
            {
                let Some(next) = next_work(&mut self.jobs, threads) else {
                    idle.push(worker);
                    break;
                };
                busy.push(work(worker, next, Arc::clone(&self.context.stop), Arc::clone(&self.context.reading)));
            }
            if saving.is_none() && (waiting >= BATCH || waiting > 0 && last_saved.elapsed() >= BATCH_TIME) {
                let records = Arc::clone(&self.context.records);
                saving = Some(tokio::spawn(async move { records.publish().await }));
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
                Some((worker, outcome)) = busy.next(), if !busy.is_empty() => {
                    idle.push(worker);
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
        let last = self.context.records.publish().await;
        self.keep(last);
        if let Some(progress) = &mut self.progress {
            progress.show();
        }
    }

    fn keep(&mut self, result: Result<(), StoreError>) {
        // The latest decides: what could not be saved was kept, and is saved with what comes next.
        self.saved = result;
    }

    fn on_message(&mut self, message: Message) {
        match message {
            Message::Walked(walked) => walked.into_iter().for_each(|(folder, walked)| self.on_walked(folder, walked)),
            Message::Troubles(troubles) => troubles.into_iter().for_each(|trouble| self.trouble(trouble)),
            Message::End(folder, state) => {
                if let Some(progress) = &mut self.progress {
                    progress.walked(folder, state);
                }
            }
        }
    }

    /// Nothing is known of this place; if of none, what waits to be read is left.
    fn trouble(&mut self, trouble: Trouble) {
        if trouble.everywhere {
            self.jobs.clear();
            self.waiting.clear();
        }
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    /// True if nothing more can be looked at.
    fn is_lost(&self) -> bool {
        self.troubles.iter().any(|trouble| trouble.everywhere)
    }

    fn is_blind(&self, path: &Path) -> bool {
        self.troubles.iter().any(|trouble| trouble.covers(path))
    }

    fn on_walked(&mut self, folder: usize, walked: Walked) {
        match walked {
            Walked::File(found) => self.on_found(folder, found),
            Walked::Picture(path, bytes) => self.beside.found(&path, bytes),
            Walked::LeftOut(left) => {
                if let Some(progress) = &mut self.progress {
                    progress.left_out(left);
                } else {
                    self.left_out.push(left);
                }
            }
            Walked::NotTaken(path) => {
                if let Some(progress) = &mut self.progress {
                    progress.not_taken(path);
                }
            }
            Walked::Passed(path, name, reason) => {
                if let Some(progress) = &mut self.progress {
                    progress.passed(path, name, reason);
                }
            }
        }
    }

    fn on_found(&mut self, folder: usize, found: Found) {
        if self.is_lost() {
            return;
        }
        if let Some(progress) = &mut self.progress {
            progress.found(folder);
        }
        let known = known_as(&found, self.context.records.catalog.all_at_path(&found.path), self.version);
        if known.is_empty() {
            if self.sizes.contains(&found.stat.bytes) {
                self.alike.insert(found.stat.bytes);
            }
            return self.jobs.push_back(Job::Inspect(folder, found));
        }
        if let Some(progress) = &mut self.progress {
            progress.unchanged(folder, known[0].fault.is_some());
        }
        for t in known {
            self.unchanged.insert(t.id);
            if !t.available || t.inode != found.stat.inode {
                self.context.records.change(t.id, |old| {
                    Some(old?.clone().with(|t| {
                        t.available = true;
                        t.inode = found.stat.inode;
                    }))
                });
            }
        }
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Stopped => {}
            Outcome::Inspected(read, left) => {
                let left = if self.is_lost() { Vec::new() } else { left };
                for (folder, found) in left.into_iter().rev() {
                    self.jobs.push_front(Job::Inspect(folder, found));
                }
                for (folder, reading) in read {
                    if let Some(progress) = &mut self.progress {
                        progress.read(folder, reading.1.facts.is_err());
                    }
                    if let Some(trouble) = reading.1.trouble.clone() {
                        self.trouble(trouble);
                        // The file is there: what is known of it stays.
                        let known = self.context.records.catalog.all_at_path(&reading.0.path);
                        self.unchanged.extend(known.iter().map(|track| track.id));
                    } else {
                        self.decide(reading);
                    }
                }
            }
            Outcome::Hashed(reading) => match &mut self.identities {
                Some(identities) if reading.1.hash.is_empty() => identities.defer(*reading),
                _ => self.decide(*reading),
            },
        }
    }

    fn decide(&mut self, reading: Reading) {
        if self.identities.is_some()
            && self.is_blind(&reading.0.path)
            && let Some(own) = self.context.records.catalog.at_path(&reading.0.path)
        {
            // Its neighbours could not be looked at: it is the file of its path.
            return self.write(own.id, reading);
        }
        let Some(identities) = &mut self.identities else {
            // The walk goes on.
            match self.context.records.catalog.at_path(&reading.0.path) {
                Some(own) if identity::is_own(&reading, &own) => self.write(own.id, reading),
                None if !self.sizes.contains(&reading.0.stat.bytes) => self.write(identity::new_id(), reading),
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

    /// Writes the tracks of a file that is that of the track `id`.
    fn write(&mut self, id: TrackId, reading: Reading) {
        let now = Utc::now().timestamp();
        let (records, version) = (&self.context.records, self.version);
        let path = reading.0.path.clone();
        let mut before = siblings(&records.catalog, id);
        // another file may lie there by now
        before.retain(|t| t.id == id || !self.unchanged.contains(&t.id));
        if records.catalog.all_at_path(&path).iter().any(|t| t.id != id && before.iter().all(|b| b.id != t.id)) {
            self.lost_paths.insert(path.clone());
        }
        let sheet = reading.0.sheet.as_ref().map(|cuts| cuts.sheet.clone());
        let tracks = split(reading);
        let is_cut = tracks.iter().any(|(_, part)| part.is_some());
        let ids = part_ids(id, &before, tracks.iter().map(|(_, part)| part.as_ref()), &self.unchanged);
        for (track, id) in tracks.into_iter().zip(&ids) {
            self.unchanged.insert(*id);
            records.change(*id, |old| Some(track_of(*id, track, old, now, version)));
        }
        // What the file held before goes with it, for the case that it holds it again.
        for gone in before.iter().filter(|t| !ids.contains(&t.id)) {
            self.unchanged.insert(gone.id);
            records.change(gone.id, |old| {
                Some(old?.clone().with(|t| {
                    t.available = false;
                    t.path.clone_from(&path);
                    if is_cut && t.part.is_none() {
                        let by = sheet.as_deref().unwrap_or("what it says itself");
                        t.fault = Some(format!("the file is cut into tracks by {by}").into());
                        t.mtime_ns = 0;
                    }
                }))
            });
        }
    }

    /// The walk has ended: now it can be said which tracks are not at their place.
    async fn all_found(&mut self) {
        if self.is_lost() {
            return;
        }
        let blind: Vec<Trouble> = self.troubles.clone();
        let sizes = std::mem::take(&mut self.alike);
        let (scope, catalog) = (self.scope.clone(), Arc::clone(&self.context.records.catalog));
        // Every path is looked at, and some files: that may take longer than others can wait.
        let sorted = tokio::task::spawn_blocking(move || {
            let mut all = catalog.all();
            all.retain(|t| !blind.iter().any(|trouble| trouble.covers(&t.path)));
            let (within, mut others): (Vec<_>, Vec<_>) = all.into_iter().partition(|t| scope.contains(&t.path));
            let known: Vec<TrackId> = within.iter().map(|t| t.id).collect();
            let mut loose = within;
            loose.extend(others.extract_if(.., |t| !t.available));
            others.retain(|t| sizes.contains(&t.file_bytes()));
            others.truncate(MOST_LOOKUPS);
            // A file that was moved here is gone there, though nobody looked yet.
            others.retain(|t| t.path.try_exists().is_ok_and(|there| !there));
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
        for track in self.context.records.catalog.get_all(std::mem::take(&mut self.known)) {
            // A file of it may have failed while it was read.
            if self.unchanged.contains(&track.id) || identities.is_taken(track.id) || self.is_blind(&track.path) {
                continue;
            }
            // Another track's file lies there now: this one is nowhere.
            let path = if self.lost_paths.contains(&track.path) { PathBuf::new() } else { track.path.clone() };
            if track.available || path != track.path {
                self.context.records.change(track.id, |old| {
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
        if beside.is_empty() && !all || !self.troubles.is_empty() {
            return;
        }
        let records = &self.context.records;
        let covers = match records.store.load_cover_sizes().await {
            Ok(covers) => covers,
            Err(error) => return tracing::warn!(%error, "pictures were not compared"),
        };
        let catalog = Arc::clone(&records.catalog);
        let outdated = tokio::task::spawn_blocking(move || beside.outdated(&catalog.all(), &covers, all)).await;
        for id in outdated.unwrap_or_default() {
            records.find(id, |track| track.done &= !(COVER_DONE | COVER_OWN));
        }
    }
}
