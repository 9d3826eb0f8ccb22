//! The last day of zones and speakers: `/api/zones/{zone}/telemetry`, `/api/speakers/{id}/telemetry`.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use downbeat_protocol::{ServerTime, SpeakerId, ZoneId};
use serde::Deserialize;

use super::{
    Api,
    body::{InPath, Params},
    csv,
    describe::{IntoParams, ToSchema, call},
    history::instant,
    json::Json,
    past_view::{Figure, MarkView, MemberPastView, SpeakerPastView, StretchView, Wall, ZonePastView},
    problem::{Problem, ProblemBody},
    zone_param::zone_named,
};
use downbeat_zone::telemetry::{
    Grid, coarseness,
    ring::{DAY, SECOND_US},
    stretches,
};

/// Steps of an answer if no number is given.
const POINTS: usize = 600;
/// The most.
const MOST_POINTS: usize = 4_000;
/// Figures of all speakers of a zone together: with many, the steps become longer.
const MOST_FIGURES: usize = 200_000;
/// So many marks of a zone and its speakers.
const MOST_MARKS: usize = 1_000;
/// The time that is answered if none is given, seconds.
const LAST: f64 = 3_600.0;

/// A time of the last day.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PastQuery {
    /// The last so many seconds; default 3600. A day is kept.
    #[param(minimum = 1, maximum = 86_400)]
    last: Option<f64>,
    /// In its place: from then, RFC 3339.
    from: Option<String>,
    /// Until then; default now.
    to: Option<String>,
    /// At most so many steps, 2..=4000; default 600. Each holds whole seconds, or whole minutes where the time begins
    /// more than an hour ago, with the least and the greatest figure of all of them.
    #[param(minimum = 2, maximum = 4000, default = 600)]
    points: Option<usize>,
}

/// A time that is asked for.
struct Asked {
    wall: Wall,
    now: ServerTime,
    time: (ServerTime, ServerTime),
    points: usize,
    /// The length of a bin, microseconds.
    fine_us: i64,
}

impl PastQuery {
    fn read(&self, api: &Api) -> Result<Asked, Problem> {
        let points = self.points.unwrap_or(POINTS);
        if !(2..=MOST_POINTS).contains(&points) {
            return Err(Problem::field("points", format!("{points} is not within 2..={MOST_POINTS}")));
        }
        let now = api.conductor.clock().now();
        let wall = Wall::at(now);
        let fine_us = i64::from(coarseness(api.conductor.fleet().len())) * SECOND_US;
        let most = (DAY as i64 * 60).saturating_mul(fine_us);
        let last = self.last.unwrap_or(LAST);
        if !(1.0..=86_400.0).contains(&last) {
            return Err(Problem::field("last", format!("{last} is not within 1..=86400 seconds")));
        }
        let to = instant("to", self.to.as_deref())?.map_or(now, |us| wall.back(us)).min(now);
        let from = match instant("from", self.from.as_deref())? {
            Some(_) if self.last.is_some() => {
                return Err(Problem::field("last", "say last, or from and to"));
            }
            Some(us) => wall.back(us),
            None => to.plus_micros(-(last * 1e6) as i64),
        };
        if from >= to {
            return Err(Problem::field("from", "the time ends before it begins, or has not come yet"));
        }
        let from = from.max(now.plus_micros(-most));
        Ok(Asked { wall, now, time: (from, to.max(from.plus_micros(1))), points, fine_us })
    }
}

impl Asked {
    fn grid(&self, points: usize) -> Grid {
        Grid::new(self.now, self.time, points, self.fine_us)
    }

    fn instants(&self, grid: &Grid) -> Vec<i64> {
        grid.instants().map(|at| self.wall.ms(at)).collect()
    }

    fn speaker(&self, api: &Api, id: SpeakerId) -> Option<SpeakerPastView> {
        let grid = self.grid(self.points);
        let name = api.conductor.fleet().look_at(&[id], |s| Some(s.row.name.clone())).pop()?;
        api.conductor.speaker_past(id, |past| {
            let columns = grid.columns(&past.figures);
            let figure = |n: usize, places| Figure::of(&columns[n], places);
            SpeakerPastView {
                id: id.0,
                name,
                server_time: self.now.0,
                time: self.wall.text(self.now),
                step_ms: grid.step_us / 1_000,
                at: self.instants(&grid),
                error_us: figure(0, 1),
                bound_us: figure(1, 1),
                correction_ppm: figure(2, 3),
                round_trip_us: figure(3, 0),
                skew_ppm: figure(4, 3),
                marks: past.marks.within(self.time.0, self.time.1).map(|m| MarkView::of(m, self.wall, None)).collect(),
                out_of_step: StretchView::all(
                    stretches::of(&past.figures, self.time, self.now, stretches::OUT_US),
                    self.wall,
                ),
            }
        })
    }

    fn member(&self, api: &Api, grid: &Grid, id: SpeakerId, marks: &mut Vec<MarkView>) -> Option<MemberPastView> {
        let name = api.conductor.fleet().look_at(&[id], |s| Some(s.row.name.clone())).pop()?;
        api.conductor.speaker_past(id, |past| {
            let of_it = past.marks.within(self.time.0, self.time.1);
            marks.extend(of_it.map(|mark| MarkView::of(mark, self.wall, Some(id.0))));
            let error_us = Figure::of(&grid.columns(&past.figures)[0], 1);
            let far = |a: Option<f64>, b: &f64| Some(a.filter(|a| a.abs() >= b.abs()).unwrap_or(*b));
            let worst_us = error_us.min.iter().chain(&error_us.max).flatten().fold(None, far);
            let out = stretches::of(&past.figures, self.time, self.now, stretches::OUT_US).pop();
            let out_since = out.filter(|out| out.to.is_none()).map(|out| self.wall.ms(out.from));
            MemberPastView { id: id.0, name, error_us, worst_us, out_since }
        })
    }

    fn zone(&self, api: &Api, id: ZoneId) -> Result<ZonePastView, Problem> {
        let view = api.conductor.zone(id)?;
        let fleet = api.conductor.fleet();
        let members = fleet.look_at(&fleet.ids_by_name(), |s| (s.row.zone == id).then(|| s.id()));
        let grid = self.grid(self.points.min(MOST_FIGURES / (members.len() + 1)).max(2));
        let mut marks = Vec::new();
        let (columns, out_of_step) = api.conductor.zone_past(id, |past| {
            let of_it = past.marks.within(self.time.0, self.time.1);
            marks.extend(of_it.map(|mark| MarkView::of(mark, self.wall, None)));
            let out = stretches::of(&past.figures, self.time, self.now, stretches::OUT_US);
            (grid.columns(&past.figures), StretchView::all(out, self.wall))
        })?;
        let mut speakers: Vec<_> =
            members.into_iter().filter_map(|member| self.member(api, &grid, member, &mut marks)).collect();
        let distance = |one: &MemberPastView| one.worst_us.map_or(-1.0, f64::abs);
        speakers.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
        marks.sort_by_key(|mark| mark.at);
        marks.drain(..marks.len().saturating_sub(MOST_MARKS));
        Ok(ZonePastView {
            id: id.0,
            name: view.name,
            server_time: self.now.0,
            time: self.wall.text(self.now),
            step_ms: grid.step_us / 1_000,
            at: self.instants(&grid),
            spread_us: Figure::of(&columns[0], 1),
            bound_us: Figure::of(&columns[1], 1),
            speaker_count: Figure::of(&columns[2], 0),
            marks,
            out_of_step,
            speakers,
        })
    }
}

/// The last day of a zone: how far apart its speakers were, what happened, and each speaker's own error: an hour by the
/// second, a day by the minute. It is kept in memory, and begins anew with the coordinator.
#[call(get, path = "/api/zones/{zone}/telemetry", right = look, about = target, operation_id = "zone_telemetry",
    tag = "zones", params(PastQuery, ("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = ZonePastView)))]
pub async fn zone(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Params(query): Params<PastQuery>,
) -> Result<Json<ZonePastView>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let asked = query.read(&api)?;
    worked(move || asked.zone(&api, zone)).await?.map(Json)
}

/// The same as CSV (RFC 4180), a line a step: the spread, and the error of each speaker that is farthest off.
#[call(get, path = "/api/zones/{zone}/telemetry.csv", right = look, about = target,
    operation_id = "export_zone_telemetry", tag = "zones",
    params(PastQuery, ("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub async fn zone_csv(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Params(query): Params<PastQuery>,
) -> Result<Response, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let asked = query.read(&api)?;
    worked(move || {
        let past = asked.zone(&api, zone)?;
        let mut columns = vec![
            ("spread_us".to_owned(), &past.spread_us),
            ("bound_us".to_owned(), &past.bound_us),
            ("speakers".to_owned(), &past.speaker_count),
        ];
        columns.extend(past.speakers.iter().map(|one| (one.name.clone(), &one.error_us)));
        Ok(as_csv(&past.at, &columns))
    })
    .await?
}

/// The last day of a speaker: how late it was by its own account, with the bound of that, what happened to it, and when
/// it was out of step: an hour by the second, a day by the minute. It is kept in memory, and begins anew with the
/// coordinator.
#[call(get, path = "/api/speakers/{id}/telemetry", right = look, about = target, operation_id = "speaker_telemetry",
    tag = "speakers", params(PastQuery, ("id" = String, Path, description = "The speaker's id or name")),
    responses((status = 200, body = SpeakerPastView),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`")))]
pub async fn speaker(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Params(query): Params<PastQuery>,
) -> Result<Json<SpeakerPastView>, Problem> {
    let asked = query.read(&api)?;
    let (id, named) = (api.speaker(&id)?, id);
    worked(move || asked.speaker(&api, id)).await?.map(Json).ok_or_else(|| gone(&named))
}

/// The same as CSV (RFC 4180), a line a step.
#[call(get, path = "/api/speakers/{id}/telemetry.csv", right = look, about = target,
    operation_id = "export_speaker_telemetry", tag = "speakers",
    params(PastQuery, ("id" = String, Path, description = "The speaker's id or name")),
    responses((status = 200, content_type = "text/csv", body = String),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`")))]
pub async fn speaker_csv(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Params(query): Params<PastQuery>,
) -> Result<Response, Problem> {
    let asked = query.read(&api)?;
    let (id, named) = (api.speaker(&id)?, id);
    worked(move || {
        let past = asked.speaker(&api, id).ok_or_else(|| gone(&named))?;
        let columns = [
            ("error_us", &past.error_us),
            ("bound_us", &past.bound_us),
            ("correction_ppm", &past.correction_ppm),
            ("round_trip_us", &past.round_trip_us),
            ("skew_ppm", &past.skew_ppm),
        ];
        Ok(as_csv(&past.at, &columns.map(|(name, figure)| (name.to_owned(), figure))))
    })
    .await?
}

/// A day of many speakers takes some dozens of milliseconds: not on a thread that others wait for.
async fn worked<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        let detail = "the figures could not be put together; ask again, and tell us what was asked for";
        Problem::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    })
}

fn gone(name: &str) -> Problem {
    Problem::new(axum::http::StatusCode::NOT_FOUND, "speaker_not_found", format!("there is no speaker {name:?} now"))
}

fn as_csv(at: &[i64], columns: &[(String, &Figure)]) -> Response {
    let mut line = csv::Line::default();
    line.text("time");
    for (name, _) in columns {
        for part in ["min", "max", "middle"] {
            line.text(&format!("{name} {part}"));
        }
    }
    let mut text = line.end();
    for (n, at) in at.iter().enumerate() {
        let mut line = csv::Line::default();
        let time = chrono::DateTime::from_timestamp_millis(*at).unwrap_or_default();
        line.plain(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        for (_, figure) in columns {
            for values in [&figure.min, &figure.max, &figure.middle] {
                match values.get(n).copied().flatten() {
                    Some(value) => line.plain(value),
                    None => line.plain(""),
                }
            }
        }
        text.push_str(&line.end());
    }
    let mut answer = text.into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = "attachment; filename=\"downbeat-telemetry.csv\"";
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    answer
}
