//! Playlists and libraries of other programs, ratings, and what the library holds.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{Fixture, Reply};

async fn import(f: &Fixture, query: &str, file: &str) -> Reply {
    f.call(Method::POST, &format!("/api/playlists/import{query}"), Some(file.to_owned())).await
}

#[tokio::test]
async fn lists_of_other_programs_are_taken_and_given() {
    let f = Fixture::new().await;
    let [a, b] = [f.track("a").await, f.track("b").await];
    let xspf = "<?xml version=\"1.0\"?><playlist><title>From <![CDATA[VLC]]></title><trackList>\
                <track><location>file:///D:/Other/music/a.wav</location></track>\
                <track><location>file:///D:/Other/music/new%20one.wav</location><title>New</title><creator>N</creator>\
                <duration>5000</duration></track>\
                <track><location>http://radio.example/</location><title>b</title><duration>1000</duration></track>\
                </trackList></playlist>";
    let (status, reply) = import(&f, "", xspf).await;
    assert_eq!(
        (status.as_u16(), &reply["playlist"]["name"], &reply["named"]),
        (201, &json!("From VLC"), &json!(3)),
        "{reply}"
    );
    assert_eq!(reply["notFound"][0]["kept"], true, "where those lie that were found");
    let id = reply["playlist"]["id"].as_str().unwrap();
    let (_, list) = f.get(&format!("/api/playlists/{id}")).await;
    let entries = list["entries"].as_array().unwrap();
    assert_eq!(
        entries.iter().map(|e| &e["available"]).collect::<Vec<_>>(),
        [&json!(true), &json!(false), &json!(true)]
    );
    assert_eq!((&entries[0]["track"]["id"], &entries[2]["track"]["id"]), (&json!(a), &json!(b)));
    assert_eq!(
        (&entries[1]["title"], &entries[1]["artist"], &entries[1]["duration"]),
        (&json!("New"), &json!("N"), &json!(5.0))
    );

    let (_, file) =
        f.get(&format!("/api/playlists/{id}/export?format=xspf&relativeTo={}", f.folder.path().display())).await;
    let file = file.as_str().unwrap();
    assert!(
        file.contains("<location>music/new%20one.wav</location>") && file.contains("<title>From VLC</title>"),
        "{file}"
    );
    let again =
        import(&f, &format!("?name=Again&keepMissing=false&folder={}", f.folder.path().display()), file).await.1;
    assert_eq!((&again["playlist"]["name"], &again["playlist"]["trackCount"]), (&json!("Again"), &json!(2)));
    assert_eq!(again["notFound"][0]["kept"], false);

    // two tracks of one name, of which nothing tells which is meant
    for id in [&a, &b] {
        let tags = json!({ "title": "Twin", "artist": "T" }).to_string();
        f.call(Method::PATCH, &format!("/api/tracks/{id}"), Some(tags)).await;
    }
    let (_, twins) = import(&f, "?name=Twins", "#EXTINF:-1,T - Twin\nsomewhere.mp3\n").await;
    assert_eq!((&twins["playlist"]["trackCount"], &twins["notFound"]), (&json!(0), &json!([])));
    let mut ids = [a.as_str(), b.as_str()].map(Value::from);
    ids.sort_by_key(|id| twins["ambiguous"][0]["trackIds"].as_array().unwrap().iter().position(|t| t == id));
    assert_eq!(
        twins["ambiguous"],
        json!([
            { "line": 2, "text": "somewhere.mp3", "artist": "T", "title": "Twin", "trackIds": ids }
        ])
    );

    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE p [<!ENTITY a \"ha\">]><playlist><title>&a;</title></playlist>";
    for (file, status, code) in [
        (laughs.to_owned(), 422, "playlist_unreadable"),
        ("<html><body>404</body></html>".into(), 422, "playlist_unreadable"),
        (format!("<playlist>{}", "<a>".repeat(99)), 422, "playlist_unreadable"),
        ("<plist><dict/></plist>".into(), 422, "is_a_library"),
        ("a\n".repeat(100_001), 413, "playlist_too_long"),
        ("a.wav".into(), 422, "invalid_field"),
    ] {
        let query = if code == "invalid_field" { "" } else { "?name=x" };
        let (got, problem) = import(&f, query, &file).await;
        assert_eq!((got.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
    }
}

/// A library of iTunes: `a` rated and played, `b` in a list within a folder, one that is nowhere.
const ITUNES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>Tracks</key><dict>
<key>1</key><dict><key>Track ID</key><integer>1</integer><key>Name</key><string>a</string>
<key>Rating</key><integer>80</integer><key>Play Count</key><integer>7</integer>
<key>Play Date UTC</key><date>2020-01-02T03:04:05Z</date>
<key>Location</key><string>file://localhost/Volumes/Music/music/A.WAV</string></dict>
<key>2</key><dict><key>Track ID</key><integer>2</integer><key>Name</key><string>b</string>
<key>Location</key><string>file://localhost/Volumes/Music/music/b.wav</string></dict>
<key>3</key><dict><key>Track ID</key><integer>3</integer><key>Name</key><string>gone</string>
<key>Rating</key><integer>100</integer></dict>
</dict><key>Playlists</key><array>
<dict><key>Name</key><string>Folder</string><key>Folder</key><true/>
<key>Playlist Persistent ID</key><string>F</string></dict>
<dict><key>Name</key><string>Mine</string><key>Parent Persistent ID</key><string>F</string>
<key>Playlist Items</key><array>
<dict><key>Track ID</key><integer>2</integer></dict><dict><key>Track ID</key><integer>1</integer></dict>
<dict><key>Track ID</key><integer>3</integer></dict></array></dict>
</array></dict></plist>"#;

#[tokio::test]
async fn the_library_of_itunes_brings_lists_ratings_and_counts_once() {
    let f = Fixture::new().await;
    let a = f.track("a").await;
    let take = async |query: &str| {
        let (status, reply) = f.call(Method::POST, &format!("/api/library/import{query}"), Some(ITUNES.into())).await;
        assert_eq!(status.as_u16(), 200, "{reply}");
        reply
    };
    let reply = take("").await;
    let figures =
        ["tracks", "found", "rated", "counted", "notFoundCount", "ambiguousCount"].map(|key| reply[key].clone());
    assert_eq!(figures, [3, 2, 1, 1, 1, 0].map(Value::from), "{reply}");
    assert_eq!(
        (&reply["playlists"][0]["name"], &reply["playlists"][0]["trackCount"]),
        (&json!("Folder / Mine"), &json!(2))
    );
    assert_eq!(reply["notFound"][0]["title"], "gone");
    let (_, track) = f.get(&format!("/api/tracks/{a}")).await;
    assert_eq!(
        (&track["rating"], &track["playCount"], &track["lastPlayed"]),
        (&json!(80), &json!(7), &json!(1_577_934_245))
    );

    let again = take("").await;
    assert_eq!(
        (&again["rated"], &again["counted"], &again["alreadyThere"]),
        (&json!(0), &json!(0), &json!(["Folder / Mine"]))
    );
    f.call(Method::PUT, &format!("/api/tracks/{a}/rating"), Some(r#"{"stars":1.5}"#.into())).await;
    take("").await;
    assert_eq!(f.get(&format!("/api/tracks/{a}")).await.1["rating"], 30, "a person's own word stays");
    let replaced = take("?replace=true&marks=true").await;
    assert_eq!((&replaced["rated"], &replaced["playlists"][0]["revision"]), (&json!(1), &json!(2)));
    let none = take("?playlists=false&marks=false&replace=true").await;
    assert_eq!((&none["rated"], &none["playlists"]), (&json!(0), &json!([])));
    for (body, code) in [("<plist><dict/></plist>", "playlist_unreadable"), ("#EXTM3U\na.wav", "playlist_unreadable")] {
        let (status, problem) = f.call(Method::POST, "/api/library/import", Some(body.into())).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!(code)), "{problem}");
    }
}

#[tokio::test]
async fn tracks_are_rated_and_found_by_their_rating() {
    let f = Fixture::new().await;
    let [a, b] = [f.track("a").await, f.track("b").await];
    let rate =
        async |id: &str, body: &str| f.call(Method::PUT, &format!("/api/tracks/{id}/rating"), Some(body.into())).await;
    assert_eq!(f.get(&format!("/api/tracks/{a}")).await.1["rating"], Value::Null);
    let revision = f.get("/api/library").await.1["revision"].as_i64().unwrap();
    assert_eq!(rate(&a, r#"{"rating":90}"#).await.1["rating"], 90);
    assert!(f.get("/api/library").await.1["revision"].as_i64().unwrap() > revision, "those who follow look again");
    assert_eq!(rate(&b, r#"{"stars":2.5}"#).await.1["rating"], 50);
    let titles = async |query: &str| {
        let (_, list) = f.get(&format!("/api/tracks?{query}")).await;
        list["tracks"].as_array().unwrap().iter().map(|t| t["title"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(titles("search=rating:50..&sort=-rating").await, "ab");
    assert_eq!(titles("search=stars:4.5").await, "a");
    let rule = json!({ "query": "rating:60..", "sort": "-rating", "limit": 10 });
    let list = f.done("/api/playlists", json!({ "name": "Best", "rule": rule })).await;
    let path = format!("/api/playlists/{}", list["id"].as_str().unwrap());
    assert_eq!(f.get(&path).await.1["entries"].as_array().unwrap().len(), 1);
    assert_eq!(rate(&a, "{}").await.1["rating"], Value::Null);
    assert_eq!(f.get(&path).await.1["entries"], json!([]));
    for (body, field) in [
        (r#"{"rating":101}"#, "rating"),
        (r#"{"stars":5.5}"#, "stars"),
        (r#"{"stars":0.3}"#, "stars"),
        (r#"{"stars":1,"rating":20}"#, "stars"),
        (r#"{"rating":-1}"#, "rating"),
    ] {
        let (status, problem) = rate(&a, body).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &json!(field)), "{body}: {problem}");
    }
    assert_eq!(rate("x", "{}").await.1["code"], "track_not_found");
    let f = f.restarted().await;
    assert_eq!(f.get(&format!("/api/tracks/{b}")).await.1["rating"], 50);
}

#[tokio::test]
async fn what_the_library_holds_and_lacks_is_counted_anew_when_it_changed() {
    let f = Fixture::new().await;
    let (_, stats) = f.get("/api/library/stats").await;
    assert_eq!(
        (&stats["all"]["tracks"], &stats["files"], &stats["gone"], &stats["faulty"]),
        (&json!(4), &json!(4), &json!(0), &json!(1))
    );
    assert_eq!(stats["all"]["seconds"], 4.0);
    let formats: Vec<_> = stats["formats"].as_array().unwrap().iter().map(|f| (&f["format"], &f["tracks"])).collect();
    assert_eq!(formats, [(&json!("wav"), &json!(3)), (&json!("flac"), &json!(1))]);
    assert_eq!((&stats["rates"][1]["sampleRate"], &stats["rates"][1]["tracks"]), (&json!(48_000), &json!(1)));
    assert_eq!((&stats["channels"][0]["channels"], &stats["channels"][0]["seconds"]), (&json!(2), &json!(4.0)));
    assert_eq!((&stats["without"]["artist"], &stats["without"]["cover"]), (&json!(4), &json!(4)));
    assert_eq!(stats["faults"].as_array().unwrap().len(), 1);
    let tags = json!({ "artist": "ABBA", "year": 1974 }).to_string();
    f.call(Method::PATCH, &format!("/api/tracks/{}", f.track("a").await), Some(tags)).await;
    let (_, stats) = f.get("/api/library/stats").await;
    assert_eq!((&stats["without"]["artist"], &stats["without"]["year"]), (&json!(3), &json!(3)));
    let (_, none) = f.get("/api/library/faults?conversion=true").await;
    assert_eq!((&none["total"], &f.get("/api/library/faults").await.1["total"]), (&json!(0), &json!(1)));
}
