//! Presets: sets of zones under a name. What is in them is the conductor's business: here it is text.

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use super::{Store, StoreError, row::parsed};

/// A preset as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetRow {
    /// Its id.
    pub id: Uuid,
    /// The name that people gave it; no two presets share a name, upper and lower case alike.
    pub name: String,
    /// Zones, speakers and volumes as JSON.
    pub content: String,
    /// When it was saved last.
    pub saved: DateTime<Utc>,
}

/// Why a preset was not saved.
#[derive(Debug, thiserror::Error)]
pub enum PresetError {
    /// A preset of this name exists (upper and lower case count as the same).
    #[error("there is already a preset named {0:?}")]
    NameTaken(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Every preset, by name.
    pub async fn load_presets(&self) -> Result<Vec<PresetRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM presets ORDER BY name")
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        self.decode("presets", &rows, decode)
    }

    /// Adds the preset or replaces what is known of it. [`PresetError::NameTaken`] if another has its name.
    pub async fn save_preset(&self, preset: &PresetRow) -> Result<(), PresetError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO presets (id, name, content, saved) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, content = excluded.content, saved = excluded.saved",
        )
        .bind(preset.id.to_string())
        .bind(&preset.name)
        .bind(&preset.content)
        .bind(preset.saved.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .execute(&mut *tx)
        .await
        .map_err(|e| match e.as_database_error() {
            Some(cause) if cause.is_unique_violation() => PresetError::NameTaken(preset.name.clone()),
            _ => self.fail(e).into(),
        })?;
        Ok(self.commit(tx).await?)
    }

    /// Deletes the preset. Returns whether there was one.
    pub async fn delete_preset(&self, id: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM presets WHERE id = ?")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        Ok(done.rows_affected() > 0)
    }
}

fn decode(row: &SqliteRow) -> Result<PresetRow, sqlx::Error> {
    Ok(PresetRow {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        content: row.try_get("content")?,
        saved: parsed(row, "saved")?,
    })
}
