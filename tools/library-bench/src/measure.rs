//! The measurements, in their order.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use downbeat_library_files::{
    files,
    library::{self, Dice, LONG},
};
use downbeat_load::{coordinator::load1, crowd::Crowd, figures::Spread, shared::Shared};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    process::{self, Coordinator, Launch, Scanned},
    queries,
    results::{Background, Life, Machine, Peak, Queries, Queue, Results, Scan, Start, WhileScanning},
};

/// How to measure.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) server: PathBuf,
    pub(crate) mpd: Option<PathBuf>,
    pub(crate) music: PathBuf,
    /// For databases and logs; emptied.
    pub(crate) work: PathBuf,
    pub(crate) port: u16,
    pub(crate) files: usize,
    /// First scans of each, cold and warm.
    pub(crate) runs: usize,
    /// How often the coordinator is started anew, warm; half as often cold.
    pub(crate) starts: usize,
    /// How long the work in the background is waited for.
    pub(crate) patience: Duration,
}

/// Edits of a queue, of each kind.
const EDITS: usize = 200;

impl Plan {
    fn launch(&self) -> Launch {
        Launch {
            program: self.server.clone(),
            address: SocketAddr::from(([127, 0, 0, 1], self.port)),
            music: self.music.clone(),
            data: self.work.join("data"),
        }
    }
}

/// Says how far it is.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}; load {:.1}", load1());
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Measures everything.
pub(crate) async fn run(plan: &Plan) -> Result<Results> {
    let mut results = Results { files: plan.files, machine: machine(plan).await?, ..Results::default() };
    results.megabytes = megabytes(size_of(&plan.music)?);
    first_scans(plan, &mut results).await?;
    life(plan, &mut results).await?;
    starts(plan, &mut results).await?;
    results.machine.load_after = load1();
    Ok(results)
}

async fn machine(plan: &Plan) -> Result<Machine> {
    let of = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let value = text.lines().find_map(|l| l.strip_prefix(name)?.split_once(':').map(|(_, v)| v.trim().to_owned()));
        value.unwrap_or_default()
    };
    let memory: f64 = of("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
    Ok(Machine {
        processor: of("/proc/cpuinfo", "model name"),
        cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        memory_gb: memory / f64::from(1 << 20),
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
        mpd: match &plan.mpd {
            Some(mpd) => process::mpd_version(mpd).await?,
            None => String::new(),
        },
        can_be_cold: process::drop_caches(),
        load_before: load1(),
        load_after: 0.0,
    })
}

fn size_of(folder: &Path) -> Result<u64> {
    fs::read_dir(folder)?.try_fold(0, |sum, entry| {
        let entry = entry?;
        let own = if entry.file_type()?.is_dir() { size_of(&entry.path())? } else { entry.metadata()?.len() };
        Ok(sum + own)
    })
}

/// First scans of both, by turns: who comes first changes from run to run.
async fn first_scans(plan: &Plan, results: &mut Results) -> Result<()> {
    let mut states = vec![false];
    if results.machine.can_be_cold {
        states.insert(0, true);
    }
    for cold in states {
        for run in 0..plan.runs {
            let mut who: Vec<&str> = if plan.mpd.is_some() { vec!["mpd", "downbeat"] } else { vec!["downbeat"] };
            let first = run % who.len();
            who.rotate_left(first);
            for who in who {
                if cold {
                    ensure!(process::drop_caches(), "the system does not forget what it has read any more");
                } else {
                    process::warm(&plan.music)?;
                }
                let Scanned { took, usage, tracks } = match (&plan.mpd, who) {
                    (Some(mpd), "mpd") => {
                        let address = SocketAddr::from(([127, 0, 0, 1], plan.port + 1));
                        process::mpd_scan(mpd, address, &plan.music, &plan.work.join("mpd")).await?
                    }
                    _ => process::first_scan(&plan.launch()).await?,
                };
                let scan = Scan {
                    who: who.into(),
                    cold,
                    seconds: took.as_secs_f64(),
                    cpu_s: usage.cpu_s,
                    peak_mb: megabytes(usage.peak_bytes),
                    tracks,
                    load: load1(),
                };
                let state = if cold { "cold" } else { "warm" };
                say(&format!("{who}, {state}: {tracks} in {:.1} s, processor {:.1} s", scan.seconds, scan.cpu_s));
                results.scans.push(scan);
            }
        }
    }
    Ok(())
}

/// One coordinator from its first scan until nothing is left to be done.
async fn life(plan: &Plan, results: &mut Results) -> Result<()> {
    let launch = plan.launch();
    let _ = fs::remove_dir_all(&launch.data);
    let coordinator = Coordinator::start(&launch)?;
    coordinator.answers("/api/health").await?;
    results.while_scanning = Some(while_scanning(&coordinator).await?);
    let (scanned, before) = (Instant::now(), coordinator.usage().cpu_s);
    let mut peaks = Vec::new();
    let mut peak = |until: &str| {
        let mb = megabytes(coordinator.usage().peak_bytes);
        say(&format!("peak of memory until {until}: {mb:.0} MiB"));
        peaks.push(Peak { until: until.into(), mb });
    };
    peak("the end of the first scan, with lists and searches");
    results.busy = asked(plan, &coordinator).await?;
    peak("the same with the work in the background, every list and search, rescans and queues of 100,000");
    let background = background(&coordinator, scanned, plan.patience).await?;
    results.background = Background { cpu_s: coordinator.usage().cpu_s - before, load: load1(), ..background };
    peak("the end of the work in the background");
    results.quiet = asked(plan, &coordinator).await?;
    peak("everything once more");
    results.peaks = peaks;
    coordinator.stop().await
}

/// Asks for lists and searches, ten a second, until the first scan has ended.
async fn while_scanning(coordinator: &Coordinator) -> Result<WhileScanning> {
    const ASKED: [&str; 5] = [
        "/api/tracks?limit=100",
        "/api/albums?limit=100",
        "/api/search?q=lo",
        "/api/artists?limit=100",
        "/api/tracks?limit=100&sort=-added",
    ];
    let began = Instant::now();
    let (mut times, mut writes) = (Vec::new(), Vec::new());
    while coordinator.scanned_at().await?.is_none() {
        times.push(coordinator.get(ASKED[times.len() % ASKED.len()]).await?.took.as_secs_f64() * 1e3);
        if times.len().is_multiple_of(5) {
            let shuffle = json!({ "shuffle": times.len().is_multiple_of(2) });
            let answer = coordinator.ask(Method::PATCH, "/api/zones/all/session", Some(&shuffle)).await?;
            writes.push(answer.took.as_secs_f64() * 1e3);
        }
        sleep(Duration::from_millis(100)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    say(&format!("a first scan, asked meanwhile: {seconds:.1} s"));
    Ok(WhileScanning { seconds, requests: times.len(), ms: Spread::of(times), writes_ms: Spread::of(writes) })
}

async fn background(coordinator: &Coordinator, since: Instant, patience: Duration) -> Result<Background> {
    let mut done = Background::default();
    let began = Instant::now();
    while done.analysed.is_none() && began.elapsed() < patience {
        let body = coordinator.get("/api/library").await?.body;
        let now = &body["background"];
        let at = |count: &str| (now[count] == now["tracks"]).then(|| since.elapsed().as_secs_f64());
        done.hashed = done.hashed.or(at("hashed"));
        done.covers = done.covers.or(at("covers"));
        done.analysed = done.analysed.or(at("analysed"));
        sleep(Duration::from_millis(500)).await;
    }
    say(&format!("the work in the background: {done:?}"));
    Ok(done)
}

async fn asked(plan: &Plan, coordinator: &Coordinator) -> Result<Life> {
    let mut life = Life::default();
    for kind in queries::all(coordinator, plan.files).await? {
        let (times, cpu) = queries::ask(coordinator, &kind).await?;
        let cpu_ms = cpu * 1e3 / times.len() as f64;
        life.queries.push(Queries { name: kind.name.into(), requests: times.len(), ms: Spread::of(times), cpu_ms });
    }
    let mut first = Vec::new();
    for path in ["/api/tracks", "/api/tracks?sort=title", "/api/albums", "/api/artists"].iter().cycle().take(200) {
        first.push(coordinator.get(path).await?.took.as_secs_f64() * 1e3);
    }
    life.first_page = Spread::of(first);
    say("lists and searches are measured");
    for _ in 0..5 {
        let (before, cpu) = (coordinator.scanned(None).await?, coordinator.usage().cpu_s);
        let began = Instant::now();
        coordinator.post("/api/library/rescan", &Value::Null).await?;
        coordinator.scanned(Some(&before)).await?;
        life.rescans.push(began.elapsed().as_secs_f64());
        life.rescan_cpu_s.push(coordinator.usage().cpu_s - cpu);
    }
    changes(plan, coordinator, &mut life).await?;
    say("rescans and changed files are measured");
    life.queue = Some(queue(plan, coordinator).await?);
    life.load = load1();
    say("queues are measured");
    Ok(life)
}

/// Files that are changed, and new ones.
async fn changes(plan: &Plan, coordinator: &Coordinator, life: &mut Life) -> Result<()> {
    let mut dice = Dice::new(23);
    let albums = library::library(plan.files);
    let tagged: Vec<_> = albums.iter().flat_map(|a| &a.files).filter(|f| f.tags.is_some()).collect();
    let mark = std::process::id();
    for turn in 0..20 {
        let file = dice.one_of(&tagged);
        let path = plan.music.join(&file.path);
        let title = format!("zzchanged{mark}n{turn}n{}", life.rescans.len());
        files::retitle(&path, &title)?;
        life.changed.push(found(coordinator, &title).await?);
        files::retitle(&path, file.tags.as_ref().map_or("", |t| &t.title))?;
    }
    for turn in 0..5 {
        let title = format!("zznew{mark}n{turn}");
        let file = dice.one_of(&tagged);
        let (aside, path) = (plan.work.join("new.part"), plan.music.join(format!("new {turn} {mark}.mp3")));
        let ending = file.path.extension().unwrap_or_default();
        let path = path.with_extension(ending);
        fs::copy(plan.music.join(&file.path), &aside)?;
        files::retitle(&aside, &title)?;
        fs::rename(&aside, &path).context("the work folder must be on the disk of the music")?;
        life.added.push(found(coordinator, &title).await?);
        fs::remove_file(&path)?;
    }
    // What was taken away again is to be known before a queue of everything is made.
    let before = coordinator.scanned(None).await?;
    coordinator.post("/api/library/rescan", &Value::Null).await?;
    coordinator.scanned(Some(&before)).await?;
    Ok(())
}

/// Seconds until a search finds a track of this title.
async fn found(coordinator: &Coordinator, title: &str) -> Result<f64> {
    let began = Instant::now();
    let path = format!("/api/search?type=track&q={title}");
    loop {
        let body = coordinator.get(&path).await?.body;
        if body["tracks"]["items"].as_array().is_some_and(|i| i.iter().any(|t| t["title"] == title)) {
            return Ok(began.elapsed().as_secs_f64());
        }
        ensure!(began.elapsed() < Duration::from_mins(1), "a changed file is not seen");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Queues everything, and edits that while it plays.
async fn queue(plan: &Plan, coordinator: &Coordinator) -> Result<Queue> {
    const QUEUE: &str = "/api/zones/all/queue";
    let mut queue = Queue::default();
    let mut crowd = Crowd::new(Shared::new(coordinator.address));
    crowd.grow(2, 10.0).await;
    ensure!(crowd.all_online(Duration::from_mins(1)).await.is_some(), "the speakers do not come");
    coordinator.post("/api/playback/stop", &json!({})).await?;
    let everything = json!({ "folder": plan.music });
    for _ in 0..5 {
        coordinator.ask(Method::DELETE, QUEUE, None).await?;
        queue.add_folder.push(coordinator.post(QUEUE, &everything).await?.took.as_secs_f64());
    }
    let (mut entries, mut tracks, mut long) = (Vec::new(), Vec::new(), None);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut offset = Some(0);
    while let Some(at) = offset {
        let body = coordinator.get(&format!("{QUEUE}?limit=1000&offset={at}")).await?.body;
        queue.entries = body["total"].as_u64().unwrap_or(0) as usize;
        offset = body["next"].as_u64();
        for entry in body["entries"].as_array().context("a queue has entries")? {
            if long.is_none() && entry["title"] == LONG.trim_end_matches(".mp3") {
                long = Some(text(&entry["entry"]));
            } else {
                entries.push(text(&entry["entry"]));
            }
            tracks.push(text(&entry["trackId"]));
        }
    }
    let long = long.context("the long track is not in the queue")?;
    coordinator.post("/api/playback/play", &json!({ "entry": long })).await?;
    queue.edits = edits(coordinator, QUEUE, entries, &tracks).await?;
    for _ in 0..3 {
        coordinator.post("/api/playback/stop", &json!({})).await?;
        coordinator.ask(Method::DELETE, QUEUE, None).await?;
        let answer = coordinator.post(QUEUE, &json!({ "trackIds": tracks })).await?;
        queue.add_ids.push(answer.took.as_secs_f64());
    }
    queue.longest_message = crowd.board().longest_message.load(Ordering::Relaxed);
    Ok(queue)
}

async fn edits(
    coordinator: &Coordinator,
    path: &str,
    mut entries: Vec<String>,
    tracks: &[String],
) -> Result<Vec<Queries>> {
    let mut dice = Dice::new(29);
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    let [mut removed, mut inserted, mut moved, mut next, mut page] = [const { Vec::new() }; 5];
    for _ in 0..EDITS {
        let entry = entries.swap_remove(dice.roll(entries.len()));
        removed.push(ms(coordinator.ask(Method::DELETE, &format!("{path}/{entry}"), None).await?.took));
        let place = if dice.percent(50) {
            json!({ "trackId": dice.one_of(tracks), "index": dice.roll(entries.len()) })
        } else {
            json!({ "trackId": dice.one_of(tracks), "place": "next" })
        };
        let answer = coordinator.post(path, &place).await?;
        if place["place"].is_null() {
            inserted.push(ms(answer.took));
        } else {
            next.push(ms(answer.took));
        }
        entries.extend(answer.body["entries"][0]["entry"].as_str().map(str::to_owned));
        let entry = dice.one_of(&entries).clone();
        let to = json!({ "index": dice.roll(entries.len()) });
        moved.push(ms(coordinator.ask(Method::PATCH, &format!("{path}/{entry}"), Some(&to)).await?.took));
        page.push(ms(coordinator.get(&format!("{path}?limit=100&offset={}", dice.roll(entries.len()))).await?.took));
    }
    let mut modes = Vec::new();
    for turn in 0..20 {
        let shuffle = json!({ "shuffle": turn % 2 == 0 });
        modes.push(ms(coordinator.ask(Method::PATCH, "/api/zones/all/session", Some(&shuffle)).await?.took));
    }
    let named = [
        ("remove an entry anywhere", removed),
        ("insert a track anywhere", inserted),
        ("insert a track as the next", next),
        ("move an entry anywhere", moved),
        ("a page of it anywhere, 100 entries", page),
        ("shuffle on, or off", modes),
    ];
    Ok(named
        .map(|(name, ms)| Queries { name: name.into(), requests: ms.len(), ms: Spread::of(ms), cpu_ms: 0.0 })
        .into())
}

/// Starts with all that a coordinator knows by now, and a queue of everything.
async fn starts(plan: &Plan, results: &mut Results) -> Result<()> {
    let launch = plan.launch();
    let cold = if results.machine.can_be_cold { plan.starts / 2 } else { 0 };
    for turn in 0..plan.starts + cold {
        let cold = turn >= plan.starts;
        if cold {
            process::drop_caches();
        }
        let began = Instant::now();
        let coordinator = Coordinator::start(&launch)?;
        coordinator.answers("/api/zones").await?;
        let tracks = coordinator.get("/api/tracks?limit=100").await?.body["tracks"].as_array().map_or(0, Vec::len);
        let (seconds, cpu_s) = (began.elapsed().as_secs_f64(), coordinator.usage().cpu_s);
        ensure!(tracks == 100.min(plan.files), "a page of {tracks} tracks after a start");
        results.starts.push(Start { cold, seconds, cpu_s, load: load1() });
        coordinator.stop().await?;
    }
    say("starts are measured");
    Ok(())
}
