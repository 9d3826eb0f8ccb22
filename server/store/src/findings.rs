//! The findings about files in the background: hashes, loudness, the shape of the sound, pictures.

use std::{
    collections::HashMap,
    ffi::OsString,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::PathBuf,
    sync::Arc,
};

use sqlx::{Row as _, sqlite::SqliteRow};

use super::{Store, StoreError, TrackRow, track_row::GainSource};

/// The results of decoding a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisRow {
    /// BLAKE3 of the file's bytes, lower-case hex.
    pub hash: String,
    /// Pairs of bytes, peak and root mean square of one part of the file; 255 is full scale.
    pub waveform: Vec<u8>,
    /// How many blocks of 400 ms were how loud, as the library writes it.
    pub blocks: Vec<u8>,
}

/// A picture, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverRow {
    /// BLAKE3 of the picture's bytes, lower-case hex.
    pub hash: String,
    /// The audio file that it is embedded in, or the picture itself.
    pub source: PathBuf,
    /// True if it is embedded.
    pub embedded: bool,
    /// The MIME type of the picture, by its content.
    pub mime: String,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Store {
    /// Saves what was found about the content of `tracks`, all or nothing, and none of their texts.
    pub async fn save_findings(&self, tracks: &[Arc<TrackRow>]) -> Result<(), StoreError> {
        if tracks.is_empty() {
            return Ok(());
        }
        let mut tx = self.write_findings().await?;
        for track in tracks {
            sqlx::query(
                "UPDATE tracks SET hash = ?, track_gain_db = ?, track_peak = ?, track_gain_from = ?, album_gain_db = ?,
                     album_peak = ?, album_gain_from = ?, loudness_lufs = ?, cover = ?, done = ?, warning = ?
                 WHERE id = ?",
            )
            .bind(&track.hash)
            .bind(track.track_gain_db)
            .bind(track.track_peak)
            .bind(track.track_gain_from.map(GainSource::name))
            .bind(track.album_gain_db)
            .bind(track.album_peak)
            .bind(track.album_gain_from.map(GainSource::name))
            .bind(track.loudness_lufs)
            .bind(track.cover.as_deref())
            .bind(track.done)
            .bind(track.warning.as_deref())
            .bind(track.id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        }
        self.commit(tx).await
    }

    /// Keeps what decoding a file told.
    pub async fn save_analysis(&self, row: &AnalysisRow) -> Result<(), StoreError> {
        let mut tx = self.write_findings().await?;
        sqlx::query("INSERT OR REPLACE INTO analyses (hash, waveform, blocks) VALUES (?, ?, ?)")
            .bind(&row.hash)
            .bind(&row.waveform)
            .bind(&row.blocks)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// The results of decoding the file of these bytes, if that was done.
    pub async fn load_analysis(&self, hash: &str) -> Result<Option<AnalysisRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM analyses WHERE hash = ?")
            .bind(hash)
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        let rows = self.decode("analyses", &rows, |row: &SqliteRow| {
            Ok(AnalysisRow {
                hash: row.try_get("hash")?,
                waveform: row.try_get("waveform")?,
                blocks: row.try_get("blocks")?,
            })
        })?;
        Ok(rows.into_iter().next())
    }

    /// Keeps where a picture was found.
    pub async fn save_cover(&self, row: &CoverRow) -> Result<(), StoreError> {
        let mut tx = self.write_findings().await?;
        sqlx::query("INSERT OR REPLACE INTO covers (hash, source, embedded, mime, bytes) VALUES (?, ?, ?, ?, ?)")
            .bind(&row.hash)
            .bind(row.source.as_os_str().as_bytes())
            .bind(row.embedded)
            .bind(&row.mime)
            .bind(row.bytes as i64)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// Forgets where a picture was found: it is not there any more.
    pub async fn forget_cover(&self, hash: &str) -> Result<(), StoreError> {
        let mut tx = self.write_findings().await?;
        let gone = sqlx::query("DELETE FROM covers WHERE hash = ?").bind(hash).execute(&mut *tx).await;
        gone.map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// The size in bytes of each picture that was found, by hash.
    pub async fn load_cover_sizes(&self) -> Result<HashMap<String, u64>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT hash, bytes FROM covers")
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        Ok(rows.into_iter().map(|(hash, bytes)| (hash, bytes.unsigned_abs())).collect())
    }

    /// The picture of these bytes, and the place where it was found.
    pub async fn load_cover(&self, hash: &str) -> Result<Option<CoverRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM covers WHERE hash = ?")
            .bind(hash)
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        let rows = self.decode("covers", &rows, |row: &SqliteRow| {
            Ok(CoverRow {
                hash: row.try_get("hash")?,
                source: OsString::from_vec(row.try_get("source")?).into(),
                embedded: row.try_get("embedded")?,
                mime: row.try_get("mime")?,
                bytes: row.try_get::<i64, _>("bytes")? as u64,
            })
        })?;
        Ok(rows.into_iter().next())
    }
}
