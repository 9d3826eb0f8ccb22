//! The library over REST: how far it is, what is wrong in it, and what follows in the background.

use std::{io::Cursor, os::unix::fs::PermissionsExt as _, path::PathBuf};

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
    for name in ["locked.m4p", "booklet.pdf", "notes.txt", "more.TXT"] {
        std::fs::write(music(&fixture, name), "x").unwrap();
    }
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
    let kinds: Vec<_> = all["notTaken"].as_array().unwrap().iter().map(|k| [&k["ending"], &k["files"]]).collect();
    assert_eq!(json!(kinds), json!([["txt", 2], ["m4p", 1], ["pdf", 1]]));
    assert_eq!(all["notTaken"][1]["reason"], "locked by its seller (DRM)");
    assert!(all["notTaken"][1]["example"].as_str().unwrap().ends_with("locked.m4p"));

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

#[tokio::test]
async fn a_file_that_must_be_converted_is_listed_with_its_state_and_then_plays_like_others() {
    let fixture = Fixture::with(|config| {
        let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../media/fixtures");
        let folder = config.music[0].parent().unwrap();
        let program = folder.join("ffmpeg");
        let text = format!(
            "#!/bin/sh\n[ \"$1\" = -version ] && echo 'ffmpeg version 9' && exit\n\
             until [ -e {0} ]; do sleep 0.02; done\ncp {1} sound.flac\n",
            folder.join("gate").display(),
            fixtures.join("44100-stereo-16.flac").display()
        );
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        config.ffmpeg = Some(program);
    })
    .await;
    std::fs::write(music(&fixture, "song.wv"), [b"wvpk".as_slice(), &[7; 500]].concat()).unwrap();
    let track = || async {
        let (_, list) = fixture.get("/api/tracks?search=song").await;
        list["tracks"][0].clone()
    };
    let waiting = wait_for("the file that waits", || async {
        let track = track().await;
        (track["conversion"] == "waiting").then_some(track)
    })
    .await;
    assert!(waiting["fault"].as_str().unwrap().starts_with("it is being converted"), "{waiting}");
    let id = waiting["id"].as_str().unwrap();
    let (status, problem) = fixture.post("/api/playback/play", json!({ "trackIds": [id] })).await;
    assert_eq!(status.as_u16() / 100, 4, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("it is being converted"), "{problem}");

    std::fs::write(fixture.folder.path().join("gate"), "").unwrap();
    let done = wait_for("the file that was converted", || async {
        let track = track().await;
        (track["conversion"] == "done").then_some(track)
    })
    .await;
    assert_eq!([&done["format"], &done["frames"], &done["fault"]], [&json!("wv"), &json!(50_021), &Value::Null]);
    let media =
        fixture.http.get(fixture.url(&format!("/media/{}", done["hash"].as_str().unwrap()))).send().await.unwrap();
    assert_eq!(
        (media.status(), &media.headers()[header::CONTENT_TYPE]),
        (StatusCode::OK, &"audio/flac".parse().unwrap())
    );
    assert_eq!(media.bytes().await.unwrap().len() as u64, done["bytes"].as_u64().unwrap());
    let view = eventually(&fixture, |v| v["conversion"]["done"] == 1).await;
    assert_eq!([&view["conversion"]["ffmpeg"], &view["conversion"]["waiting"]], [&json!("9"), &json!(0)]);
    let (status, reply) = fixture.post("/api/playback/play", json!({ "trackIds": [id] })).await;
    assert!(status.is_success(), "{reply}");
}
