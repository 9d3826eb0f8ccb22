//! A zone's playback as calls and events answer it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    body::decibels,
    describe::ToSchema,
    session_view::SessionView,
    sync_view::{MetronomeView, SyncView},
};
use crate::conductor::Conductor;
use downbeat_zone::{PlayState, View};

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
