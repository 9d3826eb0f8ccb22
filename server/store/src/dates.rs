//! Dates that a clock made which was not set yet, corrected.

use crate::{error::StoreError, store::Store};

impl Store {
    /// Dates playlists, presets and places in books now that were dated before `earliest_us`: the wall clock was not set
    /// then.
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
        sqlx::query("UPDATE book_places SET noted = ? WHERE noted < ?")
            .bind(now_us / 1_000_000)
            .bind(earliest_us / 1_000_000)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        sqlx::query("UPDATE presets SET saved = ? WHERE saved < ?")
            .bind(text(now_us))
            .bind(text(earliest_us))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }
}
