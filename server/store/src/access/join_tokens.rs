//! Join tokens.

use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use super::{columns::hash, keys::SpeakerKeyRow};
use crate::{
    Store, StoreError,
    row::{narrowed, parsed},
};

/// A join token, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinTokenRow {
    /// Its id.
    pub id: Uuid,
    /// The SHA-256 of its secret.
    pub digest: [u8; 32],
    /// The name that people gave it.
    pub name: String,
    /// So many more speakers.
    pub uses: u32,
    /// The end by the wall clock, seconds since 1970, if that was set when it was made.
    pub ends: Option<i64>,
    /// The run of the coordinator that made it.
    pub run: Uuid,
    /// The end within that run, seconds since it began.
    pub ends_up: i64,
    /// The user that made it.
    pub made_by: String,
}

impl Store {
    /// All join tokens, by name.
    pub async fn load_join_tokens(&self) -> Result<Vec<JoinTokenRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM join_tokens ORDER BY name, id").fetch_all(self.readers()).await;
        self.decode("join_tokens", &rows.map_err(|e| self.fail(e))?, decode)
    }

    /// Adds a join token.
    pub async fn add_join_token(&self, token: &JoinTokenRow) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO join_tokens (id, digest, name, uses, ends, run, ends_up, made_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(token.id.to_string())
        .bind(token.digest.as_slice())
        .bind(&token.name)
        .bind(token.uses)
        .bind(token.ends)
        .bind(token.run.to_string())
        .bind(token.ends_up)
        .bind(&token.made_by)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// Deletes a join token. Returns whether there was one.
    pub async fn delete_join_token(&self, id: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM join_tokens WHERE id = ?").bind(id.to_string()).execute(&mut *tx).await;
        let done = done.map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps the key that a join token let in, and counts the use: both, or neither. Returns `false` if no use was
    /// left. A key that this token let in before costs none.
    pub async fn join(&self, token: Uuid, key: &SpeakerKeyRow) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let fail = |e| self.fail(e);
        let again = sqlx::query("SELECT 1 FROM speaker_keys WHERE key = ? AND join_token = ? AND state = 'adopted'");
        let again = again.bind(key.key.as_slice()).bind(token.to_string());
        if again.fetch_optional(&mut *tx).await.map_err(fail)?.is_none() {
            let count = sqlx::query("UPDATE join_tokens SET uses = uses - 1 WHERE id = ? AND uses > 0");
            if count.bind(token.to_string()).execute(&mut *tx).await.map_err(fail)?.rows_affected() == 0 {
                tx.rollback().await.map_err(fail)?;
                return Ok(false);
            }
        }
        self.save_key(&mut tx, key).await?;
        self.commit(tx).await?;
        Ok(true)
    }
}

fn decode(row: &SqliteRow) -> Result<JoinTokenRow, sqlx::Error> {
    Ok(JoinTokenRow {
        id: parsed(row, "id")?,
        digest: hash(row, "digest")?,
        name: row.try_get("name")?,
        uses: narrowed(row, "uses")?,
        ends: row.try_get("ends")?,
        run: parsed(row, "run")?,
        ends_up: row.try_get("ends_up")?,
        made_by: row.try_get("made_by")?,
    })
}
