//! The folders of tracks: made, and their tracks counted.

use std::{collections::HashMap, os::unix::ffi::OsStrExt as _, path::PathBuf};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::change::{IndexChange, ROWS};
use crate::index::{json::json, keys};

/// Makes the folders that are missing and counts their tracks. The numbers of all that were asked for.
pub(super) async fn make_folders(
    db: &mut SqliteConnection,
    change: &IndexChange<'_, '_>,
) -> sqlx::Result<HashMap<PathBuf, i64>> {
    let mut paths: Vec<&PathBuf> = change.folders.keys().collect();
    // A folder comes before what is in it.
    paths.sort_by_key(|p| p.as_os_str().len());
    let ids: HashMap<&PathBuf, String> = paths.iter().map(|p| (*p, keys::folder_id(p).to_string())).collect();
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, num FROM folders WHERE id IN (SELECT value FROM json_each(?))")
            .bind(json(ids.values()))
            .fetch_all(&mut *db)
            .await?;
    let known: HashMap<String, i64> = rows.into_iter().collect();
    let mut nums: HashMap<PathBuf, i64> = HashMap::with_capacity(paths.len());
    let mut grown: Vec<(i64, i64, i64)> = Vec::new();
    for path in paths {
        let (shown, held) = change.folders[path];
        if let Some(num) = known.get(&ids[path]) {
            nums.insert(path.clone(), *num);
            if (shown, held) != (0, 0) {
                grown.push((*num, shown, held));
            }
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (num,): (i64,) = sqlx::query_as(
            "INSERT INTO folders (id, parent, path, name, k_name, tracks, held) VALUES (?, ?, ?, ?, ?, ?, ?)
             RETURNING num",
        )
        .bind(&ids[path])
        .bind(path.parent().and_then(|p| nums.get(p)))
        .bind(path.as_os_str().as_bytes())
        .bind(&*name)
        .bind(keys::text(&name))
        .bind(shown)
        .bind(held)
        .fetch_one(&mut *db)
        .await?;
        nums.insert(path.clone(), num);
    }
    for grown in grown.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "UPDATE folders SET tracks = tracks + grown.column2, held = held + grown.column3 FROM (",
        );
        query.push_values(grown, |mut row, (num, shown, held)| {
            row.push_bind(num).push_bind(shown).push_bind(held);
        });
        query.push(") AS grown WHERE folders.num = grown.column1");
        query.build().persistent(false).execute(&mut *db).await?;
    }
    Ok(nums)
}
