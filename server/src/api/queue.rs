//! A zone's queue: `/api/zones/{zone}/queue`.

use axum::{extract::State, response::Response};
use downbeat_protocol::{EntryId, ZoneId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, MAX_LIST_BYTES, Params, instant},
    describe::{ToSchema, call},
    playback_view::{PlaybackReply, state_of},
    problem::{Changed, Problem, ProblemBody},
    queue_view::{MAX_LIMIT, QueueEntryView, QueueQuery, QueueView, edited_tag, part_of},
    versioned::{Conditions, Versioned},
    zone_param::zone_named,
};
use crate::{
    conductor::{ConductorError, Outcome},
    control::Choice,
};
use downbeat_zone::{Command, QueuePosition};

/// Tracks to add, named by one of the fields.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueueRequest {
    /// One track.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    track_id: Option<String>,
    /// Several.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>, min_items = 1)]
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
    /// The hits of a search.
    #[serde(default)]
    search: Option<String>,
    /// The place; default `end`.
    #[serde(default)]
    place: EnqueuePlace,
    /// The place by index; it wins over `place`.
    #[serde(default)]
    index: Option<usize>,
    /// For `now`: not before this instant, microseconds of server time. Default: as soon as every speaker can.
    #[serde(default)]
    at: Option<i64>,
}

/// The place of new entries.
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

/// The new place of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MovePlace {
    /// Behind all.
    End,
    /// Behind the current entry.
    Next,
}

/// The new entries.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueueReply {
    /// Always true.
    pub success: bool,
    /// The number of new entries.
    pub added: usize,
    /// The instant at which the first of them is heard, microseconds of server time; null unless they play now.
    pub at: Option<i64>,
    /// The new entries, the first thousand of them.
    pub entries: Vec<QueueEntryView>,
}

/// The new place of an entry.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoveRequest {
    /// Before the entry that then has this index, counted without those that move; behind all if there is none.
    #[serde(default)]
    index: Option<usize>,
    /// The place, if no index is named.
    #[serde(default)]
    place: Option<MovePlace>,
}

/// Entries, and their new place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoveManyRequest {
    /// They stand together then, in this order.
    entries: Vec<Uuid>,
    /// Before the entry that then has this index, counted without those that move; behind all if there is none.
    #[serde(default)]
    index: Option<usize>,
    /// The place, if no index is named.
    #[serde(default)]
    place: Option<MovePlace>,
}

/// Entries of a queue.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RemoveRequest {
    /// Those that are not in the queue do not matter.
    entries: Vec<Uuid>,
}

/// A part of the queue of a zone.
#[call(get, path = "/api/zones/{zone}/queue", right = look, about = target, operation_id = "get_queue", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"), QueueQuery,
           ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, body = QueueView), (status = 304)))]
pub async fn get(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Params(query): Params<QueueQuery>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    Ok(conditions.answer(part_of(&api.conductor, zone, &query)?))
}

/// Has the zone do it, if its queue is the one that the person saw.
async fn change(api: &Api, zone: ZoneId, conditions: &Conditions, command: Command) -> Result<Outcome, Problem> {
    let done = api.conductor.command_of(zone, |present| {
        let tag = edited_tag(zone, present.arrangement());
        if conditions.allow(&tag) { Ok(command) } else { Err(ConductorError::Changed) }
    });
    done.await.map_err(|error| match error {
        ConductorError::Changed => part_of(&api.conductor, zone, &QueueQuery::short())
            .map_or_else(|problem| problem, Versioned::precondition_failed),
        error => error.into(),
    })
}

async fn run(
    api: &Api,
    zone: ZoneId,
    conditions: &Conditions,
    command: Command,
) -> Result<Versioned<PlaybackReply>, Problem> {
    let outcome = change(api, zone, conditions, command).await?;
    let state = state_of(&api.conductor, &outcome.view);
    let tag = edited_tag(zone, outcome.view.arrangement);
    Ok(Versioned { value: PlaybackReply { success: true, at: outcome.at.0, state }, tag })
}

/// Add to a zone's queue. What sounds is not disturbed, unless it is to be played now.
#[call(post, path = "/api/zones/{zone}/queue", right = queue, about = target, operation_id = "add_to_queue",
    tag = "zones", request_body = EnqueueRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the queue that is meant to be changed")),
    responses((status = 200, body = EnqueueReply), (status = 412, body = Changed<QueueView>),
              (status = 404, body = ProblemBody, description = "`track_not_found`, `nothing_found`"),
              (status = 409, body = ProblemBody, description = "`queue_full`, `too_many_queue_entries`, `too_much_pending`, \
                                                                `track_unplayable`")))]
pub async fn add(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
    Body(request): Body<EnqueueRequest, MAX_LIST_BYTES>,
) -> Result<Versioned<EnqueueReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let at = instant(request.at, api.conductor.clock().now())?;
    let EnqueueRequest { track_id, track_ids, album, artist, genre, folder, playlist, search, .. } = request;
    let choice = Choice { track_id, track_ids, album, artist, genre, folder, playlist, search };
    let entries = choice.entries(&api.conductor).await?.ok_or_else(|| Problem::field("trackId", "missing"))?;
    let catalog = api.conductor.library().catalog();
    let views = entries.iter().take(MAX_LIMIT).map(|e| QueueEntryView::of(&catalog, e)).collect();
    let added = entries.len();
    let command = match (request.index, request.place) {
        (Some(index), _) => Command::Enqueue { entries, place: QueuePosition::Index(index) },
        (None, EnqueuePlace::End) => Command::Enqueue { entries, place: QueuePosition::End },
        (None, EnqueuePlace::Next) => Command::Enqueue { entries, place: QueuePosition::Next },
        (None, EnqueuePlace::Now) => Command::PlayNow { entries, at },
        (None, EnqueuePlace::Replace) => Command::Replace { entries },
    };
    let heard = matches!(command, Command::PlayNow { .. });
    let outcome = change(&api, zone, &conditions, command).await?;
    let value = EnqueueReply { success: true, added, at: heard.then_some(outcome.at.0), entries: views };
    Ok(Versioned { value, tag: edited_tag(zone, outcome.view.arrangement) })
}

fn place(index: Option<usize>, place: Option<MovePlace>) -> Result<QueuePosition, Problem> {
    match (index, place) {
        (Some(index), _) => Ok(QueuePosition::Index(index)),
        (None, Some(MovePlace::End)) => Ok(QueuePosition::End),
        (None, Some(MovePlace::Next)) => Ok(QueuePosition::Next),
        (None, None) => Err(Problem::field("index", "missing: say an index or a place")),
    }
}

/// Move entries within the queue, together. What sounds is not disturbed.
#[call(patch, path = "/api/zones/{zone}/queue", right = queue, about = target, operation_id = "move_in_queue",
    tag = "zones", request_body = MoveManyRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the queue that is meant to be changed")),
    responses((status = 200, body = PlaybackReply), (status = 412, body = Changed<QueueView>),
              (status = 404, body = ProblemBody, description = "`entry_not_found`")))]
pub async fn shift(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
    Body(request): Body<MoveManyRequest, MAX_LIST_BYTES>,
) -> Result<Versioned<PlaybackReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let place = place(request.index, request.place)?;
    let entries = request.entries.into_iter().map(EntryId).collect();
    run(&api, zone, &conditions, Command::Move { entries, place }).await
}

/// Move an entry within the queue. What sounds is not disturbed.
#[call(patch, path = "/api/zones/{zone}/queue/{entry}", right = queue, about = target,
    operation_id = "move_queue_entry",
    tag = "zones", request_body = MoveRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("entry" = uuid::Uuid, Path, description = "The entry's id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the queue that is meant to be changed")),
    responses((status = 200, body = PlaybackReply), (status = 412, body = Changed<QueueView>),
              (status = 404, body = ProblemBody, description = "`entry_not_found`")))]
pub async fn shift_one(
    State(api): State<Api>,
    InPath((zone, entry)): InPath<(String, String)>,
    conditions: Conditions,
    Body(request): Body<MoveRequest>,
) -> Result<Versioned<PlaybackReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let entries = vec![entry_named(&entry)?];
    let place = place(request.index, request.place)?;
    run(&api, zone, &conditions, Command::Move { entries, place }).await
}

/// Take entries out of the queue. If the current one is among them, the next one that stays starts.
#[call(post, path = "/api/zones/{zone}/queue/remove", right = queue, about = target,
    operation_id = "remove_many_from_queue",
    tag = "zones", request_body = RemoveRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the queue that is meant to be changed")),
    responses((status = 200, body = PlaybackReply), (status = 412, body = Changed<QueueView>)))]
pub async fn remove_many(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
    Body(request): Body<RemoveRequest, MAX_LIST_BYTES>,
) -> Result<Versioned<PlaybackReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let entries = request.entries.into_iter().map(EntryId).collect();
    run(&api, zone, &conditions, Command::RemoveMany { entries }).await
}

fn entry_named(entry: &str) -> Result<EntryId, Problem> {
    entry.parse().map_err(|_| {
        Problem::new(axum::http::StatusCode::NOT_FOUND, "entry_not_found", format!("the queue has no entry {entry:?}"))
    })
}

/// Take everything out of the queue but what sounds.
#[call(delete, path = "/api/zones/{zone}/queue", right = queue, about = target, operation_id = "clear_queue",
    tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the queue that is meant to be changed")),
    responses((status = 200, body = PlaybackReply), (status = 412, body = Changed<QueueView>)))]
pub async fn clear(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
) -> Result<Versioned<PlaybackReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    run(&api, zone, &conditions, Command::Clear).await
}

/// Take an entry out of the queue. If it is the current one, the next one starts.
#[call(delete, path = "/api/zones/{zone}/queue/{entry}", right = queue, about = target,
    operation_id = "remove_from_queue", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("entry" = uuid::Uuid, Path, description = "The entry's id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the queue that is meant to be changed")),
    responses((status = 200, body = PlaybackReply), (status = 412, body = Changed<QueueView>),
              (status = 404, body = ProblemBody, description = "`entry_not_found`")))]
pub async fn remove(
    State(api): State<Api>,
    InPath((zone, entry)): InPath<(String, String)>,
    conditions: Conditions,
) -> Result<Versioned<PlaybackReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    run(&api, zone, &conditions, Command::Remove { entry: entry_named(&entry)? }).await
}
