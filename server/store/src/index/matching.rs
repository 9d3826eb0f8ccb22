//! The track that another program means by a path, a title and an artist.

use std::{
    collections::HashMap,
    os::unix::ffi::OsStrExt as _,
    path::{Component, Path, PathBuf},
};

use downbeat_protocol::TrackId;
use sqlx::SqliteConnection;

use super::{keys, query::words};
use crate::{error::StoreError, row::parsed, store::Store};

/// The description of a track by another program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// The paths at which it might be, the likeliest first.
    pub paths: Vec<PathBuf>,
    /// Its path on the other machine: the file's name and its folder count.
    pub like: PathBuf,
    /// The artist.
    pub artist: Option<String>,
    /// The title.
    pub title: Option<String>,
}

/// So many hits of a name are compared.
const COMPARED: i64 = 50;

impl Store {
    /// The track that each of them describes, if there is one: at one of its paths; else with the same name of file and
    /// folder; else with the same artist and title.
    pub async fn match_tracks(&self, all: &[Described]) -> Result<Vec<Option<TrackId>>, StoreError> {
        let mut db = self.reader().await?;
        let at = self.tracks_at(&mut db, all.iter().flat_map(|d| &d.paths)).await?;
        let mut found = Vec::with_capacity(all.len());
        for described in all {
            let mut track = described.paths.iter().find_map(|p| at.get(p.as_path()).copied());
            if track.is_none() {
                track = self.like_path(&mut db, &described.like).await.map_err(|e| self.fail(e))?;
            }
            if let (None, Some(title)) = (track, &described.title) {
                let named = self.named(&mut db, title, described.artist.as_deref()).await;
                track = named.map_err(|e| self.fail(e))?;
            }
            found.push(track);
        }
        Ok(found)
    }

    async fn tracks_at<'a>(
        &self,
        db: &mut SqliteConnection,
        paths: impl Iterator<Item = &'a PathBuf>,
    ) -> Result<HashMap<&'a Path, TrackId>, StoreError> {
        let paths: Vec<&Path> = paths.map(PathBuf::as_path).collect();
        let mut found = HashMap::new();
        for paths in paths.chunks(1_000) {
            let hex: Vec<String> = paths.iter().map(|p| super::json::hex(p.as_os_str().as_bytes())).collect();
            let rows = sqlx::query(
                "SELECT p.key, f.track_id FROM json_each(?) p CROSS JOIN files f ON f.path = unhex(p.value)",
            )
            .bind(serde_json::to_string(&hex).unwrap_or_default())
            .fetch_all(&mut *db)
            .await
            .map_err(|e| self.fail(e))?;
            for row in rows {
                use sqlx::Row as _;
                let place: i64 = row.try_get("key").map_err(|e| self.fail(e))?;
                let track = parsed(&row, "track_id").map_err(|e| self.fail(e))?;
                found.extend(usize::try_from(place).ok().and_then(|i| paths.get(i)).map(|path| (*path, track)));
            }
        }
        Ok(found)
    }

    /// The one track whose file and folder have the names that `path` ends with.
    async fn like_path(&self, db: &mut SqliteConnection, path: &Path) -> sqlx::Result<Option<TrackId>> {
        let ending = |path: &Path| {
            let names = path.components().rev().filter_map(|c| match c {
                Component::Normal(name) => Some(name.to_string_lossy().to_lowercase()),
                _ => None,
            });
            names.take(2).collect::<Vec<_>>()
        };
        let wanted = ending(path);
        // A file's name alone ("01.mp3") says nothing.
        let [file, folder] = wanted.as_slice() else { return Ok(None) };
        let phrase = words(&keys::spaced(&format!("{folder} {file}"))).join(" ");
        if phrase.is_empty() {
            return Ok(None);
        }
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT songs.id, files.path FROM song_words CROSS JOIN songs ON songs.num = song_words.rowid
                 JOIN files ON files.track_id = songs.id
             WHERE song_words MATCH ? AND shown = 1 LIMIT ?",
        )
        .bind(format!("path : \"{phrase}\""))
        .bind(COMPARED)
        .fetch_all(db)
        .await?;
        let mut same =
            rows.into_iter().filter(|(_, path)| ending(Path::new(std::ffi::OsStr::from_bytes(path))) == wanted);
        // Two that look the same: better none than the wrong one.
        Ok(same.next().filter(|_| same.next().is_none()).and_then(|(id, _)| id.parse().ok()))
    }

    /// A track of this title, and of this artist if one is named.
    async fn named(
        &self,
        db: &mut SqliteConnection,
        title: &str,
        artist: Option<&str>,
    ) -> sqlx::Result<Option<TrackId>> {
        let (from, to) = keys::same_letters(title);
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT s.id, t.artist FROM songs s INDEXED BY songs_by_title JOIN tracks t ON t.id = s.id
             WHERE s.k_title >= ? AND s.k_title < ? AND s.shown = 1 ORDER BY s.num LIMIT ?",
        )
        .bind(from)
        .bind(to)
        .bind(COMPARED)
        .fetch_all(db)
        .await?;
        let same = |one: &str, other: &str| keys::same_letters(one) == keys::same_letters(other);
        let found = rows.into_iter().find(|(_, by)| artist.is_none_or(|artist| same(artist, by)));
        Ok(found.and_then(|(id, _)| id.parse().ok()))
    }
}
