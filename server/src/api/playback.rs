//! What a zone plays: `/api/playback/*` for the zone named in the body (default: `all`), `/api/zones/{zone}/playback/*`
//! for the zone named in the path.
//!
//! A call answers when the zone has decided at which instant it is heard, and when it is kept.

use axum::extract::State;
use downbeat_protocol::{EntryId, ZoneId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, MAX_LIST_BYTES, Params, decibels, instant, loudness, seconds, volume},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    session::SessionView,
    telemetry::{MetronomeView, SyncView},
};
use crate::{
    conductor::{Conductor, ZonePatch},
    control::{self, Choice, Play},
};
use downbeat_zone::{Command, Place, PlayState, View};

/// Which zone, and when.
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

/// What to play.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlayRequest {
    /// Replace the queue by this track.
    #[serde(default)]
    track_id: Option<String>,
    /// Replace the queue by these tracks.
    #[serde(default)]
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
    /// With which of them to begin; default 0, and any if the zone shuffles.
    #[serde(default)]
    start_index: Option<usize>,
    /// Start this entry of the queue as it is.
    #[serde(default)]
    entry: Option<Uuid>,
    /// Where in the track to begin, seconds.
    #[serde(default, alias = "startPosition")]
    position: Option<f64>,
    /// The zone's volume, 0..=100.
    #[serde(default)]
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

/// Where to go on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeekRequest {
    /// Seconds from the start of the track.
    position: f64,
    /// The zone's name or id; default `all`. Not looked at if the path names the zone.
    #[serde(default, alias = "roomId")]
    zone: Option<String>,
    /// Not before this instant, microseconds of server time. Default: as soon as every speaker can.
    #[serde(default)]
    at: Option<i64>,
}

/// How loud.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VolumeRequest {
    /// The zone's volume, 0 (silent) to 100 (as recorded).
    #[serde(default)]
    volume: Option<f64>,
    /// The same in decibels, at most 0.
    #[serde(default)]
    volume_db: Option<f64>,
    /// So many percent louder, or softer.
    #[serde(default)]
    volume_delta: Option<f64>,
    /// Silent, whatever the volume.
    #[serde(default)]
    muted: Option<bool>,
    /// How long the change takes, milliseconds; default 50.
    #[serde(default)]
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

/// A zone's playback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaybackState {
    /// The zone's name.
    pub zone: String,
    /// The zone's id.
    pub zone_id: Uuid,
    /// What plays, is paused or about to start; null when stopped.
    pub current_track: Option<CurrentTrack>,
    /// `playing`, `paused` or `stopped`.
    pub playback_state: String,
    /// Whether the position advances from `at` on.
    pub playing: bool,
    /// Whether a start still waits for speakers to be ready.
    pub preparing: bool,
    /// The position at the instant `at`, seconds. Later, while `playing`: `position + (serverTime - at) / 1e6`.
    pub position: f64,
    /// The instant of `position`, microseconds of server time; in the future if the start was only just decided.
    pub at: i64,
    /// Now, microseconds of server time; a live figure, only in answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<i64>,
    /// Names the clock that `at` and `serverTime` are read from; another after a restart.
    pub clock_id: Uuid,
    /// The zone's volume, 0..=100.
    pub volume: f32,
    /// The same in decibels; null: silent.
    #[serde(default)]
    pub volume_db: Option<f32>,
    /// Whether the zone is silent, whatever the volume.
    pub muted: bool,
    /// Grows with every change of the zone.
    pub revision: u64,
    /// The current entry's index in the queue.
    pub queue_index: Option<usize>,
    /// How many entries the queue has.
    pub queue_length: usize,
    /// How many speakers of the zone are connected.
    pub speakers: usize,
    /// How far apart they are, as they report; null unless something plays.
    #[serde(default)]
    pub sync: Option<SyncView>,
    /// Repeat, shuffle and so on.
    #[serde(default)]
    pub session: SessionView,
    /// The metronome, for trimming output delays by ear; null unless it ticks.
    #[serde(default)]
    pub metronome: Option<MetronomeView>,
    /// What was asked for with an `at` that lies further ahead, the next first. It is not in the other fields yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingView>,
}

/// What a zone is to do later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PendingView {
    /// `play`, `pause`, `resume`, `seek`, `stop`, `next`, `previous` or `volume`.
    pub what: String,
    /// When it is to be heard, microseconds of server time.
    pub at: i64,
}

/// The current entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentTrack {
    /// The track.
    pub id: Uuid,
    /// Its place in the queue.
    pub entry: Uuid,
    /// Its title.
    pub title: String,
    /// Its artist.
    pub artist: String,
    /// Its album.
    pub album: String,
    /// Its length, seconds.
    pub duration: f64,
    /// The kind of file.
    pub format: String,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaybackReply {
    /// Always true: what did not succeed is answered as a problem.
    pub success: bool,
    /// When it is heard, microseconds of server time.
    pub at: i64,
    /// The zone from then on.
    pub state: PlaybackState,
}

/// Which zone.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct ZoneQuery {
    /// The zone's name or id; default `all`.
    #[serde(default, alias = "roomId")]
    zone: Option<String>,
}

/// The zone that a request means. The earlier system's first room, which scripts may still name, is the default zone.
pub fn zone_named(conductor: &Conductor, zone: Option<&str>) -> Result<ZoneId, Problem> {
    match zone {
        None => Ok(ZoneId::DEFAULT),
        Some(name) => match conductor.find_zone(name) {
            Err(_) if name == "room-1" => Ok(ZoneId::DEFAULT),
            found => Ok(found?),
        },
    }
}

/// A zone as it is answered.
pub fn state_of(conductor: &Conductor, view: &View) -> PlaybackState {
    let current_track = view.entry.as_ref().map(|e| {
        let track = e.track();
        CurrentTrack {
            id: track.id.0,
            entry: e.id().0,
            title: track.title.to_string(),
            artist: track.artist.to_string(),
            album: track.album.to_string(),
            duration: track.duration_seconds(),
            format: track.format.to_string(),
        }
    });
    let rate = view.entry.as_ref().map_or(0, |e| e.track().sample_rate);
    let playback_state = match view.state {
        PlayState::Stopped => "stopped",
        PlayState::Paused => "paused",
        PlayState::Playing => "playing",
    };
    let playing = view.state == PlayState::Playing && !view.preparing;
    PlaybackState {
        zone: view.name.clone(),
        zone_id: view.id.0,
        current_track,
        playback_state: playback_state.to_owned(),
        playing,
        preparing: view.preparing,
        position: view.position.as_seconds(rate),
        at: view.at.0,
        server_time: Some(conductor.clock().now().0),
        clock_id: conductor.clock().id().0,
        volume: view.volume.percent(),
        volume_db: decibels(view.volume),
        muted: view.muted,
        revision: view.revision,
        queue_index: view.index,
        queue_length: view.queue_length,
        speakers: view.members,
        sync: conductor.sync(view.id).filter(|_| playing).map(SyncView::from),
        session: SessionView::of(view),
        metronome: conductor.metronome(view.id).map(|t| MetronomeView::of(Some(t))),
        pending: view.pending.iter().map(|(what, at)| PendingView { what: (*what).to_owned(), at: at.0 }).collect(),
    }
}

pub(super) async fn run(api: &Api, zone: ZoneId, command: Command) -> Result<Json<PlaybackReply>, Problem> {
    let outcome = api.conductor.command(zone, command).await?;
    let state = state_of(&api.conductor, &outcome.view);
    Ok(Json(PlaybackReply { success: true, at: outcome.at.0, state }))
}

async fn do_play(api: &Api, zone: ZoneId, request: PlayRequest) -> Result<Json<PlaybackReply>, Problem> {
    let at = instant(request.at, api.conductor.clock().now())?;
    let from = request.position.map(|s| seconds("position", s)).transpose()?.map(Place::Seconds);
    let volume = request.volume.map(volume).transpose()?;
    let (choice, entry, start_index) = (request.choice(), request.entry.map(EntryId), request.start_index);
    let wish = Play { choice, entry, start_index, from, volume, at };
    let played = control::play(&api.conductor, zone, wish).await?;
    let state = state_of(&api.conductor, &played.view);
    Ok(Json(PlaybackReply { success: true, at: played.at.0, state }))
}

async fn do_seek(api: &Api, zone: ZoneId, request: SeekRequest) -> Result<Json<PlaybackReply>, Problem> {
    let at = instant(request.at, api.conductor.clock().now())?;
    let to = Place::Seconds(seconds("position", request.position)?);
    run(api, zone, Command::Seek { to, at }).await
}

async fn do_volume(api: &Api, zone: ZoneId, request: VolumeRequest) -> Result<Json<PlaybackReply>, Problem> {
    let at = instant(request.at, api.conductor.clock().now())?;
    let volume = loudness(request.volume, request.volume_db, request.volume_delta)?;
    if volume.is_none() && request.muted.is_none() {
        return Err(Problem::field("volume", "missing: say a volume, 0..=100, or muted"));
    }
    let patch = ZonePatch { name: None, volume, muted: request.muted, ramp_ms: ramp(request.ramp_ms)?, at };
    set_volume(api, zone, patch).await
}

/// How long a change of volume takes, as it may be asked for.
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

/// Do nothing of what was asked for with an `at` that lies further ahead. A change that is less than five seconds away is
/// on its way already.
#[call(delete, path = "/api/zones/{zone}/pending", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
pub async fn call_off(State(api): State<Api>, InPath(zone): InPath<String>) -> Result<Json<PlaybackReply>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    run(&api, zone, Command::CallOff).await
}

/// The two handlers of a command: the zone named in the body, and the zone named in the path.
macro_rules! command {
    ($(#[doc = $doc:literal])* $name:ident $path:literal, $in_zone:ident $zone_path:literal, $request:ty,
     |$api:ident, $zone:ident, $body:ident| $run:expr) => {
        $(#[doc = $doc])*
        #[call(post, path = $path, tag = "playback", request_body = $request,
            responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
        pub async fn $name(State($api): State<Api>, Body($body): Body<$request, MAX_LIST_BYTES>) -> Result<Json<PlaybackReply>, Problem> {
            let $zone = zone_named(&$api.conductor, $body.zone.as_deref())?;
            $run
        }

        $(#[doc = $doc])*
        #[call(post, path = $zone_path, tag = "zones", request_body = $request,
            params(("zone" = String, Path, description = "The zone's name or id")),
            responses((status = 200, body = PlaybackReply), (status = "4XX", body = ProblemBody)))]
        pub async fn $in_zone(
            State($api): State<Api>,
            InPath(zone): InPath<String>,
            Body($body): Body<$request, MAX_LIST_BYTES>,
        ) -> Result<Json<PlaybackReply>, Problem> {
            let $zone = zone_named(&$api.conductor, Some(&zone))?;
            $run
        }
    };
}

command! {
    /// Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library.
    play "/api/playback/play", play_in_zone "/api/zones/{zone}/playback/play", PlayRequest,
    |api, zone, body| do_play(&api, zone, body).await
}
command! {
    /// Hold at the frame then heard.
    pause "/api/playback/pause", pause_in_zone "/api/zones/{zone}/playback/pause", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Pause { at }).await
    }
}
command! {
    /// Go on where it is held; a stopped zone starts its queue.
    resume "/api/playback/resume", resume_in_zone "/api/zones/{zone}/playback/resume", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Resume { at }).await
    }
}
command! {
    /// Silence.
    stop "/api/playback/stop", stop_in_zone "/api/zones/{zone}/playback/stop", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Stop { at }).await
    }
}
command! {
    /// The next entry of the queue; after the last one, the end.
    next "/api/playback/next", next_in_zone "/api/zones/{zone}/playback/next", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Next { at }).await
    }
}
command! {
    /// The start of the current entry; the entry before, if less than three seconds of it were heard.
    previous "/api/playback/previous", previous_in_zone "/api/zones/{zone}/playback/previous", Target,
    |api, zone, body| {
        let at = instant(body.at, api.conductor.clock().now())?;
        run(&api, zone, Command::Previous { at }).await
    }
}
command! {
    /// Go on elsewhere in the track; a paused zone stays paused there.
    seek "/api/playback/seek", seek_in_zone "/api/zones/{zone}/playback/seek", SeekRequest,
    |api, zone, body| do_seek(&api, zone, body).await
}
command! {
    /// How loud the zone is, and whether it is muted.
    set_level "/api/playback/volume", set_level_in_zone "/api/zones/{zone}/playback/volume", VolumeRequest,
    |api, zone, body| do_volume(&api, zone, body).await
}

/// What a zone plays now.
#[call(get, path = "/api/playback/state", tag = "playback", params(ZoneQuery),
    responses((status = 200, body = PlaybackState), (status = "4XX", body = ProblemBody)))]
pub async fn state(State(api): State<Api>, Params(query): Params<ZoneQuery>) -> Result<Json<PlaybackState>, Problem> {
    let zone = zone_named(&api.conductor, query.zone.as_deref())?;
    Ok(Json(state_of(&api.conductor, &api.conductor.zone(zone)?)))
}

/// What a zone plays now.
#[call(get, path = "/api/zones/{zone}/playback/state", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = PlaybackState), (status = "4XX", body = ProblemBody)))]
pub async fn state_in_zone(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
) -> Result<Json<PlaybackState>, Problem> {
    let zone = zone_named(&api.conductor, Some(&zone))?;
    Ok(Json(state_of(&api.conductor, &api.conductor.zone(zone)?)))
}
