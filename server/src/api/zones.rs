//! Zones: `/api/zones`.

use std::collections::HashMap;

use axum::{extract::State, http::StatusCode, response::Response};
use downbeat_protocol::ZoneId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, instant, loudness, name},
    describe::{ToSchema, call},
    etag::ETag,
    glance::Thing,
    json::Json,
    playback::ramp,
    playback_view::{PlaybackState, state_of},
    problem::{Changed, Problem, ProblemBody},
    versioned::{Conditions, Versioned},
    zone_param::zone_named,
};
use crate::{
    conductor::{Conductor, ConductorError},
    control::ZonePatch,
};
use downbeat_trust::rights::Right;
use downbeat_zone::View;

/// A zone. The position in `state` is told from the instant at which what plays began (see `at` there), so that this
/// changes only when something changes. `serverTime` and `sync` in `state` are live figures.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The speakers that belong to it, connected or not.
    pub speakers: Vec<Uuid>,
    /// True if guests may control it. It is for nothing where `--guests` lets them control no zone.
    pub open_to_guests: bool,
    /// Its playback.
    pub state: PlaybackState,
}

/// All zones.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ZoneList {
    /// By name.
    pub zones: Vec<ZoneView>,
}

/// A new zone.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ZoneRequest {
    /// No two zones share a name, upper and lower case alike.
    name: String,
}

/// A change of a zone. Fields that are left out stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneEditRequest {
    /// The name that people call it by. No two zones share a name, upper and lower case alike.
    #[serde(default)]
    name: Option<String>,
    /// True: guests may control it, as far as `--guests` lets them control zones; false: they only look and listen.
    #[serde(default)]
    open_to_guests: Option<bool>,
    /// Its volume, 0 (silent) to 100 (as recorded). The speakers' own volumes multiply with it, so their relations
    /// stay.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    volume: Option<f64>,
    /// The same in decibels, at most 0.
    #[serde(default)]
    #[schema(maximum = 0)]
    volume_db: Option<f64>,
    /// So many percent louder, or softer.
    #[serde(default)]
    #[schema(minimum = -100, maximum = 100)]
    volume_delta: Option<f64>,
    /// Silent, whatever the volume.
    #[serde(default)]
    muted: Option<bool>,
    /// The time that the change of loudness takes, milliseconds; default 50.
    #[serde(default)]
    #[schema(maximum = 60000)]
    ramp_ms: Option<u32>,
    /// Loudness: not before this instant, microseconds of server time.
    #[serde(default)]
    at: Option<i64>,
}

/// The outcome of a deletion.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneDeletedReply {
    /// Always true.
    pub success: bool,
    /// Its speakers, which are in the default zone now.
    pub moved: Vec<Uuid>,
}

/// The speakers of each zone, by name; looked up once for a whole list.
pub struct Membership(HashMap<ZoneId, Vec<Uuid>>);

impl Membership {
    /// As it is now.
    pub fn now(conductor: &Conductor) -> Self {
        let ids = conductor.fleet().ids_by_name();
        let mut zones: HashMap<ZoneId, Vec<Uuid>> = HashMap::new();
        for (zone, speaker) in conductor.fleet().look_at(&ids, |s| Some((s.row.zone, s.row.id.0))) {
            zones.entry(zone).or_default().push(speaker);
        }
        Self(zones)
    }
}

/// A zone as it is answered, without live figures: it changes only when something changes.
pub fn zone_view(conductor: &Conductor, members: &Membership, view: &View) -> ZoneView {
    let speakers = members.0.get(&view.id).cloned().unwrap_or_default();
    let state = settled(conductor, view);
    ZoneView { id: view.id.0, name: view.name.clone(), speakers, open_to_guests: view.open_to_guests, state }
}

/// The playback of a zone, told from the instant at which it began and without live figures.
fn settled(conductor: &Conductor, view: &View) -> PlaybackState {
    let (position, at) = view.anchor;
    let state = state_of(conductor, &View { position, at, ..view.clone() });
    PlaybackState { server_time: None, sync: None, ..state }
}

/// The same with live figures.
fn live(conductor: &Conductor, view: &View, settled: ZoneView) -> ZoneView {
    let now = state_of(conductor, view);
    let state = PlaybackState { server_time: now.server_time, sync: now.sync, ..settled.state };
    ZoneView { state, ..settled }
}

/// The version of a zone.
fn tag_of(view: &View, settled: &ZoneView) -> ETag {
    ETag::of(&set_of(view), settled)
}

fn set_of(view: &View) -> impl Serialize {
    (view.id, view.name.clone(), view.open_to_guests, view.volume, view.muted, view.modes.clone(), view.ab)
}

/// True if a zone may be changed, by the version that the client has seen.
fn allows(conditions: &Conditions, view: &View) -> bool {
    conditions.allow(&ETag::of(&set_of(view), &()))
}

fn versioned(api: &Api, view: &View) -> Versioned<ZoneView> {
    let settled = zone_view(&api.conductor, &Membership::now(&api.conductor), view);
    let tag = tag_of(view, &settled);
    Versioned { value: live(&api.conductor, view, settled), tag }
}

/// The refusal of a change; if another change came first, with the zone as it is now.
fn refused(api: &Api, zone: ZoneId, error: ConductorError) -> Problem {
    match (error, api.conductor.zone(zone)) {
        (ConductorError::Changed, Ok(view)) => versioned(api, &view).precondition_failed(),
        (error, _) => error.into(),
    }
}

/// The zones.
#[call(get, path = "/api/zones", right = look, operation_id = "list_zones",
    tag = "zones", responses((status = 200, body = ZoneList)))]
pub async fn list(State(api): State<Api>) -> Json<ZoneList> {
    let (conductor, members) = (&api.conductor, Membership::now(&api.conductor));
    let zones = conductor.zones();
    let zones = zones.iter().map(|view| live(conductor, view, zone_view(conductor, &members, view))).collect();
    Json(ZoneList { zones })
}

/// One zone.
#[call(get, path = "/api/zones/{zone}", right = look, about = target, operation_id = "get_zone", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, body = ZoneView), (status = 304)))]
pub async fn get(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    Ok(conditions.answer(versioned(&api, &api.conductor.zone(zone)?)))
}

/// Make a zone.
#[call(post, path = "/api/zones", right = zones, operation_id = "create_zone", tag = "zones",
    request_body = ZoneRequest,
    responses((status = 201, body = ZoneView),
              (status = 409, body = ProblemBody, description = "`name_taken`, `too_many_zones`")))]
pub async fn create(
    State(api): State<Api>,
    Body(request): Body<ZoneRequest>,
) -> Result<(StatusCode, Versioned<ZoneView>), Problem> {
    let zone = api.conductor.create_zone(&name(&request.name)?).await?;
    api.made(Thing::Zone(zone));
    Ok((StatusCode::CREATED, versioned(&api, &api.conductor.zone(zone)?)))
}

/// Rename a zone, open it to guests or close it to them, set its volume, mute it. What it plays is not disturbed.
#[call(patch, path = "/api/zones/{zone}", right = volume, about = target, operation_id = "edit_zone", tag = "zones",
    request_body = ZoneEditRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the zone that is meant to be changed")),
    responses((status = 200, body = ZoneView), (status = 412, body = Changed<ZoneView>),
              (status = 409, body = ProblemBody, description = "`name_taken`, `too_much_pending`")))]
pub async fn edit(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
    Body(request): Body<ZoneEditRequest>,
) -> Result<Versioned<ZoneView>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    if request.name.is_some() {
        api.may(Right::Zones)?;
    }
    if request.open_to_guests.is_some() {
        api.may_to_zone(Right::Arrange, zone)?;
    }
    let volume = loudness(request.volume, request.volume_db, request.volume_delta)?;
    let patch = ZonePatch {
        name: request.name.as_deref().map(name).transpose()?,
        open_to_guests: request.open_to_guests,
        volume: api.bounded_zone(zone, volume, request.muted)?,
        muted: request.muted,
        ramp_ms: ramp(request.ramp_ms)?,
        at: instant(request.at, api.conductor.clock().now())?,
    };
    let edited = api.conductor.edit_zone(zone, patch, |view| allows(&conditions, view)).await;
    let (view, _) = edited.map_err(|error| refused(&api, zone, error))?;
    Ok(versioned(&api, &view))
}

/// Delete a zone and its queue. Its speakers fall back to the default zone and join what that plays; no other speaker
/// hears anything of it. The default zone cannot be deleted.
#[call(delete, path = "/api/zones/{zone}", right = zones, about = target, operation_id = "delete_zone", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the zone that is meant to be deleted")),
    responses((status = 200, body = ZoneDeletedReply), (status = 412, body = Changed<ZoneView>),
              (status = 409, body = ProblemBody, description = "`default_zone`")))]
pub async fn delete(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
) -> Result<Json<ZoneDeletedReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let deleted = api.conductor.delete_zone(zone, |view| allows(&conditions, view)).await;
    let moved = deleted.map_err(|error| refused(&api, zone, error))?;
    Ok(Json(ZoneDeletedReply { success: true, moved: moved.into_iter().map(|id| id.0).collect() }))
}
