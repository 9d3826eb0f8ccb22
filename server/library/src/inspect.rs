//! All that must be known of a file before it can be played: its exact length, its tags, or what is wrong with it.
//! Its hash is found apart from that: it needs every byte of the file.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    cue::{self, Cuts, Piece},
    endings,
    found::{Found, Stat},
    limits::Limits,
    machine::{self, Trouble},
    open::{in_words, open},
    probe::{self, Facts},
    reader::Reader,
    separators::Separators,
    source::Source,
    tags::{self, Tags},
    turn::{self, kinds, kinds::Kind},
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
    /// The tracks that the file holds, where it is not one track.
    pub(super) pieces: Vec<Piece>,
    /// The mark of the sheet by which it was cut or named.
    pub(super) sheet: Option<String>,
    /// The kind of file, if it is one that another program is to turn into what can be played.
    pub(super) foreign: Option<Kind>,
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
/// Shorter files are not searched for chapters, seconds; but for FLAC, in which they are quickly found.
const LONG_S: f64 = 60.0;
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
pub(super) async fn inspect(
    worker: &mut Worker,
    files: &[Found],
    stop: &Arc<AtomicBool>,
    reader: &Arc<Reader>,
) -> Vec<Inspected> {
    let items = files.iter().map(|file| {
        let time = time_for(file.stat.bytes).min(MOST_TIME);
        ((file.clone(), time), time + GRACE)
    });
    let work = {
        let (stop, reader) = (Arc::clone(stop), Arc::clone(reader));
        move |(file, time): (Found, Duration)| read(&file, &Limits::new(time, Arc::clone(&stop)), &reader)
    };
    let (mut inspected, lost) = worker.run_some(items.collect(), work).await;
    if stop.load(Ordering::Relaxed) {
        return Vec::new();
    }
    if let (Some(lost), Some(Found { path, stat, .. })) = (lost, files.get(inspected.len())) {
        tell("a file was given up", path, &lost);
        // A file on which the work failed once would fail again; a machine short of threads may recover.
        let stat = if matches!(lost, Lost::NotStarted(_)) { again(*stat) } else { *stat };
        let trouble = match &lost {
            Lost::NotStarted(error) => Trouble::of(path, error),
            _ => None,
        };
        inspected.push(Inspected::failed(stat, lost.to_string(), trouble));
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

impl Inspected {
    /// A file of which nothing is known, for this reason.
    fn failed(stat: Stat, fault: String, trouble: Option<Trouble>) -> Self {
        let (hash, tags, pieces) = (String::new(), Tags::default(), Vec::new());
        Self { stat, hash, facts: Err(fault), tags, pieces, sheet: None, foreign: None, trouble }
    }
}

fn read(file: &Found, limits: &Limits, reader: &Reader) -> Inspected {
    let path = &file.path;
    let unread = |fault, trouble| Inspected::failed(again(file.stat), fault, trouble);
    match read_unchanged(file, limits, reader) {
        Ok(Some(inspected)) => inspected,
        Ok(None) => unread("it is being written; it will be read at the next scan".into(), None),
        Err(error) => {
            let trouble = Trouble::of(path, &error).filter(|_| machine::is_to_blame(&error));
            unread(format!("the file cannot be read: {}", in_words(&error)), trouble)
        }
    }
}

/// `None` if the file changed while it was read.
fn read_unchanged(found: &Found, limits: &Limits, reader: &Reader) -> io::Result<Option<Inspected>> {
    let path = &found.path;
    let file = open(path)?;
    let metadata = file.metadata()?;
    let stat = Stat::of(&metadata);
    let on_disk = std::os::unix::fs::MetadataExt::blocks(&metadata).saturating_mul(512);
    let ending = endings::ending(path);

    let source = Source::new(file, stat.bytes, limits.clone());
    let (facts, tags, foreign) = if stat.bytes == 0 {
        (Err("the file is empty".to_owned()), Tags::default(), None)
    } else if stat.bytes >= LARGE && on_disk < stat.bytes / SPARSE {
        (Err("most of it is not there: it may be a download that has not ended".to_owned()), Tags::default(), None)
    } else {
        let (facts, foreign) = look(path, &source, &ending);
        (facts, read_tags(path, &source, reader, limits), foreign)
    };
    let mut inspected = Inspected { facts, tags, foreign, ..Inspected::failed(stat, String::new(), None) };
    inspected.cut(found, &source, &reader.separators);
    inspected.title(path);
    // A parser makes words of its own of a disk that fails.
    if let Some(error) = source.trouble().filter(machine::is_to_blame) {
        return Err(error);
    }
    let after = Stat::of(&source.file().metadata()?);
    let unchanged = after.same_content(stat.bytes, stat.mtime_ns);
    Ok(unchanged.then_some(inspected))
}

/// What a decoder here makes of a file, and its kind, if that is not all that is in it.
fn look(path: &Path, source: &Source, ending: &str) -> (Result<Facts, String>, Option<Kind>) {
    // A parser of ours would search such a file for sound of another kind.
    let head = kinds::head(&mut source.reader()).unwrap_or_default();
    if let Some(kind) = kinds::unread(&head) {
        return (Err(turn::WAITS.into()), Some(kind));
    }
    let facts = guard::catch(|| probe::probe(source.reader(), ending)).unwrap_or_else(|panic| {
        tell("the decoder failed on a file", path, &panic);
        Err("the decoder failed on it".to_owned().into())
    });
    match facts {
        Ok(facts) => {
            let foreign = kinds::read(&head).filter(|_| facts.core_only);
            (Ok(facts), foreign)
        }
        Err(fault) => match kinds::read(&head).filter(|_| fault.is_foreign) {
            Some(kind) => (Err(turn::WAITS.into()), Some(kind)),
            None => (Err(fault.words), None),
        },
    }
}

impl Inspected {
    /// Cuts the file into its tracks, if a sheet beside it or in it says where they begin.
    fn cut(&mut self, found: &Found, source: &Source, separators: &Separators) {
        let Ok(facts) = &self.facts else { return };
        let cut = |cuts: &Cuts| cue::cut(cuts, facts.frames, facts.sample_rate, &self.tags, separators);
        if let Some(cuts) = &found.sheet {
            let (mut pieces, fault) = cut(cuts);
            let is_whole = |piece: &Piece| piece.frames == facts.frames;
            if pieces.iter().any(is_whole) {
                self.tags = pieces.swap_remove(0).tags;
                pieces.clear();
            }
            let faults = pieces.last_mut().map_or(&mut self.tags.faults, |last| &mut last.tags.faults);
            faults.extend(fault);
            (self.pieces, self.sheet) = (pieces, Some(cuts.mark.clone()));
            return;
        }
        let not_used = |reason: &str| format!("what it says of its tracks is not used: {reason}");
        let is_long = facts.frames.as_seconds(facts.sample_rate) >= LONG_S;
        if !is_long && facts.format != "flac" {
            return;
        }
        match cue::own_cuts(&mut source.reader()) {
            None => {}
            Some(Err(reason)) => self.tags.faults.push(not_used(&reason)),
            Some(Ok(cuts)) => match cut(&cuts) {
                // it is of another file: the image that this one was a part of
                (_, Some(_)) => self.tags.faults.push(not_used("it names tracks that begin after the end of the file")),
                (pieces, None) => (self.pieces, self.sheet) = (pieces, Some(cuts.mark.clone())),
            },
        }
    }

    /// A file, or a part, that has no title is called as the file is.
    fn title(&mut self, path: &Path) {
        let name = || tags::title_from_name(path);
        if self.tags.title.is_empty() {
            self.tags.title = name();
        }
        for piece in self.pieces.iter_mut().filter(|piece| piece.tags.title.is_empty()) {
            let number = piece.tags.track_no.map(|number| format!(" ({number:02})"));
            piece.tags.title = tags::tidy(&format!("{}{}", name(), number.unwrap_or_default()));
        }
    }
}

fn read_tags(path: &Path, source: &Source, reader: &Reader, limits: &Limits) -> Tags {
    let beside = || reader.charset_beside(path, limits);
    match guard::catch(|| tags::read(&mut source.reader(), &reader.separators, &beside)) {
        Ok(Ok(tags)) => tags,
        Ok(Err(error)) => {
            tracing::debug!(path = %path.display(), %error, "no tags");
            Tags::default()
        }
        Err(panic) => {
            tell("the tag reader failed on a file", path, &panic);
            Tags { faults: vec!["the tag reader failed on it".into()], ..Tags::default() }
        }
    }
}

pub(super) fn hash_all(mut file: &File, limits: &Limits) -> io::Result<String> {
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
        let files = [dir.path().join("gone.wav"), dir.path().to_owned(), pipe].map(|path| Found::new(path, stat));
        let mut left = files.as_slice();
        while !left.is_empty() {
            let inspected = inspect(&mut worker, left, &Arc::default(), &Arc::default()).await;
            left = &left[inspected.len()..];
            assert!(!inspected.is_empty());
            for inspected in inspected {
                assert!(inspected.facts.unwrap_err().contains("cannot be read"));
                assert_eq!((inspected.hash.as_str(), inspected.stat.mtime_ns), ("", 0));
            }
        }
        assert_eq!(inspect(&mut worker, &files, &Arc::new(true.into()), &Arc::default()).await, []);
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
