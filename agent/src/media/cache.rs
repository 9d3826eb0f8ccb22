//! The files that this speaker has: whole tracks by the hash of their bytes, so that nothing in it can be stale.
//!
//! A bounded folder. `<hash>` is a complete, verified file; `<hash>.<n>.part` is one that is coming in, which readers
//! may already read. What the plan needs stays, what is being read stays, the rest goes when room is needed.

use std::{
    collections::HashSet,
    fs, io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Condvar, Mutex},
};

use downbeat_host::files::{self, Space};
use downbeat_protocol::{
    PlanEntry,
    report::{CacheState, CachedEntry, PlanCache},
};
use rustls::ClientConfig;
use tokio::{sync::Notify, time::Instant};

use super::{
    download::ReaderControl,
    downloads::{Planned, State},
    error::FetchError,
    fetch::{FetchSettings, Fetcher},
    room::{KeepFree, Room},
    shared::{LookAtDisk, SharedCache, is_hash},
    source::CacheReader,
};

/// The default bound of the cache, bytes.
pub const DEFAULT_CACHE_LIMIT: u64 = 2 << 30;

/// The bounds of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CacheSettings {
    /// The bound of all files, bytes.
    pub limit: u64,
    /// The part of the disk that stays free, whatever the limit says.
    pub keep_free: KeepFree,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { limit: DEFAULT_CACHE_LIMIT, keep_free: KeepFree::default() }
    }
}

/// How much of a file is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileStatus {
    /// Nothing.
    Absent,
    /// Some of it.
    Partial {
        /// Bytes that are here.
        have: u64,
        /// Bytes of the whole.
        total: u64,
    },
    /// All of it, verified.
    Complete,
}

/// The cache in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheStats {
    /// Complete files.
    pub files: usize,
    /// Bytes of all files, complete or not.
    pub bytes: u64,
    /// The bytes that there may be: the limit, or less if the disk has not so much room.
    pub room: u64,
}

/// The files that this speaker has. Cheap to clone: all clones are one cache.
#[derive(Debug, Clone)]
pub struct MediaCache {
    pub(super) shared: Arc<SharedCache>,
}

impl MediaCache {
    /// Opens the cache in the folder `dir`, which is made if need be. What a killed process left half done is deleted.
    /// Of whole files that are more than the room, its fetcher deletes the longest unused.
    pub fn open(dir: &Path, settings: CacheSettings) -> io::Result<Self> {
        Self::open_on(dir, settings, files::space)
    }

    /// The same on a disk that is looked at by `look_at_disk`.
    pub(super) fn open_on(
        dir: &Path,
        settings: CacheSettings,
        look_at_disk: impl Fn(&Path) -> io::Result<Space> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let room = Room::new(settings.limit, settings.keep_free);
        let mut state = State { dir: dir.into(), room, ..State::default() };
        let mut found = Vec::new();
        for item in fs::read_dir(dir)? {
            let item = item?;
            // A speaker plays with less of a cache rather than not at all.
            let leave = |error: &io::Error| tracing::warn!(path = %item.path().display(), "left as it is: {error}");
            let name = item.file_name().to_string_lossy().into_owned();
            let Ok(meta) = item.metadata().inspect_err(leave) else { continue };
            if !meta.is_file() {
                continue;
            }
            if is_hash(&name) {
                found.push((meta.modified()?, name, meta.len()));
            } else if Path::new(&name).extension().is_some_and(|e| e == "part") {
                fs::remove_file(item.path()).unwrap_or_else(|error| leave(&error));
            }
        }
        found.sort();
        for (_, name, bytes) in found {
            state.shelf.add(&name, bytes, false);
        }
        let shared = SharedCache {
            dir: dir.into(),
            look_at_disk: LookAtDisk(Box::new(look_at_disk)),
            state: Mutex::new(state),
            arrived: Condvar::new(),
            wanted: Notify::new(),
            unchecked: Notify::new(),
        };
        shared.look(Instant::now());
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The task that fetches what is wanted. One per cache.
    pub fn fetcher(&self, settings: FetchSettings) -> Fetcher {
        Fetcher::new(Arc::clone(&self.shared), settings)
    }

    /// Sets the address that files come from: `http://HOST:PORT`; `peer`: a machine that is known to answer there. A
    /// download that failed before is tried again, unless it came whole and wrong from the same address.
    pub fn set_source(&self, url: &str, peer: Option<SocketAddr>) {
        self.set_source_over(url, peer, None);
    }

    /// The same over TLS, as `tls` says it: `https://HOST:PORT`.
    pub fn set_source_over(&self, url: &str, peer: Option<SocketAddr>, tls: Option<Arc<ClientConfig>>) {
        let mut state = self.shared.lock();
        state.tls = tls;
        state.set_source(url.trim_end_matches('/'), peer, Instant::now());
        drop(state);
        self.shared.wanted.notify_one();
    }

    /// Sets how TLS is spoken from now on, with the same machine.
    pub fn set_tls(&self, tls: Option<Arc<ClientConfig>>) {
        self.shared.lock().tls = tls;
    }

    /// A reader of the entry's file, from its first byte. It blocks while bytes are missing, and makes them come
    /// first. Does no I/O itself.
    pub fn reader(&self, entry: &PlanEntry) -> Result<CacheReader, FetchError> {
        if !is_hash(&entry.hash) {
            return Err(FetchError::BadHash(entry.hash.clone()));
        }
        let control = Arc::new(ReaderControl::default());
        let mut state = self.shared.lock();
        state.use_file(&entry.hash, &control);
        if state.shelf.get(&entry.hash) != Some(entry.bytes) {
            let now = Instant::now();
            state.attach(&entry.hash, entry.bytes, &control, now);
            state.try_again(&entry.hash, now);
        }
        drop(state);
        self.shared.wanted.notify_one();
        self.shared.unchecked.notify_one();
        Ok(CacheReader::new(Arc::clone(&self.shared), entry, control))
    }

    /// Sets the plan's files, in order: they are fetched ahead, and kept.
    pub fn prefetch(&self, plan: &[PlanEntry]) {
        let wanted: Vec<_> = plan
            .iter()
            .filter(|e| is_hash(&e.hash))
            .map(|e| Planned { hash: e.hash.clone(), bytes: e.bytes })
            .collect();
        let mut state = self.shared.lock();
        if state.plan != wanted {
            state.set_plan(wanted);
            drop(state);
            self.shared.wanted.notify_one();
            self.shared.unchecked.notify_one();
        }
    }

    /// How much of `plan` is here.
    pub fn plan_cache(&self, plan: &[PlanEntry]) -> PlanCache {
        let state = self.shared.lock();
        let state_of = |hash: &str| match (state.shelf.get(hash), state.downloads.get(hash)) {
            (Some(_), _) => CacheState::Ready,
            (None, Some(d)) if d.spans.count() > 0 => CacheState::Partly,
            _ => CacheState::Missing,
        };
        let mut told = PlanCache::default();
        let mut counted = HashSet::new();
        for entry in plan {
            let state = state_of(&entry.hash);
            if told.entries.len() < PlanCache::MOST {
                told.entries.push(CachedEntry { entry: entry.entry, state });
            }
            if counted.insert(&entry.hash) {
                *match state {
                    CacheState::Ready => &mut told.ready,
                    CacheState::Partly => &mut told.partly,
                    CacheState::Missing => &mut told.missing,
                } += 1;
            }
        }
        told
    }

    /// How much of the file `hash` is here.
    pub fn status(&self, hash: &str) -> FileStatus {
        let state = self.shared.lock();
        match (state.shelf.get(hash), state.downloads.get(hash)) {
            (Some(_), _) => FileStatus::Complete,
            (None, Some(d)) => FileStatus::Partial { have: d.spans.count(), total: d.total },
            (None, None) => FileStatus::Absent,
        }
    }

    /// Why the file `hash` cannot be had, if that is so.
    pub fn fault(&self, hash: &str) -> Option<FetchError> {
        self.shared.lock().downloads.get(hash).and_then(|d| d.failed.clone())
    }

    /// The cache in figures.
    pub fn stats(&self) -> CacheStats {
        let state = self.shared.lock();
        CacheStats { files: state.shelf.len(), bytes: state.own_bytes(), room: state.room.bytes() }
    }

    /// Ends all waiting: every reader fails, the fetcher returns.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.arrived.notify_all();
        self.shared.wanted.notify_one();
        self.shared.unchecked.notify_one();
    }
}
