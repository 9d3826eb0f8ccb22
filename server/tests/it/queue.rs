//! Queues and sessions over REST: long ones, shuffled ones, and what survives a restart.

use downbeat_protocol::{
    AgentMessage, ServerMessage,
    report::{CacheState, CachedEntry, Health, PlanCache, Position},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::join;

use crate::{
    agent::Agent,
    fixture::{Fixture, wait_for},
};

const QUEUE: &str = "/api/zones/all/queue";
const SESSION: &str = "/api/zones/all/session";

impl Fixture {
    /// A PATCH that must succeed.
    async fn patched(&self, path: &str, body: Value) -> Value {
        let (status, reply) = self.call(Method::PATCH, path, Some(body.to_string())).await;
        assert!(status.is_success(), "{path}: {status} {reply}");
        reply
    }

    async fn titles(&self, query: &str) -> Vec<String> {
        let (status, queue) = self.get(&format!("{QUEUE}{query}")).await;
        assert!(status.is_success(), "{queue}");
        let entries = queue["entries"].as_array().unwrap();
        entries.iter().map(|e| e["title"].as_str().unwrap().to_owned()).collect()
    }

    async fn entries(&self) -> Vec<String> {
        let (_, queue) = self.get(QUEUE).await;
        let entries = queue["entries"].as_array().unwrap();
        entries.iter().map(|e| e["entry"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn entries_are_added_moved_and_removed() {
    let f = Fixture::new().await;
    let (a, b, c) = (f.track("a").await, f.track("b").await, f.track("c").await);
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    join!(f.play(&["a", "b"]), agent.start());
    // a slow machine would be through with these short tracks before the test is
    f.done("/api/playback/pause", json!({})).await;
    let reply = f.done(QUEUE, json!({ "trackIds": [c, c], "place": "next" })).await;
    assert_eq!((&reply["added"], &reply["at"]), (&2.into(), &Value::Null));
    assert_eq!(f.titles("").await, ["a", "c", "c", "b"]);
    let entries = f.entries().await;
    f.patched(&format!("{QUEUE}/{}", entries[3]), json!({ "place": "next" })).await;
    assert_eq!(f.titles("").await, ["a", "b", "c", "c"]);
    f.patched(QUEUE, json!({ "entries": [entries[1], entries[3]], "index": 99 })).await;
    assert_eq!(f.titles("").await, ["a", "c", "c", "b"]);
    f.done(&format!("{QUEUE}/remove"), json!({ "entries": [entries[1], entries[2]] })).await;
    assert_eq!(f.titles("").await, ["a", "b"]);
    assert_eq!(f.get("/api/playback/state").await.1["playbackState"], "paused");
    f.done(QUEUE, json!({ "trackId": b, "place": "replace" })).await;
    assert_eq!(f.titles("").await, ["a", "b"]);
    // now: it follows what sounded, and what was to come follows it
    let ready = async {
        let prepare = agent.prepare().await;
        agent.ready(&prepare, None).await;
        prepare
    };
    let (reply, prepare) = join!(f.done(QUEUE, json!({ "trackIds": [c, a], "place": "now" })), ready);
    assert_eq!((prepare.entry.title.as_str(), reply["at"].is_i64()), ("c", true));
    assert_eq!(f.titles("").await, ["a", "c", "a", "b"]);
    for (method, path, body, code) in [
        (Method::POST, QUEUE.to_owned(), json!({ "album": "no such" }), 404),
        (Method::POST, QUEUE.to_owned(), json!({}), 422),
        (Method::POST, QUEUE.to_owned(), json!({ "trackIds": [] }), 422),
        (Method::PATCH, QUEUE.to_owned(), json!({ "entries": [entries[1]], "index": 0 }), 404),
        (Method::PATCH, QUEUE.to_owned(), json!({ "entries": [entries[0]] }), 422),
        (Method::PATCH, format!("{QUEUE}/nonsense"), json!({ "index": 0 }), 404),
        (Method::POST, format!("{QUEUE}/remove"), json!({}), 422),
    ] {
        let (status, problem) = f.call(method, &path, Some(body.to_string())).await;
        assert_eq!(status.as_u16(), code, "{path} {body}: {problem}");
    }
}

#[tokio::test]
async fn folders_artists_and_searches_can_be_queued() {
    let f = Fixture::new().await;
    let music = f.folder.path().join("music");
    let reply = f.done(QUEUE, json!({ "folder": music.to_str().unwrap() })).await;
    assert_eq!(reply["added"], 3, "the damaged file is left out: {reply}");
    assert_eq!(f.titles("").await, ["a", "b", "c"]);
    f.done(QUEUE, json!({ "search": "b" })).await;
    assert_eq!(f.titles("").await, ["a", "b", "c", "b"]);
    let (status, problem) = f.post(QUEUE, json!({ "artist": "nobody" })).await;
    assert_eq!(
        (status.as_u16(), &problem["code"], &problem["field"]),
        (404, &"nothing_found".into(), &"artist".into())
    );
}

#[tokio::test]
async fn a_hundred_thousand_entries_are_paged_edited_and_kept() {
    let f = Fixture::new().await;
    let (a, b) = (f.track("a").await, f.track("b").await);
    let reply = f.done(QUEUE, json!({ "trackIds": vec![a; 100_000] })).await;
    assert_eq!((&reply["added"], reply["entries"].as_array().unwrap().len()), (&100_000.into(), 1_000));
    let (status, problem) = f.post(QUEUE, json!({ "trackId": b })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &"queue_full".into()));
    let (_, page) = f.get(&format!("{QUEUE}?offset=70000&limit=3")).await;
    assert_eq!((&page["total"], &page["offset"], &page["next"]), (&100_000.into(), &70_000.into(), &70_003.into()));
    let middle = page["entries"][0]["entry"].as_str().unwrap().to_owned();
    f.done("/api/playback/play", json!({ "entry": middle })).await;
    // or the short track would be over before the test is, on a slow machine
    f.done("/api/playback/pause", json!({})).await;
    let (_, page) = f.get(QUEUE).await;
    assert_eq!((&page["currentIndex"], page["entries"].as_array().unwrap().len()), (&70_000.into(), 500));
    assert_eq!(page["offset"], 70_000 - 125, "the part around the current entry");
    let (_, last) = f.get(&format!("{QUEUE}?offset=99999")).await;
    assert_eq!((last["entries"].as_array().unwrap().len(), &last["next"]), (1, &Value::Null));
    f.call(Method::DELETE, &format!("{QUEUE}/{}", page["entries"][10]["entry"].as_str().unwrap()), None).await;
    f.done(QUEUE, json!({ "trackId": b, "index": 70_000 })).await;
    f.patched(SESSION, json!({ "shuffle": true, "seed": 7 })).await;
    let coming = f.get(&format!("{QUEUE}?order=play&limit=100")).await.1;
    assert_eq!(coming["entries"].as_array().unwrap().len(), 100);
    for bad in ["limit=0", "limit=1001", "offset=-1", "order=backwards"] {
        assert_eq!(f.get(&format!("{QUEUE}?{bad}")).await.0.as_u16(), 422, "{bad}");
    }

    let f = f.restarted().await;
    let (_, after) = f.get(&format!("{QUEUE}?offset=69998&limit=4")).await;
    assert_eq!(after["total"], 100_000);
    assert_eq!(after["entries"][2]["title"], "b");
    assert_eq!(
        f.get(&format!("{QUEUE}?order=play&limit=100")).await.1["entries"],
        coming["entries"],
        "the same shuffle"
    );
}

#[tokio::test]
async fn modes_are_set_shown_and_kept() {
    let f = Fixture::new().await;
    f.play(&["a"; 20]).await;
    let reply = f.patched(SESSION, json!({ "repeat": "all", "shuffle": true, "crossfadeSeconds": 0.5 })).await;
    let session = &reply["state"]["session"];
    assert_eq!((&session["repeat"], &session["shuffle"]), (&"all".into(), &true.into()));
    assert!(session["seed"].is_u64(), "{session}");
    f.patched(SESSION, json!({ "loudness": "album", "preampDb": -2.5, "loop": { "a": 0.25, "b": 1.0 } })).await;
    let (_, before) = f.get(SESSION).await;
    let set = ["crossfadeSeconds", "loudness", "preampDb", "limiter"].map(|k| before[k].clone());
    assert_eq!(json!(set), json!([0.5, "album", -2.5, true]));
    assert_eq!((&before["loop"]["aFrames"], &before["loop"]["bFrames"]), (&11_025.into(), &44_100.into()));
    assert_eq!(before["seed"], session["seed"], "what is not named stays");
    let (_, order) = f.get(&format!("{QUEUE}?order=play&limit=40")).await;

    let f = f.restarted().await;
    assert_eq!(f.get(SESSION).await.1, before);
    assert_eq!(f.get("/api/playback/state").await.1["session"], before);
    f.patched(SESSION, json!({ "loop": null })).await;
    assert_eq!(f.get(SESSION).await.1["loop"], Value::Null);
    assert_ne!(order["entries"], Value::Null);
    for (field, body) in [
        ("crossfadeSeconds", json!({ "crossfadeSeconds": 12.5 })),
        ("preampDb", json!({ "preampDb": 99 })),
        ("repeat", json!({ "repeat": "twice" })),
        ("autoplayPlaylist", json!({ "autoplay": "playlist" })),
        ("loop.b", json!({ "loop": { "a": 1.0 } })),
        ("loop", json!({ "loop": { "a": 1.0, "b": 1.1 } })),
    ] {
        let (status, problem) = f.call(Method::PATCH, SESSION, Some(body.to_string())).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &field.into()), "{problem}");
    }
    let (status, reply) = f.call(Method::PUT, SESSION, Some(json!({ "repeat": "one" }).to_string())).await;
    assert_eq!(status.as_u16(), 200, "{reply}");
    let session = &reply["state"]["session"];
    let set = ["repeat", "shuffle", "crossfadeSeconds", "loudness", "autoplay"].map(|k| session[k].clone());
    assert_eq!(json!(set), json!(["one", false, 0.0, "off", "off"]), "what is not named is as in a new zone");
}

#[tokio::test]
async fn a_venue_does_not_fall_silent() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    f.patched(SESSION, json!({ "autoplay": "similar" })).await;
    let (_, session) = join!(f.play(&["c"]), agent.start());
    if session.plan.len() == 1 {
        // the search was not as quick as the start
        let next = |m| match m {
            ServerMessage::PlanUpdate(s) => Some(s),
            ServerMessage::Stop(s) => panic!("{s:?}"),
            _ => None,
        };
        let update = agent.until("what comes", next).await;
        let (first, then) = (session.timeline.unwrap(), update.timeline.unwrap());
        // Where the machine is slow, the track of a second has ended when this is read, and another follows to the frame.
        let follows = then.anchor_server_us.0 == first.anchor_server_us.0 + 1_000_000;
        assert!(then == first || follows, "before the end, and without a gap: {first:?} {then:?}");
    }
    f.done("/api/playback/stop", json!({})).await;
    assert_eq!(f.get("/api/playback/state").await.1["playbackState"], "stopped");
}

#[tokio::test]
async fn a_queue_is_saved_as_a_playlist() {
    let f = Fixture::new().await;
    let save = format!("{QUEUE}/save");
    let (status, problem) = f.post(&save, json!({ "name": "Evening" })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &"queue_empty".into()));
    let (a, b) = (f.track("a").await, f.track("b").await);
    f.done(QUEUE, json!({ "trackIds": [b, a, b] })).await;
    let key =
        |key: &str, body: Value| f.http.post(f.url(&save)).header("idempotency-key", key).body(body.to_string()).send();
    let first = key("1", json!({ "name": "Evening" })).await.unwrap();
    assert_eq!((first.status().as_u16(), first.headers().contains_key("etag")), (201, true));
    let first: Value = first.json().await.unwrap();
    let again = key("1", json!({ "name": "Evening" })).await.unwrap();
    assert_eq!(again.status(), 201, "the answer of before");
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    assert_eq!((&first["name"], &first["trackCount"], &first["duration"]), (&"Evening".into(), &3.into(), &4.0.into()));
    let (status, problem) = f.post(&save, json!({ "name": "EVENING" })).await;
    assert_eq!((status.as_u16(), &problem["code"], &problem["field"]), (409, &"name_taken".into(), &"name".into()));
    f.done(QUEUE, json!({ "trackId": a })).await;
    let (status, replaced) = f.post(&save, json!({ "name": "evening", "replace": true })).await;
    assert_eq!((status.as_u16(), &replaced["id"], &replaced["trackCount"]), (200, &first["id"], &4.into()));
    let (_, list) = f.get(&format!("/api/playlists/{}", first["id"].as_str().unwrap())).await;
    let titles: Vec<&str> = list["entries"].as_array().unwrap().iter().map(|e| e["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["b", "a", "b", "a"], "in the queue's order");
    for bad in [json!({}), json!({ "name": " " })] {
        assert_eq!(f.post(&save, bad).await.0.as_u16(), 422);
    }

    f.done(QUEUE, json!({ "trackIds": vec![&a; 99_990] })).await;
    let long = f.done(&save, json!({ "name": "all of it" })).await;
    assert_eq!(long["trackCount"], 99_994);
}

#[tokio::test]
async fn what_a_speaker_has_of_its_plan_is_told_by_the_queues_own_entries() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    f.patched(SESSION, json!({ "repeat": "one" })).await;
    let (_, session) = join!(f.play(&["a", "b"]), agent.start());
    f.done("/api/playback/pause", json!({})).await;
    let entries = f.entries().await;
    let ids: Vec<_> = session.plan.iter().map(|e| e.entry).take(3).collect();
    assert!(ids[1] != ids[0] && ids[2] != ids[1], "each time it is played is an occurrence of its own");
    let state = [CacheState::Ready, CacheState::Partly, CacheState::Missing];
    let cached = ids.iter().zip(state).map(|(entry, state)| CachedEntry { entry: *entry, state });
    let cache = PlanCache { ready: 1, partly: 2, missing: 3, entries: cached.collect() };
    let health = Health { cache: Some(cache), ..Health::default() };
    agent.say(&AgentMessage::Health(Box::new(health))).await;
    agent.say(&AgentMessage::PositionReport(Box::new(Position { entry: Some(ids[1]), ..Position::default() }))).await;
    let speaker = wait_for("the report", || async {
        let speaker = f.speaker("one").await;
        (speaker["cache"].is_object() && speaker["entry"].is_string()).then_some(speaker)
    })
    .await;
    let told = |state: &str| json!({ "entry": entries[0], "state": state });
    let expected = json!({ "ready": 1, "partly": 2, "missing": 3,
        "entries": [told("ready"), told("partly"), told("missing")] });
    assert_eq!(speaker["cache"], expected);
    assert_eq!(speaker["entry"], entries[0]);
    assert_eq!(f.get(&format!("/api/speakers/{}", speaker["id"].as_str().unwrap())).await.1["cache"], expected);
}
