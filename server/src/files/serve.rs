//! `/media/<hash>`: the files themselves, as speakers fetch them.
//!
//! A file is named by the hash of its bytes, so an answer never goes stale and may be cached for ever.

use std::io::SeekFrom;

use axum::{
    Router,
    body::Body,
    extract::{Path as UrlPath, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use downbeat_library::{Library, media_file::MediaFault};
use futures_util::StreamExt as _;
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
};
use tokio_util::io::ReaderStream;

use super::range::{self, Part};
use crate::sockets::{FilePlace, Places};

/// The path of a file.
pub const MEDIA_PATH: &str = "/media/{hash}";
/// Bytes read from the disk at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// A year, the longest that the word "immutable" is commonly given with. In no cache that others share, for not all may
/// hear it.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// `GET` and `HEAD /media/{hash}`, with Range.
///
/// Each file that is sent takes one of the `places`.
pub fn media_router(library: Library, places: Places) -> Router {
    Router::new().route(MEDIA_PATH, get(media).fallback(not_allowed)).with_state((library, places))
}

async fn media(
    State((library, places)): State<(Library, Places)>,
    hash: Result<UrlPath<String>, PathRejection>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match hash {
        Ok(UrlPath(hash)) if is_hash(&hash) => {
            send(&library, &places, &hash, &method, &headers).await.unwrap_or_else(IntoResponse::into_response)
        }
        _ => Fault::Media(MediaFault::NotFound).into_response(),
    }
}

async fn not_allowed() -> Response {
    let mut response = Fault::NotAllowed.into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

async fn send(
    library: &Library,
    places: &Places,
    hash: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Fault> {
    let place = places.file().ok_or(Fault::TooBusy)?;
    let media = library.open_media(hash).await?;
    let (mut file, length) = (File::from_std(media.file), media.bytes);
    let etag = format!("\"{hash}\"");
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());

    let mut response = Response::new(Body::empty());
    let out = response.headers_mut();
    out.insert(header::ETAG, HeaderValue::try_from(etag.as_str()).expect("hex digits in quotes are a header value"));
    out.insert(header::CACHE_CONTROL, FOR_EVER);
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));

    if header(header::IF_NONE_MATCH).is_some_and(|tags| range::none_match_fails(tags, &etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    // Ranges are defined for GET alone, and only for the version that the client has.
    let may_be_part =
        *method == Method::GET && header(header::IF_RANGE).is_none_or(|tag| range::if_range_holds(tag, &etag));
    let part = match header(header::RANGE).filter(|_| may_be_part) {
        Some(asked) => range::part(asked, length),
        None => Part::Whole,
    };
    let (first, bytes) = match part {
        Part::Whole => (0, length),
        Part::Bytes { first, last } => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            out_range(&mut response, &format!("bytes {first}-{last}/{length}"));
            (first, last - first + 1)
        }
        Part::Unsatisfiable => {
            let mut response = Fault::OutOfRange { length }.into_response();
            out_range(&mut response, &format!("bytes */{length}"));
            return Ok(response);
        }
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, content_type(&media.format));
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    if *method != Method::HEAD {
        if first > 0 {
            file.seek(SeekFrom::Start(first)).await.map_err(|_| MediaFault::Unavailable)?;
        }
        *response.body_mut() = sent(file, bytes, place);
    }
    Ok(response)
}

/// So many bytes of the file, whose place is given back with them.
fn sent(file: File, bytes: u64, place: FilePlace) -> Body {
    let chunks = ReaderStream::with_capacity(file.take(bytes), CHUNK_BYTES);
    Body::from_stream(chunks.inspect(move |_| {
        let _held = &place;
    }))
}

fn out_range(response: &mut Response, text: &str) {
    let value = HeaderValue::try_from(text).expect("digits and ASCII signs are a header value");
    response.headers_mut().insert(header::CONTENT_RANGE, value);
}

fn content_type(format: &str) -> HeaderValue {
    HeaderValue::from_static(match format {
        "flac" => "audio/flac",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "aiff" | "aif" => "audio/aiff",
        "m4a" | "mp4" | "alac" => "audio/mp4",
        "aac" => "audio/aac",
        _ => "application/octet-stream",
    })
}

/// Why no file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Media(MediaFault),
    OutOfRange { length: u64 },
    NotAllowed,
    TooBusy,
}

impl From<MediaFault> for Fault {
    fn from(fault: MediaFault) -> Self {
        Self::Media(fault)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, code, detail) = match self {
            Self::Media(MediaFault::NotFound) => {
                (StatusCode::NOT_FOUND, "media_not_found", "No track of the library has this hash.".into())
            }
            Self::Media(MediaFault::Unavailable) => (
                StatusCode::NOT_FOUND,
                "media_unavailable",
                "The file of this track is not there, or cannot be read, at the moment.".into(),
            ),
            Self::Media(MediaFault::Machine) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "media_unavailable",
                "The coordinator's machine does not give this file at the moment; ask again in a few seconds.".into(),
            ),
            Self::Media(MediaFault::Making) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "media_unavailable",
                "This file is being made again of the one in the library; ask again in a few seconds.".into(),
            ),
            Self::Media(MediaFault::Changed) => (
                StatusCode::CONFLICT,
                "media_changed",
                "The file was changed since it was scanned and is being read again; ask for the track's new hash."
                    .into(),
            ),
            Self::OutOfRange { length } => (
                StatusCode::RANGE_NOT_SATISFIABLE,
                "media_out_of_range",
                format!("The file has {length} bytes; the range lies outside."),
            ),
            Self::TooBusy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too_busy",
                "As many files are being sent as the limit of open files allows; ask again in a few seconds.".into(),
            ),
            Self::NotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Files can only be read: GET or HEAD.".into())
            }
        };
        let detail: String = detail;
        let title = status.canonical_reason().unwrap_or_default();
        let body = serde_json::json!({
            "type": "about:blank", "title": title, "status": status.as_u16(), "code": code, "detail": detail,
        });
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
            // A file that is missing now may be back in a minute.
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (status, headers, body.to_string()).into_response()
    }
}
