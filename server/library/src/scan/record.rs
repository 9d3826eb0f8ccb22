//! The row of a track, from what was read of its file and what was known before.

use std::sync::Arc;

use downbeat_protocol::{Frames, TrackId};
use downbeat_store::{GainSource, Text, TrackRow};
use downbeat_zone::{Part, Track};

use crate::{
    cue::Piece,
    done::{SOUND_DONE, TO_TURN, TURN_FAILED},
    endings,
    identity::Reading,
    inspect::Inspected,
    probe::Facts,
    separators::Separators,
    sound, tags,
    turn::apply,
};

/// Raise this when a scan learns more or better than before: every file is then read once more.
const SCANNER: u32 = 5;
/// The bits of a version that are the scanner's; above them is how it parts names.
const SCANNER_BITS: u32 = 8;
/// From this one on the decoders make no noise of some kinds of files.
const MENDED_DECODERS: u32 = 3;

/// The version of this scanner with these separators: what was read with others is read once more.
pub(super) fn version_with(separators: &Separators) -> u32 {
    SCANNER | separators.mark() << SCANNER_BITS
}

fn scanner_of(version: u32) -> u32 {
    version & ((1 << SCANNER_BITS) - 1)
}

/// The readings of the tracks that a file holds, each with the part that it is; one without a part: it is one track.
pub(super) fn split((found, mut inspected): Reading) -> Vec<(Reading, Option<Part>)> {
    let pieces = std::mem::take(&mut inspected.pieces);
    let file_frames = inspected.facts.as_ref().map_or(Frames(0), |facts| facts.frames);
    if pieces.is_empty() {
        return vec![((found, inspected), None)];
    }
    let count = pieces.len() as u32;
    let part_of = |(number, piece): (u32, Piece)| {
        let facts = inspected.facts.clone().map(|facts| Facts { frames: piece.frames, ..facts });
        let its = Inspected { tags: piece.tags, facts, ..inspected.clone() };
        ((found.clone(), its), Some(Part { number, count, first: piece.first, file_frames }))
    };
    (1..).zip(pieces).map(part_of).collect()
}

/// The track that was read from a file, or from a part of it. What was found out about its content before is kept if
/// that is the same.
pub(super) fn track_of(
    id: TrackId,
    ((found, inspected), part): (Reading, Option<Part>),
    old: Option<&TrackRow>,
    now: i64,
    version: u32,
) -> TrackRow {
    let Inspected { stat, hash, facts, tags, sheet, foreign, .. } = inspected;
    let ending = endings::ending(&found.path);
    let title = if tags.title.is_empty() { tags::title_from_name(&found.path) } else { tags.title };
    let (fault, facts) = match facts {
        Ok(facts) => (None, Some(facts)),
        Err(fault) => (Some(fault.into()), None),
    };
    let kind = foreign.map(|kind| kind.format.to_owned());
    let texts = |values: Vec<String>| values.into_iter().map(Text::from).collect();
    let from_tags = |gain: Option<f32>| gain.map(|_| GainSource::Tags);
    let track = Track {
        hash,
        bytes: stat.bytes,
        sample_rate: facts.as_ref().map_or(0, |f| f.sample_rate),
        frames: facts.as_ref().map_or(Frames(0), |f| f.frames),
        part: part.map(Box::new),
        format: facts.as_ref().map(|f| f.format.clone()).or(kind).unwrap_or(ending).into(),
        title: title.into(),
        artist: tags.artist.into(),
        album: tags.album.into(),
        album_artist: tags.album_artist.into(),
        track_no: tags.track_no,
        disc_no: tags.disc_no,
        track_gain_db: tags.gains.track_db,
        track_peak: tags.gains.track_peak,
        album_gain_db: tags.gains.album_db,
        album_peak: tags.gains.album_peak,
        fault,
        ..Track::unknown(id)
    };
    let mut row = TrackRow {
        track: Arc::new(track),
        mtime_ns: stat.mtime_ns,
        inode: stat.inode,
        added: old.map_or(now, |old| old.added),
        modified: found.stat.mtime_ns.div_euclid(1_000_000_000),
        channels: facts.as_ref().map_or(0, |f| f.channels),
        sample_exact: facts.as_ref().is_some_and(|f| f.sample_exact),
        warning: warning(facts.as_ref().and_then(|f| f.warning.clone()), tags.faults),
        artists: texts(tags.artists),
        album_artists: texts(tags.album_artists),
        genre: tags.genre.into(),
        genres: texts(tags.genres),
        composer: tags.composer.into(),
        details: tags.details.shared(),
        year: tags.year,
        track_gain_from: from_tags(tags.gains.track_db),
        album_gain_from: from_tags(tags.gains.album_db),
        scan_version: version,
        sheet: sheet.map(Into::into),
        done: if foreign.is_some() { TO_TURN } else { 0 },
        ..TrackRow::unknown(id, found.path)
    };
    if let Some(old) = old.filter(|_| foreign.is_some()) {
        keep_turned(&mut row, old);
    }
    if let Some(old) = old.filter(|old| (old.first_frame(), old.frames) == (row.first_frame(), row.frames)) {
        take_over(&mut row, old);
    }
    row
}

/// All that is wrong with a file though it plays, in one text.
fn warning(sound: Option<String>, tags: Vec<String>) -> Option<Text> {
    let all: Vec<String> = sound.into_iter().chain(tags).collect();
    (!all.is_empty()).then(|| all.join("; ").into())
}

/// Of the very same file what was made of it is still there; and what could not be made of it still cannot.
fn keep_turned(track: &mut TrackRow, old: &TrackRow) {
    let same_file = track.bytes == old.file_bytes() && track.mtime_ns == old.mtime_ns;
    let same_bytes = !track.hash.is_empty() && track.hash == old.file_hash();
    if !same_file && !same_bytes {
        return;
    }
    if old.source.is_some() {
        track.source.clone_from(&old.source);
        track.hash.clone_from(&old.hash);
        track.bytes = old.bytes;
        track.format = old.format.clone();
        (track.sample_rate, track.channels, track.frames) = (old.sample_rate, old.channels, old.frames);
        (track.sample_exact, track.fault) = (old.sample_exact, None);
        track.warning.clone_from(&old.warning);
        apply::keep_names(track, old);
    } else if old.done & TURN_FAILED != 0 && old.scan_version == track.scan_version {
        track.done |= TURN_FAILED;
        track.fault.clone_from(&old.fault);
    }
}

/// Takes over the facts that are still true of a file of the same length: for the same bytes all of them, for others
/// those that will be measured again.
fn take_over(track: &mut TrackRow, old: &TrackRow) {
    let same_file = track.file_bytes() == old.file_bytes() && track.mtime_ns == old.mtime_ns;
    let same_bytes = if track.file_hash().is_empty() { same_file } else { track.file_hash() == old.file_hash() };
    if same_bytes {
        track.hash.clone_from(&old.hash);
        // A scan says anew what is to be turned.
        let turning = TO_TURN | TURN_FAILED;
        track.done = old.done & !turning | track.done & turning;
        if scanner_of(old.scan_version) < MENDED_DECODERS && sound::may_have_been_noise(track) {
            track.done &= !SOUND_DONE;
        }
        if old.scan_version == track.scan_version {
            track.warning = track.warning.take().or_else(|| old.warning.clone());
        } else if old.warning.is_some() {
            // Perhaps more can be read of its picture, or of its sound, by now.
            track.done &= TO_TURN | TURN_FAILED;
        }
    }
    track.cover.clone_from(&old.cover);
    track.loudness_lufs = old.loudness_lufs;
    if track.track_gain_from.is_none() && old.track_gain_from == Some(GainSource::Measured) {
        (track.track_gain_db, track.track_gain_from) = (old.track_gain_db, old.track_gain_from);
        track.track_peak = track.track_peak.or(old.track_peak);
    }
    if track.album_gain_from.is_none() && old.album_gain_from == Some(GainSource::Measured) {
        (track.album_gain_db, track.album_gain_from) = (old.album_gain_db, old.album_gain_from);
        track.album_peak = track.album_peak.or(old.album_peak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::a_track;

    #[test]
    fn what_a_mended_decoder_made_noise_of_is_listened_to_once_more() {
        let six_channels = |format: &str| a_track("a").with(|t| (t.format, t.channels) = (format.into(), 6));
        for (format, version, is_done) in [("ogg", 2, false), ("ogg", SCANNER, true), ("flac", 2, true)] {
            let old = six_channels(format).with(|t| (t.scan_version, t.done) = (version, SOUND_DONE));
            let mut new = six_channels(format);
            take_over(&mut new, &old);
            assert_eq!(new.done & SOUND_DONE != 0, is_done, "{format}, read by version {version}");
        }
    }
}
