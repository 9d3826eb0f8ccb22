//! Two people at once, and one who asks twice.

use std::time::Duration;

use downbeat_protocol::ServerMessage;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    agent::Agent,
    described,
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
        described::answer(&Method::PATCH, path, 412, "application/problem+json", &problem);
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

const QUEUE: &str = "/api/zones/all/queue";
const SESSION: &str = "/api/zones/all/session";

#[tokio::test]
async fn of_two_who_edit_a_queue_at_once_the_second_sees_what_it_is_now() {
    let f = Fixture::new().await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    let (a, b) = (f.track("a").await, f.track("b").await);
    let body = json!({ "trackIds": vec![&a; 150] });
    let first = with(&f, Method::POST, QUEUE, ("if-match", &look(&f, QUEUE).await), body).await;
    assert_eq!(first.status(), 200);
    let seen = tag(&first);
    let entries = first.json::<Value>().await.unwrap()["entries"].clone();
    let id = |i: usize| entries[i]["entry"].as_str().unwrap().to_owned();
    let current = format!("{QUEUE}/{}", id(0));
    let edits = [
        (Method::POST, QUEUE.to_owned(), json!({ "trackId": b })),
        (Method::PATCH, QUEUE.to_owned(), json!({ "entries": [id(3)], "index": 0 })),
        (Method::PATCH, format!("{QUEUE}/{}", id(4)), json!({ "place": "end" })),
        (Method::POST, format!("{QUEUE}/remove"), json!({ "entries": [id(5)] })),
        (Method::DELETE, format!("{QUEUE}/{}", id(6)), json!({})),
        (Method::DELETE, QUEUE.to_owned(), json!({})),
    ];
    // that a track plays is nobody's edit
    let play = f.done("/api/playback/play", json!({ "entry": id(0) }));
    tokio::join!(play, kitchen.start());
    f.done("/api/playback/pause", json!({})).await;
    let mut newest = seen.clone();
    for (method, path, body) in edits {
        let done = with(&f, method.clone(), &path, ("if-match", &newest), body.clone()).await;
        assert_eq!(done.status(), 200, "{method} {path}");
        newest = tag(&done);
        assert_eq!(look(&f, QUEUE).await.split('-').next(), newest.split('-').next(), "the version that GET says");
        let (_, before) = f.get(QUEUE).await;
        let late = with(&f, method.clone(), &path, ("if-match", &seen), body).await;
        assert_eq!(late.status(), 412, "{method} {path}");
        assert_eq!(tag(&late).split('-').next(), newest.split('-').next(), "the version to decide by");
        let problem: Value = late.json().await.unwrap();
        let present = &problem["current"];
        assert_eq!((&problem["code"], &present["version"]), (&"precondition_failed".into(), &before["version"]));
        assert!(present["entries"].as_array().unwrap().len() <= 100, "a part of it");
        let (_, after) = f.get(QUEUE).await;
        let arranged = |queue: &Value| json!([queue["version"], queue["total"], queue["current"]]);
        assert_eq!((arranged(present), arranged(&after)), (arranged(&before), arranged(&before)), "nothing was done");
    }
    let known = look(&f, QUEUE).await;
    assert_eq!(with(&f, Method::GET, QUEUE, ("if-none-match", &known), json!({})).await.status(), 304);
    let other = format!("{QUEUE}?offset=1");
    assert_eq!(with(&f, Method::GET, &other, ("if-none-match", &known), json!({})).await.status(), 200, "another part");
    f.done("/api/playback/volume", json!({ "volume": 40 })).await;
    assert_eq!(with(&f, Method::GET, QUEUE, ("if-none-match", &known), json!({})).await.status(), 304, "not the queue");
    let _ = with(&f, Method::DELETE, &current, ("if-match", "*"), json!({})).await;
    assert_eq!(with(&f, Method::GET, QUEUE, ("if-none-match", &known), json!({})).await.status(), 200);

    let seen = look(&f, QUEUE).await;
    let f = f.restarted().await;
    let after = with(&f, Method::POST, QUEUE, ("if-match", &seen), json!({ "trackId": b })).await;
    assert_eq!(after.status(), 200, "a restart is no edit");
}

#[tokio::test]
async fn of_two_who_set_modes_at_once_the_second_is_told_so() {
    let f = Fixture::new().await;
    f.play(&["a"; 9]).await;
    for (path, seconds) in [(SESSION, 3.0), ("/api/zones/all", 4.0)] {
        let (session, zone) = (look(&f, SESSION).await, look(&f, "/api/zones/all").await);
        let known = with(&f, Method::GET, SESSION, ("if-none-match", &session), json!({})).await;
        assert_eq!(known.status(), 304);
        let body = json!({ "crossfadeSeconds": seconds, "loop": { "a": 0.25, "b": 1.0 } });
        let first = with(&f, Method::PATCH, SESSION, ("if-match", &session), body).await;
        assert_eq!(first.status(), 200, "{:?}", first.text().await);
        let newer = tag(&first);
        let seen = if path == SESSION { &session } else { &zone };
        let (body, other) = (json!({ "shuffle": true }), json!({ "muted": true }));
        let second =
            with(&f, Method::PATCH, path, ("if-match", seen), if path == SESSION { body } else { other }).await;
        assert_eq!(second.status(), 412, "{path}");
        let problem: Value = second.json().await.unwrap();
        let current = if path == SESSION { &problem["current"] } else { &problem["current"]["state"]["session"] };
        assert_eq!((&current["crossfadeSeconds"], &current["shuffle"]), (&json!(seconds), &json!(false)));
        let put = with(&f, Method::PUT, SESSION, ("if-match", &session), json!({ "repeat": "one" })).await;
        assert_eq!(put.status(), 412);
        let again = with(&f, Method::PATCH, SESSION, ("if-match", &newer), json!({ "loop": null })).await;
        assert_eq!(again.status(), 200);
    }
}

#[tokio::test]
async fn of_two_who_edit_a_playlist_at_once_the_second_sees_what_it_is_now() {
    let f = Fixture::new().await;
    let (a, b) = (f.track("a").await, f.track("b").await);
    let made = with(&f, Method::POST, "/api/playlists", ("x", "y"), json!({ "name": "mine", "trackIds": [a] })).await;
    let seen = tag(&made);
    let made: Value = made.json().await.unwrap();
    let path = format!("/api/playlists/{}", made["id"].as_str().unwrap());
    let entries = format!("{path}/entries");
    let list = look(&f, "/api/playlists").await;
    assert_eq!(with(&f, Method::GET, "/api/playlists", ("if-none-match", &list), json!({})).await.status(), 304);
    let entry = f.get(&path).await.1["entries"][0]["entry"].clone();
    let mut newest = seen.clone();
    for (method, path, body) in [
        (Method::POST, &entries, json!({ "trackIds": [b, b] })),
        (Method::PATCH, &path, json!({ "name": "ours" })),
        (Method::PATCH, &entries, json!({ "entries": [entry], "index": 2 })),
        (Method::DELETE, &entries, json!({ "entries": [entry] })),
    ] {
        let done = with(&f, method.clone(), path, ("if-match", &newest), body.clone()).await;
        assert_eq!(done.status(), 200, "{method} {path}");
        newest = tag(&done);
        let late = with(&f, method.clone(), path, ("if-match", &seen), body).await;
        assert_eq!((late.status().as_u16(), tag(&late)), (412, newest.clone()), "{method} {path}");
        let problem: Value = late.json().await.unwrap();
        assert_eq!(problem["current"], done.json::<Value>().await.unwrap());
    }
    assert_eq!(look(&f, &path).await.split('-').next(), newest.split('-').next());
    let known = look(&f, &path).await;
    assert_eq!(with(&f, Method::GET, &path, ("if-none-match", &known), json!({})).await.status(), 304);
    assert_eq!(with(&f, Method::GET, "/api/playlists", ("if-none-match", &list), json!({})).await.status(), 200);
    assert_eq!(with(&f, Method::DELETE, &path, ("if-match", &seen), json!({})).await.status(), 412);
    assert_eq!(with(&f, Method::DELETE, &path, ("if-match", &newest), json!({})).await.status(), 204);
    assert_eq!(with(&f, Method::DELETE, &path, ("if-match", &newest), json!({})).await.status(), 404);
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
        kitchen.play_track().await;
    };
    let (first, second, ()) = tokio::join!(ask(), ask(), speaker);
    let (first, second) = (first.json::<Value>().await.unwrap(), second.json::<Value>().await.unwrap());
    assert_eq!(first, second);
    assert_eq!(first["success"], true);
    f.post("/api/playback/stop", json!({})).await;
    let until_the_stop = |message| match message {
        ServerMessage::Prepare(_) | ServerMessage::PlayTrack(_) => panic!("it was started twice"),
        ServerMessage::Stop(_) => Some(()),
        _ => None,
    };
    kitchen.until("the stop", until_the_stop).await;
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
