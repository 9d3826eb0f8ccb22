//! The play history. Rows are only added, the oldest trimmed; all that is asked of it is answered from an index.
//!
//! A *stretch* is what one speaker sounded of an entry without a break; a *play* is all stretches of an entry in a zone
//! that lie no further apart than a minute: of many speakers, before and after a short pause.

mod query;
mod rows;
mod save;

use std::{collections::HashMap, ops::Range};

use downbeat_protocol::{ClockId, SpeakerId};
use sqlx::{QueryBuilder, Row as _, Sqlite, sqlite::SqliteRow};

pub(crate) use self::query::{plays_query, stretches_query};
pub use self::rows::{HistoryFilter, KnownBy, PlayReport, PlayRow, StretchRow, TrackFacts};
use self::{
    query::STRETCH,
    rows::{bytes, decode_play, decode_stretch, id},
    save::{Names, save},
};
use crate::{
    error::StoreError,
    index::{Cursor, ListError, Page, Part, order},
    marks::marks_of,
    store::Store,
};

/// So many clocks are remembered: one a boot of the coordinator's machine.
const CLOCKS: i64 = 64;

/// Plays whose stretches are counted at once.
const COUNTED_TOGETHER: usize = 16;
/// Tracks and names that go in one transaction.
const TIDIED_TOGETHER: usize = 200;
/// Tables of what is named by number, and when a row of theirs is not named by any.
pub(crate) const UNUSED: [(&str, &str); 2] = [
    ("history_tracks", "NOT EXISTS (SELECT 1 FROM plays WHERE what = history_tracks.id)"),
    (
        "history_names",
        "NOT EXISTS (SELECT 1 FROM plays WHERE zone_name = history_names.id)
         AND NOT EXISTS (SELECT 1 FROM stretches WHERE speaker_name = history_names.id)",
    ),
];

impl Store {
    /// Keeps what speakers told: on disk when this comes back. What was told before is not doubled; how many were new.
    pub async fn save_history(
        &self,
        reports: &[PlayReport],
        dropped: &[(SpeakerId, u64)],
    ) -> Result<usize, StoreError> {
        let fail = |e| self.fail(e);
        let mut tx = self.write().await?;
        let (mut new, mut names, mut counted) = (0, Names::new(), Vec::new());
        for report in reports {
            new += usize::from(save(&mut tx, report, &mut names, &mut counted).await.map_err(fail)?);
        }
        for (speaker, dropped) in dropped {
            sqlx::query(
                "INSERT INTO history_dropped (speaker, dropped) VALUES (?, ?)
                 ON CONFLICT (speaker) DO UPDATE SET dropped = max(dropped, excluded.dropped)",
            )
            .bind(speaker.0.as_bytes().as_slice())
            .bind(i64::try_from(*dropped).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        }
        let marks = marks_of(&mut tx, &counted).await.map_err(fail)?;
        self.commit(tx).await?;
        self.0.marks.put(marks);
        Ok(new)
    }

    /// How many stretches speakers had to drop, ever.
    pub async fn history_dropped(&self) -> Result<u64, StoreError> {
        let sum: i64 = sqlx::query_scalar("SELECT coalesce(sum(dropped), 0) FROM history_dropped")
            .fetch_one(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        Ok(sum as u64)
    }

    /// The plays, the latest beginning first.
    pub async fn list_plays(&self, filter: &HistoryFilter, part: Part) -> Result<Page<PlayRow>, ListError> {
        let query = plays_query("SELECT ", filter);
        self.fetch_page_turned(query, order::PLAYS, true, part, decode_play).await
    }

    /// The stretches that each speaker sounded, the latest beginning first, with the play that each is of.
    pub async fn list_stretches(
        &self,
        filter: &HistoryFilter,
        part: Part,
    ) -> Result<Page<(StretchRow, PlayRow)>, ListError> {
        let query = stretches_query("SELECT ", filter);
        let both = |row: &SqliteRow| Ok((decode_stretch(row)?, decode_play(row)?));
        self.fetch_page_turned(query, order::STRETCHES, true, part, both).await
    }

    /// The same, each with its stretches by beginning. The page ends before it holds more than `most` stretches, unless
    /// its first play alone does.
    pub async fn list_plays_whole(
        &self,
        filter: &HistoryFilter,
        part: Part,
        most: u64,
    ) -> Result<Page<(PlayRow, Vec<StretchRow>)>, ListError> {
        let Page { mut items, mut next } = self.list_plays(filter, part).await?;
        let fit = self.count_fitting(&items, most).await?;
        if fit < items.len() {
            items.truncate(fit);
            next = items.last().map(|play| Cursor::at(order::PLAYS, &[play.began_us, play.number]));
        }
        let numbers: Vec<i64> = items.iter().map(|p| p.number).collect();
        let mut stretches: HashMap<i64, Vec<StretchRow>> = HashMap::new();
        for (play, stretch) in self.stretches_of(&numbers).await? {
            stretches.entry(play).or_default().push(stretch);
        }
        let whole = |play: PlayRow| {
            let own = stretches.remove(&play.number).unwrap_or_default();
            (play, own)
        };
        Ok(Page { items, next }.map(whole))
    }

    /// How many of the first of these plays, at least one, have no more than `most` stretches together.
    async fn count_fitting(&self, plays: &[PlayRow], most: u64) -> Result<usize, StoreError> {
        let (mut fit, mut sum) = (0, 0);
        // few at once: what does not fit is not counted
        for some in plays.chunks(COUNTED_TOGETHER) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT of_play, count(*) FROM stretches WHERE of_play IN (");
            let mut list = query.separated(", ");
            for play in some {
                list.push_bind(play.number);
            }
            query.push(") GROUP BY of_play");
            let counts: Vec<(i64, i64)> =
                query.build_query_as().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
            let counts: HashMap<i64, i64> = counts.into_iter().collect();
            for play in some {
                sum += counts.get(&play.number).map_or(0, |count| *count as u64);
                if sum > most && fit > 0 {
                    return Ok(fit);
                }
                fit += 1;
            }
        }
        Ok(fit)
    }

    /// The stretches of these plays, with the plays' numbers, by play and beginning.
    pub async fn stretches_of(&self, plays: &[i64]) -> Result<Vec<(i64, StretchRow)>, StoreError> {
        if plays.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(STRETCH);
        query.push(" FROM stretches s JOIN history_names n ON n.id = s.speaker_name WHERE s.of_play IN (");
        let mut list = query.separated(", ");
        for play in plays {
            list.push_bind(*play);
        }
        query.push(") ORDER BY s.of_play, s.start_us, s.stretch");
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        self.decode("stretches", &rows, |row| Ok((row.try_get("of_play")?, decode_stretch(row)?)))
    }

    /// Lets go of plays that began and ended within `past`, microseconds since 1970, and of the oldest while there are
    /// more than `most` stretches; of `batch` plays at most. How many went.
    pub async fn trim_history(&self, past: Range<i64>, most: u64, batch: u32) -> Result<u64, StoreError> {
        let fail = |e| self.fail(e);
        // numbers are given out in order, so that this is never less than there are
        let count: i64 = sqlx::query_scalar("SELECT coalesce(max(stretch) - min(stretch) + 1, 0) FROM stretches")
            .fetch_one(self.readers())
            .await
            .map_err(fail)?;
        let surplus = count as u64 > most && self.count_stretches().await? > most;
        let mut tx = self.write().await?;
        // with a surplus whatever is oldest goes
        let past = if surplus { i64::MIN..i64::MAX } else { past };
        let gone = sqlx::query(
            "DELETE FROM plays WHERE play IN
                 (SELECT play FROM plays WHERE began_us >= ?3 AND began_us < ?1 AND ended_us < ?1
                     ORDER BY began_us LIMIT ?2)",
        )
        .bind(past.end)
        .bind(batch)
        .bind(past.start)
        .execute(&mut *tx)
        .await
        .map_err(fail)?
        .rows_affected();
        self.commit(tx).await?;
        Ok(gone)
    }

    /// Lets go of names and tracks that nothing names any more. They are looked for without keeping others from
    /// writing.
    pub async fn tidy_history(&self) -> Result<(), StoreError> {
        for (table, unused) in UNUSED {
            let query = QueryBuilder::<Sqlite>::new(format!("SELECT id FROM {table} WHERE {unused}"));
            let ids: Vec<i64> =
                { query }.build_query_scalar().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
            for some in ids.chunks(TIDIED_TOGETHER) {
                // one may have come into use meanwhile
                let mut query = QueryBuilder::<Sqlite>::new(format!("DELETE FROM {table} WHERE {unused} AND id IN ("));
                let mut list = query.separated(", ");
                for id in some {
                    list.push_bind(*id);
                }
                query.push(")");
                let mut tx = self.write().await?;
                query.build().execute(&mut *tx).await.map_err(|e| self.fail(e))?;
                self.commit(tx).await?;
            }
        }
        Ok(())
    }

    async fn count_stretches(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM stretches")
            .fetch_one(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        Ok(count as u64)
    }

    /// Dates anew what `clock` timed and what is dated before `earliest_us`: the wall clock was not set then.
    pub async fn date_history_anew(&self, clock: ClockId, offset_us: i64, earliest_us: i64) -> Result<(), StoreError> {
        let fail = |e| self.fail(e);
        let mut tx = self.write().await?;
        let plays: Vec<i64> = sqlx::query_scalar(
            "UPDATE stretches SET start_us = at_us + ?1, end_us = end_us - start_us + at_us + ?1
             WHERE start_us < ?2 AND clock = ?3 RETURNING of_play",
        )
        .bind(offset_us)
        .bind(earliest_us)
        .bind(bytes(clock.0))
        .fetch_all(&mut *tx)
        .await
        .map_err(fail)?;
        for play in plays {
            sqlx::query(
                "UPDATE plays SET began_us = (SELECT min(start_us) FROM stretches WHERE of_play = ?1),
                     ended_us = (SELECT max(end_us) FROM stretches WHERE of_play = ?1) WHERE play = ?1",
            )
            .bind(play)
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        }
        self.commit(tx).await
    }

    /// Notes what makes UTC of a clock's instants. Whatever was noted later than now was noted by a wrong clock, and
    /// goes.
    pub async fn note_clock(&self, clock: ClockId, offset_us: i64, now_us: i64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT OR REPLACE INTO history_clocks (clock, offset_us, noted_us) VALUES (?, ?, ?)")
            .bind(bytes(clock.0))
            .bind(offset_us)
            .bind(now_us)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        sqlx::query(
            "DELETE FROM history_clocks WHERE noted_us > ?1 OR clock NOT IN
                 (SELECT clock FROM history_clocks ORDER BY noted_us DESC LIMIT ?2)",
        )
        .bind(now_us)
        .bind(CLOCKS)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// The offset that makes UTC of a clock's instants, and the instant at which it was noted, both microseconds, for
    /// each clock.
    pub async fn clock_offsets(&self) -> Result<Vec<(ClockId, i64, i64)>, StoreError> {
        let rows = sqlx::query("SELECT clock, offset_us, noted_us FROM history_clocks")
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        self.decode("history_clocks", &rows, |row| {
            Ok((ClockId(id(row, "clock")?), row.try_get("offset_us")?, row.try_get("noted_us")?))
        })
    }
}
