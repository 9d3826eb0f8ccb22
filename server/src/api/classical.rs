//! The library by composer and by work.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{InPath, Params},
    browse::{NAME_SORTS, from, unknown, written},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    lists::{MAX_LIMIT, part, sorted},
    problem::Problem,
};
use downbeat_store::index::{Composer, Part, Work};

/// Items of a page if no limit is given.
const DEFAULT_LIMIT: usize = 100;

/// A composer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComposerView {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The number of tracks by this composer.
    pub track_count: u64,
}

impl From<Composer> for ComposerView {
    fn from(c: Composer) -> Self {
        Self { id: c.id, name: c.name, track_count: c.tracks }
    }
}

/// A part of the composers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComposerList {
    /// In the order asked for.
    pub composers: Vec<ComposerView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// A composer with works.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComposerDetail {
    /// The composer.
    #[serde(flatten)]
    pub composer: ComposerView,
    /// The works by name, at most 1000. Tracks without a work are at `/api/tracks?composer=`, with all others.
    pub works: Vec<WorkView>,
}

/// A piece of several movements.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkView {
    /// Follows from its name and its composers.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The composers, with commas between; empty if not known.
    pub composer: String,
    /// The number of tracks that are parts of it, in all recordings.
    pub track_count: u64,
}

impl From<Work> for WorkView {
    fn from(w: Work) -> Self {
        Self { id: w.id, name: w.name, composer: w.composer, track_count: w.tracks }
    }
}

/// A part of the works.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkList {
    /// By name.
    pub works: Vec<WorkView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// A part of the composers, and their order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ComposerQuery {
    /// At most so many, 1..=1000; default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// `name` (default) or `tracks`; with a minus before it backwards.
    #[param(schema_with = super::browse::name_sorts)]
    sort: Option<String>,
}

/// A part of the works.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct WorkQuery {
    /// At most so many, 1..=1000; default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// Only by this composer, by id.
    composer: Option<Uuid>,
}

/// The composers. The tracks of one are at `/api/tracks?composer=`.
#[call(get, path = "/api/composers", right = browse, operation_id = "list_composers", tag = "library",
    params(ComposerQuery), responses((status = 200, body = ComposerList)))]
pub async fn composers(
    State(api): State<Api>,
    Params(query): Params<ComposerQuery>,
) -> Result<Json<ComposerList>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    let page = api.store.list_composers(sorted(query.sort.as_deref(), &NAME_SORTS)?, part).await?;
    Ok(Json(ComposerList { composers: from(page.items), next: written(page.next) }))
}

/// One composer with works.
#[call(get, path = "/api/composers/{id}", right = browse, operation_id = "get_composer", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The composer's id")),
    responses((status = 200, body = ComposerDetail)))]
pub async fn composer(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<ComposerDetail>, Problem> {
    let missing = || unknown("composer", &id);
    let of = id.parse().map_err(|_| missing())?;
    let composer = api.store.composer(of).await?.ok_or_else(missing)?;
    let works = api.store.list_works(Some(of), Part::first(MAX_LIMIT)).await?;
    Ok(Json(ComposerDetail { composer: composer.into(), works: from(works.items) }))
}

/// The works: pieces of several movements. The tracks of one, in all its recordings, are at `/api/tracks?work=`.
#[call(get, path = "/api/works", right = browse, operation_id = "list_works", tag = "library", params(WorkQuery),
    responses((status = 200, body = WorkList)))]
pub async fn works(State(api): State<Api>, Params(query): Params<WorkQuery>) -> Result<Json<WorkList>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    let page = api.store.list_works(query.composer, part).await?;
    Ok(Json(WorkList { works: from(page.items), next: written(page.next) }))
}
