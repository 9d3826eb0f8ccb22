//! `/api/backup` and `/api/restore`: everything that people set, as one file.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::BytesMut;
use chrono::Utc;
use futures_util::{Stream, StreamExt as _, stream};
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

use super::{
    Api,
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    streamed,
    whole_body::stalled,
};
use crate::backup::{Contents, Restore, RestoreError};
use downbeat_store::{StoreError, ZoneError};

/// A client that takes or sends nothing of a backup for this long has given it up.
const STALLED: Duration = Duration::from_secs(60);
/// The largest backup that is taken, bytes: that of the largest library with the longest history is a third of it.
const LARGEST: u64 = 4 << 30;
/// Room that a restore leaves on the disk, bytes: the coordinator goes on writing meanwhile.
const LEFT_FREE: u64 = 256 << 20;
/// The free room is asked for after this many bytes.
const LOOK_AFTER: u64 = 8 << 20;
/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

/// The outcome of a restore.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReply {
    /// Always true.
    pub success: bool,
    /// The contents of the backup.
    pub restored: Contents,
    /// The folder, on the coordinator's machine, that keeps what was there before.
    pub before: String,
}

/// A backup of everything that people set and of what is known of the music, as of now: an SQLite file. One at a time
/// (409 `backup_under_way`); a client that reads nothing for a minute is hung up on.
#[call(post, path = "/api/backup", right = backup, tag = "health",
    responses((status = 200, content_type = "application/vnd.sqlite3"),
              (status = 409, body = ProblemBody, description = "`backup_under_way`")))]
pub async fn backup(State(api): State<Api>) -> Result<Response, Problem> {
    let alone = api.backups.clone().try_acquire_owned().map_err(|_| {
        let detail = "another backup is being made or sent; ask again when it has ended";
        Problem::new(StatusCode::CONFLICT, "backup_under_way", detail)
    })?;
    let store = api.conductor.store().clone();
    let folder = store.path().parent().map(PathBuf::from).unwrap_or_default();
    let file = folder.join(crate::backup::temporary_name());
    let copied = store.backup(&file).await;
    let opened = tokio::fs::File::open(&file).await;
    // it lives as long as it is read, and vanishes with its reader, whatever happens
    let _ = tokio::fs::remove_file(&file).await;
    copied?;
    let opened = opened.map_err(|e| failed(&file, &e))?;
    let length = opened.metadata().await.map_err(|e| failed(&file, &e))?.len();
    let mut response = Body::from_stream(sent(opened, alone)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.sqlite3"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    streamed::at_once(headers);
    let name = format!("attachment; filename=\"downbeat-{}.backup\"", Utc::now().format("%Y-%m-%d-%H%M%S"));
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The file's bytes. The permit is given back when they are sent, or the client is gone, or takes nothing any more.
fn sent(mut file: tokio::fs::File, alone: OwnedSemaphorePermit) -> impl Stream<Item = std::io::Result<Bytes>> + use<> {
    let (chunks, sent) = mpsc::channel(1);
    tokio::spawn(async move {
        let _alone = alone;
        loop {
            let mut chunk = BytesMut::with_capacity(CHUNK);
            let read = match file.read_buf(&mut chunk).await {
                Ok(0) => break,
                Ok(_) => Ok(chunk.freeze()),
                Err(error) => Err(error),
            };
            let broken = read.is_err();
            if !matches!(timeout(STALLED, chunks.send(read)).await, Ok(Ok(()))) || broken {
                break;
            }
        }
    });
    stream::unfold(sent, async |mut sent| sent.recv().await.map(|chunk| (chunk, sent)))
}

/// Put a backup in the place of what is set now. What was there is kept in a folder. Zones hold where the backup says;
/// the coordinator starts anew right after the answer, within a second or two. At most 4 GiB are taken (413), and only
/// a database of the coordinator's own form: nothing in it is run.
#[call(post, path = "/api/restore", right = restore, tag = "health",
    request_body(content_type = "application/vnd.sqlite3", description = "The file that /api/backup answered"),
    responses((status = 200, body = RestoreReply),
              (status = 409, body = ProblemBody, description = "`restore_under_way`"),
              (status = 413, body = ProblemBody, description = "`too_large`"),
              (status = 422, body = ProblemBody, description = "`not_a_backup`, `invalid_field`"),
              (status = 507, body = ProblemBody, description = "`disk_full`")))]
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

async fn receive(body: Body, to: &Path) -> Result<(), Problem> {
    let mut file = tokio::fs::File::create_new(to).await.map_err(|e| failed(to, &e))?;
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut looked) = (0, None);
    loop {
        let chunk = timeout(STALLED, chunks.next()).await;
        let chunk = match chunk.map_err(|_| Problem::field("body", "nothing of it came for a minute"))? {
            Some(Ok(chunk)) => chunk,
            Some(Err(e)) => {
                let ended = || Problem::field("body", format!("it ended early: {e}"));
                return Err(stalled(&e).unwrap_or_else(ended));
            }
            None => break,
        };
        bytes += chunk.len() as u64;
        if bytes > LARGEST {
            let detail = format!("a backup has at most {LARGEST} bytes; this one is longer");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
        }
        if looked.is_none_or(|at| bytes - at > LOOK_AFTER) {
            looked = Some(bytes);
            leave_room(to)?;
        }
        file.write_all(&chunk).await.map_err(|e| failed(to, &e))?;
    }
    file.sync_all().await.map_err(|e| failed(to, &e))
}

/// Refuses to fill the disk that holds the database.
fn leave_room(file: &Path) -> Result<(), Problem> {
    let free = downbeat_host::files::free_bytes(file).map_err(|e| failed(file, &e))?;
    if free < LEFT_FREE {
        let detail = format!(
            "the disk that holds {} has {} MB free; a restore leaves {} MB free. Make room, then send it again",
            file.display(),
            free >> 20,
            LEFT_FREE >> 20
        );
        return Err(Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail));
    }
    Ok(())
}

fn failed(path: &Path, error: &std::io::Error) -> Problem {
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
            RestoreError::Zone(ZoneError::NameTaken(_) | ZoneError::Default) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_a_backup", detail)
            }
            RestoreError::Store(error) | RestoreError::Zone(ZoneError::Store(error)) => match error {
                StoreError::Full { .. } => error.into(),
                // of the file that was sent, which lies in a folder of its own
                _ => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_a_backup", detail),
            },
        }
    }
}
