//! What is wrong with the coordinator's machine: `/api/doctor`, and all that helps a helper: `/api/diagnostics`.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::Utc;
use downbeat_host::{
    built::BUILT,
    bundle::Bundle,
    finding::{self, Finding, Verdict},
    logging,
    machine::{self, wall_s},
};
use serde::Serialize;

use super::{
    Api,
    describe::{ToSchema, call},
    json::Json,
    library, metrics,
    problem::{Problem, ProblemBody},
    speaker_view::Zones,
    speakers::by_name,
};
use crate::{
    access::ADMIN_TOKEN_FILE,
    doctor::{examine, facts},
    metrics::{Form, exposition},
};

/// The program that looks at itself.
const PROGRAM: &str = "downbeat-server";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = DoctorVerdict)]
pub enum VerdictView {
    /// As it should be.
    Good,
    /// It works, and could be better.
    Note,
    /// It does not work, or not as long as it should.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DoctorFinding)]
pub struct FindingView {
    /// The part of the machine.
    pub area: String,
    /// Its weight.
    pub verdict: VerdictView,
    /// The finding, a sentence.
    pub what: String,
    /// The remedy, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub todo: Option<String>,
}

/// All that was found on the coordinator's machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Doctor)]
pub struct DoctorView {
    /// `downbeat-server`.
    pub program: String,
    /// Its version.
    pub version: String,
    /// The gravest verdict.
    pub verdict: VerdictView,
    /// All that was looked at.
    pub findings: Vec<FindingView>,
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Good => Self::Good,
            Verdict::Note => Self::Note,
            Verdict::Fault => Self::Fault,
        }
    }
}

impl From<Finding> for FindingView {
    fn from(Finding { area, verdict, what, todo }: Finding) -> Self {
        Self { area: area.to_owned(), verdict: verdict.into(), what, todo }
    }
}

/// Look at the coordinator's machine: clock, disk (room, and how fast it is: some megabytes are written), limits, port,
/// certificates, ffmpeg, music folders, the age of the last backup, versions apart. Each finding says what to do. One
/// at a time, others wait.
#[call(get, path = "/api/doctor", right = settings, operation_id = "examine_coordinator", tag = "health",
    responses((status = 200, body = DoctorView),
              (status = 500, body = ProblemBody, description = "`internal`")))]
pub async fn doctor(State(api): State<Api>) -> Result<Json<DoctorView>, Problem> {
    let findings = findings(&api).await?;
    Ok(Json(DoctorView {
        program: PROGRAM.into(),
        version: VERSION.into(),
        verdict: finding::worst(&findings).into(),
        findings: findings.into_iter().map(FindingView::from).collect(),
    }))
}

/// All that helps a helper, in one `.tar.gz`, without secrets: the findings of `/api/doctor`, the settings, the last
/// lines of the log, the speakers and their figures, versions.
#[call(get, path = "/api/diagnostics", right = settings, operation_id = "get_diagnostics", tag = "health",
    responses((status = 200, body = String, content_type = "application/gzip"),
              (status = 500, body = ProblemBody, description = "`internal`")))]
pub async fn diagnostics(State(api): State<Api>) -> Result<Response, Problem> {
    let findings = findings(&api).await?;
    let mut zones = Zones::new(&api);
    let speakers: Vec<_> = by_name(&api).await.map(|speaker| zones.view(&speaker)).collect();
    let packing = tokio::task::spawn_blocking(move || {
        let speakers = serde_json::to_string_pretty(&speakers).unwrap_or_default();
        bundle(&api, &findings, &speakers).packed("downbeat-server", wall_s())
    });
    let Ok(Ok(packed)) = packing.await else { return Err(broken("the bundle cannot be packed")) };
    let mut response = packed.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"downbeat-{}.tar.gz\"", Utc::now().format("%Y-%m-%d-%H%M%S"));
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

async fn findings(api: &Api) -> Result<Vec<Finding>, Problem> {
    // the trial of the disk would measure another one
    let _alone = api.examined.alone.lock().await;
    let (examined, own, conductor) = (api.examined.clone(), api.authority.clone(), api.conductor.clone());
    let read = tokio::task::spawn_blocking(move || facts::read(&examined, &own, &conductor)).await;
    let facts = read.map_err(|_| broken("the machine cannot be looked at"))?;
    Ok(examine(&facts, VERSION))
}

fn bundle(api: &Api, findings: &[Finding], speakers: &str) -> Bundle {
    let config = &api.examined.config;
    let token = std::fs::read_to_string(config.data.join(ADMIN_TOKEN_FILE));
    let mut bundle = Bundle::without(token.into_iter().collect());
    bundle.add("versions.txt", &format!("{PROGRAM} {VERSION}\nbuilt {BUILT}\nstarted {}\n", api.started));
    bundle.add("doctor.txt", &finding::text(findings));
    bundle.add("doctor.json", &finding::json(PROGRAM, VERSION, findings));
    bundle.add("settings.txt", &format!("{config:#?}\n"));
    bundle.add("speakers.json", speakers);
    bundle.add("library.json", &serde_json::to_string_pretty(&library::view(api)).unwrap_or_default());
    let figures = exposition(metrics::facts(api), &api.tally, Form::Prometheus);
    bundle.add("metrics.txt", &figures.unwrap_or_default());
    for (name, path) in [
        ("kernel.txt", "proc/version"),
        ("system.txt", "etc/os-release"),
        ("memory.txt", "proc/meminfo"),
        ("mounts.txt", "proc/self/mounts"),
        ("process.txt", "proc/self/status"),
    ] {
        bundle.add(name, &machine::line(std::path::Path::new("/"), path).unwrap_or_default());
    }
    bundle.add("log.txt", &logging::last_lines());
    bundle
}

fn broken(detail: &str) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
}
