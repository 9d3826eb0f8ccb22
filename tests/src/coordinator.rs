//! A coordinator under test.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    binaries,
    patience::until,
    process::{Ended, Process},
    rest::Rest,
    speaker::SpeakerState,
    stage::Stage,
};

/// Its log, in the stage's folder.
const LOG: &str = "coordinator.log";

/// A running coordinator, and the way to it. Derefs to its [`Rest`].
#[derive(Debug)]
pub struct Coordinator {
    process: Process,
    rest: Rest,
    address: String,
}

impl Deref for Coordinator {
    type Target = Rest;

    fn deref(&self) -> &Rest {
        &self.rest
    }
}

/// The answer of a call that starts something.
#[derive(Debug)]
pub struct Reply {
    /// The instant from which it is heard, microseconds of server time.
    pub at_us: f64,
    /// The zone's state from then on.
    pub state: Value,
}

impl Reply {
    /// Reads the answer of a playback call.
    pub fn of(answer: &Value) -> Self {
        assert_eq!(answer["success"], true, "{answer}");
        Self { at_us: answer["at"].as_f64().expect("an instant"), state: answer["state"].clone() }
    }
}

impl Coordinator {
    /// Starts one on a free port of this machine, and waits until it knows its music.
    pub async fn start(stage: &Stage) -> Self {
        Self::start_with(stage, "127.0.0.1:0", &[]).await
    }

    /// Starts one, with more flags.
    pub async fn start_with(stage: &Stage, listen: &str, more: &[&str]) -> Self {
        Self::start_in(stage, listen, more, Vec::new()).await
    }

    /// Starts one with these variables in its environment.
    pub async fn start_in(stage: &Stage, listen: &str, more: &[&str], environment: Vec<(String, String)>) -> Self {
        let log = stage.path(LOG);
        let said = fs::metadata(&log).map_or(0, |m| m.len() as usize);
        let arguments = arguments(stage, listen, more);
        let process = Process::start_in("the coordinator", "downbeat-server", &arguments, &log, environment);
        Self::listening(process, said, &data_of(stage)).await
    }

    /// Starts one that may have so many open files.
    pub async fn start_limited(stage: &Stage, files: u32) -> Self {
        let shell = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        let program = binaries::path("downbeat-server").to_string_lossy().into_owned();
        let mut words = vec!["-c".to_owned(), shell, program];
        words.extend(arguments(stage, "127.0.0.1:0", &[]));
        let process = Process::start("the coordinator", "/bin/sh", &words, &stage.path(LOG));
        Self::listening(process, 0, &data_of(stage)).await
    }

    /// Waits until it listens and knows its music; `said`: the part of its log that another one wrote.
    async fn listening(process: Process, said: usize, data: &Path) -> Self {
        let address = until("the coordinator to listen", async || {
            let log = process.log();
            let rest = log.get(said..)?.split_once("listening on http://")?.1;
            Some(rest.split_once(',')?.0.to_owned())
        })
        .await;
        let rest = Rest::new(&format!("http://{address}"), data);
        let coordinator = Self { process, rest, address };
        coordinator.scanned().await;
        coordinator
    }

    /// Starts one and waits for nothing: for a test that ends it before it is ready.
    pub fn spawn(stage: &Stage, listen: &str) -> Process {
        Process::start("the coordinator", "downbeat-server", &arguments(stage, listen, &[]), &stage.path(LOG))
    }

    /// Waits until the music is scanned.
    pub async fn scanned(&self) {
        until("the scan", async || {
            let health = self.get("/api/health").await;
            (health["scan"]["running"] == false && !health["scan"]["finishedAt"].is_null()).then_some(())
        })
        .await;
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Its process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Asks it to end.
    pub async fn terminate(self) -> Ended {
        self.process.terminate().await
    }

    /// Ends it as a power cut does.
    pub async fn kill(self) {
        self.process.kill().await;
    }

    /// The coordinator's account of the file of this name in the stage's music folder.
    pub async fn track(&self, stage: &Stage, file: &str) -> Value {
        let path: PathBuf = stage.music().join(file);
        let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let hash = blake3::hash(&bytes).to_hex();
        let title = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // the hash follows in the background, and never of a file that cannot be played
        let is_it = |t: &&Value| {
            let (known, size) = (t["hash"].as_str().unwrap_or_default(), t["bytes"].as_u64());
            known == hash.as_str() || (known.is_empty() && t["title"] == title && size == Some(bytes.len() as u64))
        };
        until(&format!("{file} to be listed"), async || {
            let list = self.get("/api/tracks").await;
            list["tracks"].as_array()?.iter().find(is_it).cloned()
        })
        .await
    }

    /// The ids of files.
    pub async fn ids(&self, stage: &Stage, files: &[&str]) -> Vec<String> {
        let mut ids = Vec::new();
        for file in files {
            ids.push(self.track(stage, file).await["id"].as_str().expect("an id").to_owned());
        }
        ids
    }

    /// The zone's state.
    pub async fn state(&self) -> Value {
        self.get("/api/playback/state").await
    }

    /// Now, microseconds of server time.
    pub async fn now_us(&self) -> f64 {
        self.state().await["serverTime"].as_f64().expect("an instant")
    }

    /// An instant a little ahead, for a start that no stall of the machine makes late.
    pub async fn soon(&self) -> i64 {
        self.now_us().await as i64 + 700_000
    }

    /// Plays files, gapless, from an instant a little ahead.
    pub async fn play(&self, stage: &Stage, files: &[&str]) -> Reply {
        let ids = self.ids(stage, files).await;
        Reply::of(&self.post("/api/playback/play", json!({ "trackIds": ids, "at": self.soon().await })).await)
    }

    /// Asks for something of the playback: `pause`, `seek`, ... from an instant a little ahead.
    pub async fn ask(&self, what: &str, mut body: Value) -> Reply {
        body["at"] = json!(self.soon().await);
        Reply::of(&self.post(&format!("/api/playback/{what}"), body).await)
    }

    /// Waits until the zone is in this state: `playing`, `paused` or `stopped`.
    pub async fn zone_is(&self, state: &str) -> Value {
        until(&format!("the zone to be {state}"), async || {
            Some(self.state().await).filter(|s| s["playbackState"] == state && s["preparing"] == false)
        })
        .await
    }

    /// Waits until an instant of server time is past, and heard by all.
    pub async fn in_the_past(&self, at_us: f64) {
        until("an instant", async || (self.now_us().await > at_us + 200_000.0).then_some(())).await;
    }

    /// Since when a speaker is connected, milliseconds since 1970.
    pub async fn connected_since(&self, name: &str) -> Option<i64> {
        let clients = self.get("/api/clients").await;
        clients["clients"].as_array()?.iter().find(|c| c["name"] == name)?["connectedAt"].as_i64()
    }

    /// All speakers.
    pub async fn speakers(&self) -> Vec<SpeakerState> {
        let list = self.get("/api/speakers").await;
        list["speakers"].as_array().expect("a list").iter().cloned().map(SpeakerState).collect()
    }

    /// One speaker, if it is known.
    pub async fn speaker(&self, name: &str) -> Option<SpeakerState> {
        self.speakers().await.into_iter().find(|s| s.name() == name)
    }

    /// Waits until these speakers are connected and know the time well.
    pub async fn settled(&self, names: &[&str]) {
        for name in names {
            until(&format!("{name} to know the time"), async || {
                self.speaker(name).await.filter(|s| s.is_connected() && s.number("errorBoundUs") < Some(300.0))
            })
            .await;
        }
    }

    /// Waits until these speakers play, and truly within `micros` of each other.
    pub async fn in_step(&self, names: &[&str], micros: f64) {
        until(&format!("{names:?} to be in step"), async || {
            let speakers = self.speakers().await;
            let true_late = |name: &&str| speakers.iter().find(|s| s.name() == *name)?.truly_late_us();
            let late: Option<Vec<f64>> = names.iter().map(true_late).collect();
            let late = late?;
            let most = late.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let least = late.iter().copied().fold(f64::INFINITY, f64::min);
            (most - least <= micros).then_some(())
        })
        .await;
    }
}

/// Its data folder.
pub fn data_of(stage: &Stage) -> PathBuf {
    stage.path("server")
}

fn arguments(stage: &Stage, listen: &str, more: &[&str]) -> Vec<String> {
    let path = |p: PathBuf| p.to_string_lossy().into_owned();
    let mut arguments: Vec<String> = vec!["--listen".into(), listen.into()];
    arguments.extend(["--music".into(), path(stage.music()), "--data".into(), path(data_of(stage))]);
    // speakers come and play; a test of who may is told so by its own flags, which follow
    if !more.iter().any(|flag| ["--adopt-all-for", "--legacy-speakers"].contains(flag)) {
        arguments.extend(["--adopt-all-for", "24h", "--legacy-speakers", "all"].map(str::to_owned));
    } else if !more.contains(&"--loopback") {
        // all of a test runs as one user on one machine
        arguments.extend(["--loopback", "guest"].map(str::to_owned));
    }
    // reports that are fresh
    arguments.extend(["--position-check-ms".into(), "100".into()]);
    arguments.extend(more.iter().map(|m| (*m).to_owned()));
    arguments
}
