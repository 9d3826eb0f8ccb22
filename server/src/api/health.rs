//! How the coordinator is: `/api/health`, `/api/openapi.json`.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;

/// How the coordinator is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthView {
    /// `healthy`.
    pub status: String,
    /// Its version.
    pub version: String,
    /// Seconds since it started.
    pub uptime: i64,
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
    /// How far the scan of the music folders is.
    #[schema(value_type = Object)]
    pub scan: serde_json::Value,
}

/// How the coordinator is.
#[utoipa::path(get, path = "/api/health", tag = "health", responses((status = 200, body = HealthView)))]
pub async fn health(State(api): State<Api>) -> Json<HealthView> {
    let now = Utc::now();
    Json(HealthView {
        status: "healthy".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        uptime: (now - api.started).num_seconds(),
        timestamp: now.timestamp_millis(),
        server_time: api.conductor.clock().now().0,
        clock_id: api.conductor.clock().id().0,
        clients: api.conductor.fleet().connected(),
        tracks: api.conductor.library().catalog().list().len(),
        scan: serde_json::to_value(api.conductor.library().status()).unwrap_or_default(),
    })
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "health", responses((status = 200)))]
pub async fn openapi(State(api): State<Api>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], api.openapi.to_string()).into_response()
}
