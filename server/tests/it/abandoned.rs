//! Those who ask hang up in the middle: what they asked for is done to its end.

use std::{path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    agent::Agent,
    fixture::{Fixture, admin_token, wait_for},
};

/// Somebody who holds the database: no write gets through.
async fn hold_the_disk(f: &Fixture) -> SqliteConnection {
    let path = f.folder.path().join("data").join(downbeat_store::FILE_NAME);
    let mut holder = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
    holder
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|z| z["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_somebody_asked_for_and_did_not_wait_for_is_done_on_disk_and_in_force() {
    let f = Fixture::new().await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    f.done("/api/zones", json!({ "name": "bar" })).await;
    f.done("/api/zones/bar/queue", json!({ "trackId": f.track("a").await })).await;
    let mut holder = hold_the_disk(&f).await;
    for (method, path, body) in [
        (Method::DELETE, "/api/zones/bar", json!({})),
        (Method::POST, "/api/zones", json!({ "name": "hall" })),
        (Method::PATCH, "/api/speakers/kitchen", json!({ "volume": 30 })),
        (Method::POST, "/api/presets", json!({ "name": "evening" })),
    ] {
        let asked = f.call(method, path, Some(body.to_string()));
        let asked = tokio::time::timeout(Duration::from_millis(300), asked).await;
        assert!(asked.is_err(), "{path} did not wait for the disk: {asked:?}");
    }
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    holder.close().await.unwrap();
    let all_of_it = async || {
        let zones = names(&f.get("/api/zones").await.1["zones"]);
        let presets = names(&f.get("/api/presets").await.1["presets"]);
        let volume = f.speaker("kitchen").await["volume"].clone();
        (zones == ["all", "hall"] && presets == ["evening"] && volume == 30.0).then_some(())
    };
    wait_for("all of it", all_of_it).await;
    let f = f.restarted().await;
    assert_eq!(names(&f.get("/api/zones").await.1["zones"]), ["all", "hall"]);
    assert_eq!(f.speaker("kitchen").await["volume"], 30.0);
}

#[tokio::test]
async fn a_backup_that_nobody_waits_for_leaves_nothing_behind() {
    let f = Fixture::new().await;
    let data = f.folder.path().join("data");
    let copies = |data: &Path| {
        let entries = std::fs::read_dir(data).unwrap().flatten();
        entries.filter(|e| e.file_name().to_string_lossy().starts_with("backup.tmp-")).count()
    };
    for _ in 0..10 {
        let mut socket = TcpStream::connect(f.running.addr).await.unwrap();
        let head = "POST /api/backup HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\nauthorization: Bearer";
        socket.write_all(format!("{head} {}\r\n\r\n", admin_token(&data)).as_bytes()).await.unwrap();
        wait_for("the copy, or the answer", async || {
            (copies(&data) > 0 || socket.try_read(&mut [0]).is_ok()).then_some(())
        })
        .await;
        drop(socket);
    }
    assert_eq!(f.get("/api/health").await.0, 200);
    wait_for("it to be cleared away", async || (copies(&data) == 0).then_some(())).await;
}
