//! The index of tracks: what the scanner learned from each file, so that a restart serves at once.

use std::{
    ffi::OsString,
    ops::{Deref, DerefMut},
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::PathBuf,
    sync::Arc,
};

use downbeat_protocol::{Frames, TrackId};
pub use downbeat_zone::Text;
use downbeat_zone::Track;
use sqlx::{QueryBuilder, Row as _, Sqlite, query_builder::Separated, sqlite::SqliteRow};

use super::{
    Store, StoreError,
    ahead::{self, Statement},
    index, narrowed, parsed,
};

/// Several of them, in the order of the tags.
pub type Texts = Arc<[Text]>;

/// The source of a gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GainSource {
    /// The file's own tags: ReplayGain, or R128 of Opus.
    Tags,
    /// Measured here.
    Measured,
}

/// A track with its file, its tags and what was found out about it. Texts are empty where nothing is known.
///
/// The part that zones need is shared with their queues ([`track`](Self::track)) and can be read and changed as if its
/// fields stood here; a change makes a copy of a part that is shared.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRow {
    /// The part that zones need of it.
    pub track: Arc<Track>,
    /// The path of the file, as it is or was last. Empty if another track's file took its place.
    pub path: PathBuf,
    /// When the file was last written, nanoseconds since 1970; 0 if it is to be read again.
    pub mtime_ns: i64,
    /// The file's inode.
    pub inode: u64,
    /// Channels; 0 if it cannot be played.
    pub channels: u16,
    /// True if frame 0 is the first that was encoded and the last the last: such tracks join without a gap.
    pub sample_exact: bool,
    /// The artists, each by itself.
    pub artists: Texts,
    /// The album's artists, each by itself.
    pub album_artists: Texts,
    /// The genres in one text, with commas.
    pub genre: Text,
    /// The genres, each by itself.
    pub genres: Texts,
    /// The composers, with commas.
    pub composer: Text,
    /// The year of publication.
    pub year: Option<u32>,
    /// When it was first seen, seconds since 1970.
    pub added: i64,
    /// When its file was last written, seconds since 1970.
    pub modified: i64,
    /// The source of its own gain and peak.
    pub track_gain_from: Option<GainSource>,
    /// The source of the gain and peak of its album.
    pub album_gain_from: Option<GainSource>,
    /// Integrated loudness (EBU R128), LUFS; `None` if it was not measured, or nothing is heard.
    pub loudness_lufs: Option<f32>,
    /// BLAKE3 of its picture's bytes, lower-case hex.
    pub cover: Option<Text>,
    /// The parts of the work in the background that are done for the file as it is: a sum of powers of two that the
    /// library names.
    pub done: u32,
    /// The fault that it has though it plays, for people.
    pub warning: Option<Text>,
    /// The version of the scanner that read the file; a newer one reads it again.
    pub scan_version: u32,
}

impl Deref for TrackRow {
    type Target = Track;

    fn deref(&self) -> &Track {
        &self.track
    }
}

impl DerefMut for TrackRow {
    fn deref_mut(&mut self) -> &mut Track {
        Arc::make_mut(&mut self.track)
    }
}

impl TrackRow {
    /// A track of which nothing is known but its id and where it is: the base for those that are made by hand.
    pub fn unknown(id: TrackId, path: PathBuf) -> Self {
        let (text, texts) = (Text::from(""), Texts::from([]));
        Self {
            track: Arc::new(Track::unknown(id)),
            path,
            mtime_ns: 0,
            inode: 0,
            channels: 0,
            sample_exact: false,
            artists: texts.clone(),
            album_artists: texts.clone(),
            genre: text.clone(),
            genres: texts,
            composer: text,
            year: None,
            added: 0,
            modified: 0,
            track_gain_from: None,
            album_gain_from: None,
            loudness_lufs: None,
            cover: None,
            done: 0,
            warning: None,
            scan_version: 0,
        }
    }

    /// The same row after `change`.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// Rows of one statement: each statement costs a hand-over to the database's thread and back.
const ROWS: usize = 50;

/// The columns that are written of a track; the values follow, as [`push_values`] has them.
const SAVE: &str = "
    INSERT INTO tracks (
        id, hash, bytes, format, sample_rate, channels, frames, sample_exact, title, artist, artists, album,
        album_artist, album_artists, genre, genres, composer, track_no, disc_no, year, added, modified,
        track_gain_db, track_peak, track_gain_from, album_gain_db, album_peak, album_gain_from, loudness_lufs,
        cover, done, fault, warning, scan_version) ";

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
        fault = excluded.fault, warning = excluded.warning, scan_version = excluded.scan_version";

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
    let mut query = QueryBuilder::new("INSERT OR REPLACE INTO files (path, mtime_ns, inode, track_id, available) ");
    query.push_values(rows, |mut row, track| {
        row.push_bind(track.path.as_os_str().as_bytes())
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
        .push_bind(track.scan_version);
}

/// A list of texts as a JSON array.
fn json(texts: &[Text]) -> String {
    let texts: Vec<&str> = texts.iter().map(|t| &**t).collect();
    serde_json::to_string(&texts).unwrap_or_else(|_| "[]".into())
}

pub(super) fn decode(row: &SqliteRow) -> Result<TrackRow, sqlx::Error> {
    let path: Option<Vec<u8>> = row.try_get("path")?;
    let track = Track {
        id: parsed(row, "id")?,
        hash: row.try_get("hash")?,
        bytes: row.try_get::<i64, _>("bytes")? as u64,
        available: row.try_get::<Option<bool>, _>("available")?.unwrap_or(false),
        format: row.try_get::<&str, _>("format")?.into(),
        sample_rate: narrowed(row, "sample_rate")?,
        frames: Frames(row.try_get("frames")?),
        title: row.try_get::<&str, _>("title")?.into(),
        artist: row.try_get::<&str, _>("artist")?.into(),
        album: row.try_get::<&str, _>("album")?.into(),
        album_artist: row.try_get::<&str, _>("album_artist")?.into(),
        track_no: row.try_get("track_no")?,
        disc_no: row.try_get("disc_no")?,
        track_gain_db: row.try_get("track_gain_db")?,
        track_peak: row.try_get("track_peak")?,
        album_gain_db: row.try_get("album_gain_db")?,
        album_peak: row.try_get("album_peak")?,
        fault: row.try_get::<Option<&str>, _>("fault")?.map(Into::into),
    };
    Ok(TrackRow {
        track: Arc::new(track),
        path: path.map(|bytes| OsString::from_vec(bytes).into()).unwrap_or_default(),
        mtime_ns: row.try_get::<Option<i64>, _>("mtime_ns")?.unwrap_or(0),
        inode: row.try_get::<Option<i64>, _>("inode")?.unwrap_or(0) as u64,
        channels: narrowed(row, "channels")?,
        sample_exact: row.try_get("sample_exact")?,
        artists: texts(row, "artists")?,
        album_artists: texts(row, "album_artists")?,
        genre: row.try_get::<&str, _>("genre")?.into(),
        genres: texts(row, "genres")?,
        composer: row.try_get::<&str, _>("composer")?.into(),
        year: row.try_get("year")?,
        added: row.try_get("added")?,
        modified: row.try_get("modified")?,
        track_gain_from: row.try_get::<Option<&str>, _>("track_gain_from")?.and_then(GainSource::named),
        album_gain_from: row.try_get::<Option<&str>, _>("album_gain_from")?.and_then(GainSource::named),
        loudness_lufs: row.try_get("loudness_lufs")?,
        cover: row.try_get::<Option<&str>, _>("cover")?.map(Into::into),
        done: narrowed(row, "done")?,
        warning: row.try_get::<Option<&str>, _>("warning")?.map(Into::into),
        scan_version: narrowed(row, "scan_version")?,
    })
}

/// A column that is a JSON array of texts.
fn texts(row: &SqliteRow, column: &'static str) -> Result<Texts, sqlx::Error> {
    let texts: Vec<String> = serde_json::from_str(row.try_get(column)?)
        .map_err(|e| sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(e) })?;
    Ok(texts.into_iter().map(Text::from).collect())
}

impl GainSource {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Measured => "measured",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Tags, Self::Measured].into_iter().find(|source| source.name() == name)
    }
}
