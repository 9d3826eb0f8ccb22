//! The real binary against a stand-in: what the library holds, ratings, books, playlists of other programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::{
    net::SocketAddr,
    process::Output,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{Method, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command};

type Asked = Arc<Mutex<Vec<String>>>;

struct Coordinator {
    address: SocketAddr,
    asked: Asked,
    home: tempfile::TempDir,
}

/// Answers by the path, and notes method, address and body.
async fn answer(State(asked): State<Asked>, method: Method, uri: Uri, body: Bytes) -> Response {
    let address = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    asked.lock().unwrap().push(format!("{method} {address} {}", String::from_utf8_lossy(&body)).trim().to_owned());
    let share =
        |tracks: u64| json!({ "tracks": tracks, "seconds": 3_600.0 * tracks as f64, "bytes": 5_000_000 * tracks });
    let with = |mut share: Value, key: &str, value: Value| {
        share[key] = value;
        share
    };
    let place = |chapter: u64| json!({ "chapter": chapter, "bookPosition": 11_525.4, "zone": "bar" });
    let reply = match uri.path() {
        "/api/health" => json!({ "version": env!("CARGO_PKG_VERSION") }),
        "/api/tracks" => json!({ "tracks": [{ "id": "t1", "title": "Waterloo", "artist": "ABBA" }], "next": null }),
        "/api/tracks/t1/rating" => json!({ "id": "t1", "title": "Waterloo" }),
        "/api/library/stats" => json!({
            "all": share(3), "files": 2, "gone": 1, "formats": [with(share(3), "format", json!("flac"))],
            "rates": [with(share(3), "sampleRate", json!(44_100))], "channels": [with(share(3), "channels", json!(2))],
            "spoken": share(1), "without": { "artist": 2, "cover": 1 },
            "doubles": { "groups": 1, "files": 2, "bytes": 9_000 },
            "faulty": 1, "faults": [{ "reason": "the file is empty", "tracks": 1 }],
            "conversion": { "waiting": 0, "needsFfmpeg": 4, "failed": 0, "done": 0 },
        }),
        "/api/library" => json!({ "tracks": 3, "conversion": {
            "ffmpeg": null, "waiting": 4, "done": 7, "failed": 1, "keptBytes": 1_500_000,
            "keptBytesMost": 20_000_000_000_u64,
        } }),
        "/api/library/faults" => json!({ "total": 2, "faults": [
            { "path": "/m/a.wma", "kind": "fault", "reason": "needs ffmpeg", "conversion": "needsFfmpeg" },
        ] }),
        "/api/books" => json!({ "books": [
            { "id": "b1", "title": "Momo", "author": "Ende", "chapters": 20, "duration": 20_000.0,
              "places": [place(7)] },
            { "id": "b2", "title": "Emil", "author": "Kästner", "chapters": 1, "duration": 9_000.0,
              "places": [place(1)] },
        ] }),
        "/api/books/b2" => return axum::http::StatusCode::NO_CONTENT.into_response(),
        "/api/playlists" => json!({ "playlists": [{ "id": "p1", "name": "Evening" }], "next": null }),
        "/api/playlists/import" => json!({
            "playlist": { "id": "p2", "name": "Mine", "trackCount": 2 }, "named": 4,
            "notFound": [{ "line": 3, "text": "x.mp3", "kept": true }],
            "ambiguous": [{ "line": 4, "text": "y.mp3", "trackIds": ["t1", "t2"] }],
        }),
        "/api/playlists/p1/export" => return "#EXTM3U\n".into_response(),
        "/api/library/import" => json!({
            "tracks": 9, "found": 8, "rated": 5, "counted": 6, "playlists": [{ "id": "p3" }], "alreadyThere": ["Old"],
            "notFoundCount": 1, "notFound": [{ "line": 0, "text": "gone.mp3" }], "ambiguousCount": 0, "ambiguous": [],
        }),
        _ => json!({ "success": true }),
    };
    Json(reply).into_response()
}

impl Coordinator {
    async fn start() -> Self {
        let asked = Asked::default();
        let router = Router::new().fallback(answer).with_state(asked.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, asked, home: tempfile::tempdir().unwrap() }
    }

    async fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_downbeat"));
        command.args(words).env("DOWNBEAT_SERVER", format!("http://{}", self.address)).env_remove("DOWNBEAT_ZONE");
        command.env("XDG_STATE_HOME", self.home.path()).output().await.unwrap()
    }

    async fn good(&self, words: &[&str]) -> String {
        let output = self.run(words).await;
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn last(&self) -> String {
        self.asked.lock().unwrap().last().cloned().unwrap()
    }
}

#[tokio::test]
async fn the_library_is_summed_up_and_its_conversions_are_told() {
    let c = Coordinator::start().await;
    let said = c.good(&["library"]).await;
    for part in [
        "3 tracks, 3:00:00, 15.0 MB in 2 files\n",
        "1 more tracks whose files are not there",
        "Books: 1 tracks",
        "44.1 kHz",
        "2 channels",
        "Without: artist 2, cover 1\n",
        "Doubles: 2 files too many in 1 groups, 9.0 kB\n",
        "4 need ffmpeg",
        "  1  the file is empty\n",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = c.good(&["library", "conversions"]).await;
    assert!(
        said.starts_with(
            "4 wait, 7 converted, 1 failed, without ffmpeg (sudo apt install ffmpeg); 1.5 MB of 20.0 GB kept\n"
        ),
        "{said}"
    );
    assert!(said.contains("needs ffmpeg  /m/a.wma") && said.ends_with("and 1 more\n"), "{said}");
    assert!(c.last().starts_with("GET /api/library/faults?conversion=true"), "{}", c.last());
}

#[tokio::test]
async fn tracks_are_rated_and_books_go_on() {
    let c = Coordinator::start().await;
    assert_eq!(c.good(&["rate", "4.5", "waterloo"]).await, "Waterloo - ABBA: 4.5 of 5 stars\n");
    assert_eq!(c.last(), r#"PUT /api/tracks/t1/rating {"stars":4.5}"#);
    assert_eq!(c.good(&["rate", "none", "waterloo"]).await, "Waterloo - ABBA: no rating\n");
    assert_eq!(c.run(&["rate", "4.3", "waterloo"]).await.status.code(), Some(2));

    let said = c.good(&["books"]).await;
    assert!(said.contains("Momo") && said.contains("3:12:05, chapter 7 of 20") && said.contains("bar"), "{said}");
    assert_eq!(c.good(&["books", "resume"]).await, "Going on with Momo at 3:12:05, chapter 7 of 20\n", "the latest");
    assert!(c.last().contains(r#""book":"b1""#), "{}", c.last());
    assert_eq!(c.good(&["books", "resume", "emil"]).await, "Going on with Emil at 3:12:05\n");
    assert_eq!(c.good(&["books", "forget", "2"]).await, "Emil begins anew\n");
    assert_eq!(c.last(), "DELETE /api/books/b2");
    assert_ne!(c.run(&["books", "forget", "nobody"]).await.status.code(), Some(0));
    assert_ne!(c.run(&["books", "forget", "m"]).await.status.code(), Some(0), "several");
}

#[tokio::test]
async fn playlists_of_other_programs_are_sent_as_what_they_are() {
    let c = Coordinator::start().await;
    let file = |name: &str, content: &str| {
        let path = c.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let list = file("a.m3u", "a.mp3\n");
    let said = c.good(&["playlists", "import", &list, "--name", "My list", "--folder", "/m"]).await;
    assert_eq!(
        said,
        "Made 'Mine' with 2 entries of 4 that the file names\nNot in the library: 1\n\
         \x20 line 3: x.mp3 (its place is kept)\n\
         Not sure which track is meant: 1\n  line 4: y.mp3\n"
    );
    assert_eq!(c.last(), "POST /api/playlists/import?name=My+list&folder=%2Fm&keepMissing=true a.mp3");
    let library = file("Library.xml", "<?xml version=\"1.0\"?><plist/>");
    let said = c.good(&["playlists", "import", &library, "--replace", "--without-missing"]).await;
    assert!(said.starts_with("Found 8 of 9 tracks; 1 playlists, 5 ratings, 6 counts of plays taken\n"), "{said}");
    assert!(said.contains("(--replace fills them anew): Old\n") && said.contains("  gone.mp3\n"), "{said}");
    assert!(c.last().starts_with("POST /api/library/import?keepMissing=false&replace=true <?xml"), "{}", c.last());
    assert_eq!(
        c.good(&["playlists", "export", "evening", "--format", "xspf", "--relative-to", "/m"]).await,
        "#EXTM3U\n"
    );
    assert_eq!(c.last(), "GET /api/playlists/p1/export?format=xspf&relativeTo=%2Fm");
    let saved = file("out.m3u8", "");
    c.good(&["playlists", "export", "Evening", &saved]).await;
    assert_eq!(std::fs::read_to_string(saved).unwrap(), "#EXTM3U\n");
    assert_ne!(c.run(&["playlists", "import", "/nowhere/x.m3u"]).await.status.code(), Some(0));
}
