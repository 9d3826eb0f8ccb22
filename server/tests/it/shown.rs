//! What lists and states show beside titles: paths, parents, letters, the server's time.

use serde_json::{Value, json};

use crate::fixture::{Fixture, tone, wait_for};

async fn known(f: &Fixture, title: &str) -> Value {
    wait_for(title, || async {
        let (_, list) = f.get("/api/tracks?sort=title").await;
        list["tracks"].as_array()?.iter().find(|track| track["title"] == title).cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_says_what_it_lies_in_and_a_track_where_its_file_is() {
    let f = Fixture::new().await;
    let music = f.folder.path().join("music");
    let deep = music.join("Ella/Live/Rome");
    std::fs::create_dir_all(&deep).unwrap();
    tone(&deep.join("so what.wav"), 32_000, 32_000);
    f.done("/api/library/rescan", json!({})).await;
    let track = known(&f, "so what").await;
    assert_eq!(track["path"], json!(deep.join("so what.wav")));
    let mut id = f.get("/api/folders").await.1["folders"][0]["id"].clone();
    for _ in 0..3 {
        let (_, folder) = f.get(&format!("/api/folders/{}", id.as_str().unwrap())).await;
        id = folder["folders"][0]["id"].clone();
    }
    let (_, rome) = f.get(&format!("/api/folders/{}", id.as_str().unwrap())).await;
    let names: Vec<_> = rome["parents"].as_array().unwrap().iter().map(|one| one["path"].clone()).collect();
    assert_eq!(names, [json!(music), json!(music.join("Ella")), json!(music.join("Ella/Live"))], "{rome}");
    assert_eq!((&rome["parents"][0]["parent"], &rome["parents"][2]["id"]), (&Value::Null, &rome["parent"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_asked_for_are_sent_and_no_others() {
    let f = Fixture::new().await;
    let list: Value =
        f.http.get(f.url("/api/tracks?sort=title&fields=title,duration")).send().await.unwrap().json().await.unwrap();
    assert_eq!(list["tracks"][0], json!({ "title": "a", "duration": 2.0 }));
    assert_eq!(list["total"], 4);
    let (status, problem) = f.get("/api/tracks?fields=colour").await;
    assert_eq!((status.as_u16(), &problem["field"]), (422, &json!("fields")));
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_lead_into_lists_and_each_answer_says_the_time() {
    let f = Fixture::new().await;
    let (_, letters) = f.get("/api/letters?list=tracks&sort=title").await;
    let told: Vec<_> = letters["letters"].as_array().unwrap().iter().map(|one| one["letter"].clone()).collect();
    assert_eq!((told, &letters["total"]), (vec![json!("A"), json!("B"), json!("C"), json!("D")], &json!(4)));
    let cursor = letters["letters"][2]["cursor"].as_str().unwrap();
    let (_, list) = f.get(&format!("/api/tracks?sort=title&cursor={cursor}")).await;
    assert_eq!(list["tracks"][0]["title"], "c");
    for (query, field) in [("list=tracks&sort=added", "sort"), ("list=artists&sort=tracks", "sort"), ("list=x", "list")]
    {
        let (status, problem) = f.get(&format!("/api/letters?{query}")).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &json!(field)), "{query}");
    }
    let mut before = i64::MIN;
    for path in ["/api/health", "/api/no/such/call", "/api/zones"] {
        let answer = f.http.get(f.url(path)).send().await.unwrap();
        let time: i64 = answer.headers()["x-server-time"].to_str().unwrap().parse().unwrap();
        assert!(time >= before, "{path}");
        before = time;
    }
    let now = f.get("/api/playback/state").await.1["serverTime"].as_i64().unwrap();
    assert!((before..before + 60_000_000).contains(&now), "the same clock: {before} {now}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_track_and_the_queue_say_album_picture_and_year() {
    let f = Fixture::new().await;
    let state = f.play(&["a"]).await["state"].clone();
    let track = known(&f, "a").await;
    let (_, queue) = f.get("/api/zones/all/queue").await;
    for shown in [&state["currentTrack"], &queue["entries"][0]] {
        for field in ["albumId", "cover", "year"] {
            assert_eq!(shown.get(field), track.get(field), "{field}: {shown}");
        }
    }
}
