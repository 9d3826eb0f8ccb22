//! Tracks: `/api/tracks`; and `/api/library/rescan`.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use downbeat_protocol::TrackId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Api,
    body::{InPath, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    lists::{MAX_LIMIT, part, sorted},
    problem::{Problem, ProblemBody},
};
use downbeat_library::{Turning, books::book_of};
use downbeat_store::index::{Filter, Query, TrackSort, Within, album_of};
use downbeat_store::{Mark, Store, TrackRow};

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
    /// The path of its file on the coordinator's machine.
    pub path: String,
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
    /// People's rating, 0..=100; a star of five is 20. Null: it has none.
    pub rating: Option<u8>,
    /// The number of times that half of it, or four minutes, were heard: here, and as another program counted before.
    pub play_count: u32,
    /// The time at which it was heard last, seconds since 1970; null: never, as far as is known.
    pub last_played: Option<i64>,
    /// True if it is of a book, which goes on where it was left.
    pub book: bool,
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

impl TrackView {
    /// A track as it is shown, with what `store` has marked at it.
    pub fn of(store: &Store, t: &TrackRow) -> Self {
        Self::marked(store.mark(t.id), t)
    }

    fn marked(mark: Mark, t: &TrackRow) -> Self {
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
            path: t.path.to_string_lossy().into_owned(),
            format: t.file_format().to_owned(),
            sample_rate: t.sample_rate,
            channels: t.channels,
            frames: t.frames.0,
            bytes: t.bytes,
            hash: t.hash.clone(),
            cover: t.cover.as_deref().map(str::to_owned),
            added: t.added,
            rating: mark.rating,
            play_count: mark.plays,
            last_played: mark.played,
            book: book_of(t).is_some(),
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
    /// Only these fields of each track, with commas between, as `id,title,artist`; the others are left out. Without it,
    /// all of them.
    fields: Option<String>,
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
pub async fn list(State(api): State<Api>, Params(query): Params<TrackQuery>) -> Result<Response, Problem> {
    let fields = query.fields.as_deref().map(fields).transpose()?;
    let part = part(query.limit, query.cursor.as_deref(), MAX_LIMIT)?;
    let sort = sorted(query.sort.as_deref(), &TrackSort::NAMES)?;
    let filter = Filter {
        query: Query::parse(query.search.as_deref().unwrap_or_default()),
        within: query.within()?,
        unavailable: query.unavailable,
    };
    let (page, total) = api.store.list_and_count_tracks(&filter, sort, part).await?;
    let list = TrackList { tracks: views(&api, page.items), next: page.next.map(|c| c.to_string()), total };
    let Some(fields) = fields else { return Ok(Json(list).into_response()) };
    // a type of ours is an object of what serde writes, always
    let mut part = serde_json::to_value(&list).unwrap_or_default();
    for track in part["tracks"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        track.retain(|field, _| fields.contains(&field.as_str()));
    }
    Ok(Json(part).into_response())
}

/// The fields of a track, as they are asked for.
const FIELDS: [&str; 38] = [
    "id",
    "title",
    "artist",
    "artists",
    "album",
    "albumId",
    "albumArtist",
    "genres",
    "composer",
    "year",
    "discNo",
    "trackNo",
    "duration",
    "path",
    "format",
    "sampleRate",
    "channels",
    "frames",
    "bytes",
    "hash",
    "cover",
    "added",
    "rating",
    "playCount",
    "lastPlayed",
    "book",
    "available",
    "fault",
    "conversion",
    "composers",
    "work",
    "movement",
    "movementNo",
    "discTitle",
    "trackTotal",
    "discTotal",
    "compilation",
    "charsetGuessed",
];

/// The fields that a text names, with commas between.
fn fields(text: &str) -> Result<Vec<&'static str>, Problem> {
    let named = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = |name: &str| {
        let found = FIELDS.iter().copied().find(|known| *known == name);
        found.ok_or_else(|| Problem::field("fields", format!("{name:?} is none of {}", FIELDS.join(", "))))
    };
    named.map(known).collect()
}

/// The tracks of these ids, as they are shown.
pub fn views(api: &Api, ids: impl IntoIterator<Item = TrackId>) -> Vec<TrackView> {
    let catalog = api.conductor.library().catalog();
    // One that was saved and is not in the catalog yet will be there in an instant.
    ids.into_iter().filter_map(|id| catalog.get(id).map(|track| TrackView::of(&api.store, &track))).collect()
}

/// One track.
#[call(get, path = "/api/tracks/{id}", right = browse, operation_id = "get_track", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The track's id")),
    responses((status = 200, body = TrackView)))]
pub async fn get(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<TrackView>, Problem> {
    let catalog = api.conductor.library().catalog();
    let track = id.parse().ok().and_then(|id: TrackId| catalog.get(id));
    let track = track.ok_or_else(|| Problem::unknown_track(&id).in_path())?;
    Ok(Json(TrackView::of(&api.store, &track)))
}

/// Looks for new, changed and missing files, in the background.
#[call(post, path = "/api/library/rescan", right = scan, operation_id = "rescan_library", tag = "library",
    responses((status = 202), (status = 429, body = ProblemBody, description = "`too_often`")))]
pub async fn rescan(State(api): State<Api>) -> Result<StatusCode, Problem> {
    api.may_scan()?;
    api.conductor.library().rescan();
    Ok(StatusCode::ACCEPTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_of_a_track_can_be_asked_for() {
        let view = TrackView {
            conversion: Some(TrackConversion::Done),
            composers: vec!["Bach".into()],
            work: Some("Mass".into()),
            movement: Some("Kyrie".into()),
            movement_no: Some(1),
            disc_title: Some("First".into()),
            track_total: Some(2),
            disc_total: Some(2),
            compilation: true,
            charset_guessed: Some("windows-1251".into()),
            ..TrackView::marked(Mark::default(), &TrackRow::unknown(TrackId::random(), "/m/a.mp3".into()))
        };
        let Value::Object(written) = serde_json::to_value(&view).unwrap() else { panic!("an object") };
        let (mut written, mut known): (Vec<&str>, Vec<&str>) =
            (written.keys().map(String::as_str).collect(), FIELDS.into());
        written.sort_unstable();
        known.sort_unstable();
        assert_eq!(written, known);
        assert_eq!(fields("id, title,"), Ok(vec!["id", "title"]));
        assert_eq!(fields("id,name").unwrap_err().blamed(), Some("fields"));
    }
}
