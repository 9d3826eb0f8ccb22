//! All that is to be learned from one file: its hash, its exact length, its tags, or what is wrong with it.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    guard::{LimitedFile, Limits, guard},
    probe::{self, Facts},
    tags::{self, Tags},
    walk::{self, Stat},
};

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inspected {
    /// As it was read. A time of 0 means that it must be read again at the next scan.
    pub(super) stat: Stat,
    /// BLAKE3, lower-case hex; empty if it could not be read to its end.
    pub(super) hash: String,
    /// What playing needs, or why it cannot be played.
    pub(super) facts: Result<Facts, String>,
    pub(super) tags: Tags,
}

/// Time for any file, however small.
const BASE_TIME: Duration = Duration::from_mins(1);
/// The slowest disk or share on which a file is still read: one megabyte a second.
const BYTES_PER_SECOND: u64 = 1_000_000;
/// The parsers notice the end of their time only when they read; after this much more they are left to themselves.
const GRACE: Duration = Duration::from_secs(10);

/// Reads the file. `None` if `stop` was set meanwhile.
pub(super) async fn inspect(path: &Path, stat: Stat, stop: &Arc<AtomicBool>) -> Option<Inspected> {
    let time = BASE_TIME + Duration::from_secs(stat.bytes / BYTES_PER_SECOND);
    let limits = Limits::new(time, Arc::clone(stop));
    let work = {
        let (path, limits) = (path.to_owned(), limits.clone());
        move || read(&path, stat, &limits)
    };
    let inspected = on_own_thread(time + GRACE, work).await.unwrap_or_else(|lost| {
        tracing::warn!(path = %path.display(), %lost, "a file was given up");
        // What failed once by itself would fail again; a machine short of threads may recover.
        let stat = if matches!(lost, Lost::NotStarted(_)) { again(stat) } else { stat };
        Inspected { stat, hash: String::new(), facts: Err(lost.to_string()), tags: Tags::default() }
    });
    (!limits.stopped()).then_some(inspected)
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("it could not be read just now: {0}")]
    NotStarted(io::Error),
    #[error("the reader of this file failed")]
    Failed,
    #[error("it took longer than {} s to read", .0.as_secs())]
    TooLong(Duration),
}

/// Does `work` on a thread that is waited for no longer than `time`, so that neither a parser that hangs nor a dead
/// network share holds up the scan, the runtime or the end of the process.
async fn on_own_thread<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let (answer, answered) = oneshot::channel();
    let body = move || {
        let _ = answer.send(work());
    };
    thread::Builder::new().name("scan".into()).spawn(body).map_err(Lost::NotStarted)?;
    match tokio::time::timeout(time, answered).await {
        Ok(result) => result.map_err(|_| Lost::Failed),
        Err(_) => Err(Lost::TooLong(time)),
    }
}

/// Marks what is to be read again at the next scan although it has not changed.
fn again(stat: Stat) -> Stat {
    Stat { mtime_ns: 0, ..stat }
}

fn read(path: &Path, walked: Stat, limits: &Limits) -> Inspected {
    let unread =
        |fault| Inspected { stat: again(walked), hash: String::new(), facts: Err(fault), tags: Tags::default() };
    match read_unchanged(path, limits) {
        Ok(Some(inspected)) => inspected,
        Ok(None) => unread("it is being written; it will be read at the next scan".into()),
        Err(error) => unread(format!("the file cannot be read: {}", in_words(&error))),
    }
}

/// `None` if the file changed while it was read.
fn read_unchanged(path: &Path, limits: &Limits) -> io::Result<Option<Inspected>> {
    let file = File::open(path)?;
    let stat = Stat::of(&file.metadata()?);
    let limited = || LimitedFile::new(file.try_clone()?, stat.bytes, limits.clone());
    let hash = hash(limited()?)?;
    let ending = walk::ending(path);

    let (facts, tags) = if stat.bytes == 0 {
        (Err("the file is empty".to_owned()), Tags::default())
    } else {
        let source = limited()?;
        let facts = guard(|| probe::probe(source, &ending)).unwrap_or_else(|panic| {
            tracing::warn!(path = %path.display(), panic, "the decoder failed on a file");
            Err("the decoder failed on it".into())
        });
        (facts, read_tags(path, limited()?))
    };
    let after = Stat::of(&file.metadata()?);
    Ok(after.same_content(stat.bytes, stat.mtime_ns).then_some(Inspected { stat, hash, facts, tags }))
}

fn read_tags(path: &Path, source: LimitedFile) -> Tags {
    let mut tags = match guard(|| tags::read(source)) {
        Ok(Ok(tags)) => tags,
        Ok(Err(error)) => {
            tracing::debug!(path = %path.display(), %error, "no tags");
            Tags::default()
        }
        Err(panic) => {
            tracing::warn!(path = %path.display(), panic, "the tag reader failed on a file");
            Tags::default()
        }
    };
    if tags.title.is_empty() {
        tags.title = tags::title_from_name(path);
    }
    tags
}

fn hash(mut file: LimitedFile) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "the coordinator's user may not read it".into(),
        io::ErrorKind::NotFound => "it is gone".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_that_hangs_or_fails_is_given_up() {
        assert!(matches!(on_own_thread(Duration::from_mins(1), || 7).await, Ok(7)));
        let (release, hang) = mpsc::channel::<()>();
        let lost = on_own_thread(Duration::from_millis(5), move || hang.recv()).await.unwrap_err();
        assert!(matches!(lost, Lost::TooLong(_)), "{lost}");
        drop(release);
        let lost = on_own_thread(Duration::from_mins(1), || panic!("on purpose")).await.unwrap_err();
        assert!(matches!(lost, Lost::Failed), "{lost}");
    }

    #[tokio::test]
    async fn a_file_that_is_gone_or_no_file_is_a_fault_and_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let stat = Stat { bytes: 10, mtime_ns: 5, inode: 1 };
        for path in [dir.path().join("gone.wav"), dir.path().to_owned()] {
            let inspected = inspect(&path, stat, &Arc::default()).await.unwrap();
            assert!(inspected.facts.unwrap_err().contains("cannot be read"));
            assert_eq!((inspected.hash.as_str(), inspected.stat.mtime_ns), ("", 0));
        }
        assert_eq!(inspect(dir.path(), stat, &Arc::new(true.into())).await, None);
    }
}
