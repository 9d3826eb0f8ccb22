//! The thread that keeps the journal on disk and tells the coordinator what is in it.
//!
//! Of its own, since a flash card can take seconds for a write. Every note is written at once, so that a process that
//! is killed loses nothing that was noted; it is flushed to the card at most every half a minute, so that a card that
//! plays for ten years is flushed ten million times and not a hundred million. A power cut loses so much at most.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    thread::JoinHandle,
    time::Duration,
};

use downbeat_protocol::{AgentMessage, LocalTime};

use super::{delivery::Delivery, journal::Journal, stretches::Note};
use downbeat_host::clock;

/// Flushed to the card this long after the first note that is not, nanoseconds.
const FLUSH_NS: i64 = 30_000_000_000;
/// A disk that refuses is tried again after this, nanoseconds.
const RETRY_NS: i64 = 60_000_000_000;
/// One that could not be read is tried again after this, nanoseconds, and at every start.
const READ_AGAIN_NS: i64 = 3_600_000_000_000;
/// The file is written anew when it is so long ...
const WORTH_BYTES: u64 = 256 * 1024;
/// ... and longer than this for each stretch in it.
const PER_STRETCH: u64 = 2_048;
/// Without anything to do, the thread looks up this often.
const IDLE: Duration = Duration::from_mins(1);

/// A message to the thread.
#[derive(Debug)]
pub(super) enum Word {
    Note(Note),
    Connected { wanted: bool },
    Disconnected,
    Kept(u64),
}

/// The thread's handle; it ends when this is dropped or closed.
#[derive(Debug)]
pub(super) struct Spool {
    words: Option<mpsc::Sender<Word>>,
    thread: Option<JoinHandle<()>>,
}

impl Spool {
    /// Reads the journal at `path` and starts the thread; also the first key for what comes. `send` says something to
    /// the coordinator.
    pub(super) fn start(path: PathBuf, send: impl Fn(AgentMessage) + Send + 'static) -> io::Result<(Self, u64)> {
        let mut disk = Disk::new(path);
        disk.take_up(clock::now());
        let next_key = disk.journal.next_key();
        let (words, said) = mpsc::channel();
        let thread = std::thread::Builder::new().name("history".into()).spawn(move || run(disk, &said, &send))?;
        Ok((Self { words: Some(words), thread: Some(thread) }, next_key))
    }

    pub(super) fn say(&self, word: Word) {
        if let Some(words) = &self.words {
            // the thread ends only with this handle
            let _ = words.send(word);
        }
    }

    /// Waits until all is on disk.
    pub(super) fn close(&mut self) {
        self.words = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the history's thread has failed");
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(mut disk: Disk, said: &mpsc::Receiver<Word>, send: &impl Fn(AgentMessage)) {
    let mut delivery = Delivery::default();
    loop {
        let wait = [disk.due(), delivery.due(&disk.journal)].into_iter().flatten().min().map_or(IDLE, |due| {
            Duration::from_nanos(u64::try_from(due.nanos_since(clock::now())).unwrap_or(0)).min(IDLE)
        });
        let first = match said.recv_timeout(wait) {
            Ok(word) => Some(word),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let now = clock::now();
        let mut bytes = Vec::new();
        for word in first.into_iter().chain(said.try_iter()) {
            match word {
                Word::Note(note) => bytes.extend(disk.journal.note(note)),
                Word::Kept(sequence) => {
                    bytes.extend(disk.journal.kept(sequence));
                    delivery.kept(now, sequence);
                }
                Word::Connected { wanted } => delivery.connected(now, wanted),
                Word::Disconnected => delivery.disconnected(),
            }
        }
        disk.append(now, &bytes);
        if let Some(history) = delivery.next(clock::now(), &disk.journal) {
            send(AgentMessage::History(history));
        }
    }
    disk.flush(clock::now());
}

/// The fate of a file that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aside {
    /// There is none, as far as it is known.
    None,
    /// It is tried again then.
    Unread(LocalTime),
    /// Its stretches are in the journal: it goes once they are on disk.
    TakenOver,
}

/// The journal and its file.
#[derive(Debug)]
struct Disk {
    path: PathBuf,
    journal: Journal,
    /// `None`: it cannot be written just now.
    file: Option<File>,
    /// The file at `path` could neither be read nor put aside: it is not written over.
    unread: bool,
    aside: Aside,
    bytes: u64,
    /// Since when something is written and not flushed.
    unflushed: Option<LocalTime>,
    retry: Option<LocalTime>,
}

impl Disk {
    fn new(path: PathBuf) -> Self {
        let (journal, aside) = (Journal::default(), Aside::None);
        Self { path, journal, file: None, unread: false, aside, bytes: 0, unflushed: None, retry: None }
    }

    fn take_up(&mut self, now: LocalTime) {
        match fs::read(&self.path) {
            Ok(bytes) => self.journal = self.read(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.unread = !self.put_aside(now, &error),
        }
        if self.aside == Aside::None {
            self.read_aside(now);
        }
        self.write_anew(now);
    }

    /// The journal in this file; what lasted then has ended.
    fn read(&self, bytes: &[u8]) -> Journal {
        let (mut journal, damaged) = Journal::read(bytes);
        if damaged > 0 {
            tracing::warn!(damaged, path = %self.path.display(), "lines of the play history are damaged");
        }
        journal.recover();
        journal
    }

    /// A file that cannot be read now may be read later: up to [`MAX_STRETCHES`](super::journal::MAX_STRETCHES) that
    /// nobody else has. Whether it is out of the way.
    fn put_aside(&mut self, now: LocalTime, error: &io::Error) -> bool {
        let aside = self.aside_path();
        if !self.unread {
            tracing::warn!(%error, path = %self.path.display(), "the play history cannot be read");
        }
        // one that is there already is not lost for it
        if !matches!(aside.try_exists(), Ok(false)) || fs::rename(&self.path, &aside).is_err() {
            return false;
        }
        self.aside = Aside::Unread(now.plus_nanos(READ_AGAIN_NS));
        true
    }

    fn read_aside(&mut self, now: LocalTime) {
        self.aside = match fs::read(self.aside_path()) {
            Ok(bytes) => {
                let old = self.read(&bytes);
                tracing::info!(stretches = old.len(), "play history that could not be read before is taken over");
                self.journal.take_over(old);
                Aside::TakenOver
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Aside::None,
            Err(_) => Aside::Unread(now.plus_nanos(READ_AGAIN_NS)),
        };
    }

    fn aside_path(&self) -> PathBuf {
        self.path.with_extension("log.unread")
    }

    fn append(&mut self, now: LocalTime, bytes: &[u8]) {
        if let Some(file) = self.file.as_mut().filter(|_| !bytes.is_empty()) {
            if let Err(error) = file.write_all(bytes) {
                self.file_failed(now, &error);
                return;
            }
            self.bytes += bytes.len() as u64;
            self.unflushed.get_or_insert(now);
        }
        let taken_over = matches!(self.aside, Aside::Unread(at) if now >= at) && {
            self.read_aside(now);
            self.aside == Aside::TakenOver
        };
        let too_long = self.bytes > WORTH_BYTES.max(self.journal.len() as u64 * PER_STRETCH);
        let due = self.retry.map_or(too_long || taken_over, |at| now >= at);
        if due {
            self.write_anew(now);
        }
        if self.unflushed.is_some_and(|since| now.nanos_since(since) >= FLUSH_NS) {
            self.flush(now);
        }
    }

    /// A failure leaves a whole file: the new one, or the old one, which is gone on with.
    fn write_anew(&mut self, now: LocalTime) {
        if self.unread && !self.make_room(now) {
            self.failed(now, &io::Error::other("there is a file that cannot be read"));
            return;
        }
        let image = self.journal.image();
        match replace(&self.path, &image) {
            Ok(file) => (self.file, self.bytes, self.unflushed) = (Some(file), image.len() as u64, None),
            Err(error) => {
                self.failed(now, &error);
                return;
            }
        }
        if let Err(error) = self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()) {
            // a power cut may bring the file of before back
            self.failed(now, &error);
            return;
        }
        if self.aside == Aside::TakenOver {
            // if it stays it is told once more, which does no harm
            let _ = fs::remove_file(self.aside_path());
            self.aside = Aside::None;
        }
        if self.retry.take().is_some() {
            tracing::info!("the play history can be written again");
        }
    }

    /// Tries once more to read what is at `path`, or to put it aside. Whether a file can be written there.
    fn make_room(&mut self, now: LocalTime) -> bool {
        match fs::read(&self.path) {
            Ok(bytes) => {
                let old = self.read(&bytes);
                self.journal.take_over(old);
                self.unread = false;
            }
            Err(error) => self.unread = error.kind() != io::ErrorKind::NotFound && !self.put_aside(now, &error),
        }
        !self.unread
    }

    /// Lets go of the file, whose contents are uncertain: it is written anew, when that is possible again.
    fn file_failed(&mut self, now: LocalTime, error: &io::Error) {
        (self.file, self.unflushed) = (None, None);
        self.failed(now, error);
    }

    fn failed(&mut self, now: LocalTime, error: &io::Error) {
        if self.retry.is_none() {
            let path = self.path.display();
            if self.file.is_some() {
                tracing::warn!(%error, %path, "the play history cannot be written anew; it grows");
            } else {
                tracing::warn!(%error, %path, "the play history cannot be written; it is kept in memory");
            }
        }
        self.retry = Some(now.plus_nanos(RETRY_NS));
    }

    fn flush(&mut self, now: LocalTime) {
        if let Some(file) = self.file.as_ref().filter(|_| self.unflushed.take().is_some())
            && let Err(error) = file.sync_data()
        {
            self.file_failed(now, &error);
        }
    }

    fn due(&self) -> Option<LocalTime> {
        let flush = self.unflushed.map(|since| since.plus_nanos(FLUSH_NS));
        let unread = if let Aside::Unread(at) = self.aside { Some(at) } else { None };
        [flush, self.retry, unread].into_iter().flatten().min()
    }
}

/// Puts a file with this content in the place of another, whole or not at all; open for what is appended. The folder is
/// not flushed yet.
fn replace(path: &Path, content: &[u8]) -> io::Result<File> {
    let beside = path.with_extension("new");
    let put = || {
        fs::write(&beside, content)?;
        let file = OpenOptions::new().append(true).open(&beside)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        Ok(file)
    };
    // half of it would only take room from a card that may be full
    put().inspect_err(|_| drop(fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::{begun, reach};

    const SECOND: i64 = 1_000_000_000;

    fn at(seconds: i64) -> LocalTime {
        LocalTime(seconds * SECOND)
    }

    /// Begins and ends the stretch of this key.
    fn played(disk: &mut Disk, now: LocalTime, key: u64) {
        let mut bytes = disk.journal.note(begun(key));
        bytes.extend(disk.journal.note(Note::Ended(reach(key, 48_000))));
        disk.append(now, &bytes);
    }

    fn opened(path: &Path) -> Disk {
        let mut disk = Disk::new(path.to_owned());
        disk.take_up(at(0));
        disk
    }

    /// The stretches that wait, by the instants that `begun` gives them.
    fn waiting(disk: &Disk) -> Vec<i64> {
        let mut all: Vec<_> = disk.journal.oldest(usize::MAX).iter().map(|s| s.at.0).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_file_that_cannot_be_read_is_put_aside_and_taken_over_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.log");
        let mut disk = opened(&path);
        (1..=3).for_each(|key| played(&mut disk, at(0), key));
        let good = fs::read(&path).unwrap();

        // what no user can read, root neither
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let mut disk = opened(&path);
        let aside = folder.path().join("history.log.unread");
        assert!(aside.is_dir() && path.is_file(), "out of the way, and not gone");
        played(&mut disk, at(1), 4);

        fs::remove_dir(&aside).unwrap();
        fs::write(&aside, &good).unwrap();
        disk.append(at(3_599), &[]);
        assert_eq!(waiting(&disk), [4]);
        assert_eq!(disk.due(), Some(at(3_600)));
        disk.append(at(3_600), &[]);
        assert_eq!(waiting(&disk), [1, 2, 3, 4]);
        let sequences: Vec<_> = disk.journal.oldest(9).iter().map(|s| s.sequence).collect();
        assert_eq!(sequences, [1, 2, 3, 4], "each has a number of its own");
        assert!(!aside.exists());
        assert_eq!(waiting(&opened(&path)), [1, 2, 3, 4]);

        // and at the next start
        fs::write(&aside, &good).unwrap();
        assert_eq!(waiting(&opened(&path)), [1, 1, 2, 2, 3, 3, 4]);
        assert!(!aside.exists());
    }

    #[test]
    fn what_cannot_be_put_aside_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.log");
        let mut disk = opened(&path);
        (1..=3).for_each(|key| played(&mut disk, at(0), key));
        let good = fs::read(&path).unwrap();

        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let aside = folder.path().join("history.log.unread");
        fs::create_dir(&aside).unwrap();
        let mut disk = opened(&path);
        played(&mut disk, at(1), 4);
        assert!(path.is_dir() && disk.file.is_none());

        fs::remove_dir(&path).unwrap();
        fs::write(&path, &good).unwrap();
        disk.append(at(59), &[]);
        assert_eq!(fs::read(&path).unwrap(), good);
        disk.append(at(60), &[]);
        assert_eq!(waiting(&disk), [1, 2, 3, 4]);
        assert_eq!(waiting(&opened(&path)), [1, 2, 3, 4]);
    }

    #[test]
    fn when_it_cannot_be_written_anew_the_old_file_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.log");
        let mut disk = opened(&path);
        let beside = path.with_extension("new");
        fs::create_dir(&beside).unwrap();
        disk.bytes = WORTH_BYTES * 100;
        played(&mut disk, at(1), 1);
        let again = at(61);
        assert_eq!((disk.retry, disk.file.is_some()), (Some(again), true));
        played(&mut disk, at(2), 2);
        assert_eq!(disk.retry, Some(again), "not tried at every note");
        assert_eq!(Journal::read(&fs::read(&path).unwrap()).0.len(), 2, "both are on disk");
        fs::remove_dir(&beside).unwrap();
        played(&mut disk, again, 3);
        assert_eq!((disk.retry, disk.bytes), (None, fs::metadata(&path).unwrap().len()));
        assert_eq!(waiting(&opened(&path)), [1, 2, 3]);
    }
}
