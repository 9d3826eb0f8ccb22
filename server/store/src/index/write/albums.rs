//! The albums of tracks: made, spelled, and summed up.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::change::{IndexChange, ROWS};
use crate::index::{
    document::Document,
    json::json,
    keys,
    release::{VARIOUS, album_of},
};

pub(super) async fn make_albums(
    db: &mut SqliteConnection,
    change: &IndexChange<'_, '_>,
) -> sqlx::Result<HashMap<String, i64>> {
    let mut wanted: BTreeMap<String, (&Document<'_>, bool)> = BTreeMap::new();
    for (document, num) in &change.full {
        let Some(id) = album_id(document) else { continue };
        if change.respelled(*num).album {
            wanted.insert(id, (*document, true));
        } else {
            wanted.entry(id).or_insert((*document, false));
        }
    }
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let known: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, num FROM albums WHERE id IN (SELECT value FROM json_each(?))")
            .bind(json(wanted.keys()))
            .fetch_all(&mut *db)
            .await?;
    let mut nums = HashMap::with_capacity(wanted.len());
    for (id, num) in known {
        let (document, corrected) = wanted[&id];
        if corrected {
            let row = Spelled::of(document);
            sqlx::query(
                "UPDATE albums SET title = ?, album_artist = ?, k_title = ?, k_sort = ?, edition = ?, artist_sort = ?
                 WHERE num = ?",
            )
            .bind(row.title)
            .bind(row.album_artist)
            .bind(row.k_title)
            .bind(row.k_sort)
            .bind(row.edition)
            .bind(row.artist_sort)
            .bind(num)
            .execute(&mut *db)
            .await?;
        }
        nums.insert(id, num);
    }
    let missing: Vec<_> = wanted.iter().filter(|(id, _)| !nums.contains_key(*id)).collect();
    for missing in missing.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO albums (id, title, album_artist, k_title, k_sort, edition, artist_sort) ",
        );
        query.push_values(missing, |mut row, (id, (document, _))| {
            let spelled = Spelled::of(document);
            row.push_bind(*id)
                .push_bind(spelled.title)
                .push_bind(spelled.album_artist)
                .push_bind(spelled.k_title)
                .push_bind(spelled.k_sort)
                .push_bind(spelled.edition)
                .push_bind(spelled.artist_sort);
        });
        query.push(" RETURNING id, num");
        nums.extend(query.build_query_as::<(String, i64)>().persistent(false).fetch_all(&mut *db).await?);
    }
    Ok(nums)
}

/// An album as a track of it spells it.
struct Spelled<'a> {
    title: &'a str,
    album_artist: &'a str,
    k_title: Vec<u8>,
    k_sort: Vec<u8>,
    edition: String,
    artist_sort: &'a str,
}

impl<'a> Spelled<'a> {
    fn of(document: &Document<'a>) -> Self {
        let ((title, sort), track) = (document.album(), document.track);
        let k_title = keys::text(title);
        let k_sort = if sort.is_empty() { k_title.clone() } else { keys::text(sort) };
        let artist_sort = track.details.album_artist_sort.as_str();
        Self { title, album_artist: &track.album_artist, k_title, k_sort, edition: document.edition(), artist_sort }
    }
}

pub(super) fn album_id(document: &Document<'_>) -> Option<String> {
    album_of(document.track).map(|id| id.to_string())
}

/// How many tracks of an album are looked at for its artist and cover; one that has more is no album.
const LOOKED_AT: i64 = 200;

/// Counts the tracks of these albums anew, and drops those that have none.
pub(super) async fn sum_up_albums(db: &mut SqliteConnection, albums: &HashSet<i64>) -> sqlx::Result<()> {
    if albums.is_empty() {
        return Ok(());
    }
    let nums = json(albums);
    let rows = sqlx::query(
        "UPDATE albums SET
             held = (SELECT count(*) FROM songs WHERE album = albums.num),
             tracks = (SELECT count(*) FROM songs WHERE album = albums.num AND shown = 1),
             ms = (SELECT coalesce(sum(ms), 0) FROM songs WHERE album = albums.num AND shown = 1),
             year = (SELECT coalesce(max(year), 0) FROM songs WHERE album = albums.num),
             added = (SELECT coalesce(max(added), 0) FROM songs WHERE album = albums.num),
             artist = CASE WHEN album_artist <> '' THEN album_artist ELSE (
                 SELECT CASE WHEN count(DISTINCT artist) > 1 THEN ?2 ELSE coalesce(max(artist), '') END FROM (
                     SELECT t.artist FROM songs s JOIN tracks t ON t.id = s.id
                     WHERE s.album = albums.num LIMIT ?3)) END,
             cover = (SELECT cover FROM (SELECT cover, k_disc FROM songs WHERE album = albums.num LIMIT ?3)
                 WHERE cover IS NOT NULL ORDER BY k_disc LIMIT 1)
         WHERE num IN (SELECT value FROM json_each(?1)) RETURNING num, title, artist, year, k_artist, held,
             CASE WHEN album_artist <> '' THEN artist_sort ELSE '' END AS sort, k_sort",
    )
    .bind(&nums)
    .bind(VARIOUS)
    .bind(LOOKED_AT)
    .fetch_all(&mut *db)
    .await?;
    let mut named = Vec::with_capacity(rows.len());
    for row in &rows {
        named.push(keys::artist_id(row.try_get("artist")?).to_string());
    }
    let sorts: Vec<(String, String)> =
        sqlx::query_as("SELECT id, sort FROM artists WHERE sort <> '' AND id IN (SELECT value FROM json_each(?))")
            .bind(json(&named))
            .fetch_all(&mut *db)
            .await?;
    let sorts: HashMap<String, String> = sorts.into_iter().collect();
    let mut renamed = Vec::new();
    for (row, id) in rows.iter().zip(named) {
        let (num, artist, title): (i64, String, String) =
            (row.try_get("num")?, row.try_get("artist")?, row.try_get("title")?);
        let year = row.try_get::<u32, _>("year")?;
        let said: &str = row.try_get("sort")?;
        let sort = if said.is_empty() { sorts.get(&id).map_or(artist.as_str(), String::as_str) } else { said };
        let key = keys::Parts::default().letters(sort).number(Some(year)).key(row.try_get("k_sort")?);
        if row.try_get::<i64, _>("held")? != 0 && row.try_get::<Vec<u8>, _>("k_artist")? != key {
            renamed.push((num, title, artist, key));
        }
    }
    for renamed in renamed.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("UPDATE albums SET k_artist = renamed.column2 FROM (");
        query.push_values(renamed, |mut row, (num, _, _, key)| {
            row.push_bind(num).push_bind(key.as_slice());
        });
        query.push(") AS renamed WHERE albums.num = renamed.column1");
        query.build().persistent(false).execute(&mut *db).await?;
        sqlx::query("DELETE FROM album_words WHERE rowid IN (SELECT value FROM json_each(?))")
            .bind(json(renamed.iter().map(|(num, ..)| num)))
            .execute(&mut *db)
            .await?;
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO album_words (rowid, title, artist) ");
        query.push_values(renamed, |mut row, (num, title, artist, _)| {
            row.push_bind(num).push_bind(keys::spaced(title)).push_bind(keys::spaced(artist));
        });
        query.build().persistent(false).execute(&mut *db).await?;
    }
    sqlx::query("DELETE FROM albums WHERE held = 0 AND num IN (SELECT value FROM json_each(?))")
        .bind(&nums)
        .execute(db)
        .await?;
    Ok(())
}
