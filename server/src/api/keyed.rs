//! The rights of a speaker that shows a key: its own socket, how it is heard there, and if it is let in, the music that it
//! was told to play.
//! Nothing else: it is no controller.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use downbeat_protocol::handshake::WEBSOCKET_PATH;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::problem::Problem;
use crate::{net::Peer, register::Register};

/// How the coordinator hears this speaker: of itself alone.
const REACH_PATH: &str = "/api/reach";

/// Lets a speaker through to its own; callers without a key pass.
pub(super) async fn guard(State(register): State<Register>, request: Request, next: Next) -> Response {
    let key = request.extensions().get::<Peer>().and_then(|peer| peer.secured).and_then(|secured| secured.speaker);
    let Some(key) = key else { return next.run(request).await };
    let path = request.uri().path();
    if path == WEBSOCKET_PATH || path == "/" || path == REACH_PATH {
        return next.run(request).await;
    }
    let Some(hash) = path.strip_prefix("/media/") else {
        let detail = "a speaker's key opens its own socket and the music, and nothing else";
        return Problem::new(StatusCode::FORBIDDEN, "not_for_speakers", detail).into_response();
    };
    let Some(line) = register.line(key) else {
        let detail = "this speaker is not adopted; music is for adopted speakers";
        return Problem::new(StatusCode::FORBIDDEN, "not_adopted", detail).into_response();
    };
    match register.is_told(key, hash) {
        Some(true) => next.run(request).await.map(|body| Body::new(Until::new(body, line))),
        Some(false) => {
            let detail = "a speaker gets the files that it was told to play; this one is not among them, nor was it \
                          within the last minutes";
            Problem::new(StatusCode::FORBIDDEN, "not_told", detail).into_response()
        }
        // it asks again by itself; a refusal would be for longer than its socket takes
        None => {
            let detail = "this speaker has not been told what to play since the coordinator started; it gets files \
                          once its socket is connected";
            Problem::new(StatusCode::TOO_EARLY, "not_told_yet", detail).into_response()
        }
    }
}

/// A body that breaks off when the right to it ends.
struct Until {
    body: Body,
    end: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Until {
    fn new(body: Body, end: CancellationToken) -> Self {
        Self { body, end: Box::pin(end.cancelled_owned()) }
    }
}

impl HttpBody for Until {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if this.end.as_mut().poll(cx).is_ready() {
            let ended = io::Error::new(io::ErrorKind::PermissionDenied, "the adoption has ended");
            return Poll::Ready(Some(Err(axum::Error::new(ended))));
        }
        Pin::new(&mut this.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
