//! A row of the index of tracks: all that is known of one.

use std::{
    ffi::OsString,
    ops::{Deref, DerefMut},
    os::unix::ffi::OsStringExt as _,
    path::PathBuf,
    sync::Arc,
};

use downbeat_protocol::{Frames, TrackId};
pub use downbeat_zone::Text;
use downbeat_zone::Track;
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::row::{narrowed, parsed};

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
