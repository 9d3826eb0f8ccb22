//! Where books are to go on.

use downbeat_protocol::{Frames, TrackId, ZoneId};
use sqlx::Row as _;

use crate::{error::StoreError, row::parsed, store::Store};

/// So many places are kept, the latest.
const MOST: i64 = 1_000;

/// The place at which a zone left a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookPlace {
    /// The track of the book.
    pub track: TrackId,
    /// The zone.
    pub zone: ZoneId,
    /// The frame of the track.
    pub frame: Frames,
    /// When that was, seconds since 1970.
    pub noted: i64,
}

impl Store {
    /// All places, the latest first.
    pub async fn book_places(&self) -> Result<Vec<BookPlace>, StoreError> {
        let query = sqlx::query("SELECT track, zone, frames, noted FROM book_places ORDER BY noted DESC, track, zone");
        let rows = query.fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        self.decode("book_places", &rows, |row| {
            Ok(BookPlace {
                track: parsed(row, "track")?,
                zone: parsed(row, "zone")?,
                frame: Frames(row.try_get("frames")?),
                noted: row.try_get("noted")?,
            })
        })
    }

    /// Keeps a place, in the stead of all that its zone has in `book`, the tracks of the same book.
    pub async fn note_book_place(&self, place: &BookPlace, book: &[TrackId]) -> Result<(), StoreError> {
        let fail = |e| self.fail(e);
        // a minute that is lost is heard again: nobody waits for the disk
        let mut tx = self.write_findings().await?;
        forget(&mut tx, book, Some(place.zone)).await.map_err(fail)?;
        sqlx::query(
            "INSERT INTO book_places (track, zone, frames, noted) SELECT id, ?2, ?3, ?4 FROM tracks WHERE id = ?1
             ON CONFLICT (track, zone) DO UPDATE SET frames = excluded.frames, noted = excluded.noted",
        )
        .bind(place.track.to_string())
        .bind(place.zone.to_string())
        .bind(place.frame.0)
        .bind(place.noted)
        .execute(&mut *tx)
        .await
        .map_err(fail)?;
        sqlx::query(
            "DELETE FROM book_places WHERE (track, zone) IN
                 (SELECT track, zone FROM book_places ORDER BY noted DESC LIMIT -1 OFFSET ?)",
        )
        .bind(MOST)
        .execute(&mut *tx)
        .await
        .map_err(fail)?;
        self.commit(tx).await
    }

    /// Forgets the places in `book`: those of one zone, or all.
    pub async fn forget_book_places(&self, book: &[TrackId], zone: Option<ZoneId>) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        forget(&mut tx, book, zone).await.map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }
}

async fn forget(db: &mut sqlx::SqliteConnection, book: &[TrackId], zone: Option<ZoneId>) -> sqlx::Result<()> {
    let ids: Vec<String> = book.iter().map(ToString::to_string).collect();
    sqlx::query(
        "DELETE FROM book_places WHERE track IN (SELECT value FROM json_each(?1)) AND (zone = ?2 OR ?2 IS NULL)",
    )
    .bind(serde_json::to_string(&ids).unwrap_or_default())
    .bind(zone.map(|zone| zone.to_string()))
    .execute(db)
    .await
    .map(drop)
}
