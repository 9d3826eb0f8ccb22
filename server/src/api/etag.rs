//! Versions of resources, as `ETag`s (see [`super::versioned`]).

use axum::http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

/// A version of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(pub(super) String);

impl ETag {
    /// `set`: what people set; `state`: all of it that is not live.
    pub fn of(set: &impl Serialize, state: &impl Serialize) -> Self {
        Self(format!("{}-{}", digest(set), digest(state)))
    }

    /// The part that people set.
    pub(super) fn set(tag: &str) -> &str {
        tag.split_once('-').map_or(tag, |(set, _)| set)
    }
}

/// Eighty bits of the value's JSON: nobody forges it, and two versions of one thing will not meet.
fn digest(value: &impl Serialize) -> String {
    // What is answered as JSON can be written as JSON.
    let text = serde_json::to_vec(value).unwrap_or_default();
    blake3::hash(&text).to_hex()[..20].to_owned()
}

/// Writes the version into an answer.
pub(super) fn mark(headers: &mut HeaderMap, tag: &ETag) {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", tag.0)) {
        headers.insert(header::ETAG, value);
    }
    // A browser would look with If-None-Match by itself, and show old live figures.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
