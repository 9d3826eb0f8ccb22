//! A coordinator on a free port, with a small library in a folder of its own.

use std::{path::Path, time::Duration};

use downbeat_identity::handshake::clear_alone;
use downbeat_server::{
    app::{self, Running},
    config::Config,
};
use reqwest::{
    Client, Method, StatusCode,
    header::{AUTHORIZATION, HeaderMap},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::described;

/// Longer than anything takes, so that only what never happens fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Answers with this code and body.
pub(crate) type Reply = (StatusCode, Value);

pub(crate) struct Fixture {
    pub(crate) running: Running,
    pub(crate) folder: TempDir,
    /// As an admin: with the token of the data folder.
    pub(crate) http: Client,
    /// Without any credential.
    pub(crate) stranger: Client,
}

impl Fixture {
    /// With three tracks, `a` (2 s at 44.1 kHz), `b` (1 s at 44.1 kHz), `c` (1 s at 48 kHz), and one that is damaged.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let music = folder.path().join("music");
        std::fs::create_dir(&music).unwrap();
        tone(&music.join("a.wav"), 44_100, 88_200);
        tone(&music.join("b.wav"), 44_100, 44_100);
        tone(&music.join("c.wav"), 48_000, 48_000);
        std::fs::write(music.join("damaged.flac"), b"this is no music").unwrap();
        Self::start(folder, change).await
    }

    pub(crate) async fn start(folder: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::for_tests(folder.path().join("data"), vec![folder.path().join("music")]);
        change(&mut config);
        let running = app::start(config).await.unwrap();
        let fixture = Self { running, http: admin(&folder.path().join("data")), stranger: client(), folder };
        wait_for("the scan", || async {
            let (_, health) = fixture.get("/api/health").await;
            (health["scan"]["running"] == false && health["tracks"] == 4).then_some(())
        })
        .await;
        // a plan ends before a file whose name for speakers is not known yet
        wait_for("the hashes", || async {
            let (_, list) = fixture.get("/api/tracks").await;
            let hashed = |t: &Value| !t["fault"].is_null() || t["hash"].as_str().is_some_and(|hash| !hash.is_empty());
            list["tracks"].as_array()?.iter().all(hashed).then_some(())
        })
        .await;
        fixture
    }

    /// The same folders, another process.
    pub(crate) async fn restarted(self) -> Self {
        self.running.shutdown().await;
        Self::start(self.folder, |_| {}).await
    }

    /// The same folders, after the machine was started anew: what is kept of the clock belongs to another boot.
    pub(crate) async fn restarted_on_another_boot(self) -> Self {
        self.running.shutdown().await;
        forget_the_boot(&self.folder.path().join("data")).await;
        Self::start(self.folder, |_| {}).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addr)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body.to_string())).await
    }

    /// A POST that must succeed.
    pub(crate) async fn done(&self, path: &str, body: Value) -> Value {
        let (status, reply) = self.post(path, body).await;
        assert!(status.is_success(), "{path}: {status} {reply}");
        reply
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<String>) -> Reply {
        let mut request = self.http.request(method.clone(), self.url(path));
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        described::answer(&method, path, status.as_u16(), &kind.unwrap_or_default(), &body);
        (status, body)
    }

    /// The id of the track with this title.
    pub(crate) async fn track(&self, title: &str) -> String {
        let (_, list) = self.get("/api/tracks").await;
        let tracks = list["tracks"].as_array().unwrap();
        let track = tracks.iter().find(|t| t["title"] == title).unwrap_or_else(|| panic!("no {title} in {list}"));
        track["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn play(&self, titles: &[&str]) -> Value {
        let mut ids = Vec::new();
        for title in titles {
            ids.push(self.track(title).await);
        }
        self.done("/api/playback/play", json!({ "trackIds": ids })).await
    }

    /// The one speaker of this name, as it is answered.
    pub(crate) async fn speaker(&self, name: &str) -> Value {
        let (_, list) = self.get("/api/speakers").await;
        let speakers = list["speakers"].as_array().unwrap();
        speakers.iter().find(|s| s["name"] == name).cloned().unwrap_or(Value::Null)
    }
}

/// A client with the admin's token of a data folder.
pub(crate) fn admin(data: &Path) -> Client {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {}", admin_token(data)).parse().unwrap());
    Client::builder().tls_backend_preconfigured(clear_alone()).default_headers(headers).build().unwrap()
}

/// A client of HTTP in clear.
pub(crate) fn client() -> Client {
    Client::builder().tls_backend_preconfigured(clear_alone()).build().unwrap()
}

/// The admin's token of a data folder.
pub(crate) fn admin_token(data: &Path) -> String {
    std::fs::read_to_string(data.join("admin-token")).unwrap().trim().to_owned()
}

/// Waits until `probe` yields something.
pub(crate) async fn wait_for<T, F: Future<Output = Option<T>>>(what: &str, mut probe: impl FnMut() -> F) -> T {
    let waiting = async {
        loop {
            if let Some(found) = probe().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("{what} never came"))
}

pub(crate) fn tone(path: &Path, rate: u32, frames: u32) {
    let spec =
        hound::WavSpec { channels: 2, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for i in 0..frames {
        let sample = ((f64::from(i) * f64::from(rate) / 1e6).sin() * 8_000.0) as i16;
        file.write_sample(sample).unwrap();
        file.write_sample(sample).unwrap();
    }
    file.finalize().unwrap();
}

async fn forget_the_boot(data: &std::path::Path) {
    use sqlx::{Connection as _, sqlite::SqliteConnectOptions};
    let options = SqliteConnectOptions::new().filename(data.join(downbeat_store::FILE_NAME));
    let mut db = sqlx::SqliteConnection::connect_with(&options).await.expect("the database opens");
    sqlx::query("UPDATE clock SET boot = 'another'").execute(&mut db).await.expect("there is a clock");
    db.close().await.expect("it closes");
}
