//! Music folders and the rights of guests, set over REST.

use downbeat_server::{app, config::Config};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{Fixture, admin, client, tone, wait_for};

/// A coordinator that was told of no music, allowed to look below `disks`.
async fn bare(folder: tempfile::TempDir, change: impl FnOnce(&mut Config)) -> Fixture {
    let mut config = Config::for_tests(folder.path().join("data"), Vec::new());
    config.music_roots = vec![folder.path().join("disks")];
    change(&mut config);
    let running = app::start(config).await.unwrap();
    Fixture { running, http: admin(&folder.path().join("data")), stranger: client(), folder }
}

async fn anew(f: Fixture) -> Fixture {
    f.running.start_anew().await;
    f.running.shutdown().await;
    bare(f.folder, |_| {}).await
}

async fn set(f: &Fixture, body: Value) -> (u16, Value) {
    let (status, reply) = f.call(Method::PATCH, "/api/settings", Some(body.to_string())).await;
    (status.as_u16(), reply)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_without_music_is_given_a_folder_and_plays_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let jazz = folder.path().join("disks/jazz");
    std::fs::create_dir_all(&jazz).unwrap();
    tone(&jazz.join("So What.wav"), 44_100, 44_100);
    let f = bare(folder, |_| {}).await;
    let (_, settings) = f.get("/api/settings").await;
    assert_eq!((&settings["music"], &settings["musicFrom"]), (&json!([]), &json!("default")), "{settings}");
    let own = f.folder.path().join("data/music").display().to_string();
    assert_eq!(settings["roots"][0], own, "its own comes first");

    let (_, roots) = f.get("/api/settings/folder").await;
    assert_eq!(roots["folders"], settings["roots"]);
    let disks = f.folder.path().join("disks").display().to_string();
    let (_, seen) = f.get(&format!("/api/settings/folder?path={disks}")).await;
    assert_eq!((&seen["folders"], &seen["files"], &seen["writable"]), (&json!(["jazz"]), &json!(1), &json!(true)));

    let jazz = jazz.display().to_string();
    let (status, settings) = set(&f, json!({ "music": [format!("{jazz}/"), own] })).await;
    assert_eq!((status, &settings["startsAnew"]), (200, &json!(true)), "{settings}");
    assert_eq!((&settings["music"], &settings["musicFrom"]), (&json!([jazz, own]), &json!("kept")));
    let f = anew(f).await;
    wait_for("the track", || async {
        let (_, list) = f.get("/api/tracks").await;
        (list["tracks"][0]["title"] == "So What").then_some(())
    })
    .await;
    let (status, again) = set(&f, json!({ "music": [jazz, own] })).await;
    assert_eq!((status, &again["startsAnew"]), (200, &json!(false)), "nothing changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_looked_at_before_it_is_taken_and_one_outside_never_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("disks/a/b")).unwrap();
    std::fs::write(folder.path().join("disks/file"), "").unwrap();
    let f = bare(folder, |_| {}).await;
    let at = |name: &str| f.folder.path().join("disks").join(name).display().to_string();
    for (music, status, code) in [
        (json!(["/etc"]), 422, "invalid_field"),
        (json!([at("../data")]), 422, "invalid_field"),
        (json!(["disks/a"]), 422, "invalid_field"),
        (json!([at("a"), at("a/b")]), 422, "invalid_field"),
        (json!(vec![at("a"); 65]), 422, "invalid_field"),
        (json!([at("missing")]), 409, "folder_unfit"),
        (json!([at("file")]), 409, "folder_unfit"),
    ] {
        let (said, problem) = set(&f, json!({ "music": music })).await;
        assert_eq!((said, &problem["code"], &problem["field"]), (status, &json!(code), &json!("music")), "{problem}");
    }
    let (status, problem) = f.get("/api/settings/folder?path=/etc").await;
    assert_eq!((status.as_u16(), &problem["field"]), (422, &json!("path")), "not even looked at");
    assert_eq!(f.get("/api/settings").await.1["music"], json!([]));
    let stranger = f.stranger.get(f.url("/api/settings")).send().await.unwrap();
    assert!(stranger.status().is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_are_bounded_over_rest_and_the_start_wins() {
    let f = bare(tempfile::tempdir().unwrap(), |_| {}).await;
    assert_eq!(f.get("/api/settings").await.1["guests"], "control");
    for (body, field) in [(json!({"guestMaxVolume": 101}), "guestMaxVolume"), (json!({"guests": "all"}), "guests")] {
        let (status, problem) = set(&f, body).await;
        assert_eq!((status, &problem["field"]), (422, &json!(field)), "{problem}");
    }
    let (status, settings) = set(&f, json!({ "guests": "listen", "guestMaxVolume": 60 })).await;
    assert_eq!((status, &settings["guests"], &settings["guestsFrom"]), (200, &json!("listen"), &json!("kept")));
    let f = anew(f).await;
    let (_, settings) = f.get("/api/settings").await;
    assert_eq!((&settings["guests"], &settings["guestMaxVolume"]), (&json!("listen"), &json!(60.0)));
    f.running.shutdown().await;
    let f = bare(f.folder, |config| {
        config.said.guests = true;
        config.music = vec![config.data.clone()];
    })
    .await;
    let (_, settings) = f.get("/api/settings").await;
    assert_eq!((&settings["guests"], &settings["guestsFrom"]), (&json!("control"), &json!("start")));
    for body in [json!({ "guests": null }), json!({ "music": null })] {
        let (status, problem) = set(&f, body).await;
        assert_eq!((status, &problem["code"]), (409, &json!("set_at_start")), "{problem}");
    }
    let (status, settings) = set(&f, json!({ "guestMaxVolume": null })).await;
    assert_eq!((status, &settings["guestMaxVolumeFrom"]), (200, &json!("default")), "{settings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_of_a_restore_says_what_would_be_lost_and_changes_nothing() {
    let f = Fixture::new().await;
    f.done("/api/zones", json!({ "name": "Bar" })).await;
    let backup = f.http.post(f.url("/api/backup")).send().await.unwrap().bytes().await.unwrap();
    f.done("/api/zones", json!({ "name": "Attic" })).await;
    f.done("/api/playlists", json!({ "name": "Later" })).await;
    let (_, before) = f.get("/api/zones").await;
    let sent = f.http.post(f.url("/api/restore/preview")).body(backup.clone()).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let preview: Value = sent.json().await.unwrap();
    let change = |kind: &str| {
        let of = &preview["changes"][kind];
        (of["now"].as_u64().unwrap(), of["after"].as_u64().unwrap(), of["lostNames"].clone())
    };
    assert_eq!(change("zones"), (3, 2, json!(["Attic"])), "{preview}");
    assert_eq!(change("playlists"), (1, 0, json!(["Later"])));
    assert_eq!(change("tracks"), (4, 4, json!([])));
    assert_eq!(preview["restored"]["zones"], 2);
    assert_eq!(
        f.get("/api/zones").await.1["zones"].as_array().unwrap().len(),
        before["zones"].as_array().unwrap().len()
    );
    // nothing of it is in the way of another, nor of a restore
    for body in [&b"no backup"[..], &backup] {
        let sent = f.http.post(f.url("/api/restore/preview")).body(body.to_vec()).send().await.unwrap();
        assert_eq!(sent.status().is_success(), body.len() > 9, "{}", sent.text().await.unwrap());
    }
    assert!(!f.folder.path().join("data/restore").exists());
}
