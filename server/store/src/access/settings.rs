//! The settings of access, as JSON under a name.

use sqlx::Row as _;

use crate::{Store, StoreError};

impl Store {
    /// A setting.
    pub async fn access_setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT value FROM access_settings WHERE name = ?").bind(name);
        let row = row.fetch_optional(self.readers()).await.map_err(|e| self.fail(e))?;
        row.map(|row| row.try_get(0)).transpose().map_err(|e| self.fail(e))
    }

    /// Keeps a setting.
    pub async fn save_access_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO access_settings (name, value) VALUES (?, ?)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }
}
