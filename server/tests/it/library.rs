//! The library over REST: how far it is, what is wrong in it, and what follows in the background.

use std::{io::Cursor, path::PathBuf};

use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use crate::fixture::{Fixture, wait_for};

fn music(fixture: &Fixture, name: &str) -> PathBuf {
    fixture.folder.path().join("music").join(name)
}

/// The library's view as soon as `is_so`.
async fn eventually(fixture: &Fixture, is_so: impl Fn(&Value) -> bool) -> Value {
    wait_for("the library", || async {
        let (status, view) = fixture.get("/api/library").await;
        assert_eq!(status, StatusCode::OK);
        is_so(&view).then_some(view)
    })
    .await
}

#[tokio::test]
async fn each_folder_tells_how_far_it_is_and_each_fault_is_named() {
    let fixture = Fixture::new().await;
    let view = eventually(&fixture, |v| v["scanning"] == false && v["background"]["analysed"] == 3).await;
    let folder = &view["folders"][0];
    assert_eq!(folder["path"], json!(music(&fixture, "").to_str().unwrap().trim_end_matches('/')));
    let figures = json!([folder["state"], folder["walked"], folder["found"], folder["done"], folder["failed"]]);
    assert_eq!(figures, json!(["present", true, 4, 4, 1]));
    assert_eq!((&view["background"]["tracks"], &view["background"]["hashed"]), (&json!(3), &json!(3)));

    // A file that comes is seen without being asked for; one with a fault, and a pipe, are named.
    std::fs::write(music(&fixture, "new-damaged.flac"), "nor is this").unwrap();
    eventually(&fixture, |v| v["failed"] == 2).await;
    nix::unistd::mkfifo(&music(&fixture, "pipe.mp3"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (status, _) = fixture.post("/api/library/scan", json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let all = wait_for("the pipe", || async {
        let (_, faults) = fixture.get("/api/library/faults").await;
        (faults["total"] == 3).then_some(faults)
    })
    .await;
    let mut paged = Vec::new();
    let mut path = "/api/library/faults?limit=1".to_owned();
    loop {
        let (_, page) = fixture.get(&path).await;
        assert_eq!(page["faults"].as_array().unwrap().len(), 1);
        paged.extend(page["faults"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/library/faults?limit=1&cursor={next}");
    }
    assert_eq!(json!(paged), all["faults"]);
    let kinds: Vec<_> = paged.iter().map(|f| (f["kind"].as_str().unwrap(), f["trackId"].is_string())).collect();
    assert_eq!(kinds, [("fault", true), ("fault", true), ("leftOut", false)]);
    assert!(paged[2]["path"].as_str().unwrap().ends_with("pipe.mp3"));

    for (path, body) in
        [("/api/library/scan", json!({ "folder": "/nowhere" })), ("/api/library/scan", json!({ "folder": 1 }))]
    {
        let (status, problem) = fixture.post(path, body).await;
        assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("folder")), "{problem}");
    }
    for query in ["limit=0", "cursor=xyz"] {
        let (status, problem) = fixture.get(&format!("/api/library/faults?{query}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    }
}

#[tokio::test]
async fn pictures_and_waveforms_are_there_when_they_were_found() {
    let fixture = Fixture::with(|config| {
        let mut png = Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(300, 300).write_to(&mut png, image::ImageFormat::Png).unwrap();
        std::fs::write(config.music[0].join("cover.png"), png.into_inner()).unwrap();
    })
    .await;
    eventually(&fixture, |v| v["background"]["analysed"] == 3 && v["background"]["covers"] == 3).await;
    let id = fixture.track("a").await;
    let (status, waveform) = fixture.get(&format!("/api/tracks/{id}/waveform")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(waveform["peak"].as_array().unwrap().len(), 1_000);
    assert_eq!(waveform["rms"].as_array().unwrap().len(), 1_000);

    let url = fixture.url(&format!("/api/tracks/{id}/cover?size=64"));
    let response = fixture.http.get(&url).send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/jpeg");
    let etag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(image::load_from_memory(&response.bytes().await.unwrap()).unwrap().width(), 64);
    let again = fixture.http.get(&url).header(header::IF_NONE_MATCH, &etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let hash = etag.trim_matches('"').split('-').next().unwrap();
    let by_hash = fixture.http.get(fixture.url(&format!("/api/covers/{hash}"))).send().await.unwrap();
    assert!(by_hash.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    for path in [format!("/api/covers/{}", "0".repeat(64)), "/api/covers/x".into(), "/api/tracks/x/waveform".into()] {
        let (status, problem) = fixture.get(&path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    }
}
