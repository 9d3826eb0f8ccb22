//! Statements of many rows, each made while the one before is at work.
//!
//! Saving a first scan takes turns: sort keys and values are made here, and SQLite works on a thread of its own. Side
//! by side both take as long as the longer of the two.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// A statement with its values.
pub(super) struct Statement {
    pub(super) query: QueryBuilder<Sqlite>,
    /// True if it is worth keeping prepared. Only the statement with the usual number of rows is.
    pub(super) usual: bool,
}

/// Runs them in their order. One is taken from `statements` while the one before runs.
pub(super) async fn run(
    db: &mut SqliteConnection,
    mut statements: impl Iterator<Item = Statement> + Send,
) -> sqlx::Result<()> {
    let mut next = statements.next();
    while let Some(Statement { mut query, usual }) = next {
        let running = query.build().persistent(usual).execute(&mut *db);
        // The first is handed over before the second begins.
        let (done, following) = tokio::join!(biased; running, async { statements.next() });
        done?;
        next = following;
    }
    Ok(())
}
