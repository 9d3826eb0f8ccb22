//! Brings in the files that are wanted, one at a time, what plays first before all.
//!
//! It runs beside the time exchange on one thread, so it never blocks it: the disk is touched on the blocking pool,
//! and what nobody waits for comes at a limited speed. What went wrong is tried again, from where it was.

use std::{future::Future, ops::Range, sync::Arc, time::Duration};

use futures_util::FutureExt;
use reqwest::{Client, Response, StatusCode, header};
use rustls::ClientConfig;
use tokio::time::{Instant, sleep_until};

use super::{
    check::check_files,
    disk::{blocking, keep_if_right},
    download::Running,
    downloads::{Job, State},
    error::FetchError,
    pace::Pace,
    reply::{Fault, accepted, describe, redirects},
    reserve::Made,
    resolve::PeerFirst,
    shared::SharedCache,
    transfer::{Ended, Target, Verdict},
};
use crate::coordinator::reconnect::{Backoff, BackoffSettings};
use downbeat_host::{clock, rarely::may_tell};
use downbeat_identity::handshake::clear_alone;

/// The bytes that arrive are written in pieces of about this many, so that a reader sees them soon.
const WRITE_BYTES: usize = 64 * 1024;

/// The disk is looked at again after so many bytes ...
const LOOK_AFTER_BYTES: u64 = 4 << 20;
/// ... and after this time, in which others may have filled it.
const LOOK_EVERY: Duration = Duration::from_secs(15);

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
    pub(super) shared: Arc<SharedCache>,
    settings: FetchSettings,
    /// The client, and how it speaks TLS.
    client: Option<(Client, Option<Arc<ClientConfig>>)>,
    pace: Pace,
    backoff: Backoff,
    /// The next look at the disk is due then, or after so many bytes.
    look_at: Instant,
    look_after: u64,
}

impl Fetcher {
    pub(super) fn new(shared: Arc<SharedCache>, settings: FetchSettings) -> Self {
        Self {
            shared,
            settings,
            client: None,
            pace: Pace::new(settings.pace_bytes_per_second),
            backoff: Backoff::new(settings.backoff, uuid::Uuid::new_v4().as_u64_pair().0),
            look_at: Instant::now(),
            look_after: 0,
        }
    }

    /// Fetches until the cache is closed.
    pub async fn run(mut self) {
        // ends with the cache
        tokio::spawn(check_files(Arc::clone(&self.shared)));
        loop {
            if self.look_at <= Instant::now() {
                self.look().await;
            }
            let (job, gone, closed) = {
                let mut state = self.shared.lock();
                let gone = state.abandoned();
                (self.next_job(&mut state, None), gone, state.closed)
            };
            // readers are told of news only: each asks for its bytes when it begins to wait, which is news for this
            // loop
            if !gone.is_empty() {
                self.perform(Made { gone, ..Made::default() }).await;
            }
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

    /// Looks at the disk; if others have filled it, the cache gives way.
    pub(super) async fn look(&mut self) {
        (self.look_at, self.look_after) = (Instant::now() + LOOK_EVERY, LOOK_AFTER_BYTES);
        let shared = Arc::clone(&self.shared);
        let looked = blocking(move || {
            shared.look(Instant::now());
            Ok(())
        });
        if let Err(error) = looked.await {
            tracing::debug!(%error, "cannot look at the cache's disk");
        }
        let made = self.shared.lock().give_way();
        if !made.is_nothing()
            && let Some(left_out) = may_tell("the disk has less room")
        {
            tracing::info!(files = made.gone.len(), left_out, "the disk has less room: the cache gives way");
        }
        self.perform(made).await;
    }

    fn next_job(&self, state: &mut State, running: Option<Running<'_>>) -> Job {
        state.next_job(Instant::now(), running, self.settings.lead_bytes)
    }

    async fn wait(&self, until: Option<Instant>) {
        let until = until.map_or(self.look_at, |until| until.min(self.look_at));
        tokio::select! {
            () = sleep_until(until) => {}
            () = self.shared.wanted.notified() => {}
        }
    }

    /// One request, to its end, or until something else is more urgent.
    async fn fetch(&mut self, hash: &str, range: Range<u64>) -> Result<Ended, Fault> {
        let (target, total) = self.make_room(hash).await?;
        let url = match &self.shared.lock().base_url {
            Some(base) => format!("{base}/media/{hash}"),
            None => return Ok(Ended::Preempted),
        };
        let range_asked = format!("bytes={}-{}", range.start, range.end - 1);
        let mut request = self.client()?.get(&url).header(header::RANGE, range_asked);
        if let Some(host) = self.shared.zoned_host(&url) {
            request = request.header(header::HOST, host);
        }
        let running = Running { hash, position: range.start };
        let Some(response) = self.unless_preempted(running, false, request.send()).await else {
            return Ok(Ended::Preempted);
        };
        let response = response.map_err(|e| Fault::Passing(describe(&e)))?;
        let range = accepted(&response, &range, total)?;
        let ranges_ignored = response.status() == StatusCode::OK;
        self.take(hash, &target, response, range, ranges_ignored).await
    }

    /// Takes the body of `response`, which is the bytes of `range`, into the file.
    async fn take(
        &mut self,
        hash: &str,
        target: &Target,
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
            if let Ended::Preempted = self.store(running, ranges_ignored, target, bytes).await? {
                return Ok(Ended::Preempted);
            }
            position += took;
            self.look_after = self.look_after.saturating_sub(took);
            if self.look_after == 0 {
                self.look().await;
            }
            let urgent = {
                let mut state = self.shared.lock();
                let Some(d) = state.downloads.get_mut(hash) else { return Ok(Ended::Preempted) };
                d.attempts = 0;
                if !target.is(d) {
                    return Ok(Ended::Preempted);
                }
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
            match self.verdict(running, ranges_ignored) {
                Verdict::Stop => return None,
                Verdict::Hold => self.shared.wanted.notified().await,
                Verdict::Go => tokio::select! {
                    done = &mut work => return Some(done),
                    () = self.shared.wanted.notified() => {}
                },
            }
        }
    }

    /// The fate of the transfer that is at `running`.
    pub(super) fn verdict(&self, running: Running<'_>, ranges_ignored: bool) -> Verdict {
        let mut state = self.shared.lock();
        let next = self.next_job(&mut state, Some(running));
        if state.closed || !state.is_needed(running.hash) {
            return Verdict::Stop;
        }
        let windowed = state.downloads.get(running.hash).is_some_and(|d| d.window.is_some());
        let go = |go| if go { Verdict::Go } else { Verdict::Stop };
        match &next {
            // To ask such a server for a part costs all that lies before.
            Job::Fetch { hash, range, .. } if windowed && ranges_ignored && hash == running.hash => {
                go(range.start >= running.position)
            }
            Job::Fetch { urgent: false, .. } | Job::Verify(_) | Job::Wait(_) if windowed && ranges_ignored => {
                Verdict::Hold
            }
            next => go(State::goes_on(running, ranges_ignored, next)),
        }
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
            let trouble = match &result {
                Ok(true) => None,
                Ok(false) => Some("a file came in with other bytes than its hash says".to_owned()),
                Err(error) => Some(format!("a file cannot be kept: {error}")),
            };
            let mut state = shared.lock();
            if let Some(trouble) = trouble
                && let Some(unsaid) = state.troubles.happened(clock::now(), &trouble)
            {
                tracing::warn!(hash, unsaid, "{trouble}");
            }
            state.verified(&hash, result, retry_after, Instant::now());
            drop(state);
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
            d.not_before = Some(Instant::now() + self.settings.retry_failed_after);
            d.failed = Some(error.clone());
            let unread = d.readers.is_empty();
            if matches!(error, FetchError::CacheFull { .. }) && unread {
                tracing::debug!(hash, "not fetched ahead: {error}");
            } else if let Some(unsaid) = state.troubles.happened(clock::now(), &error.to_string()) {
                tracing::warn!(hash, code = error.code(), unsaid, "cannot fetch: {error}");
            }
            self.shared.arrived.notify_all();
        }
    }

    fn client(&mut self) -> Result<&Client, Fault> {
        let tls = self.shared.lock().tls.clone();
        let same = |had: &Option<Arc<ClientConfig>>| match (had, &tls) {
            (Some(had), Some(tls)) => Arc::ptr_eq(had, tls),
            (had, tls) => had.is_none() && tls.is_none(),
        };
        // connections of another coordinator, or of another key, are not used again
        if !self.client.as_ref().is_some_and(|(_, had)| same(had)) {
            let mut builder = Client::builder()
                // The coordinator is on the speaker's own network: a proxy of the environment is never meant.
                .no_proxy()
                .redirect(redirects())
                .dns_resolver(Arc::new(PeerFirst(Arc::clone(&self.shared))))
                .connect_timeout(self.settings.connect_timeout)
                .read_timeout(self.settings.read_timeout)
                .tcp_nodelay(true)
                .user_agent(concat!("downbeat-agent/", env!("CARGO_PKG_VERSION")));
            builder = match &tls {
                Some(tls) => builder.tls_backend_preconfigured(ClientConfig::clone(tls)).https_only(true),
                None => builder.tls_backend_preconfigured(clear_alone()),
            };
            let client = builder.build().map_err(|e| Fault::Passing(describe(&e)))?;
            self.client = Some((client, tls));
        }
        self.client.as_ref().map(|(client, _)| client).ok_or_else(|| Fault::Passing("no HTTP client".into()))
    }
}
