//! A disk that has no room, takes nothing, or keeps everybody waiting: for tests here and above.

use sqlx::{AssertSqlSafe, Sqlite, pool::PoolConnection};

use super::Store;

/// While it is kept, nobody else can write.
#[derive(Debug)]
pub struct WriterHeld {
    _connection: PoolConnection<Sqlite>,
}

#[expect(clippy::unwrap_used, reason = "a test that cannot make its fault has failed")]
impl Store {
    /// From now on the database has room for `pages` pages, or for those that it has.
    pub async fn limit_pages(&self, pages: u32) {
        let pragma = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(pragma).execute(&self.0.writer).await.unwrap();
    }

    /// From now on every write fails, or none.
    pub async fn refuse_writes(&self, refuse: bool) {
        let pragma = if refuse { "PRAGMA query_only = on" } else { "PRAGMA query_only = off" };
        sqlx::query(pragma).execute(&self.0.writer).await.unwrap();
    }

    /// Takes the connection that writes.
    pub async fn hold_writer(&self) -> WriterHeld {
        WriterHeld { _connection: self.0.writer.acquire().await.unwrap() }
    }
}
