//! Speakers change between zones that both play: the one that moves joins in step, and nobody else hears anything.

use std::time::Duration;

use downbeat_tests::{
    coordinator::{Coordinator, Reply},
    follow::{Limits, follow, silent},
    patience::{Disturbed, listen_for, undisturbed},
    recording::Recording,
    sound::Sound,
    speaker::{Card, Speaker},
    stage::Stage,
};
use reqwest::Method;
use serde_json::json;

/// Speakers within this of each other are in step, microseconds.
const STEP_US: f64 = 1_000.0;
/// Fades, microseconds.
const FADE_US: f64 = 12_000.0;

/// The sound that one zone plays, and since when.
struct Playing {
    sound: Sound,
    since_us: f64,
}

async fn play(c: &Coordinator, stage: &Stage, zone: &str, file: &str) -> Playing {
    let ids = c.ids(stage, &[file]).await;
    let body = json!({ "trackIds": ids, "at": c.soon().await });
    let reply = Reply::of(&c.post(&format!("/api/zones/{zone}/playback/play"), body).await);
    Playing { sound: stage.sound(file), since_us: reply.at_us }
}

async fn change(c: &Coordinator, speaker: &str, what: serde_json::Value) {
    let answer = c.call(Method::PATCH, &format!("/api/speakers/{speaker}"), &what.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// One copy of what its zone plays, without a gap and without a step, from the first frame until `to_us`.
fn undisturbed_by_it(who: &str, heard: &Recording, zone: &Playing, to_us: f64) -> Result<(), Disturbed> {
    silent(who, heard, (0.0, zone.since_us - 3_000.0))?;
    let span = (zone.since_us - 3_000.0, to_us);
    follow(who, heard, &zone.sound, zone.since_us, span)?.check(Limits::STEERED);
    Ok(())
}

#[tokio::test]
async fn a_speaker_moves_between_two_zones_that_play_and_nobody_else_hears_it() {
    undisturbed(|| async {
        let stage = Stage::new().with_noise("first.wav", 44_100, 60.0).with_noise("another.wav", 48_000, 60.0);
        let c = Coordinator::start(&stage).await;
        let names = ["kitchen", "hall", "porch"];
        let cards = [Card::USUAL.off_by(40.0), Card::USUAL.off_by(20.0), Card { rate: 44_100, ppm: -60.0 }];
        let [kitchen, hall, porch] = std::array::from_fn(|n| Speaker::start(&stage, c.address(), names[n], cards[n]));
        c.settled(&names).await;
        c.post("/api/zones", json!({ "name": "home" })).await;
        c.post("/api/zones", json!({ "name": "garden" })).await;
        let to_home = json!({ "action": "move", "zone": "home" });
        let moved = c.post("/api/speakers/actions?select=name%20in%20(kitchen,hall)", to_home).await;
        assert_eq!(moved["targets"].as_array().map(Vec::len), Some(2), "{moved}");
        change(&c, "porch", json!({ "zone": "garden" })).await;

        let home = play(&c, &stage, "home", "first.wav").await;
        let garden = play(&c, &stage, "garden", "another.wav").await;
        c.in_step(&names, STEP_US).await;
        listen_for(Duration::from_millis(1_500)).await;

        let left_us = c.now_us().await;
        change(&c, "hall", json!({ "zone": "garden" })).await;
        let arrived_us = c.now_us().await;
        listen_for(Duration::from_secs(3)).await;
        c.in_step(&names, STEP_US).await;
        let settled_us = c.now_us().await;
        listen_for(Duration::from_millis(1_500)).await;
        let end_us = c.now_us().await;
        let recordings = [kitchen.recording().await, hall.recording().await, porch.recording().await];
        let [kitchen, hall, porch] = &recordings;

        let to_us = end_us - 50_000.0;
        undisturbed_by_it("kitchen", kitchen, &home, to_us)?;
        // Until company comes the porch is alone: there is nobody to be in step with.
        silent("porch", porch, (0.0, garden.since_us - 3_000.0))?;
        let whole = (garden.since_us - 3_000.0, to_us);
        follow("porch", porch, &garden.sound, garden.since_us, whole)?.check(Limits::BENT);
        let alone = (garden.since_us - 3_000.0, left_us - 1_000.0);
        follow("porch, alone", porch, &garden.sound, garden.since_us, alone)?.check(Limits::STEERED);
        let company = (arrived_us + 500_000.0, to_us);
        follow("porch, with company", porch, &garden.sound, garden.since_us, company)?.check(Limits::STEERED);
        let before = (home.since_us - 3_000.0, left_us - 1_000.0);
        follow("hall, before", hall, &home.sound, home.since_us, before)?.check(Limits::STEERED);
        let joined = (arrived_us + 1_500_000.0, to_us);
        follow("hall, after", hall, &garden.sound, garden.since_us, joined)?.check(Limits::COMING);
        let in_step = (settled_us + FADE_US, to_us);
        follow("hall, in step", hall, &garden.sound, garden.since_us, in_step)?.check(Limits::STEERED);
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn a_zone_that_plays_is_deleted_and_only_its_own_speaker_hears_that() {
    undisturbed(|| async {
        let stage = Stage::new().with_noise("first.wav", 44_100, 60.0).with_noise("another.wav", 48_000, 60.0);
        let c = Coordinator::start(&stage).await;
        let names = ["kitchen", "porch"];
        let [kitchen, porch] =
            std::array::from_fn(|n| Speaker::start(&stage, c.address(), names[n], Card::USUAL.off_by(30.0)));
        c.settled(&names).await;
        c.post("/api/zones", json!({ "name": "garden" })).await;
        change(&c, "porch", json!({ "zone": "garden" })).await;
        let home = play(&c, &stage, "all", "first.wav").await;
        let garden = play(&c, &stage, "garden", "another.wav").await;
        c.in_step(&names, STEP_US).await;
        listen_for(Duration::from_millis(1_500)).await;
        let left_us = c.now_us().await;
        let answer = c.call(Method::DELETE, "/api/zones/garden", "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        listen_for(Duration::from_secs(2)).await;
        c.in_step(&names, STEP_US).await;
        let settled_us = c.now_us().await;
        listen_for(Duration::from_millis(1_500)).await;
        let to_us = c.now_us().await - 50_000.0;
        let (kitchen, porch) = (kitchen.recording().await, porch.recording().await);
        undisturbed_by_it("kitchen", &kitchen, &home, to_us)?;
        let before = (garden.since_us - 3_000.0, left_us - 1_000.0);
        follow("porch, before", &porch, &garden.sound, garden.since_us, before)?.check(Limits::STEERED);
        let after = (settled_us + FADE_US, to_us);
        follow("porch, after", &porch, &home.sound, home.since_us, after)?.check(Limits::STEERED);
        Ok::<(), Disturbed>(())
    })
    .await;
}
