//! `/metrics`, as Prometheus reads it.

use std::{collections::BTreeSet, sync::Arc};

use downbeat_protocol::{
    AgentMessage, Ppm, SpeakerId,
    report::{Health, PlayerState, Position},
};
use downbeat_server::{
    api::router::declared,
    metrics::{CoordinatorFacts, Detail, Facts, Form, SERIES_OF_A_SPEAKER, SpeakerFacts, Tally, ZoneFacts, exposition},
};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::{
    agent::{Agent, hello},
    fixture::{Fixture, wait_for},
};

/// A line of an exposition.
#[derive(Debug, Clone, PartialEq)]
struct Series {
    name: String,
    labels: String,
    value: f64,
}

/// The series of a text; panics where a line is none, or comes twice.
fn series(text: &str) -> Vec<Series> {
    let mut seen = BTreeSet::new();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let read = lines.map(|line| {
        let (head, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(seen.insert(head.to_owned()), "twice: {head}");
        let (name, labels) = head.split_once('{').unwrap_or((head, ""));
        let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
        Series { name: name.to_owned(), labels: labels.trim_end_matches('}').to_owned(), value }
    });
    read.collect()
}

/// The value of the one series of this name whose labels hold all of these.
fn value(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let all = series(text);
    let mut found = all.iter().filter(|s| s.name == name && labels.iter().all(|label| s.labels.contains(label)));
    let value = found.next()?.value;
    assert!(found.next().is_none(), "{name} {labels:?} is several series");
    Some(value)
}

async fn scrape(f: &Fixture) -> String {
    let (status, text) = f.get("/metrics").await;
    assert_eq!(status, StatusCode::OK, "{text}");
    text.as_str().unwrap().to_owned()
}

fn position() -> Position {
    Position {
        state: PlayerState::Playing,
        sync_error_us: -12.5,
        correction_ppm: Ppm(3.0),
        dac_ppm: Ppm(-20.0),
        skew_ppm: Ppm(7.0),
        offset_us: 1_500_000,
        error_bound_us: Some(140.0),
        round_trip_us: Some(900.0),
        jitter_us: Some(40.0),
        probes_lost: Some(0.25),
        underruns: 2,
        starved: 3,
        reanchors: 4,
        output_losses: 5,
        buffer_ms: 1_900,
        ..Position::default()
    }
}

fn health() -> Health {
    Health {
        version: "1.2.3".into(),
        uptime_s: 77,
        output: "alsa".into(),
        output_fault: Some("gone".into()),
        cache_bytes: 1_000,
        temperature_c: Some(51.5),
        wifi_dbm: Some(-58.0),
        undervoltage: Some(true),
        realtime: true,
        ..Health::default()
    }
}

#[tokio::test]
async fn each_speaker_is_told_with_its_zone_and_names_that_need_quotes_get_them() {
    let f = Fixture::new().await;
    let name = r#"The "blue" \ room"#;
    let mut agent = Agent::with(f.running.addr, hello(name, SpeakerId::random())).await;
    agent.state_sync().await;
    agent.say(&AgentMessage::PositionReport(Box::new(position()))).await;
    agent.say(&AgentMessage::Health(Box::new(health()))).await;
    let id = f.speaker(name).await["id"].as_str().unwrap().to_owned();
    let id = format!("speaker_id=\"{id}\"");
    let text = wait_for("both reports", || async {
        let text = scrape(&f).await;
        (text.contains("downbeat_speaker_uptime_seconds") && text.contains("downbeat_speaker_playing")).then_some(text)
    })
    .await;
    let of = |name: &str| value(&text, &format!("downbeat_speaker_{name}"), &[&id]);
    for (name, expected) in [
        ("connected", 1.0),
        ("playing", 1.0),
        ("faulted", 0.0),
        ("sync_error_seconds", -12.5e-6),
        ("sync_error_bound_seconds", 140e-6),
        ("correction_ratio", 3e-6),
        ("card_drift_ratio", -20e-6),
        ("clock_drift_ratio", 7e-6),
        ("clock_offset_seconds", 1.5),
        ("round_trip_seconds", 900e-6),
        ("jitter_seconds", 40e-6),
        ("probes_lost_ratio", 0.25),
        ("underruns_total", 2.0),
        ("starved_total", 3.0),
        ("reanchors_total", 4.0),
        ("output_losses_total", 5.0),
        ("buffered_seconds", 1.9),
        ("output_ok", 0.0),
        ("cache_bytes", 1_000.0),
        ("uptime_seconds", 77.0),
        ("temperature_celsius", 51.5),
        ("wifi_signal_dbm", -58.0),
        ("undervoltage", 1.0),
        ("volume_ratio", 1.0),
        ("info", 1.0),
    ] {
        let told = of(name).unwrap_or_else(|| panic!("no {name} in\n{text}"));
        assert!((told - expected).abs() < 1e-12, "{name} is {told}, not {expected}");
    }
    let told = series(&text).iter().filter(|s| s.labels.contains(&id)).count();
    assert_eq!(told, SERIES_OF_A_SPEAKER);
    assert!(text.contains(r#"zone="all",speaker="The \"blue\" \\ room""#), "{text}");
    assert_eq!(
        value(&text, "downbeat_speaker_info", &[r#"class="agent""#, r#"version="1.2.3""#, r#"realtime="yes""#]),
        Some(1.0)
    );
    assert_eq!(value(&text, "downbeat_zone_speakers", &[r#"zone="all""#]), Some(1.0));
    // what a speaker said that is away is no figure of now
    drop(agent);
    let text = wait_for("its end", || async {
        let text = scrape(&f).await;
        (value(&text, "downbeat_speaker_connected", &[&id]) == Some(0.0)).then_some(text)
    })
    .await;
    assert_eq!(value(&text, "downbeat_speaker_underruns_total", &[&id]), None);
    assert_eq!(value(&text, "downbeat_speakers_connected", &[]), Some(0.0));
}

#[tokio::test]
async fn speakers_of_one_name_have_series_of_their_own() {
    let f = Fixture::new().await;
    let mut agents = Vec::new();
    for _ in 0..2 {
        let mut agent = Agent::new(f.running.addr, "Kitchen").await;
        agent.state_sync().await;
        agents.push(agent);
    }
    // a series that comes twice is a panic of the reader
    let all = series(&scrape(&f).await);
    assert_eq!(all.iter().filter(|s| s.name == "downbeat_speaker_connected").count(), 2);
}

#[tokio::test]
async fn the_coordinator_tells_of_its_library_its_process_and_its_calls() {
    let f = Fixture::new().await;
    f.get("/api/zones/nowhere").await;
    f.get("/no/such/path").await;
    let text = scrape(&f).await;
    assert_eq!(value(&text, "downbeat_build_info", &[env!("CARGO_PKG_VERSION")]), Some(1.0));
    assert_eq!(value(&text, "downbeat_library_tracks", &[]), Some(4.0));
    assert_eq!(value(&text, "downbeat_library_tracks_playable", &[]), Some(3.0));
    assert_eq!(value(&text, "downbeat_scan_files_failed", &[]), Some(1.0));
    assert_eq!(value(&text, "downbeat_library_folder_present", &["/music"]), Some(1.0));
    assert_eq!(value(&text, "downbeat_zones", &[]), Some(1.0));
    for name in
        ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "downbeat_connections"]
    {
        assert!(value(&text, name, &[]).is_some_and(|n| n > 0.0), "{name}");
    }
    let count = "downbeat_http_request_duration_seconds_count";
    let missing = [r#"route="/api/zones/{zone}""#, r#"method="GET""#, r#"status="4xx""#];
    assert_eq!(value(&text, count, &missing), Some(1.0));
    assert_eq!(value(&text, count, &[r#"route="(none)""#, r#"status="4xx""#]), Some(1.0));
    assert_eq!(value(&text, "downbeat_http_problems_total", &[r#"code="zone_not_found""#]), Some(1.0));
    assert_eq!(value(&text, "downbeat_handshakes_failed_total", &[]), Some(0.0));
    // one that says nothing that could be understood
    let mut socket = tokio::net::TcpStream::connect(f.running.addr).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, &[0x16, 3, 1, 0, 2, 1, 1]).await.unwrap();
    drop(socket);
    wait_for("a handshake that failed", || async {
        (value(&scrape(&f).await, "downbeat_handshakes_failed_total", &[]) == Some(1.0)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn both_forms_have_the_same_series_and_open_metrics_has_an_end() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "Kitchen").await;
    agent.state_sync().await;
    let ask = async |accept: &str| {
        let answer = f.http.get(f.url("/metrics")).header(header::ACCEPT, accept).send().await.unwrap();
        let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        (kind, answer.text().await.unwrap())
    };
    // so that this answer itself is counted in both
    ask("text/plain").await;
    let (kind, plain) = ask("text/plain").await;
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    assert!(plain.contains("# TYPE process_cpu_seconds_total counter\n"), "{plain}");
    let (kind, open) = ask("application/openmetrics-text; version=1.0.0").await;
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open.ends_with("\n# EOF\n") && !plain.contains("# EOF"));
    assert!(open.contains("# TYPE process_cpu_seconds counter\n"), "{open}");
    // the order of labels is each form's own
    let head = |s: Series| (s.name, s.labels.split(',').map(str::to_owned).collect::<BTreeSet<_>>());
    let heads = |text: &str| -> BTreeSet<_> { series(text).into_iter().map(head).collect() };
    assert_eq!(heads(&plain), heads(&open));
}

#[tokio::test]
async fn as_much_is_told_as_was_set_and_to_those_alone_that_may() {
    let f = Fixture::with(|config| config.metrics = Detail::Zones).await;
    let mut agent = Agent::new(f.running.addr, "Kitchen").await;
    agent.state_sync().await;
    let text = scrape(&f).await;
    assert!(text.contains("downbeat_zone_speakers") && !text.contains("downbeat_speaker_connected"), "{text}");
    assert_eq!(value(&text, "downbeat_speakers_connected", &[]), Some(1.0));
    for (scopes, expected) in [(json!(["metrics"]), StatusCode::OK), (json!(["look"]), StatusCode::FORBIDDEN)] {
        let user = json!({ "name": format!("prom-{expected:?}"), "password": "correct horse battery", "role": "operator",
                           "bound": null });
        f.done("/api/users", user.clone()).await;
        let token = f.done("/api/tokens", json!({ "name": "t", "user": user["name"], "scopes": scopes })).await;
        let asked = f.stranger.get(f.url("/metrics")).bearer_auth(token["secret"].as_str().unwrap());
        assert_eq!(asked.send().await.unwrap().status(), expected, "{scopes}");
    }
    let off = Fixture::with(|config| config.metrics = Detail::Off).await;
    let (status, problem) = off.get("/metrics").await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("metrics_off")));
}

/// The names of figures that a text names.
fn named_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
    let is_one = |word: &&str| word.starts_with("downbeat_") || word.starts_with("process_");
    words.filter(is_one).map(str::to_owned).collect()
}

/// What a coordinator tells with a speaker that says all that it can, beside one that plays in step with it.
async fn told() -> BTreeSet<String> {
    let f = Fixture::new().await;
    let mut agents = Vec::new();
    for name in ["Kitchen", "Cellar"] {
        let mut agent = Agent::new(f.running.addr, name).await;
        agent.state_sync().await;
        agents.push(agent);
    }
    f.get("/no/such/path").await;
    f.play(&["a"]).await;
    for agent in &mut agents {
        agent.say(&AgentMessage::Health(Box::new(health()))).await;
    }
    wait_for("a reading of both", || async {
        (value(&scrape(&f).await, "downbeat_zone_playing", &[]) == Some(1.0)).then_some(())
    })
    .await;
    loop {
        for agent in &mut agents {
            agent.say(&AgentMessage::PositionReport(Box::new(position()))).await;
        }
        let text = scrape(&f).await;
        if text.contains("downbeat_zone_spread_seconds") && text.contains("downbeat_speaker_uptime_seconds") {
            // histograms are named without their suffixes, too
            return named_in(&text);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn every_figure_that_the_docs_name_is_told_and_every_one_that_is_told_is_in_the_docs() {
    let told = told().await;
    let page = named_in(include_str!("../../../docs/metrics.md"));
    assert_eq!(page.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "are not told");
    let parts = ["_bucket", "_count", "_sum"];
    let whole = |name: &&String| !parts.iter().any(|part| name.ends_with(part));
    let missing: Vec<_> = told.difference(&page).filter(whole).collect();
    assert_eq!(missing, Vec::<&String>::new(), "are not in docs/metrics.md");
}

#[tokio::test]
async fn every_figure_that_dashboards_and_alerts_ask_for_is_told() {
    let told = told().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/grafana");
    let boards = std::fs::read_dir(folder.join("dashboards")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = boards.chain([folder.join("rules.yml")]).collect();
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let asked = named_in(&text);
        assert!(asked.len() > 10, "{}", file.display());
        let missing: Vec<_> = asked.difference(&told).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{} asks for figures that nobody tells", file.display());
    }
    // each alert has a test of its own
    let (rules, tests) = ("rules.yml", "rules-test.yml");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let tests = read(tests);
    let rules = read(rules);
    let alerts = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        assert!(tests.contains(&format!("alertname=\"{alert}\"")), "{alert} is not tested");
    }
}

/// Two thousand speakers in as many zones as there may be, each of which says all that it can, and every call answered
/// in every kind.
#[tokio::test]
async fn two_thousand_speakers_are_sixty_thousand_series_at_most() {
    let f = Fixture::new().await;
    let zone = f.running.conductor().zones().remove(0);
    let sync = downbeat_zone::sync::Sync {
        spread_us: Some(1.0),
        bound_us: Some(1.0),
        p95_us: Some(1.0),
        max_us: Some(1.0),
        speakers: 2,
    };
    let named = |i: usize| downbeat_zone::View { name: format!("zone {i}"), ..zone.clone() };
    let zones: Vec<_> = (0..256).map(|i| ZoneFacts { view: named(i), sync }).collect();
    let speaker = |i: usize| SpeakerFacts {
        zone: Arc::from(format!("zone {}", i % 256)),
        name: format!("speaker {i}"),
        id: SpeakerId::random().to_string(),
        class: "agent",
        key: "adopted",
        connected: Some(true),
        version: "1.2.3".into(),
        volume: 1.0,
        position: Some(position()),
        health: Some(health()),
    };
    let tally = Tally::default();
    for (method, path, _) in declared() {
        for status in [101, 200, 304, 404, 500] {
            let status = StatusCode::from_u16(status).unwrap();
            tally.answered(&method, path, status, std::time::Duration::from_millis(3));
        }
    }
    // strangers' methods and paths are of one kind
    for i in 0..1_000 {
        let method = Method::from_bytes(format!("M{i}").as_bytes()).unwrap();
        tally.answered(&method, "(none)", StatusCode::NOT_FOUND, std::time::Duration::ZERO);
    }
    let facts = Facts { coordinator: CoordinatorFacts::default(), zones, speakers: (0..2_000).map(speaker).collect() };
    let text = exposition(facts, &tally, Form::Prometheus).unwrap();
    let count = series(&text).len();
    assert!(count > 2_000 * SERIES_OF_A_SPEAKER && count <= 60_000, "{count}");
}
