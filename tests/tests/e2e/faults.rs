//! Files that cannot be played.

use std::fs;

use downbeat_tests::{
    coordinator::Coordinator,
    follow::{Limits, follow, silent},
    patience::{Disturbed, undisturbed},
    recording::Recording,
    sound::Sound,
    speaker::{Card, Speaker},
    stage::{self, Stage},
};
use serde_json::json;

/// Two halves of one piece, with things between them that cannot be played: it must come out as one piece.
async fn come_out_as_one(stage: &Stage, coordinator: &Coordinator, queue: &[String]) -> Result<(), Disturbed> {
    let speaker = Speaker::start(stage, coordinator.address(), "kitchen", Card { rate: 44_100, ppm: 0.0 });
    coordinator.settled(&["kitchen"]).await;
    let body = json!({ "trackIds": queue, "at": coordinator.soon().await });
    let reply = coordinator.post("/api/playback/play", body).await;
    let at_us = reply["at"].as_f64().expect("an instant");
    coordinator.zone_is("stopped").await;
    let whole = stage.sound("gapless-a.flac").then(&stage.sound("gapless-b.flac"));
    heard_as(&speaker.recording().await, &whole, at_us)
}

fn heard_as(recording: &Recording, whole: &Sound, at_us: f64) -> Result<(), Disturbed> {
    silent("before", recording, (0.0, at_us - 3_000.0))?;
    let span = (at_us - 3_000.0, at_us + whole.micros() + 3_000.0);
    follow("the piece", recording, whole, at_us, span)?.check(Limits::SETTLED);
    Ok(())
}

#[tokio::test]
async fn broken_files_are_listed_with_their_fault_and_skipped_on_time() {
    undisturbed(|| async {
        let mut cut = fs::read(stage::fixture("44100-stereo-alac.m4a")).expect("the fixture is there");
        cut.truncate(60);
        let stage = Stage::new()
            .with_fixtures(&["gapless-a.flac", "gapless-b.flac"])
            .with_file("noise.flac", &vec![0x5a; 40_000])
            .with_file("empty.mp3", &[])
            .with_file("cut.m4a", &cut);
        let coordinator = Coordinator::start(&stage).await;
        let mut queue = Vec::new();
        for file in ["gapless-a.flac", "noise.flac", "empty.mp3", "cut.m4a", "gapless-b.flac"] {
            let track = coordinator.track(&stage, file).await;
            let sound = file.starts_with("gapless");
            assert_eq!(track["fault"].is_null(), sound, "{track}");
            assert!(sound || track["fault"].as_str().is_some_and(|f| f.len() > 8), "{track}");
            queue.push(track["id"].as_str().expect("an id").to_owned());
        }
        let alone = json!({ "trackId": queue[1] }).to_string();
        let answer = coordinator.call(reqwest::Method::POST, "/api/playback/play", &alone).await;
        assert_eq!((answer.status, &answer.body["code"]), (409, &json!("track_unplayable")), "{answer:?}");
        come_out_as_one(&stage, &coordinator, &queue).await
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_gone_when_a_speaker_fetches_it_is_skipped_on_time() {
    undisturbed(|| async {
        let gone = "44100-stereo-16.flac";
        let stage = Stage::new().with_fixtures(&["gapless-a.flac", gone, "gapless-b.flac"]);
        let coordinator = Coordinator::start(&stage).await;
        let queue = coordinator.ids(&stage, &["gapless-a.flac", gone, "gapless-b.flac"]).await;
        fs::remove_file(stage.music().join(gone)).expect("it can be removed");
        come_out_as_one(&stage, &coordinator, &queue).await
    })
    .await;
}
