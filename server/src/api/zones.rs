//! Zones: `/api/zones`.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, name},
    playback::{PlaybackState, state_of, zone_named},
    problem::{Problem, ProblemBody},
};
use crate::zone::View;

/// A zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The speakers that belong to it, connected or not.
    pub speakers: Vec<Uuid>,
    /// What it plays.
    pub state: PlaybackState,
}

/// All zones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
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

fn view_of(api: &Api, view: &View) -> ZoneView {
    let speakers = api.conductor.fleet().list().iter().filter(|s| s.row.zone == view.id).map(|s| s.id().0).collect();
    ZoneView { id: view.id.0, name: view.name.clone(), speakers, state: state_of(&api.conductor, view) }
}

/// The zones.
#[utoipa::path(get, path = "/api/zones", tag = "zones", responses((status = 200, body = ZoneList)))]
pub async fn list(State(api): State<Api>) -> Json<ZoneList> {
    let zones = api.conductor.zones().iter().map(|view| view_of(&api, view)).collect();
    Json(ZoneList { zones })
}

/// One zone.
#[utoipa::path(get, path = "/api/zones/{zone}", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = ZoneView), (status = 404, body = ProblemBody)))]
pub async fn get(State(api): State<Api>, InPath(zone): InPath<String>) -> Result<Json<ZoneView>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    Ok(Json(view_of(&api, &api.conductor.zone(zone)?)))
}

/// Make a zone.
#[utoipa::path(post, path = "/api/zones", tag = "zones", request_body = ZoneRequest,
    responses((status = 201, body = ZoneView), (status = "4XX", body = ProblemBody)))]
pub async fn create(
    State(api): State<Api>,
    Body(request): Body<ZoneRequest>,
) -> Result<(StatusCode, Json<ZoneView>), Problem> {
    let zone = api.conductor.create_zone(&name(&request.name)?).await?;
    Ok((StatusCode::CREATED, Json(view_of(&api, &api.conductor.zone(zone)?))))
}
