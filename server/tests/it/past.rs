//! The last day of zones and speakers.

use downbeat_protocol::{
    AgentMessage, SpeakerId,
    agent_message::ClientError,
    report::{PlayerState, Position},
};
use serde_json::{Value, json};

use crate::{
    agent::{Agent, hello},
    fixture::{Fixture, wait_for},
};

async fn report(agent: &mut Agent, late_us: f64, underruns: u64) {
    let position = Position {
        state: PlayerState::Playing,
        sync_error_us: late_us,
        error_bound_us: Some(30.0),
        round_trip_us: Some(800.0),
        underruns,
        ..Position::default()
    };
    agent.say(&AgentMessage::PositionReport(Box::new(position))).await;
}

fn known(figure: &Value) -> Vec<f64> {
    figure.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

fn kinds(past: &Value) -> Vec<&str> {
    past["marks"].as_array().unwrap().iter().map(|mark| mark["kind"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_speakers_past_says_how_late_it_was_what_happened_and_since_when_it_is_out_of_step() {
    let f = Fixture::new().await;
    let mut agent = Agent::with(f.running.addr, hello("kitchen", SpeakerId::random())).await;
    report(&mut agent, 12.0, 0).await;
    report(&mut agent, -2_400.0, 3).await;
    let past = wait_for("the underruns", || async {
        let (status, past) = f.get("/api/speakers/kitchen/telemetry?last=60&points=100").await;
        if status == 404 {
            // it has only just said hello
            return None;
        }
        assert_eq!(status, 200, "{past}");
        kinds(&past).contains(&"underrun").then_some(past)
    })
    .await;
    assert_eq!(kinds(&past), ["connected", "underrun"]);
    assert_eq!(past["marks"][1]["count"], 3);
    assert_eq!(past["stepMs"], 1_000);
    let steps = past["at"].as_array().unwrap().len();
    assert!((60..=100).contains(&steps), "{steps}");
    assert_eq!(past["errorUs"]["min"].as_array().unwrap().len(), steps);
    assert_eq!(known(&past["errorUs"]["min"]).into_iter().reduce(f64::min), Some(-2_400.0), "{past}");
    assert_eq!(past["outOfStep"][0]["worstUs"], -2_400.0);
    assert!(past["outOfStep"][0]["to"].is_null(), "it still is");
    assert_eq!(known(&past["boundUs"]["max"]).first(), Some(&30.0));
    assert_eq!(known(&past["roundTripUs"]["middle"]).first(), Some(&800.0));

    agent.say(&AgentMessage::ClientError(ClientError { code: "decode_failed".into(), ..error() })).await;
    let (status, _) =
        f.call(reqwest::Method::PATCH, "/api/speakers/kitchen", Some(json!({"muted": true}).to_string())).await;
    assert_eq!(status, 200);
    report(&mut agent, 1.0, 3).await;
    drop(agent);
    wait_for("the end", || async {
        let (_, past) = f.get("/api/speakers/kitchen/telemetry").await;
        (kinds(&past) == ["connected", "underrun", "error", "muted", "disconnected"]).then_some(())
    })
    .await;
    let csv = f.http.get(f.url("/api/speakers/kitchen/telemetry.csv?last=60")).send().await.unwrap();
    assert!(csv.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    let csv = csv.text().await.unwrap();
    let mut lines = csv.lines();
    assert!(lines.next().unwrap().starts_with("time,error_us min,error_us max,error_us middle,bound_us min"), "{csv}");
    assert!(lines.any(|line| line.contains(",-2400,")), "{csv}");
}

fn error() -> ClientError {
    serde_json::from_value(json!({ "code": "x", "detail": "it is broken" })).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zones_past_has_its_speakers_and_the_worst_of_them_first() {
    let f = Fixture::new().await;
    let mut worst = Agent::with(f.running.addr, hello("bath", SpeakerId::random())).await;
    let mut best = Agent::with(f.running.addr, hello("attic", SpeakerId::random())).await;
    report(&mut best, 4.0, 0).await;
    report(&mut worst, 1_700.0, 0).await;
    let past = wait_for("both", || async {
        let (status, past) = f.get("/api/zones/all/telemetry").await;
        assert_eq!(status, 200, "{past}");
        let all = past["speakers"].as_array().unwrap();
        (all.iter().filter(|one| one["worstUs"].is_f64()).count() == 2).then_some(past)
    })
    .await;
    let names: Vec<_> = past["speakers"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["bath", "attic"]);
    assert!(past["speakers"][0]["outSince"].is_i64() && past["speakers"][1]["outSince"].is_null(), "{past}");
    assert_eq!(past["speakers"][0]["errorUs"]["max"].as_array().unwrap().len(), past["at"].as_array().unwrap().len());
    let connected = past["marks"].as_array().unwrap().iter().filter(|m| m["kind"] == "connected").count();
    assert_eq!(connected, 2, "marks of its speakers are its own");
    let csv = f.http.get(f.url("/api/zones/all/telemetry.csv")).send().await.unwrap().text().await.unwrap();
    assert!(csv.lines().next().unwrap().ends_with("bath min,bath max,bath middle,attic min,attic max,attic middle"));
}

#[tokio::test]
async fn what_is_wrong_with_a_time_is_named() {
    let f = Fixture::new().await;
    for (query, field) in [
        ("points=1", "points"),
        ("points=5000", "points"),
        ("last=0", "last"),
        ("last=90000", "last"),
        ("from=yesterday", "from"),
        ("from=2001-01-01&last=5", "last"),
        ("from=2001-01-02&to=2001-01-01", "from"),
        ("from=2999-01-01", "from"),
    ] {
        let (status, problem) = f.get(&format!("/api/zones/all/telemetry?{query}")).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &json!(field)), "{query}: {problem}");
    }
    assert_eq!(f.get("/api/zones/nowhere/telemetry").await.0, 404);
    assert_eq!(f.get("/api/speakers/nobody/telemetry").await.0, 404);
    let (status, past) = f.get("/api/zones/all/telemetry?last=86400").await;
    assert_eq!((status.as_u16(), past["stepMs"].as_i64().unwrap() % 60_000), (200, 0), "a day is told by minutes");
}
