//! Answers that are made while they are sent. A proxy between must hand them on as they come, and change nothing.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The word by which nginx and others gather nothing of an answer.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Marks an answer that is to be handed on at once.
pub fn at_once(headers: &mut HeaderMap) {
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    let cache = match headers.get(header::CACHE_CONTROL) {
        Some(kept) if kept == "no-store" => "no-store, no-transform",
        _ => "no-cache, no-transform",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
}
