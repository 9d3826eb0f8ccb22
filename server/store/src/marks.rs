//! What people think of tracks, and how often these were heard, here and before.

use downbeat_protocol::TrackId;
use sqlx::{Row as _, SqliteConnection};

use crate::{
    error::StoreError,
    mark::{MAX_RATING, Mark},
    row::parsed,
    store::Store,
};

/// What another program marked at a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherMark {
    /// The track.
    pub track: TrackId,
    /// The rating there and the counts of that program.
    pub mark: Mark,
}

/// How much of another program's marks was new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MarksTaken {
    /// Tracks whose rating was taken.
    pub ratings: usize,
    /// Tracks whose count was taken.
    pub plays: usize,
}

const MARK: &str = "SELECT track, rating, plays + plays_before AS plays, max(played, played_before) AS played
     FROM track_marks";

impl Store {
    /// What is marked at a track.
    pub fn mark(&self, track: TrackId) -> Mark {
        self.0.marks.get(track)
    }

    /// Reads all marks into memory.
    pub(crate) async fn load_marks(&self) -> Result<(), StoreError> {
        let rows = sqlx::query(MARK).fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        self.0.marks.put(self.decode("track_marks", &rows, decode)?);
        Ok(())
    }

    /// Rates tracks, all or none; `None` takes their ratings away. Those that are not known are left out.
    pub async fn rate(&self, tracks: &[TrackId], rating: Option<u8>) -> Result<(), StoreError> {
        let rating = rating.map(|rating| rating.min(MAX_RATING));
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO track_marks (track, rating) SELECT id, ?2 FROM tracks
             WHERE id IN (SELECT value FROM json_each(?1))
             ON CONFLICT (track) DO UPDATE SET rating = excluded.rating",
        )
        .bind(ids(tracks))
        .bind(rating)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        let marks = marks_of(&mut tx, tracks).await.map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        self.0.marks.put(marks);
        Ok(())
    }

    /// Takes over what another program marked: ratings where there are none yet, or with `replace` all of them; counts
    /// as they stand there, so that a second time changes nothing.
    pub async fn take_marks(&self, others: &[OtherMark], replace: bool) -> Result<MarksTaken, StoreError> {
        let mut taken = MarksTaken::default();
        let mut tx = self.write().await?;
        let mut changed = Vec::new();
        for OtherMark { track, mark } in others {
            let known = self.mark(*track);
            let rating = mark.rating.filter(|_| replace || known.rating.is_none()).map(|rating| rating.min(MAX_RATING));
            let rating = rating.filter(|rating| Some(*rating) != known.rating);
            let done = sqlx::query(
                "INSERT INTO track_marks (track, rating, plays_before, played_before)
                 SELECT id, ?2, ?3, ?4 FROM tracks WHERE id = ?1
                 ON CONFLICT (track) DO UPDATE SET rating = coalesce(excluded.rating, rating),
                     plays_before = max(plays_before, excluded.plays_before),
                     played_before = max(played_before, excluded.played_before)
                 WHERE excluded.rating IS NOT NULL OR excluded.plays_before > plays_before
                     OR excluded.played_before > played_before",
            )
            .bind(track.to_string())
            .bind(rating)
            .bind(mark.plays)
            .bind(mark.played.unwrap_or(0))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
            if done.rows_affected() > 0 {
                taken.ratings += usize::from(rating.is_some());
                changed.push(*track);
            }
        }
        let marks = marks_of(&mut tx, &changed).await.map_err(|e| self.fail(e))?;
        taken.plays = marks.iter().filter(|(track, mark)| mark.plays != self.mark(*track).plays).count();
        self.commit(tx).await?;
        self.0.marks.put(marks);
        Ok(taken)
    }
}

/// The marks of these tracks as they are kept now.
pub(crate) async fn marks_of(db: &mut SqliteConnection, tracks: &[TrackId]) -> sqlx::Result<Vec<(TrackId, Mark)>> {
    if tracks.is_empty() {
        return Ok(Vec::new());
    }
    let query = sqlx::AssertSqlSafe(format!("{MARK} WHERE track IN (SELECT value FROM json_each(?))"));
    let rows = sqlx::query(query).bind(ids(tracks)).fetch_all(db).await?;
    rows.iter().map(decode).collect()
}

fn decode(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<(TrackId, Mark)> {
    let rating: Option<i64> = row.try_get("rating")?;
    let mark = Mark {
        rating: rating.and_then(|rating| u8::try_from(rating).ok()),
        plays: u32::try_from(row.try_get::<i64, _>("plays")?).unwrap_or(u32::MAX),
        played: Some(row.try_get("played")?).filter(|at| *at > 0),
    };
    Ok((parsed(row, "track")?, mark))
}

fn ids(tracks: &[TrackId]) -> String {
    let ids: Vec<String> = tracks.iter().map(ToString::to_string).collect();
    serde_json::to_string(&ids).unwrap_or_default()
}
