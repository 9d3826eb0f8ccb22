//! Playlists: `/api/playlists`.

use axum::{extract::State, http::StatusCode, response::Response};
use downbeat_protocol::TrackId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{self, Body, InPath, MAX_LIST_BYTES, Params},
    describe::{IntoParams, ToSchema, call},
    etag::ETag,
    glance::Thing,
    lists::{MAX_LIMIT, part},
    problem::{Changed, Problem, ProblemBody},
    tracks::TrackView,
    versioned::{Conditions, Versioned},
};
use crate::changes::Subject;
use downbeat_store::{PlaylistEntry, PlaylistError, PlaylistRow, Rule, index::TrackSort};

/// Items of a page if no limit is given.
const DEFAULT_LIMIT: usize = 100;
/// The most tracks that a rule finds.
const MAX_FOUND: usize = 10_000;
/// The most tracks of one request.
const MAX_ADDED: usize = 100_000;

/// The rule of a smart playlist: its tracks are looked for each time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleView {
    /// The query; the grammar of `/api/search`.
    pub query: String,
    /// The order, as `/api/tracks` names them; null: the best hits first.
    #[schema(schema_with = orders)]
    pub sort: Option<String>,
    /// The most tracks.
    pub limit: usize,
}

/// A new rule of a smart playlist.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[schema(as = Rule)]
pub struct RuleRequest {
    /// The query; the grammar of `/api/search`.
    query: String,
    /// The order, as `/api/tracks` names them; null: the best hits first.
    #[serde(default)]
    #[schema(schema_with = orders)]
    sort: Option<String>,
    /// At most so many tracks, 1..=10000; default 500.
    #[serde(default = "usual_limit")]
    #[schema(minimum = 1, maximum = 10000, default = 500)]
    limit: usize,
}

/// The orders of a rule; null is the best hits first.
#[cfg(test)]
fn orders() -> utoipa::openapi::schema::Object {
    super::describe::or_null(super::tracks::track_sorts())
}

fn usual_limit() -> usize {
    500
}

impl RuleRequest {
    fn read(&self) -> Result<Rule, Problem> {
        let sort = match self.sort.as_deref() {
            None => None,
            Some(name) => Some(TrackSort::sorted(name).ok_or_else(|| {
                let known: Vec<&str> = TrackSort::NAMES.iter().map(|(name, _)| *name).collect();
                Problem::field("rule.sort", format!("{name:?} is none of {}", known.join(", ")))
            })?),
        };
        if !(1..=MAX_FOUND).contains(&self.limit) {
            return Err(Problem::field("rule.limit", format!("{} is not within 1..={MAX_FOUND}", self.limit)));
        }
        Ok(Rule { query: self.query.clone(), sort, limit: self.limit })
    }
}

impl From<Rule> for RuleView {
    fn from(rule: Rule) -> Self {
        Self { query: rule.query, sort: rule.sort.map(TrackSort::name_of), limit: rule.limit }
    }
}

/// A playlist.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaylistView {
    /// Its id.
    pub id: Uuid,
    /// Its name; several may have the same.
    pub name: String,
    /// The rule of a smart playlist; null: it has entries.
    pub rule: Option<RuleView>,
    /// The number of its entries; null if it has a rule.
    pub track_count: Option<u64>,
    /// Their length, seconds; null if it has a rule.
    pub duration: Option<f64>,
    /// The time at which it was made, seconds since 1970.
    pub created: i64,
    /// The time of its last change, seconds since 1970.
    pub changed: i64,
    /// Grows with every change.
    pub revision: i64,
}

impl From<PlaylistRow> for PlaylistView {
    fn from(p: PlaylistRow) -> Self {
        let own = p.rule.is_none();
        Self {
            id: p.id,
            name: p.name,
            rule: p.rule.as_deref().and_then(Rule::parse).map(RuleView::from),
            track_count: own.then_some(p.entries),
            duration: own.then_some(p.ms as f64 / 1e3),
            created: p.created,
            changed: p.changed,
            revision: p.revision,
        }
    }
}

/// A part of the playlists.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlaylistList {
    /// By name.
    pub playlists: Vec<PlaylistView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// One place in a playlist.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaylistEntryView {
    /// Its own id: a track may be in it twice. Null in a smart playlist.
    pub entry: Option<Uuid>,
    /// The track; null if the library does not know it any more.
    pub track: Option<TrackView>,
    /// The title, as last known.
    pub title: String,
    /// The artist, as last known.
    pub artist: String,
    /// The length as last known, seconds.
    pub duration: f64,
    /// True if its file is there.
    pub available: bool,
}

/// A playlist with a part of its entries.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlaylistDetail {
    /// The playlist.
    #[serde(flatten)]
    pub playlist: PlaylistView,
    /// In order.
    pub entries: Vec<PlaylistEntryView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// A new playlist: of tracks, or of a rule.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPlaylist {
    /// Its name, 1 to 64 characters.
    name: String,
    /// Its tracks; none: it is empty.
    #[serde(default)]
    #[schema(max_items = 100_000)]
    track_ids: Vec<Uuid>,
    /// The rule of a smart playlist.
    #[serde(default)]
    rule: Option<RuleRequest>,
}

/// A change of a playlist. Fields that are left out stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaylistEdit {
    /// Another name.
    #[serde(default)]
    name: Option<String>,
    /// Another rule; only of a smart playlist.
    #[serde(default)]
    rule: Option<RuleRequest>,
}

/// Tracks to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewEntries {
    /// The tracks.
    #[schema(max_items = 100_000)]
    track_ids: Vec<Uuid>,
    /// The index of the first of them; left out: at the end.
    #[serde(default)]
    index: Option<usize>,
}

/// Entries to be moved.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct MovedEntries {
    /// The entries, in the order that they are to have.
    entries: Vec<Uuid>,
    /// The index of the first of them when all are there.
    index: usize,
}

/// Entries to be removed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RemovedEntries {
    /// The entries.
    entries: Vec<Uuid>,
}

/// A part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PartQuery {
    /// At most so many, 1..=1000; default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
}

/// The version of a playlist: what people set is all of it but what its tracks are called.
fn tag_of(row: &PlaylistRow, state: &impl Serialize) -> ETag {
    ETag::of(&("playlist", row.id, row.revision), state)
}

/// A playlist with its version.
pub(super) fn versioned(row: &PlaylistRow) -> Versioned<PlaylistView> {
    let view = PlaylistView::from(row.clone());
    Versioned { tag: tag_of(row, &view), value: view }
}

/// The playlists.
#[call(get, path = "/api/playlists", right = browse, operation_id = "list_playlists", tag = "playlists",
    params(PartQuery, ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, body = PlaylistList), (status = 304)))]
pub async fn list(
    State(api): State<Api>,
    Params(query): Params<PartQuery>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    let page = api.store.list_playlists(part).await?.map(PlaylistView::from);
    let list = PlaylistList { playlists: page.items, next: page.next.map(|c| c.to_string()) };
    Ok(conditions.answer(Versioned { tag: ETag::of(&"playlists", &list), value: list }))
}

/// Make a playlist, of tracks or of a rule.
#[call(post, path = "/api/playlists", right = playlists, operation_id = "create_playlist", tag = "playlists",
    request_body = NewPlaylist,
    responses((status = 201, body = PlaylistView),
              (status = 409, body = ProblemBody, description = "`too_many_entries`, `too_many_playlists`")))]
pub async fn create(
    State(api): State<Api>,
    Body(request): Body<NewPlaylist, MAX_LIST_BYTES>,
) -> Result<(StatusCode, Versioned<PlaylistView>), Problem> {
    let name = body::name(&request.name)?;
    let rule = request.rule.as_ref().map(RuleRequest::read).transpose()?;
    if rule.is_some() && !request.track_ids.is_empty() {
        return Err(Problem::field("trackIds", "a smart playlist finds its tracks by its rule"));
    }
    let tracks = known(&api, &request.track_ids)?;
    let made = make(&api, name, rule, tracks).await?;
    api.made(Thing::Playlist(made.id));
    Ok((StatusCode::CREATED, versioned(&made)))
}

/// Makes a playlist, and tells those who follow.
pub(super) async fn make(
    api: &Api,
    name: String,
    rule: Option<Rule>,
    tracks: Vec<TrackId>,
) -> Result<PlaylistRow, PlaylistError> {
    let made = api.store.create_playlist(&name, rule.map(|r| r.to_json()).as_deref(), &tracks).await?;
    api.conductor.changes().mark(Subject::Playlist(made.id));
    Ok(made)
}

/// One playlist with its entries; those of a smart playlist are found now, and come in one part.
#[call(get, path = "/api/playlists/{id}", right = browse, operation_id = "get_playlist", tag = "playlists",
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"), PartQuery,
           ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, body = PlaylistDetail), (status = 304)))]
pub async fn get(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Params(query): Params<PartQuery>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let id = parse(&id)?;
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    let playlist = api.store.playlist(id).await?;
    let (entries, next) = match playlist.rule.as_deref().map(Rule::parse) {
        None => {
            let page = api.store.playlist_entries(id, part).await?;
            (page.items.into_iter().map(|e| entry(&api, e)).collect(), page.next.map(|c| c.to_string()))
        }
        Some(rule) => {
            let found = match rule {
                Some(rule) => api.store.tracks_by_rule(&rule, MAX_FOUND).await?,
                None => Vec::new(),
            };
            (super::tracks::views(&api, found).into_iter().map(found_by_rule).collect(), None)
        }
    };
    let detail = PlaylistDetail { playlist: playlist.clone().into(), entries, next };
    Ok(conditions.answer(Versioned { tag: tag_of(&playlist, &detail), value: detail }))
}

fn entry(api: &Api, e: PlaylistEntry) -> PlaylistEntryView {
    let track = super::tracks::views(api, [e.track]).pop();
    let duration = e.ms as f64 / 1e3;
    PlaylistEntryView { entry: Some(e.id), track, title: e.title, artist: e.artist, duration, available: e.available }
}

fn found_by_rule(track: TrackView) -> PlaylistEntryView {
    PlaylistEntryView {
        entry: None,
        title: track.title.clone(),
        artist: track.artist.clone(),
        duration: track.duration,
        available: track.available,
        track: Some(track),
    }
}

/// A change of a playlist.
enum Edit {
    Facts { name: Option<String>, rule: Option<String> },
    Add { tracks: Vec<TrackId>, index: Option<usize> },
    Move { entries: Vec<Uuid>, index: usize },
    Remove { entries: Vec<Uuid> },
    Delete,
}

/// Changes a playlist if it is the one that the person saw, and tells those who follow; `None`: it is deleted.
async fn change(api: &Api, id: Uuid, conditions: Conditions, edit: Edit) -> Result<Option<PlaylistRow>, Problem> {
    let store = &api.store;
    let fits = |row: &PlaylistRow| conditions.allow(&tag_of(row, &()));
    let done = match edit {
        Edit::Facts { name, rule } => store.edit_playlist(id, name.as_deref(), rule.as_deref(), &fits).await.map(Some),
        Edit::Add { tracks, index } => store.add_to_playlist(id, &tracks, index, &fits).await.map(Some),
        Edit::Move { entries, index } => store.move_in_playlist(id, &entries, index, &fits).await.map(Some),
        Edit::Remove { entries } => store.remove_from_playlist(id, &entries, &fits).await.map(Some),
        Edit::Delete => store.delete_playlist(id, &fits).await.map(|()| None),
    };
    api.conductor.changes().mark(Subject::Playlist(id));
    match done {
        Err(PlaylistError::Changed) => Err(versioned(&store.playlist(id).await?).precondition_failed()),
        done => Ok(done?),
    }
}

/// The same for what leaves the playlist there.
async fn changed(api: &Api, id: &str, conditions: Conditions, edit: Edit) -> Result<Versioned<PlaylistView>, Problem> {
    let row = change(api, parse(id)?, conditions, edit).await?;
    row.as_ref().map(versioned).ok_or_else(|| unknown(id))
}

/// Rename a playlist, or give a smart one another rule.
#[call(patch, path = "/api/playlists/{id}", right = playlists, operation_id = "edit_playlist",
    tag = "playlists", request_body = PlaylistEdit,
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the playlist that is meant to be changed")),
    responses((status = 200, body = PlaylistView), (status = 412, body = Changed<PlaylistView>),
              (status = 409, body = ProblemBody, description = "`playlist_smart`")))]
pub async fn edit(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
    Body(request): Body<PlaylistEdit>,
) -> Result<Versioned<PlaylistView>, Problem> {
    let name = request.name.as_deref().map(body::name).transpose()?;
    let rule = request.rule.as_ref().map(RuleRequest::read).transpose()?.map(|r| r.to_json());
    changed(&api, &id, conditions, Edit::Facts { name, rule }).await
}

/// Delete a playlist. The tracks stay.
#[call(delete, path = "/api/playlists/{id}", right = playlists, operation_id = "delete_playlist", tag = "playlists",
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the playlist that is meant to be deleted")),
    responses((status = 204), (status = 412, body = Changed<PlaylistView>)))]
pub async fn delete(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    change(&api, parse(&id)?, conditions, Edit::Delete).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Add tracks.
#[call(post, path = "/api/playlists/{id}/entries", right = playlists, operation_id = "add_to_playlist",
    tag = "playlists", request_body = NewEntries,
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the playlist that is meant to be changed")),
    responses((status = 200, body = PlaylistView), (status = 412, body = Changed<PlaylistView>),
              (status = 409, body = ProblemBody, description = "`playlist_smart`, `too_many_entries`")))]
pub async fn add(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
    Body(request): Body<NewEntries, MAX_LIST_BYTES>,
) -> Result<Versioned<PlaylistView>, Problem> {
    let tracks = known(&api, &request.track_ids)?;
    changed(&api, &id, conditions, Edit::Add { tracks, index: request.index }).await
}

/// Move entries.
#[call(patch, path = "/api/playlists/{id}/entries", right = playlists, operation_id = "move_in_playlist",
    tag = "playlists", request_body = MovedEntries,
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the playlist that is meant to be changed")),
    responses((status = 200, body = PlaylistView), (status = 412, body = Changed<PlaylistView>),
              (status = 404, body = ProblemBody, description = "`entry_not_found`"),
              (status = 409, body = ProblemBody, description = "`playlist_smart`")))]
pub async fn reorder(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
    Body(request): Body<MovedEntries, MAX_LIST_BYTES>,
) -> Result<Versioned<PlaylistView>, Problem> {
    changed(&api, &id, conditions, Edit::Move { entries: request.entries, index: request.index }).await
}

/// Remove entries.
#[call(delete, path = "/api/playlists/{id}/entries", right = playlists, operation_id = "remove_from_playlist",
    tag = "playlists", request_body = RemovedEntries,
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the playlist that is meant to be changed")),
    responses((status = 200, body = PlaylistView), (status = 412, body = Changed<PlaylistView>),
              (status = 404, body = ProblemBody, description = "`entry_not_found`"),
              (status = 409, body = ProblemBody, description = "`playlist_smart`")))]
pub async fn remove(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
    Body(request): Body<RemovedEntries, MAX_LIST_BYTES>,
) -> Result<Versioned<PlaylistView>, Problem> {
    changed(&api, &id, conditions, Edit::Remove { entries: request.entries }).await
}

/// The tracks of these ids, all of which must be known.
fn known(api: &Api, ids: &[Uuid]) -> Result<Vec<TrackId>, Problem> {
    if ids.len() > MAX_ADDED {
        return Err(Problem::field("trackIds", format!("{} tracks are more than {MAX_ADDED}", ids.len())));
    }
    let catalog = api.conductor.library().catalog();
    let known = ids.iter().map(|id| {
        let track = TrackId(*id);
        catalog.get(track).map(|_| track).ok_or_else(|| {
            let detail = format!("there is no track {id}; GET /api/tracks lists those there are");
            Problem::field("trackIds", detail)
        })
    });
    known.collect()
}

pub(super) fn parse(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| unknown(id))
}

fn unknown(id: &str) -> Problem {
    let detail = format!("there is no playlist {id:?}; GET /api/playlists lists those there are");
    Problem::new(StatusCode::NOT_FOUND, "playlist_not_found", detail)
}

impl From<PlaylistError> for Problem {
    fn from(error: PlaylistError) -> Self {
        let detail = error.to_string();
        match error {
            PlaylistError::NoSuchPlaylist(id) => unknown(&id.to_string()),
            PlaylistError::NoSuchEntry(_) => Self::new(StatusCode::NOT_FOUND, "entry_not_found", detail),
            PlaylistError::Changed => Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", detail),
            PlaylistError::NameTaken(_) => Self::new(StatusCode::CONFLICT, "name_taken", detail).blaming("name"),
            PlaylistError::Smart => Self::new(StatusCode::CONFLICT, "playlist_smart", detail),
            PlaylistError::TooMany => Self::new(StatusCode::CONFLICT, "too_many_playlists", detail),
            PlaylistError::TooManyEntries => Self::new(StatusCode::CONFLICT, "too_many_entries", detail),
            PlaylistError::Store(error) => error.into(),
        }
    }
}

/// The most entries that a file takes.
pub(super) const MAX_EXPORTED: usize = 100 * MAX_LIMIT;
