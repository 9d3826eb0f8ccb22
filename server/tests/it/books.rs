//! A book goes on where it was left: over a restart and an edit of its tags, in any zone.

use downbeat_protocol::{Frames, TrackId, ZoneId};
use downbeat_store::{BookPlace, Store};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{Fixture, tone};

/// The place of a book in zone `all`, as if an hour had been heard.
async fn left(f: Fixture, track: &str, second: i64) -> Fixture {
    f.running.shutdown().await;
    let store = Store::open(&f.folder.path().join("data")).await.unwrap();
    let track = TrackId(track.parse().unwrap());
    let place = BookPlace {
        track,
        zone: ZoneId::DEFAULT,
        frame: Frames(second * 8_000),
        noted: chrono::Utc::now().timestamp() - 3_600,
    };
    store.note_book_place(&place, &[track]).await.unwrap();
    store.close().await;
    Fixture::start(f.folder, |_| {}).await
}

#[tokio::test]
async fn a_book_goes_on_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    std::fs::create_dir(&music).unwrap();
    for (name, seconds) in [("1.wav", 60), ("2.wav", 100), ("3.wav", 70), ("song.wav", 9)] {
        tone(&music.join(name), 8_000, seconds * 8_000);
    }
    let f = Fixture::start(folder, |_| {}).await;
    let ids = [f.track("1").await, f.track("2").await, f.track("3").await];
    for (i, id) in ids.iter().enumerate() {
        let tags = json!({ "album": "Momo", "albumArtist": "Michael Ende", "genres": ["Hörbuch"], "trackNo": i + 1 });
        let (status, track) = f.call(Method::PATCH, &format!("/api/tracks/{id}"), Some(tags.to_string())).await;
        assert_eq!((status.as_u16(), &track["book"]), (200, &true.into()), "{track}");
    }
    let song = f.track("song").await;
    assert_eq!(f.get(&format!("/api/tracks/{song}")).await.1["book"], false);
    assert_eq!(f.get("/api/books").await.1, json!({ "books": [] }));

    let f = left(f, &ids[1], 35).await;
    // the place stays with its track when the book gets another name
    for id in &ids {
        let tags = json!({ "album": "Momo (Lesung)" }).to_string();
        assert_eq!(f.call(Method::PATCH, &format!("/api/tracks/{id}"), Some(tags)).await.0.as_u16(), 200);
    }
    let (_, list) = f.get("/api/books").await;
    let book = &list["books"][0];
    assert_eq!(
        (&book["title"], &book["author"], &book["chapters"], &book["duration"], &book["id"]),
        (&json!("Momo (Lesung)"), &json!("Michael Ende"), &json!(3), &json!(230.0), &json!(ids[1]))
    );
    let place = &book["places"][0];
    assert_eq!(
        (&place["chapter"], &place["position"], &place["bookPosition"], &place["zone"]),
        (&json!(2), &json!(35.0), &json!(95.0), &json!("all"))
    );
    let album = book["albumId"].as_str().unwrap();
    let count = async |query: String| f.get(&format!("/api/books?{query}")).await.1["books"].as_array().unwrap().len();
    assert_eq!(count(format!("album={album}")).await, 1);
    assert_eq!(count(format!("track={}", ids[0])).await, 1, "any track names its book");
    assert_eq!(count(format!("track={song}")).await, 0);

    // in another zone, which carries on from there
    let bar = f.done("/api/zones", json!({ "name": "bar" })).await;
    let played = f.done("/api/zones/bar/playback/play", json!({ "book": ids[2] })).await;
    let state = &played["state"];
    assert_eq!(
        (&state["currentTrack"]["id"], &state["queueLength"], &state["queueIndex"]),
        (&json!(ids[1]), &json!(3), &json!(1))
    );
    let position = state["position"].as_f64().unwrap();
    assert!((34.9..40.0).contains(&position), "{position}");
    let (_, list) = f.get("/api/books").await;
    assert_eq!(list["books"][0]["places"].as_array().unwrap().len(), 1);
    assert_eq!(list["books"][0]["places"][0]["zoneId"], bar["id"]);

    // from a place that nobody left it begins; so does one that was forgotten
    let nobody = json!({ "book": ids[0], "bookZone": ZoneId::DEFAULT.0 });
    let begun = f.done("/api/playback/play", nobody).await;
    assert_eq!(begun["state"]["currentTrack"]["id"], json!(ids[0]));
    assert_eq!(f.call(Method::DELETE, &format!("/api/books/{}", ids[0]), None).await.0.as_u16(), 204);
    assert_eq!(f.get("/api/books").await.1, json!({ "books": [] }));
    for (track, code) in [(song.as_str(), "book_not_found"), ("x", "track_not_found")] {
        let (status, problem) = f.post("/api/playback/play", json!({ "book": track })).await;
        assert_eq!((status.as_u16(), &problem["code"]), (404, &Value::from(code)), "{track}");
        let (status, problem) = f.call(Method::DELETE, &format!("/api/books/{track}"), None).await;
        assert_eq!((status.as_u16(), &problem["code"]), (404, &Value::from(code)), "{track}");
    }
}
