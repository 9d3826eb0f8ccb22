//! Playlists: lists of tracks that people made, and rules that find them.
//!
//! An entry keeps its track's id, and the path as it was last known: a track that vanished and came back is there
//! again, whether the library knows it as the same one or as another in the same place.

use std::{
    collections::HashMap,
    ffi::OsString,
    os::unix::ffi::OsStringExt as _,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use downbeat_protocol::TrackId;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    Store, StoreError, TrackRow,
    index::{Filter, ListError, Page, Part, Query, Sorted, TrackSort, keys, order},
    parsed,
};

/// The distance between the places of entries that were added one after the other.
const STEP: i64 = 1 << 20;

/// The rule that finds the tracks of a smart playlist, each time anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// As people type it.
    pub query: String,
    /// In this order; `None`: the best hits first.
    pub sort: Option<Sorted<TrackSort>>,
    /// At most so many tracks.
    pub limit: usize,
}

/// A playlist without its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaylistRow {
    /// Its id.
    pub id: Uuid,
    /// Its name; several may have the same.
    pub name: String,
    /// The rule of a smart playlist as its owner's JSON; `None`: it has entries.
    pub rule: Option<String>,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// When it was last changed, seconds since 1970.
    pub changed: i64,
    /// Grows with every change.
    pub revision: i64,
    /// How many entries it has; 0 if it has a rule.
    pub entries: u64,
    /// The length of its entries, milliseconds.
    pub ms: i64,
}

/// One place in a playlist: a track may be in it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaylistEntry {
    /// Its own id.
    pub id: Uuid,
    /// The track: the one that was added, or if its file is gone, the one that now has its path.
    pub track: TrackId,
    /// The path of the file, as it is or was last.
    pub path: PathBuf,
    /// The title as last known.
    pub title: String,
    /// The artist as last known.
    pub artist: String,
    /// The length as last known, milliseconds.
    pub ms: i64,
    /// True if the file is there.
    pub available: bool,
}

/// Why a playlist was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PlaylistError {
    /// There is none.
    #[error("there is no playlist {0}")]
    NoSuchPlaylist(Uuid),
    /// It has no such entry.
    #[error("the playlist has no entry {0}")]
    NoSuchEntry(Uuid),
    /// It is not the one that was meant: somebody else was quicker.
    #[error("it was changed meanwhile; look at it again and decide anew")]
    Changed,
    /// A playlist of this name exists (upper and lower case count as the same).
    #[error("there is already a playlist named {0:?}")]
    NameTaken(String),
    /// Its tracks follow from a rule.
    #[error("a smart playlist has no entries of its own; change its rule")]
    Smart,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Says whether a playlist is the one that is meant to be changed; asked while nobody else can change it.
pub type Fits<'a> = &'a (dyn Fn(&PlaylistRow) -> bool + Sync);

/// Whatever it is.
pub const ANY: Fits<'static> = &|_| true;

impl Rule {
    /// Reads what [`Rule::to_json`] wrote.
    pub fn parse(json: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(json).ok()?;
        let sort = match value.get("sort").and_then(|s| s.as_str()) {
            Some(name) => Some(TrackSort::sorted(name)?),
            None => None,
        };
        Some(Self {
            query: value.get("query")?.as_str()?.to_owned(),
            sort,
            limit: usize::try_from(value.get("limit")?.as_u64()?).ok()?,
        })
    }

    /// As it is kept.
    pub fn to_json(&self) -> String {
        serde_json::json!({ "query": self.query, "sort": self.sort.map(TrackSort::name_of), "limit": self.limit })
            .to_string()
    }
}

const PLAYLIST: &str =
    "SELECT p.num, p.id, p.name, p.k_name, p.rule, p.created, p.changed, p.revision FROM playlists p WHERE ";

/// How many entries playlists have, and how long those are, milliseconds, by the revision of which that is: to count a
/// hundred thousand takes longer than a list may. Only what is kept is remembered.
#[derive(Debug, Default)]
pub(super) struct Sums(Mutex<HashMap<Uuid, (i64, u64, i64)>>);

impl Sums {
    fn get(&self, row: &PlaylistRow) -> Option<(u64, i64)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id).copied();
        known.filter(|(revision, ..)| *revision == row.revision).map(|(_, entries, ms)| (entries, ms))
    }

    fn put(&self, row: &PlaylistRow) {
        let sums = (row.revision, row.entries, row.ms);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(row.id, sums);
    }
}

const ENTRY: &str = "SELECT e.num, e.id, e.place, e.path, e.title, e.artist, e.ms,
    CASE WHEN coalesce(own.available, 0) = 0 AND there.available = 1 THEN there.track_id ELSE e.track END AS track,
    coalesce(own.available, 0) = 1 OR coalesce(there.available, 0) = 1 AS available
    FROM playlist_entries e LEFT JOIN files own ON own.track_id = e.track LEFT JOIN files there ON there.path = e.path
    WHERE e.playlist = ";

impl Store {
    /// Dates playlists and presets now that were dated before `earliest_us`: the wall clock was not set then.
    pub async fn date_lists_anew(&self, earliest_us: i64, now_us: i64) -> Result<(), StoreError> {
        let text = |us| {
            chrono::DateTime::from_timestamp_micros(us)
                .unwrap_or_default()
                .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
        };
        let mut tx = self.write().await?;
        for column in ["created", "changed"] {
            let query = format!("UPDATE playlists SET {column} = ? WHERE {column} < ?");
            let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(now_us / 1_000_000).bind(earliest_us / 1_000_000);
            query.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        }
        sqlx::query("UPDATE presets SET saved = ? WHERE saved < ?")
            .bind(text(now_us))
            .bind(text(earliest_us))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// The playlists by name.
    pub async fn list_playlists(&self, part: Part) -> Result<Page<PlaylistRow>, ListError> {
        let mut query = QueryBuilder::<Sqlite>::new(PLAYLIST);
        query.push("true");
        let mut page = self.fetch_page(query, order::PLAYLISTS, part, playlist).await?;
        let mut db = self.reader().await?;
        for row in &mut page.items {
            self.sum_up(&mut db, row).await?;
        }
        Ok(page)
    }

    /// Counts the entries of a playlist as it is kept, unless it is known how many there are.
    async fn sum_up(&self, db: &mut SqliteConnection, row: &mut PlaylistRow) -> Result<(), StoreError> {
        if let Some(known) = self.0.sums.get(row) {
            (row.entries, row.ms) = known;
            return Ok(());
        }
        self.count(db, row).await?;
        self.0.sums.put(row);
        Ok(())
    }

    async fn count(&self, db: &mut SqliteConnection, row: &mut PlaylistRow) -> Result<(), StoreError> {
        let query = sqlx::query_as("SELECT count(*), coalesce(sum(ms), 0) FROM playlist_entries WHERE playlist = ?");
        let (entries, ms): (i64, i64) = query.bind(row.id.to_string()).fetch_one(db).await.map_err(|e| self.fail(e))?;
        (row.entries, row.ms) = (entries.unsigned_abs(), ms);
        Ok(())
    }

    /// The playlists whose names have words that begin with all those typed.
    pub async fn search_playlists(&self, query: &Query, limit: usize) -> Result<Vec<PlaylistRow>, ListError> {
        let all = self.list_playlists(Part::first(10_000)).await?.items;
        Ok(all.into_iter().filter(|p| query.matches_name(&p.name)).take(limit).collect())
    }

    /// The playlist of this name, upper and lower case alike; the oldest, if several have it.
    pub async fn playlist_named(&self, name: &str) -> Result<Option<Uuid>, StoreError> {
        let mut db = self.reader().await?;
        self.named_on(&mut db, name).await
    }

    async fn named_on(&self, db: &mut SqliteConnection, name: &str) -> Result<Option<Uuid>, StoreError> {
        // SQLite knows upper and lower case of English letters only.
        let wanted = name.trim().to_lowercase();
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT id, name FROM playlists ORDER BY created, num")
            .fetch_all(db)
            .await
            .map_err(|e| self.fail(e))?;
        let found = rows.into_iter().find(|(_, name)| name.to_lowercase() == wanted);
        Ok(found.and_then(|(id, _)| id.parse().ok()))
    }

    /// One playlist.
    pub async fn playlist(&self, id: Uuid) -> Result<PlaylistRow, PlaylistError> {
        let mut db = self.reader().await?;
        let mut row = self.bare_playlist(&mut db, id).await?;
        self.sum_up(&mut db, &mut row).await?;
        Ok(row)
    }

    /// Its entries in order.
    pub async fn playlist_entries(&self, id: Uuid, part: Part) -> Result<Page<PlaylistEntry>, ListError> {
        let mut query = QueryBuilder::<Sqlite>::new(ENTRY);
        query.push_bind(id.to_string());
        self.fetch_page(query, order::PLAYLIST_ENTRIES, part, entry).await
    }

    /// The tracks that a rule finds.
    pub async fn tracks_by_rule(&self, rule: &Rule, limit: usize) -> Result<Vec<TrackId>, ListError> {
        let (query, limit) = (Query::parse(&rule.query), limit.min(rule.limit));
        let page = match rule.sort {
            None => self.search_tracks(&query, false, Part::first(limit)).await?,
            Some(sort) => {
                let filter = Filter { query, ..Filter::default() };
                self.list_tracks(&filter, sort, Part::first(limit)).await?
            }
        };
        Ok(page.items)
    }

    /// Makes a playlist of these tracks, or of a rule.
    pub async fn create_playlist(
        &self,
        name: &str,
        rule: Option<&str>,
        tracks: &[TrackId],
    ) -> Result<PlaylistRow, PlaylistError> {
        let mut tx = self.write().await?;
        let made = self.create_playlist_on(&mut tx, name, rule, tracks).await?;
        self.commit(tx).await?;
        Ok(made)
    }

    /// Makes a playlist of these tracks under a name that no other has: [`PlaylistError::NameTaken`] if one does, or
    /// with `replace` its entries are taken out for these. Whether it is a new one.
    pub async fn save_as_playlist(
        &self,
        name: &str,
        tracks: &[TrackId],
        replace: bool,
    ) -> Result<(PlaylistRow, bool), PlaylistError> {
        let mut tx = self.write().await?;
        let Some(id) = self.named_on(&mut tx, name).await? else {
            let made = self.create_playlist_on(&mut tx, name, None, tracks).await?;
            self.commit(tx).await?;
            return Ok((made, true));
        };
        if !replace {
            return Err(PlaylistError::NameTaken(name.to_owned()));
        }
        if self.playlist_on(&mut tx, id).await?.rule.is_some() {
            return Err(PlaylistError::Smart);
        }
        let gone = sqlx::query("DELETE FROM playlist_entries WHERE playlist = ?").bind(id.to_string());
        gone.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        add(&mut tx, id, tracks, None).await.map_err(|e| self.fail(e))?;
        touch(&mut tx, id).await.map_err(|e| self.fail(e))?;
        let changed = self.playlist_on(&mut tx, id).await?;
        self.commit(tx).await?;
        Ok((changed, false))
    }

    async fn create_playlist_on(
        &self,
        tx: &mut SqliteConnection,
        name: &str,
        rule: Option<&str>,
        tracks: &[TrackId],
    ) -> Result<PlaylistRow, PlaylistError> {
        let id = Uuid::new_v4();
        let now = chrono::Utc::now().timestamp();
        sqlx::query(
            "INSERT INTO playlists (id, name, k_name, rule, created, changed, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)",
        )
        .bind(id.to_string())
        .bind(name)
        .bind(keys::text(name))
        .bind(rule)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        add(&mut *tx, id, tracks, None).await.map_err(|e| self.fail(e))?;
        self.playlist_on(tx, id).await
    }

    /// Gives it another name, or another rule. Only a smart playlist takes a rule.
    pub async fn edit_playlist(
        &self,
        id: Uuid,
        name: Option<&str>,
        rule: Option<&str>,
        fits: Fits<'_>,
    ) -> Result<PlaylistRow, PlaylistError> {
        self.change_playlist(id, rule.is_some(), fits, async |tx| {
            if let Some(name) = name {
                let query = sqlx::query("UPDATE playlists SET name = ?, k_name = ? WHERE id = ?");
                query.bind(name).bind(keys::text(name)).bind(id.to_string()).execute(&mut *tx).await?;
            }
            if let Some(rule) = rule {
                let query = sqlx::query("UPDATE playlists SET rule = ? WHERE id = ?");
                query.bind(rule).bind(id.to_string()).execute(&mut *tx).await?;
            }
            Ok(None)
        })
        .await
    }

    /// Deletes a playlist.
    pub async fn delete_playlist(&self, id: Uuid, fits: Fits<'_>) -> Result<(), PlaylistError> {
        let mut tx = self.write().await?;
        if !fits(&self.playlist_on(&mut tx, id).await?) {
            return Err(PlaylistError::Changed);
        }
        sqlx::query("DELETE FROM playlists WHERE id = ?")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(self.commit(tx).await?)
    }

    /// Adds tracks at `index`, or at the end. Tracks that are not known are left out.
    pub async fn add_to_playlist(
        &self,
        id: Uuid,
        tracks: &[TrackId],
        index: Option<usize>,
        fits: Fits<'_>,
    ) -> Result<PlaylistRow, PlaylistError> {
        self.change_playlist(id, false, fits, async |tx| {
            add(tx, id, tracks, index).await?;
            Ok(None)
        })
        .await
    }

    /// Moves entries, in the order given, so that the first of them is at `index` once all of them are there.
    pub async fn move_in_playlist(
        &self,
        id: Uuid,
        entries: &[Uuid],
        index: usize,
        fits: Fits<'_>,
    ) -> Result<PlaylistRow, PlaylistError> {
        self.change_playlist(id, false, fits, async |tx| {
            if let Some(missing) = missing(tx, id, entries).await? {
                return Ok(Some(missing));
            }
            let without = ids(entries);
            let places = places(tx, id, Some(index), entries.len(), &without).await?;
            for (entry, place) in entries.iter().zip(places) {
                let query = sqlx::query("UPDATE playlist_entries SET place = ? WHERE id = ?");
                query.bind(place).bind(entry.to_string()).execute(&mut *tx).await?;
            }
            Ok(None)
        })
        .await
    }

    /// Removes entries.
    pub async fn remove_from_playlist(
        &self,
        id: Uuid,
        entries: &[Uuid],
        fits: Fits<'_>,
    ) -> Result<PlaylistRow, PlaylistError> {
        self.change_playlist(id, false, fits, async |tx| {
            if let Some(missing) = missing(tx, id, entries).await? {
                return Ok(Some(missing));
            }
            let query = sqlx::query("DELETE FROM playlist_entries WHERE id IN (SELECT value FROM json_each(?))");
            query.bind(ids(entries)).execute(&mut *tx).await?;
            Ok(None)
        })
        .await
    }

    /// Does `change` within a transaction, unless it is another playlist than was meant, or an entry is missing.
    /// `smart` says what kind of playlist it takes; a change of the name alone takes both.
    async fn change_playlist(
        &self,
        id: Uuid,
        smart: bool,
        fits: Fits<'_>,
        change: impl AsyncFnOnce(&mut SqliteConnection) -> sqlx::Result<Option<Uuid>>,
    ) -> Result<PlaylistRow, PlaylistError> {
        let mut tx = self.write().await?;
        let before = self.playlist_on(&mut tx, id).await?;
        if !fits(&before) {
            return Err(PlaylistError::Changed);
        }
        if smart && before.rule.is_none() {
            return Err(PlaylistError::Smart);
        }
        if let Some(missing) = change(&mut tx).await.map_err(|e| self.fail(e))? {
            return Err(PlaylistError::NoSuchEntry(missing));
        }
        touch(&mut tx, id).await.map_err(|e| self.fail(e))?;
        let after = self.playlist_on(&mut tx, id).await?;
        if after.rule.is_some() && after.entries > 0 {
            return Err(PlaylistError::Smart);
        }
        self.commit(tx).await?;
        Ok(after)
    }

    /// The playlist as it is within a transaction, which may not come to be.
    async fn playlist_on(&self, db: &mut SqliteConnection, id: Uuid) -> Result<PlaylistRow, PlaylistError> {
        let mut row = self.bare_playlist(db, id).await?;
        self.count(db, &mut row).await?;
        Ok(row)
    }

    /// Without its sums.
    async fn bare_playlist(&self, db: &mut SqliteConnection, id: Uuid) -> Result<PlaylistRow, PlaylistError> {
        let mut query = QueryBuilder::<Sqlite>::new(PLAYLIST);
        query.push("p.id = ").push_bind(id.to_string());
        let row = query.build().fetch_optional(db).await.map_err(|e| self.fail(e))?;
        let row = row.ok_or(PlaylistError::NoSuchPlaylist(id))?;
        Ok(playlist(&row).map_err(|e| self.fail(e))?)
    }

    /// The tracks of a playlist that are there, in its order. One that does not exist has none.
    pub async fn playlist_tracks(&self, id: Uuid, limit: usize) -> Result<Vec<TrackId>, ListError> {
        let rule = match self.playlist(id).await {
            Ok(playlist) => playlist.rule,
            Err(PlaylistError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(Vec::new()),
        };
        if let Some(rule) = rule {
            return match Rule::parse(&rule) {
                Some(rule) => self.tracks_by_rule(&rule, limit).await,
                None => Ok(Vec::new()),
            };
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT track FROM (");
        query.push(ENTRY).push_bind(id.to_string()).push(") WHERE available ORDER BY place, num LIMIT ");
        query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.decode("playlist_entries", &rows, |row| parsed(row, "track"))?)
    }
}

/// Writes the path and the name of each track to its playlist entries, so that they find it again.
pub(super) async fn follow(db: &mut SqliteConnection, tracks: &[&TrackRow]) -> sqlx::Result<()> {
    let ids: Vec<String> = tracks.iter().filter(|t| t.available).map(|t| t.id.to_string()).collect();
    sqlx::query(
        "UPDATE playlist_entries SET path = f.path, title = t.title, artist = t.artist
         FROM tracks t JOIN files f ON f.track_id = t.id
         WHERE t.id = playlist_entries.track AND playlist_entries.track IN (SELECT value FROM json_each(?))",
    )
    .bind(serde_json::to_string(&ids).unwrap_or_default())
    .execute(db)
    .await?;
    Ok(())
}

fn ids(entries: &[Uuid]) -> String {
    serde_json::to_string(entries).unwrap_or_default()
}

/// The first of these entries that the playlist does not have.
async fn missing(db: &mut SqliteConnection, playlist: Uuid, entries: &[Uuid]) -> sqlx::Result<Option<Uuid>> {
    let known: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM playlist_entries WHERE playlist = ? AND id IN (SELECT value FROM json_each(?))")
            .bind(playlist.to_string())
            .bind(ids(entries))
            .fetch_all(db)
            .await?;
    let known: std::collections::HashSet<String> = known.into_iter().map(|(id,)| id).collect();
    Ok(entries.iter().find(|e| !known.contains(&e.to_string())).copied())
}

/// It is another one now.
async fn touch(db: &mut SqliteConnection, id: Uuid) -> sqlx::Result<()> {
    let query = sqlx::query("UPDATE playlists SET revision = revision + 1, changed = ? WHERE id = ?");
    query.bind(chrono::Utc::now().timestamp()).bind(id.to_string()).execute(db).await.map(drop)
}

async fn add(db: &mut SqliteConnection, playlist: Uuid, tracks: &[TrackId], index: Option<usize>) -> sqlx::Result<()> {
    let places = places(db, playlist, index, tracks.len(), "[]").await?;
    let entries: Vec<_> = tracks
        .iter()
        .zip(places)
        .map(|(track, place)| (Uuid::new_v4().to_string(), track.to_string(), place))
        .collect();
    sqlx::query(
        "INSERT INTO playlist_entries (id, playlist, place, track, path, title, artist, ms)
         SELECT e.value ->> 0, ?2, e.value ->> 2, t.id, coalesce(f.path, x''), t.title, t.artist,
             CASE WHEN t.sample_rate > 0 THEN t.frames * 1000 / t.sample_rate ELSE 0 END
         FROM json_each(?1) e JOIN tracks t ON t.id = e.value ->> 1 LEFT JOIN files f ON f.track_id = t.id",
    )
    .bind(serde_json::to_string(&entries).unwrap_or_default())
    .bind(playlist.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// The places of `count` entries that come to `index`, or the end, among all but `without` (a JSON list of ids).
async fn places(
    db: &mut SqliteConnection,
    playlist: Uuid,
    index: Option<usize>,
    count: usize,
    without: &str,
) -> sqlx::Result<Vec<i64>> {
    for renumbered in [false, true] {
        let index = index.map_or(i64::MAX, |i| i64::try_from(i).unwrap_or(i64::MAX));
        // The entry before and the one that is there now.
        let around: Vec<(i64,)> = sqlx::query_as(
            "SELECT place FROM playlist_entries WHERE playlist = ? AND id NOT IN (SELECT value FROM json_each(?))
             ORDER BY place, num LIMIT ? OFFSET ?",
        )
        .bind(playlist.to_string())
        .bind(without)
        .bind(if index == 0 { 1 } else { 2 })
        .bind((index - 1).max(0))
        .fetch_all(&mut *db)
        .await?;
        let (before, next) = match (index, around.as_slice()) {
            (0, [(next,), ..]) => (next - STEP * (count as i64 + 1), Some(*next)),
            (_, [(before,), (next,), ..]) => (*before, Some(*next)),
            (_, [(before,)]) => (*before, None),
            (_, []) => {
                let query =
                    sqlx::query_scalar("SELECT coalesce(max(place), 0) FROM playlist_entries WHERE playlist = ?");
                (query.bind(playlist.to_string()).fetch_one(&mut *db).await?, None)
            }
        };
        let step = next.map_or(STEP, |next| (next - before) / (count as i64 + 1));
        if step > 0 || renumbered {
            return Ok((1..=count as i64).map(|i| before + step * i).collect());
        }
        sqlx::query(
            "UPDATE playlist_entries SET place = n.row * ?2 FROM (
                 SELECT num, row_number() OVER (ORDER BY place, num) AS row FROM playlist_entries WHERE playlist = ?1) n
             WHERE n.num = playlist_entries.num",
        )
        .bind(playlist.to_string())
        // A gap takes as many as one call can bring.
        .bind(STEP.max(2 * count as i64))
        .execute(&mut *db)
        .await?;
    }
    Ok(Vec::new())
}

fn playlist(row: &SqliteRow) -> sqlx::Result<PlaylistRow> {
    Ok(PlaylistRow {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        rule: row.try_get("rule")?,
        created: row.try_get("created")?,
        changed: row.try_get("changed")?,
        revision: row.try_get("revision")?,
        entries: 0,
        ms: 0,
    })
}

fn entry(row: &SqliteRow) -> sqlx::Result<PlaylistEntry> {
    Ok(PlaylistEntry {
        id: parsed(row, "id")?,
        track: parsed(row, "track")?,
        path: OsString::from_vec(row.try_get("path")?).into(),
        title: row.try_get("title")?,
        artist: row.try_get("artist")?,
        ms: row.try_get("ms")?,
        available: row.try_get("available")?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn track(path: &str, title: &str) -> TrackRow {
        let mut track = TrackRow::unknown(TrackId::random(), path.into());
        track.title = title.into();
        (track.sample_rate, track.frames) = (1_000, downbeat_protocol::Frames(2_000));
        track
    }

    async fn with(titles: &[&str]) -> (tempfile::TempDir, Store, Vec<TrackRow>) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let tracks: Vec<_> = titles.iter().map(|t| track(&format!("/m/{t}.mp3"), t)).collect();
        store.save_tracks(&tracks).await.unwrap();
        (dir, store, tracks)
    }

    async fn entries(store: &Store, id: Uuid) -> Vec<PlaylistEntry> {
        // in small parts, as a reader takes them
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = store.playlist_entries(id, Part { limit: 2, after }).await.unwrap();
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    async fn titles(store: &Store, id: Uuid) -> String {
        entries(store, id).await.into_iter().map(|e| e.title).collect()
    }

    #[tokio::test]
    async fn entries_are_added_moved_and_removed() {
        let (dir, store, t) = with(&["a", "b", "c"]).await;
        let list = store.create_playlist("mine", None, &[t[0].id, t[1].id, t[0].id]).await.unwrap();
        assert_eq!((list.entries, list.ms, list.revision), (3, 6_000, 1));
        let id = list.id;
        assert_eq!(titles(&store, id).await, "aba", "a track may be in it twice");
        for more in [t[2].id, t[1].id] {
            assert_eq!(store.playlist(id).await.unwrap().entries, entries(&store, id).await.len() as u64);
            store.add_to_playlist(id, &[more], None, ANY).await.unwrap();
        }
        let listed = store.list_playlists(Part::first(9)).await.unwrap().items;
        assert_eq!((listed[0].entries, listed[0].ms), (5, 10_000), "not as it was counted before");
        let added: Vec<Uuid> = entries(&store, id).await[3..].iter().map(|e| e.id).collect();
        store.remove_from_playlist(id, &added, ANY).await.unwrap();
        store.add_to_playlist(id, &[t[2].id, t[1].id], Some(1), ANY).await.unwrap();
        assert_eq!(titles(&store, id).await, "acbba");
        store.add_to_playlist(id, &[t[2].id], Some(0), ANY).await.unwrap();
        store.add_to_playlist(id, &[t[2].id], None, ANY).await.unwrap();
        store.add_to_playlist(id, &[t[2].id], Some(99), ANY).await.unwrap();
        assert_eq!(titles(&store, id).await, "cacbbacc");
        let e = entries(&store, id).await;
        store.move_in_playlist(id, &[e[5].id, e[0].id], 1, ANY).await.unwrap();
        assert_eq!(titles(&store, id).await, "aaccbbcc");
        let changed = store.remove_from_playlist(id, &[e[3].id, e[7].id], ANY).await.unwrap();
        assert_eq!((titles(&store, id).await.as_str(), changed.revision), ("aaccbc", 10));

        let nobody = Uuid::new_v4();
        let error = store.remove_from_playlist(id, &[e[4].id, nobody], ANY).await.unwrap_err();
        assert!(matches!(error, PlaylistError::NoSuchEntry(e) if e == nobody), "{error}");
        assert_eq!(titles(&store, id).await, "aaccbc", "nothing of it was done");
        assert!(matches!(store.add_to_playlist(nobody, &[], None, ANY).await, Err(PlaylistError::NoSuchPlaylist(_))));
        store.edit_playlist(id, Some("ours"), None, ANY).await.unwrap();
        store.close().await;
        let store = Store::open(dir.path()).await.unwrap();
        assert_eq!(
            (store.playlist(id).await.unwrap().name.as_str(), titles(&store, id).await.as_str()),
            ("ours", "aaccbc")
        );
        store.delete_playlist(id, ANY).await.unwrap();
        assert!(matches!(store.delete_playlist(id, ANY).await, Err(PlaylistError::NoSuchPlaylist(_))));
        assert_eq!(store.list_playlists(Part::first(9)).await.unwrap().items, []);
    }

    #[tokio::test]
    async fn who_means_another_one_changes_nothing() {
        let (_dir, store, t) = with(&["a", "b"]).await;
        let list = store.create_playlist("mine", None, &[t[0].id]).await.unwrap();
        let id = list.id;
        let entry = entries(&store, id).await[0].id;
        let seen: Fits<'_> = &|row| row.revision == 1;
        store.add_to_playlist(id, &[t[1].id], None, seen).await.unwrap();
        let late = [
            store.edit_playlist(id, Some("x"), None, seen).await.map(drop),
            store.add_to_playlist(id, &[t[1].id], None, seen).await.map(drop),
            store.move_in_playlist(id, &[entry], 1, seen).await.map(drop),
            store.remove_from_playlist(id, &[entry], seen).await.map(drop),
            store.delete_playlist(id, seen).await,
        ];
        assert!(late.iter().all(|done| matches!(done, Err(PlaylistError::Changed))), "{late:?}");
        let now = store.playlist(id).await.unwrap();
        assert_eq!((now.name.as_str(), now.revision, titles(&store, id).await.as_str()), ("mine", 2, "ab"));
    }

    #[tokio::test]
    async fn what_is_saved_under_a_name_takes_its_place_only_if_asked_to() {
        let (_dir, store, t) = with(&["a", "b"]).await;
        let (first, new) = store.save_as_playlist("Evening", &[t[0].id, t[1].id], false).await.unwrap();
        assert!(new && first.entries == 2);
        let taken = store.save_as_playlist("evening", &[t[1].id], false).await;
        assert!(matches!(taken, Err(PlaylistError::NameTaken(_))));
        store.save_as_playlist("Äpfel", &[t[0].id], false).await.unwrap();
        assert!(store.save_as_playlist("äpfel", &[t[1].id], false).await.is_err());
        assert!(store.playlist_named("ÄPFEL ").await.unwrap().is_some());
        let (again, new) = store.save_as_playlist("EVENING", &[t[1].id], true).await.unwrap();
        assert_eq!((again.id, new, again.revision, again.name.as_str()), (first.id, false, 2, "Evening"));
        assert_eq!(titles(&store, first.id).await, "b");
        let rule = Rule { query: "a".into(), sort: None, limit: 9 }.to_json();
        store.create_playlist("smart", Some(&rule), &[]).await.unwrap();
        assert!(matches!(store.save_as_playlist("smart", &[], true).await, Err(PlaylistError::Smart)));
    }

    #[tokio::test]
    async fn a_track_that_comes_back_is_there_again() {
        let (_dir, store, mut t) = with(&["a", "b"]).await;
        let id = store.create_playlist("mine", None, &[t[0].id, t[1].id]).await.unwrap().id;
        t[0].available = false;
        store.save_tracks(&t).await.unwrap();
        assert_eq!(entries(&store, id).await.iter().map(|e| e.available).collect::<Vec<_>>(), [false, true]);
        assert_eq!(store.playlist_tracks(id, 9).await.unwrap(), [t[1].id]);
        // Moved while it was away: known by its id.
        (t[0].available, t[0].path, t[0].title) = (true, "/n/a2.mp3".into(), "A".into());
        store.save_tracks(&t).await.unwrap();
        let back = entries(&store, id).await;
        assert_eq!(
            (back[0].path.as_path(), back[0].title.as_str(), back[0].available),
            (std::path::Path::new("/n/a2.mp3"), "A", true)
        );
        // Forgotten and found again as another track: known by its path.
        (t[0].available, t[0].path) = (false, PathBuf::new());
        let other = track("/n/a2.mp3", "A");
        store.save_tracks(&[t[0].clone(), other.clone()]).await.unwrap();
        assert_eq!(entries(&store, id).await[0].track, other.id);
        assert_eq!(store.playlist_tracks(id, 9).await.unwrap(), [other.id, t[1].id]);
    }

    #[tokio::test]
    async fn a_smart_playlist_finds_its_tracks_each_time() {
        let (_dir, store, t) = with(&["red one", "red two", "blue"]).await;
        let newest = Sorted { by: TrackSort::Title, reverse: true };
        let rule = Rule { query: "red".into(), sort: Some(newest), limit: 2 };
        assert_eq!(Rule::parse(&rule.to_json()), Some(rule.clone()));
        let list = store.create_playlist("red", Some(&rule.to_json()), &[]).await.unwrap();
        assert_eq!(store.playlist_tracks(list.id, 9).await.unwrap(), [t[1].id, t[0].id]);
        store.save_tracks(&[track("/m/z.mp3", "z red")]).await.unwrap();
        assert_eq!(store.playlist_tracks(list.id, 9).await.unwrap().len(), 2, "its own limit");
        assert!(matches!(store.add_to_playlist(list.id, &[t[2].id], None, ANY).await, Err(PlaylistError::Smart)));
        let blue = Rule { query: "blue".into(), sort: None, limit: 9 };
        store.edit_playlist(list.id, None, Some(&blue.to_json()), ANY).await.unwrap();
        assert_eq!(store.playlist_tracks(list.id, 9).await.unwrap(), [t[2].id]);
        let plain = store.create_playlist("plain", None, &[]).await.unwrap();
        assert!(matches!(store.edit_playlist(plain.id, None, Some("{}"), ANY).await, Err(PlaylistError::Smart)));
        let found = store.search_playlists(&Query::parse("RE"), 9).await.unwrap();
        assert_eq!(found.into_iter().map(|p| p.name).collect::<Vec<_>>(), ["red"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// Many insertions at one place use up its gap; the order is that of a list all the same.
        #[test]
        fn the_order_is_that_of_a_list(
            steps in prop::collection::vec((0..3_u8, 0..6_usize, 0..6_usize, 1..4_usize), 1..40),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (_dir, store, t) = with(&["a", "b", "c"]).await;
                let id = store.create_playlist("x", None, &[]).await.unwrap().id;
                let mut model: Vec<Uuid> = Vec::new();
                for (what, at, from, count) in steps {
                    let before = entries(&store, id).await;
                    assert_eq!(before.iter().map(|e| e.id).collect::<Vec<_>>(), model);
                    match what {
                        0 => {
                            let tracks: Vec<TrackId> = (0..count).map(|i| t[i % 3].id).collect();
                            store.add_to_playlist(id, &tracks, Some(at), ANY).await.unwrap();
                            let now = entries(&store, id).await;
                            let at = at.min(model.len());
                            let new: Vec<Uuid> = now[at..at + count].iter().map(|e| e.id).collect();
                            assert!(new.iter().all(|e| !model.contains(e)));
                            model.splice(at..at, new);
                        }
                        1 if from < model.len() => {
                            let moved: Vec<Uuid> = model[from..].iter().take(count).copied().collect();
                            store.move_in_playlist(id, &moved, at, ANY).await.unwrap();
                            model.retain(|e| !moved.contains(e));
                            let at = at.min(model.len());
                            model.splice(at..at, moved);
                        }
                        _ => {
                            // As if very much had been inserted here before.
                            let mut tx = store.write().await.unwrap();
                            sqlx::query(
                                "UPDATE playlist_entries SET place = n.row FROM (
                                     SELECT num, row_number() OVER (ORDER BY place, num) AS row FROM playlist_entries) n
                                 WHERE n.num = playlist_entries.num",
                            )
                            .execute(&mut *tx)
                            .await
                            .unwrap();
                            store.commit(tx).await.unwrap();
                        }
                    }
                }
                assert_eq!(entries(&store, id).await.iter().map(|e| e.id).collect::<Vec<_>>(), model);
            });
        }
    }
}
