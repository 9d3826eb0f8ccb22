//! Writes the bytes that came in to the disk: into a file of their own, or into the pieces of a window. The cache gives
//! way when there is no more room.

use std::{fs::File, os::unix::fs::FileExt, path::PathBuf, sync::Arc};

use downbeat_host::rarely::may_tell;
use tokio::time::Instant;

use super::{
    disk::{blocking, copy_piece, create, remove, write_piece},
    download::{Download, Running},
    error::FetchError,
    fetch::Fetcher,
    reply::Fault,
    reserve::{Made, Place},
    spans::Spans,
    transfer::{Ended, Target, Verdict},
    window::{LEAST_WINDOW, PIECE, Window},
};

/// A part of a file that is copied into a piece of a window.
#[derive(Debug)]
struct Copy {
    path: PathBuf,
    position: u64,
    length: u64,
}

impl Fetcher {
    /// The place for the bytes of `hash`, and the file's length, with the room for it set aside.
    pub(super) async fn make_room(&mut self, hash: &str) -> Result<(Target, u64), Fault> {
        let begun = self.shared.lock().downloads.get(hash).is_some_and(|d| d.file.is_some() || d.window.is_some());
        if !begun {
            self.look().await;
        }
        let (path, total, (made, place), room) = {
            let mut state = self.shared.lock();
            let Some(d) = state.downloads.get(hash) else { return Err(Fault::Passing("not wanted any more".into())) };
            let (path, total) = (d.path.clone(), d.total);
            (path, total, state.reserve(hash), state.room.bytes())
        };
        self.perform(made).await;
        let file = match place {
            None => return Err(Fault::Lasting(FetchError::CacheFull { need: total, room })),
            Some(Place::Window(bytes)) => {
                self.turn(hash, bytes).await;
                return Ok((Target::Window, total));
            }
            Some(Place::Whole) => self.shared.lock().downloads.get(hash).and_then(|d| d.file.clone()),
        };
        if let Some(file) = file {
            return Ok((Target::Whole(file), total));
        }
        let opened = blocking(move || create(&path));
        let file = Arc::new(opened.await.map_err(|e| Fault::Lasting(FetchError::disk(&e)))?);
        if let Some(d) = self.shared.lock().downloads.get_mut(hash) {
            d.file = Some(Arc::clone(&file));
        }
        Ok((Target::Whole(file), total))
    }

    /// Deletes what goes, and turns what goes on by a window.
    pub(super) async fn perform(&self, made: Made) {
        if !made.gone.is_empty() {
            let bytes = remove(made.gone).await;
            self.shared.lock().room.deleted(bytes, Instant::now());
        }
        for (hash, bytes) in made.turned {
            self.turn(&hash, bytes).await;
        }
        // readers of what went ask for it again
        self.shared.arrived.notify_all();
    }

    /// The download of `hash` goes on by a window: the bytes next to its readers are kept, and the file goes.
    async fn turn(&self, hash: &str, bytes: u64) {
        let mut window = Window::new(bytes);
        let (file, path, parts) = {
            let mut state = self.shared.lock();
            let Some(d) = state.downloads.get(hash).filter(|d| d.window.is_none()) else { return };
            let (file, path, next) = (d.file.clone(), d.path.clone(), next_parts(d, &window));
            let positions = d.positions();
            let mut parts = Vec::new();
            for (position, length) in next {
                state.serial += 1;
                let (serial, index) = (state.serial, position / PIECE);
                let there = window.admit(index, serial, &positions).and(window.serial(index));
                let Some(serial) = there else { continue };
                parts.push(Copy { path: state.piece_path(hash, serial), position, length });
            }
            (file, path, parts)
        };
        let copied = match file {
            None => Ok(Spans::default()),
            Some(file) => {
                let copied = blocking(move || Ok(copy(&file, &parts))).await;
                remove(vec![path]).await;
                copied
            }
        };
        let spans = copied.unwrap_or_default();
        let mut state = self.shared.lock();
        let Some(d) = state.downloads.get_mut(hash) else { return };
        tracing::debug!(hash, bytes = window.bytes(), "a file larger than the room comes through a window");
        (d.file, d.spans, d.window) = (None, spans, Some(window));
        self.shared.arrived.notify_all();
    }

    /// Writes bytes that came for `running`; tells its readers.
    pub(super) async fn store(
        &mut self,
        running: Running<'_>,
        ranges_ignored: bool,
        target: &Target,
        bytes: Vec<u8>,
    ) -> Result<Ended, Fault> {
        let bytes = Arc::new(bytes);
        match target {
            Target::Whole(file) => self.store_whole(running, file, bytes).await,
            Target::Window => self.store_pieces(running, ranges_ignored, &bytes).await,
        }
    }

    async fn store_whole(
        &mut self,
        running: Running<'_>,
        file: &Arc<File>,
        bytes: Arc<Vec<u8>>,
    ) -> Result<Ended, Fault> {
        let Running { hash, position } = running;
        loop {
            let (to, from) = (Arc::clone(file), Arc::clone(&bytes));
            match blocking(move || to.write_all_at(&from, position)).await {
                Ok(()) => break,
                Err(error) => self.after_refusal(hash, &FetchError::disk(&error)).await?,
            }
            let still = self.shared.lock().downloads.get(hash).is_some_and(|d| d.window.is_none());
            if !still {
                return Ok(Ended::Preempted);
            }
        }
        Ok(self.arrived(hash, position, bytes.len() as u64))
    }

    /// Writes bytes into the pieces of a window, those that its readers need.
    async fn store_pieces(&mut self, running: Running<'_>, ranges_ignored: bool, bytes: &[u8]) -> Result<Ended, Fault> {
        let Running { hash, position } = running;
        let end = position + bytes.len() as u64;
        let mut at = position;
        while at < end {
            let (index, within) = (at / PIECE, at % PIECE);
            let length = (PIECE - within).min(end - at);
            let place = {
                let mut state = self.shared.lock();
                let windowed = state.downloads.get(hash).is_some_and(|d| d.window.is_some());
                if !windowed {
                    return Ok(Ended::Preempted);
                }
                let place = state.admit(hash, index);
                let gone = place.as_ref().map_or(0, |(gone, _)| gone.len());
                state.room.deleted(gone as u64 * PIECE, Instant::now());
                place
            };
            let Some((gone, path)) = place else {
                // Nobody needs it now. Where it would have to be fetched again from the file's start, it waits.
                match self.verdict(Running { hash, position: at }, ranges_ignored) {
                    Verdict::Stop => return Ok(Ended::Preempted),
                    Verdict::Hold => self.shared.wanted.notified().await,
                    Verdict::Go => at += length,
                }
                continue;
            };
            let from = usize::try_from(at - position).unwrap_or(usize::MAX).min(bytes.len());
            let part = bytes[from..].iter().take(usize::try_from(length).unwrap_or(usize::MAX)).copied();
            let part: Vec<u8> = part.collect();
            match blocking(move || write_piece(&gone, &path, &part, within)).await {
                Ok(()) => {
                    if let Ended::Preempted = self.arrived(hash, at, length) {
                        return Ok(Ended::Preempted);
                    }
                    at += length;
                }
                Err(error) => self.after_refusal(hash, &FetchError::disk(&error)).await?,
            }
        }
        Ok(Ended::Through)
    }

    /// These bytes are there: readers go on.
    fn arrived(&self, hash: &str, position: u64, length: u64) -> Ended {
        let mut state = self.shared.lock();
        let Some(d) = state.downloads.get_mut(hash) else { return Ended::Preempted };
        d.spans.insert(position..position + length);
        self.shared.arrived.notify_all();
        Ended::Through
    }

    /// The disk did not take the bytes of `hash`: if it is full, the cache gives way, as far as it can.
    async fn after_refusal(&self, hash: &str, error: &FetchError) -> Result<(), Fault> {
        if !matches!(error, FetchError::DiskFull(_)) {
            return Err(Fault::Lasting(error.clone()));
        }
        let made = {
            let mut state = self.shared.lock();
            let own = state.own_bytes();
            state.room.refused(own, Instant::now());
            let mut made = state.give_way();
            if made.is_nothing() {
                made.gone = state.evict_for(hash);
            }
            made
        };
        if made.is_nothing() {
            return Err(Fault::Lasting(error.clone()));
        }
        if let Some(left_out) = may_tell("the disk is full") {
            tracing::warn!(files = made.gone.len(), left_out, "the disk is full: the cache gives way");
        }
        self.perform(made).await;
        Ok(())
    }
}

/// The parts of a file that the readers need next, piece by piece, with their lengths: as much for each as the
/// smallest window has.
fn next_parts(download: &Download, window: &Window) -> Vec<(u64, u64)> {
    let positions = download.positions();
    let mut parts = Vec::new();
    for position in &positions {
        let share = window.share(*position, positions.len());
        let end = share.end.min(position + download.spans.available(*position)).min(position + LEAST_WINDOW);
        let mut at = *position;
        while at < end {
            let next = ((at / PIECE + 1) * PIECE).min(end);
            parts.push((at, next - at));
            at = next;
        }
    }
    parts
}

/// Copies what can be copied: what it was. The rest is fetched again.
fn copy(file: &File, parts: &[Copy]) -> Spans {
    let mut spans = Spans::default();
    for part in parts {
        let Copy { path, position, length } = part;
        if let Err(error) = copy_piece(file, *position, *length, path, position % PIECE) {
            tracing::debug!(%error, "a part of a file is fetched again");
            break;
        }
        spans.insert(*position..position + length);
    }
    spans
}
