//! Each request has an id: `X-Request-Id`, of the client's or made here, which its answer has, too.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

use crate::request_id::{HEADER, RequestId};

/// The layer.
pub async fn layer(mut request: Request, next: Next) -> Response {
    let named = request.headers().get(HEADER).and_then(|named| named.to_str().ok());
    let id = RequestId::of(named);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HeaderName::from_static(HEADER), value);
    }
    response
}
