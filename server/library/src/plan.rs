//! The plan of the work in the background: the first thing that tracks lack, and the attempts that must wait.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use downbeat_protocol::TrackId;
use downbeat_store::Text;
use tokio::time::Instant;

use super::{
    TrackRow,
    done::{COVER_DONE, SOUND_DONE},
};

/// Tracks between two looks at what is to be done, and between two saves.
pub(super) const SLICE: usize = 64;
/// The pause before work is tried again that was tried in vain; after that twice as long, and so on ...
const AGAIN: Duration = Duration::from_mins(5);
/// ... but at least so often.
const AGAIN_AT_LEAST: Duration = Duration::from_hours(24);
/// The number of times that work may hang before it is left alone until a restart: each time costs the patience, and
/// may leave a thread behind.
const HUNG_MOST: u32 = 3;

/// How much is done in the background, in tracks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackgroundStatus {
    /// Tracks that can be played.
    pub tracks: u64,
    /// Of these, those with a hash.
    pub hashed: u64,
    /// Those whose picture was looked for.
    pub covers: u64,
    /// Those whose loudness and waveform are known.
    pub analysed: u64,
}

/// The kinds of work that a track can lack, in the order in which they are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Task {
    Hash,
    Cover,
    Sound,
}

impl Task {
    pub(super) const ALL: [Self; 3] = [Self::Hash, Self::Cover, Self::Sound];

    pub(super) fn is_done(self, track: &TrackRow) -> bool {
        match self {
            Self::Hash => !track.hash.is_empty(),
            Self::Cover => track.done & COVER_DONE != 0,
            Self::Sound => track.done & SOUND_DONE != 0,
        }
    }

    /// True if there is something to do for the track.
    pub(super) fn is_lacked_by(self, track: &TrackRow) -> bool {
        track.playable() && !self.is_done(track) && self.can_be_done(track)
    }

    pub(super) fn counted(self, status: &mut BackgroundStatus) -> &mut u64 {
        match self {
            Self::Hash => &mut status.hashed,
            Self::Cover => &mut status.covers,
            Self::Sound => &mut status.analysed,
        }
    }

    fn can_be_done(self, track: &TrackRow) -> bool {
        // The sound is kept by the hash.
        self != Self::Sound || !track.hash.is_empty()
    }
}

/// Tracks that are planned at a time: to find the next ones all tracks are looked at, which takes as long for few as
/// for many.
const PLANNED: usize = 32 * SLICE;

/// The key of the tracks of an album: the album's name, and the name of its artists or else the folder of the tracks.
pub(super) type AlbumKey = (Text, Text, PathBuf);

/// The work that is done next.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The kind of work that these tracks lack; `None` if there are no tracks.
    pub(super) task: Option<Task>,
    /// In the order of their paths.
    pub(super) left: VecDeque<TrackId>,
    /// The whole albums of those that are listened to.
    pub(super) albums: HashMap<AlbumKey, Vec<TrackId>>,
}

pub(super) type GivenUp = HashMap<(Task, TrackId), GivenUpOf>;

/// The mark of work that was tried in vain with this file; one that was moved or changed since is another.
#[derive(Debug)]
pub(super) struct GivenUpOf {
    pub(super) path: PathBuf,
    pub(super) mtime_ns: i64,
    pub(super) pause: Pause,
}

impl GivenUpOf {
    pub(super) fn is_of(&self, track: &TrackRow) -> bool {
        self.mtime_ns == track.mtime_ns && self.path == track.path
    }
}

/// How long something that failed is left alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    /// `None`: for ever.
    pub(super) until: Option<Instant>,
    length: Duration,
    /// How often it hung.
    hung: u32,
}

impl Pause {
    /// After it was tried in vain once more.
    pub(super) fn after(before: Option<Self>, has_hung: bool, now: Instant) -> Self {
        let length = before.map_or(AGAIN, |p| (2 * p.length).min(AGAIN_AT_LEAST));
        let hung = before.map_or(0, |p| p.hung) + u32::from(has_hung);
        Self { until: (hung < HUNG_MOST).then(|| now + length), length, hung }
    }

    fn is_over(self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// Forgets the attempts that are over: a file that comes back from a disk that was away, or that was moved, is tried at
/// once; work that was done elsewhere meanwhile is not tried at all.
pub(super) fn forget_over(given_up: &mut GivenUp, tracks: &[Arc<TrackRow>]) {
    let ids: HashSet<TrackId> = given_up.keys().map(|(_, id)| *id).collect();
    let now: HashMap<TrackId, &Arc<TrackRow>> =
        tracks.iter().filter(|t| ids.contains(&t.id)).map(|t| (t.id, t)).collect();
    given_up.retain(|(task, id), given_up| now.get(id).is_some_and(|t| task.is_lacked_by(t) && given_up.is_of(t)));
}

/// How far everything is, and what comes next: of the first thing that tracks lack, the first of these by their paths.
pub(super) fn plan(tracks: &[Arc<TrackRow>], given_up: &GivenUp, now: Instant) -> (BackgroundStatus, Plan) {
    let tracks: Vec<&Arc<TrackRow>> = tracks.iter().filter(|t| t.playable()).collect();
    let mut status = BackgroundStatus { tracks: tracks.len() as u64, ..BackgroundStatus::default() };
    for task in Task::ALL {
        *task.counted(&mut status) = tracks.iter().filter(|t| task.is_done(t)).count() as u64;
    }
    for task in Task::ALL {
        let lacks = |t: &&Arc<TrackRow>| {
            let waits = || given_up.get(&(task, t.id)).is_some_and(|given_up| !given_up.pause.is_over(now));
            task.is_lacked_by(t) && !waits()
        };
        let mut lacking: Vec<&Arc<TrackRow>> = tracks.iter().copied().filter(lacks).collect();
        if lacking.is_empty() {
            continue;
        }
        if lacking.len() > PLANNED {
            lacking.select_nth_unstable_by(PLANNED, |a, b| a.path.cmp(&b.path));
            lacking.truncate(PLANNED);
        }
        lacking.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let mut albums: HashMap<AlbumKey, Vec<TrackId>> = HashMap::new();
        if task == Task::Sound {
            albums.extend(lacking.iter().filter_map(|t| Some((album(t)?, Vec::new()))));
            let names: HashSet<Text> = albums.keys().map(|(name, ..)| Text::clone(name)).collect();
            for track in tracks.iter().filter(|t| names.contains(&t.album)) {
                if let Some(tracks) = album(track).and_then(|key| albums.get_mut(&key)) {
                    tracks.push(track.id);
                }
            }
        }
        return (status, Plan { task: Some(task), left: lacking.iter().map(|t| t.id).collect(), albums });
    }
    (status, Plan::default())
}

pub(super) fn album(track: &TrackRow) -> Option<AlbumKey> {
    if track.album.is_empty() {
        return None;
    }
    let folder =
        if track.album_artist.is_empty() { track.path.parent().unwrap_or(Path::new("")) } else { Path::new("") };
    Some((Text::clone(&track.album), Text::clone(&track.album_artist), folder.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_tried_again_ever_later_and_what_hangs_a_few_times() {
        let now = Instant::now();
        let first = Pause::after(None, false, now);
        assert!(!first.is_over(now) && first.is_over(now + AGAIN));
        let mut pause = first;
        for _ in 0..20 {
            pause = Pause::after(Some(pause), false, now);
        }
        assert_eq!((pause.length, pause.is_over(now + AGAIN_AT_LEAST)), (AGAIN_AT_LEAST, true));
        for n in 1..=HUNG_MOST {
            pause = Pause::after(Some(pause), true, now);
            assert_eq!(pause.is_over(now + AGAIN_AT_LEAST), n < HUNG_MOST);
        }
    }
}
