//! A file as the decoder sees it: whole, whether it is or not. Reads block until the bytes are there, on the decode
//! thread, which has nothing else to do.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use downbeat_host::clock;
use downbeat_media::MediaSource;
use downbeat_protocol::PlanEntry;
use tokio::time::Instant;

use super::{
    disk::says_nothing_of_a_file,
    download::{Download, ReaderControl},
    downloads::State,
    error::FetchError,
    shared::SharedCache,
    window::PIECE,
};

/// Reads one file of the cache. Errors carry a [`FetchError`].
pub struct CacheReader {
    shared: Arc<SharedCache>,
    hash: String,
    total: u64,
    position: u64,
    control: Arc<ReaderControl>,
    /// The complete file, once it is known to be complete.
    whole: Option<File>,
    /// The piece of a window that was read last, by its serial number.
    piece: Option<(u64, File)>,
}

/// The place of the next bytes.
enum Place {
    /// The complete file.
    Complete,
    /// The partial file, and how many bytes it has from here on.
    Partial(Arc<File>, u64),
    /// A piece of a window, its serial number, and how many bytes it has from here on.
    Piece(PathBuf, u64, u64),
}

/// Ends a [`CacheReader`]'s waiting, from any thread.
#[derive(Clone)]
pub struct Interrupt {
    shared: Arc<SharedCache>,
    control: Arc<ReaderControl>,
}

impl Interrupt {
    /// The reader's reads fail from now on, the one that waits at once.
    pub fn close(&self) {
        // Under the lock: a reader that just found nothing is then either before its look or already waiting.
        let state = self.shared.lock();
        self.control.closed.store(true, Ordering::Relaxed);
        drop(state);
        self.shared.arrived.notify_all();
    }
}

impl CacheReader {
    pub(super) fn new(shared: Arc<SharedCache>, entry: &PlanEntry, control: Arc<ReaderControl>) -> Self {
        Self { shared, hash: entry.hash.clone(), total: entry.bytes, position: 0, control, whole: None, piece: None }
    }

    /// The handle that ends this reader's waiting.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt { shared: Arc::clone(&self.shared), control: Arc::clone(&self.control) }
    }

    fn read_some(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = buf.len().min(usize::try_from(self.total.saturating_sub(self.position)).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        loop {
            if self.control.closed.load(Ordering::Relaxed) {
                return Err(FetchError::Cancelled.into());
            }
            if self.control.stale.swap(false, Ordering::Relaxed) {
                self.whole = None;
            }
            if let Some(file) = &self.whole {
                match file.read_at(&mut buf[..wanted], self.position) {
                    Ok(n) if n > 0 => return Ok(n),
                    Ok(_) => self.not_what_it_was("it is shorter"),
                    Err(error) if says_nothing_of_a_file(&error) => return Err(FetchError::disk(&error).into()),
                    Err(error) => self.cannot_be_read(&error),
                }
                continue;
            }
            let up_to = |available| wanted.min(usize::try_from(available).unwrap_or(usize::MAX));
            match self.wait()? {
                Place::Complete => self.open_whole()?,
                Place::Partial(file, available) => {
                    return match file.read_at(&mut buf[..up_to(available)], self.position) {
                        Ok(0) => Err(FetchError::Disk("another program cut a file of the cache".into()).into()),
                        Ok(n) => Ok(n),
                        Err(error) => Err(FetchError::disk(&error).into()),
                    };
                }
                Place::Piece(path, serial, available) => {
                    match self.read_piece(path, serial, &mut buf[..up_to(available)]) {
                        Ok(n) if n > 0 => return Ok(n),
                        Err(error) if error.kind() != io::ErrorKind::NotFound => {
                            return Err(FetchError::disk(&error).into());
                        }
                        _ => self.lost_piece(),
                    }
                }
            }
        }
    }

    /// Reads from a piece of a window. It stays while the reader is in it.
    fn read_piece(&mut self, path: PathBuf, serial: u64, buf: &mut [u8]) -> io::Result<usize> {
        let file = match self.piece.take().filter(|(open, _)| *open == serial) {
            Some((_, file)) => file,
            None => File::open(path)?,
        };
        let n = file.read_at(buf, self.position % PIECE)?;
        self.piece = Some((serial, file));
        Ok(n)
    }

    /// Somebody deleted or cut the piece: it is fetched again.
    fn lost_piece(&mut self) {
        self.piece = None;
        let mut state = self.shared.lock();
        if let Some(d) = state.downloads.get_mut(&self.hash)
            && let Some(window) = &mut d.window
        {
            let index = self.position / PIECE;
            window.forget(index);
            d.spans.remove(index * PIECE..(index + 1) * PIECE);
        }
        drop(state);
        self.shared.wanted.notify_one();
    }

    /// Waits until bytes are there: their place.
    fn wait(&self) -> io::Result<Place> {
        let mut state = self.shared.lock();
        let mut asked = false;
        loop {
            if state.closed || self.control.closed.load(Ordering::Relaxed) {
                return Err(FetchError::Cancelled.into());
            }
            if state.shelf.get(&self.hash) == Some(self.total) {
                return Ok(Place::Complete);
            }
            let before = self.control.position.swap(self.position, Ordering::Relaxed);
            let Some(download) = state.downloads.get(&self.hash) else {
                state.attach(&self.hash, self.total, &self.control, Instant::now());
                self.shared.wanted.notify_one();
                continue;
            };
            if download.window.is_some() && before / PIECE != self.position / PIECE {
                // what is behind may go, and more ahead may come
                self.shared.wanted.notify_one();
            }
            if let Some(place) = self.place(&state, download) {
                return Ok(place);
            }
            if download.is_crowded(&self.control) {
                return Err(FetchError::CacheFull { need: self.total, room: state.room.bytes() }.into());
            }
            if let Some(error) = &download.failed {
                return Err(error.clone().into());
            }
            // once: the fetcher's own news must not come back to it
            if !std::mem::replace(&mut asked, true) {
                self.shared.wanted.notify_one();
            }
            state = self.shared.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The place of the bytes at the position, if they are there.
    fn place(&self, state: &State, download: &Download) -> Option<Place> {
        let available = download.spans.available(self.position);
        if available == 0 {
            return None;
        }
        let Some(window) = &download.window else {
            return download.file.as_ref().map(|file| Place::Partial(Arc::clone(file), available));
        };
        let serial = window.serial(self.position / PIECE)?;
        let rest = PIECE - self.position % PIECE;
        Some(Place::Piece(state.piece_path(&self.hash, serial), serial, available.min(rest)))
    }

    /// Opens the complete file. If it is not what the cache believed, or the disk does not give it, it is fetched
    /// again.
    fn open_whole(&mut self) -> io::Result<()> {
        let path = self.shared.complete_path(&self.hash);
        match File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file))) {
            Ok((length, file)) if length == self.total => self.whole = Some(file),
            Ok(_) => self.not_what_it_was("it has another length"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.not_what_it_was("it is gone"),
            Err(error) if says_nothing_of_a_file(&error) => return Err(FetchError::disk(&error).into()),
            Err(error) => self.cannot_be_read(&error),
        }
        Ok(())
    }

    /// The complete file has other bytes than it had: it goes, and is fetched again.
    fn not_what_it_was(&mut self, why: &str) {
        self.fetch_again(&format!("a cached file is not what it was ({why}); fetching it again"));
        let _ = fs::remove_file(self.shared.complete_path(&self.hash));
    }

    /// The disk does not give the complete file. It stays, since the disk may be at fault: what is fetched again takes
    /// its place when it is whole.
    fn cannot_be_read(&mut self, error: &io::Error) {
        self.fetch_again(&format!("a cached file cannot be read ({error}); fetching it again"));
    }

    fn fetch_again(&mut self, why: &str) {
        self.whole = None;
        let mut state = self.shared.lock();
        state.shelf.remove_complete(&self.hash);
        if let Some(unsaid) = state.troubles.happened(clock::now(), why) {
            tracing::warn!(hash = self.hash, unsaid, "{why}");
        }
    }
}

/// The file's time of change is its time of use: it survives a restart, and says what has not been used for longest.
fn touch(file: &File) {
    #[expect(clippy::disallowed_methods, reason = "a file's time stamp is wall time")]
    let now = std::time::SystemTime::now();
    if let Err(error) = file.set_modified(now) {
        tracing::debug!(%error, "a cached file's time cannot be set");
    }
}

impl Read for CacheReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.read_some(buf)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for CacheReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::Current(n) => self.position.checked_add_signed(n),
            SeekFrom::End(n) => self.total.checked_add_signed(n),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl MediaSource for CacheReader {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.total)
    }
}

impl Drop for CacheReader {
    fn drop(&mut self) {
        // On a busy disk this may take a second. Nobody waits for it here: not the first frame, when it is opened, and
        // not the code that waits for this thread to end.
        if let Some(file) = self.whole.take() {
            let _ = std::thread::Builder::new().name("touch".into()).spawn(move || touch(&file));
        }
        self.shared.lock().release(&self.hash, &self.control);
        self.shared.wanted.notify_one();
    }
}

impl fmt::Debug for CacheReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheReader")
            .field("hash", &self.hash)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").finish_non_exhaustive()
    }
}
