//! The index of tracks: what the scanner learned from each file, so that a restart serves at once.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::PathBuf,
};

use downbeat_protocol::{Frames, TrackId};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::{Store, StoreError, narrowed, parsed};

/// A track and its file. Texts are empty where nothing is known.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRow {
    /// Survives moving and retagging of the file.
    pub id: TrackId,
    /// BLAKE3 of the file's bytes, lower-case hex; empty if the file could not be read.
    pub hash: String,
    /// Where the file is, or was last. Empty if another track's file took its place.
    pub path: PathBuf,
    /// The file's size in bytes.
    pub bytes: u64,
    /// When the file was last written, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// The file's inode.
    pub inode: u64,
    /// Whether the file was there when last looked for.
    pub available: bool,
    /// The kind of file by its content, as its usual ending: `flac`, `mp3`, ...; by its name if it cannot be played.
    pub format: String,
    /// Frames a second; 0 if it cannot be played.
    pub sample_rate: u32,
    /// Channels; 0 if it cannot be played.
    pub channels: u16,
    /// The length.
    pub frames: Frames,
    /// Whether frame 0 is the first that was encoded and the last the last: such tracks join without a gap.
    pub sample_exact: bool,
    /// The title; the file's name if it has none.
    pub title: String,
    /// The artist.
    pub artist: String,
    /// The album.
    pub album: String,
    /// The album's artist.
    pub album_artist: String,
    /// The genre.
    pub genre: String,
    /// Its number on the disc.
    pub track_no: Option<u32>,
    /// The disc's number in the album.
    pub disc_no: Option<u32>,
    /// The year of publication.
    pub year: Option<u32>,
    /// Why it cannot be played, for people.
    pub fault: Option<String>,
    /// What is wrong with it though it plays, for people.
    pub warning: Option<String>,
    /// Which scanner read the file; a newer one reads it again.
    pub scan_version: u32,
}

impl Store {
    /// Every track that was ever seen, in no order.
    pub async fn load_tracks(&self) -> Result<Vec<TrackRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.*, f.path, f.mtime_ns, f.inode, f.available FROM tracks t LEFT JOIN files f ON f.track_id = t.id",
        )
        .fetch_all(self.readers())
        .await
        .map_err(|e| self.fail(e))?;
        self.decode("tracks", &rows, decode)
    }

    /// Adds or replaces all of `tracks`, or none of them. A path that one of them has now is taken from whichever
    /// track had it before.
    pub async fn save_tracks(&self, tracks: &[TrackRow]) -> Result<(), StoreError> {
        if tracks.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for track in tracks {
            let id = track.id.to_string();
            sqlx::query(
                "INSERT INTO tracks (id, hash, bytes, format, sample_rate, channels, frames, sample_exact, title, artist, album,
                     album_artist, genre, track_no, disc_no, year, fault, warning, scan_version)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes, format = excluded.format,
                     sample_rate = excluded.sample_rate, channels = excluded.channels, frames = excluded.frames,
                     sample_exact = excluded.sample_exact, title = excluded.title, artist = excluded.artist, album = excluded.album,
                     album_artist = excluded.album_artist, genre = excluded.genre, track_no = excluded.track_no,
                     disc_no = excluded.disc_no, year = excluded.year, fault = excluded.fault, warning = excluded.warning,
                     scan_version = excluded.scan_version",
            )
            .bind(&id)
            .bind(&track.hash)
            .bind(track.bytes as i64)
            .bind(&track.format)
            .bind(track.sample_rate)
            .bind(track.channels)
            .bind(track.frames.0)
            .bind(track.sample_exact)
            .bind(&track.title)
            .bind(&track.artist)
            .bind(&track.album)
            .bind(&track.album_artist)
            .bind(&track.genre)
            .bind(track.track_no)
            .bind(track.disc_no)
            .bind(track.year)
            .bind(&track.fault)
            .bind(&track.warning)
            .bind(track.scan_version)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
            sqlx::query("DELETE FROM files WHERE track_id = ?")
                .bind(&id)
                .execute(&mut *tx)
                .await
                .map_err(|e| self.fail(e))?;
        }
        // After all deletes, so that two tracks may swap their paths within one call.
        for track in tracks.iter().filter(|t| !t.path.as_os_str().is_empty()) {
            sqlx::query(
                "INSERT OR REPLACE INTO files (path, mtime_ns, inode, track_id, available) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(track.path.as_os_str().as_bytes())
            .bind(track.mtime_ns)
            .bind(track.inode as i64)
            .bind(track.id.to_string())
            .bind(track.available)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        }
        self.commit(tx).await
    }
}

fn decode(row: &SqliteRow) -> Result<TrackRow, sqlx::Error> {
    let path: Option<Vec<u8>> = row.try_get("path")?;
    Ok(TrackRow {
        id: parsed(row, "id")?,
        hash: row.try_get("hash")?,
        path: path.map(|bytes| OsString::from_vec(bytes).into()).unwrap_or_default(),
        bytes: row.try_get::<i64, _>("bytes")? as u64,
        mtime_ns: row.try_get::<Option<i64>, _>("mtime_ns")?.unwrap_or(0),
        inode: row.try_get::<Option<i64>, _>("inode")?.unwrap_or(0) as u64,
        available: row.try_get::<Option<bool>, _>("available")?.unwrap_or(false),
        format: row.try_get("format")?,
        sample_rate: narrowed(row, "sample_rate")?,
        channels: narrowed(row, "channels")?,
        frames: Frames(row.try_get("frames")?),
        sample_exact: row.try_get("sample_exact")?,
        title: row.try_get("title")?,
        artist: row.try_get("artist")?,
        album: row.try_get("album")?,
        album_artist: row.try_get("album_artist")?,
        genre: row.try_get("genre")?,
        track_no: row.try_get("track_no")?,
        disc_no: row.try_get("disc_no")?,
        year: row.try_get("year")?,
        fault: row.try_get("fault")?,
        warning: row.try_get("warning")?,
        scan_version: narrowed(row, "scan_version")?,
    })
}
