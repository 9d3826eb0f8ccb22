//! The command-line client with a real coordinator.

use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
};

use downbeat_tests::{
    coordinator::Coordinator,
    process::Process,
    speaker::{Card, Speaker},
    stage::Stage,
};
use serde_json::{Value, json};

/// Runs `downbeat` as a person at a prompt; its exit code and what it printed.
pub(crate) async fn downbeat(stage: &Stage, server: &str, words: &[&str]) -> (Option<i32>, String) {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let log = stage.path(&format!("downbeat-{}.log", RUNS.fetch_add(1, Ordering::Relaxed)));
    let arguments: Vec<_> = words.iter().chain(&["--server", server]).map(|w| (*w).to_owned()).collect();
    let ended = Process::start("downbeat", "downbeat", &arguments, &log).ended().await;
    let _ = fs::remove_file(&log);
    (ended.code, ended.log)
}

#[tokio::test]
async fn the_command_line_client_controls_and_shows() {
    let stage = Stage::new().with_noise("evening.wav", 44_100, 30.0).with_file("broken.flac", b"no music");
    let c = Coordinator::start(&stage).await;
    let speaker = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    c.settled(&["kitchen"]).await;
    let server = format!("http://{}", c.address());
    let run = async |words: &[&str]| {
        let (code, said) = downbeat(&stage, &server, words).await;
        assert_eq!(code, Some(0), "{words:?}: {said}");
        said
    };
    let run_json = async |words: &[&str]| -> Value {
        let words: Vec<_> = words.iter().copied().chain(["--json"]).collect();
        let said = run(&words).await;
        serde_json::from_str(&said).unwrap_or_else(|e| panic!("{words:?}: {e}: {said}"))
    };
    let tracks = run_json(&["tracks"]).await;
    assert_eq!(tracks["tracks"].as_array().map(Vec::len), Some(2), "{tracks}");
    assert!(run(&["tracks"]).await.contains("evening"));
    assert!(run(&["play", "evening"]).await.contains("evening"));
    c.in_step(&["kitchen"], 1_000.0).await;
    let status = run_json(&["status"]).await;
    assert_eq!(status["playback"]["playbackState"], "playing", "{status}");
    assert_eq!(status["speakers"][0]["name"], "kitchen", "{status}");
    let table = run(&["status"]).await;
    assert!(table.contains("kitchen") && table.contains("evening"), "{table}");
    assert!(run(&["speakers"]).await.contains("kitchen"));
    run(&["seek", "0:20"]).await;
    let position = c.zone_is("playing").await["position"].as_f64();
    assert!(position >= Some(20.0), "{position:?}");
    run(&["volume", "35"]).await;
    assert_eq!(c.state().await["volume"], 35.0);
    run(&["pause"]).await;
    c.zone_is("paused").await;
    run(&["resume"]).await;
    c.zone_is("playing").await;
    assert_eq!(run_json(&["stop"]).await["success"], json!(true));
    c.zone_is("stopped").await;

    let (code, said) = downbeat(&stage, &server, &["play", "nothing like it"]).await;
    assert!(code == Some(1) && said.contains("nothing"), "{code:?} {said}");
    let (code, said) = downbeat(&stage, "http://127.0.0.1:9", &["status"]).await;
    assert!(code == Some(1) && said.contains("127.0.0.1:9"), "{code:?} {said}");
    drop(speaker);
}
