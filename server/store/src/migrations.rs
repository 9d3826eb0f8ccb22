//! The steps that bring a database's schema up to date, each a file in `migrations/`.
//!
//! They are listed by hand rather than by sqlx's macro, which would compile SQLite and half of sqlx a second time, for
//! the compiler.

use std::sync::LazyLock;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

macro_rules! steps {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../migrations/", $name, ".sql")))),*]
    };
}

/// The name of each file, without its ending, and its text.
const STEPS: &[(&str, &str)] = steps![
    "0001_first",
    "0002_clock",
    "0003_library",
    "0004_index",
    "0005_queue",
    "0006_zones",
    "0007_history",
    "0008_short",
    "0009_history_names",
    "0010_hidden",
    "0011_terms",
    "0012_access",
    "0013_guests",
    "0014_ended",
    "0015_turned",
    "0016_parts",
    "0017_details",
];

pub(crate) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let steps = STEPS.iter().map(|&(name, sql)| {
        let (version, description) = name.split_once('_').unwrap_or((name, ""));
        // A name without a number is found by the test below.
        let version = version.parse().unwrap_or_default();
        Migration::new(version, description.replace('_', " ").into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(steps.collect())
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_step_under_its_number() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let listed: Vec<String> = STEPS.iter().map(|(name, _)| format!("{name}.sql")).collect();
        assert_eq!(listed, files, "the list in src/migrations.rs is not what lies in {folder}");
        let versions: Vec<i64> = MIGRATIONS.iter().map(|step| step.version).collect();
        let numbered: Vec<i64> = (1..).take(files.len()).collect();
        assert_eq!(versions, numbered);
        assert!(STEPS.iter().all(|(_, sql)| !sql.starts_with("-- no-transaction")), "each runs in a transaction");
    }
}
