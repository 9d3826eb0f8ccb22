//! Two hundred speakers on one coordinator: what the load tool does with thousands, without a stopwatch.

use std::time::Duration;

use downbeat_load::{
    coordinator::{Coordinator as Loaded, usage},
    crowd::Crowd,
    run::{self, Plan},
    shared::Shared,
};
use downbeat_tests::{coordinator::Coordinator, speaker::SpeakerState, stage::Stage};
use serde_json::json;

const SPEAKERS: usize = 200;
/// Reached only when something is broken.
const PATIENCE: Duration = Duration::from_mins(1);
/// The memory of a connection in an unoptimised build, bytes, with room for the allocator's moods. A WebSocket with its
/// usual buffers alone takes 135,000.
const MEMORY_CEILING: u64 = 40_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_comes_in_hears_everything_and_comes_back() {
    let stage = Stage::new().with_noise("long.wav", 48_000, 60.0);
    let coordinator = Coordinator::start(&stage).await;
    let track = coordinator.ids(&stage, &["long.wav"]).await.remove(0);
    let address = coordinator.address().parse().expect("an address");
    let loaded = Loaded::foreign(address, None);

    let mut crowd = Crowd::new(Shared::new(address));
    crowd.grow(SPEAKERS, 1_000.0).await;
    assert!(crowd.all_online(PATIENCE).await.is_some(), "{} of {SPEAKERS} came in", crowd.board().online());
    let clients = coordinator.get("/api/clients").await;
    assert_eq!(clients["count"], SPEAKERS);
    let speakers = coordinator.speakers().await;
    assert!(speakers.len() == SPEAKERS && speakers.iter().all(SpeakerState::is_connected));

    crowd.expect("play_track");
    loaded.play(&track).await.expect("it plays");
    assert_eq!(crowd.all_got_it(PATIENCE).await.at.len(), SPEAKERS);
    crowd.expect("pause");
    loaded.post("/api/playback/pause", &json!({})).await.expect("it pauses");
    assert_eq!(crowd.all_got_it(PATIENCE).await.at.len(), SPEAKERS);

    let plan =
        Plan { speakers: SPEAKERS, a_second: 1_000.0, hold: Duration::ZERO, pauses: 0, patience: PATIENCE, tls: false };
    let storm = run::drop_storm(&plan, &crowd, &loaded, &track).await.expect("all come back");
    assert_eq!(storm.failed_plays, Vec::<String>::new());
    assert!(storm.plays > 0);
    assert!(!crowd.board().take_echoes().is_empty(), "the time was asked for, and answered");

    // A departure is kept soon, and that of all of them is one write.
    drop(crowd);
    downbeat_tests::patience::until("all to be gone", async || {
        (coordinator.get("/api/clients").await["count"] == 0).then_some(())
    })
    .await;
    let ended = coordinator.terminate().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);

    let again = Coordinator::start(&stage).await;
    let known = again.speakers().await;
    assert!(known.len() == SPEAKERS && known.iter().all(|s| !s.is_connected()), "all are known, none is connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_takes_little_memory() {
    let stage = Stage::new();
    let coordinator = Coordinator::start(&stage).await;
    let address = coordinator.address().parse().expect("an address");
    let mut crowd = Crowd::new(Shared::new(address));
    // The first ones pay for what all share.
    crowd.grow(100, 1_000.0).await;
    assert!(crowd.all_online(PATIENCE).await.is_some());
    let before = usage(coordinator.id()).rss_bytes;
    crowd.grow(500, 1_000.0).await;
    assert!(crowd.all_online(PATIENCE).await.is_some());
    let each = usage(coordinator.id()).rss_bytes.saturating_sub(before) / 400;
    assert!(each <= MEMORY_CEILING, "{each} bytes a connection");
}
