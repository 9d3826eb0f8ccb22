//! A zone's session as calls and events answer it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::describe::ToSchema;
use downbeat_zone::{View, modes};

/// The entry after the last one, or after each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Repeat {
    /// The queue ends.
    #[default]
    Off,
    /// The same entry again.
    One,
    /// The first one again; while shuffling, in another order.
    All,
}

/// The measure by which tracks are made equally loud.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Loudness {
    /// They are played as they are.
    #[default]
    Off,
    /// Each track.
    Track,
    /// Whole albums, where tracks of one follow each other; else each track.
    Album,
}

/// The tracks that are added when the queue comes to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Autoplay {
    /// Nothing: it ends.
    #[default]
    Off,
    /// Tracks of the same artists or genres as those played last.
    Similar,
    /// Those of `autoplayPlaylist`.
    Playlist,
}

/// The way of a zone through its queue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The entry after the last one, or after each.
    pub repeat: Repeat,
    /// True if entries are played in a shuffled order.
    pub shuffle: bool,
    /// The seed of the shuffled order; null unless it is shuffled.
    pub seed: Option<u64>,
    /// The time that two entries overlap, seconds; never within an album.
    pub crossfade_seconds: f64,
    /// The measure by which tracks are made equally loud.
    pub loudness: Loudness,
    /// The gain above the reference level (-18 LUFS), dB.
    pub preamp_db: f32,
    /// The room that peaks leave below full scale if there is no limiter, dB.
    pub headroom_db: f32,
    /// True if speakers limit peaks. If not, gains leave room for them.
    pub limiter: bool,
    /// The tracks that are added when the queue comes to its end.
    pub autoplay: Autoplay,
    /// The playlist of `autoplay`.
    pub autoplay_playlist: Option<Uuid>,
    /// The part of an entry that is played over and over; null: none.
    #[serde(rename = "loop")]
    pub ab: Option<LoopView>,
}

/// A part of an entry that is played over and over.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoopView {
    /// The entry.
    pub entry: Uuid,
    /// Its begin, seconds.
    pub a: f64,
    /// Its end, seconds.
    pub b: f64,
    /// Its first frame.
    pub a_frames: i64,
    /// The frame before which it begins again.
    pub b_frames: i64,
}

impl SessionView {
    /// As a zone shows it.
    pub fn of(view: &View) -> Self {
        let modes = &view.modes;
        let rate = view.entry.as_ref().map_or(0, |e| e.track().sample_rate);
        let (autoplay, autoplay_playlist) = match modes.autoplay {
            modes::Autoplay::Off => (Autoplay::Off, None),
            modes::Autoplay::Similar => (Autoplay::Similar, None),
            modes::Autoplay::Playlist(id) => (Autoplay::Playlist, Some(id)),
        };
        Self {
            repeat: match modes.repeat {
                modes::Repeat::Off => Repeat::Off,
                modes::Repeat::One => Repeat::One,
                modes::Repeat::All => Repeat::All,
            },
            shuffle: modes.shuffle.is_some(),
            seed: modes.shuffle,
            crossfade_seconds: f64::from(modes.crossfade_us) / 1e6,
            loudness: match modes.loudness {
                modes::Loudness::Off => Loudness::Off,
                modes::Loudness::Track => Loudness::Track,
                modes::Loudness::Album => Loudness::Album,
            },
            preamp_db: modes.preamp_db,
            headroom_db: modes.headroom_db,
            limiter: modes.limiter,
            autoplay,
            autoplay_playlist,
            ab: view.ab.map(|l| LoopView {
                entry: l.entry.0,
                a: l.a.as_seconds(rate),
                b: l.b.as_seconds(rate),
                a_frames: l.a.0,
                b_frames: l.b.0,
            }),
        }
    }
}
