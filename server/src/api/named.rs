//! Each request has an id: `X-Request-Id`, of the client's or made here, which its answer has, too. Each answer says
//! when it was begun: `X-Server-Time`, microseconds of the clock that `at` and `serverTime` are of.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

use crate::{
    clock::ServerClock,
    request_id::{HEADER, RequestId},
};

/// The header with the server's time.
const SERVER_TIME: HeaderName = HeaderName::from_static("x-server-time");

/// The layer.
pub async fn layer(State(clock): State<ServerClock>, mut request: Request, next: Next) -> Response {
    let named = request.headers().get(HEADER).and_then(|named| named.to_str().ok());
    let id = RequestId::of(named);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HeaderName::from_static(HEADER), value);
    }
    response.headers_mut().insert(SERVER_TIME, HeaderValue::from(clock.now().0));
    response
}
