//! The state that survives the coordinator; its end, and its refusals to start.

use std::time::Duration;

use downbeat_protocol::SpeakerId;
use downbeat_server::{app, config::Config};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    agent::{Agent, hello},
    fixture::{Fixture, client},
};

#[tokio::test]
async fn names_zones_volumes_queue_and_position_survive_a_restart() {
    let f = Fixture::new().await;
    let id = SpeakerId::random();
    let mut agent = Agent::with(f.running.addr, hello("box 7", id)).await;
    agent.state_sync().await;
    f.done("/api/zones", json!({ "name": "Terrace" })).await;
    let body = json!({ "name": "By the Door", "zone": "Terrace", "volume": 35, "outputDelayUs": 2100 });
    let (status, _) = f.call(Method::PATCH, &format!("/api/speakers/{id}"), Some(body.to_string())).await;
    assert_eq!(status.as_u16(), 200);
    f.done("/api/playback/volume", json!({ "volume": 55, "muted": true })).await;
    f.play(&["a", "c"]).await;
    f.done("/api/playback/pause", json!({})).await;
    f.done("/api/playback/seek", json!({ "position": 1.5 })).await;
    let (_, before) = f.get("/api/playback/state").await;
    let (_, queue) = f.get("/api/zones/all/queue").await;
    drop(agent);

    let f = f.restarted().await;
    let (_, after) = f.get("/api/playback/state").await;
    for same in ["currentTrack", "playbackState", "position", "volume", "muted", "queueLength"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(before["clockId"], after["clockId"], "the same boot, the same clock");
    assert!(after["revision"].as_u64() > before["revision"].as_u64());
    assert_eq!(f.get("/api/zones/all/queue").await.1["entries"], queue["entries"]);
    let speaker = f.speaker("By the Door").await;
    let set = ["connected", "zone", "volume", "outputDelayUs"].map(|k| speaker[k].clone());
    assert_eq!(json!(set), json!([false, "Terrace", 35.0, 2100]));

    let mut agent = Agent::with(f.running.addr, hello("box 7", id)).await;
    assert_eq!(agent.state_sync().await.zone_name, "Terrace");
    assert_eq!(f.speaker("By the Door").await["connected"], true, "the name that a person gave it wins");
}

#[tokio::test]
async fn what_was_set_is_there_even_if_nobody_said_goodbye() {
    let f = Fixture::new().await;
    f.done("/api/playback/volume", json!({ "volume": 12 })).await;
    f.play(&["a"; 30]).await;
    // A second coordinator on the same data sees what the first has kept so far, as after a power cut.
    let data = f.folder.path().join("data");
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        // the second one makes keys of its own
        if file.file_type().unwrap().is_dir() {
            continue;
        }
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let config = Config::for_tests(copy.path(), vec![f.folder.path().join("music")]);
    let second = app::start(config).await.unwrap();
    let state = client().get(format!("http://{}/api/playback/state", second.addr)).send().await.unwrap();
    let state: Value = state.json().await.unwrap();
    assert_eq!((&state["volume"], &state["queueLength"]), (&12.0.into(), &30.into()));
    assert_eq!(state["playbackState"], "playing", "on the same clock the music has gone on");
    second.shutdown().await;
}

#[tokio::test]
async fn on_another_clock_the_last_position_is_held() {
    let f = Fixture::new().await;
    f.play(&["a"; 30]).await;
    let before = f.get("/api/playback/state").await.1;
    let f = f.restarted_on_another_boot().await;
    let after = f.get("/api/playback/state").await.1;
    assert_ne!(before["clockId"], after["clockId"]);
    assert_eq!((&after["playbackState"], &after["queueLength"]), (&"paused".into(), &30.into()));
}

#[tokio::test]
async fn a_stop_says_goodbye_and_is_quick() {
    let f = Fixture::new().await;
    let mut agents = Vec::new();
    for i in 0..10 {
        let mut agent = Agent::new(f.running.addr, &format!("agent {i}")).await;
        agent.state_sync().await;
        agents.push(agent);
    }
    let since = tokio::time::Instant::now();
    let goodbyes = async {
        for agent in &mut agents {
            assert_eq!(agent.until_closed().await, (vec!["stopping".into()], Some(1001)));
        }
    };
    tokio::join!(f.running.shutdown(), goodbyes);
    assert!(since.elapsed() < Duration::from_millis(2_500), "{:?}", since.elapsed());
}

#[tokio::test]
async fn what_is_to_be_done_later_survives_a_restart_and_can_be_called_off() {
    let f = Fixture::new().await;
    let now = f.get("/api/health").await.1["serverTime"].as_i64().unwrap();
    let hours = |n: i64| now + n * 3_600_000_000;
    let before = f.get("/api/playback/state").await.1;
    let track = f.track("a").await;
    let reply = f.done("/api/playback/stop", json!({ "at": hours(2) })).await;
    assert_eq!(reply["at"], hours(2));
    f.done("/api/playback/play", json!({ "trackId": track, "at": hours(1) })).await;
    f.done("/api/playback/volume", json!({ "volume": 20, "at": hours(3) })).await;
    let wanted = json!([
        { "what": "play", "at": hours(1) }, { "what": "stop", "at": hours(2) }, { "what": "volume", "at": hours(3) },
    ]);
    let state = f.get("/api/playback/state").await.1;
    assert_eq!((&state["pending"], &state["volume"]), (&wanted, &before["volume"]), "nothing else is different yet");

    let f = f.restarted().await;
    assert_eq!(f.get("/api/playback/state").await.1["pending"], wanted);
    let (status, _) = f.call(Method::DELETE, "/api/zones/all/pending", None).await;
    assert_eq!(status.as_u16(), 200);
    let f = f.restarted().await;
    assert_eq!(f.get("/api/playback/state").await.1["pending"], json!([]));
    let body = json!({ "action": "mute", "at": hours(1) }).to_string();
    let (status, problem) = f.call(Method::POST, "/api/speakers/actions?select=zone:all", Some(body)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("at_too_far")));
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    std::fs::create_dir(&music).unwrap();
    let first = app::start(Config::for_tests(folder.path().join("one"), vec![music.clone()])).await.unwrap();

    let mut config = Config::for_tests(folder.path().join("two"), vec![music.clone()]);
    config.listen = first.addr.to_string();
    let error = app::start(config).await.err().expect("the port is taken").to_string();
    assert!(error.contains(&first.addr.port().to_string()) && error.contains("--listen"), "{error}");

    let missing = folder.path().join("no music here");
    let error = app::start(Config::for_tests(folder.path().join("three"), vec![missing])).await.err().unwrap();
    assert!(error.to_string().contains("no music here"), "{error}");

    let file = folder.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let error = app::start(Config::for_tests(&file, vec![music])).await.err().unwrap();
    assert!(error.to_string().contains("a file"), "{error}");
    first.shutdown().await;
}
