//! Brings in the files that are wanted, one at a time, what plays first before all.
//!
//! It runs beside the time exchange on one thread, so it never blocks it: the disk is touched on the blocking pool,
//! and what nobody waits for comes at a limited speed. What went wrong is tried again, from where it was.

use std::{
    fs::{File, OpenOptions},
    future::Future,
    ops::Range,
    os::unix::fs::FileExt,
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use reqwest::{Client, Response, StatusCode, header};
use tokio::time::{Instant, sleep_until};

use super::{
    check::check_files,
    disk::{blocking, keep_if_right, remove},
    downloads::{Job, Running, State},
    error::FetchError,
    pace::Pace,
    reply::{Fault, accepted, describe},
    shared::{SharedCache, blocking, remove},
};
use crate::coordinator::reconnect::{Backoff, BackoffSettings};

/// The bytes that arrive are written in pieces of about this many, so that a reader sees them soon.
const WRITE_BYTES: usize = 64 * 1024;

/// How files are fetched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FetchSettings {
    /// How far ahead of its reader a file comes in at full speed, bytes.
    pub lead_bytes: u64,
    /// The speed of all other transfers, bytes a second; 0: no limit.
    pub pace_bytes_per_second: u64,
    /// So many attempts in a row without a byte, and readers are told that the file cannot be had.
    pub attempts: u32,
    /// The waits between attempts.
    pub backoff: BackoffSettings,
    /// A file that cannot be had is tried again after this long, if it is still wanted.
    pub retry_failed_after: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a silent connection is kept.
    pub read_timeout: Duration,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            lead_bytes: 2 << 20,
            pace_bytes_per_second: 2_000_000,
            attempts: 8,
            backoff: BackoffSettings::default(),
            retry_failed_after: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
        }
    }
}

/// The task that fetches. See [`super::MediaCache::fetcher`].
#[derive(Debug)]
pub struct Fetcher {
    shared: Arc<SharedCache>,
    settings: FetchSettings,
    client: Option<Client>,
    pace: Pace,
    backoff: Backoff,
}

/// Why a transfer ended.
#[derive(Debug)]
enum Ended {
    /// All that was asked for is there.
    Through,
    /// Something else is more urgent.
    Preempted,
}

impl Fetcher {
    pub(super) fn new(shared: Arc<SharedCache>, settings: FetchSettings) -> Self {
        Self {
            shared,
            settings,
            client: None,
            pace: Pace::new(settings.pace_bytes_per_second),
            backoff: Backoff::new(settings.backoff, uuid::Uuid::new_v4().as_u64_pair().0),
        }
    }

    /// Fetches until the cache is closed.
    pub async fn run(mut self) {
        // ends with the cache
        tokio::spawn(check_files(Arc::clone(&self.shared)));
        loop {
            let (job, gone, closed) = {
                let mut state = self.shared.lock();
                let gone = state.abandoned();
                (self.next_job(&mut state, None), gone, state.closed)
            };
            remove(gone).await;
            if closed {
                return;
            }
            match job {
                Job::Wait(until) => self.wait(until).await,
                Job::Verify(hash) => self.begin_verification(hash),
                Job::Fetch { hash, range, .. } => match self.fetch(&hash, range).await {
                    Ok(Ended::Through | Ended::Preempted) => {}
                    Err(fault) => self.note(&hash, fault),
                },
            }
        }
    }

    fn next_job(&self, state: &mut State, running: Option<Running<'_>>) -> Job {
        state.next_job(Instant::now(), running, self.settings.lead_bytes)
    }

    async fn wait(&self, until: Option<Instant>) {
        match until {
            Some(until) => tokio::select! {
                () = sleep_until(until) => {}
                () = self.shared.wanted.notified() => {}
            },
            None => self.shared.wanted.notified().await,
        }
    }

    /// One request, to its end, or until something else is more urgent.
    async fn fetch(&mut self, hash: &str, range: Range<u64>) -> Result<Ended, Fault> {
        let (file, total) = self.make_room(hash).await?;
        let url = match &self.shared.lock().base_url {
            Some(base) => format!("{base}/media/{hash}"),
            None => return Ok(Ended::Preempted),
        };
        let request =
            self.client()?.get(&url).header(header::RANGE, format!("bytes={}-{}", range.start, range.end - 1));
        let running = Running { hash, position: range.start };
        let Some(response) = self.unless_preempted(running, false, request.send()).await else {
            return Ok(Ended::Preempted);
        };
        let response = response.map_err(|e| Fault::Passing(describe(&e)))?;
        let range = accepted(&response, &range, total)?;
        let ranges_ignored = response.status() == StatusCode::OK;
        self.take(hash, &file, response, range, ranges_ignored).await
    }

    /// Takes the body of `response`, which is the bytes of `range`, into the file.
    async fn take(
        &mut self,
        hash: &str,
        file: &Arc<File>,
        mut response: Response,
        range: Range<u64>,
        ranges_ignored: bool,
    ) -> Result<Ended, Fault> {
        let mut position = range.start;
        while position < range.end {
            let running = Running { hash, position };
            let Some(chunk) = self.unless_preempted(running, ranges_ignored, response.chunk()).await else {
                return Ok(Ended::Preempted);
            };
            let Some(chunk) = chunk.map_err(|e| Fault::Passing(describe(&e)))? else {
                return Err(Fault::Passing(format!("the reply ended at byte {position} of {}", range.end)));
            };
            let mut bytes = chunk.to_vec();
            // What is there already is written in one go; a fault comes again with the next call.
            while bytes.len() < WRITE_BYTES {
                let Some(Ok(Some(more))) = response.chunk().now_or_never() else { break };
                bytes.extend_from_slice(&more);
            }
            bytes.truncate(usize::try_from(range.end - position).unwrap_or(usize::MAX));
            let took = bytes.len() as u64;
            self.write(hash, file, position, bytes).await?;
            position += took;
            let urgent = {
                let mut state = self.shared.lock();
                let Some(d) = state.downloads.get_mut(hash) else { return Ok(Ended::Preempted) };
                d.spans.insert(position - took..position);
                d.attempts = 0;
                self.shared.arrived.notify_all();
                matches!(self.next_job(&mut state, Some(Running { hash, position })), Job::Fetch { urgent: true, .. })
            };
            self.backoff.reset();
            let free_at = self.pace.after(took, Instant::now());
            if !urgent && position < range.end {
                let running = Running { hash, position };
                if self.unless_preempted(running, ranges_ignored, sleep_until(free_at)).await.is_none() {
                    return Ok(Ended::Preempted);
                }
            }
        }
        Ok(Ended::Through)
    }

    /// Does `work` unless, before or meanwhile, something else gets more urgent than the transfer at `running`.
    async fn unless_preempted<T>(
        &self,
        running: Running<'_>,
        ranges_ignored: bool,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::pin!(work);
        loop {
            {
                let mut state = self.shared.lock();
                let next = self.next_job(&mut state, Some(running));
                if !state.is_needed(running.hash) || !State::goes_on(running, ranges_ignored, &next) {
                    return None;
                }
            }
            tokio::select! {
                done = &mut work => return Some(done),
                () = self.shared.wanted.notified() => {}
            }
        }
    }

    /// Writes `bytes` at `position`; if the disk is full, the cache gives way.
    async fn write(&self, hash: &str, file: &Arc<File>, position: u64, bytes: Vec<u8>) -> Result<(), Fault> {
        let bytes = Arc::new(bytes);
        loop {
            let (to, from) = (Arc::clone(file), Arc::clone(&bytes));
            let Err(error) = blocking(move || to.write_all_at(&from, position)).await else { return Ok(()) };
            let error = FetchError::disk(&error);
            if !matches!(error, FetchError::DiskFull(_)) {
                return Err(Fault::Lasting(error));
            }
            let victim = self.shared.lock().evict_one(hash);
            let Some(victim) = victim else { return Err(Fault::Lasting(error)) };
            tracing::warn!(victim = %victim.display(), "the disk is full: a cached file goes");
            remove(vec![victim]).await;
        }
    }

    /// The open partial file of `hash` and the file's length, with the room for it set aside.
    async fn make_room(&self, hash: &str) -> Result<(Arc<File>, u64), Fault> {
        let (path, file, total, (gone, fits)) = {
            let mut state = self.shared.lock();
            let Some(d) = state.downloads.get(hash) else { return Err(Fault::Passing("not wanted any more".into())) };
            let (path, file, total) = (d.path.clone(), d.file.clone(), d.total);
            (path, file, total, state.reserve(hash, self.shared.limit))
        };
        remove(gone).await;
        if !fits {
            return Err(Fault::Lasting(FetchError::CacheFull { need: total, limit: self.shared.limit }));
        }
        if let Some(file) = file {
            return Ok((file, total));
        }
        let opened = blocking(move || OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path));
        let file = Arc::new(opened.await.map_err(|e| Fault::Lasting(FetchError::disk(&e)))?);
        if let Some(d) = self.shared.lock().downloads.get_mut(hash) {
            d.file = Some(Arc::clone(&file));
        }
        Ok((file, total))
    }

    /// Checks a file that is whole, beside what is fetched next.
    fn begin_verification(&self, hash: String) {
        let (path, file) = {
            let mut state = self.shared.lock();
            let Some(d) = state.downloads.get_mut(&hash) else { return };
            d.verifying = true;
            (d.path.clone(), d.file.clone())
        };
        let (shared, retry_after) = (Arc::clone(&self.shared), self.settings.retry_failed_after);
        tokio::spawn(async move {
            let (name, target) = (hash.clone(), shared.complete_path(&hash));
            let watch = Arc::clone(&shared);
            let result = blocking(move || keep_if_right(&path, file, &name, &target, &watch)).await;
            let result = result.map_err(|error| FetchError::disk(&error));
            shared.lock().verified(&hash, result, Instant::now() + retry_after);
            shared.arrived.notify_all();
            shared.wanted.notify_one();
        });
    }

    /// An attempt failed: when the next one is due, or what the readers are told.
    fn note(&mut self, hash: &str, fault: Fault) {
        let wait = self.backoff.ended(Duration::ZERO);
        let mut state = self.shared.lock();
        let Some(d) = state.downloads.get_mut(hash) else { return };
        d.attempts += 1;
        let lasting = match fault {
            Fault::Lasting(error) => Some(error),
            Fault::Passing(last) if d.attempts >= self.settings.attempts => {
                Some(FetchError::Unreachable { attempts: d.attempts, last })
            }
            Fault::Passing(last) => {
                tracing::debug!(hash, attempt = d.attempts, ?wait, "fetching failed, trying again: {last}");
                None
            }
        };
        d.not_before = Some(Instant::now() + wait);
        if let Some(error) = lasting {
            if matches!(error, FetchError::CacheFull { .. }) && d.readers.is_empty() {
                tracing::debug!(hash, "not fetched ahead: {error}");
            } else {
                tracing::warn!(hash, code = error.code(), "cannot fetch: {error}");
            }
            d.not_before = Some(Instant::now() + self.settings.retry_failed_after);
            d.failed = Some(error);
            self.shared.arrived.notify_all();
        }
    }

    fn client(&mut self) -> Result<&Client, Fault> {
        if self.client.is_none() {
            let built = Client::builder()
                // The coordinator is on the speaker's own network: a proxy of the environment is never meant.
                .no_proxy()
                .connect_timeout(self.settings.connect_timeout)
                .read_timeout(self.settings.read_timeout)
                .tcp_nodelay(true)
                .user_agent(concat!("downbeat-agent/", env!("CARGO_PKG_VERSION")))
                .build();
            self.client = Some(built.map_err(|e| Fault::Passing(describe(&e)))?);
        }
        self.client.as_ref().ok_or_else(|| Fault::Passing("no HTTP client".into()))
    }
}
