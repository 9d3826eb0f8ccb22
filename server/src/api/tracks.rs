//! Tracks: `/api/tracks`; and `/api/library/rescan`.

use axum::{extract::State, http::StatusCode};
use downbeat_protocol::TrackId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{InPath, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    lists::{MAX_LIMIT, part, sorted},
    problem::{Problem, ProblemBody},
};
use downbeat_library::Turning;
use downbeat_store::TrackRow;
use downbeat_store::index::{Filter, Query, TrackSort, Within, album_of};

/// A track.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackView {
    /// Survives moving and retagging of the file.
    pub id: Uuid,
    /// The title; the file's name if it has none.
    pub title: String,
    /// The artists, with commas between; empty if not known.
    pub artist: String,
    /// The artists, each by itself.
    pub artists: Vec<String>,
    /// The album; empty if not known.
    pub album: String,
    /// The album's id; null if it is on none.
    pub album_id: Option<Uuid>,
    /// The album's artists, with commas between; empty if the file does not say.
    pub album_artist: String,
    /// The genres.
    pub genres: Vec<String>,
    /// The composers, with commas between; empty if not known.
    pub composer: String,
    /// The year of publication.
    pub year: Option<u32>,
    /// The number of its disc.
    pub disc_no: Option<u32>,
    /// Its number on the disc.
    pub track_no: Option<u32>,
    /// Its length, seconds.
    pub duration: f64,
    /// The kind of file in the library.
    pub format: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Its length, frames.
    pub frames: i64,
    /// The size of what speakers get of it, bytes: of the file, or of the FLAC that it was converted to.
    pub bytes: u64,
    /// BLAKE3 of the same: its name under `/media/`. Empty as long as it is not known.
    pub hash: String,
    /// BLAKE3 of its picture: its name under `/api/covers/`.
    pub cover: Option<String>,
    /// The time at which it was first seen, seconds since 1970.
    pub added: i64,
    /// True if its file is there.
    pub available: bool,
    /// The reason why it cannot be played; null if it can.
    pub fault: Option<String>,
    /// How far its file is, if it is of a kind that has no decoder and is converted to FLAC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conversion: Option<TrackConversion>,
    /// The composers, each by itself; left out if there are not several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub composers: Vec<String>,
    /// The piece of which it is a part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub work: Option<String>,
    /// The name of that part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub movement: Option<String>,
    /// The number of that part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub movement_no: Option<u32>,
    /// The title of its disc.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disc_title: Option<String>,
    /// The number of tracks that its disc should have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub track_total: Option<u32>,
    /// The number of discs that its album should have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disc_total: Option<u32>,
    /// True if its album has many artists; left out if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub compilation: bool,
    /// The encoding in which its texts were read, if the file does not say it and it was guessed. An edit mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub charset_guessed: Option<String>,
}

/// How far the conversion of one file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TrackConversion {
    /// It waits for its turn.
    Waiting,
    /// It waits for ffmpeg, which was not found, or is off.
    NeedsFfmpeg,
    /// It could not be converted; `fault` says why.
    Failed,
    /// It was converted.
    Done,
}

impl From<Turning> for TrackConversion {
    fn from(turning: Turning) -> Self {
        match turning {
            Turning::Waits => Self::Waiting,
            Turning::NeedsFfmpeg => Self::NeedsFfmpeg,
            Turning::Failed => Self::Failed,
            Turning::Turned => Self::Done,
        }
    }
}

impl From<&TrackRow> for TrackView {
    fn from(t: &TrackRow) -> Self {
        let each = |names: &[downbeat_store::Text]| names.iter().map(ToString::to_string).collect();
        let d = &*t.details;
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            id: t.id.0,
            title: t.title.to_string(),
            artist: t.artist.to_string(),
            artists: each(&t.artists),
            album: t.album.to_string(),
            album_id: album_of(t),
            album_artist: t.album_artist.to_string(),
            genres: each(&t.genres),
            composer: t.composer.to_string(),
            year: t.year,
            disc_no: t.disc_no,
            track_no: t.track_no,
            duration: t.duration_seconds(),
            format: t.file_format().to_owned(),
            sample_rate: t.sample_rate,
            channels: t.channels,
            frames: t.frames.0,
            bytes: t.bytes,
            hash: t.hash.clone(),
            cover: t.cover.as_deref().map(str::to_owned),
            added: t.added,
            available: t.available,
            fault: t.why_not().map(str::to_owned),
            conversion: Turning::of(t).map(TrackConversion::from),
            composers: d.composers.clone(),
            work: said(&d.work),
            movement: said(&d.movement),
            movement_no: d.movement_no,
            disc_title: said(&d.disc_title),
            track_total: d.track_total,
            disc_total: d.disc_total,
            compilation: d.compilation,
            charset_guessed: said(&d.charset_guessed),
        }
    }
}

/// A part of the list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrackList {
    /// In the order asked for; by artist, album, disc, number and title if none was.
    pub tracks: Vec<TrackView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
    /// The number of items of all parts.
    pub total: u64,
}

/// A part of the tracks, and their order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct TrackQuery {
    /// At most so many, 1..=1000; default 1000.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// Only tracks that match this; the grammar of `/api/search`.
    search: Option<String>,
    /// The order; with a minus before it backwards.
    #[param(schema_with = track_sorts)]
    sort: Option<String>,
    /// Only of this album, by id.
    album: Option<Uuid>,
    /// Only of this artist, by id.
    artist: Option<Uuid>,
    /// Only of this genre, by id.
    genre: Option<Uuid>,
    /// Only by this composer, by id.
    composer: Option<Uuid>,
    /// Only of this work, by id.
    work: Option<Uuid>,
    /// Only of this year.
    year: Option<u32>,
    /// Only in this folder or below, by id.
    folder: Option<Uuid>,
    /// Also those whose files are not there.
    unavailable: bool,
}

#[cfg(test)]
pub(super) fn track_sorts() -> utoipa::openapi::schema::Object {
    let description = "The order; with a minus before it, backwards. Default: by artist, album, disc and number";
    super::describe::sorts(description, &TrackSort::NAMES)
}

impl TrackQuery {
    fn within(&self) -> Result<Option<Within>, Problem> {
        let all = [
            self.album.map(Within::Album),
            self.artist.map(Within::Artist),
            self.genre.map(Within::Genre),
            self.composer.map(Within::Composer),
            self.work.map(Within::Work),
            self.year.map(Within::Year),
            self.folder.map(Within::Below),
        ];
        let mut named = all.into_iter().flatten();
        let first = named.next();
        if named.next().is_some() {
            return Err(Problem::field("query", "name one of album, artist, genre, composer, work, year and folder"));
        }
        Ok(first)
    }
}

/// The tracks of the library, also those that cannot be played, with the reason.
#[call(get, path = "/api/tracks", right = browse, operation_id = "list_tracks", tag = "library", params(TrackQuery),
    responses((status = 200, body = TrackList)))]
pub async fn list(State(api): State<Api>, Params(query): Params<TrackQuery>) -> Result<Json<TrackList>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), MAX_LIMIT)?;
    let sort = sorted(query.sort.as_deref(), &TrackSort::NAMES)?;
    let filter = Filter {
        query: Query::parse(query.search.as_deref().unwrap_or_default()),
        within: query.within()?,
        unavailable: query.unavailable,
    };
    let (page, total) = api.store.list_and_count_tracks(&filter, sort, part).await?;
    Ok(Json(TrackList { tracks: views(&api, page.items), next: page.next.map(|c| c.to_string()), total }))
}

/// The tracks of these ids, as they are shown.
pub fn views(api: &Api, ids: impl IntoIterator<Item = TrackId>) -> Vec<TrackView> {
    let catalog = api.conductor.library().catalog();
    // One that was saved and is not in the catalog yet will be there in an instant.
    ids.into_iter().filter_map(|id| catalog.get(id).map(|track| TrackView::from(&*track))).collect()
}

/// One track.
#[call(get, path = "/api/tracks/{id}", right = browse, operation_id = "get_track", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The track's id")),
    responses((status = 200, body = TrackView)))]
pub async fn get(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<TrackView>, Problem> {
    let catalog = api.conductor.library().catalog();
    let track = id.parse().ok().and_then(|id: TrackId| catalog.get(id));
    let track = track.ok_or_else(|| Problem::unknown_track(&id).in_path())?;
    Ok(Json(TrackView::from(&*track)))
}

/// Looks for new, changed and missing files, in the background.
#[call(post, path = "/api/library/rescan", right = scan, operation_id = "rescan_library", tag = "library",
    responses((status = 202), (status = 429, body = ProblemBody, description = "`too_often`")))]
pub async fn rescan(State(api): State<Api>) -> Result<StatusCode, Problem> {
    api.may_scan()?;
    api.conductor.library().rescan();
    Ok(StatusCode::ACCEPTED)
}
