//! Everything that people set, saved and put back while music plays.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use downbeat_tests::{
    coordinator::Coordinator,
    patience::until,
    speaker::{Card, Speaker},
    stage::Stage,
};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::cli::downbeat;

async fn patch(c: &Coordinator, path: &str, body: Value) {
    let answer = c.call(Method::PATCH, path, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{path} {body}: {}", answer.body);
}

#[tokio::test]
async fn a_backup_taken_while_music_plays_brings_everything_back() {
    let stage = Stage::new().with_noise("evening.wav", 44_100, 60.0).with_fixtures(&["44100-stereo-16.wav"]);
    let c = Coordinator::start(&stage).await;
    let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    c.settled(&["kitchen"]).await;
    let server = format!("http://{}", c.address());
    let id = c.speaker("kitchen").await.expect("it is known").id().to_owned();
    c.post("/api/zones", json!({ "name": "terrace" })).await;
    c.play(&stage, &["evening.wav", "44100-stereo-16.wav"]).await;
    c.in_step(&["kitchen"], 1_000.0).await;
    c.post("/api/playback/volume", json!({ "volume": 42 })).await;
    patch(&c, &format!("/api/speakers/{id}"), json!({ "name": "kitchen, left" })).await;
    let queue = c.get("/api/zones/all/queue").await;

    let file = stage.path("saved");
    fs::write(&file, "an older one").expect("a file can be written");
    let (code, said) = downbeat(&stage, &server, &["backup", &file.to_string_lossy()]).await;
    assert_eq!(code, Some(0), "{said}");
    let size = fs::metadata(&file).expect("it is there").len();
    assert!(size > 50_000, "{size} bytes");
    assert_eq!(c.state().await["playbackState"], "playing", "nobody noticed");
    let leftovers: Vec<_> =
        fs::read_dir(stage.path("server")).expect("a folder").flatten().map(|e| e.file_name()).collect();
    let belongs = |name: &str| {
        name.starts_with("downbeat.db")
            || ["downbeat.lock", "trust", "admin-token", "audit", "converted", "last-backup"].contains(&name)
    };
    assert!(leftovers.iter().all(|name| belongs(&name.to_string_lossy())), "{leftovers:?}");

    // all of this is to be undone
    patch(&c, &format!("/api/speakers/{id}"), json!({ "name": "cellar" })).await;
    c.post("/api/playback/volume", json!({ "volume": 7 })).await;
    c.post("/api/zones", json!({ "name": "attic" })).await;
    c.play(&stage, &["44100-stereo-16.wav"]).await;

    // what is no backup is refused, and nothing happens
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("text", b"hello".to_vec()),
        ("half", fs::read(&file).expect("it is read")[..30_000].to_vec()),
    ] {
        let wrong = stage.path(name);
        fs::write(&wrong, bytes).expect("a file can be written");
        let (code, said) = downbeat(&stage, &server, &["restore", &wrong.to_string_lossy()]).await;
        assert!(code == Some(1) && said.contains("[not_a_backup]"), "{name}: {code:?} {said}");
        assert_eq!(c.state().await["volume"], 7.0);
    }

    let (code, said) = downbeat(&stage, &server, &["restore", &file.to_string_lossy()]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("zones 2") && said.contains("before-restore"), "{said}");
    let now = c.state().await;
    assert_eq!((&now["volume"], &now["playbackState"]), (&json!(42.0), &json!("paused")), "{now}");
    let restored = c.get("/api/zones/all/queue").await;
    assert_eq!(restored["entries"], queue["entries"]);
    let zones = c.get("/api/zones").await;
    let names: Vec<_> = zones["zones"].as_array().expect("zones").iter().map(|z| z["name"].clone()).collect();
    assert_eq!(names, [json!("all"), json!("terrace")]);
    until("the kitchen to be back, under its name, and to hold", async || {
        let speaker = c.speaker("kitchen, left").await?;
        (speaker.is_connected() && speaker.0["state"] == "paused").then_some(())
    })
    .await;
    // and it goes on from there
    let position = now["position"].as_f64().expect("a position");
    c.post("/api/playback/resume", json!({})).await;
    c.in_step(&["kitchen, left"], 1_000.0).await;
    let later = c.state().await;
    assert_eq!(later["currentTrack"]["title"], "evening");
    assert!(later["position"].as_f64() >= Some(position), "{later}");
    assert_eq!(kitchen.terminate().await.code, Some(0));
    assert_eq!(c.terminate().await.code, Some(0));
}

/// A database as somebody could make it who has a backup and means harm.
async fn crafted(backup: &Path, to: &Path, change: &str) {
    fs::copy(backup, to).expect("a copy");
    let options = SqliteConnectOptions::new().filename(to);
    let mut database = SqliteConnection::connect_with(&options).await.expect("a database");
    sqlx::raw_sql(sqlx::AssertSqlSafe(change)).execute(&mut database).await.expect("it can be changed");
    database.close().await.expect("it is closed");
}

#[tokio::test]
async fn a_crafted_backup_runs_nothing_and_opens_no_other_files() {
    let stage = Stage::new().with_fixtures(&["44100-stereo-16.wav"]);
    let c = Coordinator::start(&stage).await;
    c.scanned().await;
    let server = format!("http://{}", c.address());
    let (file, evil) = (stage.path("saved"), stage.path("evil"));
    let (code, said) = downbeat(&stage, &server, &["backup", &file.to_string_lossy()]).await;
    assert_eq!(code, Some(0), "{said}");

    let trigger = "CREATE TRIGGER evil AFTER UPDATE ON zones BEGIN DELETE FROM tracks; END";
    crafted(&file, &evil, trigger).await;
    let (code, said) = downbeat(&stage, &server, &["restore", &evil.to_string_lossy()]).await;
    assert!(code == Some(1) && said.contains("[not_a_backup]") && said.contains("evil"), "{code:?} {said}");

    // a track that names a file of somebody else, with its true length and time
    let secret = stage.path("secret.txt");
    fs::write(&secret, "of another user").expect("a file can be written");
    let found = fs::metadata(&secret).expect("it is there");
    let mtime = found.mtime() * 1_000_000_000 + found.mtime_nsec();
    let hash = "ab".repeat(32);
    let outside = |path: &Path, id: u8, hash: &str| {
        let id = format!("0{id}000000-0000-4000-8000-000000000000");
        format!(
            "CREATE TEMP TABLE one AS SELECT * FROM tracks LIMIT 1; UPDATE one SET id = '{id}', hash = '{hash}', \
             bytes = {}; INSERT INTO tracks SELECT * FROM one; INSERT INTO files VALUES (CAST('{}' AS BLOB), 0, {mtime}, \
             1, '{id}', 1); DROP TABLE one;",
            found.size(),
            path.display()
        )
    };
    let climbing = stage.path("music").join("..").join("secret.txt");
    let other = "cd".repeat(32);
    crafted(&file, &evil, &(outside(&secret, 1, &hash) + &outside(&climbing, 2, &other))).await;
    let (code, said) = downbeat(&stage, &server, &["restore", &evil.to_string_lossy()]).await;
    assert_eq!(code, Some(0), "{said}");
    for hash in [hash, other] {
        let answer = c.call(Method::GET, &format!("/media/{hash}"), "").await;
        assert!(
            answer.status == 404 && !answer.body.to_string().contains("another user"),
            "{}: {}",
            answer.status,
            answer.body
        );
    }
    let edit = c.call(Method::PATCH, "/api/tracks/01000000-0000-4000-8000-000000000000", r#"{"title":"x"}"#).await;
    assert!((400..500).contains(&edit.status), "{}: {}", edit.status, edit.body);
    assert_eq!(fs::read_to_string(&secret).expect("it is there"), "of another user");
    assert_eq!(c.terminate().await.code, Some(0));
}
