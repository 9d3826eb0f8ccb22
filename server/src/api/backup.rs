//! `/api/backup` and `/api/restore`: everything that people set, as one file.

use std::path::PathBuf;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::Utc;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::{
    Api,
    problem::{Problem, ProblemBody},
};
use crate::backup::{Contents, Restore, RestoreError};

/// What was restored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReply {
    /// Always true.
    pub success: bool,
    /// What is in it.
    pub restored: Contents,
    /// The folder, on the coordinator's machine, that keeps what was there before.
    pub before: String,
}

/// A backup of everything that people set and of what is known of the music, as of now: an SQLite file.
#[utoipa::path(get, path = "/api/backup", tag = "health",
    responses((status = 200, content_type = "application/vnd.sqlite3"), (status = "4XX", body = ProblemBody)))]
pub async fn backup(State(api): State<Api>) -> Result<Response, Problem> {
    let store = api.conductor.store().clone();
    let folder = store.path().parent().map(PathBuf::from).unwrap_or_default();
    let file = folder.join(crate::backup::temporary_name());
    let to = file.clone();
    // In a task of its own: whoever hangs up meanwhile must not leave a copy of everything behind, and the database goes
    // on with writing it in any case.
    let copy = async move {
        let copied = store.backup(&to).await;
        let opened = tokio::fs::File::open(&to).await;
        // it lives as long as it is read, and vanishes with its reader, whatever happens
        let _ = tokio::fs::remove_file(&to).await;
        copied?;
        opened.map_err(|e| failed(&to, &e))
    };
    let broken = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "it broke off");
    let opened = api.gateway.connections.spawn(copy).await.map_err(broken)??;
    let length = opened.metadata().await.map_err(|e| failed(&file, &e))?.len();
    let mut response = Body::from_stream(ReaderStream::with_capacity(opened, 256 * 1024)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.sqlite3"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"downbeat-{}.backup\"", Utc::now().format("%Y-%m-%d-%H%M%S"));
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Put a backup in the place of what is set now. What was there is kept in a folder. Zones hold where the backup says;
/// the coordinator starts anew right after the answer, within a second or two.
#[utoipa::path(post, path = "/api/restore", tag = "health",
    request_body(content_type = "application/vnd.sqlite3", description = "The file that /api/backup answered"),
    responses((status = 200, body = RestoreReply), (status = "4XX", body = ProblemBody)))]
pub async fn restore(State(api): State<Api>, request: Request) -> Result<Json<RestoreReply>, Problem> {
    let store = api.conductor.store();
    let data = store.path().parent().map(PathBuf::from).unwrap_or_default();
    let restore = Restore::begin(&data)?;
    receive(request.into_body(), &restore.file()).await?;
    let restored = restore.stage(store).await?;
    tracing::info!(?restored, "a backup is restored; starting anew");
    api.start_anew.notify_one();
    let before = data.join(crate::backup::ASIDE).display().to_string();
    Ok(Json(RestoreReply { success: true, restored, before }))
}

async fn receive(body: Body, to: &PathBuf) -> Result<(), Problem> {
    let mut file = tokio::fs::File::create_new(to).await.map_err(|e| failed(to, &e))?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|e| Problem::field("body", format!("it ended early: {e}")))?;
        file.write_all(&chunk).await.map_err(|e| failed(to, &e))?;
    }
    file.sync_all().await.map_err(|e| failed(to, &e))
}

fn failed(path: &std::path::Path, error: &std::io::Error) -> Problem {
    let detail = format!("{}: {error}", path.display());
    match error.kind() {
        std::io::ErrorKind::StorageFull => Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail),
        _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "storage_failed", detail),
    }
}

impl From<RestoreError> for Problem {
    fn from(error: RestoreError) -> Self {
        let detail = error.to_string();
        match error {
            RestoreError::Busy => Self::new(StatusCode::CONFLICT, "restore_under_way", detail),
            RestoreError::NotABackup(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_a_backup", detail),
            RestoreError::Io { path, source } => failed(&path, &source),
            RestoreError::Store(error) => match error {
                downbeat_store::StoreError::Full { .. } => error.into(),
                // of the file that was sent, which lies in a folder of its own
                _ => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_a_backup", detail),
            },
        }
    }
}
