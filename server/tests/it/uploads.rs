//! Music that is sent into the music folders.

use std::{fs, io::Write as _, net::TcpStream, process::Command};

use downbeat_server::api::uploads::AT_A_TIME;
use reqwest::{Body, Method, Url};
use serde_json::{Value, json};

use crate::fixture::{Fixture, Reply, admin_token, tone, wait_for};

const PATH: &str = "/api/library/files";

fn at(f: &Fixture, query: &[(&str, &str)]) -> Url {
    Url::parse_with_params(&f.url(PATH), query).unwrap()
}

/// Sends a file, and holds the answer against the description.
async fn send(f: &Fixture, query: &[(&str, &str)], body: impl Into<Body>) -> Reply {
    let response = f.http.put(at(f, query)).body(body).send().await.unwrap();
    let status = response.status();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    crate::described::answer(&Method::PUT, PATH, status.as_u16(), &kind, &body);
    (status, body)
}

/// A second of a tone at this rate.
fn sound(f: &Fixture, rate: u32) -> Vec<u8> {
    let file = f.folder.path().join("sound.wav");
    tone(&file, rate, rate);
    fs::read(file).unwrap()
}

/// All names in the music folder.
fn names(f: &Fixture) -> Vec<String> {
    let entries = fs::read_dir(f.folder.path().join("music")).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const BEFORE: [&str; 4] = ["a.wav", "b.wav", "c.wav", "damaged.flac"];

#[tokio::test]
async fn a_file_that_is_sent_is_a_track_that_plays_and_comes_once() {
    let f = Fixture::new().await;
    let bytes = sound(&f, 32_000);
    let (status, sent) = send(&f, &[("path", "Ella/Live: 1/so what?.wav")], bytes.clone()).await;
    assert_eq!(status, 201, "{sent}");
    let place = f.folder.path().join("music/Ella/Live_ 1/so what_.wav");
    assert_eq!(sent["path"], json!(place));
    assert_eq!(fs::read(&place).unwrap(), bytes);
    assert_eq!((&sent["track"]["title"], &sent["warning"]), (&json!("so what_"), &Value::Null), "{sent}");
    f.play(&["so what_"]).await;

    let (status, problem) = send(&f, &[("path", "Ella/Live: 1/so what?.wav")], sound(&f, 22_050)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("file_exists")), "{problem}");
    assert_eq!(fs::read(&place).unwrap(), bytes, "nothing is overwritten");
    let (status, problem) = send(&f, &[("path", "again.wav")], bytes).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("music_known")));
    assert!(problem["detail"].as_str().unwrap().contains("so what_.wav"), "{problem}");
    // two that are the same, at once
    let bytes = sound(&f, 16_000);
    let (one, two) = (send(&f, &[("path", "one.wav")], bytes.clone()), send(&f, &[("path", "two.wav")], bytes));
    let (one, two) = tokio::join!(one, two);
    let mut said = [one.0.as_u16(), two.0.as_u16()];
    said.sort_unstable();
    assert_eq!(said, [201, 409], "{one:?} {two:?}");
    // into a folder within
    let folder = f.folder.path().join("music/Ella");
    let (status, sent) = send(&f, &[("path", "x.wav"), ("folder", folder.to_str().unwrap())], sound(&f, 11_025)).await;
    assert_eq!((status.as_u16(), &sent["path"]), (201, &json!(folder.join("x.wav"))));
    f.running.shutdown().await;
}

#[tokio::test]
async fn what_is_no_music_or_has_an_evil_name_leaves_nothing() {
    let f = Fixture::new().await;
    let sound = sound(&f, 32_000);
    for (path, field) in [("../a.wav", "path"), ("/etc/a.wav", "path"), ("x/../../a.wav", "path"), (".x.wav", "path")] {
        let (status, problem) = send(&f, &[("path", path)], sound.clone()).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &json!(field)), "{path}: {problem}");
    }
    for folder in ["/etc", f.folder.path().to_str().unwrap(), "/nowhere"] {
        let (status, problem) = send(&f, &[("path", "a.wav"), ("folder", folder)], sound.clone()).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &json!("folder")), "{folder}: {problem}");
    }
    for (path, bytes) in [("x.sh", sound.clone()), ("x.mp3", b"#!/bin/sh\n".repeat(999)), ("x.flac", Vec::new())] {
        let (status, problem) = send(&f, &[("path", path)], bytes).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("not_music")), "{path}: {problem}");
    }
    let guest = f.stranger.put(at(&f, &[("path", "x.wav")])).body(sound).send().await.unwrap();
    assert!([401, 403].contains(&guest.status().as_u16()), "{guest:?}");
    assert_eq!(names(&f), BEFORE);
    f.running.shutdown().await;
}

#[tokio::test]
async fn a_file_that_is_cut_short_leaves_nothing_and_only_so_many_come_at_a_time() {
    let f = Fixture::new().await;
    let sound = sound(&f, 32_000);
    let token = admin_token(&f.folder.path().join("data"));
    let cut_short = |name: &str| {
        let mut stream = TcpStream::connect(f.running.addr).unwrap();
        let length = sound.len();
        let head = format!(
            "PUT {PATH}?path={name} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n",
            f.running.addr
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&sound[..1_000]).unwrap();
        stream
    };
    let hidden = || names(&f).len() - BEFORE.len();
    let begun: Vec<_> = (0..AT_A_TIME).map(|i| cut_short(&format!("{i}.wav"))).collect();
    wait_for("all of them to be under way", || async { (hidden() == AT_A_TIME).then_some(()) }).await;
    let (status, problem) = send(&f, &[("path", "more.wav")], sound.clone()).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("too_busy")));
    drop(begun);
    wait_for("nothing to be left", || async { (names(&f) == BEFORE).then_some(()) }).await;
    assert_eq!(send(&f, &[("path", "more.wav")], sound.clone()).await.0, 201);
    f.running.shutdown().await;
}

/// Needs a mount of its own.
#[tokio::test]
async fn what_would_fill_the_disk_is_refused_before_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    fs::create_dir(&music).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(&music).status();
    if !mounted.is_ok_and(|s| s.success()) {
        return;
    }
    for (name, rate) in [("a", 8_000), ("b", 11_025), ("c", 16_000)] {
        tone(&music.join(format!("{name}.wav")), rate, rate);
    }
    fs::write(music.join("damaged.flac"), b"this is no music").unwrap();
    let f = Fixture::start(folder, |_| {}).await;
    let (status, problem) = send(&f, &[("path", "x.wav")], sound(&f, 32_000)).await;
    let left = names(&f);
    f.running.shutdown().await;
    assert!(Command::new("umount").arg(&music).status().unwrap().success());
    assert_eq!((status.as_u16(), &problem["code"]), (507, &json!("disk_full")), "{problem}");
    assert_eq!(left, BEFORE);
}

const PIECES: &str = "/api/library/uploads";

/// Sends a piece, and holds the answer against the description. The offset that the answer says comes with it.
async fn piece(f: &Fixture, id: &str, offset: usize, body: impl Into<Body>) -> (u16, Value, Option<usize>) {
    let path = format!("{PIECES}/{id}");
    let response = f.http.patch(f.url(&path)).header("upload-offset", offset).body(body).send().await.unwrap();
    let status = response.status().as_u16();
    let said = response.headers().get("upload-offset").map(|v| v.to_str().unwrap().parse().unwrap());
    let kind = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    crate::described::answer(&Method::PATCH, &path, status, &kind, &body);
    (status, body, said)
}

async fn begun(f: &Fixture, path: &str, bytes: usize) -> String {
    let reply = f.done(PIECES, json!({ "path": path, "bytes": bytes })).await;
    assert_eq!((&reply["offset"], &reply["file"]), (&json!(0), &Value::Null), "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_pieces_goes_on_where_a_connection_broke_and_is_a_track_when_it_is_whole() {
    let f = Fixture::new().await;
    let bytes = sound(&f, 32_000);
    let id = begun(&f, "Ella/so what.wav", bytes.len()).await;
    assert_eq!(piece(&f, &id, 0, bytes[..1_000].to_vec()).await, (204, json!(""), Some(1_000)));
    assert!(names(&f).iter().all(|name| BEFORE.contains(&name.as_str()) || name.starts_with('.')), "{:?}", names(&f));

    // a connection that breaks off within a piece: what came is kept
    let mut cut = TcpStream::connect(f.running.addr).unwrap();
    let token = admin_token(&f.folder.path().join("data"));
    let rest = bytes.len() - 1_000;
    write!(
        cut,
        "PATCH {PIECES}/{id} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nupload-offset: \
         1000\r\ncontent-length: {rest}\r\n\r\n"
    )
    .unwrap();
    cut.write_all(&bytes[1_000..50_000]).unwrap();
    // asked for while that connection hangs: it gives way, and is counted
    let came = wait_for("what came", || async {
        let (status, seen) = f.get(&format!("{PIECES}/{id}")).await;
        assert_eq!(status, 200, "{seen}");
        seen["offset"].as_u64().filter(|came| *came > 1_000)
    })
    .await as usize;
    assert!(came <= 50_000, "{came}");
    drop(cut);
    let (status, problem, said) = piece(&f, &id, 0, bytes.clone()).await;
    assert_eq!((status, &problem["code"], said), (409, &json!("offset_mismatch"), Some(came)));
    let (_, list) = f.get(PIECES).await;
    assert_eq!((&list["uploads"][0]["id"], &list["uploads"][0]["bytes"]), (&json!(id), &json!(bytes.len())), "{list}");
    let (status, sent, _) = piece(&f, &id, came, bytes[came..].to_vec()).await;
    assert_eq!((status, &sent["track"]["title"]), (201, &json!("so what")), "{sent}");
    let place = f.folder.path().join("music/Ella/so what.wav");
    assert_eq!(fs::read(&place).unwrap(), bytes);
    // the answer was not heard: it is asked for again
    assert_eq!(piece(&f, &id, bytes.len(), "").await.1, sent);
    assert_eq!(f.get(&format!("{PIECES}/{id}")).await.1["file"], sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_of_what_is_refused_given_up_or_too_much_leave_nothing() {
    let f = Fixture::new().await;
    for (body, status, code) in [
        (json!({ "path": "a.wav", "bytes": 10 }), 409, "file_exists"),
        (json!({ "path": "../x.wav", "bytes": 10 }), 422, "invalid_field"),
        (json!({ "path": "x.txt", "bytes": 10 }), 422, "not_music"),
        (json!({ "path": "x.wav", "bytes": 0 }), 422, "invalid_field"),
        (json!({ "path": "x.wav", "bytes": (4_u64 << 30) + 1 }), 422, "invalid_field"),
    ] {
        let (said, problem) = f.post(PIECES, body).await;
        assert_eq!((said.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
    }
    let id = begun(&f, "x.wav", 10).await;
    assert_eq!(piece(&f, &id, 0, "no music..").await.1["code"], "not_music");
    assert_eq!(piece(&f, &id, 0, "no music..").await.1["code"], "upload_not_found");
    let id = begun(&f, "x.wav", 10).await;
    assert_eq!(piece(&f, &id, 0, "longer than it said").await.1["code"], "too_large");
    let id = begun(&f, "x.wav", 10).await;
    assert_eq!(f.call(Method::DELETE, &format!("{PIECES}/{id}"), None).await.0, 204);
    let stranger = f.stranger.post(f.url(PIECES)).body(r#"{"path":"x.wav","bytes":1}"#).send().await.unwrap();
    assert!(stranger.status().is_client_error());
    for n in 0..downbeat_server::halves::MOST {
        begun(&f, &format!("{n}.wav"), 10).await;
    }
    let (status, problem) = f.post(PIECES, json!({ "path": "more.wav", "bytes": 10 })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("too_busy")));
    f.running.shutdown().await;
    assert_eq!(names_of(f.folder.path()), BEFORE, "half files go with the coordinator");
}

fn names_of(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("music")).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
