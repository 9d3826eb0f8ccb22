//! The queries of the play history, but for order and page.

use downbeat_protocol::TrackId;
use sqlx::{QueryBuilder, Sqlite};

use super::rows::{HistoryFilter, bytes};

const PLAY: &str = "p.play, p.zone, z.name AS zone_name, p.entry, p.began_us, p.ended_us, p.audible AS any_audible,
    t.track, t.hash, t.title, t.artist, t.album, t.composer";
pub(super) const STRETCH: &str =
    "s.stretch, s.of_play, s.speaker, n.name AS speaker_name, s.start_us, s.end_us, s.known_by,
    s.sample_rate, s.from_frames, s.to_frames, s.missing, s.audible, s.cut";

/// The query of [`list_plays`](crate::Store::list_plays).
pub(crate) fn plays_query(select: &str, filter: &HistoryFilter) -> QueryBuilder<Sqlite> {
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

/// The query of [`list_stretches`](crate::Store::list_stretches).
pub(crate) fn stretches_query(select: &str, filter: &HistoryFilter) -> QueryBuilder<Sqlite> {
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
