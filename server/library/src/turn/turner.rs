//! The tasks that turn one file after the other.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use downbeat_host::rarely;
use downbeat_media::guard;
use downbeat_protocol::TrackId;
use downbeat_store::{AnalysisRow, TrackRow};
use tokio::time::{Instant, sleep_until};

use super::{
    apply::{self, Made},
    cache::Cache,
    kinds::{self, Kind},
    meta,
    program::{Ffmpeg, Job, NotTurned, SOUND, TAGS},
    shop::{FAILED, Shop, TurnStatus, Turning},
};
use crate::{
    done::{TO_TURN, TURN_FAILED},
    found::Stat,
    limits::Limits,
    open::open,
    plan::Pause,
    probe,
    records::Records,
    separators::Separators,
    shared::Shared,
    sound,
    source::Source,
    worker::Worker,
};

/// Tracks that are planned at a time.
const PLANNED: usize = 256;
/// The least room to begin with, bytes.
const LEAST_ROOM: u64 = 32 << 20;
/// Time to look through what was made, in parts of its own length, and at least.
const CHECK: f64 = 0.5;
const CHECK_AT_LEAST: Duration = Duration::from_mins(5);

/// Turns what is to be turned until the library ends.
pub(crate) fn start(shop: &Arc<Shop>, records: &Arc<Records>, shared: &Arc<Shared>) {
    // Where nothing is turned, one task says so of the files that a scan finds.
    let at_once = shop.settings.as_ref().map_or(1, |settings| settings.at_once.max(1));
    for first in (0..at_once).map(|n| n == 0) {
        let turner = Turner {
            shop: Arc::clone(shop),
            records: Arc::clone(records),
            shared: Arc::clone(shared),
            worker: Worker::background("turn"),
        };
        let ended = shared.ended.clone();
        tokio::spawn(async move { ended.run_until_cancelled(turner.run(first)).await });
    }
}

struct Turner {
    shop: Arc<Shop>,
    records: Arc<Records>,
    shared: Arc<Shared>,
    worker: Worker,
}

impl Turner {
    /// Each works; the first also looks for the program and counts.
    async fn run(mut self, is_first: bool) {
        let mut asked = self.shop.asked.subscribe();
        let mut scans = self.shared.status.subscribe();
        let mut counted = self.shop.status.subscribe();
        let mut scanned = None;
        loop {
            asked.mark_unchanged();
            counted.mark_unchanged();
            let (running, fulfilled) = {
                let status = scans.borrow_and_update();
                (status.running, status.finished_at)
            };
            if is_first && !running && scanned != Some(fulfilled) {
                scanned = Some(fulfilled);
                self.look_for_ffmpeg().await;
                settle(&self.shop, &self.records).await;
            }
            let shop = Arc::clone(&self.shop);
            if let (Some(ffmpeg), Some(cache)) = (shop.found(), &shop.cache)
                && let Some(track) = self.next(running).await
            {
                let _busy = Busy(&shop, track.id);
                self.turn(&ffmpeg, cache, &track).await;
                continue;
            }
            let now = Instant::now();
            let later = |until: &Instant| *until > now;
            let again = self.shop.queue().paused.values().filter_map(|(_, pause)| pause.until.filter(later)).min();
            tokio::select! {
                changed = asked.changed() => if changed.is_err() { return },
                changed = scans.changed() => if changed.is_err() { return },
                changed = counted.changed(), if !is_first => if changed.is_err() { return },
                () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {
                    self.shop.queue().left.clear();
                }
            }
        }
    }

    async fn look_for_ffmpeg(&self) {
        let Some(path) = self.shop.settings.as_ref().and_then(|settings| settings.ffmpeg.as_ref()) else { return };
        let was = self.shop.found();
        let found = match Ffmpeg::find(path).await {
            Ok(found) => Some(found),
            Err(reason) => {
                if was.is_some() || rarely::may_tell("ffmpeg was not found").is_some() {
                    tracing::info!(reason, "ffmpeg was not found: kinds of files that need it do not play");
                }
                None
            }
        };
        if was.is_none()
            && let Some(found) = &found
        {
            tracing::info!(version = found.version, "ffmpeg converts the kinds of files that have no decoder here");
        }
        *self.shop.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = found;
    }

    /// The track to be turned next, marked as busy. While a scan runs only what was asked for.
    async fn next(&self, scanning: bool) -> Option<Arc<TrackRow>> {
        loop {
            let id = {
                let mut queue = self.shop.queue();
                let Some(id) = queue.wanted.pop_front() else { break };
                if !queue.busy.insert(id) {
                    continue;
                }
                id
            };
            // Speakers ask for what was made again and again; a person may have mended what was in the way.
            let is_now = |track: &Arc<TrackRow>| track.source.is_none() || !is_paused(&self.shop, track);
            let track = self.records.catalog.get(id).filter(|track| is_due(&self.shop, track) && is_now(track));
            match track {
                Some(track) => return Some(track),
                None => _ = self.shop.queue().busy.remove(&id),
            }
        }
        if scanning {
            return None;
        }
        for _ in 0..2 {
            loop {
                let id = {
                    let mut queue = self.shop.queue();
                    let id = queue.left.pop_front();
                    let Some(id) = id else { break };
                    if !queue.busy.insert(id) {
                        continue;
                    }
                    id
                };
                let track = self.records.catalog.get(id).filter(|t| t.source.is_none() && is_due(&self.shop, t));
                match track.filter(|track| !is_paused(&self.shop, track)) {
                    Some(track) => return Some(track),
                    None => _ = self.shop.queue().busy.remove(&id),
                }
            }
            count(&self.shop, &self.records).await;
        }
        None
    }

    async fn turn(&mut self, ffmpeg: &Ffmpeg, cache: &Cache, track: &Arc<TrackRow>) {
        let begun = Instant::now();
        match self.make(ffmpeg, cache, track).await {
            Ok(made) => {
                self.shop.queue().paused.remove(&track.id);
                let (path, seconds) = (track.path.display(), begun.elapsed().as_secs_f64());
                tracing::debug!(%path, seconds, frames = made.frames, "converted");
                let analysis = AnalysisRow {
                    hash: made.hash.clone(),
                    waveform: made.sound.waveform.clone(),
                    blocks: made.sound.blocks.to_bytes(),
                };
                if let Err(error) = self.records.store.save_analysis(&analysis).await {
                    // It is listened to once more.
                    tracing::debug!(%error, "what was heard was not saved");
                }
                self.change(track, |row| apply::made(row, made));
            }
            Err(NotTurned::File(reason)) => {
                if let Some(left_out) = rarely::may_tell("not converted") {
                    tracing::info!(path = %track.path.display(), reason, left_out, "a file could not be converted");
                }
                self.change(track, |row| apply::failed(row, &reason));
            }
            Err(NotTurned::Machine(reason)) => {
                if let Some(left_out) = rarely::may_tell("not converted now") {
                    let path = track.path.display();
                    tracing::warn!(%path, reason, left_out, "a file was not converted; it will be tried again");
                }
                let mut queue = self.shop.queue();
                let before = queue.paused.get(&track.id).filter(|(time, _)| *time == track.mtime_ns).map(|(_, p)| *p);
                queue.paused.insert(track.id, (track.mtime_ns, Pause::after(before, false, Instant::now())));
                drop(queue);
                self.change(track, |row| apply::later(row, &reason));
            }
        }
        // A change that cannot be saved now is saved with the next ones.
        let _ = self.records.publish().await;
        self.shop.status.send_modify(|_| {});
    }

    /// Changes the row of a track whose file is still the one that was read.
    fn change(&self, read: &TrackRow, change: impl FnOnce(&mut TrackRow)) {
        self.records.change(read.id, |old| {
            let mut row = old?.clone();
            if (&row.path, row.mtime_ns, row.file_bytes()) == (&read.path, read.mtime_ns, read.file_bytes()) {
                change(&mut row);
            }
            Some(row)
        });
    }

    async fn make(&mut self, ffmpeg: &Ffmpeg, cache: &Cache, track: &Arc<TrackRow>) -> Result<Made, NotTurned> {
        let machine = |error: io::Error| NotTurned::Machine(error.to_string());
        let (path, bytes, time) = (track.path.clone(), track.file_bytes(), track.mtime_ns);
        let unchanged = move || {
            let stat = Stat::of(&open(&path)?.metadata()?);
            let is_same = stat.same_content(bytes, time);
            if is_same { Ok(path) } else { Err(io::Error::other("it was changed since it was looked at")) }
        };
        let kind = tokio::task::spawn_blocking({
            let unchanged = unchanged.clone();
            move || kind_of(&unchanged()?)
        });
        let kind = kind.await.map_err(io::Error::other).and_then(|kind| kind).map_err(machine)?;
        let kind = kind.ok_or_else(|| NotTurned::File("its kind is not known".into()))?;
        let most = cache.room().map_err(machine)?;
        if most < LEAST_ROOM.min(cache.most()) {
            return Err(NotTurned::Machine("the disk is full".into()));
        }
        let work = cache.work().map_err(machine)?;
        let least_time = self.shop.settings.as_ref().map_or(Duration::ZERO, |settings| settings.least_time);
        let is_known = track.fault.is_none() && track.sample_exact && track.sample_rate > 0;
        let end = is_known.then(|| track.duration_seconds());
        let job = Job { path: &track.path, bytes, kind, end, folder: work.path(), most, least_time };
        let warning = ffmpeg.turn(&job).await?;
        let folder = work.path().to_owned();
        let limits = |length: f64| {
            let time = CHECK_AT_LEAST + Duration::from_secs_f64(length * CHECK);
            Limits::of_work(time, Arc::clone(&self.shared.stop))
        };
        // At first a bound for a day of sound: its length is not known yet.
        let limits = limits(86_400.0);
        let is_exact = kind.is_exact || end.is_some();
        let patience = Duration::from_hours(4);
        let separators = self.shop.separators.clone();
        let checked = self.worker.run(patience, move || {
            unchanged()?;
            check(&folder, &limits, is_exact, &separators)
        });
        let mut made = match checked.await {
            Ok(Ok(Ok(made))) => made,
            Ok(Ok(Err(reason))) => return Err(NotTurned::File(reason)),
            Ok(Err(error)) => return Err(machine(error)),
            Err(lost) => return Err(NotTurned::Machine(lost.to_string())),
        };
        made.warning = warning.into_iter().chain(made.sound.warning.take()).reduce(|a, b| format!("{a}; {b}"));
        made.format = kind.format;
        made.source_hash = self.source_hash(track).await.map_err(machine)?;
        let sound = work.path().join(SOUND);
        let (hash, shop) = (made.hash.clone(), Arc::clone(&self.shop));
        let kept = tokio::task::spawn_blocking(move || {
            let _work = work;
            shop.cache.as_ref().map_or(Ok(()), |cache| cache.keep(&sound, &hash))
        });
        kept.await.map_err(io::Error::other).and_then(|kept| kept).map_err(machine)?;
        Ok(made)
    }

    /// The hash of the file itself, by which it is known again elsewhere.
    async fn source_hash(&mut self, track: &TrackRow) -> io::Result<String> {
        if !track.file_hash().is_empty() {
            return Ok(track.file_hash().to_owned());
        }
        let stat = Stat { bytes: track.file_bytes(), mtime_ns: track.mtime_ns, inode: track.inode };
        crate::inspect::hash(&mut self.worker, &track.path, stat, &self.shared.stop).await
    }
}

/// A track that is busy until this is dropped.
struct Busy<'a>(&'a Shop, TrackId);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.queue().busy.remove(&self.1);
    }
}

/// True if there is something to do for a track.
fn is_due(shop: &Shop, track: &TrackRow) -> bool {
    let is_lost = || track.source.is_some() && !shop.cache.as_ref().is_some_and(|cache| cache.has(&track.hash));
    let is_new = track.source.is_none() && track.done & (TO_TURN | TURN_FAILED) == TO_TURN;
    track.available && (is_new || is_lost())
}

fn is_paused(shop: &Shop, track: &TrackRow) -> bool {
    let now = Instant::now();
    let queue = shop.queue();
    let pause = queue.paused.get(&track.id).filter(|(time, _)| *time == track.mtime_ns);
    pause.is_some_and(|(_, pause)| pause.until.is_none_or(|until| until > now))
}

/// Gives those that wait the words that are true now, and counts.
async fn settle(shop: &Arc<Shop>, records: &Arc<Records>) {
    let words = shop.words();
    let all = Arc::clone(records);
    let changed = tokio::task::spawn_blocking(move || {
        let waits = |track: &Arc<TrackRow>| match Turning::of(track) {
            Some(Turning::Waits) => !track.fault.as_deref().is_some_and(|fault| fault.starts_with(FAILED)),
            Some(Turning::NeedsFfmpeg) => true,
            _ => false,
        };
        let mut changed = false;
        for track in all.catalog.all().iter().filter(|t| waits(t) && t.fault.as_deref() != Some(words)) {
            all.change(track.id, |old| {
                let old = old?;
                let is_waiting = matches!(Turning::of(old), Some(Turning::Waits | Turning::NeedsFfmpeg));
                Some(if is_waiting { old.clone().with(|t| t.fault = Some(words.into())) } else { old.clone() })
            });
            changed = true;
        }
        changed
    });
    if changed.await.unwrap_or_default() {
        let _ = records.publish().await;
    }
    count(shop, records).await;
}

/// Counts all, and plans the next ones.
async fn count(shop: &Arc<Shop>, records: &Arc<Records>) {
    let (counted, all) = (Arc::clone(shop), Arc::clone(&records.catalog));
    let made = tokio::task::spawn_blocking(move || {
        let mut status = TurnStatus { ffmpeg: counted.found().map(|found| found.version), ..TurnStatus::default() };
        let mut waiting: Vec<(PathBuf, TrackId)> = Vec::new();
        for track in all.all().iter().filter(|track| track.available && track.done & TO_TURN != 0) {
            if track.source.is_some() {
                status.turned += 1;
            } else if track.done & TURN_FAILED != 0 {
                status.failed += 1;
            } else {
                status.waiting += 1;
                if !is_paused(&counted, track) {
                    waiting.push((track.path.clone(), track.id));
                }
            }
        }
        waiting.sort_unstable();
        waiting.truncate(PLANNED);
        (status, waiting)
    });
    let Ok((status, waiting)) = made.await else { return };
    shop.queue().left = waiting.into_iter().map(|(_, id)| id).collect();
    shop.status.send_if_modified(|shown| std::mem::replace(shown, status.clone()) != status);
}

/// The kind of a file, behind a tag that precedes it.
fn kind_of(path: &Path) -> io::Result<Option<Kind>> {
    let head = kinds::head(&mut open(path)?)?;
    Ok(kinds::unread(&head).or_else(|| kinds::read(&head)))
}

/// Looks through what ffmpeg made, as a speaker would. The inner error is the file's fault.
fn check(folder: &Path, limits: &Limits, is_exact: bool, separators: &Separators) -> io::Result<Result<Made, String>> {
    let path = folder.join(SOUND);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err("ffmpeg wrote nothing".into())),
        Err(error) => return Err(error),
    };
    let bytes = file.metadata()?.len();
    let source = Source::new(file, bytes, limits.clone());
    let facts = guard::catch(|| probe::probe(source.reader(), "flac"));
    let facts = match facts {
        Ok(Ok(facts)) if facts.format == "flac" => facts,
        Ok(Ok(_)) => return Ok(Err("ffmpeg wrote something else than FLAC".into())),
        Ok(Err(fault)) => return Ok(Err(format!("what ffmpeg wrote cannot be played: {}", fault.words))),
        Err(_) => return Ok(Err("what ffmpeg wrote cannot be read".into())),
    };
    let frames = facts.frames.0.max(0) as u64;
    let heard = guard::catch(|| sound::listen(Box::new(source.reader()), "flac", (0, frames), false));
    if let Some(error) = source.trouble() {
        return Err(error);
    }
    let sound = match heard {
        Ok(Ok(sound)) => sound,
        Ok(Err(error)) => return Ok(Err(format!("what ffmpeg wrote cannot be played: {error}"))),
        Err(_) => return Ok(Err("what ffmpeg wrote cannot be read".into())),
    };
    let hash = crate::inspect::hash_all(&File::open(&path)?, limits)?;
    let mut text = Vec::new();
    if let Ok(tags) = File::open(folder.join(TAGS)) {
        tags.take(meta::MOST).read_to_end(&mut text)?;
    }
    let tags = meta::read(&String::from_utf8_lossy(&text), separators);
    Ok(Ok(Made {
        hash,
        bytes,
        sample_rate: facts.sample_rate,
        channels: facts.channels,
        frames,
        is_exact,
        sound,
        tags,
        warning: None,
        format: "",
        source_hash: String::new(),
    }))
}
