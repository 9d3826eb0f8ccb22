//! The changes in the music folders while nobody scans.
//!
//! Watches are hints: they see nothing on network disks, and the system allows only so many. So they only name parts to
//! look at, and the scans decide. A part is named when it has stopped changing: a file that is being written
//! would be read half.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use notify::{
    ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind},
};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    cue::is_sheet,
    endings,
    found::{Stat, is_hidden},
    leave_out::is_mark,
    picture_names,
    progress::ScanStatus,
};

/// A file that was closed after writing is looked at after this long: some close it several times.
const AFTER_CLOSE: Duration = Duration::from_millis(250);
/// Anything else must have stayed as it is for this long.
const UNCHANGED_FOR: Duration = Duration::from_secs(1);
/// How often those that wait are looked at.
const TICK: Duration = Duration::from_millis(125);
/// When more than this changes at once, everything is looked at.
const MOST_PARTS: usize = 2_000;
/// When more than this changes and is not looked at yet, it is not even remembered.
const MOST_WAITING: usize = 10_000;

/// The hint that the system gave.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hint {
    /// A file was closed after writing, or came here whole.
    Whole(PathBuf),
    /// Something is new, gone, or being written.
    Changing(PathBuf),
    /// Something was missed.
    Anything,
}

/// The watches. Dropping them ends [`settle`].
#[derive(Clone)]
pub(super) struct Watches(Arc<Mutex<State>>);

struct State {
    watcher: Option<RecommendedWatcher>,
    status: watch::Sender<ScanStatus>,
}

impl Watches {
    /// Watches nothing yet. What is seen comes out of the receiver, for [`settle`].
    pub(super) fn new(status: watch::Sender<ScanStatus>) -> (Self, Hints) {
        let (out, hints) = mpsc::unbounded_channel();
        let backend = notify::recommended_watcher(move |event| {
            for hint in hints_of(event) {
                let _ = out.send(hint);
            }
        });
        let watches = Self(Arc::new(Mutex::new(State { watcher: None, status })));
        match backend {
            Ok(backend) => watches.state().watcher = Some(backend),
            Err(error) => watches.state().give_up(&error),
        }
        (watches, Hints(hints))
    }

    /// Watches one folder, not what lies in its folders.
    pub(super) fn watch(&self, folder: &Path) {
        let mut state = self.state();
        let Some(watcher) = &mut state.watcher else { return };
        if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
            if matches!(error.kind, ErrorKind::MaxFilesWatch) {
                state.give_up(&error);
            } else {
                // Gone already, or not to be read: the walk says so.
                tracing::debug!(folder = %folder.display(), %error, "not watched");
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps the watches that there are, takes no more, and says so once.
    fn give_up(&mut self, error: &notify::Error) {
        let text = format!(
            "not all music folders can be watched ({error}): changes there are seen at the next rescan. Raise \
             fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl, and start the coordinator anew"
        );
        let first = self.status.send_if_modified(|s| {
            let first = s.watch_fault.is_none();
            s.watch_fault.get_or_insert_with(|| text.clone());
            first
        });
        if first {
            tracing::warn!("{text}");
        }
    }
}

fn hints_of(event: notify::Result<Event>) -> Vec<Hint> {
    let Ok(event) = event else { return vec![Hint::Anything] };
    if event.need_rescan() {
        return vec![Hint::Anything];
    }
    let make: fn(PathBuf) -> Hint = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Name(_) | ModifyKind::Metadata(_)) => Hint::Whole,
        EventKind::Access(_) => return Vec::new(),
        _ => Hint::Changing,
    };
    // A path that is certainly of a file, and of neither music nor a picture of it, is passed over; a folder may
    // have any name.
    let concerns = |path: &PathBuf| {
        let hidden = path.file_name().is_some_and(is_hidden);
        is_mark_at(path)
            || !hidden
                && (endings::may_be_music(path)
                    || is_sheet(path)
                    || picture_names::rank(path).is_some()
                    || endings::ending(path).is_empty()
                    || !path.is_file())
    };
    // A mark says something of all of its folder.
    let hint = |path: PathBuf| match path.parent().filter(|_| is_mark_at(&path)) {
        Some(folder) => Hint::Whole(folder.to_owned()),
        None => make(path),
    };
    event.paths.into_iter().filter(concerns).map(hint).collect()
}

fn is_mark_at(path: &Path) -> bool {
    path.file_name().is_some_and(is_mark)
}

/// The hints that the watches gave.
pub(super) struct Hints(mpsc::UnboundedReceiver<Hint>);

/// A part that changed and is not looked at yet.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    due: Instant,
    state: Settling,
}

/// How much is known of a part that changed.
#[derive(Debug, Clone, Copy)]
enum Settling {
    /// It need not be compared with anything.
    Whole,
    /// It was not looked at yet.
    Unseen,
    /// It was so when last looked at; `None`: no file.
    Seen(Option<Stat>),
}

impl Settling {
    /// True if a part that is as `now` says has stopped changing.
    fn is_over(self, now: Option<Stat>) -> bool {
        match (self, now) {
            (Self::Whole, _) | (_, None) => true,
            (Self::Unseen | Self::Seen(None), Some(_)) => false,
            (Self::Seen(Some(then)), Some(now)) => then.same_content(now.bytes, now.mtime_ns),
        }
    }
}

/// Names parts once they have stopped changing, until the watches are gone. A path without a name means
/// everything.
pub(super) async fn settle(mut hints: Hints, parts: mpsc::Sender<Vec<PathBuf>>) {
    let mut waiting: HashMap<PathBuf, Waiting> = HashMap::new();
    let mut anything = false;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            hint = hints.0.recv() => match hint {
                None => return,
                Some(Hint::Anything) => anything = true,
                Some(Hint::Whole(path)) => {
                    waiting.insert(path, Waiting { due: Instant::now() + AFTER_CLOSE, state: Settling::Whole });
                }
                Some(Hint::Changing(path)) => {
                    let due = Instant::now() + UNCHANGED_FOR;
                    // The first look is only for comparison.
                    waiting.insert(path, Waiting { due, state: Settling::Unseen });
                }
            },
            _ = ticks.tick(), if anything || !waiting.is_empty() => {
                let now = Instant::now();
                if waiting.len() > MOST_WAITING {
                    waiting.clear();
                    anything = true;
                }
                let due: Vec<_> = waiting.iter().filter(|(_, w)| w.due <= now).map(|(p, w)| (p.clone(), *w)).collect();
                let mut settled = Vec::new();
                for (path, was) in due {
                    let stat = tokio::fs::metadata(&path).await.ok().filter(std::fs::Metadata::is_file);
                    let stat = stat.as_ref().map(Stat::of);
                    if was.state.is_over(stat) {
                        waiting.remove(&path);
                        settled.push(path);
                    } else {
                        waiting.insert(path, Waiting { due: now + UNCHANGED_FOR, state: Settling::Seen(stat) });
                    }
                }
                if anything || settled.len() > MOST_PARTS {
                    (anything, settled) = (true, vec![PathBuf::new()]);
                } else if settled.is_empty() {
                    continue;
                }
                match parts.try_send(settled) {
                    Ok(()) => anything = false,
                    Err(TrySendError::Closed(_)) => return,
                    // A scan takes its time: meanwhile what changes goes on being gathered.
                    Err(TrySendError::Full(_)) if anything => {}
                    Err(TrySendError::Full(settled)) => {
                        let again = Waiting { due: now + UNCHANGED_FOR, state: Settling::Whole };
                        waiting.extend(settled.into_iter().map(|part| (part, again)));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Bench {
        folder: tempfile::TempDir,
        watches: Watches,
        parts: mpsc::Receiver<Vec<PathBuf>>,
    }

    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let (watches, hints) = Watches::new(watch::Sender::default());
        watches.watch(folder.path());
        let (out, parts) = mpsc::channel(16);
        tokio::spawn(settle(hints, out));
        Bench { folder, watches, parts }
    }

    impl Bench {
        async fn next(&mut self) -> Vec<PathBuf> {
            let wait = tokio::time::timeout(Duration::from_mins(1), self.parts.recv());
            wait.await.expect("nothing was seen within a minute").expect("it ended")
        }
    }

    #[tokio::test]
    async fn files_that_are_written_moved_and_removed_are_named_and_others_are_not() {
        let mut bench = bench();
        let path = |name: &str| bench.folder.path().join(name);
        let (a, b, c) = (path("a.flac"), path("b.flac"), path("c.flac"));
        for noise in ["x.txt", ".hidden.mp3", "a.jpg"] {
            fs::write(path(noise), "x").unwrap();
        }
        fs::write(&a, "x").unwrap();
        assert_eq!(bench.next().await, std::slice::from_ref(&a));
        fs::rename(&a, &b).unwrap();
        let mut both = bench.next().await;
        both.sort();
        assert_eq!(both, [a, b.clone()]);
        // A link needs no writing.
        fs::hard_link(&b, &c).unwrap();
        assert_eq!(bench.next().await, [c]);
        fs::remove_file(&b).unwrap();
        assert_eq!(bench.next().await, [b]);
    }

    #[tokio::test]
    async fn a_new_folder_is_named_and_a_file_that_grows_is_not() {
        use std::io::Write as _;
        let mut bench = bench();
        let growing = bench.folder.path().join("growing.mp3");
        let mut file = fs::File::create(&growing).unwrap();
        let folder = bench.folder.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let mut seen = Vec::new();
        // It changes at every look until the folder was named.
        while !seen.contains(&folder) {
            file.write_all(b"more").unwrap();
            tokio::select! {
                more = bench.next() => seen.extend(more),
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
        assert_eq!(seen, [folder], "the other one still grows");
        drop(file);
        assert_eq!(bench.next().await, [growing]);
        drop(bench.watches);
        assert_eq!(bench.parts.recv().await, None, "it ends with the watches");
    }
}
