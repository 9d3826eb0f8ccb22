//! The rights of a speaker that shows a key: its own socket, and if it is let in, the music. Nothing else: it is no
//! controller.

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

/// Lets a speaker through to its own; callers without a key pass.
pub(super) async fn guard(State(register): State<Register>, request: Request, next: Next) -> Response {
    let key = request.extensions().get::<Peer>().and_then(|peer| peer.secured).and_then(|secured| secured.speaker);
    let Some(key) = key else { return next.run(request).await };
    let path = request.uri().path();
    if path == WEBSOCKET_PATH || path == "/" {
        return next.run(request).await;
    }
    let is_media = path.starts_with("/media/");
    match register.line(key).filter(|_| is_media) {
        Some(line) => next.run(request).await.map(|body| Body::new(Until::new(body, line))),
        None if is_media => {
            let detail = "this speaker is not adopted; music is for adopted speakers";
            Problem::new(StatusCode::FORBIDDEN, "not_adopted", detail).into_response()
        }
        None => {
            let detail = "a speaker's key opens its own socket and the music, and nothing else";
            Problem::new(StatusCode::FORBIDDEN, "not_for_speakers", detail).into_response()
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
