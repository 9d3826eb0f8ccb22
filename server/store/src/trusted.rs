//! The test that a stranger's database must pass before it is opened for writing.
//!
//! A database is a program: its triggers, views and expressions run with the next write or read. So its schema must be,
//! line by line, the schema that this build's own steps make; nothing of it is run to find that out.

use std::{borrow::Cow, collections::BTreeSet, path::Path};

use sqlx::{
    Connection as _, Row as _, SqliteConnection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use super::{StoreError, migrations::MIGRATIONS};

/// The table of the steps that were taken. Its text is sqlx's, and may differ between versions of it.
const STEPS: &str = "_sqlx_migrations";
/// Tables that SQLite makes for itself. They hold numbers for its planner.
const OF_SQLITE: &[&str] = &["sqlite_stat1", "sqlite_stat4", "sqlite_sequence"];

/// Why a database is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// It has something that no coordinator makes, or lacks something that every one has.
    #[error("{0}")]
    Schema(String),
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An item of a schema: kind, name, table, and the text that made it.
type Item = (String, String, String, String);

/// Checks the schema of a stranger's database. The file is only read, and its code is not run.
pub async fn check_schema(file: &Path) -> Result<(), Untrusted> {
    let fail = |e| Untrusted::Store(StoreError::new(file, e));
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        // there is no journal beside it
        .immutable(true)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("query_only", "ON");
    let mut database = SqliteConnection::connect_with(&options).await.map_err(fail)?;
    let found = schema(&mut database).await.map_err(fail)?;
    if !found.iter().any(|(kind, name, ..)| kind == "table" && name == STEPS) {
        return Err(Untrusted::Schema("it has no record of the steps that made it".into()));
    }
    let query = format!("SELECT max(version) FROM {STEPS}");
    let row = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_one(&mut database).await.map_err(fail)?;
    let version: i64 = row.try_get(0).map_err(fail)?;
    database.close().await.map_err(fail)?;
    let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
    if version > known {
        return Err(StoreError::Newer { path: file.to_owned(), found: version, known }.into());
    }
    let expected = made_by_steps(version).await.map_err(fail)?;
    if let Some((kind, name, ..)) = found.difference(&expected).next() {
        return Err(Untrusted::Schema(format!("its {kind} {name:?} is not one that a coordinator makes")));
    }
    if let Some((kind, name, ..)) = expected.difference(&found).next() {
        return Err(Untrusted::Schema(format!("its {kind} {name:?} is missing")));
    }
    Ok(())
}

/// The schema after this build's steps up to `version`.
async fn made_by_steps(version: i64) -> Result<BTreeSet<Item>, sqlx::Error> {
    let mut fresh = SqliteConnection::connect("sqlite::memory:").await?;
    let steps: Vec<_> = MIGRATIONS.iter().filter(|step| step.version <= version).cloned().collect();
    let migrator = Migrator { migrations: Cow::Owned(steps), ..Migrator::DEFAULT };
    migrator.run_direct(None, &mut fresh, false).await.map_err(|e| sqlx::Error::Migrate(Box::new(e)))?;
    let made = schema(&mut fresh).await?;
    fresh.close().await?;
    Ok(made)
}

async fn schema(database: &mut SqliteConnection) -> Result<BTreeSet<Item>, sqlx::Error> {
    let rows = sqlx::query("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema");
    let rows = rows.fetch_all(database).await?;
    let item = |row: &SqliteRow| {
        let mut item: Item = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        if item.1 == STEPS {
            item.3.clear();
        }
        Ok(item)
    };
    let items = rows.iter().map(item).collect::<Result<Vec<Item>, sqlx::Error>>()?;
    let of_sqlite = |(kind, name, ..): &Item| kind == "table" && OF_SQLITE.contains(&name.as_str());
    Ok(items.into_iter().filter(|item| !of_sqlite(item)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FILE_NAME, Store};

    /// A backup of an empty store, changed by `change`, and the verdict on it.
    async fn verdict(change: &'static str) -> Result<(), String> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let file = dir.path().join("backup");
        store.backup(&file).await.unwrap();
        store.close().await;
        let mut database = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
        sqlx::raw_sql(change).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
        check_schema(&file).await.map_err(|e| e.to_string())
    }

    #[tokio::test]
    async fn a_backup_of_ours_is_trusted_at_every_version() {
        verdict("").await.unwrap();
        verdict("ANALYZE").await.unwrap();
        for step in MIGRATIONS.iter() {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join(FILE_NAME);
            let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
            let mut database = SqliteConnection::connect_with(&options).await.unwrap();
            let steps: Vec<_> = MIGRATIONS.iter().filter(|s| s.version <= step.version).cloned().collect();
            let migrator = Migrator { migrations: Cow::Owned(steps), ..Migrator::DEFAULT };
            migrator.run_direct(None, &mut database, false).await.unwrap();
            database.close().await.unwrap();
            check_schema(&file).await.unwrap();
        }
    }

    #[tokio::test]
    async fn whatever_could_run_or_hide_is_refused_by_name() {
        for (change, named) in [
            ("CREATE TRIGGER evil AFTER UPDATE ON zones BEGIN DELETE FROM tracks; END", "evil"),
            ("CREATE TABLE loot (x)", "loot"),
            ("CREATE VIEW seen AS SELECT * FROM zones", "seen"),
            ("CREATE INDEX slow ON zones (abs(volume))", "slow"),
            ("DROP INDEX speakers_by_zone", "speakers_by_zone"),
            ("ALTER TABLE zones ADD COLUMN x TEXT GENERATED ALWAYS AS (hex(name)) VIRTUAL", "zones"),
            ("DROP TABLE _sqlx_migrations", "steps"),
            ("UPDATE _sqlx_migrations SET version = 999 WHERE version = 1", "newer version"),
            // the text of a trigger of ours is swapped under its name
            (
                "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'BEGIN', \
                 'BEGIN DELETE FROM zones;') WHERE name = 'songs_added'",
                "songs_added",
            ),
        ] {
            let refused = verdict(change).await.unwrap_err();
            assert!(refused.contains(named), "{change}: {refused}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x");
        std::fs::write(&file, [b"SQLite format 3\0".as_slice(), &[7; 5_000]].concat()).unwrap();
        check_schema(&file).await.unwrap_err();
        check_schema(&dir.path().join("none")).await.unwrap_err();
    }
}
