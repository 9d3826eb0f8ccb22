//! What helps people to trim a zone: how far apart its speakers are, and the metronome.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{
    Api,
    body::{Body, InPath},
    describe::{ToSchema, call},
    json::Json,
    playback::zone_named,
    problem::{Problem, ProblemBody},
};
use downbeat_zone::{
    metronome::{INTERVAL_US, Ticking},
    sync::Sync,
};

/// How far apart the agents of a zone are, microseconds, as their reports of the last seconds say; null where fewer than
/// two play. What a browser says of itself does not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncView {
    /// The latest minus the earliest.
    pub spread_us: Option<f64>,
    /// What 95 % of the last five minutes, read once a second, did not exceed.
    pub p95_us: Option<f64>,
    /// The greatest of the last five minutes.
    pub max_us: Option<f64>,
    /// By how much the true spread may exceed `spreadUs`, for all that is known of clocks.
    pub bound_us: Option<f64>,
    /// How many speakers this is of.
    pub speakers: usize,
}

impl From<Sync> for SyncView {
    fn from(s: Sync) -> Self {
        let Sync { spread_us, bound_us, p95_us, max_us, speakers } = s;
        Self { spread_us, p95_us, max_us, bound_us, speakers }
    }
}

/// Switch the metronome on or off.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct MetronomeRequest {
    /// Whether to tick.
    on: bool,
}

/// The metronome of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetronomeView {
    /// Whether it ticks, or is about to.
    pub on: bool,
    /// The first tick, microseconds of server time; every fourth from there is louder.
    pub at: Option<i64>,
    /// From one tick to the next, microseconds.
    pub interval_us: u32,
    /// It ends by itself then, microseconds of server time.
    pub until: Option<i64>,
}

impl MetronomeView {
    /// As it is answered.
    pub fn of(ticking: Option<Ticking>) -> Self {
        Self {
            on: ticking.is_some(),
            at: ticking.map(|t| t.at.0),
            interval_us: INTERVAL_US,
            until: ticking.map(|t| t.until.0),
        }
    }
}

/// Have every speaker of a zone tick in the same instants, once a second, over whatever plays: for trimming output
/// delays by ear. It ends by itself after ten minutes; switched on again it goes on for as long.
#[call(post, path = "/api/zones/{zone}/metronome", tag = "zones", request_body = MetronomeRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = MetronomeView), (status = "4XX", body = ProblemBody)))]
pub async fn metronome(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<MetronomeRequest>,
) -> Result<Json<MetronomeView>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    Ok(Json(MetronomeView::of(api.conductor.set_metronome(zone, request.on)?)))
}
