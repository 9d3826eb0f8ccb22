//! Pictures and waveforms of tracks.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use downbeat_protocol::TrackId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::{
    Api,
    body::{InPath, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
};
use downbeat_library::{COVER_SIZES, CoverError, Library, TrackRow};

/// The size of a picture.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CoverQuery {
    /// Points of the longer side: the next of 64, 256, 600 and 1200 is answered; default 600.
    #[serde(default)]
    size: Option<u32>,
}

/// A picture, by the hash of its bytes (`cover` of a track), as JPEG. It never changes and may be kept for ever.
#[call(get, path = "/api/covers/{hash}", right = browse, operation_id = "get_cover", tag = "library",
    params(("hash" = String, Path, description = "`cover` of a track"), CoverQuery),
    responses((status = 200, content_type = "image/jpeg"), (status = 304),
              (status = 404, body = ProblemBody, description = "`no_cover`, `cover_gone`"),
              (status = 422, body = ProblemBody, description = "`cover_unreadable`")))]
pub async fn cover(
    State(api): State<Api>,
    InPath(hash): InPath<String>,
    Params(query): Params<CoverQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let cached = HeaderValue::from_static("private, max-age=31536000, immutable");
    send(api.conductor.library(), &hash, query.size, &headers, cached).await
}

/// A track's picture, as JPEG.
#[call(get, path = "/api/tracks/{id}/cover", right = browse, operation_id = "get_track_cover", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The track's id"), CoverQuery),
    responses((status = 200, content_type = "image/jpeg"), (status = 304),
              (status = 404, body = ProblemBody, description = "`no_cover`, `cover_gone`"),
              (status = 422, body = ProblemBody, description = "`cover_unreadable`")))]
pub async fn of_track(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Params(query): Params<CoverQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let track = track(&api, &id)?;
    let none = || Problem::new(StatusCode::NOT_FOUND, "no_cover", "this track has no picture, or none was found yet");
    let hash = track.cover.as_deref().ok_or_else(none)?;
    send(api.conductor.library(), hash, query.size, &headers, HeaderValue::from_static("no-cache")).await
}

async fn send(
    library: &Library,
    hash: &str,
    size: Option<u32>,
    asked: &HeaderMap,
    cached: HeaderValue,
) -> Result<Response, Problem> {
    let size = size.unwrap_or(600);
    let size = COVER_SIZES.into_iter().find(|s| *s >= size).unwrap_or(COVER_SIZES[COVER_SIZES.len() - 1]);
    let etag = format!("\"{hash}-{size}\"");
    let held = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_held = held.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == etag));
    let mut response = if is_held && library.store().load_cover(hash).await?.is_some() {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let jpeg = library.cover(hash, size).await.map_err(problem)?;
        let mut response = Response::new(Body::from(jpeg));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cached);
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

fn problem(error: CoverError) -> Problem {
    match error {
        CoverError::Unknown => Problem::new(StatusCode::NOT_FOUND, "no_cover", error.to_string()),
        CoverError::Gone => Problem::new(StatusCode::NOT_FOUND, "cover_gone", error.to_string()),
        CoverError::Unreadable(_) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "cover_unreadable", error.to_string())
        }
        CoverError::Store(error) => error.into(),
    }
}

/// The shape of a track's sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaveformView {
    /// The highest sample of each part of the track, 0..=255, where 255 is full scale.
    pub peak: Vec<u8>,
    /// The root mean square of each part, 0..=255.
    pub rms: Vec<u8>,
}

/// The shape of a track's sound, in 1000 parts of equal length. 404 `no_waveform` as long as it is not known.
#[call(get, path = "/api/tracks/{id}/waveform", right = browse, operation_id = "get_track_waveform", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The track's id")),
    responses((status = 200, body = WaveformView),
              (status = 404, body = ProblemBody, description = "`no_waveform`")))]
pub async fn waveform(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<WaveformView>, Problem> {
    let track = track(&api, &id)?;
    let pairs = api.conductor.library().waveform(&track).await?;
    let none = || Problem::new(StatusCode::NOT_FOUND, "no_waveform", "this track was not listened to yet");
    let pairs = pairs.ok_or_else(none)?;
    let every_second = |from: usize| pairs.iter().skip(from).step_by(2).copied().collect();
    Ok(Json(WaveformView { peak: every_second(0), rms: every_second(1) }))
}

fn track(api: &Api, id: &str) -> Result<Arc<TrackRow>, Problem> {
    let track = id.parse().ok().and_then(|id: TrackId| api.conductor.library().catalog().get(id));
    track.ok_or_else(|| Problem::unknown_track(id).in_path())
}
