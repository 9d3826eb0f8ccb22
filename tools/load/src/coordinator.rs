//! The process under load: started, ended, looked at, and called as a script calls it.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

/// A coordinator that does not answer for so long is broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// Clock ticks a second of `/proc/PID/stat`: the same on every Linux that this runs on.
const TICKS: f64 = 100.0;

/// How to start one.
#[derive(Debug, Clone)]
pub struct Launch {
    /// `downbeat-server`.
    pub program: PathBuf,
    /// The music folder.
    pub music: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// The file for its log.
    pub log: PathBuf,
}

/// A coordinator.
#[derive(Debug)]
pub struct Coordinator {
    /// The address at which it listens.
    pub address: SocketAddr,
    /// Its process, if it is on this machine and known.
    pub pid: Option<u32>,
    own: Option<(Launch, Child)>,
    http: reqwest::Client,
}

/// The memory and processor time that a process has taken so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Resident memory, bytes.
    pub rss_bytes: u64,
    /// The most that this ever was, bytes.
    pub peak_bytes: u64,
    /// Of the resident memory, what is its own and not a file's, bytes.
    pub anonymous_bytes: u64,
    /// Processor time, seconds.
    pub cpu_s: f64,
}

/// The result of a call.
#[derive(Debug, Clone)]
pub struct Called {
    /// The answer.
    pub body: Value,
    /// Its length, bytes.
    pub bytes: usize,
    /// How long it took.
    pub took: Duration,
}

impl Coordinator {
    /// One that somebody else started.
    pub fn foreign(address: SocketAddr, pid: Option<u32>) -> Self {
        Self { address, pid, own: None, http: client() }
    }

    /// Starts one, and waits until it answers and has scanned its music.
    pub async fn start(address: SocketAddr, launch: Launch) -> Result<Self> {
        let child = spawn(address, &launch)?;
        let pid = child.id();
        let new = Self { address, pid, own: Some((launch, child)), http: client() };
        new.answers().await?;
        new.scanned().await?;
        Ok(new)
    }

    /// Kills it as a power cut does and starts it again at the same address; returns at once, before it answers.
    /// False: it is not ours.
    pub async fn restart(&mut self) -> Result<bool> {
        let Some((launch, child)) = &mut self.own else { return Ok(false) };
        child.kill().await.context("cannot kill the coordinator")?;
        *child = spawn(self.address, launch)?;
        self.pid = child.id();
        Ok(true)
    }

    /// Waits until it answers.
    pub async fn answers(&self) -> Result<()> {
        let began = Instant::now();
        while self.get("/api/health").await.is_err() {
            if began.elapsed() > PATIENCE {
                bail!("no coordinator answers at {}", self.address);
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    async fn scanned(&self) -> Result<()> {
        let began = Instant::now();
        loop {
            let scan = &self.get("/api/health").await?.body["scan"];
            if scan["running"] == false && !scan["finishedAt"].is_null() {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                bail!("the scan of the music does not end");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The longest track there is.
    pub async fn track(&self) -> Result<String> {
        let list = self.get("/api/tracks").await?.body;
        let tracks = list["tracks"].as_array().context("no list of tracks")?;
        let length = |t: &&Value| t["durationMs"].as_i64().or(t["frames"].as_i64()).unwrap_or(0);
        let id = tracks.iter().max_by_key(length).and_then(|t| t["id"].as_str());
        id.map(str::to_owned).context("the library is empty")
    }

    /// A GET that succeeds.
    pub async fn get(&self, path: &str) -> Result<Called> {
        self.call(self.http.get(format!("http://{}{path}", self.address))).await
    }

    /// A POST that succeeds.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Called> {
        self.call(self.http.post(format!("http://{}{path}", self.address)).json(body)).await
    }

    /// Has the default zone play a track.
    pub async fn play(&self, track: &str) -> Result<Called> {
        self.post("/api/playback/play", &json!({ "trackId": track })).await
    }

    async fn call(&self, request: reqwest::RequestBuilder) -> Result<Called> {
        let began = Instant::now();
        let answer = timeout(PATIENCE, request.send()).await??;
        let status = answer.status();
        let bytes = timeout(PATIENCE, answer.bytes()).await??;
        let took = began.elapsed();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if !status.is_success() {
            bail!("{status}: {body}");
        }
        Ok(Called { body, bytes: bytes.len(), took })
    }

    /// The memory and processor time it has taken so far; zeros if its process is not known.
    pub fn usage(&self) -> Usage {
        self.pid.map(usage).unwrap_or_default()
    }
}

fn spawn(address: SocketAddr, launch: &Launch) -> Result<Child> {
    let log = File::options().create(true).append(true).open(&launch.log).context("cannot write the log")?;
    Command::new(&launch.program)
        .arg("--listen")
        .arg(address.to_string())
        .arg("--music")
        .arg(&launch.music)
        .arg("--data")
        .arg(&launch.data)
        // the crowd is new to it, in clear or with keys
        .args(["--legacy-speakers", "all", "--adopt-all-for", "24h"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", launch.program.display()))
}

/// The memory and processor time that a process has taken so far; zeros if it is gone.
pub fn usage(pid: u32) -> Usage {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| -> u64 {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        let kilobytes = line.and_then(|l| l.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok());
        kilobytes.unwrap_or(0) * 1024
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // the name, in brackets, may hold anything
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
    Usage {
        rss_bytes: field("VmRSS"),
        peak_bytes: field("VmHWM"),
        anonymous_bytes: field("RssAnon"),
        cpu_s: ticks as f64 / TICKS,
    }
}

/// The one-minute load average of this machine.
pub fn load1() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|t| t.parse().ok()).unwrap_or(0.0)
}

/// A client of HTTP in clear.
fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().tls_backend_preconfigured(downbeat_identity::handshake::clear_alone());
    client.build().unwrap_or_default()
}
