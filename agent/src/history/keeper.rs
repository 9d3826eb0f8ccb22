//! The thread that keeps the journal on disk and tells the coordinator what is in it.
//!
//! Of its own, since a flash card can take seconds for a write. Every note is written at once, so that a process that is
//! killed loses nothing that was noted; it is flushed to the card at most every half a minute, so that a card that plays
//! for ten years is flushed ten million times and not a hundred million. A power cut loses so much at most.

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
use crate::clock::raw;

/// Flushed to the card this long after the first note that is not, nanoseconds.
const FLUSH_NS: i64 = 30_000_000_000;
/// A disk that refuses is tried again after this, nanoseconds.
const RETRY_NS: i64 = 60_000_000_000;
/// The file is written anew when it is so long ...
const WORTH_BYTES: u64 = 256 * 1024;
/// ... and longer than this for each stretch in it.
const PER_STRETCH: u64 = 2_048;
/// Without anything to do, the thread looks up this often.
const IDLE: Duration = Duration::from_mins(1);

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Word {
    Note(Note),
    Connected { wanted: bool },
    Disconnected,
    Kept(u64),
}

/// The thread's handle; it ends when this is dropped or closed.
#[derive(Debug)]
pub(super) struct Keeper {
    words: Option<mpsc::Sender<Word>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Reads the journal at `path` and starts the thread; also the first key for what comes. `send` says something to
    /// the coordinator.
    pub(super) fn start(path: PathBuf, send: impl Fn(AgentMessage) + Send + 'static) -> io::Result<(Self, u64)> {
        let mut disk = Disk { path, journal: Journal::default(), file: None, bytes: 0, unflushed: None, retry: None };
        disk.take_up();
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

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(mut disk: Disk, said: &mpsc::Receiver<Word>, send: &impl Fn(AgentMessage)) {
    let mut delivery = Delivery::default();
    loop {
        let wait = [disk.due(), delivery.due(&disk.journal)].into_iter().flatten().min().map_or(IDLE, |due| {
            Duration::from_nanos(u64::try_from(due.nanos_since(raw::now())).unwrap_or(0)).min(IDLE)
        });
        let first = match said.recv_timeout(wait) {
            Ok(word) => Some(word),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let now = raw::now();
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
        if let Some(history) = delivery.next(raw::now(), &disk.journal) {
            send(AgentMessage::History(history));
        }
    }
    disk.flush();
}

/// The journal and its file.
#[derive(Debug)]
struct Disk {
    path: PathBuf,
    journal: Journal,
    /// `None`: it cannot be written just now.
    file: Option<File>,
    bytes: u64,
    /// Since when something is written and not flushed.
    unflushed: Option<LocalTime>,
    retry: Option<LocalTime>,
}

impl Disk {
    fn take_up(&mut self) {
        match fs::read(&self.path) {
            Ok(bytes) => {
                let (journal, damaged) = Journal::read(&bytes);
                self.journal = journal;
                if damaged > 0 {
                    tracing::warn!(damaged, path = %self.path.display(), "lines of the play history are damaged");
                }
                self.journal.recover();
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, path = %self.path.display(), "the play history cannot be read"),
        }
        self.write_anew(raw::now());
    }

    fn append(&mut self, now: LocalTime, bytes: &[u8]) {
        if self.retry.is_some_and(|at| now >= at) {
            self.write_anew(now);
            return;
        }
        if let Some(file) = self.file.as_mut().filter(|_| !bytes.is_empty()) {
            if let Err(error) = file.write_all(bytes) {
                self.failed(now, &error);
                return;
            }
            self.bytes += bytes.len() as u64;
            self.unflushed.get_or_insert(now);
        }
        if self.bytes > WORTH_BYTES.max(self.journal.len() as u64 * PER_STRETCH) {
            self.write_anew(now);
        } else if self.unflushed.is_some_and(|since| now.nanos_since(since) >= FLUSH_NS) {
            self.flush();
        }
    }

    fn write_anew(&mut self, now: LocalTime) {
        let image = self.journal.image();
        match replace(&self.path, &image) {
            Ok(file) => {
                if self.retry.take().is_some() {
                    tracing::info!("the play history can be written again");
                }
                (self.file, self.bytes, self.unflushed) = (Some(file), image.len() as u64, None);
            }
            Err(error) => self.failed(now, &error),
        }
    }

    fn failed(&mut self, now: LocalTime, error: &io::Error) {
        if self.retry.is_none() {
            let path = self.path.display();
            tracing::warn!(%error, %path, "the play history cannot be written; it is kept in memory");
        }
        (self.file, self.unflushed, self.retry) = (None, None, Some(now.plus_nanos(RETRY_NS)));
    }

    fn flush(&mut self) {
        if let Some(file) = self.file.as_ref().filter(|_| self.unflushed.take().is_some())
            && let Err(error) = file.sync_data()
        {
            self.failed(raw::now(), &error);
        }
    }

    fn due(&self) -> Option<LocalTime> {
        let flush = self.unflushed.map(|since| since.plus_nanos(FLUSH_NS));
        [flush, self.retry].into_iter().flatten().min()
    }
}

/// Puts a file with this content in the place of another, whole or not at all; open for what is appended.
fn replace(path: &Path, content: &[u8]) -> io::Result<File> {
    let beside = path.with_extension("new");
    fs::write(&beside, content)?;
    let file = OpenOptions::new().append(true).open(&beside)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}
