//! Logs hold no secrets, however much is logged and whatever is said to the programs. The logs of all other tests are
//! looked at as well, when their stage ends.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use downbeat_tests::{
    coordinator::{Coordinator, data_of},
    patience::until,
    process::Process,
    rest::client,
    secrets::{self, PASSWORD},
    speaker::Speaker,
    stage::Stage,
};
use reqwest::Method;
use serde_json::json;

#[test]
fn secrets_are_known_by_their_form() {
    let token = format!("dbt_{}", "7".repeat(52));
    for (text, found) in [
        (format!("INFO authorization: Bearer {token}"), "dbt_"),
        (format!("join dbj1.ABCD.{}.x.music.local:3000", "7".repeat(32)), "dbj1."),
        ("-----BEGIN PRIVATE KEY-----".into(), "PRIVATE KEY"),
        ("cookie: __Host-downbeat=abc".into(), "__Host-downbeat="),
        ("open https://music.local:3000/setup#ABCD".into(), "/setup#"),
        ("hash=$argon2id$v=19".into(), "$argon2"),
        (format!("password: {PASSWORD}"), PASSWORD),
    ] {
        assert_eq!(secrets::in_text(&text), [found], "{text}");
    }
    // words about secrets are none
    let harmless = "a token begins with dbt_ or dbj1., its cookie is __Host-downbeat; a link ends in /setup#";
    assert!(secrets::in_text(harmless).is_empty());
}

#[tokio::test]
async fn the_most_talkative_logs_hold_no_secret() {
    let stage = Stage::new().with_fixtures(&["gapless-a.flac"]);
    let talkative = || vec![("DOWNBEAT_LOG".to_owned(), "trace".to_owned())];
    let usual = ["--legacy-speakers", "until=never"];
    let c = Coordinator::start_in(&stage, "127.0.0.1:0", &usual, talkative()).await;
    c.post("/api/users", json!({ "name": "ada", "password": PASSWORD, "role": "admin" })).await;
    c.post("/api/setup-link", json!({})).await;
    let made = c.post("/api/tokens", json!({ "name": "script", "user": "ada" })).await;
    let token = made["secret"].as_str().expect("it is shown once");
    // each secret, at each place where somebody may say it by mistake
    let cookie = format!("__Host-downbeat={}", &token[4..]);
    let login = json!({ "user": "ada", "password": PASSWORD }).to_string();
    let broken = format!("{{\"user\": \"ada\", \"password\": \"{PASSWORD}\", }}");
    let http = client();
    let url = |path: &str| format!("http://{}{path}", c.address());
    for path in ["/api/login", "/api/setup", "/api/password", "/api/users", "/api/playback/volume", "/no/such"] {
        for body in [&login, &broken, token] {
            let request = http.post(url(path)).header("cookie", &cookie).body(body.to_owned());
            request.send().await.expect("it answers");
            let forwarded = http.post(url(path)).header("x-forwarded-for", "10.0.0.1").bearer_auth(token);
            forwarded.body(body.to_owned()).send().await.expect("it answers");
            c.call(Method::POST, path, body).await;
        }
    }
    http.get(url(&format!("/api/zones?token={token}"))).bearer_auth(token).send().await.expect("it answers");
    http.get(url(&format!("/{token}"))).header("origin", format!("http://{token}")).send().await.expect("it answers");

    // a speaker joins, plays, and meets a token that was used up
    let made = c.post("/api/join-tokens", json!({ "uses": 1, "address": c.address() })).await;
    let join = made["text"].as_str().expect("a text").to_owned();
    for (name, code) in [("Till", 0), ("Bar", 1)] {
        let output = "virtual:rate=48000";
        let data = stage.path(name).to_string_lossy().into_owned();
        let words = ["--data", &data, "--name", name, "--output", output, "join", &join].map(str::to_owned);
        let log = stage.path(&format!("{name}-join.log"));
        let ended = Process::start_in(name, "downbeat-agent", &words, &log, talkative()).ended().await;
        assert_eq!(ended.code, Some(code), "{}", ended.log);
    }
    let arguments = Speaker::arguments(&stage, c.address(), "Till", "virtual:rate=48000");
    let till = Process::start_in("Till", "downbeat-agent", &arguments, &stage.path("Till.log"), talkative());
    c.settled(&["Till"]).await;
    c.play(&stage, &["gapless-a.flac"]).await;
    until("it to play", async || c.speaker("Till").await.filter(|s| s.0["state"] == "playing")).await;
    assert_eq!(till.terminate().await.code, Some(0));
    let audit = [c.text("/api/audit").await, c.text("/api/audit?kind=refusals").await].concat();
    assert_eq!(secrets::in_text(&audit), [""; 0], "the audit");
    let list = [c.text("/api/tokens?all=true").await, c.text("/api/join-tokens").await, c.text("/api/users").await];
    assert_eq!(secrets::in_text(&list.concat()), [""; 0], "the lists");
    assert_eq!(c.terminate().await.code, Some(0));

    let log = fs::read_to_string(stage.path("coordinator.log")).expect("it is there");
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "it is talkative");
    let held: Vec<_> = log.lines().filter(|line| !secrets::in_text(line).is_empty()).collect();
    assert!(held.is_empty(), "{held:#?}");
    assert_eq!(secrets::in_logs(Path::new(&stage.path(""))), []);
    // what is only for this user is for this user alone
    for secret in ["admin-token", "trust/ca.key"] {
        let file = fs::metadata(data_of(&stage).join(secret)).expect(secret);
        assert_eq!(file.permissions().mode() & 0o077, 0, "{secret}");
    }
}
