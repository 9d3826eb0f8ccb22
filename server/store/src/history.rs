//! The play history. Rows are only added, the oldest trimmed; all that is asked of it is answered from an index.
//!
//! A *stretch* is what one speaker sounded of an entry without a break; a *play* is all stretches of an entry in a zone
//! that lie no further apart than a minute: of many speakers, before and after a short pause.

use std::{collections::HashMap, ops::Range};

use downbeat_protocol::{ClockId, EntryId, Frames, SpeakerId, TrackId, ZoneId};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    Store, StoreError,
    index::{Cursor, ListError, Page, Part, order},
    narrowed,
};

/// Stretches further apart are different plays, microseconds.
const SAME_PLAY_US: i64 = 60_000_000;
/// So many clocks are remembered: one a boot of the coordinator's machine.
const CLOCKS: i64 = 64;

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
pub struct Told {
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
    /// As it was told.
    pub clock: ClockId,
    /// As it was told.
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

/// Plays whose stretches are counted at once.
const COUNTED_TOGETHER: usize = 16;
/// Tracks and names that go in one transaction.
const TIDIED_TOGETHER: usize = 200;
/// Tables of what is named by number, and when a row of theirs is not named by any.
pub(super) const UNUSED: [(&str, &str); 2] = [
    ("history_tracks", "NOT EXISTS (SELECT 1 FROM plays WHERE what = history_tracks.id)"),
    (
        "history_names",
        "NOT EXISTS (SELECT 1 FROM plays WHERE zone_name = history_names.id)
         AND NOT EXISTS (SELECT 1 FROM stretches WHERE speaker_name = history_names.id)",
    ),
];

const PLAY: &str = "p.play, p.zone, z.name AS zone_name, p.entry, p.began_us, p.ended_us, p.audible AS any_audible,
    t.track, t.hash, t.title, t.artist, t.album, t.composer";
const STRETCH: &str = "s.stretch, s.of_play, s.speaker, n.name AS speaker_name, s.start_us, s.end_us, s.known_by,
    s.sample_rate, s.from_frames, s.to_frames, s.missing, s.audible, s.cut";

impl Store {
    /// Keeps what speakers told: on disk when this comes back. What was told before is not doubled; how many were new.
    pub async fn save_history(&self, told: &[Told], dropped: &[(SpeakerId, u64)]) -> Result<usize, StoreError> {
        let fail = |e| self.fail(e);
        let mut tx = self.write().await?;
        let (mut new, mut names) = (0, Names::new());
        for told in told {
            new += usize::from(save(&mut tx, told, &mut names).await.map_err(fail)?);
        }
        for (speaker, dropped) in dropped {
            sqlx::query(
                "INSERT INTO history_dropped (speaker, dropped) VALUES (?, ?)
                 ON CONFLICT (speaker) DO UPDATE SET dropped = max(dropped, excluded.dropped)",
            )
            .bind(speaker.0.as_bytes().as_slice())
            .bind(i64::try_from(*dropped).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        }
        self.commit(tx).await?;
        Ok(new)
    }

    /// How many stretches speakers had to drop, ever.
    pub async fn history_dropped(&self) -> Result<u64, StoreError> {
        let sum: i64 = sqlx::query_scalar("SELECT coalesce(sum(dropped), 0) FROM history_dropped")
            .fetch_one(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        Ok(sum as u64)
    }

    /// The plays, the latest beginning first.
    pub async fn list_plays(&self, filter: &HistoryFilter, part: Part) -> Result<Page<PlayRow>, ListError> {
        let query = plays_query("SELECT ", filter);
        self.fetch_page_turned(query, order::PLAYS, true, part, decode_play).await
    }

    /// The stretches that each speaker sounded, the latest beginning first, with the play that each is of.
    pub async fn list_stretches(
        &self,
        filter: &HistoryFilter,
        part: Part,
    ) -> Result<Page<(StretchRow, PlayRow)>, ListError> {
        let query = stretches_query("SELECT ", filter);
        let both = |row: &SqliteRow| Ok((decode_stretch(row)?, decode_play(row)?));
        self.fetch_page_turned(query, order::STRETCHES, true, part, both).await
    }

    /// The same, each with its stretches by beginning. The page ends before it holds more than `most` stretches, unless
    /// its first play alone does.
    pub async fn list_plays_whole(
        &self,
        filter: &HistoryFilter,
        part: Part,
        most: u64,
    ) -> Result<Page<(PlayRow, Vec<StretchRow>)>, ListError> {
        let Page { mut items, mut next } = self.list_plays(filter, part).await?;
        let fit = self.count_fitting(&items, most).await?;
        if fit < items.len() {
            items.truncate(fit);
            next = items.last().map(|play| Cursor::at(order::PLAYS, &[play.began_us, play.number]));
        }
        let numbers: Vec<i64> = items.iter().map(|p| p.number).collect();
        let mut stretches: HashMap<i64, Vec<StretchRow>> = HashMap::new();
        for (play, stretch) in self.stretches_of(&numbers).await? {
            stretches.entry(play).or_default().push(stretch);
        }
        let whole = |play: PlayRow| {
            let own = stretches.remove(&play.number).unwrap_or_default();
            (play, own)
        };
        Ok(Page { items, next }.map(whole))
    }

    /// How many of the first of these plays, at least one, have no more than `most` stretches together.
    async fn count_fitting(&self, plays: &[PlayRow], most: u64) -> Result<usize, StoreError> {
        let (mut fit, mut sum) = (0, 0);
        // few at once: what does not fit is not counted
        for some in plays.chunks(COUNTED_TOGETHER) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT of_play, count(*) FROM stretches WHERE of_play IN (");
            let mut list = query.separated(", ");
            for play in some {
                list.push_bind(play.number);
            }
            query.push(") GROUP BY of_play");
            let counts: Vec<(i64, i64)> =
                query.build_query_as().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
            let counts: HashMap<i64, i64> = counts.into_iter().collect();
            for play in some {
                sum += counts.get(&play.number).map_or(0, |count| *count as u64);
                if sum > most && fit > 0 {
                    return Ok(fit);
                }
                fit += 1;
            }
        }
        Ok(fit)
    }

    /// The stretches of these plays, with the plays' numbers, by play and beginning.
    pub async fn stretches_of(&self, plays: &[i64]) -> Result<Vec<(i64, StretchRow)>, StoreError> {
        if plays.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(STRETCH);
        query.push(" FROM stretches s JOIN history_names n ON n.id = s.speaker_name WHERE s.of_play IN (");
        let mut list = query.separated(", ");
        for play in plays {
            list.push_bind(*play);
        }
        query.push(") ORDER BY s.of_play, s.start_us, s.stretch");
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        self.decode("stretches", &rows, |row| Ok((row.try_get("of_play")?, decode_stretch(row)?)))
    }

    /// Lets go of plays that began and ended within `past`, microseconds since 1970, and of the oldest while there are more than `most` stretches; of
    /// `batch` plays at most. How many went.
    pub async fn trim_history(&self, past: Range<i64>, most: u64, batch: u32) -> Result<u64, StoreError> {
        let fail = |e| self.fail(e);
        // numbers are given out in order, so that this is never less than there are
        let count: i64 = sqlx::query_scalar("SELECT coalesce(max(stretch) - min(stretch) + 1, 0) FROM stretches")
            .fetch_one(self.readers())
            .await
            .map_err(fail)?;
        let surplus = count as u64 > most && self.count_stretches().await? > most;
        let mut tx = self.write().await?;
        // with a surplus whatever is oldest goes
        let past = if surplus { i64::MIN..i64::MAX } else { past };
        let gone = sqlx::query(
            "DELETE FROM plays WHERE play IN
                 (SELECT play FROM plays WHERE began_us >= ?3 AND began_us < ?1 AND ended_us < ?1
                     ORDER BY began_us LIMIT ?2)",
        )
        .bind(past.end)
        .bind(batch)
        .bind(past.start)
        .execute(&mut *tx)
        .await
        .map_err(fail)?
        .rows_affected();
        self.commit(tx).await?;
        Ok(gone)
    }

    /// Lets go of names and tracks that nothing names any more. They are looked for without keeping others from
    /// writing.
    pub async fn tidy_history(&self) -> Result<(), StoreError> {
        for (table, unused) in UNUSED {
            let query = QueryBuilder::<Sqlite>::new(format!("SELECT id FROM {table} WHERE {unused}"));
            let ids: Vec<i64> =
                { query }.build_query_scalar().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
            for some in ids.chunks(TIDIED_TOGETHER) {
                // one may have come into use meanwhile
                let mut query = QueryBuilder::<Sqlite>::new(format!("DELETE FROM {table} WHERE {unused} AND id IN ("));
                let mut list = query.separated(", ");
                for id in some {
                    list.push_bind(*id);
                }
                query.push(")");
                let mut tx = self.write().await?;
                query.build().execute(&mut *tx).await.map_err(|e| self.fail(e))?;
                self.commit(tx).await?;
            }
        }
        Ok(())
    }

    async fn count_stretches(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM stretches")
            .fetch_one(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        Ok(count as u64)
    }

    /// Dates anew what `clock` timed and what is dated before `earliest_us`: the wall clock was not set then.
    pub async fn date_history_anew(&self, clock: ClockId, offset_us: i64, earliest_us: i64) -> Result<(), StoreError> {
        let fail = |e| self.fail(e);
        let mut tx = self.write().await?;
        let plays: Vec<i64> = sqlx::query_scalar(
            "UPDATE stretches SET start_us = at_us + ?1, end_us = end_us - start_us + at_us + ?1
             WHERE start_us < ?2 AND clock = ?3 RETURNING of_play",
        )
        .bind(offset_us)
        .bind(earliest_us)
        .bind(bytes(clock.0))
        .fetch_all(&mut *tx)
        .await
        .map_err(fail)?;
        for play in plays {
            sqlx::query(
                "UPDATE plays SET began_us = (SELECT min(start_us) FROM stretches WHERE of_play = ?1),
                     ended_us = (SELECT max(end_us) FROM stretches WHERE of_play = ?1) WHERE play = ?1",
            )
            .bind(play)
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        }
        self.commit(tx).await
    }

    /// Notes what makes UTC of a clock's instants. Whatever was noted later than now was noted by a wrong clock, and
    /// goes.
    pub async fn note_clock(&self, clock: ClockId, offset_us: i64, now_us: i64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT OR REPLACE INTO history_clocks (clock, offset_us, noted_us) VALUES (?, ?, ?)")
            .bind(bytes(clock.0))
            .bind(offset_us)
            .bind(now_us)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        sqlx::query(
            "DELETE FROM history_clocks WHERE noted_us > ?1 OR clock NOT IN
                 (SELECT clock FROM history_clocks ORDER BY noted_us DESC LIMIT ?2)",
        )
        .bind(now_us)
        .bind(CLOCKS)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        self.commit(tx).await
    }

    /// The offset that makes UTC of a clock's instants, and the instant at which it was noted, both microseconds, for
    /// each clock.
    pub async fn clock_offsets(&self) -> Result<Vec<(ClockId, i64, i64)>, StoreError> {
        let rows = sqlx::query("SELECT clock, offset_us, noted_us FROM history_clocks")
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        self.decode("history_clocks", &rows, |row| {
            Ok((ClockId(id(row, "clock")?), row.try_get("offset_us")?, row.try_get("noted_us")?))
        })
    }
}

/// The query of `list_plays`, but for order and page.
pub(super) fn plays_query(select: &str, filter: &HistoryFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new(select);
    query.push(PLAY).push(
        " FROM plays p JOIN history_tracks t ON t.id = p.what JOIN history_names z ON z.id = p.zone_name WHERE true",
    );
    push_range(&mut query, filter, "p.began_us");
    if let Some(zone) = filter.zone {
        query.push(" AND p.zone = ").push_bind(bytes(zone.0));
    }
    if let Some(track) = filter.track {
        push_track(&mut query, track, "p.what");
    }
    if let Some(speaker) = filter.speaker {
        // most plays of its zone are its own, so that few are looked at in vain; none later than its last is
        let speaker = bytes(speaker.0);
        query.push(" AND p.began_us <= (SELECT max(start_us) FROM stretches WHERE speaker = ");
        query.push_bind(speaker.clone());
        query.push(") AND EXISTS (SELECT 1 FROM stretches s WHERE s.of_play = p.play AND s.speaker = ");
        query.push_bind(speaker).push(")");
    }
    if filter.audible {
        query.push(" AND p.audible");
    }
    query
}

/// The query of `list_stretches`, but for order and page.
pub(super) fn stretches_query(select: &str, filter: &HistoryFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new(select);
    query.push(STRETCH).push(", ").push(PLAY);
    // CROSS JOIN: what is wanted of one track is found by its plays, all else along an index of stretches
    query.push(if filter.track.is_some() {
        " FROM plays p CROSS JOIN stretches s ON s.of_play = p.play"
    } else {
        " FROM stretches s CROSS JOIN plays p ON p.play = s.of_play"
    });
    query.push(
        " CROSS JOIN history_tracks t ON t.id = p.what CROSS JOIN history_names z ON z.id = p.zone_name
          CROSS JOIN history_names n ON n.id = s.speaker_name WHERE true",
    );
    push_range(&mut query, filter, "s.start_us");
    if let Some(zone) = filter.zone {
        query.push(" AND s.in_zone = ").push_bind(bytes(zone.0));
    }
    if let Some(track) = filter.track {
        push_track(&mut query, track, "p.what");
    }
    if let Some(speaker) = filter.speaker {
        query.push(" AND s.speaker = ").push_bind(bytes(speaker.0));
    }
    if filter.audible {
        query.push(" AND s.audible");
    }
    query
}

fn push_track(query: &mut QueryBuilder<Sqlite>, track: TrackId, column: &str) {
    query.push(" AND ").push(column).push(" IN (SELECT id FROM history_tracks WHERE track = ");
    query.push_bind(bytes(track.0)).push(")");
}

fn push_range(query: &mut QueryBuilder<Sqlite>, filter: &HistoryFilter, column: &str) {
    if let Some(from) = filter.from_us {
        query.push(" AND ").push(column).push(" >= ").push_bind(from);
    }
    if let Some(to) = filter.to_us {
        query.push(" AND ").push(column).push(" < ").push_bind(to);
    }
}

/// Names that were looked up in this transaction, with their rows.
type Names<'a> = HashMap<(Uuid, &'a str), i64>;

/// Saves a report, and answers true if it was new.
async fn save<'a>(db: &mut SqliteConnection, told: &'a Told, names: &mut Names<'a>) -> sqlx::Result<bool> {
    let s = &told.stretch;
    let before: Option<i64> = sqlx::query_scalar(
        "SELECT s.stretch FROM stretches s JOIN plays p ON p.play = s.of_play
         WHERE s.at_us = ? AND s.speaker = ? AND s.clock = ? AND s.from_frames = ? AND p.entry = ?",
    )
    .bind(told.at_us)
    .bind(bytes(s.speaker.0))
    .bind(bytes(told.clock.0))
    .bind(s.from.0)
    .bind(bytes(told.entry.0))
    .fetch_optional(&mut *db)
    .await?;
    if before.is_some() {
        return Ok(false);
    }
    let zone_name = name(db, told.zone.0, &told.zone_name, names).await?;
    let speaker_name = name(db, s.speaker.0, &s.speaker_name, names).await?;
    let play = play(db, told, zone_name).await?;
    sqlx::query(
        "INSERT INTO stretches (of_play, in_zone, speaker, speaker_name, start_us, end_us, known_by, sample_rate, from_frames,
             to_frames, missing, audible, cut, clock, at_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(play)
    .bind(bytes(told.zone.0))
    .bind(bytes(s.speaker.0))
    .bind(speaker_name)
    .bind(s.start_us)
    .bind(s.end_us)
    .bind(match s.known_by {
        KnownBy::Coordinator => 0,
        KnownBy::Speaker => 1,
        KnownBy::Arrival => 2,
    })
    .bind(s.sample_rate)
    .bind(s.from.0)
    .bind(s.to.0)
    .bind(s.missing.0)
    .bind(s.audible)
    .bind(s.cut)
    .bind(bytes(told.clock.0))
    .bind(told.at_us)
    .execute(db)
    .await?;
    Ok(true)
}

/// The play that the stretch is of: another speaker's, or the one before a short pause, else a new one. Plays that it
/// lies between were one all the time: the oldest takes in the others.
async fn play(db: &mut SqliteConnection, told: &Told, zone_name: i64) -> sqlx::Result<i64> {
    let s = &told.stretch;
    let known: Vec<i64> = sqlx::query_scalar(
        "SELECT play FROM plays WHERE entry = ?1 AND zone = ?2 AND began_us <= ?3 AND ended_us >= ?4
         ORDER BY began_us, play",
    )
    .bind(bytes(told.entry.0))
    .bind(bytes(told.zone.0))
    .bind(s.end_us.saturating_add(SAME_PLAY_US))
    .bind(s.start_us.saturating_sub(SAME_PLAY_US))
    .fetch_all(&mut *db)
    .await?;
    if let Some((&play, others)) = known.split_first() {
        widen(db, play, (s.start_us, s.end_us, s.audible)).await?;
        for other in others {
            let span = sqlx::query_as("SELECT began_us, ended_us, audible FROM plays WHERE play = ?").bind(other);
            let span = span.fetch_one(&mut *db).await?;
            widen(db, play, span).await?;
            for statement in
                ["UPDATE stretches SET of_play = ?1 WHERE of_play = ?2", "DELETE FROM plays WHERE play = ?2"]
            {
                sqlx::query(statement).bind(play).bind(other).execute(&mut *db).await?;
            }
        }
        return Ok(play);
    }
    let what = track(db, &told.track, told.certain).await?;
    let new = sqlx::query(
        "INSERT INTO plays (zone, zone_name, entry, what, began_us, ended_us, audible) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(bytes(told.zone.0))
    .bind(zone_name)
    .bind(bytes(told.entry.0))
    .bind(what)
    .bind(s.start_us)
    .bind(s.end_us)
    .bind(s.audible)
    .execute(db)
    .await?;
    Ok(new.last_insert_rowid())
}

/// Makes the play as long as this is.
async fn widen(
    db: &mut SqliteConnection,
    play: i64,
    (began_us, ended_us, audible): (i64, i64, bool),
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE plays SET began_us = min(began_us, ?2), ended_us = max(ended_us, ?3), audible = max(audible, ?4)
         WHERE play = ?1",
    )
    .bind(play)
    .bind(began_us)
    .bind(ended_us)
    .bind(audible)
    .execute(db)
    .await?;
    Ok(())
}

/// A zone that was deleted meanwhile comes without a name: then it is called what it was called last.
async fn name<'a>(db: &mut SqliteConnection, thing: Uuid, name: &'a str, names: &mut Names<'a>) -> sqlx::Result<i64> {
    if let Some(known) = names.get(&(thing, name)) {
        return Ok(*known);
    }
    let known: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM history_names WHERE thing = ?1 AND (name = ?2 OR ?2 = '') ORDER BY id DESC LIMIT 1",
    )
    .bind(bytes(thing))
    .bind(name)
    .fetch_optional(&mut *db)
    .await?;
    let row = if let Some(known) = known {
        known
    } else {
        let new = sqlx::query("INSERT INTO history_names (thing, name) VALUES (?, ?)");
        new.bind(bytes(thing)).bind(name).execute(db).await?.last_insert_rowid()
    };
    names.insert((thing, name), row);
    Ok(row)
}

async fn track(db: &mut SqliteConnection, t: &TrackFacts, certain: bool) -> sqlx::Result<i64> {
    if !certain {
        let before = sqlx::query_scalar("SELECT max(id) FROM history_tracks WHERE track = ? AND hash = ?");
        let before: Option<i64> = before.bind(bytes(t.id)).bind(&t.hash).fetch_one(&mut *db).await?;
        if let Some(before) = before {
            return Ok(before);
        }
    }
    let known: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM history_tracks WHERE track = ? AND hash = ? AND title = ? AND artist = ? AND album = ?
         AND composer = ?",
    )
    .bind(bytes(t.id))
    .bind(&t.hash)
    .bind(&t.title)
    .bind(&t.artist)
    .bind(&t.album)
    .bind(&t.composer)
    .fetch_optional(&mut *db)
    .await?;
    if let Some(known) = known {
        return Ok(known);
    }
    let new = sqlx::query(
        "INSERT INTO history_tracks (track, hash, title, artist, album, composer) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(bytes(t.id))
    .bind(&t.hash)
    .bind(&t.title)
    .bind(&t.artist)
    .bind(&t.album)
    .bind(&t.composer)
    .execute(db)
    .await?;
    Ok(new.last_insert_rowid())
}

fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

fn id(row: &SqliteRow, column: &'static str) -> sqlx::Result<Uuid> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|e| sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(e) })
}

fn decode_play(row: &SqliteRow) -> sqlx::Result<PlayRow> {
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

fn decode_stretch(row: &SqliteRow) -> sqlx::Result<StretchRow> {
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
