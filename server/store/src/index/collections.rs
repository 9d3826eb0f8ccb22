//! The sorted lists of albums, artists, genres, years and folders.

use std::path::Path;

use downbeat_protocol::TrackId;
use sqlx::{QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;

use super::{
    keys,
    page::{
        self,
        Column::{Key, Number},
        ListError, Order, Page, Part,
    },
    sorts::{AlbumSort, NameSort, Sorted},
    things::{
        ALBUM, ARTIST, Album, AlbumFilter, Artist, Composer, Folder, Genre, Work, album, artist, composer, folder,
        genre, work,
    },
};
use crate::{error::StoreError, row::parsed, store::Store};

/// The order of artists by name.
pub(super) const ARTISTS_BY_NAME: &Order =
    &Order { list: 21, columns: &[Key("k_sort"), Number("num")], index: "artists_by_sort" };

impl Store {
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
        let mut query = QueryBuilder::new("SELECT id, title, artist, tracks, ms, cover, edition, ");
        query.push(if matches!(sort.by, AlbumSort::Added) { "year, " } else { "added, " });
        query.push(if matches!(sort.by, AlbumSort::Added | AlbumSort::Year) { "" } else { "year, " });
        page::push_columns(&mut query, order);
        query.push(" FROM albums WHERE ");
        query.push(if filter.unavailable { "true" } else { "tracks > 0" });
        if let Some(artist) = filter.artist {
            query.push(
                " AND num IN (SELECT s.album FROM song_artists l
                 JOIN songs s INDEXED BY songs_in_short ON s.num = l.song WHERE l.artist = ",
            );
            query.push("(SELECT num FROM artists WHERE id = ").push_bind(artist.to_string()).push("))");
        }
        if let Some(genre) = filter.genre {
            query.push(
                " AND num IN (SELECT s.album FROM song_genres l
                 JOIN songs s INDEXED BY songs_in_short ON s.num = l.song WHERE l.genre = ",
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
            NameSort::Name => ARTISTS_BY_NAME,
            NameSort::Tracks => &Order {
                list: 22,
                columns: &[Number("tracks"), Key("k_sort"), Number("num")],
                index: "artists_by_tracks",
            },
        };
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        let mut query = QueryBuilder::new("SELECT k_sort, ");
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

    /// Composers, sorted.
    pub async fn list_composers(&self, sort: Sorted<NameSort>, part: Part) -> Result<Page<Composer>, ListError> {
        let order = match sort.by {
            NameSort::Name => &Order { list: 61, columns: &[Key("k_sort"), Number("num")], index: "composers_by_sort" },
            NameSort::Tracks => &Order {
                list: 62,
                columns: &[Number("tracks"), Key("k_sort"), Number("num")],
                index: "composers_by_tracks",
            },
        };
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        let mut query = QueryBuilder::new("SELECT id, name, tracks, k_sort, num FROM composers WHERE tracks > 0");
        page::push_after(&mut query, order, sort.reverse, after.as_ref());
        page::push_order(&mut query, order, sort.reverse, part.limit);
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, order, part.limit, composer)?)
    }

    /// One composer.
    pub async fn composer(&self, id: Uuid) -> Result<Option<Composer>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT id, name, tracks FROM composers WHERE id = ");
        query.push_bind(id.to_string());
        self.one(query, composer).await
    }

    /// Works by name; of one composer, if that is named.
    pub async fn list_works(&self, composer: Option<Uuid>, part: Part) -> Result<Page<Work>, ListError> {
        const ORDER: &Order = &Order { list: 63, columns: &[Key("k_name"), Number("num")], index: "works_by_name" };
        let after = part.after.map(|cursor| cursor.of(ORDER)).transpose()?;
        let mut query = QueryBuilder::new("SELECT id, name, composer, tracks, k_name, num FROM works WHERE tracks > 0");
        if let Some(id) = composer {
            query.push(
                " AND num IN (SELECT w.work FROM song_composers c JOIN song_works w ON w.song = c.song
                 WHERE c.composer = (SELECT num FROM composers WHERE id = ",
            );
            query.push_bind(id.to_string()).push("))");
        }
        page::push_after(&mut query, ORDER, false, after.as_ref());
        page::push_order(&mut query, ORDER, false, part.limit);
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, ORDER, part.limit, work)?)
    }

    /// One work.
    pub async fn work(&self, id: Uuid) -> Result<Option<Work>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT id, name, composer, tracks FROM works WHERE id = ");
        query.push_bind(id.to_string());
        self.one(query, work).await
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
            "SELECT f.id, f.path, f.name, f.tracks, p.id AS parent FROM folders f
             LEFT JOIN folders p ON p.num = f.parent WHERE f.id = ",
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
}
