//! `/api/backup` and `/api/restore`: everything that people set, as one file.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use axum::{
    body::{Body as Content, Bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::Utc;
use futures_util::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

use super::{
    Api,
    body::Body,
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    received::Received,
    streamed,
    whole_body::stalled,
};
use crate::{
    backup::{Contents, Restore, RestoreError},
    doctor::kept,
    restore_preview::Changes,
};
use downbeat_store::{Store, StoreError, ZoneError};
use downbeat_trust::{
    admission::Secrecy,
    sealed::{PIECE, Passphrase, Sealing},
};

/// A client that takes or sends nothing of a backup for this long has given it up.
const STALLED: Duration = Duration::from_mins(1);
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

/// The outcome that a restore would have.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestorePreview {
    /// The contents of the backup, as they would be afterwards.
    pub restored: Contents,
    /// The present state against that one.
    pub changes: Changes,
}

/// A backup that is to be. It does not print itself.
#[derive(Default, Deserialize, ToSchema)]
pub struct BackupRequest {
    /// The passphrase that closes it, 10 to 1024 characters. With one it holds the CA's keys, and is in the format of
    /// age; without one it leaves them out.
    #[serde(default)]
    passphrase: Option<String>,
}

/// A backup of everything that people set and of what is known of the music, as of now, without sessions and join
/// tokens: an SQLite file. With a passphrase it holds the CA's keys, too, and is encrypted in the format of age
/// (`age -d` opens it): on another machine, adopted speakers go on by it. Without one the keys are left out. One at a
/// time (409
/// `backup_under_way`); a client that reads nothing for a minute is hung up on.
#[call(post, path = "/api/backup", right = backup, tag = "health", request_body = BackupRequest,
    responses((status = 200, content((String = "application/vnd.sqlite3"), (String = "application/age"))),
              (status = 409, body = ProblemBody, description = "`backup_under_way`")))]
pub async fn backup(State(api): State<Api>, Body(request): Body<BackupRequest>) -> Result<Response, Problem> {
    if request.passphrase.is_some() {
        api.may_be_secret(Secrecy::Token)?;
    }
    let passphrase = request.passphrase.map(Passphrase::new).transpose()?;
    let alone = api.backups.clone().try_acquire_owned().map_err(|_| {
        let detail = "another backup is being made or sent; ask again when it has ended";
        Problem::new(StatusCode::CONFLICT, "backup_under_way", detail)
    })?;
    let store = api.conductor.store().clone();
    let folder = store.path().parent().map(PathBuf::from).unwrap_or_default();
    let file = folder.join(crate::backup::temporary_name());
    let keys = passphrase.as_ref().map(|_| api.authority.keys());
    let copied = match store.backup(&file).await {
        Ok(()) => Store::complete_backup(&file, keys.as_deref()).await,
        failed => failed,
    };
    let opened = tokio::fs::File::open(&file).await;
    // it lives as long as it is read, and vanishes with its reader, whatever happens
    let _ = tokio::fs::remove_file(&file).await;
    copied?;
    let opened = opened.map_err(|e| failed(&file, &e))?;
    let length = opened.metadata().await.map_err(|e| failed(&file, &e))?.len();
    let sealing = match passphrase {
        // some tenths of a second
        Some(words) => Some(tokio::task::spawn_blocking(move || Sealing::begin(&words)).await.map_err(|_| gone())??),
        None => None,
    };
    let (kind, ending, sent_length) = match &sealing {
        Some((_, head)) => ("application/age", ".age", Sealing::length(head.len(), length)),
        None => ("application/vnd.sqlite3", "", length),
    };
    let mut response = Content::from_stream(sent(opened, length, sealing, alone, folder)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(sent_length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    streamed::at_once(headers);
    let name = format!("attachment; filename=\"downbeat-{}.backup{ending}\"", Utc::now().format("%Y-%m-%d-%H%M%S"));
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The file's bytes, closed if they are to be. The permit is given back when they are sent, or the client is gone, or
/// takes nothing any more.
fn sent(
    mut file: tokio::fs::File,
    length: u64,
    sealing: Option<(Sealing, Vec<u8>)>,
    alone: OwnedSemaphorePermit,
    data: PathBuf,
) -> impl Stream<Item = std::io::Result<Bytes>> + use<> {
    let (chunks, sent) = mpsc::channel(1);
    tokio::spawn(async move {
        let _alone = alone;
        let (mut sealing, head) = sealing.map_or((None, None), |(sealing, head)| (Some(sealing), Some(head)));
        if let Some(head) = head
            && !matches!(timeout(STALLED, chunks.send(Ok(head.into()))).await, Ok(Ok(())))
        {
            return;
        }
        let most = if sealing.is_some() { PIECE } else { CHUNK };
        let mut left = length;
        while left > 0 {
            let mut chunk = vec![0; usize::try_from(left).map_or(most, |left| left.min(most))];
            left -= chunk.len() as u64;
            let read = match (file.read_exact(&mut chunk).await, &mut sealing) {
                (Err(error), _) => Err(error),
                (Ok(_), None) => Ok(chunk.into()),
                (Ok(_), Some(sealing)) => {
                    sealing.piece(chunk, left == 0).map(Bytes::from).map_err(std::io::Error::other)
                }
            };
            let broken = read.is_err();
            if !matches!(timeout(STALLED, chunks.send(read)).await, Ok(Ok(()))) || broken {
                return;
            }
        }
        let _ = tokio::task::spawn_blocking(move || kept::note(&data)).await;
    });
    stream::unfold(sent, async |mut sent| sent.recv().await.map(|chunk| (chunk, sent)))
}

fn gone() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "storage_failed", "the backup could not be closed")
}

/// Put a backup in the place of what is set now. What was there is kept in a folder. Zones hold where the backup says;
/// the coordinator starts anew right after the answer, within a second or two. At most 4 GiB are taken (413), and only
/// a database of the coordinator's own form: nothing in it is run. Before one that a passphrase closes stands a line of
/// JSON with it, `{"passphrase": "..."}`; the CA's keys are taken of such a one alone, and with them the speakers that
/// were adopted go on.
#[call(post, path = "/api/restore", right = restore, tag = "health",
    request_body(content_type = "application/vnd.sqlite3", description = "The file that /api/backup answered"),
    responses((status = 200, body = RestoreReply),
              (status = 409, body = ProblemBody, description = "`restore_under_way`"),
              (status = 413, body = ProblemBody, description = "`too_large`"),
              (status = 422, body = ProblemBody, description = "`not_a_backup`, `passphrase_needed`, `wrong_passphrase`, \
                                                                `invalid_field`"),
              (status = 507, body = ProblemBody, description = "`disk_full`")))]
pub async fn restore(State(api): State<Api>, request: Request) -> Result<Json<RestoreReply>, Problem> {
    let store = api.conductor.store();
    let data = store.path().parent().map(PathBuf::from).unwrap_or_default();
    let restore = Restore::begin(&data)?;
    let sealed = receive(&api, request.into_body(), &restore.file()).await?;
    let restored = restore.stage(store, sealed).await?;
    tracing::info!(?restored, "a backup is restored; starting anew");
    api.start_anew.notify_one();
    let before = data.join(crate::backup::ASIDE).display().to_string();
    Ok(Json(RestoreReply { success: true, restored, before }))
}

/// Say what a restore of this backup would change: how many zones, speakers, playlists, users and keys there are now
/// and would be afterwards, and which would be lost. Nothing is restored. The body is that of a restore.
#[call(post, path = "/api/restore/preview", right = restore, operation_id = "preview_restore", tag = "health",
    request_body(content_type = "application/vnd.sqlite3", description = "The file that /api/backup answered"),
    responses((status = 200, body = RestorePreview),
              (status = 409, body = ProblemBody, description = "`restore_under_way`"),
              (status = 413, body = ProblemBody, description = "`too_large`"),
              (status = 422, body = ProblemBody, description = "`not_a_backup`, `passphrase_needed`, `wrong_passphrase`, \
                                                                `invalid_field`"),
              (status = 507, body = ProblemBody, description = "`disk_full`")))]
pub async fn preview(State(api): State<Api>, request: Request) -> Result<Json<RestorePreview>, Problem> {
    let store = api.conductor.store();
    let restore = Restore::begin(&store.path().parent().map(PathBuf::from).unwrap_or_default())?;
    let sealed = receive(&api, request.into_body(), &restore.file()).await?;
    let (restored, changes) = restore.preview(store, sealed).await?;
    Ok(Json(RestorePreview { restored, changes }))
}

/// Writes what comes to a file. Answers whether it was closed with a passphrase.
async fn receive(api: &Api, body: Content, to: &Path) -> Result<bool, Problem> {
    let mut received = Received::begin();
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
        if bytes == chunk.len() as u64 && chunk.starts_with(b"{") {
            api.may_be_secret(Secrecy::Token)?;
        }
        let clear = received.take(&chunk, false).await?;
        file.write_all(&clear).await.map_err(|e| failed(to, &e))?;
    }
    file.write_all(&received.take(&[], true).await?).await.map_err(|e| failed(to, &e))?;
    file.sync_all().await.map_err(|e| failed(to, &e))?;
    Ok(received.is_sealed())
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
            RestoreError::Authority(fault) => fault.into(),
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
