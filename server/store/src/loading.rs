//! Reads every track at start, which is what a restart waits for.
//!
//! A row of forty columns costs the database's binding forty copies and as many locks: with 100,000 tracks that was
//! most of the time from start to serving. So SQLite itself makes one JSON text of some hundred rows, several
//! connections do so side by side, and each text is read in one go. A part that cannot be read in this way is read
//! column by column, as rows are everywhere else.

use std::{
    borrow::Cow, collections::HashMap, ffi::OsString, os::unix::ffi::OsStringExt as _, path::PathBuf, sync::Arc,
};

use downbeat_protocol::{Frames, TrackId};
use downbeat_zone::Track;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Deserializer, de};
use sqlx::Row as _;

use super::{
    Details, Store, StoreError, Text, TrackRow,
    track_row::{self, GainSource, SourceFile},
};

/// Rows of one text; some 250 kB.
const PART: i64 = 500;
/// Texts that are made or read at the same time; one connection stays free.
const AT_ONCE: usize = crate::store::READERS as usize - 1;

/// In the order of [`Packed`]'s fields.
const PACKED: &str = "
    SELECT json_group_array(json_array(
        id, hash, bytes, format, sample_rate, channels, frames, sample_exact, title, artist, json(artists), album,
        album_artist, json(album_artists), genre, json(genres), composer, track_no, disc_no, year, added, modified,
        track_gain_db, track_peak, track_gain_from, album_gain_db, album_peak, album_gain_from, loudness_lufs, cover,
        done, fault, warning, scan_version, json(source), part, parts, first_frame, file_frames, sheet,
        json(details)))
    FROM tracks WHERE rowid >= ? AND rowid < ?";

/// In the order of [`PackedFile`]'s fields, and the last of them. A path is bytes: as text it passes through JSON as it
/// is. They are read by themselves, as they lie: to look each up for its track would be two searches at far places.
const PACKED_FILES: &str = "
    SELECT json_group_array(json_array(track_id, CAST(path AS TEXT), mtime_ns, inode, available)),
        max(path), max(part) FILTER (WHERE path = last)
    FROM (SELECT *, max(path) OVER () AS last FROM
        (SELECT * FROM files WHERE (path, part) > (?, ?) ORDER BY path, part LIMIT ?))";

const BY_COLUMNS: &str = "
    SELECT t.*, f.path, f.mtime_ns, f.inode, f.available FROM tracks t LEFT JOIN files f ON f.track_id = t.id
    WHERE t.rowid >= ? AND t.rowid < ?";

/// The files of tracks, without those that could not be read in this way.
type Files = HashMap<TrackId, File>;

/// The file of a track.
#[derive(Debug, Clone)]
struct File {
    path: PathBuf,
    mtime_ns: i64,
    inode: u64,
    available: bool,
}

impl Store {
    /// Every track that was ever seen, in no order.
    pub async fn load_tracks(&self) -> Result<Vec<TrackRow>, StoreError> {
        let mut tracks = Vec::new();
        self.each_track(|track| tracks.push(track)).await?;
        Ok(tracks)
    }

    /// Calls `take` with every track that was ever seen, in no order. Nobody may save tracks meanwhile: parts are read
    /// at different moments.
    pub async fn each_track(&self, mut take: impl FnMut(TrackRow)) -> Result<(), StoreError> {
        let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as("SELECT min(rowid), max(rowid) FROM tracks")
            .fetch_one(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        let (Some(first), Some(last)) = (first, last) else { return Ok(()) };
        let files = self.load_files().await.map(Arc::new);
        let parts = (first..=last).step_by(PART as usize).map(|from| {
            let (store, files) = (self.clone(), files.clone());
            // On threads of their own: reading a text takes as long as making it.
            tokio::spawn(async move { store.load_part(from, from + PART, files.as_deref()).await })
        });
        let mut parts = stream::iter(parts).buffered(AT_ONCE);
        while let Some(part) = parts.next().await {
            // It panics if the reading did, and only then.
            part.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?.into_iter().for_each(&mut take);
        }
        Ok(())
    }

    /// `None`: not in this way.
    async fn load_files(&self) -> Option<Files> {
        let mut files = Files::new();
        let mut behind = (Vec::new(), -1_i64);
        loop {
            let row = sqlx::query(PACKED_FILES)
                .bind(&behind.0)
                .bind(behind.1)
                .bind(PART)
                .fetch_one(self.readers())
                .await
                .ok()?;
            let packed: Vec<PackedFile> = serde_json::from_slice(row.try_get(0).ok()?).ok()?;
            if packed.is_empty() {
                return Some(files);
            }
            behind = (row.try_get(1).ok()?, row.try_get(2).ok()?);
            files.extend(packed.into_iter().map(|f| {
                let path = OsString::from_vec(f.path.0).into();
                (f.track, File { path, mtime_ns: f.mtime_ns, inode: f.inode as u64, available: f.available == 1 })
            }));
        }
    }

    async fn load_part(&self, from: i64, to: i64, files: Option<&Files>) -> Result<Vec<TrackRow>, StoreError> {
        if let Some(files) = files
            && let Ok(row) = sqlx::query(PACKED).bind(from).bind(to).fetch_one(self.readers()).await
            && let Ok(text) = row.try_get(0)
            && let Ok(packed) = serde_json::from_slice::<Vec<Packed>>(text)
        {
            return Ok(packed.into_iter().map(|p| p.with_file(files)).collect());
        }
        let rows: Vec<_> =
            sqlx::query(BY_COLUMNS).bind(from).bind(to).fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        self.decode("tracks", &rows, track_row::decode)
    }
}

/// The file of a track, as [`PACKED_FILES`] has it: an array.
#[derive(Deserialize)]
struct PackedFile {
    track: TrackId,
    path: Bytes,
    mtime_ns: i64,
    inode: i64,
    available: i64,
}

/// A track as [`PACKED`] has it: an array.
#[derive(Deserialize)]
struct Packed<'a> {
    id: TrackId,
    #[serde(borrow)]
    hash: Cow<'a, str>,
    bytes: i64,
    #[serde(borrow)]
    format: Cow<'a, str>,
    sample_rate: u32,
    channels: u16,
    frames: i64,
    sample_exact: i64,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    artist: Cow<'a, str>,
    #[serde(borrow)]
    artists: Listed<'a>,
    #[serde(borrow)]
    album: Cow<'a, str>,
    #[serde(borrow)]
    album_artist: Cow<'a, str>,
    #[serde(borrow)]
    album_artists: Listed<'a>,
    #[serde(borrow)]
    genre: Cow<'a, str>,
    #[serde(borrow)]
    genres: Listed<'a>,
    #[serde(borrow)]
    composer: Cow<'a, str>,
    track_no: Option<u32>,
    disc_no: Option<u32>,
    year: Option<u32>,
    added: i64,
    modified: i64,
    track_gain_db: Option<f32>,
    track_peak: Option<f32>,
    #[serde(borrow)]
    track_gain_from: Option<Cow<'a, str>>,
    album_gain_db: Option<f32>,
    album_peak: Option<f32>,
    #[serde(borrow)]
    album_gain_from: Option<Cow<'a, str>>,
    loudness_lufs: Option<f32>,
    #[serde(borrow)]
    cover: Option<Cow<'a, str>>,
    done: u32,
    #[serde(borrow)]
    fault: Option<Cow<'a, str>>,
    #[serde(borrow)]
    warning: Option<Cow<'a, str>>,
    scan_version: u32,
    source: Option<Box<SourceFile>>,
    part: i64,
    parts: i64,
    first_frame: i64,
    file_frames: i64,
    #[serde(borrow)]
    sheet: Option<Cow<'a, str>>,
    details: Option<Details>,
}

/// Several texts, each by itself.
type Listed<'a> = Vec<Plain<'a>>;

/// A text that is borrowed where it holds nothing that JSON has to escape.
#[derive(Deserialize)]
#[serde(transparent)]
struct Plain<'a>(#[serde(borrow)] Cow<'a, str>);

/// Bytes that are no text: what stands between the quotation marks, as it is.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a path")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        from.deserialize_bytes(Visitor)
    }
}

impl Packed<'_> {
    fn with_file(self, files: &Files) -> TrackRow {
        let p = self;
        let file = files.get(&p.id);
        let text = |text: Cow<'_, str>| Text::from(&*text);
        let texts = |texts: Listed<'_>| texts.into_iter().map(|t| text(t.0)).collect();
        let source = |name: Option<Cow<'_, str>>| name.as_deref().and_then(GainSource::named);
        let track = Track {
            id: p.id,
            hash: p.hash.into_owned(),
            bytes: p.bytes as u64,
            available: file.is_some_and(|f| f.available),
            format: text(p.format),
            sample_rate: p.sample_rate,
            frames: Frames(p.frames),
            title: text(p.title),
            artist: text(p.artist),
            album: text(p.album),
            album_artist: text(p.album_artist),
            track_no: p.track_no,
            disc_no: p.disc_no,
            track_gain_db: p.track_gain_db,
            track_peak: p.track_peak,
            album_gain_db: p.album_gain_db,
            album_peak: p.album_peak,
            fault: p.fault.map(text),
            part: track_row::part_of([p.part, p.parts, p.first_frame, p.file_frames]),
        };
        TrackRow {
            track: Arc::new(track),
            path: file.map(|f| f.path.clone()).unwrap_or_default(),
            mtime_ns: file.map_or(0, |f| f.mtime_ns),
            inode: file.map_or(0, |f| f.inode),
            channels: p.channels,
            sample_exact: p.sample_exact == 1,
            artists: texts(p.artists),
            album_artists: texts(p.album_artists),
            genre: text(p.genre),
            genres: texts(p.genres),
            composer: text(p.composer),
            details: p.details.map_or_else(Details::none, Details::shared),
            year: p.year,
            added: p.added,
            modified: p.modified,
            track_gain_from: source(p.track_gain_from),
            album_gain_from: source(p.album_gain_from),
            loudness_lufs: p.loudness_lufs,
            cover: p.cover.map(text),
            done: p.done,
            warning: p.warning.map(text),
            scan_version: p.scan_version,
            source: p.source,
            sheet: p.sheet.map(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use downbeat_zone::Part;

    use super::*;

    fn odd(path: &[u8]) -> TrackRow {
        let texts = |texts: &[&str]| texts.iter().map(|t| Text::from(*t)).collect();
        TrackRow::unknown(TrackId::random(), OsString::from_vec(path.to_vec()).into()).with(|t| {
            t.hash = "00ff".into();
            t.bytes = u64::from(u32::MAX) * 3;
            t.mtime_ns = i64::MAX - 1;
            t.inode = u64::MAX;
            t.available = true;
            t.title = "\"quoted\", \\ and\nlines\u{1}\u{7f} é 夜 \u{1F3B5}".into();
            t.artist = "A, \"B\"".into();
            t.artists = texts(&["A", "\"B\"", ""]);
            t.genres = texts(&["[]"]);
            t.track_no = Some(0);
            t.year = Some(1999);
            t.track_gain_db = Some(-7.123_457);
            t.track_peak = Some(f32::MIN_POSITIVE);
            t.track_gain_from = Some(GainSource::Tags);
            t.album_gain_from = Some(GainSource::Measured);
            t.loudness_lufs = Some(-70.0);
            t.cover = Some("".into());
            t.fault = Some("x".into());
            t.done = u32::MAX;
            t.sample_exact = true;
            let (hash, format) = ("\"q".into(), "wma".into());
            t.source = Some(Box::new(SourceFile { bytes: 7, hash, format }));
            t.sheet = Some("own".into());
            let (work, composers) = ("\"W\"\n".into(), vec!["A".into(), "夜".into()]);
            t.details = Details { work, composers, disc_total: Some(2), ..Details::default() }.shared();
            t.part = Some(Box::new(Part { number: 2, count: 3, first: Frames(588), file_frames: Frames(i64::MAX) }));
        })
    }

    async fn store_with(tracks: &[TrackRow]) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        store.save_tracks(tracks).await.unwrap();
        (dir, store)
    }

    fn sorted(mut tracks: Vec<TrackRow>) -> Vec<TrackRow> {
        tracks.sort_by_key(|t| t.id);
        tracks
    }

    #[tokio::test]
    async fn a_part_is_read_at_once_whatever_is_in_it() {
        let tracks: Vec<_> =
            [&b"/m/\xff\xfe\"\\\n\x01.flac"[..], "/m/夜.flac".as_bytes(), b"/a"].map(odd).into_iter().collect();
        let (_dir, store) = store_with(&tracks).await;
        let row = sqlx::query(PACKED).bind(1).bind(PART).fetch_one(store.readers()).await.unwrap();
        let packed: Vec<Packed> = serde_json::from_slice(row.try_get(0).unwrap()).unwrap();
        let files = store.load_files().await.unwrap();
        assert_eq!(sorted(packed.into_iter().map(|p| p.with_file(&files)).collect()), sorted(tracks));
    }

    #[tokio::test]
    async fn what_json_cannot_say_is_read_all_the_same() {
        let endless = odd(b"/a").with(|t| t.track_peak = Some(f32::INFINITY));
        let tracks = vec![endless, odd(b"/b")];
        let (_dir, store) = store_with(&tracks).await;
        assert_eq!(sorted(store.load_tracks().await.unwrap()), sorted(tracks));
    }

    #[tokio::test]
    async fn many_parts_are_one_library() {
        // seven of a file, so that a file's tracks lie on both sides of a part's end
        let track = |i: usize| {
            let part = Part { number: i as u32 % 7 + 1, count: 7, first: Frames(0), file_frames: Frames(9) };
            let path = PathBuf::from(format!("/m/{}", i / 7));
            TrackRow::unknown(TrackId::random(), path).with(|t| t.part = Some(Box::new(part)))
        };
        let tracks: Vec<_> = (0..2 * PART as usize + 7).map(track).collect();
        let (_dir, store) = store_with(&tracks).await;
        // As after many were forgotten.
        sqlx::query("UPDATE tracks SET rowid = rowid + 100000 WHERE rowid > 700")
            .execute(&store.0.writer)
            .await
            .unwrap();
        assert_eq!(sorted(store.load_tracks().await.unwrap()), sorted(tracks));
    }
}
