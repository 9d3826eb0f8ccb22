//! Hashes in columns.

use sqlx::{Row as _, sqlite::SqliteRow};

/// A hash in a column.
pub(super) fn hash(row: &SqliteRow, column: &'static str) -> Result<[u8; 32], sqlx::Error> {
    exact(row.try_get(column)?, column)
}

/// A hash in a column that may be empty.
pub(super) fn maybe_hash(row: &SqliteRow, column: &'static str) -> Result<Option<[u8; 32]>, sqlx::Error> {
    row.try_get::<Option<Vec<u8>>, _>(column)?.map(|bytes| exact(bytes, column)).transpose()
}

fn exact(bytes: Vec<u8>, column: &'static str) -> Result<[u8; 32], sqlx::Error> {
    let length = bytes.len();
    let source = format!("{length} bytes are no hash");
    bytes.try_into().map_err(|_| sqlx::Error::ColumnDecode { index: column.into(), source: source.into() })
}
