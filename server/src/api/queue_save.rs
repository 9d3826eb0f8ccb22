//! A queue becomes a playlist: `/api/zones/{zone}/queue/save`.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;

use super::{
    Api,
    body::{Body, InPath, name},
    describe::{ToSchema, call},
    playlists::{PlaylistView, versioned},
    problem::{Problem, ProblemBody},
    versioned::Versioned,
    zone_param::zone_named,
};
use crate::changes::Subject;
use downbeat_zone::Refusal;

/// The playlist that a queue is saved as.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SaveQueueRequest {
    /// The name of the playlist, 1 to 64 characters.
    name: String,
    /// True: the entries of a playlist of this name give way to those of the queue. False: that is `name_taken`.
    #[serde(default)]
    replace: bool,
}

/// Save a zone's queue as a playlist: all its entries that the library knows, in their order.
#[call(post, path = "/api/zones/{zone}/queue/save", right = playlists, about = target, operation_id = "save_queue",
    tag = "zones", request_body = SaveQueueRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 201, body = PlaylistView),
              (status = 200, body = PlaylistView, description = "The playlist was there, and has other entries now"),
              (status = 409, body = ProblemBody, description = "`name_taken`, `playlist_smart`, `queue_empty`, \
                              `too_many_entries`, `too_many_playlists`")))]
pub async fn save(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<SaveQueueRequest>,
) -> Result<(StatusCode, Versioned<PlaylistView>), Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let name = name(&request.name)?;
    let tracks = api.conductor.queued_tracks(zone)?;
    if tracks.is_empty() {
        return Err(Refusal::QueueEmpty.into());
    }
    let (row, new) = api.store.save_as_playlist(&name, &tracks, request.replace).await?;
    api.conductor.changes().mark(Subject::Playlist(row.id));
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, versioned(&row)))
}
