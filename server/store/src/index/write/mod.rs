//! Keeps the index true to the tracks, within the transaction that saves them.
//!
//! A track is saved several times while more is learned of it; most of these saves change nothing that is browsed or
//! searched, and cost one look-up. Rows go in by the dozen, because every statement costs a hand-over to the database's
//! thread.

mod albums;
mod change;
mod folders;
mod names;
mod songs;

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    os::unix::ffi::OsStringExt as _,
    path::Path,
};

use sqlx::{Row as _, SqliteConnection};

use self::{
    albums::sum_up_albums,
    change::{IndexChange, IndexedTrack},
    folders::make_folders,
    songs::write_songs,
};
use super::{
    document::Document,
    json::{hex, json},
    vocabulary::Updated,
};
use crate::{playlists::follow, track_row::TrackRow};

/// Brings the index up to date with `tracks`, which are in their tables already. Hand what it returns to
/// [`Store::updated`](crate::Store::updated) after the commit.
pub(crate) async fn update(db: &mut SqliteConnection, tracks: &[TrackRow]) -> sqlx::Result<Updated> {
    // Of a track that is there twice the last one counts, as in its own table.
    let last: HashMap<_, _> = tracks.iter().enumerate().map(|(i, t)| (t.id, i)).collect();
    let latest = tracks.iter().enumerate().filter(|(i, t)| last[&t.id] == *i);
    let documents: Vec<Document<'_>> = latest.map(|(_, t)| Document::of(t)).collect();
    let known = known(db, &documents).await?;

    let mut change = IndexChange::default();
    for document in &documents {
        let old = known.get(&document.id);
        if let Some(album) = old.and_then(|o| o.album) {
            change.albums.insert(album);
        }
        match old {
            Some(old) if old.made == document.made => change.light(document, old),
            old => change.full(document, old),
        }
    }
    displaced(db, &documents, &mut change).await?;
    if change.is_empty() {
        return Ok(Updated::default());
    }

    let moved: Vec<&TrackRow> = change.full.iter().map(|(d, _)| d.track).collect();
    follow(db, &moved).await?;
    let folders = make_folders(db, &change).await?;
    let new_words = write_songs(db, &mut change, &folders).await?;
    change_visibility(db, &change).await?;
    for (cover, num) in &change.covers {
        sqlx::query("UPDATE songs SET cover = ? WHERE num = ?").bind(cover).bind(num).execute(&mut *db).await?;
    }
    sum_up_albums(db, &change.albums).await?;
    for unused in [
        "DELETE FROM artists WHERE held = 0",
        "DELETE FROM genres WHERE held = 0",
        "DELETE FROM composers WHERE held = 0",
        "DELETE FROM works WHERE held = 0",
        "DELETE FROM folders WHERE held = 0",
    ] {
        sqlx::query(unused).execute(&mut *db).await?;
    }
    Ok(Updated { new_words })
}

async fn known(db: &mut SqliteConnection, documents: &[Document<'_>]) -> sqlx::Result<HashMap<String, IndexedTrack>> {
    let rows = sqlx::query(
        "SELECT s.id, s.num, s.made, s.spelled, s.shown, s.cover, s.album, f.path
         FROM songs s LEFT JOIN folders f ON f.num = s.folder WHERE s.id IN (SELECT value FROM json_each(?))",
    )
    .bind(json(documents.iter().map(|d| &d.id)))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let known = IndexedTrack {
                num: row.try_get("num")?,
                made: row.try_get("made")?,
                spelled: row.try_get("spelled")?,
                shown: row.try_get("shown")?,
                cover: row.try_get("cover")?,
                album: row.try_get("album")?,
                folder: row.try_get::<Option<Vec<u8>>, _>("path")?.map(|p| OsString::from_vec(p).into()),
            };
            Ok((row.try_get("id")?, known))
        })
        .collect()
}

/// Tracks whose files were taken by these, and which are not among them.
async fn displaced(
    db: &mut SqliteConnection,
    documents: &[Document<'_>],
    change: &mut IndexChange<'_, '_>,
) -> sqlx::Result<()> {
    let rows = sqlx::query(
        "SELECT s.num, s.album, f.path FROM json_each(?) taken
             CROSS JOIN songs s ON s.k_path = unhex(taken.value)
             LEFT JOIN folders f ON f.num = s.folder
         WHERE s.shown = 1 AND NOT EXISTS (SELECT 1 FROM files WHERE files.track_id = s.id)",
    )
    .bind(json(documents.iter().filter(|d| d.folder().is_some()).map(|d| hex(&d.k_path()))))
    .fetch_all(db)
    .await?;
    let here: HashSet<i64> = change.full.iter().filter_map(|(_, num)| *num).collect();
    for row in rows {
        let num: i64 = row.try_get("num")?;
        let listed = change.shown.values().flatten().any(|n| *n == num);
        if here.contains(&num) || listed {
            continue;
        }
        change.shown.entry(false).or_default().push(num);
        change.albums.extend(row.try_get::<Option<i64>, _>("album")?);
        if let Some(path) = row.try_get::<Option<Vec<u8>>, _>("path")? {
            change.grow(Path::new(&OsString::from_vec(path)), -1, 0);
        }
    }
    Ok(())
}

async fn change_visibility(db: &mut SqliteConnection, change: &IndexChange<'_, '_>) -> sqlx::Result<()> {
    for (shown, nums) in &change.shown {
        let nums = json(nums);
        for each in [
            "UPDATE songs SET shown = ? WHERE num IN (SELECT value FROM json_each(?))",
            "UPDATE song_artists SET shown = ? WHERE song IN (SELECT value FROM json_each(?))",
            "UPDATE song_genres SET shown = ? WHERE song IN (SELECT value FROM json_each(?))",
            "UPDATE song_composers SET shown = ? WHERE song IN (SELECT value FROM json_each(?))",
            "UPDATE song_works SET shown = ? WHERE song IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(each).bind(*shown).bind(&nums).execute(&mut *db).await?;
        }
    }
    Ok(())
}
