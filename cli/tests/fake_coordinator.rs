//! The real binary against a small stand-in for the coordinator's REST: what is asked, what is printed, how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::{
    net::SocketAddr,
    process::{Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post, put},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::Command,
};

type Asked = Arc<Mutex<Vec<(String, Value)>>>;

struct Coordinator {
    address: SocketAddr,
    asked: Asked,
    home: tempfile::TempDir,
}

impl Coordinator {
    async fn start() -> Self {
        let asked = Asked::default();
        let router = Router::new()
            .route("/api/tracks", get(tracks))
            .route("/api/tracks/{id}", get(track))
            .route("/api/search", get(search))
            .route("/api/albums", get(albums))
            .route("/api/playlists", get(playlists))
            .route("/api/artists", get(async || Json(json!({ "artists": [], "next": null }))))
            .route("/api/history", get(history))
            .route("/api/history.csv", get(export))
            .route("/api/playback/state", get(state))
            .route("/api/playback/{action}", post(transport))
            .route("/api/health", get(async || Json(json!({ "version": env!("CARGO_PKG_VERSION") }))))
            .route("/api/doctor", get(async || {
                let found = json!({ "area": "backup", "verdict": "note", "what": "none was ever made", "todo": "make one" });
                Json(json!({ "program": "downbeat-server", "verdict": "note", "findings": [found] }))
            }))
            .route("/api/diagnostics", get(async || ([("content-type", "application/gzip")], "a bundle")))
            .route("/api/library", get(async || Json(json!({ "tracks": 3, "fault": "the disk is full" }))))
            .route("/api/speakers", get(speakers))
            .route("/api/speakers/{id}", patch(speaker))
            .route("/api/speakers/{id}/identify", post(speaker))
            .route("/api/zones/{zone}/metronome", post(speaker))
            .route("/api/speakers/actions", post(act))
            .route("/api/zones/{zone}/queue", get(queue).post(added).patch(speaker).delete(removed))
            .route("/api/zones/{zone}/queue/remove", post(speaker))
            .route("/api/zones/{zone}/queue/save", post(saved))
            .route("/api/zones/{zone}/session", get(session).patch(set))
            .route("/api/edits", get(edits))
            .route("/api/edits/{id}/undo", post(undone))
            .route("/api/events", get(events))
            .route("/api/zones", get(zones).post(create))
            .route("/api/zones/{zone}", patch(speaker).delete(removed))
            .route("/api/speaker-keys", get(keys))
            .route("/api/speaker-keys/adopt", post(decided))
            .route("/api/speaker-keys/{key}/{action}", post(key_action))
            .route("/api/join-tokens", post(decided))
            .route("/api/join-tokens/{id}", delete(removed))
            .route("/api/presets", post(name_taken))
            .route("/api/presets/{preset}", put(speaker))
            .route("/api/presets/{preset}/recall", post(recall))
            .with_state(asked.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, asked, home: tempfile::tempdir().unwrap() }
    }

    /// Runs `downbeat` with the words of `line`.
    async fn run(&self, line: &str) -> Output {
        downbeat(&format!("http://{}", self.address), &self.home, line).await
    }

    /// Runs it, expects success, returns standard output.
    async fn good(&self, line: &str) -> String {
        let output = self.run(line).await;
        assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The first lines of a command that goes on and on.
    async fn lines(&self, line: &str, count: usize) -> Vec<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_downbeat"));
        command.args(line.split_whitespace()).env("DOWNBEAT_SERVER", format!("http://{}", self.address));
        let mut child = command.env_remove("DOWNBEAT_ZONE").stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let reading = async {
            while said.len() < count {
                said.push(lines.next_line().await.unwrap().expect("it goes on"));
            }
        };
        tokio::time::timeout(Duration::from_mins(1), reading)
            .await
            .unwrap_or_else(|_| panic!("{line} said too little"));
        said
    }

    /// The last call that was noted, with its body or query.
    fn last(&self) -> (String, Value) {
        self.asked.lock().unwrap().last().cloned().expect("something was asked")
    }
}

async fn downbeat(server: &str, home: &tempfile::TempDir, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_downbeat"))
        .args(line.split_whitespace())
        .env("DOWNBEAT_SERVER", server)
        .env_remove("DOWNBEAT_ZONE")
        .env("XDG_STATE_HOME", home.path())
        .output()
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn library() -> Vec<Value> {
    let track = |id: &str, title: &str, artist: &str| {
        let (album, format) = ("Evening", "flac");
        json!({"id": id, "title": title, "artist": artist, "album": album, "duration": 65.2, "format": format})
    };
    vec![track("t-1", "Slow River", "Mill Lane"), track("t-2", "Tide", "Harbour"), track("t-3", "Lamps", "Mill Lane")]
}

/// Pages of two, by a cursor; searched by every word.
async fn tracks(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
    let parameter = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let search = parameter("search").unwrap_or_default().to_lowercase();
    let found: Vec<Value> = library()
        .into_iter()
        .filter(|track| search.split_whitespace().all(|word| track.to_string().to_lowercase().contains(word)))
        .collect();
    let start = parameter("cursor").map_or(0, |cursor| cursor.parse::<usize>().unwrap());
    let end = (start + 2).min(found.len());
    let next = (end < found.len()).then(|| end.to_string());
    Json(json!({ "tracks": found[start..end], "next": next }))
}

async fn track(Path(id): Path<String>) -> Response {
    let found = library().into_iter().find(|track| track["id"] == id.as_str());
    let problem = Json(json!({ "status": 404, "code": "track_not_found", "detail": "there is no such track" }));
    found.map_or_else(|| (StatusCode::NOT_FOUND, problem).into_response(), |track| Json(track).into_response())
}

async fn search(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
    let q = &query.iter().find(|(key, _)| key == "q").unwrap().1;
    let found = json!({
        "query": q, "searchedFor": "river", "tracks": { "items": [library()[0]], "next": null },
        "albums": { "items": [], "next": null }, "playlists": { "items": [{ "id": "p-1", "name": "Rivers" }] }
    });
    Json(if q == "rivre" { found } else { json!({ "query": q, "searchedFor": null }) })
}

/// In two pages.
async fn albums(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
    let second = query.iter().any(|(key, _)| key == "cursor");
    let album = json!({ "id": "a-1", "title": "Evening", "artist": "Mill Lane", "year": 1994, "trackCount": 2 });
    let other = json!({ "id": "a-2", "title": "Morning", "artist": "Harbour", "year": null, "trackCount": 1 });
    Json(if second { json!({ "albums": [other], "next": null }) } else { json!({ "albums": [album], "next": "x" }) })
}

/// In pages of one; a filter by zone finds only the second play.
async fn history(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
    let has = |name: &str| query.iter().any(|(key, _)| key == name);
    let play = |title: &str, heard: f64, speakers: [&str; 3]| {
        let stretches: Vec<_> = speakers.iter().map(|name| json!({ "speakerName": name })).collect();
        json!({
            "start": "2026-05-01T18:00:03.123456Z", "heard": heard, "zoneName": "bar", "title": title,
            "stretches": stretches
        })
    };
    let (one, two) = (play("Slow River", 65.2, ["Kitchen", "Attic", "Kitchen"]), play("Tide", 0.0, ["Attic"; 3]));
    let last = has("cursor") || has("zone");
    let next = if last { Value::Null } else { "x".into() };
    Json(json!({ "plays": [if last { two } else { one }], "next": next, "dropped": if has("zone") { 7 } else { 0 } }))
}

async fn export(Query(query): Query<Vec<(String, String)>>) -> String {
    let said: Vec<_> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("start,end\r\n{},\r\n", said.join(";"))
}

async fn playlists() -> Json<Value> {
    Json(json!({ "playlists": [{ "id": "p-7", "name": "Late", "trackCount": 3, "duration": 600.0 }], "next": null }))
}

async fn state() -> Json<Value> {
    Json(json!({
        "zone": "all", "zoneId": "z-0", "currentTrack": library()[0], "playbackState": "playing", "playing": true,
        "preparing": false, "position": 20.0, "at": 1_000_000, "serverTime": 1_000_000, "volume": 70.0, "muted": false
    }))
}

async fn transport(State(asked): State<Asked>, Path(action): Path<String>, Json(body): Json<Value>) -> Response {
    asked.lock().unwrap().push((action.clone(), body));
    if action == "previous" {
        let problem =
            json!({"type": "about:blank", "status": 409, "code": "nothing_playing", "detail": "Nothing plays."});
        return (StatusCode::CONFLICT, Json(problem)).into_response();
    }
    let Json(state) = state().await;
    Json(json!({ "success": true, "at": 1_000_000, "state": state })).into_response()
}

async fn speakers() -> Json<Value> {
    let speaker = |id: &str, name: &str, zone: &str, late_ns: i64| {
        json!({"id": id, "name": name, "class": "agent", "zone": zone, "connected": true, "volume": 80,
               "outputDelayUs": 1_500, "state": "playing", "syncErrorUs": 1.5, "correctionPpm": 18.0,
               "errorBoundUs": 30.0, "underruns": 0, "reanchors": 0,
               "health": {"output": "virtual", "output_fault": null, "version": "0.1.0"},
               "truth": {"rawNs": 1_000_000_000 + late_ns, "contentUs": 7.0}})
    };
    Json(json!({ "speakers": [
        speaker("s-1", "Kitchen", "all", 0),
        speaker("s-2", "Attic", "all", 12_500),
        speaker("s-3", "Garden", "garden", 900_000_000)
    ] }))
}

async fn speaker(State(asked): State<Asked>, Path(id): Path<String>, Json(body): Json<Value>) -> Json<Value> {
    asked.lock().unwrap().push((id, body));
    Json(json!({}))
}

async fn act(
    State(asked): State<Asked>,
    Query(query): Query<Vec<(String, String)>>,
    Json(body): Json<Value>,
) -> Response {
    let select = query[0].1.clone();
    let none = select == "name:cellar";
    asked.lock().unwrap().push((select, body));
    let (status, code) = if none { (StatusCode::CONFLICT, "no") } else { (StatusCode::MULTI_STATUS, "speaker_away") };
    let targets = json!({ "targets": [
        { "id": "s-1", "name": "Kitchen", "ok": !none, "code": code, "detail": "why" },
        { "id": "s-2", "name": "Attic", "ok": false, "code": "invalid_field", "detail": "no such thing" }
    ] });
    (status, Json(targets)).into_response()
}

/// Twelve entries, of which the sixth plays.
async fn queue(State(asked): State<Asked>, Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
    let number = |name: &str| query.iter().find(|(key, _)| key == name).and_then(|(_, v)| v.parse::<usize>().ok());
    let entry = |i: usize| {
        let fault = (i == 6).then_some("no such file");
        json!({"entry": format!("e-{}", i + 1), "title": format!("Song {}", i + 1), "artist": "Harbour",
               "album": "Tide", "duration": 61.0, "fault": fault})
    };
    asked.lock().unwrap().push(("looked".into(), json!(query)));
    if query.iter().any(|(_, value)| value == "play") {
        return Json(json!({ "total": 12, "currentIndex": 5, "offset": 0, "entries": [entry(8), entry(2)] }));
    }
    let from = number("offset").unwrap_or(4);
    // no more than five at once
    let end = (from + number("limit").unwrap().min(5)).min(12);
    Json(json!({ "total": 12, "current": "e-6", "currentIndex": 5, "offset": from, "version": 7,
        "next": (end < 12).then_some(end), "entries": (from..end).map(entry).collect::<Vec<_>>() }))
}

async fn added(State(asked): State<Asked>, Json(body): Json<Value>) -> Json<Value> {
    let all = body.get("album").is_some();
    asked.lock().unwrap().push(("add".into(), body));
    let first = json!({ "entry": "e-99", "title": "Tide", "artist": "Harbour" });
    Json(json!({ "success": true, "added": if all { 12 } else { 1 }, "entries": [first] }))
}

async fn saved(State(asked): State<Asked>, Json(body): Json<Value>) -> Response {
    let replace = body["replace"] == true;
    asked.lock().unwrap().push(("save".into(), body));
    if replace {
        return Json(json!({ "id": "p-7", "trackCount": 12 })).into_response();
    }
    (StatusCode::CONFLICT, Json(json!({ "code": "name_taken", "detail": "taken" }))).into_response()
}

fn modes() -> Value {
    json!({ "repeat": "off", "shuffle": true, "seed": 5, "crossfadeSeconds": 4.0, "loudness": "album", "preampDb": -2.0,
            "headroomDb": 1.0, "limiter": true, "autoplay": "playlist", "autoplayPlaylist": "p-7",
            "loop": { "a": 70.0, "b": 85.5 } })
}

async fn session() -> Json<Value> {
    Json(modes())
}

async fn set(State(asked): State<Asked>, Path(zone): Path<String>, Json(body): Json<Value>) -> Json<Value> {
    let mut now = modes();
    for (name, value) in body.as_object().unwrap() {
        now[name] = value.clone();
    }
    asked.lock().unwrap().push((zone, body));
    Json(json!({ "success": true, "state": { "session": now } }))
}

/// The first connection breaks after the picture; the second goes on from there.
async fn events(
    State(asked): State<Asked>,
    Query(query): Query<Vec<(String, String)>>,
    headers: axum::http::HeaderMap,
) -> String {
    let from = headers.get("last-event-id").map(|id| id.to_str().unwrap().to_owned());
    asked.lock().unwrap().push(("events".into(), json!({ "query": query, "from": from })));
    let zone = |name: &str| {
        let state = json!({ "playbackState": "stopped", "volume": 70 });
        json!({ "type": "zone", "id": "z-1", "state": { "name": name, "state": state } })
    };
    let picture = [("", json!({ "type": "resync" })), ("", zone("bar")), ("id: 1-4\n", json!({ "type": "synced" }))];
    let later = [("id: 1-5\n", zone("pub")), ("id: 1-6\n", json!({ "type": "zone", "id": "z-1", "state": null }))];
    let said = if from.is_none() { picture.to_vec() } else { later.to_vec() };
    let message = |(id, event): &(&str, Value)| {
        let kind = event["type"].as_str().unwrap();
        ["event: ", kind, "\n", id, "data: ", &event.to_string(), "\n\n"].concat()
    };
    said.iter().map(message).collect()
}

async fn zones() -> Json<Value> {
    let Json(state) = state().await;
    let zone = json!({ "id": "z-0", "name": "all", "speakers": ["s-1", "s-2"], "openToGuests": false, "state": state });
    Json(json!({ "zones": [zone] }))
}

async fn create(State(asked): State<Asked>, Json(body): Json<Value>) -> Response {
    asked.lock().unwrap().push(("create".into(), body));
    (StatusCode::CREATED, Json(json!({}))).into_response()
}

async fn removed(State(asked): State<Asked>, Path(id): Path<String>) -> Json<Value> {
    asked.lock().unwrap().push((id, Value::Null));
    Json(json!({ "success": true, "moved": ["s-1", "s-2"] }))
}

async fn keys() -> Json<Value> {
    let key = |digit: &str, name: &str, state: &str, code: Option<&str>| {
        let key = digit.repeat(64);
        json!({ "key": key, "name": name, "state": state, "code": code, "address": "10.0.0.7", "connected": true })
    };
    Json(json!({ "keys": [
        key("a", "Kitchen", "pending", Some("K7QX-3M9D")), key("b", "Kitchen", "adopted", None),
        json!({ "key": null, "name": "Attic", "state": "pending" }),
    ] }))
}

async fn decided(State(asked): State<Asked>, Json(body): Json<Value>) -> Json<Value> {
    let unseen = body["code"].is_null();
    asked.lock().unwrap().push(("decided".into(), body));
    Json(json!({ "name": "Kitchen", "state": "adopted", "verified": !unseen, "text": "dbj1.TEXT" }))
}

async fn key_action(State(asked): State<Asked>, Path((key, action)): Path<(String, String)>) -> Json<Value> {
    asked.lock().unwrap().push((format!("{} {action}", &key[..1]), Value::Null));
    Json(json!({ "name": "Kitchen", "state": "revoked", "verified": false }))
}

async fn name_taken() -> Response {
    (StatusCode::CONFLICT, Json(json!({ "code": "name_taken", "detail": "taken" }))).into_response()
}

async fn recall() -> Json<Value> {
    let done = |name: &str| json!({ "id": "x", "name": name, "ok": true });
    Json(json!({ "zones": [done("garden")], "targets": [done("Kitchen")] }))
}

#[tokio::test]
async fn many_speakers_are_meant_by_a_selector_and_each_says_what_it_did() {
    let coordinator = Coordinator::start().await;
    let output = coordinator.run("volume -5 --select site=41,!outdoor").await;
    assert_eq!(coordinator.last(), ("site=41,!outdoor".into(), json!({"action": "volume", "volumeDelta": -5.0})));
    assert_eq!(output.status.code(), Some(1), "not all did it");
    let said = text(&output.stdout);
    assert!(
        said.contains("Kitchen  when it returns\n") && said.contains("Attic    no               no such thing"),
        "{said}"
    );
    assert_eq!(text(&output.stderr), "downbeat: 1 of 2 did not do it\n");
    let none = coordinator.run("mute --select name:cellar").await;
    assert_eq!(text(&none.stderr), "downbeat: 2 of 2 did not do it\n");
    coordinator.run("label all site=41 old-").await;
    assert_eq!(coordinator.last().1, json!({"action": "labels", "labels": {"site": "41", "old": null}}));
    coordinator.run("configure kitchen --channels left --max-volume 80").await;
    let configured = json!({"action": "configure", "channels": "left", "maxVolume": 80.0});
    assert_eq!(coordinator.last(), ("kitchen".into(), configured));
    coordinator.run("zones move kitchen garden").await;
    assert_eq!(coordinator.last(), ("kitchen".into(), json!({"action": "move", "zone": "garden"})));
}

#[tokio::test]
async fn zones_and_presets_are_managed() {
    let coordinator = Coordinator::start().await;
    let listed = coordinator.good("zones").await;
    let row: Vec<_> = listed.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row, ["all", "playing", "Slow", "River", "-", "Mill", "Lane", "70", "2", "closed", "z-0"]);
    assert_eq!(coordinator.good("zones create garden").await, "Made zone garden\n");
    coordinator.good("zones rename a/b bar").await;
    assert_eq!(coordinator.last(), ("a/b".into(), json!({"name": "bar"})));
    assert_eq!(coordinator.good("zones guests bar off").await, "Zone bar is closed to guests now\n");
    assert_eq!(coordinator.last(), ("bar".into(), json!({"openToGuests": false})));
    let said = coordinator.good("zones delete bar").await;
    assert_eq!(said, "Deleted zone bar; 2 speakers are in the default zone now\n");
    assert_eq!(coordinator.good("presets save Evening").await, "Saved as Evening\n");
    assert_eq!(coordinator.last(), ("Evening".into(), json!({})), "the one of this name is overwritten");
    let said = coordinator.good("presets recall Evening").await;
    assert!(said.contains("zone garden  yes") && said.contains("Kitchen      yes"), "{said}");
}

#[tokio::test]
async fn the_queue_is_shown_in_parts_and_its_numbers_keep_their_meaning() {
    let coordinator = Coordinator::start().await;
    let shown = coordinator.good("queue").await;
    let row =
        |text: &str, n: usize| text.lines().nth(n).unwrap().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(row(&shown, 2), ["6", "*", "Song", "6", "Harbour", "Tide", "1:01"]);
    assert!(shown.contains("Song 7 (skipped: no such file)"), "{shown}");
    assert!(shown.ends_with("5 to 9 of 12; 'downbeat queue --from 10' shows what follows\n"), "{shown}");
    coordinator.good("queue remove 5 7-8").await;
    assert_eq!(coordinator.last(), ("all".into(), json!({ "entries": ["e-5", "e-7", "e-8"] })), "as they were listed");
    coordinator.good("queue --from 2").await;
    let query = coordinator.last().1;
    assert_eq!(query, json!([["limit", "20"], ["offset", "1"]]));
    assert_eq!(coordinator.good("queue move 2-3 --to 1").await, "Moved 2 entries\n");
    assert_eq!(coordinator.last().1, json!({ "entries": ["e-2", "e-3"], "index": 0 }));
    coordinator.good("queue move 2 --next").await;
    assert_eq!(coordinator.last().1, json!({ "entries": ["e-2"], "place": "next" }));
    coordinator.good("queue play 4").await;
    assert_eq!(coordinator.last(), ("play".into(), json!({ "entry": "e-4" })));
    let wrong = coordinator.run("queue remove 11").await;
    assert_eq!(
        text(&wrong.stderr),
        "downbeat: the last listing of the queue has no number 11; 'downbeat queue --from 11' lists it\n"
    );
    // of a zone that was not listed they are those of now
    coordinator.good("queue remove 12 --zone a/b").await;
    assert_eq!(coordinator.last(), ("a/b".into(), json!({ "entries": ["e-12"] })));
    assert!(coordinator.good("queue --coming").await.contains("+2     Song 3"), "in the order of play");
    let whole: Value = serde_json::from_str(&coordinator.good("queue --all --json").await).unwrap();
    assert_eq!((whole["entries"].as_array().unwrap().len(), &whole["next"]), (12, &Value::Null), "over all pages");
}

#[tokio::test]
async fn a_queue_is_filled_cleared_and_saved() {
    let coordinator = Coordinator::start().await;
    assert_eq!(coordinator.good("queue add tide --next").await, "Added Tide - Harbour, behind the current entry\n");
    assert_eq!(coordinator.last(), ("add".into(), json!({ "trackIds": ["t-2"], "place": "next" })));
    let said = coordinator.good("queue add --album Evening --artist harbour --at 3").await;
    assert_eq!(said, "Added 12 entries, as number 3\n");
    assert_eq!(coordinator.last().1, json!({ "album": "Evening", "artist": "harbour", "index": 2 }));
    for (words, field) in
        [("--playlist Late", "playlist"), ("--folder /m/x", "folder"), ("--search year:1990", "search")]
    {
        coordinator.good(&format!("queue add {words} --now")).await;
        let value = words.split_once(' ').unwrap().1;
        assert_eq!(coordinator.last().1, json!({ field: value, "place": "now" }));
    }
    assert_eq!(coordinator.run("queue add polka").await.status.code(), Some(1));
    assert_eq!(coordinator.good("queue clear --zone bar").await, "The queue is empty, but for what sounds\n");
    assert_eq!(coordinator.last(), ("bar".into(), Value::Null));
    let taken = coordinator.run("queue save Late").await;
    assert_eq!(text(&taken.stderr), "downbeat: taken; --replace gives it the queue's entries [name_taken]\n");
    assert_eq!(coordinator.good("queue save Late --replace").await, "Saved as playlist Late, 12 tracks\n");
    assert_eq!(coordinator.last().1, json!({ "name": "Late", "replace": true }));
}

#[tokio::test]
async fn modes_are_said_and_set() {
    let coordinator = Coordinator::start().await;
    let shown = coordinator.good("modes").await;
    assert_eq!(
        shown,
        "repeat     off\nshuffle    on, seed 5\ncrossfade  4 s\nloudness   album, -2 dB\nautoplay   from playlist \
         Late\nloop       1:10.0 to 1:25.5\n"
    );
    for (line, body, said) in [
        ("repeat all", json!({ "repeat": "all" }), "Repeat all\n"),
        ("shuffle off", json!({ "shuffle": false }), "Shuffle off\n"),
        ("crossfade 0", json!({ "crossfadeSeconds": 0.0 }), "Crossfade off\n"),
        ("loudness track --preamp -3", json!({ "loudness": "track", "preampDb": -3.0 }), "Loudness track, -3 dB\n"),
        ("autoplay similar", json!({ "autoplay": "similar" }), "Autoplay similar\n"),
        (
            "autoplay late",
            json!({ "autoplay": "playlist", "autoplayPlaylist": "p-7" }),
            "Autoplay from playlist Late\n",
        ),
        ("loop 1:00 1:30", json!({ "loop": { "a": 60.0, "b": 90.0 } }), "Loop 1:00.0 to 1:30.0\n"),
        ("loop off", json!({ "loop": null }), "Loop off\n"),
    ] {
        assert_eq!(coordinator.good(&format!("{line} --zone bar")).await, said);
        assert_eq!(coordinator.last(), ("bar".into(), body), "{line}");
    }
    let asked = coordinator.asked.lock().unwrap().len();
    assert_eq!(coordinator.good("loop").await, "Loop 1:10.0 to 1:25.5\n");
    assert_eq!(coordinator.asked.lock().unwrap().len(), asked, "to say it changes nothing");
    assert!(text(&coordinator.run("autoplay polka").await.stderr).contains("no playlist is named 'polka'"));
    assert!(text(&coordinator.run("loop 1:00").await.stderr).contains("two ends"));
}

#[tokio::test]
async fn events_are_followed_over_a_break() {
    let coordinator = Coordinator::start().await;
    let lines = coordinator.lines("events --types zone --zone bar", 5).await;
    assert_eq!(lines[..2], ["zone bar: stopped, volume 70", "-- this is how it is now; what changes follows --"]);
    assert_eq!(lines[3..], ["zone pub: stopped, volume 70", "zone pub is gone"], "{lines:?}");
    let asked = coordinator.asked.lock().unwrap().clone();
    assert_eq!(asked[0].1, json!({ "query": [["types", "zone"], ["zone", "bar"]], "from": null }));
    assert_eq!(asked[1].1["from"], "1-4", "from where it was");
    let lines = coordinator.lines("events --changes --json", 2).await;
    let said: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(said[0]["error"].is_string(), "not how it was at first: {lines:?}");
    assert_eq!(said[1]["state"]["name"], "pub");
    coordinator.good("events --duration 0.1").await;
}

#[tokio::test]
async fn tracks_are_listed_over_all_pages_and_played_by_number() {
    let coordinator = Coordinator::start().await;
    let listing = coordinator.good("tracks").await;
    assert_eq!(listing.lines().count(), 4, "{listing}");
    coordinator.good("tracks mill").await;
    let said = coordinator.good("play 2").await;
    assert_eq!(coordinator.last(), ("play".into(), json!({"trackId": "t-3"})), "number 2 of the last listing");
    assert_eq!(said, "Playing Lamps - Mill Lane\n");
}

#[tokio::test]
async fn tracks_are_played_by_words_in_a_zone_or_all() {
    let coordinator = Coordinator::start().await;
    coordinator.good("play slow river --zone garden").await;
    assert_eq!(coordinator.last(), ("play".into(), json!({"trackId": "t-1", "zone": "garden"})));
    let said = coordinator.good("play --all").await;
    assert_eq!(coordinator.last().1, json!({"trackIds": ["t-1", "t-2", "t-3"]}));
    assert_eq!(said, "Playing Slow River - Mill Lane, and then 2 more\n");
    coordinator.good("play").await;
    assert_eq!(coordinator.last().1, json!({}));
    assert_eq!(coordinator.good("resume").await, "Playing: Slow River - Mill Lane\n");
    let missing = coordinator.run("play polka").await;
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("no track matches 'polka'"));
}

#[tokio::test]
async fn relative_seeks_and_volumes_start_from_the_present() {
    let coordinator = Coordinator::start().await;
    coordinator.good("seek +10").await;
    assert_eq!(coordinator.last(), ("seek".into(), json!({"position": 30.0})));
    coordinator.good("seek -1:00").await;
    assert_eq!(coordinator.last().1, json!({"position": 0.0}));
    coordinator.good("seek 1:30").await;
    assert_eq!(coordinator.last().1, json!({"position": 90.0}));
    coordinator.good("volume -5").await;
    assert_eq!(coordinator.last(), ("volume".into(), json!({"volume": 65.0})));
    coordinator.good("volume +50 --speaker attic").await;
    assert_eq!(coordinator.last(), ("s-2".into(), json!({"volume": 100.0})));
    assert_eq!(coordinator.good("volume").await, "Volume 70\n");
    coordinator.good("mute --speaker kit").await;
    assert_eq!(coordinator.last(), ("s-1".into(), json!({"muted": true})));
}

#[tokio::test]
async fn output_delays_are_trimmed_by_ear() {
    let coordinator = Coordinator::start().await;
    assert_eq!(coordinator.good("delay attic").await, "Attic: output delay 1.500 ms\n");
    assert_eq!(coordinator.good("delay attic -0.25ms").await, "Attic: output delay -0.250 ms\n");
    assert_eq!(coordinator.last(), ("s-2".into(), json!({"outputDelayUs": -250})));
    coordinator.good("delay attic --by -100us").await;
    assert_eq!(coordinator.last(), ("s-2".into(), json!({"outputDelayUs": 1_400})));
    coordinator.good("metronome on").await;
    assert_eq!(coordinator.last(), ("all".into(), json!({"on": true})));
    coordinator.good("metronome off --zone a/b").await;
    assert_eq!(coordinator.last(), ("a/b".into(), json!({"on": false})));
    assert_eq!(coordinator.good("identify kit").await, "Kitchen chirps\n");
    assert_eq!(coordinator.last(), ("s-1".into(), json!({})));
}

#[tokio::test]
async fn status_shows_the_zones_speakers_and_their_true_spread() {
    let coordinator = Coordinator::start().await;
    let view = coordinator.good("status").await;
    assert!(view.starts_with("Zone all: playing Slow River - Mill Lane  0:20.0 of 1:05  volume 70\n"), "{view}");
    assert!(view.contains("True spread 12.5 us, measured by the 2 virtual devices"), "{view}");
    assert!(!view.contains("Garden"), "another zone's speaker is not of this spread");
    let watched = coordinator.good("status --watch 0.1 --duration 2").await;
    assert!(watched.matches("Zone all").count() >= 2, "{watched}");
    assert!(!watched.contains('\x1b'), "no terminal, no escape sequences");
    let json: Value = serde_json::from_str(&coordinator.good("status --json").await).unwrap();
    assert_eq!(json["playback"]["volume"], 70.0);
    assert_eq!(json["speakers"][2]["name"], "Garden", "--json hides nothing");
}

#[tokio::test]
async fn failures_say_what_and_end_with_a_code() {
    let coordinator = Coordinator::start().await;
    let refused = coordinator.run("previous").await;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(text(&refused.stderr), "downbeat: Nothing plays. [nothing_playing]\n");
    let wrong = coordinator.run("volume 300").await;
    assert_eq!(wrong.status.code(), Some(2));

    // A port that was just free: nobody listens there.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody = downbeat(&format!("http://{free}"), &coordinator.home, "status").await;
    assert_eq!(nobody.status.code(), Some(1));
    let said = text(&nobody.stderr);
    assert!(said.contains(&format!("http://{free}/")) && said.contains("DOWNBEAT_SERVER"), "{said}");
    let address = downbeat("https://x", &coordinator.home, "status").await;
    assert_eq!(address.status.code(), Some(2));
}

#[tokio::test]
async fn a_search_shows_what_was_found_and_its_tracks_can_be_played_by_number() {
    let coordinator = Coordinator::start().await;
    let shown = coordinator.good("search rivre").await;
    assert!(shown.contains("Nothing matches 'rivre'; searched for 'river'."), "{shown}");
    assert!(
        shown.contains("Slow River") && shown.contains("Rivers") && !shown.contains("album  artist  year"),
        "{shown}"
    );
    coordinator.good("play 1").await;
    assert_eq!(coordinator.last().1["trackId"], "t-1");
    assert_eq!(coordinator.good("search xyz").await, "Nothing matches 'xyz'.\n");
    let json: Value = serde_json::from_str(&coordinator.good("search rivre --json").await).unwrap();
    assert_eq!(json["searchedFor"], "river");
}

#[tokio::test]
async fn lists_are_shown_over_all_pages() {
    let coordinator = Coordinator::start().await;
    let shown = coordinator.good("albums").await;
    assert!(shown.contains("Evening") && shown.contains("1994") && shown.contains("Morning"), "{shown}");
    let shown = coordinator.good("playlists").await;
    assert!(shown.contains("Late") && shown.contains("10:00"), "{shown}");
    assert_eq!(coordinator.good("artists").await, "There are no artists.\n");
}

#[tokio::test]
async fn the_history_is_a_table_or_csv() {
    let coordinator = Coordinator::start().await;
    let shown = coordinator.good("history").await;
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines.len(), 3, "{shown}");
    assert!(
        lines[1].starts_with("2026-05-01 18:00:03    1:05  bar") && lines[1].ends_with("Kitchen, Attic"),
        "{shown}"
    );
    assert!(lines[2].contains("silent") && lines[2].contains("Tide"), "{shown}");
    assert_eq!(coordinator.good("history --limit 1").await.lines().count(), 2);
    let there = coordinator.good("history --zone bar").await;
    assert!(there.contains("Tide") && there.contains("7 stretches are lost"), "{there}");
    let json: Value = serde_json::from_str(&coordinator.good("history --json").await).unwrap();
    assert_eq!((json["plays"].as_array().map(Vec::len), &json["next"]), (Some(2), &Value::Null));
    let csv = coordinator.good("history --csv --from 2026-05-01 --zone bar --by-speaker --audible --limit 9").await;
    assert_eq!(csv, "start,end\r\nzone=bar;from=2026-05-01;by=speaker;audible=true;limit=9,\r\n");
    assert_eq!(coordinator.run("history --csv --json").await.status.code(), Some(2));
}

async fn edits(State(asked): State<Asked>, Query(query): Query<Value>) -> Json<Value> {
    asked.lock().unwrap().push(("edits".into(), query));
    Json(json!({ "edits": [
        { "id": "e1", "trackId": "t1", "path": "/m/a.flac", "at": "2026-11-30T08:09:10Z", "fields": ["title", "year"] },
    ] }))
}

async fn undone(State(asked): State<Asked>, Path(id): Path<String>) -> Response {
    asked.lock().unwrap().push(("undo".into(), json!(id)));
    if id == "e1" {
        return Json(json!({ "title": "Slow River", "editId": "e2", "notes": [] })).into_response();
    }
    let body = json!({ "code": "edit_not_found", "detail": "no edit of this id is kept", "status": 404 });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

#[tokio::test]
async fn edits_are_listed_and_taken_back() {
    let coordinator = Coordinator::start().await;
    let listed = coordinator.good("edits").await;
    assert_eq!(listed, "e1  2026-11-30 08:09:10 UTC  title, year  /m/a.flac\n");
    assert_eq!(coordinator.good("undo e1").await, "The file of 'Slow River' is as it was before the edit.\n");
    let refused = coordinator.run("undo e9").await;
    assert_ne!(refused.status.code(), Some(0));
    assert!(text(&refused.stderr).contains("edit_not_found"));
}

#[tokio::test]
async fn a_proxy_that_is_the_cause_is_named_with_what_to_do() {
    async fn answers(status: StatusCode, body: &'static str) -> SocketAddr {
        let answer = move || async move { (status, [("server", "nginx/1.22.1"), ("content-type", "text/html")], body) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        address
    }
    let home = tempfile::tempdir().unwrap();
    for (status, body, said) in [
        (StatusCode::BAD_GATEWAY, "<html><h1>502</h1>", "reaches no coordinator behind it"),
        (StatusCode::SERVICE_UNAVAILABLE, "", "has no coordinator to hand this to"),
        (StatusCode::GATEWAY_TIMEOUT, "<html>", "proxy_read_timeout"),
        (StatusCode::UPGRADE_REQUIRED, "", "does not pass WebSockets on"),
        (StatusCode::OK, "<!DOCTYPE html><html>", "a web page (HTML)"),
    ] {
        let address = answers(status, body).await;
        let output = downbeat(&format!("http://{address}/downbeat"), &home, "status").await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(said) && error.contains(&address.to_string()), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_doctor_says_what_is_wrong_and_fails_where_something_is_broken() {
    let coordinator = Coordinator::start().await;
    let output = coordinator.run("doctor").await;
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("FAULT library") && said.contains("the disk is full"), "{said}");
    assert!(said.contains("ok    Kitchen"), "{said}");
    assert!(said.contains("coordinator  backup: none was ever made") && said.contains("-> make one"), "{said}");
    assert_eq!(text(&output.stderr), "downbeat: faults: 1\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("help.tar.gz");
    let output = coordinator.run(&format!("doctor --bundle {}", file.display())).await;
    assert!(text(&output.stdout).contains("help.tar.gz: 1 kB, for whoever helps"), "{}", text(&output.stdout));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a bundle");
    let output = coordinator.run("doctor --json").await;
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((read["verdict"].as_str(), output.status.code()), (Some("fault"), Some(1)));
}

#[tokio::test]
async fn speakers_are_adopted_refused_and_revoked() {
    let coordinator = Coordinator::start().await;
    let said = coordinator.good("speakers pending").await;
    assert!(
        said.contains("K7QX-3M9D") && said.contains("does not encrypt") && said.contains("downbeat adopt"),
        "{said}"
    );
    assert_eq!(coordinator.good("adopt k7qx3m9d").await, "Kitchen: adopted\n");
    assert_eq!(coordinator.last().1, json!({ "code": "k7qx3m9d" }));
    assert!(coordinator.good("adopt Kitchen --unseen").await.contains("without a look at its code"));
    assert_eq!(coordinator.last().1, json!({ "key": "a".repeat(64) }));
    for (line, asked) in [
        ("speakers refuse Kitchen", "a refuse"),
        ("speakers revoke kitchen", "b revoke"),
        ("speakers beep K7QX-3M9D", "a identify"),
        ("speakers forgive bbbbbbbb", "b forgive"),
    ] {
        coordinator.good(line).await;
        assert_eq!(coordinator.last().0, asked, "{line}");
    }
    let output = coordinator.run("speakers refuse Attic").await;
    assert_ne!(output.status.code(), Some(0), "one without a key cannot be decided about");
    let line = "tokens create --join --uses 20 --expires 2d --address music.local:3000 --name shop";
    assert_eq!(coordinator.good(line).await, "dbj1.TEXT\n");
    let due = json!({ "uses": 20, "hours": 48, "name": "shop", "address": "music.local:3000" });
    assert_eq!(coordinator.last().1, due);
    coordinator.good("tokens end t-1 --with-speakers").await;
    assert_eq!(coordinator.last().0, "t-1");
}
