//! A source under watch: the parsers take some read errors for the end of the file, and some search for ever.
//!
//! A failing network must not look like the end of a track, and an endless source must not hang a scan. So every
//! source is wrapped: the first failure is kept where the [`Packets`](crate::packets::Packets) can see it, and what
//! is read between two packets is bounded.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use symphonia::core::io::MediaSource;

use crate::MediaError;

/// The bytes that may be read in search of the next packet, of a source whose length is unknown or small.
const MIN_BUDGET: u64 = 64 << 20;

#[derive(Debug, Default)]
struct State {
    failure: Option<io::Error>,
    exhausted: bool,
    read_since_packet: u64,
}

/// The side that the parser's user keeps.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    state: Arc<Mutex<State>>,
    budget: u64,
    seekable: bool,
}

impl Watch {
    /// True if the source can go back.
    pub(crate) fn is_seekable(&self) -> bool {
        self.seekable
    }

    /// Says that progress was made: the budget starts anew.
    pub(crate) fn progress(&self) {
        self.with(|state| state.read_since_packet = 0);
    }

    /// The fault of the source since the last call, if there was one.
    pub(crate) fn take_failure(&self) -> Option<MediaError> {
        self.with(|state| {
            if std::mem::take(&mut state.exhausted) {
                state.failure = None;
                return Some(MediaError::NoAudio(std::mem::take(&mut state.read_since_packet)));
            }
            state.failure.take().map(MediaError::Io)
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The side that the parser reads from.
pub(crate) struct Watched {
    inner: Box<dyn MediaSource>,
    watch: Watch,
}

impl Watched {
    pub(crate) fn new(inner: Box<dyn MediaSource>) -> (Self, Watch) {
        // A linear seek may read the whole of a long file, a parser may look at its tail first.
        let budget = inner.byte_len().unwrap_or(0).saturating_mul(2).max(MIN_BUDGET);
        let watch = Watch { state: Arc::default(), budget, seekable: inner.is_seekable() };
        (Self { inner, watch: watch.clone() }, watch)
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(e) = &result
            && !matches!(e.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted)
        {
            let copy = io::Error::new(e.kind(), e.to_string());
            self.watch.with(|state| _ = state.failure.get_or_insert(copy));
        }
        result
    }
}

impl Read for Watched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let budget = self.watch.budget;
        if self.watch.with(|state| {
            state.exhausted |= state.read_since_packet > budget;
            state.exhausted
        }) {
            return Err(io::Error::other("no audio found"));
        }
        let result = self.inner.read(buf);
        let n = self.note(result)?;
        self.watch.with(|state| state.read_since_packet += n as u64);
        Ok(n)
    }
}

impl Seek for Watched {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        // Positions before the start or absurdly far are the parser following a broken file, not the source failing.
        self.inner.seek(pos)
    }
}

impl MediaSource for Watched {
    fn is_seekable(&self) -> bool {
        self.inner.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.inner.byte_len()
    }
}
