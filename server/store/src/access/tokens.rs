//! API tokens.

use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use super::{columns::hash, ended::EndedKind};
use crate::{Store, StoreError, row::parsed};

/// An API token, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokenRow {
    /// Its id.
    pub id: Uuid,
    /// The SHA-256 of its secret.
    pub digest: [u8; 32],
    /// The name that people gave it.
    pub name: String,
    /// Its user.
    pub user: String,
    /// Names of rights as JSON.
    pub scopes: Option<String>,
    /// Zones and labels as JSON.
    pub bound: Option<String>,
    /// When it was made, seconds since 1970.
    pub made: i64,
    /// When it ends, seconds since 1970.
    pub ends: i64,
    /// When and from where it was last used.
    pub used: Option<(i64, String)>,
    /// It came in clear over the network.
    pub exposed: bool,
}

impl Store {
    /// All tokens, by user and name.
    pub async fn load_api_tokens(&self) -> Result<Vec<ApiTokenRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM api_tokens ORDER BY user, name").fetch_all(self.readers()).await;
        self.decode("api_tokens", &rows.map_err(|e| self.fail(e))?, decode)
    }

    /// Adds a token, or replaces what is known of it.
    pub async fn save_api_token(&self, token: &ApiTokenRow) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (used, used_from) = token.used.clone().unzip();
        sqlx::query(
            "INSERT INTO api_tokens (id, digest, name, user, scopes, bound, made, ends, used, used_from, exposed)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, scopes = excluded.scopes, bound = excluded.bound,
                 ends = excluded.ends, used = excluded.used, used_from = excluded.used_from,
                 exposed = max(exposed, excluded.exposed)",
        )
        .bind(token.id.to_string())
        .bind(token.digest.as_slice())
        .bind(&token.name)
        .bind(&token.user)
        .bind(&token.scopes)
        .bind(&token.bound)
        .bind(token.made)
        .bind(token.ends)
        .bind(used)
        .bind(used_from)
        .bind(token.exposed)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// Keeps how a token was used, if it has not ended meanwhile.
    pub async fn note_api_token(&self, token: &ApiTokenRow) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (used, used_from) = token.used.clone().unzip();
        let note = "UPDATE api_tokens SET used = ?, used_from = ?, exposed = max(exposed, ?) WHERE id = ?";
        let note = sqlx::query(note).bind(used).bind(used_from).bind(token.exposed).bind(token.id.to_string());
        note.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// Deletes a token, for good. Returns whether there was one.
    pub async fn delete_api_token(&self, id: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM api_tokens WHERE id = ?").bind(id.to_string()).execute(&mut *tx).await;
        let done = done.map_err(|e| self.fail(e))?;
        self.note_end(&mut tx, EndedKind::Token, &id.to_string()).await?;
        self.commit(tx).await?;
        Ok(done.rows_affected() > 0)
    }
}

fn decode(row: &SqliteRow) -> Result<ApiTokenRow, sqlx::Error> {
    let used: (Option<i64>, Option<String>) = (row.try_get("used")?, row.try_get("used_from")?);
    Ok(ApiTokenRow {
        id: parsed(row, "id")?,
        digest: hash(row, "digest")?,
        name: row.try_get("name")?,
        user: row.try_get("user")?,
        scopes: row.try_get("scopes")?,
        bound: row.try_get("bound")?,
        made: row.try_get("made")?,
        ends: row.try_get("ends")?,
        used: used.0.zip(used.1),
        exposed: row.try_get("exposed")?,
    })
}
