//! The programs that are measured: started, asked, looked at, ended.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::Pin,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use downbeat_load::coordinator::{Usage, usage};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::Method;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

/// A process that does not answer for so long is broken.
const PATIENCE: Duration = Duration::from_mins(2);
/// A scan that lasts for so long will not end.
const SCAN_PATIENCE: Duration = Duration::from_mins(30);

/// A coordinator, and a client that keeps its connection.
#[derive(Debug)]
pub(crate) struct Coordinator {
    pub(crate) address: SocketAddr,
    child: Child,
    /// The file with the admin's token.
    token: PathBuf,
    http: reqwest::Client,
}

/// The parameters that a coordinator is started with.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) music: PathBuf,
    pub(crate) data: PathBuf,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Value,
    /// From asking to the last byte.
    pub(crate) took: Duration,
}

/// An answer on its way.
type Asking<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + 'a>>;

impl Coordinator {
    /// Starts one and does not wait for it.
    pub(crate) fn start(launch: &Launch) -> Result<Self> {
        fs::create_dir_all(&launch.data).context("cannot make the data folder")?;
        let log = File::options().create(true).append(true).open(launch.data.join("log"))?;
        let child = Command::new(&launch.program)
            .arg("--listen")
            .arg(launch.address.to_string())
            .arg("--music")
            .arg(&launch.music)
            .arg("--data")
            .arg(&launch.data)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", launch.program.display()))?;
        let token = launch.data.join("admin-token");
        Ok(Self { address: launch.address, child, token, http: client() })
    }

    /// Asks for something; an answer that is no success is an error.
    pub(crate) fn ask<'a>(&'a self, method: Method, path: &'a str, body: Option<&'a Value>) -> Asking<'a> {
        Box::pin(self.send(method, path, body))
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let mut request = self.http.request(method, format!("http://{}{path}", self.address));
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Ok(token) = fs::read_to_string(&self.token) {
            request = request.bearer_auth(token.trim());
        }
        let request = request.build()?;
        let began = Instant::now();
        let answer = timeout(PATIENCE, self.http.execute(request)).await??;
        let status = answer.status();
        let bytes = timeout(PATIENCE, answer.bytes()).await??;
        let took = began.elapsed();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        ensure!(status.is_success(), "{path}: {status}: {body}");
        Ok(Answer { body, took })
    }

    /// A GET.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        self.ask(Method::GET, path, None).await
    }

    /// A POST.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Waits until it answers this; how long that took.
    pub(crate) async fn answers(&self, path: &str) -> Result<Duration> {
        let began = Instant::now();
        while self.get(path).await.is_err() {
            ensure!(began.elapsed() < PATIENCE, "the coordinator does not answer");
            sleep(Duration::from_millis(2)).await;
        }
        Ok(began.elapsed())
    }

    /// When the last scan ended, as it says; nothing while one is under way.
    pub(crate) async fn scanned_at(&self) -> Result<Option<Value>> {
        let scan = self.get("/api/health").await?.body["scan"].take();
        Ok((scan["running"] == false && !scan["finishedAt"].is_null()).then(|| scan["finishedAt"].clone()))
    }

    /// Waits until a scan has ended that is not the one that ended at `before`; when it ended, as it says.
    pub(crate) async fn scanned(&self, before: Option<&Value>) -> Result<Value> {
        let began = Instant::now();
        loop {
            if let Some(at) = self.scanned_at().await?
                && before != Some(&at)
            {
                return Ok(at);
            }
            ensure!(began.elapsed() < SCAN_PATIENCE, "the scan does not end");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The memory and processor time it has taken so far.
    pub(crate) fn usage(&self) -> Usage {
        self.child.id().map(usage).unwrap_or_default()
    }

    /// Ends it as a service manager does.
    pub(crate) async fn stop(mut self) -> Result<()> {
        stop(&mut self.child).await
    }
}

async fn stop(child: &mut Child) -> Result<()> {
    if let Some(pid) = child.id() {
        kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
    }
    if timeout(Duration::from_secs(20), child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}

/// The result of a first scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanned {
    pub(crate) took: Duration,
    pub(crate) usage: Usage,
    /// Songs or tracks that are known then.
    pub(crate) tracks: u64,
}

/// The first scan of a coordinator that knows nothing: from its start to the scan's end.
pub(crate) async fn first_scan(launch: &Launch) -> Result<Scanned> {
    let _ = fs::remove_dir_all(&launch.data);
    let began = Instant::now();
    let coordinator = Coordinator::start(launch)?;
    coordinator.answers("/api/health").await?;
    coordinator.scanned(None).await?;
    let (took, usage) = (began.elapsed(), coordinator.usage());
    let tracks = coordinator.get("/api/tracks?limit=1").await?.body["total"].as_u64().unwrap_or(0);
    coordinator.stop().await?;
    Ok(Scanned { took, usage, tracks })
}

/// The same of mpd: from its start to the end of its update.
pub(crate) async fn mpd_scan(program: &Path, address: SocketAddr, music: &Path, data: &Path) -> Result<Scanned> {
    let _ = fs::remove_dir_all(data);
    fs::create_dir_all(data).context("cannot make mpd's folder")?;
    let settings = data.join("mpd.conf");
    fs::write(
        &settings,
        format!(
            "music_directory \"{}\"\ndb_file \"{}\"\npid_file \"{}\"\nbind_to_address \"{}\"\nport \"{}\"\n\
             auto_update \"no\"\nfilesystem_charset \"UTF-8\"\n\
             audio_output {{\n    type \"null\"\n    name \"none\"\n}}\n",
            music.display(),
            data.join("database").display(),
            data.join("pid").display(),
            address.ip(),
            address.port(),
        ),
    )?;
    let log = File::create(data.join("log"))?;
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(["--no-daemon", "--stderr"])
        .arg(&settings)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut mpd = loop {
        if let Ok(stream) = TcpStream::connect(address).await {
            break BufReader::new(stream);
        }
        ensure!(began.elapsed() < PATIENCE, "mpd does not answer; its log is {}", data.join("log").display());
        sleep(Duration::from_millis(2)).await;
    };
    let mut greeting = String::new();
    mpd.read_line(&mut greeting).await?;
    // One that has no database begins by itself; then this does nothing.
    if field(&mut mpd, "status", "updating_db").await?.is_none() && field(&mut mpd, "stats", "songs").await? == Some(0)
    {
        command(&mut mpd, "update").await?;
    }
    while field(&mut mpd, "status", "updating_db").await?.is_some() {
        ensure!(began.elapsed() < SCAN_PATIENCE, "mpd's update does not end");
        sleep(Duration::from_millis(20)).await;
    }
    let (took, usage) = (began.elapsed(), child.id().map(usage).unwrap_or_default());
    let tracks = field(&mut mpd, "stats", "songs").await?.unwrap_or(0);
    stop(&mut child).await?;
    Ok(Scanned { took, usage, tracks })
}

async fn command(mpd: &mut BufReader<TcpStream>, command: &str) -> Result<Vec<String>> {
    mpd.get_mut().write_all(format!("{command}\n").as_bytes()).await?;
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        ensure!(mpd.read_line(&mut line).await? > 0, "mpd hung up");
        let line = line.trim_end();
        if line == "OK" {
            return Ok(lines);
        }
        if line.starts_with("ACK") {
            bail!("mpd: {line}");
        }
        lines.push(line.to_owned());
    }
}

async fn field(mpd: &mut BufReader<TcpStream>, asked: &str, name: &str) -> Result<Option<u64>> {
    let lines = command(mpd, asked).await?;
    Ok(lines.iter().find_map(|l| l.strip_prefix(name)?.strip_prefix(": ")?.parse().ok()))
}

/// mpd's version, as it says.
pub(crate) async fn mpd_version(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("--version").output().await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Makes the system forget what it has read, if it may; else false.
pub(crate) fn drop_caches() -> bool {
    nix::unistd::sync();
    fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

/// Reads all that is in the folder, so that the system has it in memory.
pub(crate) fn warm(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            warm(&entry.path())?;
        } else {
            std::io::copy(&mut File::open(entry.path())?, &mut std::io::sink())?;
        }
    }
    Ok(())
}

/// A client of HTTP in clear.
fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().tls_backend_preconfigured(downbeat_identity::handshake::clear_alone());
    client.build().unwrap_or_default()
}
