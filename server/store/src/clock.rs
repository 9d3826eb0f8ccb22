//! The name of the clock, for as long as it is the same clock.

use downbeat_protocol::{ClockId, ServerTime};
use sqlx::Row as _;

use super::{Store, StoreError, row::parsed};

impl Store {
    /// The name of the clock that shows `now` on the boot `boot` of this machine: the one kept, if that was this clock,
    /// else a new one. `boot: None`: it cannot be told.
    pub async fn clock(&self, boot: Option<&str>, now: ServerTime) -> Result<ClockId, StoreError> {
        let mut tx = self.write().await?;
        let row = sqlx::query("SELECT * FROM clock").fetch_optional(&mut *tx).await.map_err(|e| self.fail(e))?;
        let kept = row.and_then(|row| {
            let same = boot.is_some_and(|b| row.try_get::<&str, _>("boot").is_ok_and(|kept| kept == b));
            // in another time namespace (a container that was moved) the same boot has another clock
            let onward = row.try_get::<i64, _>("read_us").is_ok_and(|read| read <= now.0);
            parsed::<ClockId>(&row, "id").ok().filter(|_| same && onward)
        });
        let id = kept.unwrap_or_else(ClockId::random);
        sqlx::query("INSERT OR REPLACE INTO clock (only, id, boot, read_us) VALUES (1, ?, ?, ?)")
            .bind(id.to_string())
            .bind(boot.unwrap_or_default())
            .bind(now.0)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        Ok(id)
    }
}
