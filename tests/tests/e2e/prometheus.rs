//! A real Prometheus scrapes a real coordinator with a speaker that plays, and each query of each dashboard and of each
//! rule is asked of it. Where there is none the tests say so and end.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use downbeat_tests::{
    coordinator::{Coordinator, data_of},
    patience::until,
    process::Process,
    rest::client,
    speaker::{Card, Speaker},
    stage::Stage,
};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::behind_nginx::proxy;

/// Dashboards, rules and their tests.
const GRAFANA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/grafana");

/// Queries that a healthy house on this machine answers with nothing: nothing is away, no sensor tells.
const NOTHING: [&str; 5] = [
    "downbeat_speaker_connected{job=~\".*\", zone=~\".*\"} == 0",
    "downbeat_speaker_temperature_celsius",
    "downbeat_speaker_undervoltage",
    "downbeat_speaker_wifi_signal_dbm",
    "downbeat_scan_last",
];

/// The queries of a dashboard, with what its variables stand for.
fn queries(board: &Value) -> Vec<String> {
    let panels = board["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let filled = targets.map(|target| {
        let text = target["expr"].as_str().expect("a query");
        // one zone is chosen by its name, several as a pattern
        text.replace("\"$zone\"", "\"all\"")
            .replace("~\"all\"", "~\".*\"")
            .replace("$job", ".*")
            .replace("$speaker", ".*")
    });
    filled.collect()
}

fn boards() -> Vec<(PathBuf, Value)> {
    let folder = fs::read_dir(Path::new(GRAFANA).join("dashboards")).expect("dashboards");
    let files = folder.map(|entry| entry.expect("a file").path());
    files
        .map(|path| (path.clone(), serde_json::from_str(&fs::read_to_string(path).expect("text")).expect("JSON")))
        .collect()
}

/// Asks Prometheus; its answer's data.
async fn ask(address: &str, path: &str, query: &str) -> Value {
    let url = format!("http://{address}/api/v1/{path}");
    let url = if query.is_empty() { url } else { format!("{url}?query={}", encoded(query)) };
    let answer = client().get(url).send().await.expect("Prometheus answers");
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["status"], "success", "{query}: {answer}");
    answer["data"].clone()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

#[tokio::test]
async fn prometheus_answers_each_query_of_each_dashboard() {
    let Some(program) = proxy("prometheus") else { return };
    let stage = Stage::new().with_noise("noise.wav", 48_000, 60.0);
    let c = Coordinator::start(&stage).await;
    let kitchen = Speaker::start(&stage, c.address(), "Kitchen", Card::USUAL);
    let cellar = Speaker::start(&stage, c.address(), "Cellar", Card::USUAL);
    c.settled(&["Kitchen", "Cellar"]).await;
    c.play(&stage, &["noise.wav"]).await;
    c.zone_is("playing").await;
    // a call that is a problem
    client().get(format!("http://{}/no/such/path", c.address())).send().await.expect("an answer");

    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").to_string();
    let rules = Path::new(GRAFANA).join("rules.yml").canonicalize().expect("rules");
    let text = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [\"{}\"]\nscrape_configs:\n  - job_name: \
         downbeat\n    authorization: {{credentials_file: \"{}\"}}\n    static_configs: [{{targets: [\"{}\"]}}]\n",
        rules.display(),
        data_of(&stage).join("admin-token").display(),
        c.address(),
    );
    let file = stage.path("prometheus.yml");
    fs::write(&file, text).expect("a file can be written");
    let words = [
        format!("--config.file={}", file.display()),
        format!("--storage.tsdb.path={}", stage.path("prometheus").display()),
        format!("--web.listen-address={free}"),
    ];
    let _prometheus = Process::start("Prometheus", &program.to_string_lossy(), &words, &stage.path("prometheus.log"));
    until("Prometheus to have several scrapes", async || {
        let ready = client().get(format!("http://{free}/-/ready")).send().await.ok()?;
        ready.error_for_status().ok()?;
        let spread = "count_over_time(downbeat_zone_spread_seconds[1m]) > 3";
        let found = ask(&free, "query", spread).await;
        found["result"].as_array().is_some_and(|result| !result.is_empty()).then_some(())
    })
    .await;
    let targets = ask(&free, "targets", "").await;
    assert_eq!(targets["activeTargets"][0]["health"], "up", "{targets}");

    let mut asked = 0;
    for (path, board) in boards() {
        for query in queries(&board) {
            assert!(!query.contains('$'), "{}: {query} has a variable that nobody fills", path.display());
            let answer = ask(&free, "query", &query).await;
            let result = answer["result"].as_array().expect("a result");
            let expected = !NOTHING.iter().any(|nothing| query.contains(nothing));
            assert!(!result.is_empty() || !expected, "{}: {query} has no answer", path.display());
            asked += 1;
        }
    }
    assert!(asked > 80, "{asked}");
    let groups = ask(&free, "rules", "").await;
    let rules: Vec<_> = groups["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .flat_map(|g| g["rules"].as_array().expect("rules"))
        .collect();
    assert!(rules.len() > 20);
    for rule in rules {
        assert_eq!(rule["lastError"].as_str().unwrap_or_default(), "", "{rule}");
        // this machine may be hot, or give no real-time priority, which is told after a while
        assert_ne!(rule["state"], "firing", "all is well: {rule}");
    }
    kitchen.terminate().await;
    cellar.terminate().await;
}

#[tokio::test]
async fn the_rules_hold_their_own_tests() {
    let Some(promtool) = proxy("promtool") else { return };
    for words in
        [["check", "rules", "rules.yml"], ["test", "rules", "rules-test.yml"], ["check", "config", "prometheus.yml"]]
    {
        let mut command = Command::new(&promtool);
        if words[1] == "config" {
            // the sample names files of a machine that is set up
            command.args(["check", "config", "--syntax-only", words[2]]);
        } else {
            command.args(words);
        }
        let said = command.current_dir(GRAFANA).output().expect("promtool runs");
        let text = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{words:?}: {text}");
    }
}

#[tokio::test]
async fn what_is_told_is_as_prometheus_wants_it() {
    let Some(promtool) = proxy("promtool") else { return };
    let stage = Stage::new();
    let c = Coordinator::start(&stage).await;
    let kitchen = Speaker::start(&stage, c.address(), "Kitchen", Card::USUAL);
    c.settled(&["Kitchen"]).await;
    let file = stage.path("metrics.txt");
    let text = c.text("/metrics").await;
    fs::write(&file, text).expect("a file can be written");
    let said = Command::new(&promtool)
        .args(["check", "metrics"])
        .stdin(fs::File::open(&file).expect("a file"))
        .output()
        .expect("promtool runs");
    let complaints = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{complaints}");
    kitchen.terminate().await;
}
