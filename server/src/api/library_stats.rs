//! What the library holds and lacks: `/api/library/stats`.

use axum::extract::State;
use downbeat_library::stats::{Share, Stats};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Api,
    describe::{ToSchema, call},
    json::Json,
};

/// Some tracks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareView {
    /// Their number.
    pub tracks: u64,
    /// Their length, seconds.
    pub seconds: f64,
    /// The size of their files, bytes; a file that holds several tracks counts once.
    pub bytes: u64,
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        Self { tracks: share.tracks, seconds: share.seconds, bytes: share.bytes }
    }
}

/// The tracks of one kind of file.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FormatShare {
    /// The kind, as its usual ending.
    pub format: String,
    /// The tracks.
    #[serde(flatten)]
    pub share: ShareView,
}

/// The tracks of one rate.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RateShare {
    /// Frames a second.
    pub sample_rate: u32,
    /// The tracks.
    #[serde(flatten)]
    pub share: ShareView,
}

/// The tracks with so many channels.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChannelsShare {
    /// Their number.
    pub channels: u16,
    /// The tracks.
    #[serde(flatten)]
    pub share: ShareView,
}

fn shared<K, V>(shares: Vec<(K, Share)>, make: impl Fn(K, ShareView) -> V) -> Vec<V> {
    shares.into_iter().map(|(key, share)| make(key, share.into())).collect()
}

/// The numbers of tracks that lack something.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LacksView {
    /// The artist.
    pub artist: u64,
    /// The album.
    pub album: u64,
    /// The year.
    pub year: u64,
    /// The genre.
    pub genre: u64,
    /// The number on the disc.
    pub number: u64,
    /// A picture.
    pub cover: u64,
    /// The loudness, told or measured.
    pub loudness: u64,
}

/// Files with the very same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DoublesView {
    /// Groups of such files.
    pub groups: u64,
    /// Files that are there once too often.
    pub files: u64,
    /// Their size, bytes.
    pub bytes: u64,
    /// A track of each file of the hundred groups that take the most room.
    pub track_ids: Vec<Vec<Uuid>>,
}

/// A reason why tracks cannot be played.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReasonView {
    /// The reason, for people.
    pub reason: String,
    /// The number of tracks.
    pub tracks: u64,
}

/// The state of tracks whose files are converted to FLAC.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConvertedView {
    /// Wait for their turn.
    pub waiting: u64,
    /// Wait for ffmpeg, which was not found, or is off.
    pub needs_ffmpeg: u64,
    /// Could not be converted.
    pub failed: u64,
    /// Were converted.
    pub done: u64,
}

/// The library as it is, and what it lacks: of tracks whose files are there.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryStats {
    /// All of them.
    pub all: ShareView,
    /// The number of files.
    pub files: u64,
    /// Tracks whose files are not there, and which are in none of the other figures.
    pub gone: u64,
    /// By the kind of file, the most first.
    pub formats: Vec<FormatShare>,
    /// By frames a second, of those that can be played.
    pub rates: Vec<RateShare>,
    /// By channels, of those that can be played.
    pub channels: Vec<ChannelsShare>,
    /// Tracks of audiobooks, podcasts, and what is longer than 80 minutes.
    pub spoken: ShareView,
    /// The numbers of tracks that lack something.
    pub without: LacksView,
    /// Files with the very same bytes.
    pub doubles: DoublesView,
    /// The number of tracks that cannot be played.
    pub faulty: u64,
    /// The hundred most frequent reasons for that.
    pub faults: Vec<ReasonView>,
    /// The number of tracks that play, though something is wrong with their files.
    pub warned: u64,
    /// The state of conversions.
    pub conversion: ConvertedView,
}

impl From<Stats> for LibraryStats {
    fn from(stats: Stats) -> Self {
        let (lacks, doubles, turning) = (stats.lacks, stats.doubles, stats.turning);
        let ids = |group: Vec<downbeat_protocol::TrackId>| group.into_iter().map(|id| id.0).collect();
        Self {
            all: stats.all.into(),
            files: stats.files,
            gone: stats.gone,
            formats: shared(stats.formats, |format, share| FormatShare { format, share }),
            rates: shared(stats.rates, |sample_rate, share| RateShare { sample_rate, share }),
            channels: shared(stats.channels, |channels, share| ChannelsShare { channels, share }),
            spoken: stats.spoken.into(),
            without: LacksView {
                artist: lacks.artist,
                album: lacks.album,
                year: lacks.year,
                genre: lacks.genre,
                number: lacks.number,
                cover: lacks.cover,
                loudness: lacks.loudness,
            },
            doubles: DoublesView {
                groups: doubles.groups,
                files: doubles.surplus,
                bytes: doubles.bytes,
                track_ids: doubles.named.into_iter().map(ids).collect(),
            },
            faulty: stats.faulty,
            faults: stats.faults.into_iter().map(|(reason, tracks)| ReasonView { reason, tracks }).collect(),
            warned: stats.warned,
            conversion: ConvertedView {
                waiting: turning.waiting,
                needs_ffmpeg: turning.needs_ffmpeg,
                failed: turning.failed,
                done: turning.done,
            },
        }
    }
}

/// The number of tracks, hours and bytes that the library holds, and of what it lacks. They are counted when something
/// changed since the last time.
#[call(get, path = "/api/library/stats", right = browse, operation_id = "get_library_stats", tag = "library",
    responses((status = 200, body = LibraryStats)))]
pub async fn get(State(api): State<Api>) -> Json<LibraryStats> {
    let stats = api.conductor.library().stats().await;
    Json(Stats::clone(&stats).into())
}
