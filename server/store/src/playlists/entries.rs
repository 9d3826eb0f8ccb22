//! The entries of playlists: added, looked for, and kept true to their tracks.

use std::os::unix::ffi::OsStrExt as _;

use downbeat_protocol::TrackId;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::{places::places, row::ListItem};
use crate::{index::hex, track_row::TrackRow};

/// Writes the path and the name of each track to its playlist entries, so that they find it again.
pub(crate) async fn follow(db: &mut SqliteConnection, tracks: &[&TrackRow]) -> sqlx::Result<()> {
    let ids: Vec<String> = tracks.iter().filter(|t| t.available).map(|t| t.id.to_string()).collect();
    sqlx::query(
        "UPDATE playlist_entries SET path = f.path, title = t.title, artist = t.artist
         FROM tracks t JOIN files f ON f.track_id = t.id
         WHERE t.id = playlist_entries.track AND playlist_entries.track IN (SELECT value FROM json_each(?))",
    )
    .bind(serde_json::to_string(&ids).unwrap_or_default())
    .execute(db)
    .await?;
    Ok(())
}

pub(super) fn ids(entries: &[Uuid]) -> String {
    serde_json::to_string(entries).unwrap_or_default()
}

/// The first of these entries that the playlist does not have.
pub(super) async fn missing(db: &mut SqliteConnection, playlist: Uuid, entries: &[Uuid]) -> sqlx::Result<Option<Uuid>> {
    let known: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM playlist_entries WHERE playlist = ? AND id IN (SELECT value FROM json_each(?))")
            .bind(playlist.to_string())
            .bind(ids(entries))
            .fetch_all(db)
            .await?;
    let known: std::collections::HashSet<String> = known.into_iter().map(|(id,)| id).collect();
    Ok(entries.iter().find(|e| !known.contains(&e.to_string())).copied())
}

pub(super) async fn add(
    db: &mut SqliteConnection,
    playlist: Uuid,
    tracks: &[TrackId],
    index: Option<usize>,
) -> sqlx::Result<()> {
    let places = places(db, playlist, index, tracks.len(), "[]").await?;
    put(db, playlist, &tracks.iter().copied().zip(places).collect::<Vec<_>>()).await
}

/// Adds these at the end, also what is not there.
pub(super) async fn add_items(db: &mut SqliteConnection, playlist: Uuid, items: &[ListItem]) -> sqlx::Result<()> {
    let places = places(db, playlist, None, items.len(), "[]").await?;
    let (mut tracks, mut missing) = (Vec::new(), Vec::new());
    for (item, place) in items.iter().zip(places) {
        match item {
            ListItem::Track(track) => tracks.push((*track, place)),
            ListItem::Missing { path, title, artist, ms } => {
                let path = hex(path.as_os_str().as_bytes());
                let [entry, track] = [Uuid::new_v4(), Uuid::new_v4()].map(|id| id.to_string());
                missing.push((entry, place, track, path, title, artist, ms));
            }
        }
    }
    put(db, playlist, &tracks).await?;
    sqlx::query(
        "INSERT INTO playlist_entries (id, playlist, place, track, path, title, artist, ms)
         SELECT e.value ->> 0, ?2, e.value ->> 1, e.value ->> 2, unhex(e.value ->> 3), e.value ->> 4, e.value ->> 5,
             e.value ->> 6
         FROM json_each(?1) e",
    )
    .bind(serde_json::to_string(&missing).unwrap_or_default())
    .bind(playlist.to_string())
    .execute(db)
    .await
    .map(drop)
}

/// Puts tracks at their places.
async fn put(db: &mut SqliteConnection, playlist: Uuid, tracks: &[(TrackId, i64)]) -> sqlx::Result<()> {
    let entries: Vec<_> =
        tracks.iter().map(|(track, place)| (Uuid::new_v4().to_string(), track.to_string(), place)).collect();
    sqlx::query(
        "INSERT INTO playlist_entries (id, playlist, place, track, path, title, artist, ms)
         SELECT e.value ->> 0, ?2, e.value ->> 2, t.id, coalesce(f.path, x''), t.title, t.artist,
             CASE WHEN t.sample_rate > 0 THEN t.frames * 1000 / t.sample_rate ELSE 0 END
         FROM json_each(?1) e JOIN tracks t ON t.id = e.value ->> 1 LEFT JOIN files f ON f.track_id = t.id",
    )
    .bind(serde_json::to_string(&entries).unwrap_or_default())
    .bind(playlist.to_string())
    .execute(db)
    .await?;
    Ok(())
}
