//! The track that another program means by a path, a title and an artist.

use std::{
    collections::HashMap,
    ffi::OsString,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
};

use downbeat_protocol::TrackId;
use sqlx::SqliteConnection;

use super::{
    document::SEARCHED_FOLDERS,
    keys,
    query::words,
    readings::{names, readings, with_case, without_case},
};
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

/// So many hits of a name are compared at a time.
const COMPARED: i64 = 50;

impl Store {
    /// The track that each of them describes, if there is one: at one of its paths as they stand, or as they may be
    /// meant; else with the same name of file and folder; else with the same artist and title.
    pub async fn match_tracks(&self, all: &[Described]) -> Result<Vec<Option<TrackId>>, StoreError> {
        let mut db = self.reader().await?;
        let at = self.tracks_at(&mut db, all.iter().flat_map(|d| &d.paths)).await?;
        let is_at = |d: &Described| d.paths.iter().find_map(|p| at.get(p.as_path()).copied());
        let meant =
            |d: &Described| d.paths.iter().flat_map(|p| readings(p).into_iter().filter(move |m| m != p)).collect();
        let others = all.iter().map(|d| if is_at(d).is_some() { Vec::new() } else { meant(d) });
        let others: Vec<Vec<PathBuf>> = others.collect();
        let meant_at = self.tracks_at(&mut db, others.iter().flatten()).await?;
        let mut found = Vec::with_capacity(all.len());
        for (described, others) in all.iter().zip(&others) {
            let mut track = is_at(described).or_else(|| others.iter().find_map(|p| meant_at.get(p.as_path()).copied()));
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
                // of several at one place the first that is there comes last, and stays
                "SELECT p.key, f.track_id FROM json_each(?) p CROSS JOIN files f ON f.path = unhex(p.value)
                 ORDER BY p.key, f.available, f.part DESC",
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

    /// The one track whose file and folder have the names that `path`, as it may be meant, ends with; of several the
    /// one with which it has more names in common.
    async fn like_path(&self, db: &mut SqliteConnection, path: &Path) -> sqlx::Result<Option<TrackId>> {
        for path in readings(path) {
            let found = self.with_names(db, &path).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn with_names(&self, db: &mut SqliteConnection, path: &Path) -> sqlx::Result<Option<TrackId>> {
        let own = names(path);
        let mut found = None;
        // A file's name alone ("01.mp3") says nothing.
        for count in 2..=own.len().min(1 + SEARCHED_FOLDERS) {
            let wanted = &own[..count];
            let words: Vec<_> = wanted.iter().rev().flat_map(|name| words(&keys::spaced(name))).collect();
            let rows = self.with_words_in_path(db, &words).await?;
            let like = |alike: fn(&str) -> String| {
                let alike = move |names: &[String]| names.iter().map(|name| alike(name)).collect::<Vec<_>>();
                let same = |path: &Path| names(path).get(..count).is_some_and(|names| alike(names) == alike(wanted));
                rows.iter().filter(|(_, path)| same(path)).map(|(id, _)| *id).collect::<Vec<_>>()
            };
            let one = |ids: &[TrackId]| if let [id] = ids { Some(*id) } else { None };
            let same = like(without_case);
            let seen_all = rows.len() < COMPARED as usize;
            if seen_all && same.len() < 2 {
                return Ok(one(&same).or(found));
            }
            // Several that look the same: better none than the wrong one, unless more names or their case tell them
            // apart.
            found = seen_all.then(|| one(&like(with_case))).flatten();
        }
        Ok(found)
    }

    /// The tracks whose path has these words one after the other: their ids and paths, some of them if they are many.
    async fn with_words_in_path(
        &self,
        db: &mut SqliteConnection,
        words: &[String],
    ) -> sqlx::Result<Vec<(TrackId, PathBuf)>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT songs.id, files.path FROM song_words CROSS JOIN songs ON songs.num = song_words.rowid
                 JOIN files ON files.track_id = songs.id
             WHERE song_words MATCH ? AND shown = 1 LIMIT ?",
        )
        .bind(format!("path : \"{}\"", words.join(" ")))
        .bind(COMPARED)
        .fetch_all(db)
        .await?;
        let row = |(id, path): (String, Vec<u8>)| Some((id.parse().ok()?, PathBuf::from(OsString::from_vec(path))));
        Ok(rows.into_iter().filter_map(row).collect())
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
