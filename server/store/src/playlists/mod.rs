//! Playlists: lists of tracks that people made, and rules that find them.
//!
//! An entry keeps its track's id, and the path as it was last known: a track that vanished and came back is there
//! again, whether the library knows it as the same one or as another in the same place.

mod entries;
mod places;
mod row;
mod rule;
mod sums;
#[cfg(test)]
mod tests;

use downbeat_protocol::TrackId;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

pub(crate) use self::{entries::follow, sums::Sums};
use self::{
    entries::{add, add_items, ids, missing},
    places::places,
    row::{ENTRY, MAX_ALL_ENTRIES, MAX_PLAYLISTS, PLAYLIST, entry, playlist},
};
pub use self::{
    row::{ANY, ListItem, PlaylistEntry, PlaylistError, PlaylistRow, Precondition},
    rule::Rule,
};
use crate::{
    error::StoreError,
    index::{Filter, ListError, Page, Part, Query, keys, order},
    row::parsed,
    store::Store,
};

impl Store {
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
        self.room_for(&mut tx, tracks.len()).await?;
        add(&mut tx, id, tracks, None).await.map_err(|e| self.fail(e))?;
        touch(&mut tx, id).await.map_err(|e| self.fail(e))?;
        let changed = self.playlist_on(&mut tx, id).await?;
        self.commit(tx).await?;
        Ok((changed, false))
    }

    /// Makes a playlist of these, also of files that are not there yet.
    pub async fn create_playlist_of(&self, name: &str, items: &[ListItem]) -> Result<PlaylistRow, PlaylistError> {
        let mut tx = self.write().await?;
        self.room_for(&mut tx, items.len()).await?;
        let made = self.create_playlist_on(&mut tx, name, None, &[]).await?;
        add_items(&mut tx, made.id, items).await.map_err(|e| self.fail(e))?;
        let made = self.playlist_on(&mut tx, made.id).await?;
        self.commit(tx).await?;
        Ok(made)
    }

    /// Takes the entries of a playlist out for these.
    pub async fn fill_playlist(&self, id: Uuid, items: &[ListItem]) -> Result<PlaylistRow, PlaylistError> {
        self.change_playlist(id, false, ANY, async |tx| {
            let gone = sqlx::query("DELETE FROM playlist_entries WHERE playlist = ?").bind(id.to_string());
            gone.execute(&mut *tx).await?;
            add_items(tx, id, items).await?;
            Ok(None)
        })
        .await
    }

    async fn create_playlist_on(
        &self,
        tx: &mut SqliteConnection,
        name: &str,
        rule: Option<&str>,
        tracks: &[TrackId],
    ) -> Result<PlaylistRow, PlaylistError> {
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM playlists");
        if count.fetch_one(&mut *tx).await.map_err(|e| self.fail(e))? >= MAX_PLAYLISTS {
            return Err(PlaylistError::TooMany);
        }
        self.room_for(&mut *tx, tracks.len()).await?;
        let id = Uuid::new_v4();
        let now = chrono::Utc::now().timestamp();
        sqlx::query(
            "INSERT INTO playlists (id, name, k_name, rule, created, changed, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)",
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

    /// Refuses more entries than all playlists together may have.
    async fn room_for(&self, db: &mut SqliteConnection, more: usize) -> Result<(), PlaylistError> {
        // of a million it takes some ten milliseconds
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM playlist_entries");
        let entries = count.fetch_one(db).await.map_err(|e| self.fail(e))?;
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        if entries.saturating_add(more) > MAX_ALL_ENTRIES { Err(PlaylistError::TooManyEntries) } else { Ok(()) }
    }

    /// Gives it another name, or another rule. Only a smart playlist takes a rule.
    pub async fn edit_playlist(
        &self,
        id: Uuid,
        name: Option<&str>,
        rule: Option<&str>,
        fits: Precondition<'_>,
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
    pub async fn delete_playlist(&self, id: Uuid, fits: Precondition<'_>) -> Result<(), PlaylistError> {
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
        fits: Precondition<'_>,
    ) -> Result<PlaylistRow, PlaylistError> {
        let mut db = self.reader().await?;
        self.room_for(&mut db, tracks.len()).await?;
        drop(db);
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
        fits: Precondition<'_>,
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
        fits: Precondition<'_>,
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
        fits: Precondition<'_>,
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

    /// The playlist as seen inside a transaction that may still be rolled back.
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

/// It is another one now.
async fn touch(db: &mut SqliteConnection, id: Uuid) -> sqlx::Result<()> {
    let query = sqlx::query("UPDATE playlists SET revision = revision + 1, changed = ? WHERE id = ?");
    query.bind(chrono::Utc::now().timestamp()).bind(id.to_string()).execute(db).await.map(drop)
}
