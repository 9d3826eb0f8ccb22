//! Changes of the files themselves: `PATCH` and `DELETE /api/tracks/{id}`.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::{extract::State, http::StatusCode};
use downbeat_protocol::TrackId;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, MAX_TEXT_CHARS},
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    tracks::TrackView,
};
use downbeat_library::edit::{self as files, EditError, Edited, TagEdit};
use downbeat_store::TrackRow;

/// The most values of one tag.
const MAX_VALUES: usize = 32;
/// The time that the answer waits for the library to have read the file again.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// A change of a track's tags. Fields that are left out stay; an empty text or list or a 0 removes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(min_properties = 1)]
pub struct TrackEdit {
    /// The title.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub title: Option<String>,
    /// The artist; the same as `artists` with one name.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub artist: Option<String>,
    /// The artists.
    #[schema(max_items = 32)]
    pub artists: Option<Vec<String>>,
    /// The album.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub album: Option<String>,
    /// The album's artist; the same as `albumArtists` with one name.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub album_artist: Option<String>,
    /// The album's artists.
    #[schema(max_items = 32)]
    pub album_artists: Option<Vec<String>>,
    /// The genre; the same as `genres` with one name.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub genre: Option<String>,
    /// The genres.
    #[schema(max_items = 32)]
    pub genres: Option<Vec<String>>,
    /// The composer.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub composer: Option<String>,
    /// The year of publication, up to 9999.
    #[schema(maximum = 9999)]
    pub year: Option<u16>,
    /// The number on the disc.
    #[schema(maximum = 9999)]
    pub track_no: Option<u32>,
    /// The number of the disc.
    #[schema(maximum = 9999)]
    pub disc_no: Option<u32>,
}

impl TrackEdit {
    fn read(self) -> Result<TagEdit, Problem> {
        let text = |field: &str, text: Option<String>| match text {
            Some(t) if t.chars().count() > MAX_TEXT_CHARS || t.chars().any(char::is_control) => {
                Err(Problem::field(field, format!("a text has at most {MAX_TEXT_CHARS} characters on one line")))
            }
            text => Ok(text.map(|t| t.trim().to_owned())),
        };
        let list = |field: &str, list: Option<Vec<String>>, one: Option<String>, single: &str| {
            if list.is_some() && one.is_some() {
                return Err(Problem::field(field, format!("name either {single} or {field}")));
            }
            let named = if one.is_some() { single } else { field };
            let Some(list) = list.or(one.map(|one| vec![one])) else { return Ok(None) };
            if list.len() > MAX_VALUES {
                return Err(Problem::field(field, format!("{} values are more than {MAX_VALUES}", list.len())));
            }
            let list: Result<Vec<_>, _> = list.into_iter().map(|t| text(named, Some(t))).collect();
            Ok(Some(list?.into_iter().flatten().filter(|t| !t.is_empty()).collect::<Vec<_>>()))
        };
        let number = |field: &str, number: Option<u32>, most: u32| match number {
            Some(n) if n > most => Err(Problem::field(field, format!("{n} is more than {most}"))),
            number => Ok(number),
        };
        Ok(TagEdit {
            title: text("title", self.title)?,
            artists: list("artists", self.artists, self.artist, "artist")?,
            album: text("album", self.album)?,
            album_artists: list("albumArtists", self.album_artists, self.album_artist, "albumArtist")?,
            genres: list("genres", self.genres, self.genre, "genre")?,
            composers: text("composer", self.composer)?.map(|c| vec![c]),
            year: number("year", self.year.map(u32::from), 9_999)?.and_then(|y| u16::try_from(y).ok()),
            track_no: number("trackNo", self.track_no, 9_999)?,
            disc_no: number("discNo", self.disc_no, 9_999)?,
        })
    }
}

/// A track whose file was changed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditedTrack {
    /// The track as it is now.
    #[serde(flatten)]
    pub track: TrackView,
    /// The edit, by which `POST /api/edits/{id}/undo` takes it back; null if the file said all of it already, or if
    /// nothing is kept.
    pub edit_id: Option<Uuid>,
    /// Notes for the person, in sentences.
    pub notes: Vec<String>,
}

/// Change a track's tags, in its file: the fields that are named, and nothing else of it. The track keeps its id; what
/// plays is not disturbed. A file that a decoder and another reader of tags would not find as it was is left as it is.
#[call(patch, path = "/api/tracks/{id}", right = library, operation_id = "edit_track", tag = "library",
    request_body = TrackEdit,
    params(("id" = uuid::Uuid, Path, description = "The track's id")),
    responses((status = 200, body = EditedTrack),
              (status = 409, body = ProblemBody, description = "`edit_not_safe`, `file_changed`, `file_in_use`, \
                                                                `file_read_only`, `folder_read_only`, \
                                                                `tags_not_writable`, `track_unavailable`"),
              (status = 503, body = ProblemBody, description = "`machine_failed`"),
              (status = 507, body = ProblemBody, description = "`edit_not_kept`")))]
pub async fn edit(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Body(request): Body<TrackEdit>,
) -> Result<Json<EditedTrack>, Problem> {
    let change = request.read()?;
    if change == TagEdit::default() {
        return Err(Problem::field("body", "names nothing to change"));
    }
    // One file at a time: two changes of one file would each lose the other's.
    let editor = api.edits.lock().await;
    let before = there(&api, &id)?;
    files::writable(&before, &change)?;
    let (path, track, own) = (before.path.clone(), before.id, Arc::clone(&editor));
    let edited = blocking(move || own.write(track, &path, &change)).await?;
    Ok(Json(edited_track(&api, &before, edited).await))
}

/// The answer, when the library has read the file again.
pub(super) async fn edited_track(api: &Api, before: &TrackRow, edited: Edited) -> EditedTrack {
    let track = if edited.changed {
        let after = read_again(api, before, |now| now.available && now.mtime_ns != before.mtime_ns).await;
        TrackView::of(&api.store, &after)
    } else {
        TrackView::of(&api.store, before)
    };
    EditedTrack { track, edit_id: edited.id, notes: edited.notes }
}

/// Delete a track's file, for good. Only if the coordinator was started with `--allow-delete`.
#[call(delete, path = "/api/tracks/{id}", right = delete, operation_id = "delete_track", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The track's id")),
    responses((status = 204),
              (status = 403, body = ProblemBody, description = "`delete_not_allowed`"),
              (status = 409, body = ProblemBody, description = "`file_changed`, `file_in_use`, `file_read_only`, \
                                                                `folder_read_only`, `holds_more_tracks`, \
                                                                `track_unavailable`")))]
pub async fn delete(State(api): State<Api>, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    if !api.allow_delete {
        let detail = "files are deleted only by a coordinator that was started with --allow-delete";
        return Err(Problem::new(StatusCode::FORBIDDEN, "delete_not_allowed", detail));
    }
    let _turn = api.edits.lock().await;
    let before = there(&api, &id)?;
    files::deletable(&before)?;
    let path = before.path.clone();
    blocking(move || files::delete(&path)).await?;
    read_again(&api, &before, |now| !now.available).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The track, if its file is there.
pub(super) fn there(api: &Api, id: &str) -> Result<Arc<TrackRow>, Problem> {
    let catalog = api.conductor.library().catalog();
    let track = id.parse().ok().and_then(|id: TrackId| catalog.get(id));
    let track = track.ok_or_else(|| Problem::unknown_track(id).in_path())?;
    // a restored database may name any file
    if track.available && api.conductor.library().holds(&track.path) {
        Ok(track)
    } else {
        Err(EditError::Missing.into())
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EditError> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(EditError::Unsupported("the writer of its tags failed".into()))).map_err(Problem::from)
}

/// Waits until the library has seen the change. Should it take long, the answer says what is known so far.
async fn read_again(api: &Api, before: &TrackRow, seen: impl Fn(&TrackRow) -> bool) -> Arc<TrackRow> {
    let library = api.conductor.library();
    let path: PathBuf = before.path.clone();
    let look = || {
        let catalog = library.catalog();
        catalog.get(before.id)
    };
    let waiting = async {
        loop {
            library.suspect(&path);
            sleep(Duration::from_millis(20)).await;
            if let Some(now) = look().filter(|now| seen(now)) {
                return now;
            }
        }
    };
    let known = timeout(READ_AGAIN, waiting).await;
    if let Err(error) = library.settle().await {
        tracing::warn!(%error, "lists do not show the change yet");
    }
    known.unwrap_or_else(|_| look().unwrap_or_else(|| Arc::new(before.clone())))
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        let detail = error.to_string();
        let (status, code) = match error {
            EditError::Missing => (StatusCode::CONFLICT, "track_unavailable"),
            EditError::ReadOnly { .. } => (StatusCode::CONFLICT, "file_read_only"),
            EditError::Sealed { .. } => (StatusCode::CONFLICT, "folder_read_only"),
            EditError::HoldsMore(_) => (StatusCode::CONFLICT, "holds_more_tracks"),
            EditError::Unsupported(_) => (StatusCode::CONFLICT, "tags_not_writable"),
            EditError::Harmful(_) => (StatusCode::CONFLICT, "edit_not_safe"),
            EditError::Changed | EditError::ChangedSince => (StatusCode::CONFLICT, "file_changed"),
            EditError::Busy => (StatusCode::CONFLICT, "file_in_use"),
            EditError::Unknown => (StatusCode::NOT_FOUND, "edit_not_found"),
            EditError::NotKept { .. } => (StatusCode::INSUFFICIENT_STORAGE, "edit_not_kept"),
            EditError::Full(_) => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
            EditError::Machine { .. } => (StatusCode::SERVICE_UNAVAILABLE, "machine_failed"),
            EditError::Other { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "file_failed"),
        };
        Self::new(status, code, detail)
    }
}
