//! The upkeep of the index: words are merged, and tracks put in that are not there yet.

use sqlx::{Row as _, SqliteConnection};

use super::{keys::INDEX_VERSION, vocabulary::Updated, write::update};
use crate::{error::StoreError, store::Store, track_row};

/// So many tracks are put into the index at a time, between which others may write.
const BATCH: i64 = 500;

/// So many pages of words must lie apart before they are merged: that writes all of them once more, and is not felt
/// where there are few.
const MERGED_FROM: i64 = 500;
/// Pages of words that are merged at a time, between which others may write: some 20 ms.
const MERGED_AT_ONCE: i64 = 250;

impl Store {
    /// Keeps in mind what an update did.
    pub(crate) fn updated(&self, Updated { new_words }: &Updated) {
        if let Ok(mut vocabulary) = self.vocabulary().write()
            && let Some(vocabulary) = vocabulary.as_mut()
        {
            vocabulary.extend(new_words.iter().map(String::as_str));
        }
    }

    /// Merges the words of the index if many of them lie apart: what was saved at different times lies in trees of
    /// their own, each of which every search goes through. Others may write meanwhile.
    pub async fn merge_words(&self) -> Result<(), StoreError> {
        self.merge_words_from(MERGED_FROM).await
    }

    pub(super) async fn merge_words_from(&self, pages: i64) -> Result<(), StoreError> {
        // About a row for every page of a tree.
        let (all, largest): (i64, i64) = sqlx::query_as(
            "SELECT coalesce(sum(pages), 0), coalesce(max(pages), 0)
             FROM (SELECT count(*) AS pages FROM song_words_idx GROUP BY segid)",
        )
        .fetch_one(self.readers())
        .await
        .map_err(|e| self.fail(e))?;
        // Merging waits until the pages beside the largest tree are a part of it that is felt.
        if all - largest < pages.max(largest / 4) {
            return Ok(());
        }
        for merge in [
            "INSERT INTO song_words (song_words, rank) VALUES ('merge', ?)",
            "INSERT INTO album_words (album_words, rank) VALUES ('merge', ?)",
            "INSERT INTO artist_words (artist_words, rank) VALUES ('merge', ?)",
        ] {
            // Less than nothing: of all trees, however few these are. The others go on with that.
            let mut pages = -MERGED_AT_ONCE;
            loop {
                let mut tx = self.write_findings().await?;
                let changes = async |db: &mut SqliteConnection| -> sqlx::Result<i64> {
                    sqlx::query_scalar("SELECT total_changes()").fetch_one(db).await
                };
                let before = changes(&mut tx).await.map_err(|e| self.fail(e))?;
                sqlx::query(merge).bind(pages).execute(&mut *tx).await.map_err(|e| self.fail(e))?;
                let after = changes(&mut tx).await.map_err(|e| self.fail(e))?;
                self.commit(tx).await?;
                // As FTS5 says that there was nothing to do.
                if after - before < 2 {
                    break;
                }
                pages = MERGED_AT_ONCE;
            }
        }
        Ok(())
    }

    /// Empties the index if another build made its keys in another way.
    pub(crate) async fn check_index(&self) -> Result<(), StoreError> {
        let fail = |e| self.fail(e);
        let mut tx = self.write().await?;
        let version: i64 = sqlx::query_scalar("SELECT version FROM totals").fetch_one(&mut *tx).await.map_err(fail)?;
        if version == INDEX_VERSION {
            return Ok(());
        }
        for all in [
            "DELETE FROM songs",
            "INSERT INTO song_words (song_words) VALUES ('delete-all')",
            "DELETE FROM albums",
            "DELETE FROM artists",
            "DELETE FROM genres",
            "DELETE FROM composers",
            "DELETE FROM works",
            "DELETE FROM folders",
            "DELETE FROM years",
            "DELETE FROM words",
            "UPDATE totals SET shown = 0, held = 0",
        ] {
            sqlx::query(all).execute(&mut *tx).await.map_err(fail)?;
        }
        sqlx::query("UPDATE totals SET version = ?").bind(INDEX_VERSION).execute(&mut *tx).await.map_err(fail)?;
        self.commit(tx).await
    }

    /// Puts tracks into the index that are not in it: those of a database from before there was one, and all of them if
    /// this build makes keys in another way. Lists are short until it has ended.
    pub async fn complete_index(&self) -> Result<(), StoreError> {
        let fail = |e| self.fail(e);
        // Every song is one of the tracks, so as many of both are all of them; looking for those that lack takes
        // longer.
        let complete: bool = sqlx::query_scalar("SELECT (SELECT count(*) FROM songs) = (SELECT count(*) FROM tracks)")
            .fetch_one(self.readers())
            .await
            .map_err(fail)?;
        if complete {
            return Ok(());
        }
        let mut behind = i64::MIN;
        loop {
            // Read within the transaction that writes, so that nobody saves a newer row in between.
            let mut tx = self.write_findings().await?;
            let rows = sqlx::query(
                "SELECT t.*, f.path, f.mtime_ns, f.inode, f.available, t.rowid AS place FROM tracks t
                     LEFT JOIN files f ON f.track_id = t.id LEFT JOIN songs s ON s.id = t.id
                 WHERE s.id IS NULL AND t.rowid > ? ORDER BY t.rowid LIMIT ?",
            )
            .bind(behind)
            .bind(BATCH)
            .fetch_all(&mut *tx)
            .await
            .map_err(fail)?;
            let Some(last) = rows.last() else { return Ok(()) };
            behind = last.try_get("place").map_err(fail)?;
            let tracks = self.decode("tracks", &rows, track_row::decode)?;
            let updated = update(&mut tx, &tracks).await.map_err(fail)?;
            self.commit(tx).await?;
            self.updated(&updated);
        }
    }
}
