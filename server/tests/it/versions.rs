//! Two people at once, and one who asks twice.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    agent::Agent,
    fixture::{Fixture, wait_for},
};

async fn with(f: &Fixture, method: Method, path: &str, header: (&str, &str), body: Value) -> Response {
    let request = f.http.request(method, f.url(path)).header(header.0, header.1);
    request.body(body.to_string()).send().await.unwrap()
}

fn tag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

async fn look(f: &Fixture, path: &str) -> String {
    tag(&f.http.get(f.url(path)).send().await.unwrap())
}

#[tokio::test]
async fn the_second_of_two_simultaneous_edits_is_told_so() {
    let f = Fixture::new().await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    f.done("/api/zones", json!({ "name": "bar" })).await;
    for (path, field) in [("/api/speakers/kitchen", "volume"), ("/api/zones/bar", "volume")] {
        let seen = look(&f, path).await;
        let first = with(&f, Method::PATCH, path, ("if-match", &seen), json!({ field: 40 })).await;
        assert_eq!(first.status(), 200);
        let newer = tag(&first);
        let second = with(&f, Method::PATCH, path, ("if-match", &seen), json!({ field: 60 })).await;
        assert_eq!(second.status(), 412);
        assert_eq!(tag(&second).split('-').next(), newer.split('-').next(), "the version to decide by");
        let problem: Value = second.json().await.unwrap();
        assert_eq!(problem["code"], "precondition_failed");
        let current = if path.contains("zones") { &problem["current"]["state"] } else { &problem["current"] };
        assert_eq!(current[field], 40.0, "{problem}");
        assert_eq!(with(&f, Method::PATCH, path, ("if-match", &newer), json!({ field: 60 })).await.status(), 200);
        assert_eq!(with(&f, Method::PATCH, path, ("if-match", "*"), json!({ field: 61 })).await.status(), 200);
        let old = with(&f, Method::DELETE, path, ("if-match", &seen), json!({})).await;
        assert_eq!(old.status(), 412, "deleting is a change, too");
    }
    let old = with(&f, Method::PATCH, "/api/zones/bar", ("if-match", "\"x\""), json!({ "name": "hall" })).await;
    assert_eq!(old.status(), 412);
}

#[tokio::test]
async fn what_is_known_is_not_sent_again_and_what_plays_is_no_edit() {
    let f = Fixture::new().await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    for path in ["/api/zones/all", "/api/speakers/kitchen"] {
        let seen = look(&f, path).await;
        let again = with(&f, Method::GET, path, ("if-none-match", &seen), json!({})).await;
        assert_eq!((again.status(), tag(&again)), (StatusCode::NOT_MODIFIED, seen));
    }
    let seen = look(&f, "/api/zones/all").await;
    let play = f.play(&["a"]);
    tokio::join!(play, kitchen.start());
    let playing = with(&f, Method::GET, "/api/zones/all", ("if-none-match", &seen), json!({})).await;
    assert_eq!(playing.status(), 200);
    let now = tag(&playing);
    // time that passes is no change
    let again = with(&f, Method::GET, "/api/zones/all", ("if-none-match", &now), json!({})).await;
    assert_eq!(again.status(), 304);
    let edit = with(&f, Method::PATCH, "/api/zones/all", ("if-match", &seen), json!({ "name": "House" })).await;
    assert_eq!(edit.status(), 200, "that it plays now is nobody's edit");
}

#[tokio::test]
async fn a_post_with_a_key_is_done_once_also_over_a_restart() {
    let f = Fixture::new().await;
    let key = ("idempotency-key", "order-1");
    let first = with(&f, Method::POST, "/api/zones", key, json!({ "name": "bar" })).await;
    assert!(!first.headers().contains_key("idempotency-replayed") && first.headers().contains_key("etag"));
    let (status, made) = (first.status(), first.json::<Value>().await.unwrap());
    assert_eq!(status, 201);
    let other = with(&f, Method::POST, "/api/zones", key, json!({ "name": "hall" })).await;
    assert_eq!(other.status(), 422);
    assert_eq!(other.json::<Value>().await.unwrap()["code"], "idempotency_key_reused");
    assert_eq!(with(&f, Method::POST, "/api/playback/stop", key, json!({ "name": "bar" })).await.status(), 422);
    let refused = with(&f, Method::POST, "/api/zones", ("idempotency-key", "order-2"), json!({ "name": "BAR" })).await;
    assert_eq!(refused.status(), 409);
    assert_eq!(with(&f, Method::POST, "/api/zones", ("idempotency-key", ""), json!({})).await.status(), 422);

    let f = f.restarted().await;
    let again = with(&f, Method::POST, "/api/zones", key, json!({ "name": "bar" })).await;
    assert_eq!((again.status(), &again.headers()["idempotency-replayed"]), (status, &"true".parse().unwrap()));
    assert_eq!(again.headers()["content-type"], "application/json");
    assert_eq!(again.json::<Value>().await.unwrap(), made);
    let refused = with(&f, Method::POST, "/api/zones", ("idempotency-key", "order-2"), json!({ "name": "BAR" })).await;
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], "name_taken");
    assert_eq!(f.get("/api/zones").await.1["zones"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn of_two_equal_requests_at_once_the_second_waits_for_the_firsts_answer() {
    let f = Fixture::new().await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    let body = json!({ "trackId": f.track("a").await });
    let ask = || with(&f, Method::POST, "/api/playback/play", ("idempotency-key", "k"), body.clone());
    // the speaker is asked whether it is ready; until it says so, both wait
    let speaker = async {
        let prepare = kitchen.prepare().await;
        // one that hangs up changes nothing
        let gone = tokio::time::timeout(Duration::from_millis(50), ask()).await;
        assert!(gone.is_err(), "it waits");
        kitchen.ready(&prepare, None).await;
        kitchen.play_track().await.revision
    };
    let (first, second, revision) = tokio::join!(ask(), ask(), speaker);
    let (first, second) = (first.json::<Value>().await.unwrap(), second.json::<Value>().await.unwrap());
    assert_eq!(first, second);
    assert_eq!(first["success"], true);
    let (_, state) = f.get("/api/playback/state").await;
    assert_eq!(state["revision"], revision, "it was started once");
}

#[tokio::test]
async fn work_goes_on_when_the_one_who_asked_hangs_up() {
    let f = Fixture::new().await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    let body = json!({ "trackId": f.track("a").await });
    let ask = || with(&f, Method::POST, "/api/playback/play", ("idempotency-key", "k"), body.clone());
    let hung_up = tokio::time::timeout(Duration::from_millis(300), ask());
    let (hung_up, prepare) = tokio::join!(hung_up, kitchen.prepare());
    assert!(hung_up.is_err());
    kitchen.ready(&prepare, None).await;
    let session = kitchen.play_track().await;
    let answer = wait_for("the answer", || async { Some(ask().await) }).await.json::<Value>().await.unwrap();
    assert_eq!(answer["at"], json!(session.at));
}
