//! The sorted lists: tracks, albums, artists, genres, years, folders.

use std::{
    ffi::OsString,
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

use downbeat_protocol::TrackId;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    conditions::{Conditions, Filter, Walk, push_has_words},
    keys,
    page::{
        self,
        Column::{Key, Number},
        NoCursor, Order, Page, Part,
    },
};
use crate::{Store, StoreError, parsed};

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor is none, or one of another list or order.
    #[error(transparent)]
    Cursor(#[from] NoCursor),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How tracks are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TrackSort {
    /// By title.
    Title,
    /// By artist, album, disc and number.
    #[default]
    Artist,
    /// By album, its artist, disc and number.
    Album,
    /// By year, album, disc and number.
    Year,
    /// By when they were first seen.
    Added,
    /// By length.
    Duration,
    /// By folder and name of the file.
    Path,
    /// By disc and number alone: the order of listening within an album.
    Disc,
}

impl TrackSort {
    /// The orders by the names that people give them.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("artist", Self::Artist),
        ("title", Self::Title),
        ("album", Self::Album),
        ("year", Self::Year),
        ("added", Self::Added),
        ("duration", Self::Duration),
        ("path", Self::Path),
        ("disc", Self::Disc),
    ];

    /// The order of this name; with a minus before it, backwards.
    pub fn sorted(name: &str) -> Option<Sorted<Self>> {
        let (plain, reverse) = name.strip_prefix('-').map_or((name, false), |plain| (plain, true));
        Self::NAMES.iter().find(|(known, _)| *known == plain).map(|(_, by)| Sorted { by: *by, reverse })
    }

    /// The name that [`TrackSort::sorted`] reads.
    pub fn name_of(sorted: Sorted<Self>) -> String {
        let name = Self::NAMES.iter().find(|(_, by)| *by == sorted.by).map_or("", |(name, _)| name);
        format!("{}{name}", if sorted.reverse { "-" } else { "" })
    }

    fn order(self) -> &'static Order {
        match self {
            Self::Title => &Order { list: 1, columns: &[Key("k_title"), Number("num")], index: "songs_by_title" },
            Self::Artist => &Order { list: 2, columns: &[Key("k_artist"), Number("num")], index: "songs_by_artist" },
            Self::Album => &Order { list: 3, columns: &[Key("k_album"), Number("num")], index: "songs_by_album" },
            Self::Year => {
                &Order { list: 4, columns: &[Number("year"), Key("k_album"), Number("num")], index: "songs_by_year" }
            }
            Self::Added => &Order { list: 5, columns: &[Number("added"), Number("num")], index: "songs_by_added" },
            Self::Duration => &Order { list: 6, columns: &[Number("ms"), Number("num")], index: "songs_by_ms" },
            Self::Path => &Order { list: 7, columns: &[Key("k_path"), Number("num")], index: "songs_by_path" },
            // Within an album there are few, which are sorted; outside of one the order means nothing.
            Self::Disc => &Order { list: 8, columns: &[Key("k_disc"), Number("num")], index: "" },
        }
    }
}

/// How a list is sorted, and whether backwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sorted<S> {
    /// The value to sort by.
    pub by: S,
    /// From the end.
    pub reverse: bool,
}

impl<S> From<S> for Sorted<S> {
    fn from(by: S) -> Self {
        Self { by, reverse: false }
    }
}

/// How albums are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AlbumSort {
    /// By title.
    Title,
    /// By artist, year and title.
    #[default]
    Artist,
    /// By year and title.
    Year,
    /// By when their latest track was first seen.
    Added,
}

impl AlbumSort {
    fn order(self) -> &'static Order {
        match self {
            Self::Title => &Order { list: 11, columns: &[Key("k_title"), Number("num")], index: "albums_by_title" },
            Self::Artist => &Order { list: 12, columns: &[Key("k_artist"), Number("num")], index: "albums_by_artist" },
            Self::Year => {
                &Order { list: 13, columns: &[Number("year"), Key("k_title"), Number("num")], index: "albums_by_year" }
            }
            Self::Added => &Order { list: 14, columns: &[Number("added"), Number("num")], index: "albums_by_added" },
        }
    }
}

/// How artists and genres are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NameSort {
    /// By name.
    #[default]
    Name,
    /// By how many tracks they have.
    Tracks,
}

/// An album.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Album {
    /// Follows from its title and artist.
    pub id: Uuid,
    /// The title.
    pub title: String,
    /// The album's artist, or that of all its tracks, or "Various Artists".
    pub artist: String,
    /// The latest year of its tracks.
    pub year: Option<u32>,
    /// How many tracks are there.
    pub tracks: u64,
    /// Their length, milliseconds.
    pub ms: i64,
    /// When its latest track was first seen, seconds since 1970.
    pub added: i64,
    /// BLAKE3 of its picture.
    pub cover: Option<String>,
    pub(super) num: i64,
}

/// An artist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artist {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// How many tracks are by this artist, or on an album by this artist.
    pub tracks: u64,
    /// How many albums these are on.
    pub albums: u64,
    pub(super) num: i64,
}

/// A genre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genre {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// How many tracks have it.
    pub tracks: u64,
}

/// A folder with music in it or below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Follows from the path.
    pub id: Uuid,
    /// The folder that it is in.
    pub parent: Option<Uuid>,
    /// Its own name.
    pub name: String,
    /// The path of the folder.
    pub path: PathBuf,
    /// How many tracks are in it and below.
    pub tracks: u64,
}

/// The choice of the albums of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlbumFilter {
    /// Only with tracks by this artist, or with this album artist.
    pub artist: Option<Uuid>,
    /// Only with tracks of this genre.
    pub genre: Option<Uuid>,
    /// Only with tracks of this year.
    pub year: Option<u32>,
    /// Also those whose files are not there.
    pub unavailable: bool,
}

/// Tracks that are looked at for each one of a page, where at least half of them match.
const LOOKED_AT: usize = 3;
/// A longer page is not worth that: each track takes some 20 us.
const LOOKED_AT_MOST: usize = 200;

const ALBUM: &str = "id, title, artist, year, tracks, ms, added, cover, num";
const ARTIST: &str = "id, name, tracks, num, (SELECT count(DISTINCT s.album) FROM song_artists l
    JOIN songs s INDEXED BY songs_in_short ON s.num = l.song WHERE l.artist = artists.num) AS albums";

/// The same with the key as `k`.
pub(super) const ARTIST_WITH_KEY: &str = "id, name, tracks, num, k_name AS k,
    (SELECT count(DISTINCT s.album) FROM song_artists l
    JOIN songs s INDEXED BY songs_in_short ON s.num = l.song WHERE l.artist = artists.num) AS albums";

impl Store {
    /// The ids of the tracks of `filter`, sorted.
    pub async fn list_tracks(
        &self,
        filter: &Filter,
        sort: Sorted<TrackSort>,
        part: Part,
    ) -> Result<Page<TrackId>, ListError> {
        let mut db = self.reader().await?;
        let conditions = Conditions::of(&mut db, filter, super::now()).await.map_err(|e| self.fail(e))?;
        self.list_on(&mut db, &conditions, sort, part).await
    }

    /// The same, and how many there are in all parts.
    pub async fn list_and_count_tracks(
        &self,
        filter: &Filter,
        sort: Sorted<TrackSort>,
        part: Part,
    ) -> Result<(Page<TrackId>, u64), ListError> {
        let conditions = {
            let mut db = self.reader().await?;
            self.counted_words(&mut db, filter).await?
        };
        // Each on a connection of its own, which nobody holds who waits for another.
        let page = async {
            let mut db = self.reader().await?;
            self.list_on(&mut db, &conditions, sort, part).await
        };
        let count = async {
            if let Some(known) = conditions.known() {
                return Ok(known);
            }
            let mut db = self.reader().await?;
            conditions.count(&mut db).await.map_err(|e| ListError::from(self.fail(e)))
        };
        let (page, count) = tokio::try_join!(page, count)?;
        Ok((page, count.unsigned_abs()))
    }

    async fn list_on(
        &self,
        db: &mut SqliteConnection,
        conditions: &Conditions,
        sort: Sorted<TrackSort>,
        part: Part,
    ) -> Result<Page<TrackId>, ListError> {
        let order = sort.by.order();
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        let walk = match (&after, sort.reverse) {
            _ if order.index.is_empty() => Walk::Free,
            (None, _) => Walk::Along(order.index),
            (Some(_), false) => Walk::Onwards(order.index),
            (Some(_), true) => Walk::Back(order.index),
        };
        let push = |query: &mut QueryBuilder<Sqlite>, conditions: &Conditions, limit| {
            query.push("SELECT id, ");
            page::push_columns(query, order);
            query.push(" FROM ");
            conditions.push(query, walk);
            page::push_after(query, order, sort.reverse, after.as_ref());
            page::push_order(query, order, sort.reverse, limit);
        };
        let mut rows = Vec::new();
        if let Some((words, others)) =
            conditions.words_of_most().filter(|_| walk != Walk::Free && part.limit <= LOOKED_AT_MOST)
        {
            // The next tracks of all are most likely enough: to have a set of all that match takes longer.
            let mut query = QueryBuilder::new("SELECT * FROM (");
            push(&mut query, &others, LOOKED_AT * part.limit);
            query.push(") AS songs WHERE ");
            push_has_words(&mut query, words);
            page::push_order(&mut query, order, sort.reverse, part.limit);
            rows = query.build().fetch_all(&mut *db).await.map_err(|e| self.fail(e))?;
        }
        if rows.len() <= part.limit {
            let mut query = QueryBuilder::new("");
            push(&mut query, conditions, part.limit);
            rows = query.build().fetch_all(db).await.map_err(|e| self.fail(e))?;
        }
        Ok(self.page(rows, order, part.limit, |row| parsed(row, "id"))?)
    }

    /// How many tracks `filter` has.
    pub async fn count_listed(&self, filter: &Filter) -> Result<u64, StoreError> {
        let mut db = self.reader().await?;
        let conditions = self.counted_words(&mut db, filter).await?;
        let count = conditions.count(&mut db).await.map_err(|e| self.fail(e))?;
        Ok(count.unsigned_abs())
    }

    async fn counted_words(&self, db: &mut SqliteConnection, filter: &Filter) -> Result<Conditions, StoreError> {
        let mut conditions = Conditions::of(db, filter, super::now()).await.map_err(|e| self.fail(e))?;
        conditions.count_words(db).await.map_err(|e| self.fail(e))?;
        Ok(conditions)
    }

    /// Albums, sorted.
    pub async fn list_albums(
        &self,
        filter: AlbumFilter,
        sort: Sorted<AlbumSort>,
        part: Part,
    ) -> Result<Page<Album>, ListError> {
        let order = sort.by.order();
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        let mut db = self.reader().await?;
        let mut query = QueryBuilder::new("SELECT id, title, artist, tracks, ms, cover, ");
        query.push(if matches!(sort.by, AlbumSort::Added) { "year, " } else { "added, " });
        query.push(if matches!(sort.by, AlbumSort::Added | AlbumSort::Year) { "" } else { "year, " });
        page::push_columns(&mut query, order);
        query.push(" FROM albums WHERE ");
        query.push(if filter.unavailable { "true" } else { "tracks > 0" });
        if let Some(artist) = filter.artist {
            query.push(
                " AND num IN (SELECT s.album FROM song_artists l JOIN songs s INDEXED BY songs_in_short ON s.num = l.song
                 WHERE l.artist = ",
            );
            query.push("(SELECT num FROM artists WHERE id = ").push_bind(artist.to_string()).push("))");
        }
        if let Some(genre) = filter.genre {
            query.push(
                " AND num IN (SELECT s.album FROM song_genres l JOIN songs s INDEXED BY songs_in_short ON s.num = l.song
                 WHERE l.genre = ",
            );
            query.push("(SELECT num FROM genres WHERE id = ").push_bind(genre.to_string()).push("))");
        }
        if let Some(year) = filter.year {
            query.push(" AND num IN (SELECT album FROM songs WHERE year = ").push_bind(year).push(")");
        }
        page::push_after(&mut query, order, sort.reverse, after.as_ref());
        page::push_order(&mut query, order, sort.reverse, part.limit);
        let rows = query.build().fetch_all(&mut *db).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, order, part.limit, album)?)
    }

    /// One album.
    pub async fn album(&self, id: Uuid) -> Result<Option<Album>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(ALBUM).push(" FROM albums WHERE id = ").push_bind(id.to_string());
        self.one(query, album).await
    }

    /// Artists, sorted; with `leading` only those to whom an album belongs.
    pub async fn list_artists(
        &self,
        leading: bool,
        unavailable: bool,
        sort: Sorted<NameSort>,
        part: Part,
    ) -> Result<Page<Artist>, ListError> {
        let order = match sort.by {
            NameSort::Name => &Order { list: 21, columns: &[Key("k_name"), Number("num")], index: "artists_by_name" },
            NameSort::Tracks => &Order {
                list: 22,
                columns: &[Number("tracks"), Key("k_name"), Number("num")],
                index: "artists_by_tracks",
            },
        };
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        let mut query = QueryBuilder::new("SELECT k_name, ");
        query.push(ARTIST).push(" FROM artists WHERE ");
        query.push(match (leading, unavailable) {
            (true, _) => "leads > 0",
            (false, false) => "tracks > 0",
            (false, true) => "true",
        });
        page::push_after(&mut query, order, sort.reverse, after.as_ref());
        page::push_order(&mut query, order, sort.reverse, part.limit);
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, order, part.limit, artist)?)
    }

    /// One artist.
    pub async fn artist(&self, id: Uuid) -> Result<Option<Artist>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(ARTIST).push(" FROM artists WHERE id = ").push_bind(id.to_string());
        self.one(query, artist).await
    }

    /// Genres, sorted.
    pub async fn list_genres(&self, sort: Sorted<NameSort>, part: Part) -> Result<Page<Genre>, ListError> {
        let order = match sort.by {
            NameSort::Name => &Order { list: 31, columns: &[Key("k_name"), Number("num")], index: "genres_by_name" },
            NameSort::Tracks => &Order {
                list: 32,
                columns: &[Number("tracks"), Key("k_name"), Number("num")],
                index: "genres_by_tracks",
            },
        };
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        let mut query = QueryBuilder::new("SELECT id, name, tracks, k_name, num FROM genres WHERE tracks > 0");
        page::push_after(&mut query, order, sort.reverse, after.as_ref());
        page::push_order(&mut query, order, sort.reverse, part.limit);
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, order, part.limit, genre)?)
    }

    /// One genre.
    pub async fn genre(&self, id: Uuid) -> Result<Option<Genre>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT id, name, tracks FROM genres WHERE id = ");
        query.push_bind(id.to_string());
        self.one(query, genre).await
    }

    /// The years that tracks were published in, the latest first, with how many there are.
    pub async fn list_years(&self) -> Result<Vec<(u32, u64)>, StoreError> {
        let rows = sqlx::query("SELECT year, tracks FROM years WHERE tracks > 0 AND year > 0 ORDER BY year DESC")
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        self.decode("years", &rows, |row| Ok((row.try_get("year")?, row.try_get::<i64, _>("tracks")?.unsigned_abs())))
    }

    /// A folder by its id.
    pub async fn folder(&self, id: Uuid) -> Result<Option<Folder>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT f.id, f.path, f.name, f.tracks, p.id AS parent FROM folders f LEFT JOIN folders p ON p.num = f.parent
             WHERE f.id = ",
        );
        query.push_bind(id.to_string());
        self.one(query, folder).await
    }

    /// A folder by its path; `None` if there is no music in it or below.
    pub async fn folder_at(&self, path: &Path) -> Result<Option<Folder>, StoreError> {
        self.folder(keys::folder_id(path)).await
    }

    /// The folders in a folder, by name.
    pub async fn list_folders(&self, parent: Uuid, unavailable: bool, part: Part) -> Result<Page<Folder>, ListError> {
        const ORDER: &Order = &Order { list: 41, columns: &[Key("k_name"), Number("num")], index: "folders_by_parent" };
        let after = part.after.map(|cursor| cursor.of(ORDER)).transpose()?;
        let mut query = QueryBuilder::new("SELECT id, path, name, tracks, k_name, num, ");
        query
            .push_bind(parent.to_string())
            .push(" AS parent FROM folders WHERE parent = (SELECT num FROM folders WHERE id = ");
        query.push_bind(parent.to_string()).push(if unavailable { ")" } else { ") AND tracks > 0" });
        page::push_after(&mut query, ORDER, false, after.as_ref());
        page::push_order(&mut query, ORDER, false, part.limit);
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, ORDER, part.limit, folder)?)
    }

    /// The album that each of these tracks is on.
    pub async fn albums_of(&self, tracks: &[TrackId]) -> Result<Vec<(TrackId, Uuid)>, StoreError> {
        let ids: Vec<String> = tracks.iter().map(ToString::to_string).collect();
        let rows = sqlx::query(
            "SELECT s.id, a.id AS album FROM songs s JOIN albums a ON a.num = s.album
             WHERE s.id IN (SELECT value FROM json_each(?))",
        )
        .bind(serde_json::to_string(&ids).unwrap_or_default())
        .fetch_all(self.readers())
        .await
        .map_err(|e| self.fail(e))?;
        self.decode("songs", &rows, |row| Ok((parsed(row, "id")?, parsed(row, "album")?)))
    }

    pub(crate) async fn reader(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, StoreError> {
        self.readers().acquire().await.map_err(|e| self.fail(e))
    }

    fn page<T>(
        &self,
        rows: Vec<SqliteRow>,
        order: &Order,
        limit: usize,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Page<T>, StoreError> {
        page::take(rows, order, limit, decode).map_err(|e| self.fail(e))
    }

    /// Adds place and order to `query`, which ends within its conditions, and asks for a page.
    pub(crate) async fn fetch_page<T>(
        &self,
        query: QueryBuilder<Sqlite>,
        order: &Order,
        part: Part,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Page<T>, ListError> {
        self.fetch_page_turned(query, order, false, part, decode).await
    }

    /// The same, backwards if told so.
    pub(crate) async fn fetch_page_turned<T>(
        &self,
        mut query: QueryBuilder<Sqlite>,
        order: &Order,
        reverse: bool,
        part: Part,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Page<T>, ListError> {
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        page::push_after(&mut query, order, reverse, after.as_ref());
        page::push_order(&mut query, order, reverse, part.limit);
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, order, part.limit, decode)?)
    }

    async fn one<T>(
        &self,
        mut query: QueryBuilder<Sqlite>,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let row = query.build().fetch_optional(self.readers()).await.map_err(|e| self.fail(e))?;
        row.as_ref().map(decode).transpose().map_err(|e| self.fail(e))
    }
}

fn count(row: &SqliteRow, column: &'static str) -> sqlx::Result<u64> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

pub(super) fn album(row: &SqliteRow) -> sqlx::Result<Album> {
    Ok(Album {
        id: parsed(row, "id")?,
        title: row.try_get("title")?,
        artist: row.try_get("artist")?,
        year: Some(row.try_get::<u32, _>("year")?).filter(|y| *y > 0),
        tracks: count(row, "tracks")?,
        ms: row.try_get("ms")?,
        added: row.try_get("added")?,
        cover: row.try_get("cover")?,
        num: row.try_get("num")?,
    })
}

pub(super) fn artist(row: &SqliteRow) -> sqlx::Result<Artist> {
    Ok(Artist {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        tracks: count(row, "tracks")?,
        albums: count(row, "albums")?,
        num: row.try_get("num")?,
    })
}

fn genre(row: &SqliteRow) -> sqlx::Result<Genre> {
    Ok(Genre { id: parsed(row, "id")?, name: row.try_get("name")?, tracks: count(row, "tracks")? })
}

fn folder(row: &SqliteRow) -> sqlx::Result<Folder> {
    let parent: Option<&str> = row.try_get("parent")?;
    Ok(Folder {
        id: parsed(row, "id")?,
        parent: parent.and_then(|p| p.parse().ok()),
        name: row.try_get("name")?,
        path: OsString::from_vec(row.try_get("path")?).into(),
        tracks: count(row, "tracks")?,
    })
}
