//! The coordinator's answers, as far as tables need them. Every field may be missing and unknown ones are ignored: the
//! client and the coordinator need not be of one version.

use serde::{Deserialize, Deserializer};

/// A page of tracks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TrackPage {
    /// The tracks.
    #[serde(deserialize_with = "or_default")]
    pub tracks: Vec<Track>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// A track.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Track {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The title, from the tags or the file's name.
    #[serde(deserialize_with = "not_empty")]
    pub title: Option<String>,
    /// The artist, from the tags.
    #[serde(deserialize_with = "not_empty")]
    pub artist: Option<String>,
    /// The album, from the tags.
    #[serde(deserialize_with = "not_empty")]
    pub album: Option<String>,
    /// Seconds.
    pub duration: Option<f64>,
    /// The file's format.
    #[serde(deserialize_with = "not_empty")]
    pub format: Option<String>,
    /// Why it cannot be played, if it cannot.
    pub fault: Option<String>,
}

impl Track {
    /// "Title - Artist", as far as known.
    pub fn caption(&self) -> String {
        let title = self.title.as_deref().unwrap_or(&self.id);
        match self.artist.as_deref() {
            Some(artist) => format!("{title} - {artist}"),
            None => title.to_owned(),
        }
    }
}

/// The finds of a search.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Found {
    /// The words that were searched for instead of those that were typed.
    #[serde(deserialize_with = "not_empty")]
    pub searched_for: Option<String>,
    /// Tracks.
    #[serde(deserialize_with = "or_default")]
    pub tracks: Hits<Track>,
    /// Albums.
    #[serde(deserialize_with = "or_default")]
    pub albums: Hits<Album>,
    /// Artists.
    #[serde(deserialize_with = "or_default")]
    pub artists: Hits<Artist>,
    /// Playlists.
    #[serde(deserialize_with = "or_default")]
    pub playlists: Hits<Playlist>,
}

/// The first hits of one kind.
#[derive(Debug, Clone, Deserialize)]
pub struct Hits<T> {
    /// The best first.
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
}

impl<T> Default for Hits<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

/// The albums, the artists or the playlists.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Lists {
    /// Albums.
    #[serde(deserialize_with = "or_default")]
    pub albums: Vec<Album>,
    /// Artists.
    #[serde(deserialize_with = "or_default")]
    pub artists: Vec<Artist>,
    /// Playlists.
    #[serde(deserialize_with = "or_default")]
    pub playlists: Vec<Playlist>,
}

/// An album.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Album {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The title.
    #[serde(deserialize_with = "not_empty")]
    pub title: Option<String>,
    /// The artist.
    #[serde(deserialize_with = "not_empty")]
    pub artist: Option<String>,
    /// When it appeared.
    pub year: Option<u32>,
    /// How many tracks it has.
    pub track_count: Option<u64>,
    /// Seconds.
    pub duration: Option<f64>,
}

/// An artist.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Artist {
    /// The id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The name.
    #[serde(deserialize_with = "not_empty")]
    pub name: Option<String>,
    /// How many tracks.
    pub track_count: Option<u64>,
    /// How many albums.
    pub album_count: Option<u64>,
}

/// A playlist.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Playlist {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The name.
    #[serde(deserialize_with = "not_empty")]
    pub name: Option<String>,
    /// The rule of a smart playlist.
    pub rule: Option<Rule>,
    /// How many tracks it has.
    pub track_count: Option<u64>,
    /// Seconds.
    pub duration: Option<f64>,
}

/// The rule of a smart playlist.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// The search that the rule makes.
    #[serde(deserialize_with = "or_default")]
    pub query: String,
}

/// The playback of a zone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Playback {
    /// True if something sounds.
    #[serde(deserialize_with = "or_default")]
    pub playing: bool,
    /// The same with more shades: playing, paused, stopped.
    #[serde(alias = "playbackState")]
    pub state: Option<String>,
    /// A start that still waits for speakers.
    #[serde(deserialize_with = "or_default")]
    pub preparing: bool,
    /// The zone's name.
    pub zone: Option<String>,
    /// The track that plays, is paused or about to start.
    #[serde(alias = "currentTrack")]
    pub track: Option<Track>,
    /// Seconds from the track's start, at the instant `at`.
    pub position: Option<f64>,
    /// The instant of `position`, server microseconds.
    pub at: Option<i64>,
    /// The instant of the answer, server microseconds.
    pub server_time: Option<i64>,
    /// 0..=100.
    pub volume: Option<f64>,
    /// Silenced, the volume kept.
    #[serde(deserialize_with = "or_default")]
    pub muted: bool,
    /// How far apart the speakers are, as they report.
    pub sync: Option<Sync>,
    /// The metronome, if it ticks.
    pub metronome: Option<Metronome>,
    /// The changes that are to be made later, the next first.
    #[serde(deserialize_with = "or_default")]
    pub pending: Vec<PendingChange>,
}

/// A change that a zone is to make later.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct PendingChange {
    /// `stop`, `volume` ...
    pub what: String,
    /// When, server microseconds.
    pub at: i64,
}

/// How far apart the speakers of a zone are, microseconds, as they report.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Sync {
    /// The latest minus the earliest.
    pub spread_us: Option<f64>,
    /// The spread that 95 % of the last minutes did not exceed.
    pub p95_us: Option<f64>,
    /// The greatest of the last minutes.
    pub max_us: Option<f64>,
    /// By how much the truth may exceed the spread.
    pub bound_us: Option<f64>,
    /// Of how many speakers this is.
    pub speakers: u64,
}

/// The metronome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Metronome {
    /// True if it ticks.
    pub on: bool,
}

impl Playback {
    /// The position at the instant of the answer, seconds.
    pub fn present_position(&self) -> Option<f64> {
        let position = self.position?;
        let since = match (self.playing, self.at, self.server_time) {
            // A start that lies ahead has not moved yet.
            (true, Some(at), Some(now)) => (now.saturating_sub(at).max(0)) as f64 / 1e6,
            _ => 0.0,
        };
        let length = self.track.as_ref().and_then(|track| track.duration).unwrap_or(f64::INFINITY);
        Some((position + since).min(length))
    }
}

/// The speakers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpeakerList {
    /// The speakers.
    #[serde(deserialize_with = "or_default")]
    pub speakers: Vec<Speaker>,
}

/// A speaker.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Speaker {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// agent or browser.
    pub class: Option<String>,
    /// Its zone's name.
    pub zone: Option<String>,
    /// True if it is connected.
    #[serde(deserialize_with = "or_default")]
    pub connected: bool,
    /// Its own volume, 0..=100.
    pub volume: Option<f64>,
    /// True if it is silenced.
    #[serde(deserialize_with = "or_default")]
    pub muted: bool,
    /// The labels that people gave it.
    #[serde(deserialize_with = "or_default")]
    pub labels: std::collections::BTreeMap<String, String>,
    /// The delay behind its sound card, microseconds.
    #[serde(deserialize_with = "or_default")]
    pub output_delay_us: i64,
    /// idle, preparing, playing, paused, faulted.
    pub state: Option<String>,
    /// The difference between its place and where it should be, microseconds, late is positive; as it believes.
    pub sync_error_us: Option<f64>,
    /// The servo's correction.
    pub correction_ppm: Option<f64>,
    /// Its sound card's crystal against its clock.
    pub dac_ppm: Option<f64>,
    /// The coordinator's clock against its own.
    pub skew_ppm: Option<f64>,
    /// The bound of the error of its sync error, microseconds.
    pub error_bound_us: Option<f64>,
    /// The steps in which its card's position moves, microseconds.
    pub card_step_us: Option<f64>,
    /// Why that bound is great, where it is.
    pub unsure_because: Option<String>,
    /// Microseconds.
    pub round_trip_us: Option<f64>,
    /// How often the card ran dry.
    pub underruns: Option<u64>,
    /// How often the decoder was late.
    pub starved: Option<u64>,
    /// How often it jumped to the right position.
    pub reanchors: Option<u64>,
    /// Decoded audio waiting, milliseconds.
    pub buffer_ms: Option<f64>,
    /// Seconds from the track's start, when it reported.
    pub position: Option<f64>,
    /// How old its report is, milliseconds.
    pub report_age_ms: Option<f64>,
    /// The truth, from virtual devices.
    pub truth: Option<Truth>,
    /// How its machine is.
    pub health: Option<Health>,
}

impl Speaker {
    /// The word for its state, for a column.
    pub fn condition(&self) -> &str {
        if self.connected { self.state.as_deref().unwrap_or("connected") } else { "away" }
    }

    /// Its present position, seconds: it reports about once a second, and moves meanwhile.
    pub fn present_position(&self) -> Option<f64> {
        let since = self.report_age_ms.filter(|_| self.is_playing()).unwrap_or(0.0) / 1e3;
        Some(self.position? + since)
    }

    /// True if it is there and sounds.
    pub fn is_playing(&self) -> bool {
        self.connected && self.state.as_deref() == Some("playing")
    }
}

/// The facts that a virtual device knows beyond doubt; see the protocol's report.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Truth {
    /// The instant at which a frame left, nanoseconds of the machine's raw clock.
    pub raw_ns: i64,
    /// The server instant at which it was due, microseconds.
    pub content_us: f64,
}

/// How a speaker's machine is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Health {
    /// The output in use.
    pub output: Option<String>,
    /// The fault of the output.
    pub output_fault: Option<String>,
    /// The agent's version.
    pub version: Option<String>,
}

/// An empty text says nothing.
fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

/// A JSON null is read as the default, as a missing field is.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_may_lack_anything() {
        serde_json::from_value::<TrackPage>(json!({})).unwrap();
        let playback: Playback = serde_json::from_value(json!({"playing": null, "muted": null, "new": 1})).unwrap();
        assert_eq!(playback.present_position(), None);
        let list: SpeakerList = serde_json::from_value(json!({"speakers": [{}]})).unwrap();
        assert_eq!(list.speakers[0].condition(), "away");
    }

    #[test]
    fn a_position_moves_while_it_plays() {
        let playback = |value| serde_json::from_value::<Playback>(value).unwrap().present_position();
        let at = 5_000_000;
        assert_eq!(
            playback(json!({"playing": true, "position": 3.0, "at": at, "serverTime": at + 1_500_000})),
            Some(4.5)
        );
        assert_eq!(
            playback(json!({"playing": false, "position": 3.0, "at": at, "serverTime": at + 1_500_000})),
            Some(3.0)
        );
        // A start that is still to come.
        assert_eq!(playback(json!({"playing": true, "position": 0.0, "at": at, "serverTime": at - 100})), Some(0.0));
        // Never past the end.
        assert_eq!(
            playback(
                json!({"playing": true, "position": 9.0, "at": 0, "serverTime": 5_000_000, "track": {"duration": 10.0}})
            ),
            Some(10.0)
        );
    }
}
