//! A full disk: a change that cannot be kept is refused with a code, nothing that was kept is lost, the music goes on.

use std::fs;

use downbeat_tests::{
    coordinator::Coordinator,
    disk::Disk,
    follow::{Limits, follow, silent},
    patience::{Disturbed, listen_for, undisturbed, until},
    process::Process,
    sound::Sound,
    speaker::{Card, Speaker},
    stage::{Stage, fixture},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const RATE: u32 = 44_100;
const PART_SECONDS: f64 = 4.0;

/// Everything that people set, as the coordinator tells it.
async fn all_that_is_set(c: &Coordinator) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/api/zones/all/queue", "/api/presets", "/api/playlists"] {
        all.push(c.get(path).await);
    }
    let zones = c.get("/api/zones").await;
    all.extend(zones["zones"].as_array().expect("zones").iter().map(|z| json!([z["name"], z["state"]["volume"]])));
    all.extend(c.speakers().await.iter().map(|s| json!([s.0["name"], s.0["volume"], s.0["labels"]])));
    // the queue's own view of what plays moves on
    all[0].as_object_mut().expect("a queue").retain(|key, _| key == "entries");
    all
}

#[tokio::test]
async fn on_a_full_disk_changes_are_refused_and_the_music_goes_on() {
    undisturbed(|| async {
        let whole = Sound::noise(RATE, 8.0 * PART_SECONDS, 11);
        let stage = Stage::new();
        let frames = (PART_SECONDS * f64::from(RATE)) as usize;
        let parts: Vec<String> = (0..8).map(|k| format!("part-{k}.wav")).collect();
        for (k, name) in parts.iter().enumerate() {
            let cut = |channel: &[f32]| channel[k * frames..(k + 1) * frames].to_vec();
            Sound { rate: RATE, left: cut(&whole.left), right: cut(&whole.right) }.write_wav(&stage.music().join(name));
        }
        let disk = Disk::new(&stage);
        let c = Coordinator::start_in(&stage, "127.0.0.1:0", &[], disk.environment()).await;
        let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL.off_by(40.0));
        c.settled(&["kitchen"]).await;
        let id = c.speaker("kitchen").await.expect("it is known").id().to_owned();
        let spare = c.ids(&stage, &["part-0.wav"]).await.remove(0);
        let start = c.play(&stage, &parts.iter().map(String::as_str).collect::<Vec<_>>()).await;
        c.in_step(&["kitchen"], 1_000.0).await;
        let before = all_that_is_set(&c).await;

        disk.fill();
        let refused = [
            (Method::PATCH, format!("/api/speakers/{id}"), json!({ "name": "cellar" })),
            (Method::PATCH, format!("/api/speakers/{id}"), json!({ "volume": 30 })),
            (Method::PATCH, format!("/api/speakers/{id}"), json!({ "labels": { "floor": "2" } })),
            (Method::POST, "/api/zones".into(), json!({ "name": "attic" })),
            (Method::PATCH, "/api/zones/all".into(), json!({ "name": "everywhere" })),
            (Method::POST, "/api/presets".into(), json!({ "name": "party" })),
            (Method::POST, "/api/playlists".into(), json!({ "name": "slow" })),
        ];
        for (method, path, body) in refused {
            let answer = c.call(method.clone(), &path, &body.to_string()).await;
            let said = (answer.status, answer.body["code"].as_str());
            assert_eq!(said, (507, Some("disk_full")), "{method} {path} {body}: {}", answer.body);
        }
        // a file that comes meanwhile; and entries that end
        fs::copy(fixture("48000-mono.opus"), stage.music().join("new.opus")).expect("the test has room");
        c.post("/api/library/scan", json!({})).await;
        let third = start.at_us + 2.2 * PART_SECONDS * 1e6;
        c.in_the_past(third).await;
        assert_eq!(all_that_is_set(&c).await, before, "what was refused did not happen");
        assert_eq!(c.state().await["playbackState"], "playing");
        // nobody must be unable to turn the music down because of a disk: the change is heard, and is kept when it can
        // be
        for (path, body) in [
            ("/api/zones/all/queue", json!({ "trackId": spare })),
            ("/api/playback/volume", json!({ "volume": 100 })),
            ("/api/zones/all/session", json!({ "repeat": "all" })),
        ] {
            let method = if path.ends_with("session") { Method::PATCH } else { Method::POST };
            let answer = c.call(method, path, &body.to_string()).await;
            let said = (answer.status, answer.body["code"].as_str());
            assert_eq!(said, (507, Some("not_kept")), "{path} {body}: {}", answer.body);
        }
        let queue = c.get("/api/zones/all/queue").await;
        assert_eq!(queue["entries"].as_array().map(Vec::len), Some(parts.len() + 1));

        disk.free();
        let path = format!("/api/speakers/{id}");
        let answer = c.call(Method::PATCH, &path, &json!({ "name": "cellar" }).to_string()).await;
        assert_eq!(answer.status, 200, "there is room again: {}", answer.body);
        c.post("/api/zones", json!({ "name": "attic" })).await;
        c.post("/api/library/scan", json!({})).await;
        until("the new file to be listed", async || {
            let found = c.get("/api/search?q=new").await;
            found["tracks"].to_string().contains("\"new\"").then_some(())
        })
        .await;
        listen_for(Duration::from_secs(1)).await;
        let stop = c.ask("stop", json!({})).await;
        c.in_the_past(stop.at_us).await;
        let after = all_that_is_set(&c).await;

        // and all of it is on the disk
        c.kill().await;
        let c = Coordinator::start(&stage).await;
        assert_eq!(all_that_is_set(&c).await, after);
        let heard = kitchen.recording().await;
        silent("kitchen", &heard, (0.0, start.at_us - 3_000.0))?;
        follow("kitchen", &heard, &whole, start.at_us, (start.at_us - 3_000.0, stop.at_us - 1_000.0))?
            .check(Limits::STEERED);
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn a_coordinator_that_finds_a_full_disk_says_so() {
    let stage = Stage::new();
    let disk = Disk::new(&stage);
    disk.fill();
    let data = stage.path("server").to_string_lossy().into_owned();
    let music = stage.music().to_string_lossy().into_owned();
    let arguments = ["--listen", "127.0.0.1:0", "--music", &music, "--data", &data].map(str::to_owned);
    // its log would not fit on that disk
    let log = std::path::Path::new("/dev/null");
    let process = Process::start_in("the coordinator", "downbeat-server", &arguments, log, disk.environment());
    assert_eq!(process.ended().await.code, Some(1), "an orderly end, no panic");
    disk.free();
    assert_eq!(Coordinator::start(&stage).await.terminate().await.code, Some(0), "and begins once there is room");
}

#[tokio::test]
async fn a_speaker_with_a_full_disk_says_so_and_joins_once_there_is_room() {
    let stage = Stage::new().with_noise("evening.wav", 44_100, 120.0);
    let disk = Disk::new(&stage);
    let c = Coordinator::start(&stage).await;
    let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    // its recording would not fit there, either
    let hall = Speaker::arguments(&stage, c.address(), "hall", "virtual:rate=48000");
    let hall = Process::start_in("hall", "downbeat-agent", &hall, &stage.path("hall.log"), disk.environment());
    c.settled(&["kitchen", "hall"]).await;
    disk.fill();
    c.play(&stage, &["evening.wav"]).await;
    c.in_step(&["kitchen"], 1_000.0).await;
    until("the hall to say why it is silent", async || {
        let said = c.speaker("hall").await?;
        (said.0["lastError"]["code"] == "disk_full").then_some(())
    })
    .await;
    disk.free();
    c.in_step(&["kitchen", "hall"], 1_000.0).await;
    assert_eq!(hall.terminate().await.code, Some(0));
    assert_eq!(kitchen.terminate().await.code, Some(0));
}
