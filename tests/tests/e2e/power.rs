//! The power goes in the middle of writing. A copy of the data folder, taken while the coordinator is stopped wherever
//! it just was, is what the disk would hold. A change that was answered before is in each copy, whole; one that was not
//! is there wholly or not at all.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use downbeat_tests::{
    coordinator::{Coordinator, data_of},
    patience::{listen_for, until},
    rest::Rest,
    speaker::{Card, Speaker},
    stage::Stage,
};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection as _, Row as _, sqlite::SqliteConnectOptions};

const CUTS: u64 = 8;
/// Entries of one addition.
const GROUP: usize = 23;

/// The changes that were answered so far.
#[derive(Debug, Default, Clone)]
struct Answered {
    /// The entries of each addition.
    groups: Vec<Vec<String>>,
    /// The name that was answered last, and the one that is asked for.
    names: [String; 2],
    playlists: Vec<String>,
}

async fn add(rest: Rest, track: String, answered: Arc<Mutex<Answered>>) {
    let body = json!({ "trackIds": vec![track; GROUP] });
    loop {
        let answer = rest.post("/api/zones/all/queue", body.clone()).await;
        let ids = answer["entries"].as_array().expect("entries").iter();
        let ids = ids.map(|e| e["entry"].as_str().expect("an id").to_owned()).collect();
        answered.lock().expect("no panic").groups.push(ids);
    }
}

async fn rename(rest: Rest, speaker: String, answered: Arc<Mutex<Answered>>) {
    for n in 0.. {
        let name = format!("kitchen {n}");
        answered.lock().expect("no panic").names[1].clone_from(&name);
        let body = json!({ "name": name }).to_string();
        let answer = rest.call(Method::PATCH, &format!("/api/speakers/{speaker}"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answered.lock().expect("no panic").names[0] = name;
    }
}

async fn collect(rest: Rest, answered: Arc<Mutex<Answered>>) {
    for n in 0.. {
        let name = format!("list {n}");
        rest.post("/api/playlists", json!({ "name": name })).await;
        answered.lock().expect("no panic").playlists.push(name);
    }
}

/// Overwrites what was written behind the last transaction that was finished: the disk may hold anything there.
fn garble_the_rest(wal: &Path) {
    let Ok(mut bytes) = fs::read(wal) else { return };
    if bytes.len() < 32 {
        return;
    }
    let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let page = word(8) as usize;
    let salt = (word(16), word(20));
    let frames = (32..bytes.len().saturating_sub(24 + page - 1)).step_by(24 + page);
    // a frame of a run before has other salts; only a transaction's last one tells the size of the database
    let ours = frames.take_while(|at| (word(at + 8), word(at + 12)) == salt);
    let end = ours.filter(|at| word(at + 4) != 0).last().map_or(32, |at| at + 24 + page);
    bytes[end..].fill(0xa5);
    bytes.extend([0x5a; 1_000]);
    fs::write(wal, bytes).expect("a copy can be changed");
}

/// The data folder as it is now.
fn copy(stage: &Stage) -> Stage {
    let copy = Stage::new();
    fs::create_dir(copy.path("server")).expect("a folder can be made");
    for file in fs::read_dir(stage.path("server")).expect("a folder").flatten().filter(|f| f.path().is_file()) {
        fs::copy(file.path(), copy.path("server").join(file.file_name())).expect("a file can be copied");
    }
    copy
}

async fn whole(stage: &Stage) {
    let file = SqliteConnectOptions::new().filename(stage.path("server").join("downbeat.db"));
    let mut db = sqlx::SqliteConnection::connect_with(&file).await.expect("it opens");
    let said = sqlx::query("PRAGMA integrity_check").fetch_all(&mut db).await.expect("it can be asked");
    let said: Vec<String> = said.iter().map(|row| row.get(0)).collect();
    assert_eq!(said, ["ok"]);
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut db).await.expect("it can be asked");
    assert!(dangling.is_empty(), "{} rows point nowhere", dangling.len());
    db.close().await.expect("it closes");
}

async fn check(what: &str, stage: &Stage, answered: &Answered) {
    let c = Coordinator::start(stage).await;
    let mut entries: Vec<String> = Vec::new();
    loop {
        let page = c.get(&format!("/api/zones/all/queue?offset={}&limit=1000", entries.len())).await;
        let page = page["entries"].as_array().expect("entries");
        if page.is_empty() {
            break;
        }
        entries.extend(page.iter().map(|e| e["entry"].as_str().expect("an id").to_owned()));
    }
    assert_eq!(entries.len() % GROUP, 0, "{what}: a torn addition");
    let kept: Vec<&[String]> = entries.chunks(GROUP).collect();
    for group in &answered.groups {
        assert!(kept.contains(&group.as_slice()), "{what}: an addition that was answered is not there, or torn");
    }
    // each writer had at most one addition under way
    assert!(kept.len() <= answered.groups.len() + 2, "{what}: {} of {}", kept.len(), answered.groups.len());
    let name = c.speakers().await.remove(0).name().to_owned();
    assert!(answered.names.contains(&name), "{what}: {name} is none of {:?}", answered.names);
    let playlists = c.get("/api/playlists?limit=1000").await.to_string();
    let lost = answered.playlists.iter().find(|name| !playlists.contains(&format!("{name:?}")));
    assert_eq!(lost, None, "{what}: a playlist is lost");
    assert_eq!(c.terminate().await.code, Some(0));
    whole(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_power_goes_in_the_middle_of_writing_nothing_is_torn() {
    let stage = Stage::new().with_fixtures(&["48000-mono-24.flac"]);
    let c = Coordinator::start(&stage).await;
    let kitchen = Speaker::start(&stage, c.address(), "kitchen 0", Card::USUAL);
    let id = until("the kitchen", async || c.speaker("kitchen 0").await.map(|s| s.id().to_owned())).await;
    let track = c.ids(&stage, &["48000-mono-24.flac"]).await.remove(0);
    let rest = Rest::new(&format!("http://{}", c.address()), &data_of(&stage));
    let answered = Arc::new(Mutex::new(Answered { names: ["kitchen 0".into(), String::new()], ..Answered::default() }));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        writers.spawn(add(rest.clone(), track.clone(), answered.clone()));
    }
    writers.spawn(rename(rest.clone(), id, answered.clone()));
    writers.spawn(collect(rest.clone(), answered.clone()));

    let mut cuts = Vec::new();
    for cut in 0..CUTS {
        // 37 and 11: moments that are none of the coordinator's own
        listen_for(Duration::from_micros(50_000 + cut * 37_011)).await;
        c.process().freeze();
        // what was read before this was answered before the power went
        let known = answered.lock().expect("no panic").clone();
        cuts.push((copy(&stage), copy(&stage), known));
        c.process().wake();
    }
    writers.abort_all();
    while let Some(end) = writers.join_next().await {
        assert!(end.is_err_and(|e| e.is_cancelled()), "a writer failed");
    }
    kitchen.kill().await;
    c.kill().await;
    let (_, _, last) = cuts.last().expect("cuts");
    assert!(last.groups.len() > 20, "only {} additions", last.groups.len());
    for (k, (as_it_was, garbled, known)) in cuts.iter().enumerate() {
        check(&format!("cut {k}"), as_it_was, known).await;
        garble_the_rest(&garbled.path("server/downbeat.db-wal"));
        // of memory nothing is left
        let _ = fs::remove_file(garbled.path("server/downbeat.db-shm"));
        check(&format!("cut {k}, with a torn end"), garbled, known).await;
    }
}
