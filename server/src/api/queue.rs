//! A zone's queue: `/api/zones/{zone}/queue`.

use axum::{Json, extract::State};
use downbeat_protocol::EntryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, MAX_LIST_BYTES, Params, instant},
    playback::{PlaybackReply, run, zone_named},
    problem::{Problem, ProblemBody},
    wanted::Wanted,
};
use crate::zone::{Command, QueueEntry, Where};

/// A part of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// The zone's id.
    pub zone_id: Uuid,
    /// Grows with every change of the zone.
    pub revision: u64,
    /// The entry that plays, is held or comes first when the zone is started.
    pub current: Option<Uuid>,
    /// Its index in the queue.
    #[serde(default)]
    pub current_index: Option<usize>,
    /// The index of the first of `entries`.
    #[serde(default)]
    pub offset: usize,
    /// The `offset` of the part that follows; null: this was the last.
    #[serde(default)]
    pub next: Option<usize>,
    /// How many entries the queue has.
    #[serde(default)]
    pub total: usize,
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
    /// Its album.
    #[serde(default)]
    pub album: String,
    /// Its length, seconds.
    pub duration: f64,
    /// Why it is skipped; null if it is not.
    pub fault: Option<String>,
}

impl From<&QueueEntry> for QueueEntryView {
    fn from(e: &QueueEntry) -> Self {
        let track = e.track();
        Self {
            entry: e.id().0,
            track_id: track.id.0,
            title: track.title.to_string(),
            artist: track.artist.to_string(),
            album: track.album.to_string(),
            duration: track.duration_seconds(),
            fault: e.fault().map(|f| f.reason.clone()),
        }
    }
}

/// Which part of a queue.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
pub struct QueueQuery {
    /// The index of the first entry; default: 0, and of a queue that is longer than `limit` the part around the current
    /// entry.
    #[serde(default)]
    offset: Option<usize>,
    /// At most so many, 1..=1000; default 500.
    #[serde(default)]
    limit: Option<usize>,
    /// `queue` (default): as they stand. `play`: what comes after the current entry, as it will be played; `offset` is
    /// not looked at.
    #[serde(default)]
    order: QueueOrder,
}

/// In which order a queue is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueueOrder {
    /// As the entries stand.
    #[default]
    Queue,
    /// As they will be played.
    Play,
}

/// The most entries of one answer.
const MAX_LIMIT: usize = 1_000;
const DEFAULT_LIMIT: usize = 500;

/// What to add: by one of the fields that name tracks.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueueRequest {
    /// One track.
    #[serde(default)]
    track_id: Option<String>,
    /// Several.
    #[serde(default)]
    track_ids: Option<Vec<String>>,
    /// An album: its id or its title.
    #[serde(default)]
    album: Option<String>,
    /// All of an artist; beside `album`: whose album.
    #[serde(default)]
    artist: Option<String>,
    /// All of a genre.
    #[serde(default)]
    genre: Option<String>,
    /// A folder and all below.
    #[serde(default)]
    folder: Option<String>,
    /// A playlist: its id or its name.
    #[serde(default)]
    playlist: Option<String>,
    /// What a search finds.
    #[serde(default)]
    search: Option<String>,
    /// Where: `end` (default), `next`, `now` or `replace`.
    #[serde(default)]
    place: EnqueuePlace,
    /// Where, by index; it wins over `place`.
    #[serde(default)]
    index: Option<usize>,
    /// For `now`: not before this instant, microseconds of server time. Default: as soon as every speaker can.
    #[serde(default)]
    at: Option<i64>,
}

/// Where new entries go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnqueuePlace {
    /// Behind all.
    #[default]
    End,
    /// Behind the current entry.
    Next,
    /// Behind the current entry, and the first of them starts.
    Now,
    /// In the place of everything but what sounds.
    Replace,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueueReply {
    /// Always true.
    pub success: bool,
    /// How many were added.
    #[serde(default)]
    pub added: usize,
    /// When the first of them is heard, microseconds of server time; null unless they were to be played now.
    #[serde(default)]
    pub at: Option<i64>,
    /// The new entries, the first thousand of them.
    pub entries: Vec<QueueEntryView>,
}

/// Where entries of the queue go.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoveRequest {
    /// Before the entry that then has this index, counted without those that move; behind all if there is none.
    #[serde(default)]
    index: Option<usize>,
    /// `end` or `next`, if no index is named.
    #[serde(default)]
    place: Option<EnqueuePlace>,
}

/// Which entries, and where they go.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoveManyRequest {
    /// They stand together then, in this order.
    entries: Vec<Uuid>,
    /// Before the entry that then has this index, counted without those that move; behind all if there is none.
    #[serde(default)]
    index: Option<usize>,
    /// `end` or `next`, if no index is named.
    #[serde(default)]
    place: Option<EnqueuePlace>,
}

/// Which entries.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RemoveRequest {
    /// Those that are not in the queue do not matter.
    entries: Vec<Uuid>,
}

/// A part of the queue of a zone.
#[utoipa::path(get, path = "/api/zones/{zone}/queue", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"), QueueQuery),
    responses((status = 200, body = QueueView), (status = "4XX", body = ProblemBody)))]
pub async fn get(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Params(query): Params<QueueQuery>,
) -> Result<Json<QueueView>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field("limit", format!("{limit} is not within 1..={MAX_LIMIT}")));
    }
    let page = api.conductor.queue(zone, |current, total| {
        // a little of what was, more of what comes
        let around = current.filter(|_| total > limit).map_or(0, |c| c.saturating_sub(limit / 4).min(total - limit));
        let offset = query.offset.unwrap_or(around);
        offset..offset.saturating_add(limit)
    })?;
    let upcoming = match query.order {
        QueueOrder::Queue => None,
        QueueOrder::Play => Some(api.conductor.upcoming(zone, limit)?),
    };
    let end = page.offset + page.entries.len();
    Ok(Json(QueueView {
        zone_id: zone.0,
        revision: page.revision,
        current: page.current.map(|(id, _)| id.0),
        current_index: page.current.map(|(_, index)| index),
        offset: if upcoming.is_some() { 0 } else { page.offset },
        next: (upcoming.is_none() && end < page.total).then_some(end),
        total: page.total,
        entries: upcoming.as_ref().unwrap_or(&page.entries).iter().map(QueueEntryView::from).collect(),
    }))
}

/// Add to a zone's queue. What sounds is not disturbed, unless it is to be played now.
#[utoipa::path(post, path = "/api/zones/{zone}/queue", tag = "zones", request_body = EnqueueRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = EnqueueReply), (status = "4XX", body = ProblemBody)))]
pub async fn add(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<EnqueueRequest, MAX_LIST_BYTES>,
) -> Result<Json<EnqueueReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let at = instant(request.at, api.conductor.clock().now())?;
    let EnqueueRequest { track_id, track_ids, album, artist, genre, folder, playlist, search, .. } = request;
    let wanted = Wanted { track_id, track_ids, album, artist, genre, folder, playlist, search };
    let entries = wanted.entries(&api.conductor).await?.ok_or_else(|| Problem::field("trackId", "missing"))?;
    let views = entries.iter().take(MAX_LIMIT).map(QueueEntryView::from).collect();
    let added = entries.len();
    let command = match (request.index, request.place) {
        (Some(index), _) => Command::Enqueue { entries, place: Where::Index(index) },
        (None, EnqueuePlace::End) => Command::Enqueue { entries, place: Where::End },
        (None, EnqueuePlace::Next) => Command::Enqueue { entries, place: Where::Next },
        (None, EnqueuePlace::Now) => Command::PlayNow { entries, at },
        (None, EnqueuePlace::Replace) => Command::Replace { entries },
    };
    let heard = matches!(command, Command::PlayNow { .. });
    let outcome = api.conductor.command(zone, command).await?;
    Ok(Json(EnqueueReply { success: true, added, at: heard.then_some(outcome.at.0), entries: views }))
}

fn place(index: Option<usize>, place: Option<EnqueuePlace>) -> Result<Where, Problem> {
    match (index, place) {
        (Some(index), _) => Ok(Where::Index(index)),
        (None, Some(EnqueuePlace::End)) => Ok(Where::End),
        (None, Some(EnqueuePlace::Next)) => Ok(Where::Next),
        (None, Some(_)) => Err(Problem::field("place", "entries can be moved to `end` or `next`, or to an index")),
        (None, None) => Err(Problem::field("index", "missing: say an index or a place")),
    }
}

/// Move entries within the queue, together. What sounds is not disturbed.
#[utoipa::path(patch, path = "/api/zones/{zone}/queue", tag = "zones", request_body = MoveManyRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
pub async fn shift(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<MoveManyRequest, MAX_LIST_BYTES>,
) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let place = place(request.index, request.place)?;
    let entries = request.entries.into_iter().map(EntryId).collect();
    run(&api, zone, Command::Move { entries, place }).await
}

/// Move an entry within the queue. What sounds is not disturbed.
#[utoipa::path(patch, path = "/api/zones/{zone}/queue/{entry}", tag = "zones", request_body = MoveRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("entry" = String, Path, description = "The entry's id")),
    responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
pub async fn shift_one(
    State(api): State<Api>,
    InPath((zone, entry)): InPath<(String, String)>,
    Body(request): Body<MoveRequest>,
) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let entries = vec![entry_named(&entry)?];
    let place = place(request.index, request.place)?;
    run(&api, zone, Command::Move { entries, place }).await
}

/// Take entries out of the queue. If the current one is among them, the next one that stays starts.
#[utoipa::path(post, path = "/api/zones/{zone}/queue/remove", tag = "zones", request_body = RemoveRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
pub async fn remove_many(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<RemoveRequest, MAX_LIST_BYTES>,
) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    let entries = request.entries.into_iter().map(EntryId).collect();
    run(&api, zone, Command::RemoveMany { entries }).await
}

fn entry_named(entry: &str) -> Result<EntryId, Problem> {
    entry.parse().map_err(|_| {
        Problem::new(axum::http::StatusCode::NOT_FOUND, "entry_not_found", format!("the queue has no entry {entry:?}"))
    })
}

/// Take everything out of the queue but what sounds.
#[utoipa::path(delete, path = "/api/zones/{zone}/queue", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
pub async fn clear(State(api): State<Api>, InPath(zone): InPath<String>) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    run(&api, zone, Command::Clear).await
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
    run(&api, zone, Command::Remove { entry: entry_named(&entry)? }).await
}
