//! Music that people send in pieces, over connections that break: `/api/library/uploads`.
//!
//! The header fields are those of the IETF's draft of resumable uploads (`Upload-Offset`, `Upload-Complete`): a client
//! asks how much is there, and sends the rest. What was cut off within a piece is kept to the last byte that came.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath},
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    told::Told,
    uploads::{LARGEST, UploadedFile, blocking, leave_room, receive, taken, too_many},
};
use crate::halves::{Half, MOST, Pieces, TooMany};
use downbeat_library::upload::{Upload, Uploads};

/// How often those that are too old are looked for.
const LOOK: Duration = Duration::from_mins(1);
/// How long a piece waits for the one before to end.
const GIVE_WAY: Duration = Duration::from_secs(10);
const OFFSET: &str = "upload-offset";

/// A file that is to come in pieces.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PiecesRequest {
    /// The name, below the folder; folders in it are made: `Ella/Live/01 So.flac`. Its ending must be one of music.
    path: String,
    /// The music folder, or a folder within one; may be left out where there is one music folder.
    #[serde(default)]
    folder: Option<String>,
    /// Its bytes.
    #[schema(minimum = 1, maximum = 4_294_967_296_u64)]
    bytes: u64,
}

/// A file that comes in pieces.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PiecesView {
    /// Names it in paths.
    pub id: Uuid,
    /// The place that it will have, on the coordinator's machine.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// Those that are there: the next piece begins here.
    pub offset: u64,
    /// It is given up if nothing comes of it for this long, seconds.
    pub expires_in: u64,
    /// The file, if all of it is there and was taken; null: not yet.
    #[schema(value_type = Option<UploadedFile>)]
    pub file: Option<Value>,
}

/// The files that come in pieces.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PiecesList {
    /// The ones of which something came last first.
    pub uploads: Vec<PiecesView>,
}

fn view(id: Uuid, half: &Half, offset: u64, left: Duration) -> PiecesView {
    PiecesView {
        id,
        path: half.place.display().to_string(),
        bytes: half.length,
        offset,
        expires_in: left.as_secs(),
        file: half.done.lock().unwrap_or_else(PoisonError::into_inner).clone(),
    }
}

/// Begin a file that comes in pieces, for connections that may break: send them to its own path, and go on from its
/// offset after a cut. Half of it is hidden. At most 64 are under way; one is given up when nothing came of it for six
/// hours, or the coordinator starts anew.
#[call(post, path = "/api/library/uploads", right = library, operation_id = "begin_upload", tag = "library",
    request_body = PiecesRequest,
    responses((status = 201, body = PiecesView),
              (status = 409, body = ProblemBody, description = "`file_exists`, `folder_read_only`"),
              (status = 422, body = ProblemBody, description = "`not_music`"),
              (status = 500, body = ProblemBody, description = "`file_failed`"),
              (status = 503, body = ProblemBody, description = "`too_busy`")))]
pub async fn begin(
    State(api): State<Api>,
    Body(request): Body<PiecesRequest>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Json<PiecesView>), Problem> {
    let PiecesRequest { path, folder, bytes } = request;
    if !(1..=LARGEST).contains(&bytes) {
        return Err(Problem::field("bytes", format!("{bytes} is not within 1..={LARGEST}")));
    }
    let uploads = api.uploads.clone();
    let (place, ground) = blocking(move || {
        let place = uploads.place(folder.map(PathBuf::from).as_deref(), &path)?;
        let ground = Uploads::ground(&place).to_owned();
        Ok((place, ground))
    })
    .await?;
    // the others need their room, too
    leave_room(&ground, bytes.saturating_add(api.pieces.to_come()))?;
    let (uploads, at) = (api.uploads.clone(), place.clone());
    let upload = blocking(move || uploads.begin(at)).await?;
    let now = Instant::now();
    let id = api.pieces.add(now, Half::new(place, bytes, upload), bytes).map_err(|TooMany| {
        let detail = format!("{MOST} files are on their way in pieces; end one of them, or wait");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_busy", detail)
    })?;
    let (half, _) = api.pieces.get(id).ok_or_else(gone)?;
    let at = [(header::LOCATION, format!("/api/library/uploads/{id}"))];
    Ok((StatusCode::CREATED, at, Json(view(id, &half, 0, crate::halves::AGE))))
}

/// The files that come in pieces.
#[call(get, path = "/api/library/uploads", right = library, operation_id = "list_uploads", tag = "library",
    responses((status = 200, body = PiecesList)))]
pub async fn list(State(api): State<Api>) -> Json<PiecesList> {
    let all = api.pieces.all(Instant::now());
    Json(PiecesList { uploads: all.iter().map(|(id, half, came, left)| view(*id, half, *came, *left)).collect() })
}

/// Say how much of a file is there; also in the header `Upload-Offset`, as a HEAD answers it. A piece that is still
/// coming over another connection is ended by this: it is asked after a cut.
#[call(get, path = "/api/library/uploads/{id}", right = library, operation_id = "get_upload", tag = "library",
    params(("id" = Uuid, Path, description = "The upload's id")),
    responses((status = 200, body = PiecesView)))]
pub async fn get(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Response, Problem> {
    let (id, half) = found(&api, &id)?;
    half.next();
    // until what came of that piece is counted
    let _held = timeout(GIVE_WAY, half.upload.lock()).await.map_err(|_| under_way())?;
    let all = api.pieces.all(Instant::now());
    let (_, _, came, left) = all.into_iter().find(|(one, ..)| *one == id).ok_or_else(gone)?;
    let seen = view(id, &half, came, left);
    let complete = if seen.file.is_some() { "?1" } else { "?0" };
    let mut answer = Json(seen).into_response();
    let headers = answer.headers_mut();
    headers.insert(OFFSET, HeaderValue::from(came));
    headers.insert("upload-complete", HeaderValue::from_static(complete));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Send the next piece of a file: the bytes from `Upload-Offset` on, as many as the client likes. The last one is
/// answered with 201 when a decoder has found music in the whole and it has its name; those before with 204. What is
/// refused then is gone, and so is all of it when the disk is full.
#[call(patch, path = "/api/library/uploads/{id}", right = library, operation_id = "continue_upload", tag = "library",
    params(("id" = Uuid, Path, description = "The upload's id"),
           ("Upload-Offset" = u64, Header, description = "The place of the first byte; what the upload has already")),
    request_body(content_type = "application/octet-stream", description = "The bytes that follow"),
    responses((status = 201, body = UploadedFile), (status = 204),
              (status = 409, body = ProblemBody,
               description = "`offset_mismatch` (the header `Upload-Offset` says the right one), `upload_under_way`, \
                              `file_exists`, `folder_read_only`, `music_known`"),
              (status = 413, body = ProblemBody, description = "`too_large`"),
              (status = 422, body = ProblemBody, description = "`body_incomplete`, `not_music`, `invalid_field`"),
              (status = 500, body = ProblemBody, description = "`file_failed`"),
              (status = 503, body = ProblemBody, description = "`too_busy`")))]
pub async fn go_on(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let offset = headers.get(OFFSET).and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    let offset = offset.ok_or_else(|| Problem::field("Upload-Offset", "the header says where the piece begins"))?;
    let (id, half) = found(&api, &id)?;
    let stop = half.next();
    let mut held = timeout(GIVE_WAY, half.upload.lock()).await.map_err(|_| under_way())?;
    let done = half.done.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(file) = done.filter(|_| offset == half.length) {
        return Ok((StatusCode::CREATED, Json(file)).into_response());
    }
    let there = held.as_ref().map(Upload::bytes).ok_or_else(gone)?;
    if offset != there {
        let detail =
            format!("{there} bytes are there, and the piece begins at {offset}; send the rest from {there} on");
        let mut answer = Problem::new(StatusCode::CONFLICT, "offset_mismatch", detail).into_response();
        answer.headers_mut().insert(OFFSET, HeaderValue::from(there));
        return Ok(answer);
    }
    let _turn = api.uploading.try_acquire().map_err(|_| too_many())?;
    let upload = held.take().ok_or_else(gone)?;
    let received = piece(&half, upload, request, &stop).await;
    let upload = match received {
        Ok(upload) => upload,
        Err((Some(upload), problem)) => {
            api.pieces.touch(id, Instant::now(), upload.bytes());
            *held = Some(upload);
            return Err(problem);
        }
        Err((None, problem)) => {
            api.pieces.remove(id);
            return Err(problem);
        }
    };
    api.pieces.touch(id, Instant::now(), upload.bytes());
    if upload.bytes() < half.length {
        let there = HeaderValue::from(upload.bytes());
        *held = Some(upload);
        return Ok((StatusCode::NO_CONTENT, [(OFFSET, there)]).into_response());
    }
    match taken(&api, upload).await {
        Ok(file) => {
            // a type of ours is an object of what serde writes, always
            let said = serde_json::to_value(&file).unwrap_or_default();
            *half.done.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
            let told = Told { target: file.path.clone(), after: "uploaded".into(), ..Told::default() };
            Ok((StatusCode::CREATED, Extension(told), Json(file)).into_response())
        }
        Err(problem) => {
            api.pieces.remove(id);
            Err(problem)
        }
    }
}

/// Give up a file that comes in pieces; nothing of it is left. One that was taken stays.
#[call(delete, path = "/api/library/uploads/{id}", right = library, operation_id = "end_upload", tag = "library",
    params(("id" = Uuid, Path, description = "The upload's id")), responses((status = 204)))]
pub async fn end(State(api): State<Api>, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    let (id, half) = found(&api, &id)?;
    half.next();
    api.pieces.remove(id);
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the bytes of a piece; what came is there, also of one that breaks off.
async fn piece(
    half: &Half,
    upload: Upload,
    request: Request,
    stop: &CancellationToken,
) -> Result<Upload, (Option<Upload>, Problem)> {
    let ground = Uploads::ground(&half.place).to_owned();
    if let Err(problem) = leave_room(&ground, 0) {
        return Err((Some(upload), problem));
    }
    receive(request.into_body(), upload, &ground, half.length, stop).await
}

/// Gives up those that are too old, until the coordinator stops.
pub async fn sweep(pieces: Pieces, stopping: CancellationToken) {
    while timeout(LOOK, stopping.cancelled()).await.is_err() {
        let old = pieces.old(Instant::now());
        // a large file takes a moment to go
        let _ = tokio::task::spawn_blocking(move || drop(old)).await;
    }
}

fn found(api: &Api, id: &str) -> Result<(Uuid, Arc<Half>), Problem> {
    let id = id.parse().map_err(|_| gone())?;
    let (half, _) = api.pieces.get(id).ok_or_else(gone)?;
    Ok((id, half))
}

fn gone() -> Problem {
    let detail = "there is no such upload: it was given up, it ended, or the coordinator started anew; begin it again";
    Problem::new(StatusCode::NOT_FOUND, "upload_not_found", detail)
}

fn under_way() -> Problem {
    let detail = "another piece of it is being written; ask again in a moment";
    Problem::new(StatusCode::CONFLICT, "upload_under_way", detail)
}
