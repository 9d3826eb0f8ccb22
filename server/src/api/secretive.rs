//! An answer that shows a secret once: it is not kept for a request that is sent again, nor by anybody between.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{json::Json, problem::Secretive};

/// A body with a secret in it.
pub struct Secret<T>(pub T);

impl<T: Serialize> IntoResponse for Secret<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.extensions_mut().insert(Secretive);
        response
    }
}
