//! Work that costs is done for so many at a time, and for one address less than that: a client that asks for everything
//! at once waits for itself, and not others for it. Playing, pausing and volumes need no turn.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{sync::Semaphore, time::timeout};

use super::problem::Problem;

/// So many at a time.
const ALL: usize = 32;
/// So many at a time of one address.
const OF_AN_ADDRESS: usize = 8;
/// How long a request waits for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// Paths whose GETs read much: lists, searches, covers, waveforms, exports, figures.
const READING: [&str; 18] = [
    "/api/albums",
    "/api/artists",
    "/api/books",
    "/api/composers",
    "/api/covers",
    "/api/folders",
    "/api/genres",
    "/api/history",
    "/api/letters",
    "/api/library/faults",
    "/api/library/stats",
    "/api/playlists",
    "/api/search",
    "/api/speakers",
    "/api/tracks",
    "/api/works",
    "/api/years",
    "/metrics",
];

/// The turns; clones share them.
#[derive(Debug, Clone)]
pub struct Turns(Arc<TurnsState>);

#[derive(Debug)]
struct TurnsState {
    all: Semaphore,
    by_address: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(TurnsState { all: Semaphore::new(ALL), by_address: Mutex::default() }))
    }
}

/// Takes an address out when nothing of it is under way any more.
struct Mine<'a> {
    turns: &'a TurnsState,
    address: IpAddr,
    own: Option<Arc<Semaphore>>,
}

impl Drop for Mine<'_> {
    fn drop(&mut self) {
        let mut by_address = self.turns.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        self.own = None;
        if by_address.get(&self.address).is_some_and(|own| Arc::strong_count(own) == 1) {
            by_address.remove(&self.address);
        }
    }
}

impl Turns {
    /// Does it when it is its turn.
    async fn take<T>(&self, address: IpAddr, work: impl Future<Output = T>) -> Result<T, Problem> {
        let address = address.to_canonical();
        let own = {
            let mut by_address = self.0.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(by_address.entry(address).or_insert_with(|| Arc::new(Semaphore::new(OF_AN_ADDRESS))))
        };
        let mine = Mine { turns: &self.0, address, own: Some(own) };
        let turn = timeout(WAIT, async {
            let own = match &mine.own {
                Some(own) => own.acquire().await.ok(),
                None => None,
            };
            (own, self.0.all.acquire().await)
        });
        if let Ok(_turn) = turn.await {
            return Ok(work.await);
        }
        let detail = "too much is asked for at the same time; ask again in a few seconds";
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_busy", detail))
    }
}

/// True for a call that waits for its turn.
pub(super) fn costs_work(method: &Method, path: &str) -> bool {
    match *method {
        Method::GET | Method::HEAD => READING.iter().any(|reading| path.starts_with(reading)) || is_past(path),
        _ => ["/api/playlists", "/api/tracks", "/api/library/import"].iter().any(|work| path.starts_with(work)),
    }
}

/// True for a zone's telemetry of the last day.
fn is_past(path: &str) -> bool {
    path.strip_prefix("/api/zones/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, of)| of.starts_with("telemetry"))
}

/// The layer.
pub async fn layer(
    State(turns): State<Turns>,
    peer: ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if !costs_work(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    turns.take(peer.0.ip(), next.run(request)).await.unwrap_or_else(IntoResponse::into_response)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn of_one_address_so_many_are_served_and_others_are_not_kept_waiting() {
        let (turns, now, most) = (Turns::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let greedy = IpAddr::from([10, 0, 0, 1]);
        let work = || async {
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::Relaxed);
        };
        let all = join_all((0..200).map(|_| turns.take(greedy, work()))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(most.load(Ordering::Relaxed), OF_AN_ADDRESS);
        assert!(turns.0.by_address.lock().unwrap().is_empty());

        // one that holds all of its turns
        let stuck = (0..100).map(|_| Box::pin(turns.take(greedy, std::future::pending::<()>())));
        let others = turns.take(IpAddr::from([10, 0, 0, 2]), async { "served" });
        tokio::select! {
            _ = join_all(stuck) => panic!("they never end"),
            served = others => assert_eq!(served, Ok("served")),
        }
        assert!(turns.0.by_address.lock().unwrap().is_empty(), "those that were given up are forgotten");
    }
}
