//! The errors of the database, in words for the person that runs the coordinator: each names the file and says how to
//! go on.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

/// A call to the [`Store`](super::Store) that did not succeed. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder could not be made, or is not a folder.
    #[error(
        "cannot use {path} as the data folder: {source}. Give this user the right to write there, or name another \
         folder with --data"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The database cannot be opened for writing.
    #[error(
        "cannot write to {path}: {detail}. Give this user the right to write to the file and its folder, or name \
         another folder with --data"
    )]
    NotWritable {
        /// The database file.
        path: PathBuf,
        /// The words of SQLite.
        detail: String,
    },
    /// A newer build made the database.
    #[error(
        "{path} was written by a newer version of downbeat-server (its schema is {found}, this build knows {known}). \
         Install that version again, or name another folder with --data"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The schema version of the file.
        found: i64,
        /// The newest schema version of this build.
        known: i64,
    },
    /// A different build made the database: its steps were not the same.
    #[error(
        "{path} was written by another build of downbeat-server: its step {version} differs from this build's. \
         Install that build again, or name another folder with --data"
    )]
    Foreign {
        /// The database file.
        path: PathBuf,
        /// The step that differs.
        version: i64,
    },
    /// No room on the disk.
    #[error("the disk that holds {path} is full. Make room; what was to be saved was not")]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// The file is no database, or a damaged one.
    #[error(
        "{path} is damaged or no database ({detail}). Restore it from a backup, or move it away to begin with an \
         empty one"
    )]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// The words of SQLite.
        detail: String,
    },
    /// Another process kept the database locked for longer than the store waits.
    #[error("{path} is locked by another process. Is a second downbeat-server running on the same data folder?")]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// A row holds something that this build did not write.
    #[error("{path} holds a {table} row that makes no sense ({detail}). Restore it from a backup")]
    BadRow {
        /// The database file.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// The part that makes no sense.
        detail: String,
    },
    /// Anything else; the message is SQLite's.
    #[error("{path}: {source}")]
    Other {
        /// The database file.
        path: PathBuf,
        /// The cause.
        source: sqlx::Error,
    },
}

// The primary result codes of SQLite; https://www.sqlite.org/rescode.html
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;
/// The shared-memory file could not be grown: how a full disk shows in WAL mode before anything is written.
const IOERR_SHMSIZE: i32 = 4874;

impl StoreError {
    pub(super) fn new(path: &Path, error: sqlx::Error) -> Self {
        let path = path.to_owned();
        let Some(code) = code_of(&error) else { return Self::Other { path, source: error } };
        let detail = error.as_database_error().map(ToString::to_string).unwrap_or_default();
        match (code, code & 0xff) {
            (_, FULL) | (IOERR_SHMSIZE, _) => Self::Full { path },
            (_, CORRUPT | NOTADB) => Self::Corrupt { path, detail },
            (_, READONLY | CANTOPEN) => Self::NotWritable { path, detail },
            (_, BUSY | LOCKED) => Self::Busy { path },
            _ => Self::Other { path, source: error },
        }
    }

    pub(super) fn from_migration(path: &Path, known: i64, error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => Self::new(path, e),
            MigrateError::VersionMissing(found) if found > known => Self::Newer { path: path.to_owned(), found, known },
            MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
                Self::Foreign { path: path.to_owned(), version }
            }
            other => Self::Other { path: path.to_owned(), source: sqlx::Error::Migrate(Box::new(other)) },
        }
    }
}

fn code_of(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}
