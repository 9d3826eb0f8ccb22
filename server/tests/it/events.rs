//! Whoever follows the events holds exactly what the GETs say: checked against a coordinator at work, over both ways,
//! with connections that break and readers that were away.

use std::{collections::BTreeMap, time::Duration};

use downbeat_protocol::SpeakerId;
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;

use crate::{
    agent::{Agent, hello},
    described,
    fixture::{Fixture, wait_for},
};

/// The states that a follower holds, by type and id.
type Held = BTreeMap<(String, Option<String>), Value>;

/// Takes in one event; whether it was `synced`.
fn take_in(held: &mut Held, event: &Value) -> bool {
    described::event(event);
    let kind = event["type"].as_str().unwrap_or_else(|| panic!("no type in {event}"));
    match kind {
        "resync" => held.clear(),
        "synced" => return true,
        _ => {
            let key = (kind.to_owned(), event["id"].as_str().map(str::to_owned));
            if event["state"].is_null() {
                assert!(held.remove(&key).is_some(), "gone twice: {event}");
            } else {
                held.insert(key, event["state"].clone());
            }
        }
    }
    false
}

/// Server-Sent Events, read as they come.
struct Sse {
    response: reqwest::Response,
    text: String,
    last_id: Option<String>,
    held: Held,
    resyncs: usize,
}

impl Sse {
    async fn open(f: &Fixture, query: &str, last_id: Option<String>, held: Held) -> Self {
        let mut request = f.http.get(f.url(&format!("/api/events{query}")));
        if let Some(id) = &last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), last_id, held, resyncs: 0 }
    }

    /// Reads on until something is as it should be.
    async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let reading = async {
            while !done(self) {
                let chunk = self.response.chunk().await.unwrap().expect("the stream goes on");
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
                while let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.text = rest;
                    self.event(&event);
                }
            }
        };
        let result = tokio::time::timeout(crate::fixture::DEADLINE, reading).await;
        result.unwrap_or_else(|_| panic!("{what} never came; held: {:#?}", self.held));
    }

    fn event(&mut self, text: &str) {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let Some(data) = field("data:") else { return };
        let event: Value = serde_json::from_str(data).unwrap();
        assert_eq!(field("event:"), event["type"].as_str());
        if event["type"] == "resync" {
            self.resyncs += 1;
        }
        take_in(&mut self.held, &event);
        if let Some(id) = field("id:") {
            self.last_id = Some(id.to_owned());
        }
    }
}

/// The answers of the GETs, without live figures, as the events name it.
async fn all(f: &Fixture) -> Held {
    let mut held = Held::new();
    let list = |value: Value, name: &str| value[name].as_array().unwrap().clone();
    for mut zone in list(f.get("/api/zones").await.1, "zones") {
        let state = zone["state"].as_object_mut().unwrap();
        state.remove("serverTime");
        state.remove("sync");
        let id = zone["id"].as_str().map(str::to_owned);
        let (status, queue) = f.get(&format!("/api/zones/{}/queue?limit=1", id.as_deref().unwrap())).await;
        assert!(status.is_success(), "{queue}");
        held.insert(("queue".into(), id.clone()), queue_state(&queue));
        held.insert(("zone".into(), id), zone);
    }
    for speaker in list(f.get("/api/speakers").await.1, "speakers") {
        held.insert(("speaker".into(), speaker["id"].as_str().map(str::to_owned)), settled(speaker));
    }
    held.insert(("presets".into(), None), f.get("/api/presets").await.1);
    for playlist in list(f.get("/api/playlists").await.1, "playlists") {
        held.insert(("playlists".into(), playlist["id"].as_str().map(str::to_owned)), playlist);
    }
    held.insert(("library".into(), None), f.get("/api/library").await.1);
    held
}

/// The part of a queue that an event and a GET both show.
fn queue_state(queue: &Value) -> Value {
    let mut state = json!({});
    for field in ["zoneId", "version", "current", "currentIndex", "total"] {
        state[field] = queue[field].clone();
    }
    state
}

/// A speaker's answer without live figures. `lastSeen` of one that is connected is the moment of the answer.
fn settled(mut speaker: Value) -> Value {
    let live = [
        "reportAgeMs",
        "position",
        "positionFrames",
        "syncErrorUs",
        "correctionPpm",
        "dacPpm",
        "skewPpm",
        "offsetUs",
        "errorBoundUs",
        "cardBoundUs",
        "cardStepUs",
        "roundTripUs",
        "jitterUs",
        "probesLost",
        "unsureBecause",
        "bufferMs",
        "truth",
        "cache",
        "health",
    ];
    for field in live {
        speaker[field] = Value::Null;
    }
    if speaker["connected"] == true {
        speaker["lastSeen"] = Value::Null;
    }
    speaker
}

fn without_last_seen(held: &Held) -> Held {
    let strip = |(key, state): (&(String, Option<String>), &Value)| {
        let state = if key.0 == "speaker" { settled(state.clone()) } else { state.clone() };
        let mut state = state;
        if key.0 == "queue" {
            state = queue_state(&state);
        }
        if key.0 == "zone" {
            let inner = state["state"].as_object_mut().unwrap();
            inner.remove("serverTime");
            inner.remove("sync");
        }
        (key.clone(), state)
    };
    held.iter().map(strip).collect()
}

/// Waits until nothing changes any more, and the follower holds what is.
async fn agrees(f: &Fixture, sse: &mut Sse) {
    // A mark of our own, after which everything before has been told; and another, since of changes that are looked at
    // together the order is not that in which they were made.
    for _ in 0..2 {
        let name = format!("mark {}", uuid::Uuid::new_v4());
        let zone = f.done("/api/zones", json!({ "name": name })).await["id"].as_str().unwrap().to_owned();
        let keys = ["zone", "queue"].map(|kind| (kind.to_owned(), Some(zone.clone())));
        sse.until("the mark", |s| keys.iter().all(|key| s.held.contains_key(key))).await;
        let (status, _) = f.call(Method::DELETE, &format!("/api/zones/{zone}"), None).await;
        assert!(status.is_success());
        sse.until("its end", |s| !keys.iter().any(|key| s.held.contains_key(key))).await;
    }
    // the library is told of a few times a second only, and goes on by itself
    let library = ("library".to_owned(), None);
    let settled = async {
        while sse.held.get(&library) != Some(&f.get("/api/library").await.1) {
            let _ = tokio::time::timeout(Duration::from_millis(50), sse.until("more", |_| false)).await;
        }
    };
    tokio::time::timeout(crate::fixture::DEADLINE, settled).await.expect("the library is told of");
    assert_eq!(without_last_seen(&sse.held), all(f).await);
}

#[tokio::test]
async fn whoever_follows_holds_what_the_gets_say() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "kitchen").await;
    agent.state_sync().await;
    let before = f.done("/api/playlists", json!({ "name": "there before", "trackIds": [f.track("a").await] })).await;
    let mut sse = Sse::open(&f, "", None, Held::new()).await;
    sse.until("the picture", |s| s.last_id.is_some()).await;
    assert!(sse.held.contains_key(&("playlists".to_owned(), before["id"].as_str().map(str::to_owned))));
    agrees(&f, &mut sse).await;

    let (a, b) = (f.track("a").await, f.track("b").await);
    let mut lists: Vec<String> = Vec::new();
    let kitchen = f.speaker("kitchen").await["id"].as_str().unwrap().to_owned();
    let mut moments = 12_345_u64;
    let mut random = move |below: u64| {
        moments = moments.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (moments >> 33) % below
    };
    let mut zones: Vec<String> = Vec::new();
    for step in 0..100 {
        match random(15) {
            0 => {
                let zone = f.done("/api/zones", json!({ "name": format!("zone {step}") })).await;
                zones.push(zone["id"].as_str().unwrap().to_owned());
            }
            1 if !zones.is_empty() => {
                let zone = zones.swap_remove(random(zones.len() as u64) as usize);
                f.call(Method::DELETE, &format!("/api/zones/{zone}"), None).await;
            }
            2 if !zones.is_empty() => {
                let zone = &zones[random(zones.len() as u64) as usize];
                let body = json!({ "name": format!("renamed {step}") }).to_string();
                f.call(Method::PATCH, &format!("/api/zones/{zone}"), Some(body)).await;
            }
            3 => {
                let zone = zones.get(random(4) as usize).map_or("all", String::as_str);
                let body = json!({ "zone": zone, "name": format!("kitchen {step}") }).to_string();
                f.call(Method::PATCH, &format!("/api/speakers/{kitchen}"), Some(body)).await;
            }
            4 => drop(f.done("/api/playback/volume", json!({ "volume": random(100) })).await),
            5 => drop(f.done("/api/presets", json!({ "name": format!("preset {step}") })).await),
            6 => {
                let id = SpeakerId::random();
                let mut another = Agent::with(f.running.addr, hello(&format!("guest {step}"), id)).await;
                another.state_sync().await;
                drop(another);
            }
            7 => {
                // the network breaks: it goes on from where it was
                sse = Sse::open(&f, "", sse.last_id, sse.held).await;
                agrees(&f, &mut sse).await;
                assert_eq!(sse.resyncs, 0, "nothing was missed, so nothing need be told again");
            }
            8 => {
                let zone = zones.get(random(3) as usize).map_or("all", String::as_str);
                let body = json!({ "trackIds": [a, b], "index": random(9) });
                f.done(&format!("/api/zones/{zone}/queue"), body).await;
            }
            9 => {
                let zone = zones.get(random(3) as usize).map_or("all", String::as_str);
                f.call(Method::DELETE, &format!("/api/zones/{zone}/queue"), None).await;
            }
            10 => {
                let modes = [json!({ "repeat": "all" }), json!({ "shuffle": true }), json!({ "loudness": "album" })];
                let (all, modes) = ("/api/zones/all/session", modes[random(3) as usize].to_string());
                assert!(f.call(Method::PATCH, all, Some(modes)).await.0.is_success());
            }
            11 => {
                let list = f.done("/api/playlists", json!({ "name": format!("list {step}") })).await;
                lists.push(list["id"].as_str().unwrap().to_owned());
            }
            12 if !lists.is_empty() => {
                let list = &lists[random(lists.len() as u64) as usize];
                f.done(&format!("/api/playlists/{list}/entries"), json!({ "trackIds": [b] })).await;
                let name = json!({ "name": format!("named {step}") }).to_string();
                f.call(Method::PATCH, &format!("/api/playlists/{list}"), Some(name)).await;
            }
            13 if !lists.is_empty() => {
                let list = lists.swap_remove(random(lists.len() as u64) as usize);
                f.call(Method::DELETE, &format!("/api/playlists/{list}"), None).await;
            }
            _ => agrees(&f, &mut sse).await,
        }
    }
    // guests that have left are gone from what is held when the coordinator knows they are
    wait_for("all guests to be gone", || async {
        let (_, list) = f.get("/api/speakers").await;
        let connected = list["speakers"].as_array()?.iter().filter(|s| s["connected"] == true).count();
        (connected == 1).then_some(())
    })
    .await;
    agrees(&f, &mut sse).await;
    drop(agent);
}

#[tokio::test]
async fn of_another_process_is_too_old_and_filters_hold() {
    let f = Fixture::new().await;
    let cellar = f.done("/api/zones", json!({ "name": "cellar" })).await["id"].as_str().unwrap().to_owned();
    let mut agent = Agent::new(f.running.addr, "kitchen").await;
    agent.state_sync().await;
    let id = f.speaker("kitchen").await["id"].as_str().unwrap().to_owned();

    let stale = Some("00000000deadbeef-7".to_owned());
    let mut sse = Sse::open(&f, "?types=speaker&zone=cellar", stale.clone(), Held::new()).await;
    sse.until("the picture", |s| s.last_id != stale).await;
    assert_eq!((sse.resyncs, sse.held.len()), (1, 0), "the kitchen is elsewhere");
    let key = ("speaker".to_owned(), Some(id.clone()));
    for (zone, inside) in [("cellar", true), ("all", false), ("cellar", true)] {
        let body = json!({ "zone": zone }).to_string();
        f.call(Method::PATCH, &format!("/api/speakers/{id}"), Some(body)).await;
        sse.until(zone, |s| s.held.contains_key(&key) == inside).await;
    }
    assert!(sse.held.keys().all(|(kind, _)| kind == "speaker"));
    assert_eq!(sse.held[&key]["zoneId"], json!(cellar));

    for (query, field) in [("?types=zone,weather", "types"), ("?zone=nowhere", "")] {
        let (status, problem) = f.get(&format!("/api/events{query}")).await;
        assert!(status.is_client_error(), "{query}: {problem}");
        assert!(field.is_empty() || problem["field"] == field, "{problem}");
    }
}

#[tokio::test]
async fn the_same_comes_over_a_websocket_and_a_stop_ends_both() {
    let f = Fixture::new().await;
    let url = format!("ws://{}/api/events/ws?types=zone", f.running.addr);
    let (mut socket, _) = connect_async(url).await.unwrap();
    let mut sse = Sse::open(&f, "?types=zone", None, Held::new()).await;
    let mut held = Held::new();
    let name = |held: &Held| held.values().filter(|z| z["name"] == "attic").count();
    let mut made = false;
    while name(&held) == 0 {
        let frame = tokio::time::timeout(crate::fixture::DEADLINE, socket.next()).await.unwrap().unwrap().unwrap();
        let Ok(text) = frame.to_text() else { continue };
        if !frame.is_text() {
            continue;
        }
        let event: Value = serde_json::from_str(text).unwrap();
        if take_in(&mut held, &event) {
            assert!(event["eventId"].is_string(), "{event}");
            if !std::mem::replace(&mut made, true) {
                f.done("/api/zones", json!({ "name": "attic" })).await;
            }
        }
    }
    sse.until("the attic", |s| name(&s.held) == 1).await;
    assert_eq!(held.len(), 2);

    let stopping = tokio::time::Instant::now();
    f.running.shutdown().await;
    assert!(stopping.elapsed() < std::time::Duration::from_secs(10), "open streams hold up a stop");
    assert!(
        tokio::time::timeout(crate::fixture::DEADLINE, async {
            while sse.response.chunk().await.is_ok_and(|c| c.is_some()) {}
        })
        .await
        .is_ok()
    );
}

/// Someone who holds the entries of the default zone's queue, and keeps them true by what the events say of it.
#[derive(Default)]
struct Copy {
    version: u64,
    entries: Vec<Value>,
    reads: usize,
    changes: usize,
}

impl Copy {
    /// Takes in what an event says; whether the queue has to be read again.
    fn follow(&mut self, state: &Value) -> bool {
        let version = state["version"].as_u64().unwrap();
        if version <= self.version {
            return false;
        }
        match state["changes"].as_array().filter(|_| state["since"] == self.version) {
            Some(changes) => {
                for change in changes {
                    let number = |field: &str| usize::try_from(change[field].as_u64().unwrap()).unwrap();
                    let new = change["entries"].as_array().unwrap().clone();
                    self.entries.splice(number("at")..number("at") + number("removed"), new);
                }
                self.changes += 1;
                self.version = version;
                assert_eq!(self.entries.len() as u64, state["total"].as_u64().unwrap(), "{state}");
                false
            }
            None => true,
        }
    }

    async fn read(&mut self, f: &Fixture) {
        let (_, queue) = f.get("/api/zones/all/queue?limit=1000").await;
        (self.version, self.entries) =
            (queue["version"].as_u64().unwrap(), queue["entries"].as_array().unwrap().clone());
        self.reads += 1;
    }
}

#[tokio::test]
async fn whoever_makes_the_changes_that_events_tell_holds_the_queue() {
    let f = Fixture::new().await;
    let tracks = [f.track("a").await, f.track("b").await, f.track("c").await];
    let mut sse = Sse::open(&f, "?types=queue&zone=all", None, Held::new()).await;
    sse.until("the picture", |s| s.last_id.is_some()).await;
    let key = sse.held.keys().next().expect("the queue").clone();
    let queue = "/api/zones/all/queue";
    let mut copy = Copy::default();
    let mut moments = 4_711_u64;
    let mut random = move |below: usize| {
        moments = moments.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (moments >> 33) as usize % below
    };
    for step in 0..80 {
        let entry = |i: usize| copy.entries.get(i).map(|e| e["entry"].clone());
        let some: Vec<Value> = (0..=random(4)).filter_map(|_| entry(random(copy.entries.len().max(1)))).collect();
        let some: std::collections::BTreeSet<String> = some.iter().map(|e| e.as_str().unwrap().to_owned()).collect();
        match random(7) {
            0 | 1 => {
                let ids: Vec<&String> = (0..=random(6)).map(|i| &tracks[i % 3]).collect();
                f.done(queue, json!({ "trackIds": ids, "index": random(30) })).await;
            }
            2 => drop(f.done(&format!("{queue}/remove"), json!({ "entries": some })).await),
            3 => {
                let body = json!({ "entries": some, "index": random(30) }).to_string();
                assert!(f.call(Method::PATCH, queue, Some(body)).await.0.is_success());
            }
            4 if step % 5 == 0 => drop(f.call(Method::DELETE, queue, None).await),
            // more than an event carries
            5 if step % 4 == 0 => drop(f.done(queue, json!({ "trackIds": vec![&tracks[0]; 80] })).await),
            _ => drop(f.done(queue, json!({ "trackId": tracks[1], "place": "next" })).await),
        }
        let (_, present) = f.get(&format!("{queue}?limit=1000")).await;
        let version = present["version"].as_u64().unwrap();
        // several edits may have become one event, but none is told of before it is there
        let mut held = Vec::new();
        while copy.version < version {
            sse.until("the edit", |s| s.held[&key]["version"].as_u64().unwrap() > copy.version).await;
            held.push(sse.held[&key].clone());
            if copy.follow(&held[held.len() - 1]) {
                copy.read(&f).await;
            }
        }
        assert_eq!((copy.version, json!(copy.entries)), (version, present["entries"].clone()), "step {step}: {held:?}");
    }
    assert!(copy.changes > 4 * copy.reads, "{} changes were told, {} not", copy.changes, copy.reads);
}

#[tokio::test]
async fn modes_and_the_librarys_news_are_told() {
    let f = Fixture::new().await;
    let mut sse = Sse::open(&f, "?types=zone,library", None, Held::new()).await;
    sse.until("the picture", |s| s.last_id.is_some()).await;
    let modes = json!({ "crossfadeSeconds": 3, "autoplay": "similar", "limiter": false });
    assert!(f.call(Method::PATCH, "/api/zones/all/session", Some(modes.to_string())).await.0.is_success());
    let told = |s: &Sse| {
        let session = s.held.values().find_map(|v| v["state"].get("session")).cloned().unwrap_or_default();
        session["crossfadeSeconds"] == 3.0 && session["autoplay"] == "similar" && session["limiter"] == false
    };
    sse.until("the modes", told).await;

    let library = ("library".to_owned(), None);
    let before = sse.held[&library].clone();
    std::fs::copy(f.folder.path().join("music/a.wav"), f.folder.path().join("music/new.wav")).unwrap();
    assert!(f.post("/api/library/scan", json!({})).await.0.is_success());
    let came = |s: &Sse| {
        let now = &s.held[&library];
        now["tracks"] == 5 && now["revision"].as_i64() > before["revision"].as_i64() && now["scanning"] == false
    };
    sse.until("the new track", came).await;
}
