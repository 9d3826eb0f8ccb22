//! All that must be known of a file before it can be played: its exact length, its tags, or what is wrong with it.
//! Its hash is found apart from that: it needs every byte of the file.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    found::{self, Found, Stat},
    limits::Limits,
    machine::{self, Trouble},
    open::{in_words, open},
    probe::{self, Facts},
    source::Source,
    tags::{self, Tags},
    worker::{Lost, Worker},
};
use downbeat_host::rarely;
use downbeat_media::guard;

/// The facts that were read from a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inspected {
    /// As it was read. A time of 0 means that it must be read again at the next scan.
    pub(super) stat: Stat,
    /// BLAKE3, lower-case hex; empty if it was not asked for, or could not be read to its end.
    pub(super) hash: String,
    /// The facts that playing needs, or why the file cannot be played.
    pub(super) facts: Result<Facts, String>,
    pub(super) tags: Tags,
    /// Why nothing is known of the file, if the machine is to blame.
    pub(super) trouble: Option<Trouble>,
}

/// Time for any file, however small.
const BASE_TIME: Duration = Duration::from_mins(1);
/// The slowest disk or share on which a file is still read: one megabyte a second.
const BYTES_PER_SECOND: u64 = 1_000_000;
/// A file about which nothing is known after this long is given up, however large it is.
const MOST_TIME: Duration = Duration::from_mins(10);
/// The parsers notice the end of their time only when they read; after this much more they are left to themselves.
const GRACE: Duration = Duration::from_secs(10);
/// Files from this size on should have at least one in so many of their bytes on the disk.
const LARGE: u64 = 64 << 20;
const SPARSE: u64 = 64;

/// Time to read every byte of a file of this size.
fn time_for(bytes: u64) -> Duration {
    BASE_TIME + Duration::from_secs(bytes / BYTES_PER_SECOND)
}

/// A line of the log about a file that nothing can be made of.
fn tell(what: &str, path: &Path, why: &dyn std::fmt::Display) {
    if let Some(left_out) = rarely::may_tell(what) {
        tracing::warn!(path = %path.display(), %why, left_out, "{what}");
    }
}

/// Reads what playing needs of the first of `files`: of as many as take a moment, and of one at least. Of none if
/// `stop` was set meanwhile.
pub(super) async fn inspect(worker: &mut Worker, files: &[Found], stop: &Arc<AtomicBool>) -> Vec<Inspected> {
    let items = files.iter().map(|file| {
        let time = time_for(file.stat.bytes).min(MOST_TIME);
        ((file.path.clone(), file.stat, time), time + GRACE)
    });
    let work = {
        let stop = Arc::clone(stop);
        move |(path, stat, time): (PathBuf, Stat, Duration)| read(&path, stat, &Limits::new(time, Arc::clone(&stop)))
    };
    let (mut inspected, lost) = worker.run_some(items.collect(), work).await;
    if stop.load(Ordering::Relaxed) {
        return Vec::new();
    }
    if let (Some(lost), Some(Found { path, stat })) = (lost, files.get(inspected.len())) {
        tell("a file was given up", path, &lost);
        // A file on which the work failed once would fail again; a machine short of threads may recover.
        let stat = if matches!(lost, Lost::NotStarted(_)) { again(*stat) } else { *stat };
        let trouble = match &lost {
            Lost::NotStarted(error) => Trouble::of(path, error),
            _ => None,
        };
        let (hash, facts, tags) = (String::new(), Err(lost.to_string()), Tags::default());
        inspected.push(Inspected { stat, hash, facts, tags, trouble });
    }
    inspected
}

/// BLAKE3 of the file's bytes, lower-case hex, if it is as `stat` says before and after.
pub(super) async fn hash(worker: &mut Worker, path: &Path, stat: Stat, stop: &Arc<AtomicBool>) -> io::Result<String> {
    let time = time_for(stat.bytes);
    let limits = Limits::new(time, Arc::clone(stop));
    let path = path.to_owned();
    let work = move || {
        let file = open(&path)?;
        let is_same =
            |file: &File| Ok::<_, io::Error>(Stat::of(&file.metadata()?).same_content(stat.bytes, stat.mtime_ns));
        if !is_same(&file)? {
            return Err(changed());
        }
        let hash = hash_all(&file, &limits)?;
        if is_same(&file)? { Ok(hash) } else { Err(changed()) }
    };
    worker.run(time + GRACE, work).await.map_err(io::Error::other)?
}

/// True if [`hash`] gave none because the file was changed since it was looked at.
pub(super) fn is_changed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::StaleNetworkFileHandle
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::StaleNetworkFileHandle, "the file was changed since it was looked at")
}

/// Marks what is to be read again at the next scan although it has not changed.
fn again(stat: Stat) -> Stat {
    Stat { mtime_ns: 0, ..stat }
}

fn read(path: &Path, walked: Stat, limits: &Limits) -> Inspected {
    let unread = |fault, trouble| {
        let (stat, hash, tags) = (again(walked), String::new(), Tags::default());
        Inspected { stat, hash, facts: Err(fault), tags, trouble }
    };
    match read_unchanged(path, limits) {
        Ok(Some(inspected)) => inspected,
        Ok(None) => unread("it is being written; it will be read at the next scan".into(), None),
        Err(error) => {
            let trouble = Trouble::of(path, &error).filter(|_| machine::is_to_blame(&error));
            unread(format!("the file cannot be read: {}", in_words(&error)), trouble)
        }
    }
}

/// `None` if the file changed while it was read.
fn read_unchanged(path: &Path, limits: &Limits) -> io::Result<Option<Inspected>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    let stat = Stat::of(&metadata);
    let on_disk = std::os::unix::fs::MetadataExt::blocks(&metadata).saturating_mul(512);
    let ending = found::ending(path);

    let source = Source::new(file, stat.bytes, limits.clone());
    let (facts, tags) = if stat.bytes == 0 {
        (Err("the file is empty".to_owned()), Tags::default())
    } else if stat.bytes >= LARGE && on_disk < stat.bytes / SPARSE {
        (Err("most of it is not there: it may be a download that has not ended".to_owned()), Tags::default())
    } else {
        let reader = source.reader();
        let facts = guard::catch(|| probe::probe(reader, &ending)).unwrap_or_else(|panic| {
            tell("the decoder failed on a file", path, &panic);
            Err("the decoder failed on it".into())
        });
        (facts, read_tags(path, &source))
    };
    // A parser makes words of its own of a disk that fails.
    if let Some(error) = source.trouble().filter(machine::is_to_blame) {
        return Err(error);
    }
    let after = Stat::of(&source.file().metadata()?);
    let unchanged = after.same_content(stat.bytes, stat.mtime_ns);
    Ok(unchanged.then_some(Inspected { stat, hash: String::new(), facts, tags, trouble: None }))
}

fn read_tags(path: &Path, source: &Source) -> Tags {
    let mut tags = match guard::catch(|| tags::read(&mut source.reader())) {
        Ok(Ok(tags)) => tags,
        Ok(Err(error)) => {
            tracing::debug!(path = %path.display(), %error, "no tags");
            Tags::default()
        }
        Err(panic) => {
            tell("the tag reader failed on a file", path, &panic);
            Tags { faults: vec!["the tag reader failed on it".into()], ..Tags::default() }
        }
    };
    if tags.title.is_empty() {
        tags.title = tags::title_from_name(path);
    }
    tags
}

fn hash_all(mut file: &File, limits: &Limits) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        limits.check()?;
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_gone_or_no_file_is_a_fault_and_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe.mp3");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let stat = Stat { bytes: 10, mtime_ns: 5, inode: 1 };
        let mut worker = Worker::new("test");
        let files = [dir.path().join("gone.wav"), dir.path().to_owned(), pipe].map(|path| Found { path, stat });
        let mut left = files.as_slice();
        while !left.is_empty() {
            let inspected = inspect(&mut worker, left, &Arc::default()).await;
            left = &left[inspected.len()..];
            assert!(!inspected.is_empty());
            for inspected in inspected {
                assert!(inspected.facts.unwrap_err().contains("cannot be read"));
                assert_eq!((inspected.hash.as_str(), inspected.stat.mtime_ns), ("", 0));
            }
        }
        assert_eq!(inspect(&mut worker, &files, &Arc::new(true.into())).await, []);
    }

    #[tokio::test]
    async fn a_hash_is_that_of_the_file_that_was_meant() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"abc").unwrap();
        let stat = Stat::of(&path.metadata().unwrap());
        let mut worker = Worker::new("test");
        let found = hash(&mut worker, &path, stat, &Arc::default()).await.unwrap();
        assert_eq!(found, blake3::hash(b"abc").to_hex().to_string());
        let other = Stat { bytes: 4, ..stat };
        assert!(is_changed(&hash(&mut worker, &path, other, &Arc::default()).await.unwrap_err()));
        assert!(hash(&mut worker, &path, stat, &Arc::new(true.into())).await.is_err());
    }
}
