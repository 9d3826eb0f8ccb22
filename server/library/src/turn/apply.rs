//! What becomes of a track whose file was turned, or could not be.

use downbeat_protocol::Frames;
use downbeat_store::{GainSource, SourceFile, Text, TrackRow};

use super::shop::FAILED;
use crate::{
    done::{SOUND_DONE, TO_TURN, TURN_FAILED},
    sound::Sound,
    tags::{self, Tags},
};

/// The FLAC that was made of a file.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) hash: String,
    pub(crate) bytes: u64,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u16,
    pub(crate) frames: u64,
    /// From the first frame that was encoded to the last.
    pub(crate) is_exact: bool,
    pub(crate) sound: Sound,
    pub(crate) tags: Tags,
    pub(crate) warning: Option<String>,
    /// The usual ending of the file itself, and its hash.
    pub(crate) format: &'static str,
    pub(crate) source_hash: String,
}

/// The track is now what was made.
pub(crate) fn made(row: &mut TrackRow, made: Made) {
    if row.source.is_none() {
        let (bytes, format) = (row.bytes, made.format.to_owned());
        row.source = Some(Box::new(SourceFile { bytes, hash: made.source_hash, format }));
        // What was said of it was said of the part of it that is decoded here.
        row.warning = None;
    }
    row.hash = made.hash;
    row.bytes = made.bytes;
    row.format = "flac".into();
    row.sample_rate = made.sample_rate;
    row.channels = made.channels;
    row.frames = Frames(made.frames as i64);
    row.sample_exact = made.is_exact;
    row.fault = None;
    row.done = (row.done | TO_TURN) & !(TURN_FAILED | SOUND_DONE);
    if let Some(warning) = made.warning {
        row.warning = Some(warning.into());
    }
    name(row, made.tags);
}

/// Adds the tags that no reader here could read.
fn name(row: &mut TrackRow, tags: Tags) {
    let is_nameless = row.artist.is_empty() && row.album.is_empty() && *row.title == *tags::title_from_name(&row.path);
    if !is_nameless || tags == Tags::default() {
        return;
    }
    let texts = |values: Vec<String>| values.into_iter().map(Text::from).collect();
    if !tags.title.is_empty() {
        row.title = tags.title.into();
    }
    row.artist = tags.artist.into();
    row.artists = texts(tags.artists);
    row.album = tags.album.into();
    row.album_artist = tags.album_artist.into();
    row.album_artists = texts(tags.album_artists);
    row.genre = tags.genre.into();
    row.genres = texts(tags.genres);
    row.composer = tags.composer.into();
    row.details = tags.details.shared();
    (row.track_no, row.disc_no, row.year) = (tags.track_no, tags.disc_no, tags.year);
    if let Some(gain) = tags.gains.track_db {
        (row.track_gain_db, row.track_gain_from) = (Some(gain), Some(GainSource::Tags));
        row.track_peak = tags.gains.track_peak;
    }
    if let Some(gain) = tags.gains.album_db {
        (row.album_gain_db, row.album_gain_from) = (Some(gain), Some(GainSource::Tags));
        row.album_peak = tags.gains.album_peak;
    }
}

/// Takes over the names that only ffmpeg could read.
pub(crate) fn keep_names(row: &mut TrackRow, old: &TrackRow) {
    let is_nameless = row.artist.is_empty() && row.album.is_empty() && *row.title == *tags::title_from_name(&row.path);
    let had = !old.artist.is_empty() || !old.album.is_empty() || *old.title != *tags::title_from_name(&old.path);
    if !is_nameless || !had {
        return;
    }
    (row.title, row.artist, row.album) = (old.title.clone(), old.artist.clone(), old.album.clone());
    (row.artists, row.album_artists) = (old.artists.clone(), old.album_artists.clone());
    row.album_artist = old.album_artist.clone();
    (row.genre, row.genres, row.composer) = (old.genre.clone(), old.genres.clone(), old.composer.clone());
    row.details = old.details.clone();
    (row.track_no, row.disc_no, row.year) = (old.track_no, old.disc_no, old.year);
    if old.track_gain_from == Some(GainSource::Tags) {
        (row.track_gain_db, row.track_peak, row.track_gain_from) =
            (old.track_gain_db, old.track_peak, old.track_gain_from);
    }
    if old.album_gain_from == Some(GainSource::Tags) {
        (row.album_gain_db, row.album_peak, row.album_gain_from) =
            (old.album_gain_db, old.album_peak, old.album_gain_from);
    }
}

/// It cannot be turned. A file that plays in part goes on doing so.
pub(crate) fn failed(row: &mut TrackRow, reason: &str) {
    row.done |= TO_TURN | TURN_FAILED;
    let had = take_back(row);
    if had || row.fault.is_some() {
        row.fault = Some(format!("{FAILED}{reason}").into());
    }
}

/// It could not be turned just now. What plays, or would if it were made again, stays as it is.
pub(crate) fn later(row: &mut TrackRow, reason: &str) {
    if row.source.is_none() && row.fault.is_some() {
        row.fault = Some(format!("{FAILED}{reason}. It will be tried again").into());
    }
}

/// Of a track that was turned, its file is all that is left.
fn take_back(row: &mut TrackRow) -> bool {
    let Some(source) = row.source.take() else { return false };
    row.hash = source.hash;
    row.bytes = source.bytes;
    row.format = source.format.into();
    true
}
