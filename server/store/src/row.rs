//! Columns of rows, made into types of the program.

use sqlx::sqlite::SqliteRow;

/// A column that is text here and a type of its own in the program.
pub(crate) fn parsed<T>(row: &SqliteRow, column: &'static str) -> Result<T, sqlx::Error>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    use sqlx::Row as _;
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|e| sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(e) })
}

/// A column that is a 64-bit integer here and something narrower in the program.
pub(crate) fn narrowed<T>(row: &SqliteRow, column: &'static str) -> Result<T, sqlx::Error>
where
    T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
{
    use sqlx::Row as _;
    let wide: i64 = row.try_get(column)?;
    T::try_from(wide).map_err(|e| sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(e) })
}
