//! Saves a speaker's report: its stretch, and the play that it is of.

use std::collections::HashMap;

use downbeat_protocol::TrackId;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::rows::{KnownBy, PlayReport, TrackFacts, bytes};

/// Stretches further apart are different plays, microseconds.
const SAME_PLAY_US: i64 = 60_000_000;
/// A track counts as heard after half of it, or after so many seconds.
const HEARD_SECONDS: i64 = 240;
/// Names that were looked up in this transaction, with their rows.
pub(super) type Names<'a> = HashMap<(Uuid, &'a str), i64>;

/// Saves a report, and answers true if it was new. A track whose count it changed is added to `counted`.
pub(super) async fn save<'a>(
    db: &mut SqliteConnection,
    told: &'a PlayReport,
    names: &mut Names<'a>,
    counted: &mut Vec<TrackId>,
) -> sqlx::Result<bool> {
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
    let play = play(db, told, zone_name, counted).await?;
    sqlx::query(
        "INSERT INTO stretches (of_play, in_zone, speaker, speaker_name, start_us, end_us, known_by, sample_rate,
             from_frames, to_frames, missing, audible, cut, clock, at_us)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    .execute(&mut *db)
    .await?;
    if s.audible {
        count(db, told, play, counted).await?;
    }
    Ok(true)
}

/// Counts a play once, when one speaker has sounded enough of its track.
async fn count(
    db: &mut SqliteConnection,
    told: &PlayReport,
    play: i64,
    counted: &mut Vec<TrackId>,
) -> sqlx::Result<()> {
    let s = &told.stretch;
    let track = told.track.id.to_string();
    let length: Option<(i64, i64, i64)> = sqlx::query_as(
        "SELECT t.frames, t.sample_rate, p.began_us FROM plays p, tracks t
         WHERE p.play = ? AND p.counted = 0 AND t.id = ?",
    )
    .bind(play)
    .bind(&track)
    .fetch_optional(&mut *db)
    .await?;
    let Some((frames, rate, began_us)) = length.filter(|(frames, rate, _)| *frames > 0 && *rate > 0) else {
        return Ok(());
    };
    let enough = (frames / 2).min(HEARD_SECONDS.saturating_mul(rate)).max(1);
    let mut heard = s.to.0 - s.from.0 - s.missing.0;
    if heard < enough {
        heard = sqlx::query_scalar(
            "SELECT coalesce(sum(to_frames - from_frames - missing), 0) FROM stretches INDEXED BY stretches_by_speaker
             WHERE speaker = ? AND start_us >= ? AND of_play = ? AND audible = 1",
        )
        .bind(bytes(s.speaker.0))
        .bind(began_us)
        .bind(play)
        .fetch_one(&mut *db)
        .await?;
    }
    if heard < enough {
        return Ok(());
    }
    sqlx::query("UPDATE plays SET counted = 1 WHERE play = ?").bind(play).execute(&mut *db).await?;
    sqlx::query(
        "INSERT INTO track_marks (track, plays, played) VALUES (?, 1, ?)
         ON CONFLICT (track) DO UPDATE SET plays = plays + 1, played = max(played, excluded.played)",
    )
    .bind(track)
    .bind(began_us.max(0) / 1_000_000)
    .execute(db)
    .await?;
    counted.push(TrackId(told.track.id));
    Ok(())
}

/// The play that the stretch is of: another speaker's, or the one before a short pause, else a new one. Plays that it
/// lies between were one all the time: the oldest takes in the others.
async fn play(
    db: &mut SqliteConnection,
    told: &PlayReport,
    zone_name: i64,
    counted: &mut Vec<TrackId>,
) -> sqlx::Result<i64> {
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
            join_counts(db, told, (play, *other), counted).await?;
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

/// Two plays that were counted by themselves and are one count once.
async fn join_counts(
    db: &mut SqliteConnection,
    told: &PlayReport,
    (play, other): (i64, i64),
    counted: &mut Vec<TrackId>,
) -> sqlx::Result<()> {
    let both: i64 = sqlx::query_scalar("SELECT sum(counted) FROM plays WHERE play IN (?, ?)")
        .bind(play)
        .bind(other)
        .fetch_one(&mut *db)
        .await?;
    if both > 1 {
        sqlx::query("UPDATE track_marks SET plays = plays - 1 WHERE track = ? AND plays > 0")
            .bind(told.track.id.to_string())
            .execute(&mut *db)
            .await?;
        counted.push(TrackId(told.track.id));
    } else if both == 1 {
        sqlx::query("UPDATE plays SET counted = 1 WHERE play = ?").bind(play).execute(&mut *db).await?;
    }
    Ok(())
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
