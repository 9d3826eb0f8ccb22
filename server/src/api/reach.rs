//! How the coordinator sees the one that asks: `/api/reach`.

use axum::extract::State;
use downbeat_trust::rights::Caller;
use serde::Serialize;

use super::{
    Api,
    describe::{ToSchema, call},
    json::Json,
    problem::Problem,
};

/// The one that asks, as the coordinator sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Reach)]
#[serde(rename_all = "camelCase")]
pub struct ReachView {
    /// The address that the request came from, as the coordinator sees it.
    pub address: String,
    /// True if the request was encrypted.
    pub encrypted: bool,
    /// Now, microseconds of server time.
    pub server_time: i64,
    /// The speaker whose key the request showed; null: it showed none, or of nobody that is known.
    pub speaker: Option<ReachedSpeaker>,
}

/// A speaker as the coordinator hears it, told to that speaker alone. All but `connected` is null until it reported.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReachedSpeaker {
    /// True if it is connected now.
    pub connected: bool,
    /// The age of its last report, milliseconds.
    pub report_age_ms: Option<i64>,
    /// The least round trip of its exchange of time, as it said, microseconds.
    pub round_trip_us: Option<f64>,
    /// The distance above that at which exchanges usually lie, microseconds.
    pub jitter_us: Option<f64>,
    /// The share of exchanges of late that were not answered, 0..=1.
    pub probes_lost: Option<f64>,
    /// The bound of the error of its place in the music, microseconds.
    pub error_bound_us: Option<f64>,
}

/// Tell the one that asks how the coordinator sees it: from which address, and if it is a speaker that shows its key,
/// how well it is heard. For a look from the other end of a connection that does not work.
#[call(get, path = "/api/reach", right = public, in_clear = true, operation_id = "get_reach", tag = "health",
    responses((status = 200, body = ReachView)))]
pub async fn reach(State(api): State<Api>) -> Result<Json<ReachView>, Problem> {
    let source = api.asked()?.admitted().source;
    let id = if let Caller::Speaker { id, .. } = api.caller() { *id } else { None };
    let now = api.conductor.clock().now();
    let speaker = id.and_then(|id| api.conductor.fleet().get(id)).map(|speaker| {
        let said = speaker.reports.position.as_ref();
        let told = said.map(|(_, position)| position);
        ReachedSpeaker {
            connected: speaker.connection.is_some(),
            report_age_ms: said.map(|(at, _)| now.micros_since(*at) / 1_000),
            round_trip_us: told.and_then(|p| p.round_trip_us),
            jitter_us: told.and_then(|p| p.jitter_us),
            probes_lost: told.and_then(|p| p.probes_lost),
            error_bound_us: told.and_then(|p| p.error_bound_us),
        }
    });
    Ok(Json(ReachView {
        address: source.address.to_string(),
        encrypted: source.channel.encrypted,
        server_time: now.0,
        speaker,
    }))
}
