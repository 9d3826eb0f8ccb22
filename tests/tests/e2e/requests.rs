//! One id follows a call from REST to the first frame of each speaker.

use downbeat_tests::{
    coordinator::{Coordinator, data_of},
    patience::until,
    rest::client,
    speaker::{Card, Speaker},
    stage::Stage,
};
use serde_json::json;

#[tokio::test]
async fn the_id_of_a_play_call_is_in_the_logs_of_the_coordinator_and_of_each_speaker() {
    let stage = Stage::new().with_noise("noise.wav", 48_000, 30.0);
    let c = Coordinator::start(&stage).await;
    let speakers = ["Kitchen", "Cellar"].map(|name| Speaker::start(&stage, c.address(), name, Card::USUAL));
    c.settled(&["Kitchen", "Cellar"]).await;
    let track = c.track(&stage, "noise.wav").await["id"].clone();
    let token = std::fs::read_to_string(data_of(&stage).join("admin-token")).expect("a token");
    let asked = client()
        .post(format!("http://{}/api/playback/play", c.address()))
        .bearer_auth(token.trim())
        .header("x-request-id", "evening-4711")
        .body(json!({ "trackId": track }).to_string());
    let answer = asked.send().await.expect("the coordinator answers");
    assert!(answer.status().is_success());
    assert_eq!(answer.headers()["x-request-id"], "evening-4711");
    assert_eq!(c.zone_is("playing").await["request"], "evening-4711");
    assert!(c.log().contains("request=evening-4711"), "{}", c.log());
    for speaker in &speakers {
        until(&format!("{} to say what it plays for", speaker.name()), async || {
            let log = speaker.log();
            log.lines().any(|line| line.contains("the first frame") && line.contains("evening-4711")).then_some(())
        })
        .await;
    }
    for speaker in speakers {
        speaker.terminate().await;
    }
}
