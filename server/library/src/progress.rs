//! How far a scan is, for people who wait for it.

use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use downbeat_host::rarely;
use tokio::{sync::watch, time::Instant};

use super::{
    endings,
    found::{LeftOut, NotTaken},
};

/// Shown so often, at most.
const SHOW_EVERY: Duration = Duration::from_millis(100);
/// So many things that were left out are kept by name.
const MOST_LEFT_OUT: usize = 10_000;
/// So many endings are counted, each by itself; those of all others together, as `*`.
const MOST_ENDINGS: usize = 100;

/// How far the scan is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScanStatus {
    /// True if a scan is under way.
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
    /// Why what was learned could not be saved, or what could not be looked at because of the machine, and what to do,
    /// for people. What was learned is shown all the same and saved when that works again; what could not be looked at
    /// is kept as it is known.
    pub fault: Option<String>,
    /// The same for each music folder, as configured.
    pub folders: Vec<FolderStatus>,
    /// Things in the music folders that are no files that could be read, in the order of the walk.
    pub left_out: Vec<LeftOut>,
    /// Files that are no music by the endings of their names, the most frequent ending first.
    pub not_taken: Vec<NotTaken>,
    /// Why changes are not seen at once everywhere, and what to do about it, for people.
    pub watch_fault: Option<String>,
    /// The number of the latest request for a scan that was fulfilled.
    pub(super) fulfilled: u64,
}

/// How far the scan of one music folder is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FolderStatus {
    /// The folder.
    pub path: PathBuf,
    /// The state of the folder when it was last looked for.
    pub state: FolderState,
    /// True if all its files are found; before that `found` grows.
    pub walked: bool,
    /// Files that may be music.
    pub found: u64,
    /// Of these, looked at.
    pub done: u64,
    /// Of these, those that cannot be played.
    pub failed: u64,
    /// Files read a second; `None` if none is being read.
    pub rate: Option<f64>,
    /// Seconds until all its files are looked at, as far as can be told.
    pub seconds_left: Option<f64>,
}

/// The state of a music folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FolderState {
    /// It was not looked at yet.
    #[default]
    Unknown,
    /// It is there.
    Present,
    /// It is there and holds no music, though it did: a disk that is not mounted looks like this. If it is another
    /// folder than the one that was walked, its tracks are kept as they are.
    Empty,
    /// It is not there, or cannot be read. Its tracks are kept as they are.
    Missing,
}

/// Counts for one scan, and shows the sums now and then.
pub(super) struct Progress<'a> {
    shown: &'a watch::Sender<ScanStatus>,
    folders: Vec<Count>,
    left_out: Vec<LeftOut>,
    not_taken: HashMap<String, NotTaken>,
    /// Files that were counted since they were shown.
    not_shown: u64,
    started: Instant,
    last_shown: Instant,
}

#[derive(Debug, Default)]
struct Count {
    status: FolderStatus,
    read: u64,
}

impl<'a> Progress<'a> {
    pub(super) fn new(shown: &'a watch::Sender<ScanStatus>, folders: &[PathBuf]) -> Self {
        let count =
            |path: &PathBuf| Count { status: FolderStatus { path: path.clone(), ..FolderStatus::default() }, read: 0 };
        let now = Instant::now();
        let folders = folders.iter().map(count).collect();
        let mut progress = Self {
            shown,
            folders,
            left_out: Vec::new(),
            not_taken: HashMap::new(),
            not_shown: 0,
            started: now,
            last_shown: now,
        };
        progress.show();
        progress
    }

    /// A file was found in this folder.
    pub(super) fn found(&mut self, folder: usize) {
        self.count(folder, |c| c.status.found += 1);
    }

    /// One of them is known and unchanged.
    pub(super) fn unchanged(&mut self, folder: usize, failed: bool) {
        self.count(folder, |c| {
            c.status.done += 1;
            c.status.failed += u64::from(failed);
        });
    }

    /// One of them was read.
    pub(super) fn read(&mut self, folder: usize, failed: bool) {
        self.count(folder, |c| {
            c.status.done += 1;
            c.status.failed += u64::from(failed);
            c.read += 1;
        });
    }

    pub(super) fn left_out(&mut self, left: LeftOut) {
        if self.left_out.len() < MOST_LEFT_OUT {
            if let Some(left_out) = rarely::may_tell("left out of the library") {
                let (path, reason) = (left.path.display(), &left.reason);
                tracing::info!(%path, reason, left_out, "left out of the library");
            }
            self.left_out.push(left);
        }
    }

    /// A file that is no music by its name.
    pub(super) fn not_taken(&mut self, path: PathBuf) {
        let mut ending = endings::ending(&path);
        if !self.not_taken.contains_key(&ending) && self.not_taken.len() >= MOST_ENDINGS {
            ending = "*".into();
        }
        let reason = endings::why_not(&ending);
        self.pass(path, ending, reason);
    }

    /// What is left out by a list or a mark.
    pub(super) fn passed(&mut self, path: PathBuf, name: String, reason: &'static str) {
        let full = !self.not_taken.contains_key(&name) && self.not_taken.len() >= MOST_ENDINGS;
        self.pass(path, if full { "*".into() } else { name }, reason);
    }

    fn pass(&mut self, example: PathBuf, ending: String, reason: &'static str) {
        let kind = self.not_taken.entry(ending).or_insert_with_key(|ending| {
            let ending = ending.clone();
            NotTaken { ending, reason, files: 0, example }
        });
        kind.files += 1;
        self.not_shown += 1;
    }

    /// All files of this folder are found.
    pub(super) fn walked(&mut self, folder: usize, state: FolderState) {
        self.count(folder, |c| (c.status.walked, c.status.state) = (true, state));
    }

    fn count(&mut self, folder: usize, change: impl FnOnce(&mut Count)) {
        if let Some(count) = self.folders.get_mut(folder) {
            change(count);
        }
        if self.last_shown.elapsed() >= SHOW_EVERY {
            self.show();
        }
    }

    /// Shows the sums as they are.
    pub(super) fn show(&mut self) {
        self.show_at(Instant::now());
    }

    fn show_at(&mut self, now: Instant) {
        self.last_shown = now;
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        let all_read: u64 = self.folders.iter().map(|c| c.read).sum();
        for count in &mut self.folders {
            let left = count.status.found - count.status.done.min(count.status.found);
            let busy = left > 0 && seconds > 0.0;
            count.status.rate = busy.then(|| count.read as f64 / seconds);
            // All folders share the readers.
            let rate = all_read as f64 / seconds.max(1e-3);
            count.status.seconds_left = (busy && count.status.walked && rate > 0.0).then(|| left as f64 / rate);
        }
        let folders: Vec<FolderStatus> = self.folders.iter().map(|c| c.status.clone()).collect();
        let sum = |field: fn(&FolderStatus) -> u64| folders.iter().map(field).sum::<u64>();
        let sums = (sum(|f| f.found), sum(|f| f.done), sum(|f| f.failed));
        let not_taken = (std::mem::take(&mut self.not_shown) > 0).then(|| {
            let mut all: Vec<NotTaken> = self.not_taken.values().cloned().collect();
            all.sort_by(|a, b| b.files.cmp(&a.files).then_with(|| a.ending.cmp(&b.ending)));
            all
        });
        self.shown.send_modify(|s| {
            (s.found, s.done, s.failed) = sums;
            if s.left_out.len() != self.left_out.len() {
                s.left_out.clone_from(&self.left_out);
            }
            if let Some(not_taken) = not_taken {
                s.not_taken = not_taken;
            }
            s.folders = folders;
        });
    }
}

/// True for a path below one of `folders` that does not climb out of it.
pub(super) fn holds(folders: &[PathBuf], path: &Path) -> bool {
    folder_of(folders, path).is_some() && path.components().all(|c| c != Component::ParentDir)
}

/// The folder that holds this path: the deepest, if one lies within another.
pub(super) fn folder_of(folders: &[PathBuf], path: &Path) -> Option<usize> {
    let holding = folders.iter().enumerate().filter(|(_, folder)| path.starts_with(folder));
    holding.max_by_key(|(_, folder)| folder.as_os_str().len()).map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_time_left_follow_from_what_was_read() {
        let shown = watch::Sender::new(ScanStatus::default());
        let folders = [PathBuf::from("/a"), "/b".into()];
        let mut progress = Progress::new(&shown, &folders);
        for _ in 0..30 {
            progress.found(0);
        }
        progress.unchanged(0, true);
        for i in 0..9 {
            progress.read(0, i == 0);
        }
        progress.show_at(progress.started + Duration::from_secs(2));
        let status = shown.borrow().clone();
        assert_eq!((status.found, status.done, status.failed), (30, 10, 2));
        assert_eq!((status.folders[0].rate, status.folders[0].seconds_left), (Some(4.5), None), "more may be found");
        progress.walked(0, FolderState::Present);
        progress.walked(1, FolderState::Missing);
        progress.show_at(progress.started + Duration::from_secs(2));
        let status = shown.borrow().clone();
        assert_eq!(status.folders[0].seconds_left.map(f64::round), Some(4.0));
        assert_eq!((status.folders[1].rate, status.folders[1].state), (None, FolderState::Missing));
    }

    #[test]
    fn a_path_belongs_to_the_deepest_folder() {
        let folders = [PathBuf::from("/a"), "/a/b".into(), "/c".into()];
        let of = |path: &str| folder_of(&folders, Path::new(path));
        assert!(holds(&folders, Path::new("/a/x.flac")));
        assert!(!holds(&folders, Path::new("/a/../etc/passwd")) && !holds(&folders, Path::new("/ab/x")));
        assert_eq!((of("/a/x"), of("/a/b/x"), of("/ab"), of("/c")), (Some(0), Some(1), None, Some(2)));
    }
}
