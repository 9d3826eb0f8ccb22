//! How the coordinator is: `/api/health`, `/api/openapi.json`.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Api,
    describe::{OPENAPI, ToSchema, call},
    json::Json,
};

/// The state of the coordinator.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthView {
    /// `healthy`.
    #[schema(schema_with = statuses)]
    pub status: String,
    /// Its version.
    pub version: String,
    /// Seconds since it started.
    pub uptime: i64,
    /// The time of its start, milliseconds since 1970: another after a restart or a restore.
    pub started_at: i64,
    /// Wall time, milliseconds since 1970.
    pub timestamp: i64,
    /// Now, microseconds of server time.
    pub server_time: i64,
    /// Names the clock; another after a restart.
    pub clock_id: Uuid,
    /// Speakers that are connected.
    pub clients: usize,
    /// Tracks in the library, playable or not.
    pub tracks: usize,
    /// The scan of the music folders.
    pub scan: ScanView,
}

#[cfg(test)]
fn statuses() -> utoipa::openapi::schema::Object {
    super::describe::one_of("The state of the coordinator.", ["healthy"])
}

/// A scan of the music folders.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanView {
    /// True if one is under way; else this is the last one.
    pub running: bool,
    /// Files that may be music.
    pub found: u64,
    /// Of these, looked at.
    pub done: u64,
    /// Of these, those that cannot be played.
    pub failed: u64,
    /// The end of the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<DateTime<Utc>>,
    /// A fault of the machine: results could not be saved, or files could not be looked at. It says what to do.
    pub fault: Option<String>,
}

/// The state of the coordinator.
#[call(get, path = "/api/health", right = public, in_clear = true, operation_id = "get_health",
    tag = "health", responses((status = 200, body = HealthView)))]
pub async fn health(State(api): State<Api>) -> Json<HealthView> {
    let now = Utc::now();
    Json(HealthView {
        status: "healthy".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        uptime: (now - api.started).num_seconds(),
        started_at: api.started.timestamp_millis(),
        timestamp: now.timestamp_millis(),
        server_time: api.conductor.clock().now().0,
        clock_id: api.conductor.clock().id().0,
        clients: api.conductor.fleet().connected(),
        tracks: api.conductor.library().catalog().len(),
        scan: scan_view(&api),
    })
}

/// The scan as it is answered.
pub fn scan_view(api: &Api) -> ScanView {
    let scan = api.conductor.library().status();
    ScanView {
        running: scan.running,
        found: scan.found,
        done: scan.done,
        failed: scan.failed,
        finished_at: scan.finished_at,
        fault: scan.fault,
    }
}

/// This description.
#[call(get, path = "/api/openapi.json", right = public, in_clear = true, operation_id = "get_description",
    tag = "health", responses((status = 200, body = serde_json::Value, content_type = "application/json")))]
pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
