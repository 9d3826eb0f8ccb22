//! Lists and search over REST, on a library of real files.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::Fixture;

/// The texts of `field` of the items of a list.
fn texts(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items.iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn tracks_are_listed_in_any_order_and_in_parts() {
    let f = Fixture::new().await;
    let (_, list) = f.get("/api/tracks?sort=-title").await;
    assert_eq!(texts(&list["tracks"], "title"), ["damaged", "c", "b", "a"]);
    let (_, longest) = f.get("/api/tracks?sort=-duration&limit=1").await;
    assert_eq!((texts(&longest["tracks"], "title"), &longest["total"]), (vec!["a".to_owned()], &4.into()));
    let (_, wav) = f.get("/api/tracks?search=format:wav%20-rate:48k").await;
    assert_eq!((texts(&wav["tracks"], "title"), &wav["total"]), (vec!["a".into(), "b".into()], &2.into()));
    // A place in one order means nothing in another.
    let cursor = longest["next"].as_str().unwrap();
    let (status, problem) = f.get(&format!("/api/tracks?sort=title&cursor={cursor}")).await;
    assert_eq!((status.as_u16(), &problem["field"]), (422, &"cursor".into()));
    let (status, problem) = f.get("/api/tracks?sort=colour").await;
    assert_eq!((status.as_u16(), &problem["field"]), (422, &"sort".into()));
}

#[tokio::test]
async fn a_search_says_what_it_searched_for() {
    let f = Fixture::new().await;
    let (_, found) = f.get("/api/search?q=dam").await;
    assert_eq!(
        (texts(&found["tracks"]["items"], "title"), &found["searchedFor"]),
        (vec!["damaged".into()], &Value::Null)
    );
    let (_, found) = f.get("/api/search?q=damgaed&type=track").await;
    assert_eq!(
        (texts(&found["tracks"]["items"], "title"), &found["searchedFor"], &found["albums"]),
        (vec!["damaged".into()], &"damaged".into(), &Value::Null)
    );
    let (_, first) = f.get("/api/search?q=format:wav&type=track&limit=2").await;
    let next = first["tracks"]["next"].as_str().unwrap();
    let (_, second) = f.get(&format!("/api/search?q=format:wav&type=track&limit=2&cursor={next}")).await;
    assert_eq!(texts(&second["tracks"]["items"], "title"), ["c"]);
    for typed in ["%22", "*", "AND%20OR", "artist:", "year:x..y", "%00", "(((", "%F0%9F%98%80"] {
        let (status, reply) = f.get(&format!("/api/search?q={typed}")).await;
        assert_eq!(status.as_u16(), 200, "{typed}: {reply}");
    }
    assert_eq!(f.get(&format!("/api/search?q=a&cursor={next}")).await.0.as_u16(), 422, "of which type?");
    assert_eq!(f.get("/api/search?q=a&type=colour").await.0.as_u16(), 422);
}

#[tokio::test]
async fn folders_are_a_tree_and_can_be_flat() {
    let f = Fixture::new().await;
    let below = f.folder.path().join("music/deep/er");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::copy(f.folder.path().join("music/a.wav"), below.join("d.wav")).unwrap();
    f.done("/api/library/rescan", json!({})).await;
    crate::fixture::wait_for("the new file", || async {
        let (_, list) = f.get("/api/tracks").await;
        (list["total"] == 5).then_some(())
    })
    .await;

    let (_, roots) = f.get("/api/folders").await;
    let root = &roots["folders"][0];
    assert_eq!((&root["trackCount"], &root["parent"]), (&5.into(), &Value::Null));
    let id = root["id"].as_str().unwrap();
    let (_, detail) = f.get(&format!("/api/folders/{id}")).await;
    assert_eq!(texts(&detail["folders"], "name"), ["deep"]);
    assert_eq!(texts(&detail["tracks"], "title"), ["a", "b", "c", "damaged"]);
    let (_, flat) = f.get(&format!("/api/folders/{id}?flat=true")).await;
    assert_eq!(texts(&flat["tracks"], "title"), ["a", "b", "c", "damaged", "d"]);
    assert_eq!(flat["folders"], json!([]));

    // Parts go through the folders, then the tracks.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (_, part) = f.get(&format!("/api/folders/{id}?limit=1{cursor}")).await;
        seen.extend(texts(&part["folders"], "name"));
        seen.extend(texts(&part["tracks"], "title"));
        let Some(next) = part["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["deep", "a", "b", "c", "damaged"]);
    let deep = detail["folders"][0]["id"].as_str().unwrap();
    let (_, list) = f.get(&format!("/api/tracks?folder={deep}")).await;
    assert_eq!(texts(&list["tracks"], "title"), ["d"]);
}

#[tokio::test]
async fn what_does_not_exist_is_said() {
    let f = Fixture::new().await;
    for (path, code) in [
        ("/api/albums/x", "album_not_found"),
        ("/api/artists/00000000-0000-0000-0000-000000000001", "artist_not_found"),
        ("/api/folders/x", "folder_not_found"),
        ("/api/composers/x", "composer_not_found"),
    ] {
        let (status, problem) = f.call(Method::GET, path, None).await;
        assert_eq!((status.as_u16(), problem["code"].as_str()), (404, Some(code)), "{path}");
    }
    for (path, list) in [
        ("/api/albums", "albums"),
        ("/api/artists", "artists"),
        ("/api/genres", "genres"),
        ("/api/years", "years"),
        ("/api/composers", "composers"),
        ("/api/works", "works"),
    ] {
        let (status, reply) = f.get(path).await;
        assert_eq!((status.as_u16(), &reply[list]), (200, &json!([])), "{path}: these files have no tags");
    }
}

#[tokio::test]
async fn a_playlist_is_made_changed_and_exported() {
    let f = Fixture::new().await;
    let [a, b] = [f.track("a").await, f.track("b").await];
    let list = f.done("/api/playlists", json!({ "name": "Evening", "trackIds": [a, b] })).await;
    assert_eq!((&list["trackCount"], &list["duration"], &list["rule"]), (&2.into(), &3.0.into(), &Value::Null));
    let path = format!("/api/playlists/{}", list["id"].as_str().unwrap());
    f.done(&format!("{path}/entries"), json!({ "trackIds": [b], "index": 0 })).await;
    let (_, detail) = f.get(&path).await;
    assert_eq!(texts(&detail["entries"], "title"), ["b", "a", "b"]);
    assert_eq!(detail["entries"][1]["track"]["id"], a.as_str());
    let third = detail["entries"][2]["entry"].as_str().unwrap();
    let entries = format!("{path}/entries");
    let moved = f.call(Method::PATCH, &entries, Some(json!({ "entries": [third], "index": 0 }).to_string())).await;
    assert_eq!(moved.0.as_u16(), 200);
    let removed = f.call(Method::DELETE, &entries, Some(json!({ "entries": [third] }).to_string())).await;
    assert_eq!((removed.0.as_u16(), &removed.1["trackCount"]), (200, &2.into()));
    let (_, file) = f.get(&format!("{path}/export?relativeTo={}/music", f.folder.path().display())).await;
    assert_eq!(file, "#EXTM3U\n#PLAYLIST:Evening\n#EXTINF:1,b\nb.wav\n#EXTINF:2,a\na.wav\n");
    let (_, found) = f.get("/api/search?q=even&type=playlist").await;
    assert_eq!(texts(&found["playlists"]["items"], "name"), ["Evening"]);

    // What was written can be read again; what is not there is named.
    let file = format!("{}\n#EXTINF:9,Nobody - Nothing\nno/where.mp3\n", file.as_str().unwrap());
    let (status, import) = f.call(Method::POST, "/api/playlists/import?name=Again", Some(file)).await;
    assert_eq!((status.as_u16(), &import["named"], &import["playlist"]["trackCount"]), (201, &3.into(), &2.into()));
    assert_eq!(
        import["notFound"],
        json!([{ "line": 9, "text": "no/where.mp3", "artist": "Nobody", "title": "Nothing", "kept": false }])
    );

    let f = f.restarted().await;
    assert_eq!(texts(&f.get("/api/playlists").await.1["playlists"], "name"), ["Again", "Evening"]);
    assert_eq!(f.call(Method::DELETE, &path, None).await.0.as_u16(), 204);
    assert_eq!(f.get(&path).await.1["code"], "playlist_not_found");
}

#[tokio::test]
async fn a_smart_playlist_is_a_rule() {
    let f = Fixture::new().await;
    let rule = json!({ "query": "format:wav", "sort": "-duration", "limit": 2 });
    let list = f.done("/api/playlists", json!({ "name": "Long", "rule": rule })).await;
    assert_eq!((&list["rule"], &list["trackCount"]), (&rule, &Value::Null));
    let path = format!("/api/playlists/{}", list["id"].as_str().unwrap());
    let (_, detail) = f.get(&path).await;
    assert_eq!((detail["entries"].as_array().unwrap().len(), &detail["entries"][0]["title"]), (2, &"a".into()));
    let a = f.track("a").await;
    let (status, problem) = f.post(&format!("{path}/entries"), json!({ "trackIds": [a] })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &"playlist_smart".into()));
    for (wrong, field) in [
        (json!({ "name": "x", "rule": { "query": "a", "sort": "colour" } }), "rule.sort"),
        (json!({ "name": "x", "rule": { "query": "a", "limit": 0 } }), "rule.limit"),
        (json!({ "name": "", "trackIds": [] }), "name"),
        (json!({ "name": "x", "trackIds": ["00000000-0000-0000-0000-000000000001"] }), "trackIds"),
    ] {
        let (status, problem) = f.post("/api/playlists", wrong).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &field.into()));
    }
}

#[tokio::test]
async fn tags_are_written_to_the_file_and_the_track_stays_the_same() {
    let f = Fixture::new().await;
    let id = f.track("a").await;
    let path = format!("/api/tracks/{id}");
    let (_, before) = f.get(&path).await;
    let change = json!({ "title": "Waterloo", "artists": ["Agnetha", "Frida"], "album": "First", "albumArtist": "ABBA",
        "genres": ["Pop"], "year": 1974, "trackNo": 1, "discNo": 2, "composer": "Benny" });
    let (status, after) = f.call(Method::PATCH, &path, Some(change.to_string())).await;
    assert_eq!(status.as_u16(), 200, "{after}");
    for (field, value) in [
        ("title", json!("Waterloo")),
        ("album", json!("First")),
        ("albumArtist", json!("ABBA")),
        ("year", json!(1974)),
        ("trackNo", json!(1)),
        ("discNo", json!(2)),
        ("genres", json!(["Pop"])),
        ("composer", json!("Benny")),
    ] {
        assert_eq!(after[field], value, "{field} of {after}");
    }
    assert_eq!((&after["id"], &after["frames"]), (&before["id"], &before["frames"]));
    assert_eq!(after["artists"], json!(["Agnetha", "Frida"]));
    let (_, found) = f.get("/api/search?q=waterloo%20frida&type=track").await;
    assert_eq!(texts(&found["tracks"]["items"], "id"), std::slice::from_ref(&id));
    let (_, album) = f.get(&format!("/api/albums/{}", after["albumId"].as_str().unwrap())).await;
    assert_eq!((&album["artist"], &album["tracks"][0]["id"]), (&json!("ABBA"), &json!(id)));
    let (_, artist) = f.get("/api/artists?sort=name").await;
    assert_eq!(texts(&artist["artists"], "name"), ["ABBA", "Agnetha", "Frida"]);
    let (_, composers) = f.get("/api/composers").await;
    assert_eq!(texts(&composers["composers"], "name"), ["Benny"]);
    let composer = composers["composers"][0]["id"].as_str().unwrap();
    let (_, by) = f.get(&format!("/api/tracks?composer={composer}")).await;
    assert_eq!(texts(&by["tracks"], "id"), std::slice::from_ref(&id));
    let (_, detail) = f.get(&format!("/api/composers/{composer}")).await;
    assert_eq!((&detail["trackCount"], &detail["works"]), (&json!(1), &json!([])));
    // It can be played as it is now.
    f.play(&["Waterloo"]).await;

    let (status, none) = f.call(Method::PATCH, &path, Some("{}".into())).await;
    assert_eq!((status.as_u16(), &none["code"]), (422, &json!("invalid_field")));
    for (wrong, field) in [
        (json!({ "year": 12_345 }), "year"),
        (json!({ "title": "a\nb" }), "title"),
        (json!({ "artist": "a", "artists": ["b"] }), "artists"),
        (json!({ "genres": vec!["x"; 99] }), "genres"),
    ] {
        let (status, problem) = f.call(Method::PATCH, &path, Some(wrong.to_string())).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &json!(field)));
    }
    let damaged = f.track("damaged").await;
    let (status, problem) =
        f.call(Method::PATCH, &format!("/api/tracks/{damaged}"), Some(r#"{"title":"x"}"#.into())).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("tags_not_writable")));
}

#[tokio::test]
async fn a_file_is_deleted_only_if_that_is_allowed() {
    let f = Fixture::new().await;
    let path = format!("/api/tracks/{}", f.track("a").await);
    let (status, problem) = f.call(Method::DELETE, &path, None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (403, &json!("delete_not_allowed")));
    assert!(f.folder.path().join("music/a.wav").exists());

    let f = Fixture::with(|config| config.allow_delete = true).await;
    let path = format!("/api/tracks/{}", f.track("a").await);
    assert_eq!(f.call(Method::DELETE, &path, None).await.0.as_u16(), 204);
    assert!(!f.folder.path().join("music/a.wav").exists());
    let (_, list) = f.get("/api/tracks").await;
    assert_eq!(texts(&list["tracks"], "title"), ["b", "c", "damaged"]);
    let (_, all) = f.get("/api/tracks?unavailable=true").await;
    assert_eq!(all["total"], 4);
    let (status, problem) = f.call(Method::DELETE, &path, None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("track_unavailable")));
}

#[tokio::test]
async fn the_tree_of_folders_begins_there_however_the_music_folder_is_written() {
    let f = Fixture::with(|config| {
        let written = format!("{}/../music/", config.music[0].display());
        config.music = vec![written.into()];
    })
    .await;
    let (_, roots) = f.get("/api/folders").await;
    assert_eq!(roots["folders"][0]["path"], json!(f.folder.path().join("music")), "{roots}");
    let (_, detail) = f.get(&format!("/api/folders/{}", roots["folders"][0]["id"].as_str().unwrap())).await;
    assert_eq!(texts(&detail["tracks"], "title").len(), 4, "{detail}");
}

#[tokio::test]
async fn a_change_of_tags_is_answered_with_what_it_made_though_another_comes_at_once() {
    let f = Fixture::new().await;
    let path = format!("/api/tracks/{}", f.track("a").await);
    let (one, other) = tokio::join!(
        f.call(Method::PATCH, &path, Some(json!({ "title": "new" }).to_string())),
        f.call(Method::PATCH, &path, Some(json!({ "album": "both" }).to_string())),
    );
    assert_eq!((one.0.as_u16(), &one.1["title"]), (200, &json!("new")), "{}", one.1);
    assert_eq!((other.0.as_u16(), &other.1["album"]), (200, &json!("both")), "{}", other.1);
    assert!(one.1["album"] == "both" || other.1["title"] == "new", "one of them came second");
}

#[tokio::test]
async fn a_picture_that_nobody_has_is_not_unchanged() {
    let f = Fixture::new().await;
    let hash = "0".repeat(64);
    let asked = f
        .http
        .get(f.url(&format!("/api/covers/{hash}")))
        .header("if-none-match", format!("\"{hash}-600\""))
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status().as_u16(), 404);
}
