//! A copy of the database while it is used, and what a restore asks of one.

use std::path::Path;

use sqlx::{Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Store, StoreError};

/// The clock's row: id, boot, what it showed.
pub type ClockRow = Option<(String, String, i64)>;

/// The setting that holds the coordinator's keys in a backup that is encrypted, and nowhere else.
pub const BACKUP_KEYS: &str = "backup_keys";

impl Store {
    /// Makes a backup of the copy `file`: without what lets somebody in for a while (sessions, join tokens), and with
    /// the keys, if they are given.
    pub async fn complete_backup(file: &Path, keys: Option<&str>) -> Result<(), StoreError> {
        let fail = |e| StoreError::new(file, e);
        // what is deleted is not to be found in free pages, and no journal is left beside it
        let options =
            SqliteConnectOptions::new().filename(file).pragma("secure_delete", "ON").pragma("journal_mode", "MEMORY");
        let mut copy = SqliteConnection::connect_with(&options).await.map_err(fail)?;
        for query in ["DELETE FROM logins", "DELETE FROM join_tokens"] {
            sqlx::query(query).execute(&mut copy).await.map_err(fail)?;
        }
        sqlx::query("DELETE FROM access_settings WHERE name = ?")
            .bind(BACKUP_KEYS)
            .execute(&mut copy)
            .await
            .map_err(fail)?;
        if let Some(keys) = keys {
            let put = sqlx::query("INSERT INTO access_settings (name, value) VALUES (?, ?)");
            put.bind(BACKUP_KEYS).bind(keys).execute(&mut copy).await.map_err(fail)?;
        }
        copy.close().await.map_err(fail)
    }

    /// Takes the keys out of a restored backup.
    pub async fn take_backup_keys(&self) -> Result<Option<String>, StoreError> {
        let keys = self.access_setting(BACKUP_KEYS).await?;
        if keys.is_some() {
            let mut tx = self.write().await?;
            let gone = sqlx::query("DELETE FROM access_settings WHERE name = ?").bind(BACKUP_KEYS);
            gone.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
            self.commit(tx).await?;
        }
        Ok(keys)
    }

    /// Writes a copy to `to`, which must not exist: the database as of one moment, without a journal. People's writes
    /// go on meanwhile.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let fail = |e| StoreError::new(to, e);
        // a connection of its own: the readers may not write, not even elsewhere
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut own = SqliteConnection::connect_with(&options).await.map_err(|e| self.fail(e))?;
        let name = to.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO ?").bind(name).execute(&mut own).await.map_err(fail)?;
        own.close().await.map_err(fail)?;
        let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
        synced.map_err(|e| fail(sqlx::Error::Io(e)))
    }

    /// [`StoreError::Corrupt`] unless every page and every index is as it should be.
    pub async fn check_integrity(&self) -> Result<(), StoreError> {
        let row = sqlx::query("PRAGMA integrity_check(1)").fetch_one(self.readers()).await.map_err(|e| self.fail(e))?;
        match row.try_get::<String, _>(0) {
            Ok(verdict) if verdict == "ok" => Ok(()),
            Ok(detail) => Err(StoreError::Corrupt { path: self.path().to_owned(), detail }),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// The clock as it is kept.
    pub async fn get_clock(&self) -> Result<ClockRow, StoreError> {
        let row = sqlx::query("SELECT id, boot, read_us FROM clock").fetch_optional(self.readers()).await;
        let row = row.map_err(|e| self.fail(e))?;
        let read = |row: sqlx::sqlite::SqliteRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        row.map(read).transpose().map_err(|e: sqlx::Error| self.fail(e))
    }

    /// Keeps the clock of another store as this one's.
    pub async fn put_clock(&self, clock: ClockRow) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM clock").execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        if let Some((id, boot, read_us)) = clock {
            sqlx::query("INSERT INTO clock (only, id, boot, read_us) VALUES (1, ?, ?, ?)")
                .bind(id)
                .bind(boot)
                .bind(read_us)
                .execute(&mut *tx)
                .await
                .map_err(|e| self.fail(e))?;
        }
        self.commit(tx).await
    }

    /// How many tracks are known.
    pub async fn track_count(&self) -> Result<usize, StoreError> {
        let row = sqlx::query("SELECT count(*) FROM tracks").fetch_one(self.readers()).await;
        let count = row.and_then(|row| row.try_get::<i64, _>(0)).map_err(|e| self.fail(e))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}
