//! What the handles of the library and the turners share: what is wanted, what is known of each file, how far it is.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fs::File,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use downbeat_protocol::TrackId;
use downbeat_store::TrackRow;
use tokio::sync::watch;

use super::{cache::Cache, program::Ffmpeg};
use crate::{
    done::{TO_TURN, TURN_FAILED},
    plan::Pause,
    separators::Separators,
};

/// The fault of a file that is going to be turned.
pub(crate) const WAITS: &str = "it is being converted to FLAC by ffmpeg, once; it plays when that is done";
/// The fault of a file that could be, if ffmpeg were there.
pub(crate) const NEEDS: &str =
    "needs ffmpeg, which the coordinator has not found: sudo apt install ffmpeg, and scan again";
/// The fault of a file that is not turned because the settings say so.
pub(crate) const OFF: &str = "needs ffmpeg, which is off (--ffmpeg)";
/// How a fault begins where ffmpeg could not turn a file.
pub(crate) const FAILED: &str = "could not be converted: ";

/// How files are turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnSettings {
    /// The program, or its name among those of the system; `None`: nothing is turned.
    pub ffmpeg: Option<PathBuf>,
    /// The folder of what was made.
    pub folder: PathBuf,
    /// The most that is kept there, bytes.
    pub cache_bytes: u64,
    /// Files that are turned at the same time, each on one core.
    pub at_once: usize,
    /// Time of the processor for any file, however small. Larger ones get more.
    pub least_time: Duration,
}

impl TurnSettings {
    /// The settings that most have, with this folder.
    pub fn new(folder: PathBuf) -> Self {
        let (ffmpeg, least_time) = (Some("ffmpeg".into()), Duration::from_mins(1));
        Self { ffmpeg, folder, cache_bytes: 20 << 30, at_once: 1, least_time }
    }
}

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TurnStatus {
    /// The version of ffmpeg; `None` if there is none, or it is off.
    pub ffmpeg: Option<String>,
    /// Files that wait.
    pub waiting: u64,
    /// Those that were turned.
    pub turned: u64,
    /// Those that could not be.
    pub failed: u64,
}

/// How far the file of one track is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turning {
    /// It waits for its turn.
    Waits,
    /// It waits for ffmpeg.
    NeedsFfmpeg,
    /// It could not be turned; the fault says why.
    Failed,
    /// What plays was made of it.
    Turned,
}

impl Turning {
    /// That of a track; `None` for one that plays as it is.
    pub fn of(track: &TrackRow) -> Option<Self> {
        let says = |text: &str| track.fault.as_deref() == Some(text);
        if track.source.is_some() {
            Some(Self::Turned)
        } else if track.done & TO_TURN == 0 || track.fault.is_none() {
            None
        } else if track.done & TURN_FAILED != 0 {
            Some(Self::Failed)
        } else if says(NEEDS) || says(OFF) {
            Some(Self::NeedsFfmpeg)
        } else {
            Some(Self::Waits)
        }
    }
}

/// The state that the handles of the library and the turners share.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(super) settings: Option<TurnSettings>,
    pub(super) separators: Separators,
    /// `None`: nothing is turned, or the folder cannot be made.
    pub(super) cache: Option<Cache>,
    pub(super) found: Mutex<Option<Ffmpeg>>,
    queue: Mutex<Queue>,
    pub(super) status: watch::Sender<TurnStatus>,
    /// Counts what was asked for.
    pub(super) asked: watch::Sender<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Asked for, the first first.
    pub(super) wanted: VecDeque<TrackId>,
    /// Of all that wait, the next ones by their paths.
    pub(super) left: VecDeque<TrackId>,
    pub(super) busy: HashSet<TrackId>,
    /// Tried in vain, for no fault of the file with this time.
    pub(super) paused: HashMap<TrackId, (i64, Pause)>,
}

impl Shop {
    pub(crate) fn new(settings: Option<TurnSettings>, separators: Separators) -> Self {
        let settings = settings.filter(|settings| settings.ffmpeg.is_some());
        let open = |settings: &TurnSettings| match Cache::open(settings.folder.clone(), settings.cache_bytes) {
            Ok(cache) => Some(cache),
            Err(error) => {
                let folder = settings.folder.display();
                tracing::warn!(%folder, %error, "nothing is converted: the folder cannot be used");
                None
            }
        };
        let cache = settings.as_ref().and_then(open);
        Self {
            settings,
            separators,
            cache,
            found: Mutex::default(),
            queue: Mutex::default(),
            status: watch::Sender::default(),
            asked: watch::Sender::default(),
        }
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn found(&self) -> Option<Ffmpeg> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The words for a file that waits.
    pub(super) fn words(&self) -> &'static str {
        match (&self.settings, self.found()) {
            (None, _) => OFF,
            (Some(_), None) => NEEDS,
            (Some(_), Some(_)) => WAITS,
        }
    }

    pub(crate) fn status(&self) -> watch::Receiver<TurnStatus> {
        self.status.subscribe()
    }

    /// What is kept, and the most that may be, bytes.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        self.cache.as_ref().map_or((0, 0), |cache| (cache.bytes(), cache.most()))
    }

    /// Has those of these tracks turned before others that must be, in their order.
    pub(crate) fn want<'a>(&self, tracks: impl IntoIterator<Item = &'a TrackRow>) {
        let Some(cache) = &self.cache else { return };
        let lacks = |track: &&TrackRow| match &track.source {
            Some(_) => !cache.has(&track.hash),
            None => track.done & (TO_TURN | TURN_FAILED) == TO_TURN,
        };
        let mut any = false;
        for track in tracks.into_iter().filter(lacks) {
            let mut queue = self.queue();
            if !queue.wanted.contains(&track.id) && queue.wanted.len() < MOST_WANTED {
                queue.wanted.push_back(track.id);
                any = true;
            }
        }
        if any {
            self.asked.send_modify(|asked| *asked += 1);
        }
    }

    /// What was made of this track's file. If it is not there, it is made again, before others.
    pub(crate) fn open(&self, track: &TrackRow) -> Option<File> {
        let cache = self.cache.as_ref()?;
        if cache.has(&track.hash) {
            let file = File::open(cache.path(&track.hash)).ok();
            let is_whole = |file: &File| file.metadata().is_ok_and(|found| found.len() == track.bytes);
            if let Some(file) = file.filter(is_whole) {
                return Some(file);
            }
            cache.forget(&track.hash);
        }
        let mut queue = self.queue();
        queue.wanted.retain(|id| *id != track.id);
        queue.wanted.push_front(track.id);
        drop(queue);
        self.asked.send_modify(|asked| *asked += 1);
        None
    }

    /// The place of what was made of this track's file.
    pub(crate) fn path(&self, track: &TrackRow) -> Option<PathBuf> {
        self.cache.as_ref().filter(|cache| cache.has(&track.hash)).map(|cache| cache.path(&track.hash))
    }
}

/// So many are remembered that were asked for.
const MOST_WANTED: usize = 10_000;
