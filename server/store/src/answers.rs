//! The answers to requests that may be sent twice (`Idempotency-Key`), so that the second one does nothing: also when
//! the coordinator was started anew in between.

use sqlx::Row as _;

use super::{Store, StoreError, row::narrowed};

/// So long an answer is kept, seconds.
const KEPT_SECONDS: i64 = 24 * 3600;
/// The most answers that are kept; the oldest go first.
const MAX_ANSWERS: i64 = 4_096;

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// The name that the client gave the request.
    pub key: String,
    /// Tells this request from others: a hash of its route and body.
    pub request: Vec<u8>,
    /// The HTTP status; 0: it was begun, and nothing is known of its end.
    pub status: u16,
    /// The content type; empty if there is no body.
    pub kind: String,
    /// The body.
    pub body: Vec<u8>,
    /// When, seconds since 1970.
    pub at: i64,
}

impl AnswerRow {
    /// True if the request was only begun.
    pub fn is_begun(&self) -> bool {
        self.status == 0
    }
}

impl Store {
    /// The answer under this key, if it was given in the last 24 hours.
    pub async fn answer(&self, key: &str, now: i64) -> Result<Option<AnswerRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM answers WHERE key = ? AND at > ?")
            .bind(key)
            .bind(now - KEPT_SECONDS)
            .fetch_optional(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        let decoded = self.decode("answers", row.as_slice(), |row| {
            Ok(AnswerRow {
                key: row.try_get("key")?,
                request: row.try_get("request")?,
                status: narrowed(row, "status")?,
                kind: row.try_get("kind")?,
                body: row.try_get("body")?,
                at: row.try_get("at")?,
            })
        })?;
        Ok(decoded.into_iter().next())
    }

    /// Keeps that a request is being done, until its answer is kept.
    pub async fn begin_answer(&self, key: &str, request: [u8; 32], at: i64) -> Result<(), StoreError> {
        let (key, request) = (key.to_owned(), request.to_vec());
        self.save_answer(&AnswerRow { key, request, status: 0, kind: String::new(), body: Vec::new(), at }).await
    }

    /// Forgets that a request was begun.
    pub async fn forget_answer(&self, key: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let deleted = sqlx::query("DELETE FROM answers WHERE key = ?").bind(key).execute(&mut *tx).await;
        deleted.map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// Keeps an answer, and lets those go that are too old or too many.
    pub async fn save_answer(&self, answer: &AnswerRow) -> Result<(), StoreError> {
        self.save_answer_of(answer, MAX_ANSWERS).await
    }

    async fn save_answer_of(&self, answer: &AnswerRow, most: i64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let fail = |e| self.fail(e);
        sqlx::query("DELETE FROM answers WHERE at <= ?")
            .bind(answer.at - KEPT_SECONDS)
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        sqlx::query("INSERT OR REPLACE INTO answers (key, request, status, kind, body, at) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(&answer.key)
            .bind(&answer.request)
            .bind(answer.status)
            .bind(&answer.kind)
            .bind(&answer.body)
            .bind(answer.at)
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        sqlx::query(
            "DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
        )
        .bind(most)
        .execute(&mut *tx)
        .await
        .map_err(fail)?;
        self.commit(tx).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_are_kept_for_a_day_and_only_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let answer = |key: &str, at| AnswerRow {
            key: key.into(),
            request: vec![7; 32],
            status: 201,
            kind: "application/json".into(),
            body: b"{}".to_vec(),
            at,
        };
        for (key, at) in [("a", 100), ("b", 200), ("c", 200), ("d", 300)] {
            store.save_answer_of(&answer(key, at), 3).await.unwrap();
        }
        assert_eq!(store.answer("a", 300).await.unwrap(), None, "too many");
        assert_eq!(store.answer("b", 200 + KEPT_SECONDS - 1).await.unwrap(), Some(answer("b", 200)));
        assert_eq!(store.answer("b", 200 + KEPT_SECONDS).await.unwrap(), None, "too old");
        store.save_answer_of(&answer("e", 200 + KEPT_SECONDS), 3).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM answers").fetch_one(store.readers()).await.unwrap();
        assert_eq!(left, 2, "d and e");
    }
}
