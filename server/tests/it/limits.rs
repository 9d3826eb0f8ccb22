//! Costs that one stranger can make: numbers, paces, claims, long stories.

use downbeat_protocol::{
    AgentMessage, ServerMessage, SpeakerId,
    agent_message::{ClientError, Hello},
    report::Position,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    agent::{Agent, Event, hello},
    fixture::{Fixture, wait_for},
};

/// The reason why a hello is refused; `None`: it is let in.
async fn refused(f: &Fixture, hello: Hello) -> Option<String> {
    let mut agent = Agent::with(f.running.addr, hello).await;
    let Event::Message(first) = agent.next().await else { panic!("closed without a word") };
    match *first {
        ServerMessage::Error(error) => {
            assert_eq!((error.code.as_str(), error.fatal), ("not_admitted", true), "{}", error.detail);
            Some(error.detail)
        }
        _ => None,
    }
}

#[tokio::test]
async fn a_chirp_at_a_time() {
    let f = Fixture::new().await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    let (mut begun, mut often) = (0, 0);
    for _ in 0..50 {
        match f.post("/api/speakers/kitchen/identify", json!({})).await {
            (StatusCode::NO_CONTENT, _) => begun += 1,
            (StatusCode::TOO_MANY_REQUESTS, problem) => {
                assert_eq!(problem["code"], "too_often");
                often += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(begun >= 1 && often > begun, "{begun} chirps, {often} refused");
    let (status, targets) = f.post("/api/speakers/actions?select=all", json!({ "action": "identify" })).await;
    assert!(status == StatusCode::CONFLICT || status == StatusCode::OK, "{targets}");
    drop(kitchen);
}

#[tokio::test]
async fn zones_are_bounded_and_speakers_make_half_of_them_at_most() {
    let f = Fixture::with(|c| c.max_zones = 6).await;
    let newcomer = |zone: &str| Hello { zone: Some(zone.into()), ..hello(zone, SpeakerId::random()) };
    for zone in ["one", "two"] {
        assert_eq!(refused(&f, newcomer(zone)).await, None);
    }
    let why = refused(&f, newcomer("three")).await.expect("a fourth zone");
    assert!(why.contains("3 zones already"), "{why}");
    assert_eq!(f.speaker("three").await, serde_json::Value::Null, "and no speaker is left behind");
    for zone in ["three", "four", "five"] {
        assert_eq!(f.post("/api/zones", json!({ "name": zone })).await.0, StatusCode::CREATED, "{zone}");
    }
    let (status, problem) = f.post("/api/zones", json!({ "name": "six" })).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("too_many_zones")));
    assert_eq!(refused(&f, newcomer("three")).await, None, "a zone that is there");
}

#[tokio::test]
async fn strangers_are_bounded_and_those_that_are_known_come_in() {
    let f = Fixture::with(|c| c.max_speakers = 3).await;
    let known = hello("known", SpeakerId::random());
    assert_eq!(refused(&f, known.clone()).await, None);
    for name in ["one", "two"] {
        assert_eq!(refused(&f, hello(name, SpeakerId::random())).await, None);
    }
    for i in 0..10 {
        let why = refused(&f, hello(&i.to_string(), SpeakerId::random())).await.expect("one too many");
        assert!(why.contains("3 speakers already"), "{why}");
    }
    let gone = || async { (f.speaker("known").await["connected"] == false).then_some(()) };
    wait_for("the end of its connection", gone).await;
    assert_eq!(refused(&f, known).await, None);
    let (_, list) = f.get("/api/speakers").await;
    assert_eq!(list["count"], 3);
}

#[tokio::test]
async fn a_speaker_that_claims_an_hour_holds_nobody_up() {
    let f = Fixture::new().await;
    let mut honest = Agent::new(f.running.addr, "honest").await;
    honest.state_sync().await;
    let mut liar = Agent::new(f.running.addr, "liar").await;
    liar.state_sync().await;
    let hour = 3_600_000_000;
    let claim = Position { lead_us: Some(hour), round_trip_us: Some(3.6e9), ..Position::default() };
    liar.say(&AgentMessage::PositionReport(Box::new(claim))).await;
    let told = || async { f.speaker("liar").await["leadExcessUs"].as_i64() };
    assert_eq!(wait_for("its excess", told).await, hour - 500_000);
    let liar_now = f.speaker("liar").await;
    assert_eq!(liar_now["leadUs"].as_i64(), Some(hour));
    assert!(f.speaker("honest").await["leadExcessUs"].is_null());
    // it is heard so long after it was asked for
    let before = f.running.conductor().clock().now();
    let reply = f.done("/api/playback/volume", json!({ "volume": 40 })).await;
    let (at, asked) = (reply["at"].as_i64().unwrap(), before.0);
    let answered = f.running.conductor().clock().now().0 - asked;
    assert!(at - asked - answered < 750_000, "heard {} us after the answer", at - asked - answered);
}

#[tokio::test]
async fn a_long_story_is_cut_wherever_it_goes() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "talker").await;
    agent.state_sync().await;
    let story = "x".repeat(100_000);
    let error = ClientError { code: story.clone(), detail: story.clone(), entry: None };
    agent.say(&AgentMessage::ClientError(error)).await;
    let told = || async {
        let error = f.speaker("talker").await["lastError"].clone();
        (!error.is_null()).then_some(error)
    };
    let error = wait_for("its error", told).await;
    assert!(error["detail"].as_str().unwrap().len() <= 1_024 && error["code"].as_str().unwrap().len() <= 64);
    agent.say_text(format!("{{\"type\": \"{story}\"}}")).await;
    let answer = agent.until("an error", |m| if let ServerMessage::Error(e) = m { Some(e) } else { None }).await;
    assert!(answer.detail.len() <= 1_024, "{}", answer.detail.len());
    let name = "y".repeat(500_000);
    for (path, body) in [
        ("/api/zones", json!({ "name": name })),
        ("/api/playback/volume", json!({ "zone": name })),
        ("/api/speakers/actions", json!({ "select": name, "action": "mute" })),
        ("/api/playback/play", json!({ "trackId": name })),
    ] {
        let (status, problem) = f.post(path, body).await;
        assert!(status.is_client_error(), "{path}: {status}");
        assert!(problem.to_string().len() <= 3_000, "{path}: {} bytes", problem.to_string().len());
    }
}

#[tokio::test]
async fn presets_and_scans_are_bounded() {
    let f = Fixture::new().await;
    let mut refused = None;
    for i in 0..300 {
        let (status, problem) = f.post("/api/presets", json!({ "name": format!("p{i}") })).await;
        if status != StatusCode::CREATED {
            refused = Some((status, problem["code"].clone()));
            break;
        }
    }
    assert_eq!(refused, Some((StatusCode::CONFLICT, "too_many_presets".into())));
    let mut refused = None;
    for _ in 0..100 {
        let (status, problem) = f.call(Method::POST, "/api/library/rescan", None).await;
        if status != StatusCode::ACCEPTED {
            refused = Some((status, problem["code"].clone()));
            break;
        }
    }
    assert_eq!(refused, Some((StatusCode::TOO_MANY_REQUESTS, "too_often".into())));
}
