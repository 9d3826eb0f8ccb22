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
use downbeat_zone::{Part, Track};
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{
    details::Details,
    row::{narrowed, parsed},
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
    /// All else that its tags say.
    pub details: Arc<Details>,
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
    /// The file at [`path`](Self::path), if what speakers get was made of it: then hash, size, format, rate and length
    /// of the track are those of what was made.
    pub source: Option<Box<SourceFile>>,
    /// The fingerprint of the sheet that cut or named it; `None`: there is none.
    pub sheet: Option<Text>,
}

/// A file that is not sent to speakers itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of its bytes, lower-case hex.
    pub hash: String,
    /// The kind of file by its content, as its usual ending.
    pub format: String,
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
            details: Details::none(),
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
            source: None,
            sheet: None,
        }
    }

    /// The size of the file at its path.
    pub fn file_bytes(&self) -> u64 {
        self.source.as_ref().map_or(self.track.bytes, |source| source.bytes)
    }

    /// BLAKE3 of the file at its path; empty as long as it is not known.
    pub fn file_hash(&self) -> &str {
        self.source.as_ref().map_or(&self.track.hash, |source| &source.hash)
    }

    /// The kind of the file at its path.
    pub fn file_format(&self) -> &str {
        self.source.as_ref().map_or(&self.track.format, |source| &source.format)
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
        part: part_of([
            row.try_get("part")?,
            row.try_get("parts")?,
            row.try_get("first_frame")?,
            row.try_get("file_frames")?,
        ]),
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
        details: json_of::<Details>(row, "details")?.map_or_else(Details::none, Details::shared),
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
        source: json_of(row, "source")?,
        sheet: row.try_get::<Option<&str>, _>("sheet")?.map(Into::into),
    })
}

/// A column that is JSON, or null.
fn json_of<T: serde::de::DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<Option<T>, sqlx::Error> {
    let text: Option<&str> = row.try_get(column)?;
    let read = |text| serde_json::from_str(text);
    text.map(read).transpose().map_err(|e| sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(e) })
}

/// The part of a file that these columns name: its number, how many there are, its first frame, the file's length.
pub(super) fn part_of([number, count, first, file_frames]: [i64; 4]) -> Option<Box<Part>> {
    let counted = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let (first, file_frames) = (Frames(first), Frames(file_frames));
    (number > 0).then(|| Box::new(Part { number: counted(number), count: counted(count), first, file_frames }))
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
