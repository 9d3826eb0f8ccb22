//! A zone's speakers sound their codes: who is told, what a client learns of it, and the end of it.

use downbeat_protocol::{
    AgentMessage, ServerMessage, SpeakerId,
    agent_message::{Capabilities, Hello},
    calibration::LENGTH_US,
    server_message::Calibration,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    agent::{Agent, hello},
    fixture::{Fixture, wait_for},
};

/// Speakers that know the codes, in the default zone.
async fn speakers<const N: usize>(f: &Fixture, names: [&str; N]) -> [(String, Agent); N] {
    let mut found = Vec::new();
    for name in names {
        let id = SpeakerId::random();
        let capabilities = Capabilities { calibration: true, ..Capabilities::default() };
        let mut agent = Agent::with(f.running.addr, Hello { capabilities, ..hello(name, id) }).await;
        agent.state_sync().await;
        found.push((id.to_string(), agent));
    }
    found.try_into().unwrap_or_else(|_| unreachable!("as many as names"))
}

#[expect(clippy::needless_pass_by_value, reason = "so it is asked of an agent's inbox")]
fn told(message: ServerMessage) -> Option<Calibration> {
    if let ServerMessage::Calibration(told) = message { Some(told) } else { None }
}

/// The reasons why speakers are left out, by name.
fn left_out(view: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    view["leftOut"].as_array().unwrap().iter().map(|one| (text(&one["name"]), text(&one["reason"]))).collect()
}

#[tokio::test]
async fn each_speaker_is_told_its_own_part_and_those_without_one_are_named() {
    let f = Fixture::new().await;
    let [(one_id, mut one), (two_id, mut two), (muted_id, _muted), (soft_id, mut soft)] =
        speakers(&f, ["one", "two", "mute", "soft"]).await;
    let mut old = Agent::new(f.running.addr, "old").await;
    old.state_sync().await;
    let change = async |id: &str, body: Value| {
        let (status, reply) = f.call(Method::PATCH, &format!("/api/speakers/{id}"), Some(body.to_string())).await;
        assert_eq!(status.as_u16(), 200, "{reply}");
    };
    change(&muted_id, json!({ "muted": true })).await;
    change(&two_id, json!({ "outputDelayUs": 250_000 })).await;
    change(&soft_id, json!({ "maxVolume": 20 })).await;

    let view = f.done("/api/zones/all/calibration", json!({ "levelDb": -24, "rounds": 3 })).await;
    let why = |name: &str, reason: &str| (name.to_owned(), reason.to_owned());
    assert_eq!(left_out(&view), [why("mute", "muted"), why("old", "too_old")]);
    let plan: Vec<_> = view["speakers"].as_array().unwrap().clone();
    assert_eq!(plan.iter().map(|p| p["name"].as_str().unwrap()).collect::<Vec<_>>(), ["one", "soft", "two"]);
    let mut last = None;
    for (agent, part, id) in
        [(&mut one, &plan[0], &one_id), (&mut soft, &plan[1], &soft_id), (&mut two, &plan[2], &two_id)]
    {
        assert_eq!(part["speakerId"].as_str(), Some(id.as_str()));
        let told = agent.until("its part", told).await;
        assert!(told.on && told.count == 3 && told.at > told.server_time, "{told:?}");
        assert_eq!((Some(told.at.0), Some(u64::from(told.code))), (part["at"].as_i64(), part["code"].as_u64()));
        assert_eq!(Some(i64::from(told.every_us)), view["roundUs"].as_i64());
        assert!(last.is_none_or(|last| told.at.micros_since(last) > LENGTH_US), "one after the other");
        last = Some(told.at);
    }
    // what is heard as late as it was set is not late
    assert_eq!(plan[2]["outputDelayUs"], 250_000);
    assert_eq!((plan[0]["levelDb"].as_f64(), plan[2]["levelDb"].as_f64()), (Some(-24.0), Some(-24.0)));
    // no louder than its bound: 20 % are -46.6 dB
    assert!((plan[1]["levelDb"].as_f64().unwrap() + 46.6).abs() < 0.1, "{}", plan[1]);

    // one at a time; who asks for the state, which ends it, is told again
    let (status, problem) = f.post("/api/zones/all/calibration", json!({})).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (409, Some("calibration_running")));
    one.say(&AgentMessage::RequestState).await;
    one.state_sync().await;
    assert_eq!(one.until("its part again", told).await.at.0, plan[0]["at"].as_i64().unwrap());
    assert_eq!(f.get("/api/zones/all/calibration").await.1, view);

    assert_eq!(f.call(Method::DELETE, "/api/zones/all/calibration", None).await.0.as_u16(), 204);
    for agent in [&mut one, &mut two, &mut soft] {
        assert!(!agent.until("its end", told).await.on);
    }
    let (status, problem) = f.get("/api/zones/all/calibration").await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (404, Some("no_calibration")));
    assert_eq!(f.call(Method::DELETE, "/api/zones/all/calibration", None).await.0.as_u16(), 204, "nothing to end");
    // the old program was never told anything that it does not know
    old.say(&AgentMessage::RequestState).await;
    old.until("the state, and no calibration before", |message| match message {
        ServerMessage::Calibration(told) => panic!("{told:?}"),
        ServerMessage::StateSync(_) => Some(()),
        _ => None,
    })
    .await;

    // only those that are named
    let view = f.done("/api/zones/all/calibration", json!({ "speakers": ["two"] })).await;
    assert_eq!(view["speakers"].as_array().unwrap().len(), 1);
    assert!(left_out(&view).contains(&why("one", "not_asked")), "{view}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let f = Fixture::new().await;
    let mut old = Agent::new(f.running.addr, "old").await;
    old.state_sync().await;
    for (zone, body, status, code) in [
        ("all", json!({}), 409, "no_speakers"),
        ("all", json!({ "rounds": 2 }), 422, "invalid_field"),
        ("all", json!({ "rounds": 9 }), 422, "invalid_field"),
        ("all", json!({ "levelDb": 0 }), 422, "invalid_field"),
        ("all", json!({ "levelDb": -71 }), 422, "invalid_field"),
        ("all", json!({ "speakers": ["nobody"] }), 404, "speaker_not_found"),
        ("moon", json!({}), 404, "zone_not_found"),
    ] {
        let (got, problem) = f.post(&format!("/api/zones/{zone}/calibration"), body.clone()).await;
        assert_eq!((got.as_u16(), problem["code"].as_str()), (status, Some(code)), "{body}: {problem}");
    }
}

#[tokio::test]
async fn it_ends_when_the_one_that_asked_is_gone_and_goes_on_while_it_listens() {
    let f = Fixture::new().await;
    let [(_, mut one), (_, _two)] = speakers(&f, ["one", "two"]).await;
    let view = f.done("/api/zones/all/calibration", json!({ "rounds": 8 })).await;
    let part = one.until("its part", told).await;
    let id = view["id"].as_str().unwrap();
    // heard of once more, a second after it began; then never again
    let clock = f.running.conductor().clock();
    wait_for("its beginning", || async { (clock.now() > part.at.plus_micros(1_000_000)).then_some(()) }).await;
    assert_eq!(f.get(&format!("/api/zones/all/calibration?listens={id}")).await.0.as_u16(), 200);
    let heard = clock.now();
    // asked by another it does not go on
    assert_eq!(f.get(&format!("/api/zones/all/calibration?listens={}", uuid::Uuid::nil())).await.0.as_u16(), 200);
    assert!(!one.until("its end", told).await.on);
    let after = clock.now().micros_since(heard);
    assert!(after >= 9_000_000, "it ended {after} us after it was heard of");
    assert!(clock.now().0 < view["endsAt"].as_i64().unwrap(), "long before all was played");
    assert_eq!(f.get("/api/zones/all/calibration").await.0.as_u16(), 404);
}
