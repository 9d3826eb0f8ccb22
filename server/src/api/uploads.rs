//! Music that people send: `PUT /api/library/files`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{StatusCode, header},
};
use downbeat_protocol::TrackId;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Api,
    body::Params,
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    told::Told,
    tracks::TrackView,
    whole_body::stalled,
};
use downbeat_library::{
    TrackRow,
    upload::{Upload, UploadError, Uploads},
};

/// The largest file that is taken, bytes: eleven hours in the quality of a CD, an hour of the finest.
pub(super) const LARGEST: u64 = 4 << 30;
/// Room that is left on the disk, bytes.
const LEFT_FREE: u64 = 256 << 20;
/// The free room is asked for after this many bytes.
const LOOK_AFTER: u64 = 8 << 20;
/// So many bytes are written at once.
const WRITTEN_AT_ONCE: usize = 1 << 20;
/// A client that sends nothing for this long has given it up.
const STALLED: Duration = Duration::from_mins(1);
/// The time that the answer waits for the library to have read the file.
const READ: Duration = Duration::from_secs(5);
/// So many files come at a time.
pub const AT_A_TIME: usize = 4;

/// The place of a new file.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The name, below the folder; folders in it are made: `Ella/Live/01 So.flac`. Its ending must be one of music.
    /// Signs that some disk does not take become `_`.
    #[param(required = true)]
    path: String,
    /// The music folder, or a folder within one; may be left out where there is one music folder.
    #[param(value_type = Option<String>)]
    folder: Option<PathBuf>,
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UploadedFile {
    /// Its path on the coordinator's machine.
    pub path: String,
    /// The track; null: the library has not read it yet.
    pub track: Option<TrackView>,
    /// A fault that it has though it plays, for people.
    pub warning: Option<String>,
}

/// Take a file into the music: its bytes are the body. It is hidden until all of it is there and a decoder has found
/// music in it; then it gets its name, and is a track. No file is ever overwritten, and music that is there already, to
/// the bit, is not taken again. At most 4 GiB, and four at a time; 256 MB stay free on the disk.
#[call(put, path = "/api/library/files", right = library, operation_id = "upload_file", tag = "library",
    params(UploadQuery),
    request_body(content_type = "application/octet-stream", description = "The bytes of the file"),
    responses((status = 201, body = UploadedFile),
              (status = 409, body = ProblemBody, description = "`file_exists`, `folder_read_only`, `music_known`"),
              (status = 413, body = ProblemBody, description = "`too_large`"),
              (status = 422, body = ProblemBody, description = "`body_incomplete`, `not_music`"),
              (status = 500, body = ProblemBody, description = "`file_failed`"),
              (status = 503, body = ProblemBody, description = "`too_busy`")))]
pub async fn upload(
    State(api): State<Api>,
    Params(query): Params<UploadQuery>,
    request: Request,
) -> Result<(StatusCode, Extension<Told>, Json<UploadedFile>), Problem> {
    let _turn = api.uploading.try_acquire().map_err(|_| too_many())?;
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    let uploads = api.uploads.clone();
    let UploadQuery { path, folder } = query;
    let upload = blocking(move || {
        let place = uploads.place(folder.as_deref(), &path)?;
        Ok((Uploads::ground(&place).to_owned(), place))
    });
    let (ground, place) = upload.await?;
    if length.is_some_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    leave_room(&ground, length.unwrap_or(0).saturating_add(api.pieces.to_come()))?;
    let (uploads, at) = (api.uploads.clone(), place.clone());
    let upload = blocking(move || uploads.begin(at)).await?;
    let never = CancellationToken::new();
    let upload = receive(request.into_body(), upload, &ground, LARGEST, &never).await;
    let reply = taken(&api, upload.map_err(|(_, problem)| problem)?).await?;
    let told = Told { target: reply.path.clone(), after: "uploaded".into(), ..Told::default() };
    Ok((StatusCode::CREATED, Extension(told), Json(reply)))
}

/// Takes a file that is there as a whole into the music, if it is music that is not there already.
pub(super) async fn taken(api: &Api, upload: Upload) -> Result<UploadedFile, Problem> {
    let (upload, warning) = blocking(move || upload.look().map(|warning| (upload, warning))).await?;
    // one after the other, so that the same music does not come twice at once
    let _alone = api.edits.lock().await;
    if let Some(known) = known(api, upload.bytes(), &upload.hash()).await {
        let detail = format!("this music is there already: {}", known.path.display());
        return Err(Problem::new(StatusCode::CONFLICT, "music_known", detail));
    }
    let place = blocking(move || upload.finish()).await?;
    let track = read(api, &place).await;
    let path = place.display().to_string();
    Ok(UploadedFile { path, track: track.map(|track| TrackView::of(&api.store, &track)), warning })
}

/// Writes what comes, until `most` bytes are there. What came before it broke off is written, too, and the file handed
/// back with the problem, unless it was the disk's.
pub(super) async fn receive(
    body: Body,
    mut upload: Upload,
    ground: &Path,
    most: u64,
    stop: &CancellationToken,
) -> Result<Upload, (Option<Upload>, Problem)> {
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut looked) = (upload.bytes(), upload.bytes());
    let mut held: Vec<Bytes> = Vec::new();
    let mut size = 0;
    loop {
        let chunk = tokio::select! {
            () = stop.cancelled() => Err(incomplete("another connection goes on with it")),
            chunk = timeout(STALLED, chunks.next()) => match chunk {
                Err(_) => Err(incomplete("nothing of it came for a minute")),
                Ok(Some(Err(e))) => Err(stalled(&e).unwrap_or_else(|| incomplete(&format!("it ended early: {e}")))),
                Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
                Ok(None) => Ok(None),
            },
        };
        let (ended, mut problem) = match chunk {
            Ok(Some(chunk)) => {
                bytes += chunk.len() as u64;
                if bytes > most {
                    return Err((None, too_large()));
                }
                size += chunk.len();
                held.push(chunk);
                (false, None)
            }
            Ok(None) => (true, None),
            Err(problem) => (true, Some(problem)),
        };
        if bytes - looked > LOOK_AFTER {
            looked = bytes;
            problem = problem.or(leave_room(ground, 0).err());
        }
        if size >= WRITTEN_AT_ONCE || ((ended || problem.is_some()) && size > 0) {
            let part = std::mem::take(&mut held);
            size = 0;
            let written = blocking(move || part.iter().try_for_each(|part| upload.write(part)).map(|()| upload)).await;
            upload = written.map_err(|problem| (None, problem))?;
        }
        match problem {
            Some(problem) => return Err((Some(upload), problem)),
            None if ended => return Ok(upload),
            None => {}
        }
    }
}

/// A track of these bytes whose file is there. Those of the same length that have no hash yet get it first.
async fn known(api: &Api, bytes: u64, hash: &str) -> Option<Arc<TrackRow>> {
    let library = api.conductor.library();
    let alike = |track: &TrackRow| track.available && track.file_bytes() == bytes;
    let unhashed: Vec<TrackId> =
        library.catalog().all().iter().filter(|t| alike(t) && t.hash.is_empty()).map(|t| t.id).collect();
    if !unhashed.is_empty() {
        library.find_hashes(&unhashed).await;
    }
    let known = library.catalog().with_hash(hash).into_iter().find(|t| t.available);
    // Of a file that was converted, the hash is that of what was made.
    known.or_else(|| library.catalog().all().into_iter().find(|t| alike(t) && t.file_hash() == hash))
}

/// Waits until the library has read the file. Should that take long, it is read later.
async fn read(api: &Api, path: &Path) -> Option<Arc<TrackRow>> {
    let library = api.conductor.library();
    let waiting = async {
        loop {
            library.suspect(path);
            sleep(Duration::from_millis(20)).await;
            if let Some(track) = library.catalog().at_path(path).filter(|track| track.available) {
                return track;
            }
        }
    };
    let track = timeout(READ, waiting).await.ok();
    if let Err(error) = library.settle().await {
        tracing::warn!(%error, "lists do not show a new file yet");
    }
    track
}

/// Refuses to fill the disk that holds the music.
pub(super) fn leave_room(ground: &Path, bytes: u64) -> Result<(), Problem> {
    // a disk that does not say is filled until it is full
    let Ok(free) = downbeat_host::files::free_bytes(ground) else { return Ok(()) };
    if free >= bytes.saturating_add(LEFT_FREE) {
        return Ok(());
    }
    let detail = format!(
        "the disk that holds {} has {} MB free, the file needs {}, and {} MB are left free. Make room, then send it \
         again",
        ground.display(),
        free >> 20,
        bytes >> 20,
        LEFT_FREE >> 20
    );
    Err(Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail))
}

pub(super) fn too_many() -> Problem {
    let detail = format!("{AT_A_TIME} files are on their way already; send it when one of them has ended");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_busy", detail)
}

pub(super) fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("a file has at most {LARGEST} bytes"))
}

fn incomplete(why: &str) -> Problem {
    let detail = format!("the file did not come whole: {why}. Send it again");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "body_incomplete", detail)
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    let broke = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "file_failed", "the file could not be written");
    done.map_err(|_| broke())?.map_err(Problem::from)
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let detail = error.to_string();
        let (status, code) = match error {
            UploadError::Folder(_) => return Self::field("folder", detail),
            UploadError::Name(_) => return Self::field("path", detail),
            UploadError::NotMusic(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not_music"),
            UploadError::Taken(_) => (StatusCode::CONFLICT, "file_exists"),
            UploadError::Full(_) => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
            UploadError::ReadOnly { .. } => (StatusCode::CONFLICT, "folder_read_only"),
            UploadError::Other { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "file_failed"),
        };
        Self::new(status, code, detail)
    }
}
