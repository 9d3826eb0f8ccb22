//! A zone's queue: `/api/zones/{zone}/queue`.

use axum::{Json, extract::State};
use downbeat_protocol::EntryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath},
    playback::{PlaybackReply, state_of, zone_named},
    problem::{Problem, ProblemBody},
    tracks,
};
use crate::zone::{Command, QueueEntry, Where};

/// A queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// The zone's id.
    pub zone_id: Uuid,
    /// Grows with every change of the zone.
    pub revision: u64,
    /// The entry that plays, is held or comes first when the zone is started.
    pub current: Option<Uuid>,
    /// In order.
    pub entries: Vec<QueueEntryView>,
}

/// One place in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueEntryView {
    /// Its own id: a track may be queued twice.
    pub entry: Uuid,
    /// The track.
    pub track_id: Uuid,
    /// Its title.
    pub title: String,
    /// Its artist.
    pub artist: String,
    /// Its length, seconds.
    pub duration: f64,
    /// Why it is skipped; null if it is not.
    pub fault: Option<String>,
}

impl From<&QueueEntry> for QueueEntryView {
    fn from(e: &QueueEntry) -> Self {
        Self {
            entry: e.plan.entry.0,
            track_id: e.plan.track.0,
            title: e.plan.title.clone(),
            artist: e.plan.artist.clone(),
            duration: e.plan.frames.as_seconds(e.plan.sample_rate),
            fault: e.fault.as_ref().map(|f| f.reason.clone()),
        }
    }
}

/// What to add.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueueRequest {
    /// One track.
    #[serde(default)]
    track_id: Option<String>,
    /// Several.
    #[serde(default)]
    track_ids: Option<Vec<String>>,
    /// Where: `end` (default) or `next`.
    #[serde(default)]
    place: EnqueuePlace,
    /// Where, by index; it wins over `place`.
    #[serde(default)]
    index: Option<usize>,
}

/// Where new entries go.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnqueuePlace {
    /// Behind all.
    #[default]
    End,
    /// Behind the current entry.
    Next,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueueReply {
    /// Always true.
    pub success: bool,
    /// The new entries.
    pub entries: Vec<QueueEntryView>,
}

/// The queue of a zone.
#[utoipa::path(get, path = "/api/zones/{zone}/queue", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = QueueView), (status = "4XX", body = ProblemBody)))]
pub async fn get(State(api): State<Api>, InPath(zone): InPath<String>) -> Result<Json<QueueView>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let (queue, revision) = api.conductor.queue(zone)?;
    Ok(Json(QueueView {
        zone_id: zone.0,
        revision,
        current: queue.current().map(|e| e.id().0),
        entries: queue.entries().iter().map(QueueEntryView::from).collect(),
    }))
}

/// Add tracks to a zone's queue. What sounds is not disturbed.
#[utoipa::path(post, path = "/api/zones/{zone}/queue", tag = "zones", request_body = EnqueueRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = EnqueueReply), (status = "4XX", body = ProblemBody)))]
pub async fn add(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<EnqueueRequest>,
) -> Result<Json<EnqueueReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let one = request.track_id.as_ref().map(std::slice::from_ref);
    let ids = one.or(request.track_ids.as_deref()).ok_or_else(|| Problem::field("trackId", "missing"))?;
    let entries = tracks::entries(&api.conductor, ids).await?;
    let place = match (request.index, request.place) {
        (Some(index), _) => Where::Index(index),
        (None, EnqueuePlace::Next) => Where::Next,
        (None, EnqueuePlace::End) => Where::End,
    };
    let views = entries.iter().map(QueueEntryView::from).collect();
    api.conductor.command(zone, Command::Enqueue { entries, place }).await?;
    Ok(Json(EnqueueReply { success: true, entries: views }))
}

/// Take everything out of the queue but what sounds.
#[utoipa::path(delete, path = "/api/zones/{zone}/queue", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
pub async fn clear(State(api): State<Api>, InPath(zone): InPath<String>) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let outcome = api.conductor.command(zone, Command::Clear).await?;
    let state = state_of(&api.conductor, &outcome.view);
    Ok(Json(PlaybackReply { success: true, at: outcome.at.0, state }))
}

/// Take an entry out of the queue. If it is the current one, the next one starts.
#[utoipa::path(delete, path = "/api/zones/{zone}/queue/{entry}", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("entry" = String, Path, description = "The entry's id")),
    responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
pub async fn remove(
    State(api): State<Api>,
    InPath((zone, entry)): InPath<(String, String)>,
) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let entry: EntryId = entry.parse().map_err(|_| {
        Problem::new(axum::http::StatusCode::NOT_FOUND, "entry_not_found", format!("the queue has no entry {entry:?}"))
    })?;
    let outcome = api.conductor.command(zone, Command::Remove { entry }).await?;
    let state = state_of(&api.conductor, &outcome.view);
    Ok(Json(PlaybackReply { success: true, at: outcome.at.0, state }))
}
