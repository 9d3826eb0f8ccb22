//! The data of earlier versions is read by this one. `fixtures/0.1.0` is the data folder of a coordinator of that
//! version (schema 2) that had three speakers, three zones and the project's fixtures as music, and the id of its
//! kitchen.

use std::{fs, path::PathBuf};

use downbeat_tests::{
    coordinator::Coordinator,
    patience::until,
    speaker::{Card, Speaker},
    stage::Stage,
};
use serde_json::{Value, json};

const KITCHEN: &str = "68daf80f-3f8e-4633-8511-be746851950c";
const GAPLESS_A: &str = "18e44ec7-1dc2-4a80-823c-b2a662336720";
const GAPLESS_B: &str = "953b751c-5335-4575-9180-b80808ffa047";
const OPUS: &str = "f816cbec-11fc-43a0-b719-0c9cccadf477";
const MP3: &str = "1f067b89-f47a-4d10-a3ef-9f76ffb3b6f3";

fn kept(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/0.1.0")).join(name)
}

fn copy(name: &str, stage: &Stage, to: &str) {
    fs::create_dir_all(stage.path(to)).expect("a folder can be made");
    fs::copy(kept(name), stage.path(to).join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
}

fn column(list: &Value, of: &str, field: &str) -> Vec<Value> {
    list[of].as_array().unwrap_or_else(|| panic!("{of} of {list}")).iter().map(|row| row[field].clone()).collect()
}

async fn check(c: &Coordinator) {
    let mut zones = c.get("/api/zones").await;
    let zones = zones["zones"].as_array_mut().expect("zones");
    zones.sort_by_key(|z| z["name"].to_string());
    let said: Vec<_> = zones.iter().map(|z| json!([z["name"], z["state"]["volume"]])).collect();
    assert_eq!(said, [json!(["Küche oben", 100.0]), json!(["all", 55.0]), json!(["garden", 20.0])]);

    let mut speakers = c.speakers().await;
    speakers.sort_by_key(|s| s.name().to_owned());
    let said: Vec<_> = speakers
        .iter()
        .map(|s| json!([s.0["name"], s.0["zone"], s.0["volume"], s.0["muted"], s.0["outputDelayUs"]]))
        .collect();
    let expected = [
        json!(["hall", "all", 100.0, true, 0]),
        json!(["kitchen window", "all", 40.0, false, 250]),
        json!(["porch", "garden", 100.0, false, 0]),
    ];
    assert_eq!(said, expected);

    let queue = c.get("/api/zones/all/queue").await;
    assert_eq!(column(&queue, "entries", "trackId"), [GAPLESS_A, GAPLESS_B, OPUS, MP3, GAPLESS_A]);
    assert_eq!(queue["entries"][0]["entry"], "9286b892-96bf-4687-9780-741a4ccc6019");
    assert_eq!(queue["current"], "f5863f32-c6d1-4a9b-95ce-699557aeb929");
    let garden = c.get("/api/zones/garden/queue").await;
    assert_eq!(column(&garden, "entries", "title"), ["44100-stereo-16", "48000-mono-24"]);

    let state = c.state().await;
    assert_eq!(
        (&state["playbackState"], &state["currentTrack"]["id"]),
        (&json!("paused"), &json!(GAPLESS_B)),
        "{state}"
    );
    let position = state["position"].as_f64().expect("a position");
    assert!((position - 0.318_616_780_045_351_5).abs() < 1e-6, "{position}");
}

#[tokio::test]
async fn what_version_0_1_0_kept_is_all_there() {
    // the same music in another place, known by its bytes
    let music =
        ["gapless-a.flac", "gapless-b.flac", "48000-mono.opus", "44100-stereo-cbr-lame.mp3", "44100-stereo-16.wav"];
    let stage = Stage::new().with_fixtures(&music);
    copy("downbeat.db", &stage, "server");
    copy("speaker-id", &stage, "kitchen");
    let c = Coordinator::start(&stage).await;
    assert_eq!(c.ids(&stage, &music[..4]).await, [GAPLESS_A, GAPLESS_B, OPUS, MP3]);
    check(&c).await;
    let album = c.get("/api/search?q=gapless").await;
    assert!(album["tracks"].to_string().contains(GAPLESS_A), "old rows are found, too: {album}");

    // brought up to date once, it is read like any other
    assert_eq!(c.terminate().await.code, Some(0));
    let c = Coordinator::start(&stage).await;
    check(&c).await;

    let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    until("the kitchen to be itself", async || {
        c.speaker("kitchen window").await.filter(|s| s.is_connected() && s.id() == KITCHEN)
    })
    .await;
    c.settled(&["kitchen window"]).await;
    c.post("/api/playback/resume", json!({})).await;
    until("the music to go on from where it was, to the next entry", async || {
        let now = c.state().await;
        assert_ne!(now["currentTrack"]["id"], GAPLESS_A);
        (now["currentTrack"]["id"] == OPUS).then_some(())
    })
    .await;
    assert_eq!(kitchen.terminate().await.code, Some(0));
}

/// True if everything that `expected` says is in `actual`: lists of one length in one order, objects with no less.
fn holds(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().all(|(key, value)| actual.get(key).is_some_and(|a| holds(a, value)))
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len() && actual.iter().zip(expected).all(|(a, e)| holds(a, e))
        }
        (actual, expected) => actual == expected,
    }
}

/// `fixtures/schema-11` is the data folder of a coordinator before 0.2 with two speakers, a queue, playlists, a preset
/// and a play history; `expected.json` holds what it answered before it was ended.
#[tokio::test]
async fn the_ids_lists_settings_and_plays_of_the_version_before_outlive_the_update_and_its_scan() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/schema-11"));
    let music =
        ["gapless-a.flac", "gapless-b.flac", "48000-mono.opus", "44100-stereo-cbr-lame.mp3", "44100-stereo-16.wav"];
    let stage = Stage::new().with_fixtures(&music);
    fs::create_dir_all(stage.path("server")).expect("a folder can be made");
    fs::copy(folder.join("downbeat.db"), stage.path("server").join("downbeat.db")).expect("it is copied");
    let expected = fs::read_to_string(folder.join("expected.json")).expect("it is there");
    let expected: Value = serde_json::from_str(&expected).expect("it is JSON");
    for _ in 0..2 {
        let c = Coordinator::start(&stage).await;
        c.scanned().await;
        for (call, expected) in expected.as_object().expect("calls") {
            let answer = c.get(call).await;
            assert!(holds(&answer, expected), "{call}\nis  {answer}\nwas {expected}");
        }
        assert_eq!(c.terminate().await.code, Some(0));
    }
}
