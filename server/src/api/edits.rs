//! Edits of files that can be taken back: `/api/edits`.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, Utc};
use downbeat_protocol::TrackId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{InPath, Params},
    describe::{IntoParams, ToSchema, call},
    edit::{EditedTrack, blocking, edited_track, there},
    json::Json,
    problem::{Problem, ProblemBody},
};
use downbeat_library::edit::{EditError, KeptEdit};

/// The edits in an answer.
const MOST: usize = 1_000;

/// An edit of a file's tags.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditView {
    /// By which it is taken back.
    pub id: Uuid,
    /// The track.
    pub track_id: Uuid,
    /// The path of its file then; bytes that are no text are shown as �.
    pub path: String,
    /// The time at which it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: DateTime<Utc>,
    /// The fields that were named.
    pub fields: Vec<String>,
}

impl From<KeptEdit> for EditView {
    fn from(edit: KeptEdit) -> Self {
        let path = edit.path.display().to_string();
        Self { id: edit.id, track_id: edit.track.0, path, at: edit.at, fields: edit.fields }
    }
}

/// The edits that can be taken back.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EditList {
    /// The latest first; a thousand at most.
    pub edits: Vec<EditView>,
}

/// The edits that are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct EditQuery {
    /// Only those of this track, by id.
    track: Option<Uuid>,
}

/// The edits of files that can be taken back, the latest first. They are kept for `--keep-edits-days`.
#[call(get, path = "/api/edits", right = library, operation_id = "list_edits", tag = "library", params(EditQuery),
    responses((status = 200, body = EditList),
              (status = 503, body = ProblemBody, description = "`machine_failed`")))]
pub async fn list(State(api): State<Api>, Params(query): Params<EditQuery>) -> Result<Json<EditList>, Problem> {
    let editor = Arc::clone(&*api.edits.lock().await);
    let kept = blocking(move || editor.kept()).await?;
    let own = kept.into_iter().filter(|edit| query.track.is_none_or(|track| edit.track == TrackId(track)));
    Ok(Json(EditList { edits: own.take(MOST).map(EditView::from).collect() }))
}

/// Takes an edit back: the track's file is as it was before, to the bit. A file that was changed since is left as it
/// is. This is an edit, too, and can be taken back.
#[call(post, path = "/api/edits/{id}/undo", right = library, operation_id = "undo_edit", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The edit's id")),
    responses((status = 200, body = EditedTrack),
              (status = 409, body = ProblemBody, description = "`edit_not_safe`, `file_changed`, `file_in_use`, \
                                                                `file_read_only`, `folder_read_only`, \
                                                                `tags_not_writable`, `track_unavailable`"),
              (status = 503, body = ProblemBody, description = "`machine_failed`"),
              (status = 507, body = ProblemBody, description = "`edit_not_kept`")))]
pub async fn undo(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<EditedTrack>, Problem> {
    let editor = api.edits.lock().await;
    let id: Uuid = id.parse().map_err(|_| EditError::Unknown)?;
    let own = Arc::clone(&editor);
    let edit = blocking(move || own.kept()?.into_iter().find(|edit| edit.id == id).ok_or(EditError::Unknown)).await?;
    let before = there(&api, &edit.track.0.to_string())?;
    let (path, own) = (before.path.clone(), Arc::clone(&editor));
    let edited = blocking(move || own.undo(id, &path)).await?;
    Ok(Json(edited_track(&api, &before, edited).await))
}
