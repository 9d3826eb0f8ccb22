//! The playback of a zone: `/api/playback/*` for the zone named in the body (default: `all`),
//! `/api/zones/{zone}/playback/*` for the zone named in the path.
//!
//! A call answers when the zone has decided at which instant it is heard, and when it is kept.

use axum::extract::State;
use downbeat_protocol::{EntryId, ZoneId, volume::Volume};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, MAX_LIST_BYTES, Params, instant, loudness, seconds, volume},
    books,
    describe::{ToSchema, call},
    json::Json,
    playback_view::{PlaybackReply, PlaybackState, state_of},
    problem::{Problem, ProblemBody},
    zone_param::{ZoneQuery, zone_named},
};
use crate::control::{self, Choice, HowLoud, Play, ZonePatch};
use downbeat_zone::{Command, EntryPosition};

/// A zone, and an instant.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The zone's name or id; default `all`. Not looked at if the path names the zone.
    #[serde(default, alias = "roomId")]
    zone: Option<String>,
    /// Not before this instant, microseconds of server time. Default: as soon as every speaker can.
    #[serde(default)]
    at: Option<i64>,
}

/// The tracks to play.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlayRequest {
    /// Replace the queue by this track.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    track_id: Option<String>,
    /// Replace the queue by these tracks.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>, min_items = 1)]
    track_ids: Option<Vec<String>>,
    /// Replace the queue by this album: its id or its title.
    #[serde(default)]
    album: Option<String>,
    /// Replace the queue by all of this artist; beside `album`: whose album.
    #[serde(default)]
    artist: Option<String>,
    /// Replace the queue by all of this genre.
    #[serde(default)]
    genre: Option<String>,
    /// Replace the queue by this folder and all below.
    #[serde(default)]
    folder: Option<String>,
    /// Replace the queue by this playlist: its id or its name.
    #[serde(default)]
    playlist: Option<String>,
    /// Replace the queue by what this search finds.
    #[serde(default)]
    search: Option<String>,
    /// Replace the queue by the book that this track is of, and go on where it was left: in any zone, the latest place
    /// counts. A book that was not begun, or was heard to its end, begins.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    book: Option<String>,
    /// Beside `book`: go on at the place that this zone left, by id.
    #[serde(default)]
    book_zone: Option<Uuid>,
    /// With which of them to begin; default 0, and any if the zone shuffles.
    #[serde(default)]
    start_index: Option<usize>,
    /// Start this entry of the queue as it is.
    #[serde(default)]
    entry: Option<Uuid>,
    /// The place in the track to begin at, seconds.
    #[serde(default, alias = "startPosition")]
    #[schema(minimum = 0)]
    position: Option<f64>,
    /// The zone's volume, 0..=100.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    volume: Option<f64>,
    /// The zone's name or id; default `all`. Not looked at if the path names the zone.
    #[serde(default, alias = "roomId")]
    zone: Option<String>,
    /// Not before this instant, microseconds of server time. Default: as soon as every speaker can.
    #[serde(default)]
    at: Option<i64>,
}

impl PlayRequest {
    fn choice(&self) -> Choice {
        let Self { track_id, track_ids, album, artist, genre, folder, playlist, search, .. } = self.clone();
        Choice { track_id, track_ids, album, artist, genre, folder, playlist, search }
    }
}

/// The place to go on at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeekRequest {
    /// Seconds from the start of the track.
    #[schema(minimum = 0)]
    position: f64,
    /// The zone's name or id; default `all`. Not looked at if the path names the zone.
    #[serde(default, alias = "roomId")]
    zone: Option<String>,
    /// Not before this instant, microseconds of server time. Default: as soon as every speaker can.
    #[serde(default)]
    at: Option<i64>,
}

/// A loudness.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VolumeRequest {
    /// The zone's volume, 0 (silent) to 100 (as recorded).
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    volume: Option<f64>,
    /// The same in decibels, at most 0.
    #[serde(default)]
    #[schema(maximum = 0)]
    volume_db: Option<f64>,
    /// So many percent louder, or softer.
    #[serde(default)]
    #[schema(minimum = -100, maximum = 100)]
    volume_delta: Option<f64>,
    /// Silent, whatever the volume.
    #[serde(default)]
    muted: Option<bool>,
    /// The time that the change takes, milliseconds; default 50.
    #[serde(default)]
    #[schema(maximum = 60000)]
    ramp_ms: Option<u32>,
    /// The zone's name or id; default `all`. Not looked at if the path names the zone.
    #[serde(default, alias = "roomId")]
    zone: Option<String>,
    /// Not before this instant, microseconds of server time. Default: as soon as every speaker can.
    #[serde(default)]
    at: Option<i64>,
}

/// The longest ramp, milliseconds.
const MAX_RAMP_MS: u32 = 60_000;

pub(super) async fn run(api: &Api, zone: ZoneId, command: Command) -> Result<Json<PlaybackReply>, Problem> {
    let outcome = api.conductor.command(zone, command).await?;
    let state = state_of(&api.conductor, &outcome.view);
    Ok(Json(PlaybackReply { success: true, at: outcome.at.0, state }))
}

async fn do_play(api: &Api, zone: ZoneId, request: PlayRequest) -> Result<Json<PlaybackReply>, Problem> {
    let at = instant(request.at, api.conductor.clock().now())?;
    let from = request.position.map(|s| seconds("position", s)).transpose()?.map(EntryPosition::Seconds);
    let volume = request.volume.map(volume).transpose()?.map(HowLoud::To);
    let volume = api.bounded_zone(zone, volume, None)?.map(|volume| volume.from(Volume::clamped(0.0)));
    let (choice, entry, start_index) = (request.choice(), request.entry.map(EntryId), request.start_index);
    let mut wish = Play { choice, entry, start_index, from, volume, at };
    let mut left = None;
    if let Some(track) = &request.book {
        let book = books::named(api, track).await?;
        let place = books::place_in(api, &book, request.book_zone).await?;
        let ids = book.tracks.iter().map(|track| track.id.to_string()).collect();
        wish.choice = Choice { track_ids: Some(ids), ..Choice::default() };
        let start = place.and_then(|place| book.tracks.iter().position(|track| track.id == place.track));
        wish.start_index = start_index.or(start).or(Some(0));
        let began = place.filter(|_| start_index.is_none() && start.is_some()).map(|place| {
            let rate = book.tracks[start.unwrap_or(0)].sample_rate;
            EntryPosition::Seconds(place.frame.as_seconds(rate))
        });
        wish.from = from.or(began);
        left = place.map(|place| (place, book));
    }
    let played = control::play(&api.conductor, zone, wish).await?;
    if let Some((place, book)) = left {
        api.conductor.move_book_place(&place, &book, zone).await?;
    }
    let state = state_of(&api.conductor, &played.view);
    Ok(Json(PlaybackReply { success: true, at: played.at.0, state }))
}

async fn do_seek(api: &Api, zone: ZoneId, request: SeekRequest) -> Result<Json<PlaybackReply>, Problem> {
    let at = instant(request.at, api.conductor.clock().now())?;
    let to = EntryPosition::Seconds(seconds("position", request.position)?);
    run(api, zone, Command::Seek { to, at }).await
}

async fn do_volume(api: &Api, zone: ZoneId, request: VolumeRequest) -> Result<Json<PlaybackReply>, Problem> {
    let at = instant(request.at, api.conductor.clock().now())?;
    let volume = loudness(request.volume, request.volume_db, request.volume_delta)?;
    if volume.is_none() && request.muted.is_none() {
        return Err(Problem::field("volume", "missing: say a volume, 0..=100, or muted"));
    }
    let volume = api.bounded_zone(zone, volume, request.muted)?;
    let patch = ZonePatch { volume, muted: request.muted, ramp_ms: ramp(request.ramp_ms)?, at, ..ZonePatch::default() };
    set_volume(api, zone, patch).await
}

/// The time that a change of volume takes, as it may be asked for.
pub fn ramp(ramp_ms: Option<u32>) -> Result<Option<u32>, Problem> {
    if ramp_ms.is_some_and(|ms| ms > MAX_RAMP_MS) {
        return Err(Problem::field("rampMs", format!("at most {MAX_RAMP_MS}")));
    }
    Ok(ramp_ms)
}

async fn set_volume(api: &Api, zone: ZoneId, patch: ZonePatch) -> Result<Json<PlaybackReply>, Problem> {
    let (view, at) = api.conductor.edit_zone(zone, patch, |_| true).await?;
    let state = state_of(&api.conductor, &view);
    Ok(Json(PlaybackReply { success: true, at: at.0, state }))
}

/// Do nothing of what was asked for with an `at` that lies further ahead. A change that is less than five seconds away
/// is on its way already.
#[call(delete, path = "/api/zones/{zone}/pending", right = steer, about = target, operation_id = "call_off_pending",
    tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackReply),
              (status = 409, body = ProblemBody,
               description = "`nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, \
                              `too_much_pending`, `track_unplayable`")))]
pub async fn call_off(State(api): State<Api>, InPath(zone): InPath<String>) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    run(&api, zone, Command::CallOff).await
}

/// The two handlers of a command: the zone named in the body, and the zone named in the path.
macro_rules! command {
    ($(#[doc = $doc:literal])* $right:ident: $name:ident $path:literal, $in_zone:ident $zone_path:literal, $request:ty,
     |$api:ident, $zone:ident, $body:ident| $run:expr) => {
        $(#[doc = $doc])*
        #[call(post, path = $path, right = $right, about = target, tag = "playback", request_body = $request,
            responses((status = 200, body = PlaybackReply),
                      (status = 404, body = ProblemBody, description = "`zone_not_found`, `book_not_found`, \
                                                                        `entry_not_found`, `track_not_found`, \
                                                                        `nothing_found`"),
                      (status = 409, body = ProblemBody,
                       description = "`nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, \
                                      `too_much_pending`, `track_unplayable`")))]
        pub async fn $name(State($api): State<Api>, Body($body): Body<$request, MAX_LIST_BYTES>) -> Result<Json<PlaybackReply>, Problem> {
            let $zone = zone_named(&$api, $body.zone.as_deref())?;
            $run
        }

        $(#[doc = $doc])*
        #[call(post, path = $zone_path, right = $right, about = target, tag = "zones", request_body = $request,
            params(("zone" = String, Path, description = "The zone's name or id")),
            responses((status = 200, body = PlaybackReply),
                      (status = 404, body = ProblemBody, description = "`book_not_found`, `entry_not_found`, \
                                                                        `track_not_found`, `nothing_found`"),
                      (status = 409, body = ProblemBody,
                       description = "`nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, \
                                      `too_much_pending`, `track_unplayable`")))]
        pub async fn $in_zone(
            State($api): State<Api>,
            InPath(zone): InPath<String>,
            Body($body): Body<$request, MAX_LIST_BYTES>,
        ) -> Result<Json<PlaybackReply>, Problem> {
            let $zone = zone_named(&$api, Some(&zone))?;
            $run
        }
    };
}

command! {
    /// Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library.
    steer: play "/api/playback/play", play_in_zone "/api/zones/{zone}/playback/play", PlayRequest,
    |api, zone, body| do_play(&api, zone, body).await
}
command! {
    /// Hold at the frame then heard.
    steer: pause "/api/playback/pause", pause_in_zone "/api/zones/{zone}/playback/pause", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Pause { at }).await
    }
}
command! {
    /// Go on where it is held; a stopped zone starts its queue.
    steer: resume "/api/playback/resume", resume_in_zone "/api/zones/{zone}/playback/resume", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Resume { at }).await
    }
}
command! {
    /// Stop: the zone is silent.
    steer: stop "/api/playback/stop", stop_in_zone "/api/zones/{zone}/playback/stop", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Stop { at }).await
    }
}
command! {
    /// The next entry of the queue; after the last one, the end.
    steer: next "/api/playback/next", next_in_zone "/api/zones/{zone}/playback/next", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Next { at }).await
    }
}
command! {
    /// The start of the current entry; the entry before, if less than three seconds of it were heard.
    steer: previous "/api/playback/previous", previous_in_zone "/api/zones/{zone}/playback/previous", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Previous { at }).await
    }
}
command! {
    /// Go on elsewhere in the track; a paused zone stays paused there.
    steer: seek "/api/playback/seek", seek_in_zone "/api/zones/{zone}/playback/seek", SeekRequest,
    |api, zone, body| do_seek(&api, zone, body).await
}
command! {
    /// Set the zone's loudness, or mute it.
    volume: set_level "/api/playback/volume", set_level_in_zone "/api/zones/{zone}/playback/volume", VolumeRequest,
    |api, zone, body| do_volume(&api, zone, body).await
}

/// The playback of a zone as it is now.
#[call(get, path = "/api/playback/state", right = look, about = target, operation_id = "get_playback",
    tag = "playback", params(ZoneQuery),
    responses((status = 200, body = PlaybackState),
              (status = 404, body = ProblemBody, description = "`zone_not_found`")))]
pub async fn state(State(api): State<Api>, Params(query): Params<ZoneQuery>) -> Result<Json<PlaybackState>, Problem> {
    let zone = zone_named(&api, query.zone.as_deref())?;
    Ok(Json(state_of(&api.conductor, &api.conductor.zone(zone)?)))
}

/// The playback of a zone as it is now.
#[call(get, path = "/api/zones/{zone}/playback/state", right = look, about = target,
    operation_id = "get_playback_in_zone", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackState)))]
pub async fn state_in_zone(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
) -> Result<Json<PlaybackState>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    Ok(Json(state_of(&api.conductor, &api.conductor.zone(zone)?)))
}
