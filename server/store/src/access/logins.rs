//! Sessions of people: here they are logins, since a session is what a zone plays.

use sqlx::{Row as _, sqlite::SqliteRow};

use super::columns::hash;
use crate::{Store, StoreError};

/// A session, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRow {
    /// The SHA-256 of its secret.
    pub digest: [u8; 32],
    /// Its user.
    pub user: String,
    /// When it began, seconds since 1970.
    pub began: i64,
    /// When it was last used, seconds since 1970.
    pub used: i64,
    /// When the password was last given, seconds since 1970.
    pub proved: i64,
    /// The places where its password was given, as JSON.
    pub places: String,
}

impl Store {
    /// All sessions.
    pub async fn load_logins(&self) -> Result<Vec<LoginRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM logins").fetch_all(self.readers()).await;
        self.decode("logins", &rows.map_err(|e| self.fail(e))?, decode)
    }

    /// Adds a session, or replaces what is known of it.
    pub async fn save_login(&self, session: &LoginRow) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO logins (digest, user, began, used, proved, places) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (digest) DO UPDATE
             SET used = excluded.used, proved = excluded.proved, places = excluded.places",
        )
        .bind(session.digest.as_slice())
        .bind(&session.user)
        .bind(session.began)
        .bind(session.used)
        .bind(session.proved)
        .bind(&session.places)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// Keeps what is known of a session by now, if it has not ended meanwhile.
    pub async fn note_login(&self, session: &LoginRow) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let note = sqlx::query("UPDATE logins SET used = ?, proved = ?, places = ? WHERE digest = ?");
        let note = note.bind(session.used).bind(session.proved).bind(&session.places).bind(session.digest.as_slice());
        note.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// Deletes sessions.
    pub async fn delete_logins(&self, digests: &[[u8; 32]]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for digest in digests {
            let query = sqlx::query("DELETE FROM logins WHERE digest = ?").bind(digest.as_slice());
            query.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        }
        self.commit(tx).await
    }

    /// Deletes what a restore does not bring back: sessions and join tokens.
    pub async fn forget_what_lets_in(&self) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for query in ["DELETE FROM logins", "DELETE FROM join_tokens"] {
            sqlx::query(query).execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        }
        self.commit(tx).await
    }
}

fn decode(row: &SqliteRow) -> Result<LoginRow, sqlx::Error> {
    Ok(LoginRow {
        digest: hash(row, "digest")?,
        user: row.try_get("user")?,
        began: row.try_get("began")?,
        used: row.try_get("used")?,
        proved: row.try_get("proved")?,
        places: row.try_get("places")?,
    })
}
