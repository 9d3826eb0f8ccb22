//! A zone's playback as calls and events answer it.

use serde::Serialize;
use uuid::Uuid;

use super::{
    body::decibels,
    describe::ToSchema,
    dress::Dress,
    session_view::SessionView,
    sync_view::{MetronomeView, SyncView},
};
use crate::conductor::Conductor;
use downbeat_zone::{PlayState, View};

/// A zone's playback.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaybackState {
    /// The zone's name.
    pub zone: String,
    /// The zone's id.
    pub zone_id: Uuid,
    /// The entry that plays, is paused or about to start; null when stopped.
    pub current_track: Option<CurrentTrack>,
    /// The zone's activity.
    pub playback_state: PlayStateView,
    /// True if the position advances from `at` on.
    pub playing: bool,
    /// True if a start still waits for speakers to be ready.
    pub preparing: bool,
    /// The position at the instant `at`, seconds. Later, while `playing`: `position + (serverTime - at) / 1e6`.
    pub position: f64,
    /// The instant of `position`, microseconds of server time; in the future if the start was only just decided.
    pub at: i64,
    /// Now, microseconds of server time; a live figure, null in events.
    pub server_time: Option<i64>,
    /// Names the clock that `at` and `serverTime` are read from; another after a restart.
    pub clock_id: Uuid,
    /// The zone's volume, 0..=100.
    pub volume: f32,
    /// The same in decibels; null: silent.
    pub volume_db: Option<f32>,
    /// True if the zone is silent, whatever the volume.
    pub muted: bool,
    /// Grows with every change of the zone.
    pub revision: u64,
    /// The current entry's index in the queue.
    pub queue_index: Option<usize>,
    /// The number of entries of the queue.
    pub queue_length: usize,
    /// The number of the zone's speakers that are connected.
    pub speakers: usize,
    /// The spread of its speakers, as they report; null unless something plays.
    pub sync: Option<SyncView>,
    /// The id (`X-Request-Id`) of the request that changed last what the zone plays; its speakers' logs have it, too.
    pub request: Option<String>,
    /// Repeat, shuffle and so on.
    pub session: SessionView,
    /// The metronome, for trimming output delays by ear; null unless it ticks.
    pub metronome: Option<MetronomeView>,
    /// The commands with an `at` that lies further ahead, the next first. They are not in the other fields yet.
    pub pending: Vec<PendingView>,
}

/// The activity of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PlayState)]
pub enum PlayStateView {
    /// It plays, or is about to.
    Playing,
    /// It holds at a frame.
    Paused,
    /// It is silent.
    Stopped,
}

/// A command that waits for its instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PendingView {
    /// The command.
    #[schema(schema_with = pending_commands)]
    pub what: String,
    /// The instant at which it is to be heard, microseconds of server time.
    pub at: i64,
}

/// The names of commands that can wait.
#[cfg(test)]
fn pending_commands() -> utoipa::openapi::schema::Object {
    super::describe::one_of("The command.", ["play", "pause", "resume", "seek", "stop", "next", "previous", "volume"])
}

/// The current entry.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
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
    /// The album's id; null if it is on none.
    pub album_id: Option<Uuid>,
    /// BLAKE3 of its picture: its name under `/api/covers/`; null if it has none.
    pub cover: Option<String>,
    /// The year of publication.
    pub year: Option<u32>,
    /// Its length, seconds.
    pub duration: f64,
    /// The kind of file.
    pub format: String,
}

/// The outcome of a command.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaybackReply {
    /// Always true: what did not succeed is answered as a problem.
    pub success: bool,
    /// The instant at which it is heard, microseconds of server time.
    pub at: i64,
    /// The zone from then on.
    pub state: PlaybackState,
}

/// A zone as it is answered.
pub fn state_of(conductor: &Conductor, view: &View) -> PlaybackState {
    let current_track = view.entry.as_ref().map(|e| {
        let track = e.track();
        let Dress { album_id, cover, year } = Dress::of(&conductor.library().catalog(), track.id);
        CurrentTrack {
            id: track.id.0,
            entry: e.id().0,
            title: track.title.to_string(),
            artist: track.artist.to_string(),
            album: track.album.to_string(),
            album_id,
            cover,
            year,
            duration: track.duration_seconds(),
            format: track.format.to_string(),
        }
    });
    let rate = view.entry.as_ref().map_or(0, |e| e.track().sample_rate);
    let playback_state = match view.state {
        PlayState::Stopped => PlayStateView::Stopped,
        PlayState::Paused => PlayStateView::Paused,
        PlayState::Playing => PlayStateView::Playing,
    };
    let playing = view.state == PlayState::Playing && !view.preparing;
    PlaybackState {
        zone: view.name.clone(),
        zone_id: view.id.0,
        current_track,
        playback_state,
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
        request: conductor.request_of(view.id).map(|id| id.to_string()),
        session: SessionView::of(view),
        metronome: conductor.metronome(view.id).map(|t| MetronomeView::of(Some(t))),
        pending: view.pending.iter().map(|(what, at)| PendingView { what: (*what).to_owned(), at: at.0 }).collect(),
    }
}
