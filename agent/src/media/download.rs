//! A file that is coming in: its readers, the bytes that are there, and those to fetch first. Pure.

use std::{
    fs::File,
    ops::Range,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::time::Instant;

use super::{
    error::FetchError,
    spans::Spans,
    window::{PIECE, Window},
};

/// A request for bytes this close behind the stream's position is met by waiting for the stream.
const NEAR_BYTES: u64 = 256 * 1024;

/// One reader of a file.
#[derive(Debug, Default)]
pub(super) struct ReaderControl {
    /// The next byte it wants.
    pub(super) position: AtomicU64,
    /// Its reads fail from now on.
    pub(super) closed: AtomicBool,
    /// The complete file that it has open is not the one that is here now.
    pub(super) stale: AtomicBool,
}

/// A file that is coming in.
#[derive(Debug)]
pub(super) struct Download {
    /// The file's length in bytes.
    pub(super) total: u64,
    /// The path of the partial file.
    pub(super) path: PathBuf,
    /// The same, open for reading and writing, once there is something in it.
    pub(super) file: Option<Arc<File>>,
    /// The bytes that are there.
    pub(super) spans: Spans,
    /// The pieces that hold them, if the file is larger than the room; there is no `file` then.
    pub(super) window: Option<Window>,
    /// The readers of the file.
    pub(super) readers: Vec<Arc<ReaderControl>>,
    /// Why nobody should wait for it.
    pub(super) failed: Option<FetchError>,
    /// Not to be tried before.
    pub(super) not_before: Option<Instant>,
    /// Attempts in a row without a byte.
    pub(super) attempts: u32,
    /// How often it came whole and wrong.
    pub(super) mismatches: u32,
    /// Whole, and being checked.
    pub(super) verifying: bool,
}

/// The place of a running transfer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Running<'a> {
    /// Of this file.
    pub(super) hash: &'a str,
    /// The next byte it brings.
    pub(super) position: u64,
}

impl Download {
    pub(super) fn new(total: u64, path: PathBuf) -> Self {
        Self {
            total,
            path,
            file: None,
            spans: Spans::default(),
            window: None,
            readers: Vec::new(),
            failed: None,
            not_before: None,
            attempts: 0,
            mismatches: 0,
            verifying: false,
        }
    }

    /// True if it is still needed; `planned`: the plan needs the file.
    pub(super) fn is_needed(&self, planned: bool) -> bool {
        if self.window.is_some() {
            // Some pieces of a file are of no use to the next reader.
            return !self.readers.is_empty();
        }
        // What came whole before its last reader went is worth keeping.
        let whole = self.verifying || (self.failed.is_none() && self.spans.is_whole(self.total));
        whole || planned || !self.readers.is_empty()
    }

    /// True if it is all here, or is being checked.
    pub(super) fn is_whole(&self) -> bool {
        self.window.is_none() && (self.verifying || self.spans.is_whole(self.total))
    }

    fn open_readers(&self) -> impl Iterator<Item = &Arc<ReaderControl>> {
        self.readers.iter().filter(|r| !r.closed.load(Ordering::Relaxed))
    }

    /// The next byte that each reader wants.
    pub(super) fn positions(&self) -> Vec<u64> {
        self.open_readers().map(|r| r.position.load(Ordering::Relaxed).min(self.total)).collect()
    }

    /// True if its window has no share for this reader beside those that came before.
    pub(super) fn is_crowded(&self, reader: &Arc<ReaderControl>) -> bool {
        let most = self.window.as_ref().map_or(usize::MAX, Window::most_readers);
        self.open_readers().position(|r| Arc::ptr_eq(r, reader)).is_some_and(|n| n >= most)
    }

    /// Pieces of its window are gone: the serial numbers of their files.
    pub(super) fn lose(&mut self, pieces: Vec<(u64, u64)>) -> Vec<u64> {
        let lost = |(index, serial)| {
            self.spans.remove(index * PIECE..(index + 1) * PIECE);
            serial
        };
        pieces.into_iter().map(lost).collect()
    }

    /// Forgets why it failed.
    pub(super) fn try_again(&mut self) {
        self.failed = None;
        self.not_before = None;
        self.attempts = 0;
    }

    /// The bytes to fetch first, and if they are urgent. The key orders equally placed downloads: the running one
    /// first, then the reader with the least ahead of it.
    pub(super) fn most_wanted(&self, running: Option<Running<'_>>, lead: u64) -> ((bool, u64), Range<u64>, bool) {
        let mut best: Option<((bool, u64), Range<u64>, bool)> = None;
        for position in self.positions() {
            let ahead = self.spans.available(position);
            let hole = self.spans.hole(position, self.total).unwrap_or(0..self.total);
            let current = running.is_some_and(|r| is_near(r.position, hole.start));
            // Once begun, a lead is filled up: a reader at the edge would otherwise cut every other transfer to bits.
            let enough = if current { lead } else { lead / 2 };
            let urgent = position + ahead < self.total && ahead < enough;
            let key = (!current, ahead);
            if best.as_ref().is_none_or(|(least, _, was)| (!urgent, key) < (!was, *least)) {
                best = Some((key, hole, urgent));
            }
        }
        best.unwrap_or_else(|| ((running.is_none(), 0), self.spans.hole(0, self.total).unwrap_or(0..self.total), false))
    }
}

/// The bytes of a windowed file to fetch first.
impl Download {
    /// As [`Self::most_wanted`]: of what the readers' shares lack. `None`: they lack nothing that is worth a request.
    pub(super) fn most_wanted_of(
        &self,
        window: &Window,
        running: Option<Running<'_>>,
        lead: u64,
    ) -> Option<((bool, u64), Range<u64>, bool)> {
        let positions = self.positions();
        let mut best: Option<((bool, u64), Range<u64>, bool)> = None;
        for position in &positions {
            let end = window.share(*position, positions.len()).end.min(self.total);
            let ahead = self.spans.available(*position);
            let from = position + ahead;
            if from >= end {
                continue;
            }
            let current = running.is_some_and(|r| is_near(r.position, from));
            let most = end - position;
            let enough = if current { lead.min(most) } else { lead.min(most) / 2 };
            let urgent = ahead < enough;
            // Small bites are left to gather: each is a request.
            if !(current || urgent || end == self.total || end - from >= (most / 4).max(PIECE)) {
                continue;
            }
            let hole = self.spans.hole(from, self.total).map_or(from..end, |hole| from..hole.end.min(end));
            let key = (!current, ahead);
            if best.as_ref().is_none_or(|(least, _, was)| (!urgent, key) < (!was, *least)) {
                best = Some((key, hole, urgent));
            }
        }
        best
    }
}

pub(super) fn is_near(position: u64, wanted: u64) -> bool {
    (position..=position + NEAR_BYTES).contains(&wanted)
}
