//! New speakers of known names: cards written anew, boxes exchanged, data folders copied.

use std::time::Duration;

use downbeat_protocol::{ServerMessage, SpeakerId, server_message::Welcome};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    agent::{Agent, hello},
    fixture::{Fixture, wait_for},
};

async fn welcome(agent: &mut Agent) -> Welcome {
    agent.until("welcome", |m| if let ServerMessage::Welcome(w) = m { Some(w) } else { None }).await
}

async fn patch(f: &Fixture, path: &str, body: Value) -> (u16, Value) {
    let (status, reply) = f.call(Method::PATCH, path, Some(body.to_string())).await;
    (status.as_u16(), reply)
}

/// A speaker of this name with an id of its own that was connected and is gone again.
async fn gone(f: &Fixture, name: &str) -> String {
    let id = SpeakerId::random();
    let mut agent = Agent::with(f.running.addr, hello(name, id)).await;
    agent.state_sync().await;
    drop(agent);
    let path = format!("/api/speakers/{id}");
    wait_for("its absence", || async { (f.get(&path).await.1["connected"] == false).then_some(()) }).await;
    id.to_string()
}

async fn speakers(f: &Fixture) -> Vec<Value> {
    f.get("/api/speakers").await.1["speakers"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_new_card_takes_the_place_of_the_one_speaker_of_its_name_that_is_gone() {
    let f = Fixture::new().await;
    f.done("/api/zones", json!({ "name": "Upstairs" })).await;
    let old = gone(&f, "Bedroom").await;
    let set = json!({ "volume": 15, "zone": "Upstairs", "labels": { "night": "1" }, "outputDelayUs": 12_000 });
    assert_eq!(patch(&f, "/api/speakers/bedroom", set).await.0, 200);
    f.done("/api/presets", json!({ "name": "night" })).await;

    let mut new = Agent::new(f.running.addr, "Bedroom").await;
    let id = welcome(&mut new).await.speaker_id.to_string();
    assert_eq!(new.state_sync().await.zone_name, "Upstairs");
    let all = speakers(&f).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let heir = &all[0];
    assert_ne!(id, old);
    assert_eq!((&heir["id"], &heir["name"], &heir["connected"]), (&json!(id), &json!("Bedroom"), &json!(true)));
    assert_eq!((&heir["volume"], &heir["labels"]["night"]), (&json!(15.0), &json!("1")));
    assert_eq!(heir["outputDelayUs"], 12_000);
    let preset = f.get("/api/presets/night").await.1.to_string();
    assert!(preset.contains(&id) && !preset.contains(&old), "{preset}");
    // and it stays so
    let f = f.restarted().await;
    let all = speakers(&f).await;
    assert_eq!((all.len(), &all[0]["id"], &all[0]["volume"]), (1, &json!(id), &json!(15.0)));
}

#[tokio::test]
async fn one_of_several_that_are_gone_is_replaced_by_a_person() {
    let f = Fixture::new().await;
    // both there, so neither took the other's place
    let (mut a, mut b) = (Agent::new(f.running.addr, "Bath").await, Agent::new(f.running.addr, "Bath").await);
    let (first, second) = (welcome(&mut a).await.speaker_id, welcome(&mut b).await.speaker_id);
    assert_eq!(patch(&f, &format!("/api/speakers/{first}"), json!({ "volume": 30, "maxVolume": 60 })).await.0, 200);
    assert_eq!(patch(&f, &format!("/api/speakers/{second}"), json!({ "volume": 70 })).await.0, 200);
    let away = |id: SpeakerId| {
        let path = format!("/api/speakers/{id}");
        let f = &f;
        async move {
            let gone = || async { (f.get(&path).await.1["connected"] == false).then_some(()) };
            wait_for("absence", gone).await;
        }
    };
    drop(b);
    away(second).await;
    drop(a);
    away(first).await;

    let mut new = Agent::new(f.running.addr, "Bath").await;
    let id = welcome(&mut new).await.speaker_id;
    // the last seen of the name was the first
    let view = f.get(&format!("/api/speakers/{id}")).await.1;
    assert_eq!((&view["volume"], &view["maxVolume"], &view["zone"]), (&json!(30.0), &json!(60.0), &json!("all")));
    assert_eq!(f.get("/api/speakers/bath").await.1["id"], json!(id.to_string()), "the one that is here is meant");
    let offered = f.get(&format!("/api/speakers/{id}/replace")).await.1;
    let ids: Vec<_> = offered["speakers"].as_array().unwrap().iter().map(|s| s["id"].clone()).collect();
    assert_eq!(ids, [json!(first.to_string()), json!(second.to_string())]);

    let replace = format!("/api/speakers/{id}/replace");
    let taken = f.done(&replace, json!({ "speaker": second.to_string() })).await;
    assert_eq!((&taken["volume"], &taken["id"]), (&json!(70.0), &json!(id.to_string())));
    assert_eq!(speakers(&f).await.len(), 2);
    assert_eq!(f.done(&replace, json!({ "speaker": "BATH" })).await["volume"], 30.0);
    assert_eq!(speakers(&f).await.len(), 1);
    assert_eq!(f.post(&replace, json!({ "speaker": "bath" })).await.1["code"], "speaker_not_found");
    let other = Agent::new(f.running.addr, "hall").await;
    wait_for("the hall", || async { (f.speaker("hall").await["connected"] == true).then_some(()) }).await;
    assert_eq!(f.post(&replace, json!({ "speaker": "hall" })).await.1["code"], "speaker_connected");
    assert_eq!(f.post(&replace, json!({ "speaker": id.to_string() })).await.1["code"], "speaker_connected");
    drop(other);
}

#[tokio::test]
async fn a_newcomer_is_never_louder_than_the_last_of_its_name_in_its_zone() {
    let f = Fixture::new().await;
    f.done("/api/zones", json!({ "name": "Nursery" })).await;
    assert_eq!(patch(&f, "/api/zones/nursery", json!({ "volume": 20 })).await.0, 200);
    let mut first = Agent::new(f.running.addr, "Box").await;
    first.state_sync().await;
    assert_eq!(patch(&f, "/api/speakers/box", json!({ "zone": "Nursery", "volume": 50 })).await.0, 200);
    // the first one is still there
    let mut second = Agent::new(f.running.addr, "Box").await;
    let id = welcome(&mut second).await.speaker_id;
    let view = f.get(&format!("/api/speakers/{id}")).await.1;
    assert_eq!((&view["zone"], &view["volume"]), (&json!("all"), &json!(10.0)), "20 % of 50 in a zone at 100");
}

#[tokio::test]
async fn a_speaker_is_not_given_a_name_that_another_one_has() {
    let f = Fixture::new().await;
    gone(&f, "Kitchen").await;
    let mut hall = Agent::new(f.running.addr, "Hall").await;
    hall.state_sync().await;
    let (status, refused) = patch(&f, "/api/speakers/hall", json!({ "name": "KITCHEN" })).await;
    assert_eq!((status, &refused["code"]), (409, &json!("name_taken")));
    assert!(refused["detail"].as_str().unwrap().contains("is gone; replace it, or forget it"), "{refused}");
    // its own, otherwise written, is free
    assert_eq!(patch(&f, "/api/speakers/hall", json!({ "name": "HALL" })).await.1["name"], "HALL");
    assert_eq!(f.call(Method::DELETE, "/api/speakers/kitchen", None).await.0.as_u16(), 204);
    assert_eq!(patch(&f, "/api/speakers/hall", json!({ "name": "Kitchen" })).await.0, 200);
}

#[tokio::test]
async fn a_machine_with_a_copied_id_becomes_a_speaker_of_its_own() {
    let f = Fixture::new().await;
    let id = SpeakerId::random();
    let mut one = Agent::with(f.running.addr, hello("One", id)).await;
    assert_eq!(welcome(&mut one).await.speaker_id, id);
    // it lives: it answers pings
    let alive = tokio::spawn(async move {
        loop {
            one.linger(Duration::from_secs(1)).await;
        }
    });
    let mut two = Agent::with(f.running.addr, hello("Two", id)).await;
    let own = welcome(&mut two).await.speaker_id;
    assert_ne!(own, id);
    two.state_sync().await;
    let names: Vec<_> = speakers(&f).await.iter().map(|s| (s["name"].clone(), s["connected"].clone())).collect();
    assert_eq!(names, [(json!("One"), json!(true)), (json!("Two"), json!(true))]);
    // one that cannot keep its id is the same speaker again
    drop(two);
    wait_for("its absence", || async { (f.speaker("Two").await["connected"] == false).then_some(()) }).await;
    let mut again = Agent::with(f.running.addr, hello("Two", id)).await;
    assert_eq!(welcome(&mut again).await.speaker_id, own);
    alive.abort();
}
