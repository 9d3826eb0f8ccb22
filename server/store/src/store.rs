//! The handle to the database: its file, its connections, its transactions.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    Connection as _, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};

use crate::{error::StoreError, index::SharedVocabulary, mark::Marks, migrations::MIGRATIONS, playlists::Sums};

/// The name of the database within the data folder.
pub const FILE_NAME: &str = "downbeat.db";

/// How long a call waits for another process's lock before it is [`StoreError::Busy`].
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) const READERS: u32 = 4;

/// Rows that are read ahead of who asked for them: the whole index is read at start.
const ROWS_AHEAD: usize = 512;
/// Memory for pages of the writing connection, in SQLite's negative kibibytes: a first scan changes many places of many
/// indexes at once. Readers share the system's cache.
const WRITER_CACHE: &str = "-32768";
const READER_CACHE: &str = "-6144";
/// So many pages (32 MB) are appended to the log before they are put in their places, where many fall together.
const CHECKPOINT: &str = "8000";

/// A handle to the database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store(pub(crate) Arc<Connections>);

#[derive(Debug)]
pub(crate) struct Connections {
    path: PathBuf,
    /// One connection, so that writes queue up here and not in SQLite's lock.
    pub(crate) writer: SqlitePool,
    readers: SqlitePool,
    vocabulary: SharedVocabulary,
    pub(crate) sums: Sums,
    pub(crate) marks: Marks,
}

impl Store {
    /// Opens `downbeat.db` in `data_dir`, making both if they are missing, and brings the schema up to date.
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_dir)
            .and_then(|()| std::fs::read_dir(data_dir).map(drop))
            .map_err(|source| StoreError::Folder { path: data_dir.to_owned(), source })?;
        let path = data_dir.join(FILE_NAME);
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true);
        let pool =
            |connections| SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None);
        let fail = |e| StoreError::new(&path, e);

        // A full disk makes SQLite end the transaction by itself. sqlx then cannot roll it back, believes it still open
        // and would begin no other on this connection: such a one is thrown away, the next write gets a fresh one.
        let writer = pool(1)
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone().pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", CHECKPOINT))
            .await
            .map_err(fail)?;
        let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
        MIGRATIONS.run(&writer).await.map_err(|e| StoreError::from_migration(&path, known, e))?;
        let readers = options.pragma("query_only", "on").pragma("cache_size", READER_CACHE).row_buffer_size(ROWS_AHEAD);
        let readers = pool(READERS).connect_with(readers).await.map_err(fail)?;
        let store = Self(Arc::new(Connections {
            path,
            writer,
            readers,
            vocabulary: SharedVocabulary::default(),
            sums: Sums::default(),
            marks: Marks::default(),
        }));
        // SQLite opens a database that it may only read without a word; that must be said now, not at the first save.
        let mut attempt = store.write().await?;
        sqlx::query("PRAGMA user_version = 0").execute(&mut *attempt).await.map_err(|e| store.fail(e))?;
        attempt.rollback().await.map_err(|e| store.fail(e))?;
        store.check_index().await?;
        store.load_marks().await?;
        Ok(store)
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Ends all connections, after the writes under way. Not needed for safety: a store that is only dropped, or
    /// whose process is killed, holds everything that was answered.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
    }

    /// True if [`close`](Self::close) was called: nothing can be saved any more.
    pub fn is_closed(&self) -> bool {
        self.0.writer.is_closed()
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.0.readers
    }

    pub(crate) fn vocabulary(&self) -> SharedVocabulary {
        Arc::clone(&self.0.vocabulary)
    }

    /// Begins the one write transaction; whoever comes second waits here. Once committed it is on the disk.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.begin("PRAGMA synchronous = FULL; BEGIN IMMEDIATE").await
    }

    /// As [`write`](Self::write), for what can be found again: a commit does not wait for the disk.
    pub(crate) async fn write_findings(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.begin("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE").await
    }

    async fn begin(&self, statement: &'static str) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.0.writer.begin_with(statement).await.map_err(|e| self.fail(e))
    }

    pub(crate) async fn commit(&self, transaction: Transaction<'static, Sqlite>) -> Result<(), StoreError> {
        transaction.commit().await.map_err(|e| self.fail(e))
    }

    pub(crate) fn fail(&self, error: sqlx::Error) -> StoreError {
        StoreError::new(&self.0.path, error)
    }

    /// Makes `rows` of `table` into values; the first that makes no sense is the error.
    pub(crate) fn decode<T>(
        &self,
        table: &'static str,
        rows: &[SqliteRow],
        decode: fn(&SqliteRow) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, StoreError> {
        rows.iter().map(decode).collect::<Result<_, _>>().map_err(|e| StoreError::BadRow {
            path: self.0.path.clone(),
            table,
            detail: e.to_string(),
        })
    }
}
