//! The programs among other programs: command lines, signals, restarts.

use std::{fs, net::TcpListener, path::Path, time::Duration};

use downbeat_tests::{
    coordinator::Coordinator,
    patience::until,
    process::{Ended, Process},
    speaker::{Card, Speaker},
    stage::Stage,
};
use reqwest::Method;
use serde_json::json;

/// Starts a program that should not stay, and waits until it is gone.
async fn refused(stage: &Stage, program: &str, arguments: &[&str]) -> String {
    let arguments: Vec<_> = arguments.iter().map(|a| (*a).to_owned()).collect();
    let log = stage.path("refused.log");
    let _ = fs::remove_file(&log);
    let Ended { code, log, .. } = Process::start(program, program, &arguments, &log).ended().await;
    assert!(code.is_some_and(|c| c != 0), "{program} {arguments:?} ends with {code:?}: {log}");
    assert!(!log.contains("panicked"), "{log}");
    log
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[tokio::test]
async fn a_taken_port_is_said() {
    let stage = Stage::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it has an address").to_string();
    let (music, data) = (text(&stage.music()), text(&stage.path("server")));
    let log = refused(&stage, "downbeat-server", &["--listen", &address, "--music", &music, "--data", &data]).await;
    assert!(log.contains(&address) && log.contains("--listen"), "{log}");
}

#[tokio::test]
async fn a_data_folder_has_one_coordinator() {
    let stage = Stage::new();
    let first = Coordinator::start(&stage).await;
    let (music, data) = (text(&stage.music()), text(&stage.path("server")));
    let arguments = ["--listen", "127.0.0.1:0", "--music", &music, "--data", &data];
    let log = refused(&stage, "downbeat-server", &arguments).await;
    assert!(log.contains(&format!("another coordinator is at work on {data}")) && log.contains("--data"), "{log}");
    // A dead one holds nothing.
    first.kill().await;
    Coordinator::start(&stage).await;
}

#[tokio::test]
async fn a_speaker_is_one_process() {
    let stage = Stage::new();
    let c = Coordinator::start(&stage).await;
    let arguments = Speaker::arguments(&stage, c.address(), "cellar", "virtual");
    let first = Process::start("cellar", "downbeat-agent", &arguments, &stage.path("cellar.log"));
    until("it to be there", async || c.speaker("cellar").await).await;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let log = refused(&stage, "downbeat-agent", &arguments).await;
    assert!(log.contains("another agent is this speaker") && log.contains("--data"), "{log}");
    first.kill().await;
}

#[tokio::test]
async fn a_music_folder_that_is_not_there_is_said() {
    let stage = Stage::new();
    let (missing, store) = (text(&stage.path("no-such-music")), text(&stage.path("server")));
    let log =
        refused(&stage, "downbeat-server", &["--listen", "127.0.0.1:0", "--music", &missing, "--data", &store]).await;
    assert!(log.contains("no-such-music"), "{log}");
}

#[tokio::test]
async fn wrong_flags_and_keys_are_named() {
    let stage = Stage::new();
    for program in ["downbeat-server", "downbeat-agent"] {
        let log = refused(&stage, program, &["--no-such-flag"]).await;
        assert!(log.contains("--no-such-flag"), "{log}");
        let file = stage.path("wrong.toml");
        fs::write(&file, "no_such_key = 1\n").expect("a file can be written");
        let log = refused(&stage, program, &["--config", &text(&file)]).await;
        assert!(log.contains("no_such_key") && log.contains("wrong.toml"), "{log}");
    }
    let log = refused(&stage, "downbeat-agent", &["--server", "ftp://example.org"]).await;
    assert!(log.contains("ftp://example.org"), "{log}");
    let log = refused(&stage, "downbeat-agent", &["--server", "ws://127.0.0.1:1", "--output", "virtual:pm=3"]).await;
    assert!(log.contains("pm"), "{log}");
}

#[tokio::test]
async fn a_speaker_without_its_sound_card_stays_and_says_so() {
    let stage = Stage::new().with_noise("song.wav", 44_100, 20.0);
    let c = Coordinator::start(&stage).await;
    let arguments = Speaker::arguments(&stage, c.address(), "cellar", "alsa:no_such_card");
    let mut agent = Process::start("cellar", "downbeat-agent", &arguments, &stage.path("cellar.log"));
    let said = until("it to say what is wrong", async || {
        c.speaker("cellar").await.filter(|s| s.0["health"]["output_fault"].is_string())
    })
    .await;
    assert!(said.0["health"].to_string().contains("no_such_card"), "{said:?}");
    // others are not held up by it
    let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    c.settled(&["kitchen"]).await;
    c.play(&stage, &["song.wav"]).await;
    c.in_step(&["kitchen"], 1_000.0).await;
    until("it to be faulted", async || c.speaker("cellar").await.filter(|s| s.0["state"] == "faulted")).await;
    assert!(agent.is_running());
    assert!(agent.log().contains("no_such_card"), "{}", agent.log());
    assert_eq!(agent.terminate().await.code, Some(0));
    drop(kitchen);
}

#[tokio::test]
async fn both_programs_end_cleanly_and_soon_while_playing() {
    let stage = Stage::new().with_noise("song.wav", 44_100, 40.0);
    let c = Coordinator::start(&stage).await;
    let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    let hall = Speaker::start(&stage, c.address(), "hall", Card::USUAL);
    c.settled(&["kitchen", "hall"]).await;
    c.play(&stage, &["song.wav"]).await;
    c.in_step(&["kitchen", "hall"], 1_000.0).await;
    let limit = Duration::from_secs(2);
    let ended = kitchen.terminate().await;
    assert!(ended.code == Some(0) && ended.took < limit, "{:?} {:?} {}", ended.code, ended.took, ended.log);
    let ended = c.terminate().await;
    assert!(ended.code == Some(0) && ended.took < limit, "{:?} {:?} {}", ended.code, ended.took, ended.log);
    // and one that has lost its coordinator
    until("it to notice", async || hall.log().contains("no connection to the coordinator").then_some(())).await;
    let ended = hall.terminate().await;
    assert!(ended.code == Some(0) && ended.took < limit, "{:?} {:?} {}", ended.code, ended.took, ended.log);
}

#[tokio::test]
async fn a_coordinator_that_comes_back_knows_what_people_set() {
    let stage = Stage::new().with_noise("one.wav", 44_100, 30.0).with_noise("second.wav", 44_100, 30.0);
    let mut c = Coordinator::start(&stage).await;
    let address = c.address().to_owned();
    let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL);
    c.settled(&["kitchen"]).await;
    let id = c.speaker("kitchen").await.expect("it is known").id().to_owned();
    let patch = json!({ "name": "Küche", "volume": 61, "outputDelayUs": 250 }).to_string();
    assert_eq!(c.call(Method::PATCH, &format!("/api/speakers/{id}"), &patch).await.status, 200);
    c.post("/api/playback/volume", json!({ "volume": 42 })).await;
    c.play(&stage, &["one.wav", "second.wav"]).await;
    c.in_step(&["Küche"], 1_000.0).await;
    let before = c.get("/api/zones/all/queue").await;
    for gently in [false, true] {
        if gently {
            assert_eq!(c.terminate().await.code, Some(0));
        } else {
            c.kill().await;
        }
        c = Coordinator::start_with(&stage, &address, &[]).await;
        let queue = c.get("/api/zones/all/queue").await;
        assert_eq!(queue["entries"], before["entries"], "the queue is kept");
        assert_eq!(c.state().await["volume"], 42.0, "the zone's volume is kept");
        let speaker = until("the speaker to come back", async || {
            c.speaker("Küche").await.filter(downbeat_tests::speaker::SpeakerState::is_connected)
        })
        .await;
        assert_eq!((speaker.id(), &speaker.0["volume"]), (&*id, &json!(61.0)), "it is the same, as loud as before");
        assert_eq!(speaker.0["outputDelayUs"], 250);
        assert_eq!(c.speakers().await.len(), 1);
    }
    // and it can play
    c.settled(&["Küche"]).await;
    c.post("/api/playback/play", json!({ "trackIds": c.ids(&stage, &["second.wav"]).await })).await;
    c.in_step(&["Küche"], 1_000.0).await;
    assert_eq!(kitchen.terminate().await.code, Some(0));
}
