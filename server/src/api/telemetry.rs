//! Helps for people who trim a zone: how far apart its speakers are, and the metronome.

use axum::extract::State;
use serde::Deserialize;

use super::{
    Api,
    body::{Body, InPath},
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    sync_view::MetronomeView,
    zone_param::zone_named,
};

/// Switch the metronome on or off.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct MetronomeRequest {
    /// True to tick.
    on: bool,
}

/// Have every speaker of a zone tick in the same instants, once a second, over whatever plays: for trimming output
/// delays by ear. It ends by itself after ten minutes; switched on again it goes on for as long.
#[call(post, path = "/api/zones/{zone}/metronome", right = arrange, about = target, operation_id = "set_metronome",
    tag = "zones", request_body = MetronomeRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = MetronomeView),
              (status = 429, body = ProblemBody, description = "`too_often`")))]
pub async fn metronome(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<MetronomeRequest>,
) -> Result<Json<MetronomeView>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    Ok(Json(MetronomeView::of(api.conductor.set_metronome(zone, request.on)?)))
}
