//! `/api/history`: what was played where, when, from which frame to which, as the speakers told it.

use std::collections::HashMap;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use downbeat_protocol::{SpeakerId, TrackId, ZoneId};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::Params,
    csv,
    describe::{IntoParams, ToSchema, call},
    json::Json,
    lists::{MAX_LIMIT, part},
    problem::{Problem, ProblemBody},
    streamed,
};
use downbeat_store::{
    HistoryFilter, KnownBy, PlayRow, Store, StretchRow,
    index::{Cursor, ListError, Part},
};
use downbeat_trust::rights::Right;

/// Items of a page if no limit is given.
const DEFAULT_LIMIT: usize = 100;
/// Rows of an export that are read at once.
const ROWS_AT_ONCE: usize = 500;

/// A page of plays ends before it has more stretches than this: a thousand speakers may have sounded each play.
const MOST_STRETCHES: u64 = 10_000;

/// A stretch of an entry that one speaker sounded without a break.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StretchView {
    /// The speaker.
    pub speaker: Uuid,
    /// Its name then.
    pub speaker_name: String,
    /// The instant at which the first frame was heard.
    pub start: String,
    /// The instant at which the last frame had been heard.
    pub end: String,
    /// The time that it was heard, seconds: 0 if it was muted or at volume 0.
    pub heard: f64,
    /// The first frame of the file that was sounded.
    pub from_frames: i64,
    /// The frame before which it ended.
    pub to_frames: i64,
    /// Frames in between that were not sounded, in gaps of less than a quarter of a second.
    pub missing_frames: i64,
    /// The file's frames a second.
    pub sample_rate: u32,
    /// True if it could be heard: not muted, and no volume of 0.
    pub audible: bool,
    /// The speaker went down: it may have sounded some seconds longer.
    pub cut: bool,
    /// The source of the instant.
    pub known_by: KnownByView,
}

/// The source of an instant of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = KnownBy)]
pub enum KnownByView {
    /// By the coordinator's clock.
    Coordinator,
    /// By the speaker's wall clock.
    Speaker,
    /// By its arrival at the coordinator.
    Arrival,
}

impl KnownByView {
    fn word(self) -> &'static str {
        match self {
            Self::Coordinator => "coordinator",
            Self::Speaker => "speaker",
            Self::Arrival => "arrival",
        }
    }
}

/// Something that was played in a zone: all that its speakers sounded of an entry, breaks of up to a minute left out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlayView {
    /// The zone.
    pub zone: Uuid,
    /// Its name then.
    pub zone_name: String,
    /// The occurrence of an entry of the queue.
    pub entry: Uuid,
    /// The track.
    pub track_id: Uuid,
    /// BLAKE3 of its file.
    pub hash: String,
    /// Its title, as it was when it was played; so are the rest.
    pub title: String,
    /// Its artists.
    pub artist: String,
    /// Its album.
    pub album: String,
    /// Its composers.
    pub composer: String,
    /// The instant at which it began.
    pub start: String,
    /// The instant at which it had ended.
    pub end: String,
    /// The time that it was heard, seconds, on the speaker on which it was heard longest.
    pub heard: f64,
    /// True if any of it could be heard.
    pub audible: bool,
    /// The stretches of each speaker, the earliest first. With `by=speaker` one.
    pub stretches: Vec<StretchView>,
}

/// A part of the history.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HistoryList {
    /// The latest beginning first.
    pub plays: Vec<PlayView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
    /// Stretches, ever, that speakers had to drop since they were without a coordinator for too long.
    pub dropped: u64,
}

/// A part of the history.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// At most so many, 1..=1000; default 100. There may be fewer though more follow: with many speakers a part ends
    /// before it has more than 10,000 stretches. An export has no limit unless one is given.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// `play` (default): what was played in each zone, with its speakers; `speaker`: each stretch of each speaker.
    #[param(schema_with = kinds)]
    by: Option<String>,
    /// Only in this zone, by name or id. One that was deleted has only its id.
    zone: Option<String>,
    /// Only what this speaker sounded, by name or id. One that was forgotten has only its id.
    speaker: Option<String>,
    /// Only this track, by id.
    track: Option<Uuid>,
    /// Only what began then or later: RFC 3339, or a date (from midnight UTC).
    from: Option<String>,
    /// Only what began before that.
    to: Option<String>,
    /// Only what could be heard.
    audible: bool,
}

#[cfg(test)]
fn kinds() -> utoipa::openapi::schema::Object {
    let description = "`play` (default): the plays of each zone; `speaker`: each stretch of each speaker";
    super::describe::one_of(description, ["play", "speaker"])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Play,
    Speaker,
}

impl HistoryQuery {
    fn by(&self) -> Result<By, Problem> {
        match self.by.as_deref() {
            None | Some("play") => Ok(By::Play),
            Some("speaker") => Ok(By::Speaker),
            Some(other) => Err(Problem::field("by", format!("{other:?} is neither play nor speaker"))),
        }
    }

    fn filter(&self, api: &Api) -> Result<HistoryFilter, Problem> {
        let zone = self.zone.as_deref().map(|zone| match zone.parse() {
            Ok(id) => Ok(ZoneId(id)),
            Err(_) => api.conductor.find_zone(zone),
        });
        let speaker = self.speaker.as_deref().map(|speaker| match speaker.parse() {
            Ok(id) => Ok(SpeakerId(id)),
            Err(_) => api.conductor.find_speaker(speaker),
        });
        let (zone, speaker) = (zone.transpose()?, speaker.transpose()?);
        match (zone, speaker.filter(|id| api.conductor.fleet().zone_of(*id).is_some())) {
            (Some(zone), _) => api.may_zone(zone)?,
            (None, Some(speaker)) => api.may_to_speaker(Right::History, speaker)?,
            (None, None) => api.may(Right::History)?,
        }
        Ok(HistoryFilter {
            zone,
            speaker,
            track: self.track.map(TrackId),
            from_us: instant("from", self.from.as_deref())?,
            to_us: instant("to", self.to.as_deref())?,
            audible: self.audible,
        })
    }
}

/// The plays, as the speakers told them, also of hours without a connection, which arrive when it is back.
#[call(get, path = "/api/history", right = history, about = target, operation_id = "list_history", tag = "history",
    params(HistoryQuery),
    responses((status = 200, body = HistoryList),
              (status = 404, body = ProblemBody, description = "`zone_not_found`, `speaker_not_found`"),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`")))]
pub async fn list(State(api): State<Api>, Params(query): Params<HistoryQuery>) -> Result<Json<HistoryList>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    let (plays, next) = read(&api.store, query.by()?, &query.filter(&api)?, part).await?;
    Ok(Json(HistoryList { plays, next: next.map(|c| c.to_string()), dropped: api.store.history_dropped().await? }))
}

/// The same as CSV (RFC 4180), with a line of column names, the latest beginning first. Texts that a spreadsheet would
/// take for a formula begin with an apostrophe.
#[call(get, path = "/api/history.csv", right = history, about = target, operation_id = "export_history",
    tag = "history", params(HistoryQuery),
    responses((status = 200, content_type = "text/csv", body = String),
              (status = 404, body = ProblemBody, description = "`zone_not_found`, `speaker_not_found`"),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`")))]
pub async fn export(State(api): State<Api>, Params(query): Params<HistoryQuery>) -> Result<Response, Problem> {
    struct Export {
        store: Store,
        by: By,
        filter: HistoryFilter,
        /// Rows that may still be written.
        left: usize,
        next: Option<Part>,
        begun: bool,
    }
    // an export has no limit, but what is wrong with one is said all the same
    let first = part(query.limit.map(|limit| limit.min(MAX_LIMIT)), query.cursor.as_deref(), ROWS_AT_ONCE)?;
    let left = query.limit.unwrap_or(usize::MAX);
    let limit = first.limit.min(ROWS_AT_ONCE);
    let (by, filter) = (query.by()?, query.filter(&api)?);
    let export =
        Export { store: api.store.clone(), by, filter, left, next: Some(Part { limit, ..first }), begun: false };
    let rows = |mut e: Export| async move {
        let Some(part) = e.next.take().filter(|_| e.left > 0) else { return Ok(None) };
        let (plays, next) = read(&e.store, e.by, &e.filter, part).await?;
        let mut text = if e.begun { String::new() } else { header_line(e.by) };
        e.begun = true;
        for play in plays.iter().take(e.left) {
            line(&mut text, e.by, play);
        }
        e.left = e.left.saturating_sub(plays.len());
        e.next = next.map(|after| Part { limit: ROWS_AT_ONCE.min(e.left.max(1)), after: Some(after) });
        Ok::<_, ListError>(Some((Bytes::from(text), e)))
    };
    // the first rows are read before the answer begins: what fails then is a problem like any other
    let Some((begin, export)) = rows(export).await? else { return Ok(Body::empty().into_response()) };
    let rest = stream::try_unfold(export, rows);
    let all = futures_util::StreamExt::chain(stream::iter([Ok(begin)]), rest);
    let mut response = Body::from_stream(all).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    streamed::at_once(headers);
    let name = format!("attachment; filename=\"downbeat-history-{}.csv\"", Utc::now().format("%Y-%m-%d"));
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

async fn read(
    store: &Store,
    by: By,
    filter: &HistoryFilter,
    part: Part,
) -> Result<(Vec<PlayView>, Option<Cursor>), ListError> {
    if by == By::Speaker {
        let page = store.list_stretches(filter, part).await?;
        let plays = page.items.into_iter().map(|(stretch, play)| {
            let times = (stretch.start_us, stretch.end_us, stretch.audible);
            PlayView::of(play, times, vec![stretch])
        });
        return Ok((plays.collect(), page.next));
    }
    let page = store.list_plays_whole(filter, part, MOST_STRETCHES).await?;
    let plays = page.items.into_iter().map(|(play, stretches)| {
        let times = (play.began_us, play.ended_us, play.audible);
        PlayView::of(play, times, stretches)
    });
    Ok((plays.collect(), page.next))
}

impl PlayView {
    fn of(play: PlayRow, (began_us, ended_us, audible): (i64, i64, bool), stretches: Vec<StretchRow>) -> Self {
        let mut heard: HashMap<SpeakerId, f64> = HashMap::new();
        for stretch in &stretches {
            *heard.entry(stretch.speaker).or_default() += stretch.heard_seconds();
        }
        let track = play.track;
        Self {
            zone: play.zone.0,
            zone_name: play.zone_name,
            entry: play.entry.0,
            track_id: track.id,
            hash: track.hash,
            title: track.title,
            artist: track.artist,
            album: track.album,
            composer: track.composer,
            start: text_of(began_us),
            end: text_of(ended_us),
            heard: heard.into_values().fold(0.0, f64::max),
            audible,
            stretches: stretches.into_iter().map(StretchView::from).collect(),
        }
    }
}

impl From<StretchRow> for StretchView {
    fn from(s: StretchRow) -> Self {
        Self {
            speaker: s.speaker.0,
            heard: s.heard_seconds(),
            speaker_name: s.speaker_name,
            start: text_of(s.start_us),
            end: text_of(s.end_us),
            from_frames: s.from.0,
            to_frames: s.to.0,
            missing_frames: s.missing.0,
            sample_rate: s.sample_rate,
            audible: s.audible,
            cut: s.cut,
            known_by: match s.known_by {
                KnownBy::Coordinator => KnownByView::Coordinator,
                KnownBy::Speaker => KnownByView::Speaker,
                KnownBy::Arrival => KnownByView::Arrival,
            },
        }
    }
}

fn header_line(by: By) -> String {
    let mut line = csv::Line::default();
    for name in ["start", "end", "heard_seconds", "zone", if by == By::Play { "speakers" } else { "speaker" }] {
        line.plain(name);
    }
    for name in ["title", "artist", "album", "composer", "audible", "from_frames", "to_frames", "sample_rate"] {
        line.plain(name);
    }
    if by == By::Speaker {
        for name in ["missing_frames", "cut", "known_by", "speaker_id"] {
            line.plain(name);
        }
    }
    for name in ["track_id", "hash", "entry", "zone_id"] {
        line.plain(name);
    }
    line.end()
}

fn line(text: &mut String, by: By, play: &PlayView) {
    let mut line = csv::Line::default();
    line.plain(&play.start);
    line.plain(&play.end);
    line.plain(format!("{:.3}", play.heard));
    line.text(&play.zone_name);
    let mut speakers: Vec<&str> = Vec::new();
    for stretch in &play.stretches {
        if !speakers.contains(&stretch.speaker_name.as_str()) {
            speakers.push(&stretch.speaker_name);
        }
    }
    line.text(&speakers.join("; "));
    for text in [&play.title, &play.artist, &play.album, &play.composer] {
        line.text(text);
    }
    line.plain(play.audible);
    let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    line.plain(number(play.stretches.iter().map(|s| s.from_frames).min()));
    line.plain(number(play.stretches.iter().map(|s| s.to_frames).max()));
    line.plain(number(play.stretches.first().map(|s| i64::from(s.sample_rate))));
    if let Some(own) = play.stretches.first().filter(|_| by == By::Speaker) {
        line.plain(own.missing_frames);
        line.plain(own.cut);
        line.plain(own.known_by.word());
        line.plain(own.speaker);
    }
    line.plain(play.track_id);
    line.plain(&play.hash);
    line.plain(play.entry);
    line.plain(play.zone);
    text.push_str(&line.end());
}

fn text_of(us: i64) -> String {
    DateTime::from_timestamp_micros(us).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// An instant of a query, microseconds since 1970.
pub(super) fn instant(field: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    // in a query a plus that is not escaped is a space
    let text = text.trim().replace(' ', "+");
    let whole = DateTime::parse_from_rfc3339(&text).map(|t| t.timestamp_micros());
    let date = || text.parse::<NaiveDate>().map(|d| d.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
    whole.or_else(|_| date()).map(Some).map_err(|_| {
        Problem::field(field, format!("{text:?} is no RFC 3339 instant like 2026-05-01T18:00:00Z, nor a date"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_of_queries() {
        let of = |text| instant("from", Some(text)).ok().flatten();
        assert_eq!(of("1970-01-01T00:00:01.5Z"), Some(1_500_000));
        assert_eq!(of("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(of("1970-01-01T01:00:00 01:00"), Some(0), "a plus that was not escaped");
        assert_eq!(of("1970-01-02"), Some(86_400_000_000));
        assert_eq!(instant("from", None), Ok(None));
        assert_eq!(instant("to", Some("yesterday")).unwrap_err().blamed(), Some("to"));
    }
}
