//! Keeps the index true to the tracks, within the transaction that saves them.
//!
//! A track is saved several times while more is learned of it; most of these saves change nothing that is browsed or
//! searched, and cost one look-up. Rows go in by the dozen, because every statement costs a hand-over to the database's
//! thread.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ffi::OsString,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
};

use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::{
    Updated,
    document::{Document, Respelled},
    keys, words,
};
use crate::{
    TrackRow,
    ahead::{self, Statement},
    playlists,
};

/// So many rows go into one statement: with twenty columns far below SQLite's limit of 32,766 values.
const ROWS: usize = 100;

/// A track as the index knows it.
struct Known {
    num: i64,
    made: i64,
    spelled: i64,
    shown: bool,
    cover: Option<String>,
    album: Option<i64>,
    folder: Option<PathBuf>,
}

/// Brings the index up to date with `tracks`, which are in their tables already.
pub(super) async fn update(db: &mut SqliteConnection, tracks: &[TrackRow]) -> sqlx::Result<Updated> {
    // Of a track that is there twice the last one counts, as in its own table.
    let last: HashMap<_, _> = tracks.iter().enumerate().map(|(i, t)| (t.id, i)).collect();
    let latest = tracks.iter().enumerate().filter(|(i, t)| last[&t.id] == *i);
    let documents: Vec<Document<'_>> = latest.map(|(_, t)| Document::of(t)).collect();
    let known = known(db, &documents).await?;

    let mut change = Change::default();
    for document in &documents {
        let old = known.get(&document.id);
        if let Some(album) = old.and_then(|o| o.album) {
            change.albums.insert(album);
        }
        match old {
            Some(old) if old.made == document.made => change.light(document, old),
            old => change.full(document, old),
        }
    }
    displaced(db, &documents, &mut change).await?;
    if change.is_empty() {
        return Ok(Updated::default());
    }

    let moved: Vec<&TrackRow> = change.full.iter().map(|(d, _)| d.track).collect();
    playlists::follow(db, &moved).await?;
    let folders = make_folders(db, &change).await?;
    let new_words = write_songs(db, &mut change, &folders).await?;
    change_visibility(db, &change).await?;
    for (cover, num) in &change.covers {
        sqlx::query("UPDATE songs SET cover = ? WHERE num = ?").bind(cover).bind(num).execute(&mut *db).await?;
    }
    sum_up_albums(db, &change.albums).await?;
    for unused in [
        "DELETE FROM artists WHERE held = 0",
        "DELETE FROM genres WHERE held = 0",
        "DELETE FROM folders WHERE held = 0",
    ] {
        sqlx::query(unused).execute(&mut *db).await?;
    }
    Ok(Updated { new_words })
}

/// The changes that an update makes to the tables.
#[derive(Default)]
struct Change<'d, 'a> {
    /// To be written anew, with the number they have.
    full: Vec<(&'d Document<'a>, Option<i64>)>,
    /// Of those that were known, what is spelled anew, by number.
    respelled: HashMap<i64, Respelled>,
    /// The numbers of tracks whose files came or went, by whether they are there.
    shown: HashMap<bool, Vec<i64>>,
    covers: Vec<(Option<String>, i64)>,
    /// The numbers of albums whose tracks changed.
    albums: HashSet<i64>,
    /// By how many tracks each folder grew, those shown and all.
    folders: HashMap<PathBuf, (i64, i64)>,
}

impl<'d, 'a> Change<'d, 'a> {
    fn is_empty(&self) -> bool {
        self.full.is_empty() && self.shown.is_empty() && self.covers.is_empty()
    }

    fn light(&mut self, document: &Document<'a>, old: &Known) {
        let track = document.track;
        if old.shown != track.available {
            self.shown.entry(track.available).or_default().push(old.num);
            if let Some(folder) = document.folder() {
                self.grow(folder, i64::from(track.available) - i64::from(old.shown), 0);
            }
        }
        if old.cover.as_deref() != track.cover.as_deref() {
            self.covers.push((track.cover.as_deref().map(str::to_owned), old.num));
        }
    }

    fn full(&mut self, document: &'d Document<'a>, old: Option<&Known>) {
        if let Some((folder, shown)) = old.and_then(|o| Some((o.folder.clone()?, o.shown))) {
            self.grow(&folder, -i64::from(shown), -1);
        }
        if let Some(folder) = document.folder() {
            self.grow(folder, i64::from(document.track.available), 1);
        }
        if let Some(old) = old {
            self.respelled.insert(old.num, document.spelling().differs(old.spelled));
        }
        self.full.push((document, old.map(|o| o.num)));
    }

    fn respelled(&self, num: Option<i64>) -> Respelled {
        num.and_then(|num| self.respelled.get(&num)).copied().unwrap_or_default()
    }

    fn grow(&mut self, folder: &Path, shown: i64, held: i64) {
        for folder in folder.ancestors() {
            let sum = self.folders.entry(folder.to_owned()).or_default();
            *sum = (sum.0 + shown, sum.1 + held);
        }
    }
}

fn json<T: serde::Serialize>(items: impl IntoIterator<Item = T>) -> String {
    serde_json::to_string(&items.into_iter().collect::<Vec<_>>()).unwrap_or_else(|_| "[]".into())
}

async fn known(db: &mut SqliteConnection, documents: &[Document<'_>]) -> sqlx::Result<HashMap<String, Known>> {
    let rows = sqlx::query(
        "SELECT s.id, s.num, s.made, s.spelled, s.shown, s.cover, s.album, f.path FROM songs s LEFT JOIN folders f ON f.num = s.folder
         WHERE s.id IN (SELECT value FROM json_each(?))",
    )
    .bind(json(documents.iter().map(|d| &d.id)))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let known = Known {
                num: row.try_get("num")?,
                made: row.try_get("made")?,
                spelled: row.try_get("spelled")?,
                shown: row.try_get("shown")?,
                cover: row.try_get("cover")?,
                album: row.try_get("album")?,
                folder: row.try_get::<Option<Vec<u8>>, _>("path")?.map(|p| OsString::from_vec(p).into()),
            };
            Ok((row.try_get("id")?, known))
        })
        .collect()
}

/// Tracks whose files were taken by these, and which are not among them.
async fn displaced(
    db: &mut SqliteConnection,
    documents: &[Document<'_>],
    change: &mut Change<'_, '_>,
) -> sqlx::Result<()> {
    let rows = sqlx::query(
        "SELECT s.num, s.album, f.path FROM json_each(?) taken
             CROSS JOIN songs s ON s.k_path = unhex(taken.value)
             LEFT JOIN folders f ON f.num = s.folder
         WHERE s.shown = 1 AND NOT EXISTS (SELECT 1 FROM files WHERE files.track_id = s.id)",
    )
    .bind(json(documents.iter().filter(|d| d.folder().is_some()).map(|d| hex(&d.k_path()))))
    .fetch_all(db)
    .await?;
    let here: HashSet<i64> = change.full.iter().filter_map(|(_, num)| *num).collect();
    for row in rows {
        let num: i64 = row.try_get("num")?;
        let listed = change.shown.values().flatten().any(|n| *n == num);
        if here.contains(&num) || listed {
            continue;
        }
        change.shown.entry(false).or_default().push(num);
        change.albums.extend(row.try_get::<Option<i64>, _>("album")?);
        if let Some(path) = row.try_get::<Option<Vec<u8>>, _>("path")? {
            change.grow(Path::new(&OsString::from_vec(path)), -1, 0);
        }
    }
    Ok(())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes the folders that are missing and counts their tracks. The numbers of all that were asked for.
async fn make_folders(db: &mut SqliteConnection, change: &Change<'_, '_>) -> sqlx::Result<HashMap<PathBuf, i64>> {
    let mut paths: Vec<&PathBuf> = change.folders.keys().collect();
    // A folder comes before what is in it.
    paths.sort_by_key(|p| p.as_os_str().len());
    let ids: HashMap<&PathBuf, String> = paths.iter().map(|p| (*p, keys::folder_id(p).to_string())).collect();
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, num FROM folders WHERE id IN (SELECT value FROM json_each(?))")
            .bind(json(ids.values()))
            .fetch_all(&mut *db)
            .await?;
    let known: HashMap<String, i64> = rows.into_iter().collect();
    let mut nums: HashMap<PathBuf, i64> = HashMap::with_capacity(paths.len());
    let mut grown: Vec<(i64, i64, i64)> = Vec::new();
    for path in paths {
        let (shown, held) = change.folders[path];
        if let Some(num) = known.get(&ids[path]) {
            nums.insert(path.clone(), *num);
            if (shown, held) != (0, 0) {
                grown.push((*num, shown, held));
            }
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (num,): (i64,) = sqlx::query_as(
            "INSERT INTO folders (id, parent, path, name, k_name, tracks, held) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING num",
        )
        .bind(&ids[path])
        .bind(path.parent().and_then(|p| nums.get(p)))
        .bind(path.as_os_str().as_bytes())
        .bind(&*name)
        .bind(keys::text(&name))
        .bind(shown)
        .bind(held)
        .fetch_one(&mut *db)
        .await?;
        nums.insert(path.clone(), num);
    }
    for grown in grown.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "UPDATE folders SET tracks = tracks + grown.column2, held = held + grown.column3 FROM (",
        );
        query.push_values(grown, |mut row, (num, shown, held)| {
            row.push_bind(num).push_bind(shown).push_bind(held);
        });
        query.push(") AS grown WHERE folders.num = grown.column1");
        query.build().persistent(false).execute(&mut *db).await?;
    }
    Ok(nums)
}

/// Names by their ids. Many spellings have one id: of those in the files the first stays, until somebody corrects a
/// file.
#[derive(Default)]
struct Named<'a> {
    names: BTreeMap<String, &'a str>,
    /// Those of tracks that were spelled in another way before.
    corrected: HashSet<String>,
}

impl<'a> Named<'a> {
    fn add(&mut self, id: String, name: &'a str, is_corrected: bool) {
        if is_corrected {
            self.names.insert(id.clone(), name);
            self.corrected.insert(id);
        } else {
            self.names.entry(id).or_insert(name);
        }
    }

    /// How it is spelled from now on, if not as before.
    fn respelled(&self, id: &str, before: &str) -> Option<&'a str> {
        self.names.get(id).copied().filter(|name| *name != before && self.corrected.contains(id))
    }
}

/// The numbers of those with these ids and names in `table`, made where they are missing; and which are new or spelled
/// anew.
async fn numbers(
    db: &mut SqliteConnection,
    table: &'static str,
    named: &Named<'_>,
) -> sqlx::Result<(HashMap<String, i64>, Vec<(i64, String)>)> {
    let Named { names: all, .. } = named;
    if all.is_empty() {
        return Ok((HashMap::new(), Vec::new()));
    }
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id, num, name FROM ");
    query.push(table).push(" WHERE id IN (SELECT value FROM json_each(").push_bind(json(all.keys())).push("))");
    let known: Vec<(String, i64, String)> = query.build_query_as().fetch_all(&mut *db).await?;
    let mut new = Vec::new();
    for (id, num, before) in &known {
        let Some(name) = named.respelled(id, before) else { continue };
        let mut query = QueryBuilder::<Sqlite>::new("UPDATE ");
        query.push(table).push(" SET name = ").push_bind(name).push(", k_name = ").push_bind(keys::text(name));
        query.push(" WHERE num = ").push_bind(num);
        query.build().execute(&mut *db).await?;
        new.push((*num, name.to_owned()));
    }
    let mut nums: HashMap<String, i64> = known.into_iter().map(|(id, num, _)| (id, num)).collect();
    let missing: Vec<_> = all.iter().filter(|(id, _)| !nums.contains_key(*id)).collect();
    for missing in missing.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO ");
        query.push(table).push(" (id, name, k_name) ");
        query.push_values(missing, |mut row, (id, name)| {
            row.push_bind(*id).push_bind(**name).push_bind(keys::text(name));
        });
        query.push(" RETURNING id, num");
        let made: Vec<(String, i64)> = query.build_query_as().persistent(false).fetch_all(&mut *db).await?;
        new.extend(made.iter().map(|(id, num)| (*num, all[id].to_owned())));
        nums.extend(made);
    }
    Ok((nums, new))
}

async fn make_albums(db: &mut SqliteConnection, change: &Change<'_, '_>) -> sqlx::Result<HashMap<String, i64>> {
    let mut wanted: BTreeMap<String, (&Document<'_>, bool)> = BTreeMap::new();
    for (document, num) in change.full.iter().filter(|(d, _)| !d.track.album.trim().is_empty()) {
        let id = album_id(document);
        if change.respelled(*num).album {
            wanted.insert(id, (*document, true));
        } else {
            wanted.entry(id).or_insert((*document, false));
        }
    }
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let known: Vec<(String, i64, String, String)> =
        sqlx::query_as("SELECT id, num, title, album_artist FROM albums WHERE id IN (SELECT value FROM json_each(?))")
            .bind(json(wanted.keys()))
            .fetch_all(&mut *db)
            .await?;
    let mut nums = HashMap::with_capacity(wanted.len());
    for (id, num, title, album_artist) in known {
        let (document, corrected) = wanted[&id];
        let track = document.track;
        if corrected && (&*track.album, &*track.album_artist) != (title.as_str(), album_artist.as_str()) {
            sqlx::query("UPDATE albums SET title = ?, album_artist = ?, k_title = ? WHERE num = ?")
                .bind(&*track.album)
                .bind(&*track.album_artist)
                .bind(keys::text(&track.album))
                .bind(num)
                .execute(&mut *db)
                .await?;
        }
        nums.insert(id, num);
    }
    let missing: Vec<_> = wanted.iter().filter(|(id, _)| !nums.contains_key(*id)).collect();
    for missing in missing.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO albums (id, title, album_artist, k_title) ");
        query.push_values(missing, |mut row, (id, (document, _))| {
            let track = document.track;
            row.push_bind(*id)
                .push_bind(&*track.album)
                .push_bind(&*track.album_artist)
                .push_bind(keys::text(&track.album));
        });
        query.push(" RETURNING id, num");
        nums.extend(query.build_query_as::<(String, i64)>().persistent(false).fetch_all(&mut *db).await?);
    }
    Ok(nums)
}

fn album_id(document: &Document<'_>) -> String {
    let track = document.track;
    keys::album_id(&track.album, &track.album_artist, &track.path).to_string()
}

/// A row of `songs` with its links.
struct Song<'d, 'a> {
    num: i64,
    document: &'d Document<'a>,
    album: Option<i64>,
    folder: Option<i64>,
}

async fn write_songs(
    db: &mut SqliteConnection,
    change: &mut Change<'_, '_>,
    folders: &HashMap<PathBuf, i64>,
) -> sqlx::Result<Vec<String>> {
    if change.full.is_empty() {
        return Ok(Vec::new());
    }
    let albums = make_albums(db, change).await?;
    let (mut artists, mut genres) = (Named::default(), Named::default());
    for (document, num) in &change.full {
        let respelled = change.respelled(*num);
        for credit in document.credits() {
            artists.add(keys::artist_id(credit.name).to_string(), credit.name, respelled.artists);
        }
        for name in document.genres() {
            genres.add(keys::genre_id(name).to_string(), name, respelled.genres);
        }
    }
    let (artists, new_artists) = numbers(db, "artists", &artists).await?;
    let (genres, _) = numbers(db, "genres", &genres).await?;
    for new in new_artists.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR REPLACE INTO artist_words (rowid, name) ");
        query.push_values(new, |mut row, (num, name)| {
            row.push_bind(*num).push_bind(keys::spaced(name).into_owned());
        });
        query.build().persistent(false).execute(&mut *db).await?;
    }

    let (mut last,): (i64,) = sqlx::query_as("SELECT coalesce(max(num), 0) FROM songs").fetch_one(&mut *db).await?;
    let songs: Vec<Song<'_, '_>> = change
        .full
        .iter()
        .map(|(document, num)| Song {
            num: num.unwrap_or_else(|| {
                last += 1;
                last
            }),
            document,
            album: albums.get(&album_id(document)).copied().filter(|_| !document.track.album.trim().is_empty()),
            folder: document.folder().and_then(|f| folders.get(f).copied()),
        })
        .collect();
    change.albums.extend(songs.iter().filter_map(|s| s.album));

    let replaced = json(change.full.iter().filter_map(|(_, num)| *num));
    if replaced != "[]" {
        for old in [
            "DELETE FROM song_artists WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_genres WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_words WHERE rowid IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(old).bind(&replaced).execute(&mut *db).await?;
        }
    }
    let mut seen = HashSet::new();
    ahead::run(db, songs.chunks(ROWS).flat_map(|songs| [insert_songs(songs), insert_words(songs, &mut seen)])).await?;
    insert_links(db, &songs, &artists, &genres).await?;
    let new: Vec<(String,)> =
        sqlx::query_as("INSERT OR IGNORE INTO words SELECT value FROM json_each(?) WHERE true RETURNING word")
            .bind(json(&seen))
            .fetch_all(db)
            .await?;
    Ok(new.into_iter().map(|(word,)| word).collect())
}

fn insert_songs(songs: &[Song<'_, '_>]) -> Statement {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO songs (num, id, made, spelled, shown, album, folder, k_title, k_artist, k_album, k_path, k_disc, year, added, ms,
             format, rate, cover) ",
    );
    query.push_values(songs, |mut row, song| {
        let (document, track) = (song.document, song.document.track);
        row.push_bind(song.num)
            .push_bind(&document.id)
            .push_bind(document.made)
            .push_bind(document.spelling().number())
            .push_bind(track.available)
            .push_bind(song.album)
            .push_bind(song.folder)
            .push_bind(document.k_title())
            .push_bind(document.k_artist())
            .push_bind(document.k_album())
            .push_bind(document.k_path())
            .push_bind(document.k_disc())
            .push_bind(track.year.unwrap_or(0))
            .push_bind(track.added)
            .push_bind(document.ms())
            .push_bind(&*track.format)
            .push_bind(track.sample_rate)
            .push_bind(track.cover.as_deref());
    });
    query.push(
        " ON CONFLICT (num) DO UPDATE SET made = excluded.made, spelled = excluded.spelled, shown = excluded.shown, album = excluded.album,
             folder = excluded.folder, k_title = excluded.k_title, k_artist = excluded.k_artist,
             k_album = excluded.k_album, k_path = excluded.k_path, k_disc = excluded.k_disc, year = excluded.year,
             added = excluded.added, ms = excluded.ms, format = excluded.format, rate = excluded.rate,
             cover = excluded.cover",
    );
    Statement { query, usual: songs.len() == ROWS }
}

fn insert_words(songs: &[Song<'_, '_>], seen: &mut HashSet<String>) -> Statement {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO song_words (rowid, title, artist, album, album_artist, composer, genre, path) ",
    );
    query.push_values(songs, |mut row, song| {
        row.push_bind(song.num);
        for text in song.document.texts() {
            words::collect(&text, seen);
            row.push_bind(text);
        }
    });
    Statement { query, usual: songs.len() == ROWS }
}

async fn insert_links(
    db: &mut SqliteConnection,
    songs: &[Song<'_, '_>],
    artists: &HashMap<String, i64>,
    genres: &HashMap<String, i64>,
) -> sqlx::Result<()> {
    let (mut of_artists, mut of_genres) = (Vec::new(), Vec::new());
    for song in songs {
        let shown = song.document.track.available;
        for credit in song.document.credits() {
            let artist = artists.get(&keys::artist_id(credit.name).to_string());
            of_artists.extend(artist.map(|artist| (song.num, *artist, credit.roles, shown)));
        }
        for name in song.document.genres() {
            let genre = genres.get(&keys::genre_id(name).to_string());
            of_genres.extend(genre.map(|genre| (song.num, *genre, shown)));
        }
    }
    for links in of_artists.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO song_artists (song, artist, roles, shown) ");
        query.push_values(links, |mut row, (song, artist, roles, shown)| {
            row.push_bind(song).push_bind(artist).push_bind(roles).push_bind(shown);
        });
        query.build().persistent(links.len() == ROWS).execute(&mut *db).await?;
    }
    for links in of_genres.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO song_genres (song, genre, shown) ");
        query.push_values(links, |mut row, (song, genre, shown)| {
            row.push_bind(song).push_bind(genre).push_bind(shown);
        });
        query.build().persistent(links.len() == ROWS).execute(&mut *db).await?;
    }
    Ok(())
}

async fn change_visibility(db: &mut SqliteConnection, change: &Change<'_, '_>) -> sqlx::Result<()> {
    for (shown, nums) in &change.shown {
        let nums = json(nums);
        for each in [
            "UPDATE songs SET shown = ? WHERE num IN (SELECT value FROM json_each(?))",
            "UPDATE song_artists SET shown = ? WHERE song IN (SELECT value FROM json_each(?))",
            "UPDATE song_genres SET shown = ? WHERE song IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(each).bind(*shown).bind(&nums).execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// The artist of an album if several artists share it and none is named for all.
pub(super) const VARIOUS: &str = "Various Artists";
/// How many tracks of an album are looked at for its artist and cover; one that has more is no album.
const LOOKED_AT: i64 = 200;

/// Counts the tracks of these albums anew, and drops those that have none.
async fn sum_up_albums(db: &mut SqliteConnection, albums: &HashSet<i64>) -> sqlx::Result<()> {
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
                     SELECT t.artist FROM songs s JOIN tracks t ON t.id = s.id WHERE s.album = albums.num LIMIT ?3)) END,
             cover = (SELECT cover FROM (SELECT cover, k_disc FROM songs WHERE album = albums.num LIMIT ?3)
                 WHERE cover IS NOT NULL ORDER BY k_disc LIMIT 1)
         WHERE num IN (SELECT value FROM json_each(?1)) RETURNING num, title, artist, year, k_artist, held",
    )
    .bind(&nums)
    .bind(VARIOUS)
    .bind(LOOKED_AT)
    .fetch_all(&mut *db)
    .await?;
    let mut renamed = Vec::new();
    for row in rows {
        let (num, artist, title): (i64, String, String) =
            (row.try_get("num")?, row.try_get("artist")?, row.try_get("title")?);
        let year = row.try_get::<u32, _>("year")?;
        let key = keys::Parts::default().letters(&artist).number(Some(year)).text(&title);
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
