//! Books that were begun: `/api/books`.

use std::collections::HashMap;

use axum::{extract::State, http::StatusCode};
use downbeat_library::{
    books::{Book, BookKey, book_of},
    selection::book,
};
use downbeat_protocol::{TrackId, ZoneId};
use downbeat_store::BookPlace;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{InPath, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
};

/// The books in an answer, the latest.
const MOST: usize = 100;

/// A place in a book.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookPlaceView {
    /// The track.
    pub track_id: Uuid,
    /// Its title.
    pub title: String,
    /// Its number among those of the book, from 1.
    pub chapter: usize,
    /// Seconds from the track's start.
    pub position: f64,
    /// Seconds from the book's start.
    pub book_position: f64,
    /// The zone that left it, by id.
    pub zone_id: Uuid,
    /// The zone's name; null if it is gone.
    pub zone: Option<String>,
    /// The time at which it was left, seconds since 1970.
    pub noted: i64,
}

/// A book that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookView {
    /// The id of a track of it, by which it is named: `book` of a play goes on with it.
    pub id: Uuid,
    /// Its title.
    pub title: String,
    /// The author; empty if not known.
    pub author: String,
    /// The album; null if it is a file by itself.
    pub album_id: Option<Uuid>,
    /// BLAKE3 of its picture: its name under `/api/covers/`.
    pub cover: Option<String>,
    /// The number of its tracks.
    pub chapters: usize,
    /// Its length, seconds.
    pub duration: f64,
    /// The places at which it was left, the latest first: one for each zone.
    pub places: Vec<BookPlaceView>,
}

/// The books that were begun.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BookList {
    /// The latest first; a hundred at most.
    pub books: Vec<BookView>,
}

/// The books that are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct BookQuery {
    /// Only the one that this track is of.
    track: Option<Uuid>,
    /// Only the one that this album is.
    album: Option<Uuid>,
}

/// The books that were begun, with the place at which each is to go on. A book that was heard to its end is none of
/// them. Books are audiobooks and podcasts by their genre, `.m4b` files, and what is longer than 80 minutes.
#[call(get, path = "/api/books", right = browse, operation_id = "list_books", tag = "library", params(BookQuery),
    responses((status = 200, body = BookList)))]
pub async fn list(State(api): State<Api>, Params(query): Params<BookQuery>) -> Result<Json<BookList>, Problem> {
    let catalog = api.conductor.library().catalog();
    let wanted = query.track.and_then(|track| catalog.get(TrackId(track))).and_then(|track| book_of(&track));
    if query.track.is_some() && wanted.is_none() {
        return Ok(Json(BookList { books: Vec::new() }));
    }
    let mut order: Vec<BookKey> = Vec::new();
    let mut places: HashMap<BookKey, Vec<BookPlace>> = HashMap::new();
    for place in api.store.book_places().await? {
        let Some(key) = catalog.get(place.track).and_then(|track| book_of(&track)) else { continue };
        let is_wanted = wanted.as_ref().is_none_or(|wanted| *wanted == key);
        let is_album = query.album.is_none_or(|album| key == BookKey::Album(album));
        if is_wanted && is_album {
            let own = places.entry(key.clone()).or_default();
            if own.is_empty() {
                order.push(key);
            }
            own.push(place);
        }
    }
    let mut books = Vec::new();
    for key in order.into_iter().take(MOST) {
        if let Some(book) = book(api.conductor.library(), &key).await? {
            let own = places.remove(&key).unwrap_or_default();
            books.extend(view(&api, &key, &book, &own));
        }
    }
    Ok(Json(BookList { books }))
}

/// A book with its places; `None` if none of them is in it any more.
fn view(api: &Api, key: &BookKey, book: &Book, places: &[BookPlace]) -> Option<BookView> {
    let zone = |id: ZoneId| api.conductor.zone(id).ok().map(|zone| zone.name);
    let mut zones = std::collections::HashSet::new();
    // after an edit of tags two places of one zone may have come into one book: the latest counts
    let places = places.iter().filter(|place| zones.insert(place.zone)).filter_map(|place| {
        let chapter = book.tracks.iter().position(|track| track.id == place.track)?;
        let track = &book.tracks[chapter];
        let position = place.frame.as_seconds(track.sample_rate);
        Some(BookPlaceView {
            track_id: track.id.0,
            title: track.title.to_string(),
            chapter: chapter + 1,
            position,
            book_position: book.seconds_before(chapter) + position,
            zone_id: place.zone.0,
            zone: zone(place.zone),
            noted: place.noted,
        })
    });
    let places: Vec<_> = places.collect();
    let album_id = if let BookKey::Album(album) = key { Some(*album) } else { None };
    Some(BookView {
        id: places.first()?.track_id,
        title: book.title.clone(),
        author: book.author.clone(),
        album_id,
        cover: book.tracks.iter().find_map(|track| track.cover.as_deref()).map(str::to_owned),
        chapters: book.tracks.len(),
        duration: book.seconds(),
        places,
    })
}

/// The book that this track is of.
pub(super) async fn named(api: &Api, track: &str) -> Result<Book, Problem> {
    let catalog = api.conductor.library().catalog();
    let row = track.parse().ok().and_then(|id: TrackId| catalog.get(id));
    let row = row.ok_or_else(|| Problem::unknown_track(track))?;
    api.conductor.book_of(&row).await?.ok_or_else(|| {
        let detail =
            format!("{:?} is of no book that can be played; GET /api/books lists those that were begun", row.title);
        Problem::new(StatusCode::NOT_FOUND, "book_not_found", detail)
    })
}

/// The place at which a book is to go on in this zone: the latest one of any zone, since people carry on elsewhere.
pub(super) async fn place_in(api: &Api, book: &Book, from: Option<Uuid>) -> Result<Option<BookPlace>, Problem> {
    let own = |place: &BookPlace| book.tracks.iter().any(|track| track.id == place.track);
    let meant = |place: &BookPlace| from.is_none_or(|zone| place.zone.0 == zone);
    Ok(api.store.book_places().await?.into_iter().find(|place| own(place) && meant(place)))
}

/// Forget where a book was left, in all zones: it begins anew.
#[call(delete, path = "/api/books/{id}", right = playlists, operation_id = "forget_book", tag = "library",
    params(("id" = uuid::Uuid, Path, description = "A track of the book, by id")),
    responses((status = 204), (status = 404, body = ProblemBody, description = "`track_not_found`")))]
pub async fn forget(State(api): State<Api>, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    let book = named(&api, &id).await.map_err(Problem::in_path)?;
    let ids: Vec<TrackId> = book.tracks.iter().map(|track| track.id).collect();
    api.store.forget_book_places(&ids, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
