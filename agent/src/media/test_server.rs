//! A coordinator's `/media`, from memory, with the faults that a real one or the network may have.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    ops::Range,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use downbeat_protocol::{EntryId, Frames, PlanEntry, TrackId};
use tokio::{net::TcpListener, sync::Semaphore};

const PIECE: usize = 16 * 1024;

/// The fault of one reply.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// The connection breaks after so many bytes of the body.
    CutAfter(usize),
    /// `Range` is ignored.
    Whole,
    /// Every byte is wrong.
    Wrong,
    /// This status and no file.
    Status(u16),
    /// Sent on to the same path of this server.
    On(SocketAddr),
    /// More bytes than were asked for or announced.
    TooMuch,
    /// Another length than the plan says.
    Longer,
}

#[derive(Debug)]
pub(super) struct TestServerState {
    files: Mutex<HashMap<String, Arc<Vec<u8>>>>,
    /// For the coming requests, in order; none left: no fault.
    pub(super) faults: Mutex<VecDeque<Fault>>,
    /// Hash and first byte of each request.
    pub(super) requests: Mutex<Vec<(String, u64)>>,
    /// Pieces of a body that may be sent.
    pub(super) pieces: Semaphore,
}

#[derive(Debug, Clone)]
pub(super) struct TestServer {
    pub(super) address: SocketAddr,
    pub(super) inner: Arc<TestServerState>,
}

impl TestServer {
    /// One whose bodies flow freely.
    pub(super) async fn start() -> Self {
        let server = Self::start_gated().await;
        server.let_flow();
        server
    }

    /// One whose bodies flow piece by piece, as `inner.pieces` permits.
    pub(super) async fn start_gated() -> Self {
        let inner = Arc::new(TestServerState {
            files: Mutex::default(),
            faults: Mutex::default(),
            requests: Mutex::default(),
            pieces: Semaphore::new(0),
        });
        let router = Router::new().route("/media/{hash}", get(media)).with_state(Arc::clone(&inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inner }
    }

    pub(super) fn let_flow(&self) {
        self.inner.pieces.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn fault(&self, faults: &[Fault]) {
        self.inner.faults.lock().unwrap().extend(faults);
    }

    pub(super) fn requests(&self) -> Vec<(String, u64)> {
        self.inner.requests.lock().unwrap().clone()
    }

    /// Serves `bytes`, and says how a plan names them.
    pub(super) fn serve(&self, bytes: Vec<u8>) -> PlanEntry {
        let entry = plan_entry(&bytes);
        self.inner.files.lock().unwrap().insert(entry.hash.clone(), Arc::new(bytes));
        entry
    }
}

pub(super) fn plan_entry(bytes: &[u8]) -> PlanEntry {
    PlanEntry {
        entry: EntryId::random(),
        track: TrackId::random(),
        hash: blake3::hash(bytes).to_hex().to_string(),
        bytes: bytes.len() as u64,
        format: "wav".into(),
        sample_rate: 48_000,
        frames: Frames(0),
        ..PlanEntry::default()
    }
}

/// Bytes that differ everywhere.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut x = seed.wrapping_mul(2).wrapping_add(1);
    (0..length)
        .map(|_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 56) as u8
        })
        .collect()
}

fn asked(headers: &HeaderMap, total: usize) -> Option<Range<usize>> {
    let (start, last) = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let last: usize = last.parse().unwrap_or(usize::MAX);
    Some(start.parse().ok()?..last.saturating_add(1).min(total))
}

async fn media(State(inner): State<Arc<TestServerState>>, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    let fault = inner.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
    let file = inner.files.lock().unwrap().get(&hash).cloned();
    let range = asked(&headers, file.as_ref().map_or(0, |f| f.len()));
    let path = format!("/media/{hash}");
    inner.requests.lock().unwrap().push((hash, range.as_ref().map_or(0, |r| r.start as u64)));
    if let Fault::On(to) = fault {
        let to = if to.port() == 0 { path } else { format!("http://{to}{path}") };
        return (StatusCode::FOUND, [(header::LOCATION, to)]).into_response();
    }
    let Some(file) = file else { return StatusCode::NOT_FOUND.into_response() };
    let total = file.len();
    let (mut body, range) = match (fault, range) {
        (Fault::Status(status), _) => return StatusCode::from_u16(status).expect("a status").into_response(),
        (Fault::Whole, _) | (_, None) => (file.to_vec(), None),
        (_, Some(range)) => (file[range.clone()].to_vec(), Some(range)),
    };
    let mut cut = None;
    match fault {
        Fault::CutAfter(n) => cut = Some(n),
        Fault::Wrong => body.iter_mut().for_each(|b| *b ^= 0xff),
        Fault::TooMuch => body.extend(vec![7; 100_000]),
        _ => {}
    }
    let said = if matches!(fault, Fault::Longer) { total + 1 } else { total };
    let length = (!matches!(fault, Fault::TooMuch)).then_some(body.len());
    let pieces: Vec<Vec<u8>> = body.chunks(PIECE).map(<[u8]>::to_vec).collect();
    let stream =
        futures_util::stream::unfold((pieces.into_iter(), 0, inner), move |(mut pieces, sent, inner)| async move {
            if cut.is_some_and(|n| sent >= n) {
                return Some((Err(io::Error::other("cut")), (pieces, sent, inner)));
            }
            let mut piece = pieces.next()?;
            inner.pieces.acquire().await.expect("never closed").forget();
            if let Some(n) = cut {
                piece.truncate(n - sent);
            }
            let sent = sent + piece.len();
            Some((Ok(piece), (pieces, sent, inner)))
        });
    let mut response = Response::new(Body::from_stream(stream));
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    if let Some(r) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let text = format!("bytes {}-{}/{said}", r.start, r.end - 1);
        response.headers_mut().insert(header::CONTENT_RANGE, text.parse().expect("a header"));
    }
    response
}
