//! The library: `/api/tracks`, `/api/library/rescan`.

use axum::{Json, extract::State, http::StatusCode};
use downbeat_protocol::{EntryId, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Api,
    body::{InPath, Params},
    problem::{Problem, ProblemBody},
};
use crate::{conductor::Conductor, library::Track, zone::QueueEntry};

/// A track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackView {
    /// Survives moving and retagging of the file.
    pub id: Uuid,
    /// The title; the file's name if it has none.
    pub title: String,
    /// The artist; empty if not known.
    pub artist: String,
    /// The album; empty if not known.
    pub album: String,
    /// Its number on the disc.
    pub track_no: Option<u32>,
    /// Its length, seconds.
    pub duration: f64,
    /// The kind of file.
    pub format: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Its length, frames.
    pub frames: i64,
    /// The file's size, bytes.
    pub bytes: u64,
    /// BLAKE3 of the file's bytes: its name under `/media/`.
    pub hash: String,
    /// Why it cannot be played; null if it can.
    pub fault: Option<String>,
}

impl From<&Track> for TrackView {
    fn from(t: &Track) -> Self {
        Self {
            id: t.id.0,
            title: t.title.to_string(),
            artist: t.artist.to_string(),
            album: t.album.to_string(),
            track_no: t.track_no,
            duration: t.duration_seconds(),
            format: t.format.to_string(),
            sample_rate: t.sample_rate,
            channels: t.channels,
            frames: t.frames.0,
            bytes: t.bytes,
            hash: t.hash.clone(),
            fault: t.why_not().map(str::to_owned),
        }
    }
}

/// A part of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrackList {
    /// In the library's order: artist, album, disc, number, title.
    pub tracks: Vec<TrackView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
    /// How many there are in all parts.
    pub total: usize,
}

/// Which part of the list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
pub struct TrackQuery {
    /// At most so many, 1..=1000; default 1000.
    #[serde(default)]
    limit: Option<usize>,
    /// `next` of the part before.
    #[serde(default)]
    cursor: Option<String>,
    /// Only tracks whose title, artist or album contains this.
    #[serde(default)]
    search: Option<String>,
}

/// The most tracks of one answer.
const MAX_LIMIT: usize = 1_000;

/// The tracks of the library, also those that cannot be played, with the reason.
#[utoipa::path(get, path = "/api/tracks", tag = "library", params(TrackQuery),
    responses((status = 200, body = TrackList), (status = "4XX", body = ProblemBody)))]
pub async fn list(State(api): State<Api>, Params(query): Params<TrackQuery>) -> Result<Json<TrackList>, Problem> {
    let limit = query.limit.unwrap_or(MAX_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field("limit", format!("{limit} is not within 1..={MAX_LIMIT}")));
    }
    let catalog = api.conductor.library().catalog();
    let matching = catalog.find(query.search.as_deref().unwrap_or_default());
    let start = match query.cursor.as_deref() {
        None => 0,
        // The cursor is the last track that was shown: it stays right when tracks before it come or go.
        Some(cursor) => {
            let after = cursor.parse().ok().and_then(|id: TrackId| matching.iter().position(|t| t.id == id));
            after.ok_or_else(|| Problem::field("cursor", "not a cursor of this list; begin again without"))? + 1
        }
    };
    let part: Vec<_> = matching.iter().skip(start).take(limit).collect();
    let more = start + part.len() < matching.len();
    let next = part.last().filter(|_| more).map(|t| t.id.to_string());
    let tracks = part.into_iter().map(|t| TrackView::from(t.as_ref())).collect();
    Ok(Json(TrackList { tracks, next, total: matching.len() }))
}

/// One track.
#[utoipa::path(get, path = "/api/tracks/{id}", tag = "library",
    params(("id" = String, Path, description = "The track's id")),
    responses((status = 200, body = TrackView), (status = 404, body = ProblemBody)))]
pub async fn get(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<TrackView>, Problem> {
    let catalog = api.conductor.library().catalog();
    let track = id.parse().ok().and_then(|id: TrackId| catalog.get(id));
    let track = track.ok_or_else(|| Problem::unknown_track(&id).in_path())?;
    Ok(Json(TrackView::from(track.as_ref())))
}

/// Looks for new, changed and missing files, in the background.
#[utoipa::path(post, path = "/api/library/rescan", tag = "library", responses((status = 202)))]
pub async fn rescan(State(api): State<Api>) -> StatusCode {
    api.conductor.library().rescan();
    StatusCode::ACCEPTED
}

/// Tracks whose hashes are found before they are queued; those of the others follow.
pub const IDENTIFIED: usize = 64;

/// New entries for these tracks. A single track that cannot be played is refused with its reason; among several it is
/// taken in with its reason, and skipped.
pub async fn entries(conductor: &Conductor, ids: &[String]) -> Result<Vec<QueueEntry>, Problem> {
    if ids.is_empty() {
        return Err(Problem::field("trackIds", "names no track"));
    }
    let first: Vec<TrackId> = ids.iter().take(IDENTIFIED).filter_map(|id| id.parse().ok()).collect();
    conductor.library().identify(&first).await;
    let catalog = conductor.library().catalog();
    let found = ids.iter().map(|id| {
        let track = id.parse().ok().and_then(|id: TrackId| catalog.get(id));
        let track = track.ok_or_else(|| Problem::unknown_track(id))?;
        let plan = track.plan_entry(EntryId::random());
        match track.why_not() {
            None => Ok(QueueEntry::new(plan)),
            Some(reason) if ids.len() == 1 => Err(Problem::unplayable(&track.title, reason)),
            Some(reason) => Ok(QueueEntry::faulty(plan, reason)),
        }
    });
    found.collect()
}
