//! Zones and what they play. The session is the zone's own business: here it is text.

use downbeat_protocol::{ZoneId, volume::Volume};
use sqlx::{Row as _, Sqlite, Transaction, sqlite::SqliteRow};

use super::{Store, StoreError, row::parsed};

/// A zone as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneRow {
    /// Its id; [`ZoneId::DEFAULT`] always exists.
    pub id: ZoneId,
    /// The name that people gave it; no two zones share a name, upper and lower case alike.
    pub name: String,
    /// As people set it.
    pub volume: Volume,
    /// Silent, whatever the volume.
    pub muted: bool,
    /// Guests may control it, if guests may control anything.
    pub open_to_guests: bool,
    /// Position, repeat and so on as JSON, which the store does not read; empty before the first session.
    pub session: String,
    /// The zone's revision.
    pub revision: u64,
}

/// Why a zone was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ZoneError {
    /// A zone of this name exists (upper and lower case count as the same).
    #[error("there is already a zone named {0:?}")]
    NameTaken(String),
    /// The default zone cannot be deleted.
    #[error("the default zone cannot be deleted")]
    Default,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Every zone, by name.
    pub async fn load_zones(&self) -> Result<Vec<ZoneRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM zones ORDER BY name")
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        self.decode("zones", &rows, decode)
    }

    /// Adds the zone or replaces what is known of it. [`ZoneError::NameTaken`] if another has its name.
    pub async fn save_zone(&self, zone: &ZoneRow) -> Result<(), ZoneError> {
        let mut tx = self.write().await?;
        upsert(self, &mut tx, zone).await?;
        Ok(self.commit(tx).await?)
    }

    /// Gives the zone another name. [`ZoneError::NameTaken`] if another zone has it.
    pub async fn rename_zone(&self, id: ZoneId, name: &str) -> Result<(), ZoneError> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE zones SET name = ? WHERE id = ?")
            .bind(name)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| match e.as_database_error() {
            Some(cause) if cause.is_unique_violation() => ZoneError::NameTaken(name.to_owned()),
            _ => self.fail(e).into(),
        })?;
        Ok(self.commit(tx).await?)
    }

    /// Deletes the zone; its speakers fall back to the default one, which itself cannot be deleted. Returns whether
    /// there was one.
    pub async fn delete_zone(&self, id: ZoneId) -> Result<bool, ZoneError> {
        if id == ZoneId::DEFAULT {
            return Err(ZoneError::Default);
        }
        let mut tx = self.write().await?;
        sqlx::query("UPDATE speakers SET zone = ? WHERE zone = ?")
            .bind(ZoneId::DEFAULT.to_string())
            .bind(id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        let done = sqlx::query("DELETE FROM zones WHERE id = ?")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        Ok(done.rows_affected() > 0)
    }
}

/// Adds the zone or replaces what is known of it.
pub(super) async fn upsert(
    store: &Store,
    tx: &mut Transaction<'static, Sqlite>,
    zone: &ZoneRow,
) -> Result<(), ZoneError> {
    sqlx::query(
        "INSERT INTO zones (id, name, volume, muted, open_to_guests, session, revision) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, volume = excluded.volume, muted = excluded.muted,
             open_to_guests = excluded.open_to_guests, session = excluded.session, revision = excluded.revision",
    )
    .bind(zone.id.to_string())
    .bind(&zone.name)
    .bind(f64::from(zone.volume.percent()))
    .bind(zone.muted)
    .bind(zone.open_to_guests)
    .bind(&zone.session)
    .bind(zone.revision as i64)
    .execute(&mut **tx)
    .await
    .map_err(|e| match e.as_database_error() {
        Some(cause) if cause.is_unique_violation() => ZoneError::NameTaken(zone.name.clone()),
        _ => store.fail(e).into(),
    })?;
    Ok(())
}

fn decode(row: &SqliteRow) -> Result<ZoneRow, sqlx::Error> {
    Ok(ZoneRow {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        volume: Volume::clamped(row.try_get::<f64, _>("volume")? as f32),
        muted: row.try_get("muted")?,
        open_to_guests: row.try_get("open_to_guests")?,
        session: row.try_get("session")?,
        revision: row.try_get::<i64, _>("revision")? as u64,
    })
}
