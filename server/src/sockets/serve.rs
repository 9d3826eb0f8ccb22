//! Connections are taken in, and spoken with.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::StatusCode,
    response::Response,
};
use futures_util::future::BoxFuture;
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use nix::sys::socket::{setsockopt, sockopt::TcpUserTimeout};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    answering::Answering,
    held::Held,
    patience::patient,
    places::{NoPlace, Place, Places},
    seat::Seat,
};
use crate::{
    access::Owner,
    metrics::{NoRoom, Tally},
    net::{Certificates, Met, Peer, Turns, meet},
    rarely,
};

/// The most that is held of a request before its body, bytes: a thousand halves of requests then take 128 MB.
const MAX_HEAD_BYTES: usize = 128 * 1024;
/// How long a connection may take to show what it is, and a handshake to be done.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long no connection is taken in after the system had nothing left for one.
const RECOVERY: Duration = Duration::from_millis(250);
/// The answer to a connection that finds no place.
const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Content-Type: application/problem+json\r\nRetry-After: 5\r\n\
    Connection: close\r\nContent-Length: 206\r\n\r\n\
    {\"type\":\"urn:downbeat:problem:too_many_connections\",\"title\":\"Too many connections\",\"status\":503,\
    \"code\":\"too_many_connections\",\
    \"detail\":\"the coordinator holds as many connections as it may; try again later\"}";

/// The parts that a connection needs.
#[derive(Debug, Clone)]
pub struct Served {
    /// The answers.
    pub router: Router,
    /// The places.
    pub places: Places,
    /// The certificates that are shown to those that come over TLS.
    pub certificates: Certificates,
    /// How long a request may take to come, an idle connection may stay, and a client may take nothing of an answer.
    pub patience: Duration,
    /// When the coordinator stops, every request under way is still answered.
    pub stopping: CancellationToken,
    /// Is told of those that are not taken in.
    pub tally: Tally,
}

/// Takes connections in until the coordinator stops, and returns when the last request is answered.
pub async fn serve(listener: TcpListener, served: Served) {
    let connections = TaskTracker::new();
    let deadline = HANDSHAKE.min(served.patience);
    let met = Met { certificates: served.certificates.clone(), turns: Turns::default(), deadline };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = served.stopping.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => match served.places.connection(peer.ip()) {
                Ok(place) => {
                    set_up(&socket, served.patience);
                    // before it is begun: of a burst of them, all taken in at once, each may have to give way
                    place.wait();
                    connections.spawn(converse(served.clone(), met.clone(), socket, peer, Arc::new(place)));
                    served.places.settled().await;
                }
                Err(why) => {
                    turn_away(&socket);
                    served.tally.refused(match why {
                        NoPlace::Address => NoRoom::Address,
                        NoPlace::All => NoRoom::All,
                    });
                    tell(why, peer);
                }
            },
            Err(error) if is_of_one_connection(&error) => tracing::debug!(%error, "a connection is gone already"),
            Err(error) => {
                if let Some(left_out) = rarely::may_tell("accept") {
                    tracing::error!(%error, left_out, "no connection can be taken in; it is tried again");
                }
                tokio::time::sleep(RECOVERY).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

fn tell(why: NoPlace, peer: SocketAddr) {
    let cause = match why {
        NoPlace::Address => format!("connections of {}", peer.ip()),
        NoPlace::All => "connections".to_owned(),
    };
    if let Some(left_out) = rarely::may_tell(&cause) {
        tracing::warn!(peer = %peer.ip(), left_out, "a connection is refused: {why}");
    }
}

/// Nagle's algorithm would hold a time reply back until the one before is acknowledged. A client that takes nothing of
/// what it asked for is the system's to notice: it alone sees whether bytes still leave.
fn set_up(socket: &TcpStream, patience: Duration) {
    let patience_ms = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    let set = socket.set_nodelay(true).and_then(|()| Ok(setsockopt(socket, TcpUserTimeout, &patience_ms)?));
    if let Err(error) = set {
        tracing::debug!(%error, "a socket keeps its settings");
    }
}

fn turn_away(socket: &TcpStream) {
    // it is new, so there is room for this
    let _ = socket.try_write(NO_PLACE);
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn converse(served: Served, met: Met, socket: TcpStream, address: SocketAddr, place: Arc<Place>) {
    let Served { router, patience, stopping, tally, .. } = served;
    let met = tokio::select! {
        met = meet(socket, address, &met) => met,
        () = place.gone().cancelled() => return,
        () = stopping.cancelled() => return,
    };
    let (stream, peer) = match met {
        Ok(met) => met,
        Err(error) => {
            tally.handshake_failed();
            tracing::debug!(peer = %address, %error, "a connection ends before it has shown what it is");
            return;
        }
    };
    let service = Conversation {
        router: TowerToHyperService::new(router),
        peer,
        owner: Owner::default(),
        place: Arc::clone(&place),
        patience,
    };
    let io = TokioIo::new(Seat::new(stream, Arc::clone(&place)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(MAX_HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(io, service).with_upgrades());
    let mut told = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(peer = %address, %error, "a connection ends");
                }
                return;
            }
            () = place.gone().cancelled() => return,
            () = stopping.cancelled(), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The requests of one connection.
struct Conversation {
    router: TowerToHyperService<Router>,
    peer: Peer,
    owner: Owner,
    place: Arc<Place>,
    patience: Duration,
}

impl Service<hyper::Request<Incoming>> for Conversation {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<'static, Result<Response, Self::Error>>;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        let place = Arc::clone(&self.place);
        // the youngest of those that wait: it is at work once it is known to be let in
        place.work();
        place.wait();
        let has_body = !hyper::body::Body::is_end_stream(request.body());
        let (place_of_body, patience) = (Arc::clone(&place), self.patience);
        let mut request: Request = request.map(|body| match Body::new(body) {
            body if has_body => patient(body, place_of_body, patience),
            body => body,
        });
        request.extensions_mut().insert(Arc::clone(&place));
        request.extensions_mut().insert(ConnectInfo(self.peer.address));
        request.extensions_mut().insert(self.peer);
        request.extensions_mut().insert(self.owner.clone());
        request.extensions_mut().insert(Held::new(Arc::clone(&place)));
        let answer = self.router.call(request);
        Box::pin(async move {
            let response = answer.await?;
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                // unless its handler kept it already: until it does, it gives way
                place.wait();
            }
            Ok(response.map(|body| Body::new(Answering::new(body, place))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_is_a_whole_answer() {
        let text = std::str::from_utf8(NO_PLACE).expect("it is text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{}", body.len());
        let body: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
        assert_eq!((body["status"].as_u64(), body["code"].as_str()), (Some(503), Some("too_many_connections")));
    }
}
