//! The rows of the play history: reports, plays, stretches.

use downbeat_protocol::{ClockId, EntryId, Frames, SpeakerId, TrackId, ZoneId};
use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use crate::row::narrowed;

/// How the instant of a stretch is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// By the coordinator's clock.
    Coordinator,
    /// By the speaker's wall clock: the coordinator's clock of that time is not known any more.
    Speaker,
    /// By when it was told: at the latest then.
    Arrival,
}

/// The report of a speaker, with all that is to be known of it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayReport {
    /// The zone.
    pub zone: ZoneId,
    /// The name of the zone.
    pub zone_name: String,
    /// The occurrence.
    pub entry: EntryId,
    /// The track.
    pub track: TrackFacts,
    /// True if `track` names this very file. Else the names that it had when it was played before go first.
    pub certain: bool,
    /// The stretch that was sounded, and the speaker that sounded it.
    pub stretch: StretchRow,
    /// The clock that the speaker named in its report.
    pub clock: ClockId,
    /// The instant of that clock at which the stretch began, microseconds, as it was reported.
    pub at_us: i64,
}

/// A track as it was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrackFacts {
    /// Its id.
    pub id: Uuid,
    /// Its file.
    pub hash: String,
    /// Its title.
    pub title: String,
    /// Its artists, with commas.
    pub artist: String,
    /// Its album.
    pub album: String,
    /// Its composers, with commas.
    pub composer: String,
}

/// The stretch that one speaker sounded without a break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StretchRow {
    /// Its number; 0 if it has none yet.
    pub number: i64,
    /// The speaker.
    pub speaker: SpeakerId,
    /// The name that the speaker had.
    pub speaker_name: String,
    /// The first frame was heard then, microseconds since 1970.
    pub start_us: i64,
    /// The last frame had been heard then.
    pub end_us: i64,
    /// How these are known.
    pub known_by: KnownBy,
    /// The file's frames a second.
    pub sample_rate: u32,
    /// The first frame.
    pub from: Frames,
    /// The frame before which it ended.
    pub to: Frames,
    /// Frames in between that were not sounded.
    pub missing: Frames,
    /// True if it could be heard: not muted, no volume of 0.
    pub audible: bool,
    /// The speaker went down: it may have sounded some seconds longer.
    pub cut: bool,
}

impl StretchRow {
    /// How long it was heard, seconds; 0 if it could not be heard.
    pub fn heard_seconds(&self) -> f64 {
        let frames = (self.to.0 - self.from.0 - self.missing.0).max(0);
        if self.audible { frames as f64 / f64::from(self.sample_rate.max(1)) } else { 0.0 }
    }
}

/// Something that was played in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayRow {
    /// Its number.
    pub number: i64,
    /// The zone.
    pub zone: ZoneId,
    /// The name that the zone had.
    pub zone_name: String,
    /// The occurrence.
    pub entry: EntryId,
    /// The track.
    pub track: TrackFacts,
    /// When it began, microseconds since 1970.
    pub began_us: i64,
    /// When it had ended.
    pub ended_us: i64,
    /// True if any of it could be heard.
    pub audible: bool,
}

/// The part of the history that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Only in this zone.
    pub zone: Option<ZoneId>,
    /// Only by this speaker.
    pub speaker: Option<SpeakerId>,
    /// Only this track.
    pub track: Option<TrackId>,
    /// Only what began then or later, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Only what began before.
    pub to_us: Option<i64>,
    /// Only what could be heard.
    pub audible: bool,
}

pub(super) fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

pub(super) fn id(row: &SqliteRow, column: &'static str) -> sqlx::Result<Uuid> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|e| sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(e) })
}

pub(super) fn decode_play(row: &SqliteRow) -> sqlx::Result<PlayRow> {
    Ok(PlayRow {
        number: row.try_get("play")?,
        zone: ZoneId(id(row, "zone")?),
        zone_name: row.try_get("zone_name")?,
        entry: EntryId(id(row, "entry")?),
        track: TrackFacts {
            id: id(row, "track")?,
            hash: row.try_get("hash")?,
            title: row.try_get("title")?,
            artist: row.try_get("artist")?,
            album: row.try_get("album")?,
            composer: row.try_get("composer")?,
        },
        began_us: row.try_get("began_us")?,
        ended_us: row.try_get("ended_us")?,
        audible: row.try_get("any_audible")?,
    })
}

pub(super) fn decode_stretch(row: &SqliteRow) -> sqlx::Result<StretchRow> {
    Ok(StretchRow {
        number: row.try_get("stretch")?,
        speaker: SpeakerId(id(row, "speaker")?),
        speaker_name: row.try_get("speaker_name")?,
        start_us: row.try_get("start_us")?,
        end_us: row.try_get("end_us")?,
        known_by: match row.try_get::<i64, _>("known_by")? {
            0 => KnownBy::Coordinator,
            1 => KnownBy::Speaker,
            _ => KnownBy::Arrival,
        },
        sample_rate: narrowed(row, "sample_rate")?,
        from: Frames(row.try_get("from_frames")?),
        to: Frames(row.try_get("to_frames")?),
        missing: Frames(row.try_get("missing")?),
        audible: row.try_get("audible")?,
        cut: row.try_get("cut")?,
    })
}
