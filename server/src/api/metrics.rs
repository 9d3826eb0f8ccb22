//! Figures for Prometheus: `/metrics`.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use downbeat_protocol::{ServerTime, SpeakerId, handshake::SpeakerClass};
use downbeat_trust::rights::SpeakerState;

use super::{
    Api,
    describe::call,
    problem::{Problem, ProblemBody},
};
use crate::{
    authority::set_clock,
    fleet::Speaker,
    metrics::{CoordinatorFacts, Detail, Facts, Form, ProcessFacts, SpeakerFacts, ZoneFacts, exposition},
    register::Register,
};
use downbeat_library::FolderState;

/// A report of a position that is older says nothing of now, microseconds. They come once a second.
const POSITION_AGE_US: i64 = 10_000_000;
/// A report of a machine that is older says nothing of now, microseconds. They come every ten seconds.
const HEALTH_AGE_US: i64 = 60_000_000;

/// Figures of the coordinator, its zones and its speakers, in the text of Prometheus, or in OpenMetrics where `Accept`
/// prefers it. `--metrics` says how much it tells.
#[call(get, path = "/metrics", right = metrics, operation_id = "get_metrics", tag = "health",
    responses((status = 200, content((String = "text/plain"), (String = "application/openmetrics-text"))),
              (status = 404, body = ProblemBody, description = "`metrics_off`"),
              (status = 500, body = ProblemBody, description = "`internal`")))]
pub async fn metrics(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    if api.detail == Detail::Off {
        let detail = "this coordinator tells no figures; it was started with --metrics off";
        return Err(Problem::new(StatusCode::NOT_FOUND, "metrics_off", detail));
    }
    let form = Form::accepted(&headers);
    // of thousands of speakers this takes longer than the others on this thread should wait
    let written = tokio::task::spawn_blocking(move || exposition(facts(&api), &api.tally, form)).await;
    let Ok(Ok(text)) = written else {
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the figures cannot be written"));
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// All facts as they are now.
pub(super) fn facts(api: &Api) -> Facts {
    let zones: Vec<_> = api.conductor.zones();
    let zones: Vec<_> = zones
        .into_iter()
        .map(|view| ZoneFacts { sync: api.conductor.sync(view.id).unwrap_or_default(), view })
        .collect();
    let mut coordinator = coordinator(api);
    coordinator.zones = zones.len();
    let speakers = if api.detail == Detail::Speakers { speakers(api, &zones) } else { Vec::new() };
    Facts { coordinator, zones, speakers }
}

fn coordinator(api: &Api) -> CoordinatorFacts {
    let (library, fleet) = (api.conductor.library(), api.conductor.fleet());
    let (scan, behind) = (library.status(), *library.background().borrow());
    // while one is under way its length is not known
    let took = scan.started_at.zip(scan.finished_at).filter(|_| !scan.running);
    CoordinatorFacts {
        process: ProcessFacts::read(),
        started_s: api.started.timestamp_micros() as f64 / 1e6,
        server_time_s: api.conductor.clock().now().0 as f64 / 1e6,
        wall_s: chrono::Utc::now().timestamp_micros() as f64 / 1e6,
        wall_is_set: set_clock().is_some(),
        connections: api.places.taken(),
        connections_most: api.places.bounds().all,
        followers: api.events.followers(),
        speakers: fleet.len(),
        connected: fleet.connected(),
        keys: keys(&api.gateway.register),
        zones: 0,
        scanning: scan.running,
        scan_found: scan.found,
        scan_done: scan.done,
        scan_failed: scan.failed,
        scan_took_s: took.map(|(from, to)| (to - from).as_seconds_f64()),
        scan_ended_s: scan.finished_at.map(|at| at.timestamp_micros() as f64 / 1e6),
        scan_fault: scan.fault.is_some(),
        folders: scan.folders.into_iter().map(|f| (f.path, f.state == FolderState::Present)).collect(),
        tracks: library.catalog().len(),
        playable: behind.tracks,
        hashed: behind.hashed,
        analysed: behind.analysed,
    }
}

/// How many keys are in each state, those with none, too.
fn keys(register: &Register) -> Vec<(&'static str, usize)> {
    let all = register.list();
    let states = [SpeakerState::Pending, SpeakerState::Adopted, SpeakerState::Refused, SpeakerState::Revoked];
    states.map(|state| (word(state), all.iter().filter(|key| key.state == state).count())).into()
}

fn word(state: SpeakerState) -> &'static str {
    match state {
        SpeakerState::Pending => "pending",
        SpeakerState::Adopted => "adopted",
        SpeakerState::Refused => "refused",
        SpeakerState::Revoked => "revoked",
    }
}

fn speakers(api: &Api, zones: &[ZoneFacts]) -> Vec<SpeakerFacts> {
    let fleet = api.conductor.fleet();
    let now = api.conductor.clock().now();
    let of_zone: HashMap<_, _> =
        zones.iter().map(|z| (z.view.id, (Arc::<str>::from(&*z.view.name), &z.view))).collect();
    let keys: HashMap<SpeakerId, SpeakerState> =
        api.gateway.register.list().into_iter().filter_map(|key| Some((key.speaker?, key.state))).collect();
    fleet.look_at(&fleet.ids_by_name(), |speaker| {
        let (zone, view) = of_zone.get(&speaker.row.zone).cloned().unzip();
        let level = view.map(|view| if view.muted || speaker.row.muted { 0.0 } else { loudness(speaker, view.volume) });
        Some(SpeakerFacts {
            zone: zone.unwrap_or_default(),
            volume: level.unwrap_or_default(),
            key: keys.get(&speaker.id()).copied().map_or("none", word),
            ..facts_of(speaker, now)
        })
    })
}

fn loudness(speaker: &Speaker, zone: downbeat_protocol::volume::Volume) -> f64 {
    f64::from(speaker.bounded(zone).percent()) / 100.0
}

/// The facts that a speaker has by itself.
fn facts_of(speaker: &Speaker, now: ServerTime) -> SpeakerFacts {
    let connection = speaker.connection.as_ref();
    let class = match speaker.row.class {
        SpeakerClass::Agent => "agent",
        SpeakerClass::Browser => "browser",
        SpeakerClass::Other => "other",
    };
    let reports = &speaker.reports;
    let position = reports.position.as_ref().filter(|(at, _)| now.micros_since(*at) <= POSITION_AGE_US);
    let health = reports.health.as_ref().filter(|(at, _)| now.micros_since(*at) <= HEALTH_AGE_US);
    SpeakerFacts {
        name: speaker.row.name.clone(),
        id: speaker.id().to_string(),
        class,
        connected: connection.map(|c| c.encrypted),
        version: connection.map(|c| c.version.clone()).unwrap_or_default(),
        // of one that is away, the last words are no figures of now
        position: position.filter(|_| connection.is_some()).map(|(_, p)| p.clone()),
        health: health.filter(|_| connection.is_some()).map(|(_, h)| h.clone()),
        ..SpeakerFacts::default()
    }
}
