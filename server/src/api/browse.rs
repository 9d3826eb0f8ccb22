//! The library by album, artist, genre, year and folder.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{InPath, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    lists::{MAX_LIMIT, part, sorted},
    problem::Problem,
    tracks::{TrackView, views},
};
use downbeat_store::index::{
    Album, AlbumFilter, AlbumSort, Artist, Cursor, Filter, Folder, Genre, NameSort, Part, Selection, TrackSort, Within,
};

/// Items of a page if no limit is given.
const DEFAULT_LIMIT: usize = 100;

/// An album.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumView {
    /// Follows from title, artist and what tells this release from others.
    pub id: Uuid,
    /// The title.
    pub title: String,
    /// The album's artist, or that of all its tracks, or "Various Artists".
    pub artist: String,
    /// The latest year of its tracks; null if not known.
    pub year: Option<u32>,
    /// The number of its tracks.
    pub track_count: u64,
    /// Their length, seconds.
    pub duration: f64,
    /// The time at which its latest track was first seen, seconds since 1970.
    pub added: i64,
    /// BLAKE3 of its picture: its name under `/api/covers/`.
    pub cover: Option<String>,
    /// The words that tell this release from others of the album: the edition's name, the year, the catalogue number.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub edition: String,
}

impl From<Album> for AlbumView {
    fn from(a: Album) -> Self {
        Self {
            id: a.id,
            title: a.title,
            artist: a.artist,
            year: a.year,
            track_count: a.tracks,
            duration: a.ms as f64 / 1e3,
            added: a.added,
            cover: a.cover,
            edition: a.edition,
        }
    }
}

/// A part of the albums.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlbumList {
    /// In the order asked for.
    pub albums: Vec<AlbumView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// An album with its tracks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlbumDetail {
    /// The album.
    #[serde(flatten)]
    pub album: AlbumView,
    /// Its tracks by disc and number, at most 1000.
    pub tracks: Vec<TrackView>,
}

/// An artist.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtistView {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The number of tracks by this artist or on an album by this artist.
    pub track_count: u64,
    /// The number of albums that these are on.
    pub album_count: u64,
}

impl From<Artist> for ArtistView {
    fn from(a: Artist) -> Self {
        Self { id: a.id, name: a.name, track_count: a.tracks, album_count: a.albums }
    }
}

/// A part of the artists.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ArtistList {
    /// In the order asked for.
    pub artists: Vec<ArtistView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// An artist with albums.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ArtistDetail {
    /// The artist.
    #[serde(flatten)]
    pub artist: ArtistView,
    /// The albums by year, at most 1000.
    pub albums: Vec<AlbumView>,
}

/// A genre.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GenreView {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The number of tracks that have it.
    pub track_count: u64,
}

impl From<Genre> for GenreView {
    fn from(g: Genre) -> Self {
        Self { id: g.id, name: g.name, track_count: g.tracks }
    }
}

/// A part of the genres.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GenreList {
    /// In the order asked for.
    pub genres: Vec<GenreView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// A year.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct YearView {
    /// The year.
    pub year: u32,
    /// The number of tracks that were published in it.
    pub track_count: u64,
}

/// All years.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct YearList {
    /// The latest first.
    pub years: Vec<YearView>,
}

/// A folder with music in it or below.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FolderView {
    /// Follows from the path.
    pub id: Uuid,
    /// The folder that it is in; null for a music folder.
    pub parent: Option<Uuid>,
    /// Its own name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// The number of tracks in it and below.
    pub track_count: u64,
}

impl From<Folder> for FolderView {
    fn from(f: Folder) -> Self {
        let path = f.path.to_string_lossy().into_owned();
        Self { id: f.id, parent: f.parent, name: f.name, path, track_count: f.tracks }
    }
}

/// The music folders.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FolderList {
    /// As they are configured; those without music are left out.
    pub folders: Vec<FolderView>,
}

/// The content of a folder: its folders first, then its tracks, both over all parts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FolderDetail {
    /// The folder.
    #[serde(flatten)]
    pub folder: FolderView,
    /// The folders that it lies in, from the music folder down to the one right above it; none for a music folder.
    pub parents: Vec<FolderView>,
    /// The folders in it by name.
    pub folders: Vec<FolderView>,
    /// The tracks in it by name; with `flat` all below by path.
    pub tracks: Vec<TrackView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// A part of the albums, and their order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AlbumQuery {
    /// At most so many, 1..=1000; default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// `artist` (default: artist, year, title), `title`, `year` or `added`; with a minus before it backwards.
    #[param(schema_with = album_sorts)]
    sort: Option<String>,
    /// Only with this artist, by id.
    artist: Option<Uuid>,
    /// Only with this genre, by id.
    genre: Option<Uuid>,
    /// Only with tracks of this year.
    year: Option<u32>,
    /// Also those whose files are not there.
    unavailable: bool,
}

/// A part of the artists, and their order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ArtistQuery {
    /// At most so many, 1..=1000; default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// `name` (default) or `tracks`; with a minus before it backwards.
    #[param(schema_with = name_sorts)]
    sort: Option<String>,
    /// Only those who are named as the artist of an album.
    album_artists: bool,
    /// Also those whose files are not there.
    unavailable: bool,
}

/// A part of the genres, and their order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct GenreQuery {
    /// At most so many, 1..=1000; default 1000.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// `name` (default) or `tracks`; with a minus before it backwards.
    #[param(schema_with = name_sorts)]
    sort: Option<String>,
}

/// A part of a folder.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct FolderQuery {
    /// At most so many, 1..=1000; default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// All tracks below, and no folders.
    flat: bool,
    /// Also what is not there.
    unavailable: bool,
}

pub(super) const NAME_SORTS: [(&str, NameSort); 2] = [("name", NameSort::Name), ("tracks", NameSort::Tracks)];
const ALBUM_SORTS: [(&str, AlbumSort); 4] = [
    ("artist", AlbumSort::Artist),
    ("title", AlbumSort::Title),
    ("year", AlbumSort::Year),
    ("added", AlbumSort::Added),
];

#[cfg(test)]
pub(super) fn name_sorts() -> utoipa::openapi::schema::Object {
    super::describe::sorts("The order, `name` if none is named; with a minus before it, backwards", &NAME_SORTS)
}

#[cfg(test)]
fn album_sorts() -> utoipa::openapi::schema::Object {
    let description = "The order, `artist` (then year and title) if none is named; with a minus before it, backwards";
    super::describe::sorts(description, &ALBUM_SORTS)
}

/// The albums.
#[call(get, path = "/api/albums", right = browse, operation_id = "list_albums", tag = "library", params(AlbumQuery),
    responses((status = 200, body = AlbumList)))]
pub async fn albums(State(api): State<Api>, Params(query): Params<AlbumQuery>) -> Result<Json<AlbumList>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    let sort = sorted(query.sort.as_deref(), &ALBUM_SORTS)?;
    let AlbumQuery { artist, genre, year, unavailable, .. } = query;
    let page = api.store.list_albums(AlbumFilter { artist, genre, year, unavailable }, sort, part).await?;
    Ok(Json(AlbumList { albums: from(page.items), next: written(page.next) }))
}

/// One album with its tracks.
#[call(get, path = "/api/albums/{id}", right = browse, operation_id = "get_album", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The album's id")),
    responses((status = 200, body = AlbumDetail)))]
pub async fn album(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<AlbumDetail>, Problem> {
    let missing = || unknown("album", &id);
    let album_id = id.parse().map_err(|_| missing())?;
    let album = api.store.album(album_id).await?.ok_or_else(missing)?;
    let tracks = api.store.tracks_of(&Selection::Album(album_id), MAX_LIMIT).await?;
    Ok(Json(AlbumDetail { album: album.into(), tracks: views(&api, tracks) }))
}

/// The artists.
#[call(get, path = "/api/artists", right = browse, operation_id = "list_artists", tag = "library", params(ArtistQuery),
    responses((status = 200, body = ArtistList)))]
pub async fn artists(State(api): State<Api>, Params(query): Params<ArtistQuery>) -> Result<Json<ArtistList>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    let sort = sorted(query.sort.as_deref(), &NAME_SORTS)?;
    let page = api.store.list_artists(query.album_artists, query.unavailable, sort, part).await?;
    Ok(Json(ArtistList { artists: from(page.items), next: written(page.next) }))
}

/// One artist with albums. The tracks are at `/api/tracks?artist=`.
#[call(get, path = "/api/artists/{id}", right = browse, operation_id = "get_artist", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The artist's id")),
    responses((status = 200, body = ArtistDetail)))]
pub async fn artist(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<ArtistDetail>, Problem> {
    let missing = || unknown("artist", &id);
    let artist_id = id.parse().map_err(|_| missing())?;
    let artist = api.store.artist(artist_id).await?.ok_or_else(missing)?;
    let filter = AlbumFilter { artist: Some(artist_id), ..AlbumFilter::default() };
    let albums = api.store.list_albums(filter, AlbumSort::Year.into(), Part::first(MAX_LIMIT)).await?;
    Ok(Json(ArtistDetail { artist: artist.into(), albums: from(albums.items) }))
}

/// The genres. The tracks of one are at `/api/tracks?genre=`.
#[call(get, path = "/api/genres", right = browse, operation_id = "list_genres", tag = "library", params(GenreQuery),
    responses((status = 200, body = GenreList)))]
pub async fn genres(State(api): State<Api>, Params(query): Params<GenreQuery>) -> Result<Json<GenreList>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), MAX_LIMIT)?;
    let page = api.store.list_genres(sorted(query.sort.as_deref(), &NAME_SORTS)?, part).await?;
    Ok(Json(GenreList { genres: from(page.items), next: written(page.next) }))
}

/// The years that tracks were published in. The tracks of one are at `/api/tracks?year=`.
#[call(get, path = "/api/years", right = browse, operation_id = "list_years",
    tag = "library", responses((status = 200, body = YearList)))]
pub async fn years(State(api): State<Api>) -> Result<Json<YearList>, Problem> {
    let years = api.store.list_years().await?;
    let years = years.into_iter().map(|(year, track_count)| YearView { year, track_count }).collect();
    Ok(Json(YearList { years }))
}

/// A path is no deeper: names of a letter, and the slash between.
const MOST_PARENTS: usize = 2_048;

/// The music folders.
#[call(get, path = "/api/folders", right = browse, operation_id = "list_folders",
    tag = "library", responses((status = 200, body = FolderList)))]
pub async fn folders(State(api): State<Api>) -> Result<Json<FolderList>, Problem> {
    let mut folders = Vec::new();
    for path in api.music.iter() {
        let folder = api.store.folder_at(path).await?.map(FolderView::from);
        folders.extend(folder.map(|f| FolderView { parent: None, name: path.to_string_lossy().into_owned(), ..f }));
    }
    Ok(Json(FolderList { folders }))
}

/// One folder: its folders first, then its tracks.
#[call(get, path = "/api/folders/{id}", right = browse, operation_id = "get_folder", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "The folder's id"), FolderQuery),
    responses((status = 200, body = FolderDetail)))]
pub async fn folder(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Params(query): Params<FolderQuery>,
) -> Result<Json<FolderDetail>, Problem> {
    /// The cursor between the last folder and the first track.
    const TRACKS: &str = "tracks";
    let missing = || unknown("folder", &id);
    let at_tracks = query.cursor.as_deref() == Some(TRACKS);
    let part = part(query.limit, query.cursor.as_deref().filter(|_| !at_tracks), DEFAULT_LIMIT)?;
    let folder_id = id.parse().map_err(|_| missing())?;
    let folder = api.store.folder(folder_id).await?.ok_or_else(missing)?;
    let is_root = api.music.contains(&folder.path);
    let mut folder = FolderView::from(folder);
    if is_root {
        folder.parent = None;
    }
    let parents = above(&api, folder.parent).await?;

    let limit = part.limit;
    let in_tracks = query.flat || at_tracks || part.after.as_ref().is_some_and(Cursor::is_of_tracks);
    let (mut folders, mut next) = (Vec::new(), None);
    let after = if in_tracks {
        part.after
    } else {
        let page = api.store.list_folders(folder_id, query.unavailable, part).await?;
        (folders, next) = (from(page.items), written(page.next));
        None
    };
    let mut tracks = Vec::new();
    if next.is_none() && folders.len() == limit {
        next = Some(TRACKS.to_owned());
    } else if next.is_none() {
        let within = if query.flat { Within::Below(folder_id) } else { Within::Folder(folder_id) };
        let filter = Filter { within: Some(within), unavailable: query.unavailable, ..Filter::default() };
        let part = Part { limit: limit - folders.len(), after };
        let page = api.store.list_tracks(&filter, TrackSort::Path.into(), part).await?;
        (tracks, next) = (views(&api, page.items), written(page.next));
    }
    Ok(Json(FolderDetail { folder, parents, folders, tracks, next }))
}

/// The folders from a music folder down to this one.
async fn above(api: &Api, mut next: Option<uuid::Uuid>) -> Result<Vec<FolderView>, Problem> {
    let mut parents: Vec<FolderView> = Vec::new();
    while let Some(id) = next.filter(|_| parents.len() < MOST_PARENTS) {
        let Some(folder) = api.store.folder(id).await? else { break };
        let is_root = api.music.contains(&folder.path);
        next = folder.parent.filter(|_| !is_root);
        let folder = FolderView::from(folder);
        parents.push(FolderView { parent: folder.parent.filter(|_| !is_root), ..folder });
    }
    parents.reverse();
    Ok(parents)
}

pub(super) fn from<T, V: From<T>>(items: Vec<T>) -> Vec<V> {
    items.into_iter().map(V::from).collect()
}

pub(super) fn written(cursor: Option<Cursor>) -> Option<String> {
    cursor.map(|c| c.to_string())
}

pub(super) fn unknown(what: &str, id: &str) -> Problem {
    let (code, detail) = match what {
        "album" => ("album_not_found", "GET /api/albums lists those there are"),
        "composer" => ("composer_not_found", "GET /api/composers lists those there are"),
        "artist" => ("artist_not_found", "GET /api/artists lists those there are"),
        _ => ("folder_not_found", "GET /api/folders lists the music folders"),
    };
    Problem::new(StatusCode::NOT_FOUND, code, format!("there is no {what} {id:?}; {detail}"))
}
