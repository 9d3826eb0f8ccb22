//! How good people say that tracks are: `/api/tracks/{id}/rating`.

use axum::extract::State;
use downbeat_protocol::TrackId;
use downbeat_store::MAX_RATING;
use serde::Deserialize;

use super::{
    Api,
    body::{Body, InPath},
    describe::{ToSchema, call},
    json::Json,
    problem::Problem,
    tracks::TrackView,
};

/// A rating, of 100 or in stars. Without both, or with null, the track has none.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct RatingRequest {
    /// 0..=100; null: none.
    #[schema(minimum = 0, maximum = 100)]
    rating: Option<u8>,
    /// The same as stars, 0..=5 in halves; a star is 20.
    #[schema(minimum = 0, maximum = 5)]
    stars: Option<f64>,
}

impl RatingRequest {
    fn read(&self) -> Result<Option<u8>, Problem> {
        match (self.rating, self.stars) {
            (Some(_), Some(_)) => Err(Problem::field("stars", "say a rating or stars, not both")),
            (Some(rating), None) if rating > MAX_RATING => {
                Err(Problem::field("rating", format!("{rating} is not within 0..={MAX_RATING}")))
            }
            (rating, None) => Ok(rating),
            (None, Some(stars)) => {
                let halves = stars * 2.0;
                if !(0.0..=10.0).contains(&halves) || halves.fract() != 0.0 {
                    return Err(Problem::field("stars", format!("{stars} is no number of half stars from 0 to 5")));
                }
                Ok(Some(halves as u8 * (MAX_RATING / 10)))
            }
        }
    }
}

/// Rate a track, or take its rating away. All people of the house share one rating; no file is changed.
#[call(put, path = "/api/tracks/{id}/rating", right = playlists, operation_id = "rate_track", tag = "library",
    request_body = RatingRequest,
    params(("id" = uuid::Uuid, Path, description = "The track's id")),
    responses((status = 200, body = TrackView)))]
pub async fn rate(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Body(request): Body<RatingRequest>,
) -> Result<Json<TrackView>, Problem> {
    let rating = request.read()?;
    let library = api.conductor.library();
    let track = id.parse().ok().and_then(|id: TrackId| library.catalog().get(id));
    let track = track.ok_or_else(|| Problem::unknown_track(&id).in_path())?;
    api.store.rate(&[track.id], rating).await?;
    library.tell_of(&[track.id]);
    Ok(Json(TrackView::of(&api.store, &track)))
}
