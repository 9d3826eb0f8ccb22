//! The coordinator's doctor, the bundle for a helper, and how speakers are heard.

use std::{fs, process::Command};

use downbeat_trust::authority::{Authority, Names, pem};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    adoption::{self, Machine},
    fixture::{Fixture, wait_for},
};

/// The finding of an area that has these words.
fn found<'a>(answer: &'a Value, area: &str, words: &str) -> &'a Value {
    let all = answer["findings"].as_array().unwrap();
    let fits = |f: &&Value| f["area"] == area && f["what"].as_str().is_some_and(|what| what.contains(words));
    all.iter().find(fits).unwrap_or_else(|| panic!("no {words} of {area}: {answer}"))
}

#[tokio::test]
async fn a_coordinator_looks_at_its_own_machine_and_knows_when_it_was_backed_up() {
    let f = Fixture::new().await;
    let (status, answer) = f.get("/api/doctor").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["program"], "downbeat-server");
    // the fixture listens at loopback
    assert!(found(&answer, "port", "this machine alone")["todo"].as_str().unwrap().contains("0.0.0.0"));
    assert_eq!(found(&answer, "backup", "none was ever made")["verdict"], "note");
    assert_eq!(found(&answer, "music", "can be read and written")["verdict"], "good");
    assert_eq!(found(&answer, "limits", "files may be open")["verdict"], "good");
    found(&answer, "disk", "are free at");
    found(&answer, "disk", "it writes");
    found(&answer, "certificate", "people is good for");
    assert_eq!(f.post("/api/backup", json!({})).await.0, StatusCode::OK);
    // noted when the last byte was sent
    wait_for("the time of the backup", || async {
        let (_, answer) = f.get("/api/doctor").await;
        answer["findings"].as_array()?.iter().any(|f| f["what"] == "the last one is 0 days old").then_some(())
    })
    .await;
    fs::remove_dir_all(f.folder.path().join("music")).unwrap();
    f.done("/api/library/scan", json!({})).await;
    wait_for("the missing folder", || async {
        let (_, answer) = f.get("/api/doctor").await;
        (answer["verdict"] == "fault").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_told_with_its_end() {
    let pair = tempfile::tempdir().unwrap();
    let (certificate, key) = (pair.path().join("music.pem"), pair.path().join("music.key"));
    let names = Names::new(["music.example"], []);
    let now = chrono::Utc::now().timestamp();
    let made = Authority::generate().unwrap().for_people(Some(now), &names).unwrap();
    fs::write(&certificate, pem("CERTIFICATE", &made.chain[0])).unwrap();
    fs::write(&key, pem("PRIVATE KEY", made.key.secret_der())).unwrap();
    let files = downbeat_server::net::PairFiles { certificate: certificate.clone(), key };
    let f = Fixture::with(|config| config.tls_files = Some(files)).await;
    let (_, answer) = f.get("/api/doctor").await;
    assert_eq!(found(&answer, "certificate", "music.pem is good for")["verdict"], "good");
    fs::write(&certificate, "no certificate").unwrap();
    let (_, answer) = f.get("/api/doctor").await;
    assert_eq!(found(&answer, "certificate", "there is none in it")["verdict"], "fault");
}

#[tokio::test]
async fn a_bundle_for_a_helper_holds_none_of_the_secrets_that_were_planted() {
    let f = Fixture::with(|config| {
        // a person may write a password into an address
        config.access.cors = vec!["https://jo:hunter2hunter2@panel.example".to_owned()];
        config.ffmpeg = Some("/opt/ffmpeg --secret=planted-flag".into());
    })
    .await;
    let user = json!({ "name": "olga", "password": "correct horse battery", "role": "admin" });
    f.done("/api/users", user).await;
    let token = f.done("/api/tokens", json!({ "name": "script", "user": "olga" })).await["secret"].clone();
    let join = f.done("/api/join-tokens", json!({ "uses": 3, "name": "card", "address": "music.local:3000" })).await;
    let admin = fs::read_to_string(f.folder.path().join("data/admin-token")).unwrap();
    let answer = f.http.get(f.url("/api/diagnostics")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let file = f.folder.path().join("help.tar.gz");
    fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    let unpacked = Command::new("tar").arg("-xzOf").arg(&file).output().unwrap();
    let all = String::from_utf8_lossy(&unpacked.stdout);
    assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
    for part in ["downbeat-server 0", "are free at", "Config {", "\"tracks\": 4", "downbeat_"] {
        assert!(all.contains(part), "{part} is not in it");
    }
    let key = fs::read_to_string(f.folder.path().join("data/trust/ca.key")).unwrap();
    let key = key.lines().nth(1).unwrap();
    let join = join["text"].as_str().unwrap();
    for secret in [
        "hunter2hunter2",
        "planted-flag",
        "correct horse battery",
        token.as_str().unwrap(),
        admin.trim(),
        join,
        key,
        "PRIVATE KEY",
    ] {
        assert!(!all.contains(secret), "{secret} is in it");
    }
}

#[tokio::test]
async fn a_speaker_is_told_how_it_is_heard_and_nobody_else_is() {
    let f = Fixture::with(adoption::usual).await;
    let (_, stranger) = f.get("/api/reach").await;
    assert_eq!((stranger["address"].as_str(), &stranger["speaker"]), (Some("127.0.0.1"), &Value::Null));
    let kitchen = Machine::new();
    let tls = rustls::ClientConfig::clone(&kitchen.client);
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let asked = async || {
        let answer = client.get(format!("https://{}/api/reach", f.running.addr)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!(asked().await["speaker"], Value::Null, "of a key that nobody knows");
    let mut agent = kitchen.says(&f, adoption::named("Kitchen")).await;
    adoption::standing(&mut agent).await;
    adoption::adopt(&f, &kitchen).await;
    agent.state_sync().await;
    wait_for("the connection", || async { (asked().await["speaker"]["connected"] == true).then_some(()) }).await;
    assert_eq!(asked().await["encrypted"], true);
    drop(agent);
    wait_for("the end of it", || async { (asked().await["speaker"]["connected"] == false).then_some(()) }).await;
}
