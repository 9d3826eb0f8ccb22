//! The index of tracks: what the scanner learned from each file, so that a restart serves at once.

use std::os::unix::ffi::OsStrExt as _;

use sqlx::{QueryBuilder, Sqlite, query_builder::Separated};

use crate::{
    ahead::{self, Statement},
    error::StoreError,
    index,
    store::Store,
    track_row::{GainSource, Text, TrackRow},
};

/// Rows of one statement: each statement costs a hand-over to the database's thread and back.
const ROWS: usize = 50;

/// The columns that are written of a track; the values follow, as [`push_values`] has them.
const SAVE: &str = "
    INSERT INTO tracks (
        id, hash, bytes, format, sample_rate, channels, frames, sample_exact, title, artist, artists, album,
        album_artist, album_artists, genre, genres, composer, track_no, disc_no, year, added, modified,
        track_gain_db, track_peak, track_gain_from, album_gain_db, album_peak, album_gain_from, loudness_lufs,
        cover, done, fault, warning, scan_version, source, part, parts, first_frame, file_frames, sheet,
        details) ";

const OR_REPLACE: &str = "
    ON CONFLICT (id) DO UPDATE SET
        hash = excluded.hash, bytes = excluded.bytes, format = excluded.format,
        sample_rate = excluded.sample_rate, channels = excluded.channels, frames = excluded.frames,
        sample_exact = excluded.sample_exact, title = excluded.title, artist = excluded.artist,
        artists = excluded.artists, album = excluded.album, album_artist = excluded.album_artist,
        album_artists = excluded.album_artists, genre = excluded.genre, genres = excluded.genres,
        composer = excluded.composer, track_no = excluded.track_no, disc_no = excluded.disc_no,
        year = excluded.year, added = excluded.added, modified = excluded.modified,
        track_gain_db = excluded.track_gain_db, track_peak = excluded.track_peak,
        track_gain_from = excluded.track_gain_from, album_gain_db = excluded.album_gain_db,
        album_peak = excluded.album_peak, album_gain_from = excluded.album_gain_from,
        loudness_lufs = excluded.loudness_lufs, cover = excluded.cover, done = excluded.done,
        fault = excluded.fault, warning = excluded.warning, scan_version = excluded.scan_version,
        source = excluded.source,
        part = excluded.part, parts = excluded.parts, first_frame = excluded.first_frame,
        file_frames = excluded.file_frames, sheet = excluded.sheet, details = excluded.details";

impl Store {
    /// Adds or replaces all of `tracks`, or none of them. A path that one of them has now is taken from whichever
    /// track had it before.
    pub async fn save_tracks(&self, tracks: &[TrackRow]) -> Result<(), StoreError> {
        if tracks.is_empty() {
            return Ok(());
        }
        let mut tx = self.write_findings().await?;
        ahead::run(&mut tx, tracks.chunks(ROWS).flat_map(saved)).await.map_err(|e| self.fail(e))?;
        // After all deletes, so that two tracks may swap their paths within one call.
        let with_files: Vec<&TrackRow> = tracks.iter().filter(|t| !t.path.as_os_str().is_empty()).collect();
        ahead::run(&mut tx, with_files.chunks(ROWS).map(placed)).await.map_err(|e| self.fail(e))?;
        let updated = index::update(&mut tx, tracks).await.map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        self.updated(&updated);
        Ok(())
    }
}

/// Puts tracks into their table, and takes their files away.
fn saved(rows: &[TrackRow]) -> [Statement; 2] {
    let usual = rows.len() == ROWS;
    let mut query = QueryBuilder::new(SAVE);
    query.push_values(rows, push_values).push(OR_REPLACE);
    let mut gone = QueryBuilder::new("DELETE FROM files WHERE track_id IN (");
    let mut ids = gone.separated(", ");
    for track in rows {
        ids.push_bind(track.id.to_string());
    }
    gone.push(")");
    [Statement { query, usual }, Statement { query: gone, usual }]
}

/// Gives tracks their files.
fn placed(rows: &[&TrackRow]) -> Statement {
    let mut query =
        QueryBuilder::new("INSERT OR REPLACE INTO files (path, part, mtime_ns, inode, track_id, available) ");
    query.push_values(rows, |mut row, track| {
        row.push_bind(track.path.as_os_str().as_bytes())
            .push_bind(track.part.as_ref().map_or(0, |part| part.number))
            .push_bind(track.mtime_ns)
            .push_bind(track.inode as i64)
            .push_bind(track.id.to_string())
            .push_bind(track.available);
    });
    Statement { query, usual: rows.len() == ROWS }
}

/// The values of `track` in the order of [`SAVE`].
fn push_values(mut row: Separated<'_, Sqlite, &'static str>, track: &TrackRow) {
    row.push_bind(track.id.to_string())
        .push_bind(&track.hash)
        .push_bind(track.bytes as i64)
        .push_bind(&*track.format)
        .push_bind(track.sample_rate)
        .push_bind(track.channels)
        .push_bind(track.frames.0)
        .push_bind(track.sample_exact)
        .push_bind(&*track.title)
        .push_bind(&*track.artist)
        .push_bind(json(&track.artists))
        .push_bind(&*track.album)
        .push_bind(&*track.album_artist)
        .push_bind(json(&track.album_artists))
        .push_bind(&*track.genre)
        .push_bind(json(&track.genres))
        .push_bind(&*track.composer)
        .push_bind(track.track_no)
        .push_bind(track.disc_no)
        .push_bind(track.year)
        .push_bind(track.added)
        .push_bind(track.modified)
        .push_bind(track.track_gain_db)
        .push_bind(track.track_peak)
        .push_bind(track.track_gain_from.map(GainSource::name))
        .push_bind(track.album_gain_db)
        .push_bind(track.album_peak)
        .push_bind(track.album_gain_from.map(GainSource::name))
        .push_bind(track.loudness_lufs)
        .push_bind(track.cover.as_deref())
        .push_bind(track.done)
        .push_bind(track.fault.as_deref())
        .push_bind(track.warning.as_deref())
        .push_bind(track.scan_version)
        .push_bind(track.source.as_ref().and_then(|source| serde_json::to_string(source).ok()))
        .push_bind(track.part.as_ref().map_or(0, |part| part.number))
        .push_bind(track.part.as_ref().map_or(0, |part| part.count))
        .push_bind(track.first_frame().0)
        .push_bind(track.part.as_ref().map_or(0, |part| part.file_frames.0))
        .push_bind(track.sheet.as_deref())
        .push_bind(track.details.json());
}

/// A list of texts as a JSON array.
fn json(texts: &[Text]) -> String {
    let texts: Vec<&str> = texts.iter().map(|t| &**t).collect();
    serde_json::to_string(&texts).unwrap_or_else(|_| "[]".into())
}
