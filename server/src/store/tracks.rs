//! The index of tracks: what the scanner learned from each file, so that a restart serves at once.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::PathBuf,
    sync::Arc,
};

use downbeat_protocol::{Frames, TrackId};
use sqlx::{QueryBuilder, Row as _, Sqlite, query_builder::Separated, sqlite::SqliteRow};

use super::{
    Store, StoreError,
    ahead::{self, Statement},
    index, narrowed, parsed,
};

/// A text that many tracks share, such as an artist's name.
pub type Text = Arc<str>;

/// Several of them, in the order of the tags.
pub type Texts = Arc<[Text]>;

/// Where a gain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GainSource {
    /// The file's own tags: ReplayGain, or R128 of Opus.
    Tags,
    /// Measured here.
    Measured,
}

/// A track and its file. Texts are empty where nothing is known.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRow {
    /// Survives moving and retagging of the file.
    pub id: TrackId,
    /// BLAKE3 of the file's bytes, lower-case hex; empty as long as it is not known. A track can be queued without, and
    /// be sent to speakers only with it.
    pub hash: String,
    /// Where the file is, or was last. Empty if another track's file took its place.
    pub path: PathBuf,
    /// The file's size in bytes.
    pub bytes: u64,
    /// When the file was last written, nanoseconds since 1970; 0 if it is to be read again.
    pub mtime_ns: i64,
    /// The file's inode.
    pub inode: u64,
    /// Whether the file was there when last looked for.
    pub available: bool,
    /// The kind of file by its content, as its usual ending: `flac`, `mp3`, ...; by its name if it cannot be played.
    pub format: Text,
    /// Frames a second; 0 if it cannot be played.
    pub sample_rate: u32,
    /// Channels; 0 if it cannot be played.
    pub channels: u16,
    /// The length.
    pub frames: Frames,
    /// Whether frame 0 is the first that was encoded and the last the last: such tracks join without a gap.
    pub sample_exact: bool,
    /// The title; the file's name if it has none.
    pub title: Text,
    /// The artists in one text, with commas.
    pub artist: Text,
    /// The artists, each by itself.
    pub artists: Texts,
    /// The album.
    pub album: Text,
    /// The album's artists in one text, with commas.
    pub album_artist: Text,
    /// The album's artists, each by itself.
    pub album_artists: Texts,
    /// The genres in one text, with commas.
    pub genre: Text,
    /// The genres, each by itself.
    pub genres: Texts,
    /// The composers, with commas.
    pub composer: Text,
    /// Its number on the disc.
    pub track_no: Option<u32>,
    /// The disc's number in the album.
    pub disc_no: Option<u32>,
    /// The year of publication.
    pub year: Option<u32>,
    /// When it was first seen, seconds since 1970.
    pub added: i64,
    /// When its file was last written, seconds since 1970.
    pub modified: i64,
    /// What makes it as loud as others (-18 LUFS, the reference of ReplayGain 2), dB.
    pub track_gain_db: Option<f32>,
    /// The highest sample, or true, peak; 1.0 is full scale.
    pub track_peak: Option<f32>,
    /// Who says so.
    pub track_gain_from: Option<GainSource>,
    /// What makes its album as loud as others, dB.
    pub album_gain_db: Option<f32>,
    /// The highest peak of the album.
    pub album_peak: Option<f32>,
    /// Who says so.
    pub album_gain_from: Option<GainSource>,
    /// Integrated loudness (EBU R128), LUFS; `None` if it was not measured, or nothing is heard.
    pub loudness_lufs: Option<f32>,
    /// BLAKE3 of its picture's bytes, lower-case hex.
    pub cover: Option<Text>,
    /// Which parts of the work in the background are done for the file as it is: a sum of powers of two that the
    /// library names.
    pub done: u32,
    /// Why it cannot be played, for people.
    pub fault: Option<Text>,
    /// What is wrong with it though it plays, for people.
    pub warning: Option<Text>,
    /// Which scanner read the file; a newer one reads it again.
    pub scan_version: u32,
}

impl TrackRow {
    /// A track of which nothing is known but its id and where it is: the base for those that are made by hand.
    pub fn unknown(id: TrackId, path: PathBuf) -> Self {
        let (text, texts) = (Text::from(""), Texts::from([]));
        Self {
            id,
            hash: String::new(),
            path,
            bytes: 0,
            mtime_ns: 0,
            inode: 0,
            available: true,
            format: text.clone(),
            sample_rate: 0,
            channels: 0,
            frames: Frames(0),
            sample_exact: false,
            title: text.clone(),
            artist: text.clone(),
            artists: texts.clone(),
            album: text.clone(),
            album_artist: text.clone(),
            album_artists: texts.clone(),
            genre: text.clone(),
            genres: texts,
            composer: text,
            track_no: None,
            disc_no: None,
            year: None,
            added: 0,
            modified: 0,
            track_gain_db: None,
            track_peak: None,
            track_gain_from: None,
            album_gain_db: None,
            album_peak: None,
            album_gain_from: None,
            loudness_lufs: None,
            cover: None,
            done: 0,
            fault: None,
            warning: None,
            scan_version: 0,
        }
    }
}

/// Rows of one statement: each statement costs a hand-over to the database's thread and back.
const ROWS: usize = 50;

/// What is written of a track; the values follow, as [`push_values`] has them.
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
    Ok(TrackRow {
        id: parsed(row, "id")?,
        hash: row.try_get("hash")?,
        path: path.map(|bytes| OsString::from_vec(bytes).into()).unwrap_or_default(),
        bytes: row.try_get::<i64, _>("bytes")? as u64,
        mtime_ns: row.try_get::<Option<i64>, _>("mtime_ns")?.unwrap_or(0),
        inode: row.try_get::<Option<i64>, _>("inode")?.unwrap_or(0) as u64,
        available: row.try_get::<Option<bool>, _>("available")?.unwrap_or(false),
        format: row.try_get::<&str, _>("format")?.into(),
        sample_rate: narrowed(row, "sample_rate")?,
        channels: narrowed(row, "channels")?,
        frames: Frames(row.try_get("frames")?),
        sample_exact: row.try_get("sample_exact")?,
        title: row.try_get::<&str, _>("title")?.into(),
        artist: row.try_get::<&str, _>("artist")?.into(),
        artists: texts(row, "artists")?,
        album: row.try_get::<&str, _>("album")?.into(),
        album_artist: row.try_get::<&str, _>("album_artist")?.into(),
        album_artists: texts(row, "album_artists")?,
        genre: row.try_get::<&str, _>("genre")?.into(),
        genres: texts(row, "genres")?,
        composer: row.try_get::<&str, _>("composer")?.into(),
        track_no: row.try_get("track_no")?,
        disc_no: row.try_get("disc_no")?,
        year: row.try_get("year")?,
        added: row.try_get("added")?,
        modified: row.try_get("modified")?,
        track_gain_db: row.try_get("track_gain_db")?,
        track_peak: row.try_get("track_peak")?,
        track_gain_from: row.try_get::<Option<&str>, _>("track_gain_from")?.and_then(GainSource::named),
        album_gain_db: row.try_get("album_gain_db")?,
        album_peak: row.try_get("album_peak")?,
        album_gain_from: row.try_get::<Option<&str>, _>("album_gain_from")?.and_then(GainSource::named),
        loudness_lufs: row.try_get("loudness_lufs")?,
        cover: row.try_get::<Option<&str>, _>("cover")?.map(Into::into),
        done: narrowed(row, "done")?,
        fault: row.try_get::<Option<&str>, _>("fault")?.map(Into::into),
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
