//! The queues: kept with the session in one transaction, so that no crash leaves one without the other.

use downbeat_protocol::ZoneId;
use sqlx::{Row as _, Sqlite, Transaction, sqlite::SqliteRow};

use super::{
    Store, StoreError, ZoneRow,
    zones::{ZoneError, upsert},
};

/// A piece of a queue. What is in it is the zone's own business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Orders the pieces of a zone.
    pub position: i64,
    /// The entries.
    pub entries: Vec<u8>,
}

/// The change of a zone's queue, in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueChange {
    /// New pieces, and what is in the place of the old ones of the same position.
    pub put: Vec<QueueRow>,
    /// The positions of pieces that are gone.
    pub gone: Vec<i64>,
}

impl Store {
    /// The pieces of a zone's queue, in order.
    pub async fn load_queue(&self, zone: ZoneId) -> Result<Vec<QueueRow>, StoreError> {
        let rows = sqlx::query("SELECT position, entries FROM queue_chunks WHERE zone = ? ORDER BY position")
            .bind(zone.to_string())
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        self.decode("queue_chunks", &rows, decode)
    }

    /// Keeps a zone with what changed in its queue: all of it, or nothing.
    pub async fn save_session(&self, zone: &ZoneRow, change: &QueueChange) -> Result<(), ZoneError> {
        let mut tx = self.write().await?;
        upsert(self, &mut tx, zone).await?;
        self.change_queue(&mut tx, zone.id, change).await?;
        Ok(self.commit(tx).await?)
    }

    async fn change_queue(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        zone: ZoneId,
        change: &QueueChange,
    ) -> Result<(), StoreError> {
        let zone = zone.to_string();
        for position in &change.gone {
            sqlx::query("DELETE FROM queue_chunks WHERE zone = ? AND position = ?")
                .bind(&zone)
                .bind(position)
                .execute(&mut **tx)
                .await
                .map_err(|e| self.fail(e))?;
        }
        for row in &change.put {
            sqlx::query("INSERT OR REPLACE INTO queue_chunks (zone, position, entries) VALUES (?, ?, ?)")
                .bind(&zone)
                .bind(row.position)
                .bind(&row.entries)
                .execute(&mut **tx)
                .await
                .map_err(|e| self.fail(e))?;
        }
        Ok(())
    }
}

fn decode(row: &SqliteRow) -> Result<QueueRow, sqlx::Error> {
    Ok(QueueRow { position: row.try_get("position")?, entries: row.try_get("entries")? })
}
