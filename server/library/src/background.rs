//! The work that follows when a track can be played already, with the rest of the processor's time: hashes first, since
//! speakers fetch by them, then pictures, then loudness and the shape of the sound.
//!
//! Nothing is noted of what is under way: what a track lacks, its row says. So a restart goes on where it ended.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use downbeat_host::rarely;
use downbeat_media::guard;
use downbeat_protocol::TrackId;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use super::{
    TrackRow,
    done::{COVER_DONE, COVER_OWN, SOUND_DONE},
    endings,
    hashes::find_hash,
    limits::Limits,
    open::open,
    pictures::{self, Look, NOT_SHOWN},
    plan::{AlbumKey, BackgroundStatus, GivenUp, GivenUpOf, Pause, Plan, SLICE, Task, album, forget_over, plan},
    records::Records,
    shared::Shared,
    sound::{self, Blocks, Sound},
    source::Source,
    turn::Shop,
    worker::{Lost, Worker},
};
use downbeat_store::{AnalysisRow, CoverRow, GainSource, StoreError, Text};

/// Time of the processor to find a picture.
const COVER_TIME: Duration = Duration::from_mins(1);
/// Decoding is given up when it takes more of the processor's time than this part of the track's own length, and a
/// minute.
const SLOWEST: f64 = 0.25;
/// By the clock: what gives way to others may take long. What takes longer hangs, or is tried again when there is time.
const PATIENCE: Duration = Duration::from_mins(30);
/// A stated loudness that differs by more from what is measured is a fault of the tag, or of the decoding.
const MOST_GAIN_OFF_DB: f32 = 15.0;
pub(super) struct Background {
    records: Arc<Records>,
    shared: Arc<Shared>,
    shop: Arc<Shop>,
    suspects: mpsc::Sender<Vec<PathBuf>>,
    status: watch::Sender<BackgroundStatus>,
    worker: Worker,
    /// The work that was tried in vain.
    given_up: GivenUp,
    plan: Plan,
}

/// Why something is not done. It is not the file's fault: it will be tried again.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    #[error("what was found could not be saved: {0}")]
    Save(#[from] StoreError),
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("{0}")]
    Hung(String),
}

impl NotDone {
    /// A thread that gave no answer; a reason if that is the file's fault.
    fn lost(lost: &Lost) -> Result<String, Self> {
        match lost {
            Lost::Failed => Ok(lost.to_string()),
            Lost::TooLong(_) => Err(Self::Hung(lost.to_string())),
            Lost::NotStarted(_) => Err(io::Error::other(lost.to_string()).into()),
        }
    }
}

impl Background {
    pub(super) fn new(
        records: Arc<Records>,
        shared: Arc<Shared>,
        shop: Arc<Shop>,
        suspects: mpsc::Sender<Vec<PathBuf>>,
        status: watch::Sender<BackgroundStatus>,
    ) -> Self {
        let worker = Worker::background("background");
        Self { records, shared, shop, suspects, status, worker, given_up: HashMap::new(), plan: Plan::default() }
    }

    /// Works until the library ends.
    pub(super) async fn run(mut self) {
        let ended = self.shared.ended.clone();
        ended.run_until_cancelled(self.work()).await;
    }

    async fn work(&mut self) {
        let mut scans = self.shared.status.subscribe();
        let mut news = self.records.catalog.news();
        loop {
            if scans.borrow_and_update().running {
                // It may find what is more urgent.
                self.plan = Plan::default();
            }
            // A scan is what people wait for.
            if scans.wait_for(|scan| !scan.running).await.is_err() {
                return;
            }
            if let Err(error) = self.records.store.merge_words().await {
                // Searches only take a little longer until then.
                tracing::debug!(%error, "the index was not tidied; it will be tried again");
            }
            let Some((task, slice)) = self.next_slice().await else {
                let again = self.given_up.values().filter_map(|given_up| given_up.pause.until).min();
                tokio::select! {
                    _ = news.next() => {}
                    () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {}
                }
                continue;
            };
            let mut looked_at = Vec::with_capacity(slice.len());
            for id in &slice {
                if self.records.store.is_closed() {
                    return;
                }
                let Some(track) = self.records.catalog.get(*id).filter(|t| task.is_lacked_by(t)) else { continue };
                let before = self.given_up.remove(&(task, *id)).filter(|before| before.is_of(&track));
                if let Err(has_hung) = self.perform(task, &track).await {
                    let pause = Pause::after(before.map(|b| b.pause), has_hung, Instant::now());
                    let given_up = GivenUpOf { path: track.path.clone(), mtime_ns: track.mtime_ns, pause };
                    self.given_up.insert((task, *id), given_up);
                }
                looked_at.push(track);
                if scans.borrow().running {
                    break;
                }
            }
            if task == Task::Sound
                && let Err(error) = self.measure_albums(&slice).await
            {
                tracing::warn!(%error, "albums were not measured");
            }
            // A change that cannot be saved now is saved with the next ones.
            let _ = self.records.publish().await;
            self.count(&looked_at);
        }
    }

    /// The next tracks that lack something.
    async fn next_slice(&mut self) -> Option<(Task, Vec<TrackId>)> {
        if self.plan.left.is_empty() {
            let (records, mut given_up, now) =
                (Arc::clone(&self.records), std::mem::take(&mut self.given_up), Instant::now());
            // It looks at every track, for which others would wait.
            let made = tokio::task::spawn_blocking(move || {
                let tracks = records.catalog.all();
                forget_over(&mut given_up, &tracks);
                let (status, plan) = plan(&tracks, &given_up, now);
                (status, plan, given_up)
            });
            let (status, plan, given_up) = made.await.ok()?;
            (self.plan, self.given_up) = (plan, given_up);
            self.status.send_if_modified(|shown| std::mem::replace(shown, status) != status);
        }
        let slice = self.plan.left.drain(..SLICE.min(self.plan.left.len())).collect();
        self.plan.task.map(|task| (task, slice))
    }

    /// Counts what was done for tracks that were like this before.
    fn count(&self, before: &[Arc<TrackRow>]) {
        let catalog = &self.records.catalog;
        let pairs: Vec<_> = before.iter().filter_map(|t| Some((t, catalog.get(t.id)?))).collect();
        self.status.send_if_modified(|shown| {
            let was = *shown;
            for task in Task::ALL {
                let done_now = pairs.iter().filter(|(_, now)| task.is_done(now)).count() as u64;
                let done_before = pairs.iter().filter(|(before, _)| task.is_done(before)).count() as u64;
                let counted = task.counted(shown);
                // Changed files may have been taken out of it meanwhile.
                *counted = (*counted + done_now).saturating_sub(done_before);
            }
            was != *shown
        });
    }

    /// Done, and not to be tried again before the file changes; or else whether it hung.
    async fn perform(&mut self, task: Task, track: &Arc<TrackRow>) -> Result<(), bool> {
        let result = match task {
            Task::Hash => {
                let stop = &self.shared.stop;
                let found = find_hash(&self.records, &mut self.worker, track.id, stop, &self.suspects).await;
                return found.map(|_| ()).map_err(|_| false);
            }
            Task::Cover => self.find_cover(track).await,
            Task::Sound => self.listen(track).await,
        };
        if let Err(error) = &result
            && let Some(left_out) = rarely::may_tell("not looked through")
        {
            let path = track.path.display();
            tracing::warn!(%path, %error, left_out, "not looked through; it will be tried again");
        }
        if let Err(NotDone::Read(_)) = &result {
            // Its disk may be gone.
            let _ = self.suspects.try_send(vec![track.path.clone()]);
        }
        result.map_err(|not_done| matches!(not_done, NotDone::Hung(_)))
    }

    async fn find_cover(&mut self, track: &Arc<TrackRow>) -> Result<(), NotDone> {
        let limits = Limits::of_work(COVER_TIME, Arc::clone(&self.shared.stop));
        let path = track.path.clone();
        let look = self.worker.run(PATIENCE, move || {
            let Look { cover, warning } = pictures::find(&path, &limits)?;
            Ok::<_, io::Error>((cover.map(|cover| (blake3::hash(&cover.bytes).to_hex().to_string(), cover)), warning))
        });
        let (cover, warning) = match look.await {
            Ok(looked) => looked?,
            Err(lost) => (None, Some(format!("its picture{NOT_SHOWN}{}", NotDone::lost(&lost)?))),
        };
        let hash: Option<Text> = cover.as_ref().map(|(hash, _)| hash.as_str().into());
        let own = if cover.as_ref().is_some_and(|(_, cover)| cover.embedded) { COVER_OWN } else { 0 };
        if let Some((hash, cover)) = cover {
            let known = self.records.store.load_cover(&hash).await?;
            let is_there = match known {
                Some(known) => tokio::fs::try_exists(&known.source).await.unwrap_or(false),
                None => false,
            };
            if !is_there {
                let (embedded, mime, bytes) = (cover.embedded, cover.mime.to_owned(), cover.bytes.len() as u64);
                let row = CoverRow { hash, source: cover.source, embedded, mime, bytes };
                self.records.store.save_cover(&row).await?;
            }
        }
        self.note(track, |t| {
            t.cover = hash;
            t.done = t.done & !COVER_OWN | COVER_DONE | own;
            forget_picture(t);
            add_warning(t, warning);
        });
        Ok(())
    }

    async fn listen(&mut self, track: &Arc<TrackRow>) -> Result<(), NotDone> {
        let kept = self.records.store.load_analysis(&sound::key(track)).await?;
        let kept = kept.filter(|row| !Blocks::are_of_noise(&row.blocks, track));
        let kept = kept.and_then(|row| Blocks::from_bytes(&row.blocks));
        let mut heard = None;
        let blocks = match kept {
            Some(blocks) => Ok(blocks),
            None => match self.decode(track).await? {
                Ok(Sound { blocks, waveform, warning }) => {
                    let row = AnalysisRow { hash: sound::key(track), waveform, blocks: blocks.to_bytes() };
                    self.records.store.save_analysis(&row).await?;
                    heard = warning;
                    Ok(blocks)
                }
                Err(reason) => Err(reason),
            },
        };
        self.note(track, |t| {
            t.done |= SOUND_DONE;
            match blocks {
                Ok(blocks) => {
                    add_warnings(t, heard.as_deref());
                    add_warning(t, wrong_gain(t, &blocks));
                    set_gain(t, &blocks);
                }
                Err(reason) => add_warning(t, Some(format!("its loudness is not known: {reason}"))),
            }
        });
        Ok(())
    }

    /// The sound of the file, or why it cannot be decoded.
    async fn decode(&mut self, track: &Arc<TrackRow>) -> Result<Result<Sound, String>, NotDone> {
        let time = Duration::from_mins(1) + Duration::from_secs_f64(track.duration_seconds() * SLOWEST);
        let limits = Limits::of_work(time, Arc::clone(&self.shared.stop));
        let path = match &track.source {
            None => track.path.clone(),
            // What gave way in the cache is made again first.
            Some(_) => self.shop.path(track).ok_or_else(|| {
                self.shop.want([&**track]);
                io::Error::other("what was made of it is not there at the moment")
            })?,
        };
        let bytes = track.bytes;
        let span = (track.first_frame().0.max(0) as u64, track.frames.0.max(0) as u64);
        let is_part = track.part.is_some();
        let work = move || {
            let source = Source::new(open(&path)?, bytes, limits);
            let reader = Box::new(source.reader());
            let heard = guard::catch(|| {
                sound::listen(reader, &endings::ending(&path), span, is_part).map_err(|e| e.to_string())
            });
            match source.trouble() {
                Some(error) => Err(error),
                None => Ok(heard.unwrap_or_else(|_| Err("the decoder failed on it".into()))),
            }
        };
        match self.worker.run(PATIENCE + time, work).await {
            Ok(heard) => Ok(heard?),
            Err(lost) => NotDone::lost(&lost).map(Err),
        }
    }

    /// Adds a finding to a track, if its file is still the one that was looked at.
    fn note(&self, looked_at: &TrackRow, finding: impl FnOnce(&mut TrackRow)) {
        self.records.find(looked_at.id, |t| {
            if (&t.path, t.mtime_ns, t.file_bytes()) == (&looked_at.path, looked_at.mtime_ns, looked_at.file_bytes()) {
                finding(t);
            }
        });
    }

    /// Finds the gain of the albums of these tracks, where all of an album was heard and its tags do not say.
    async fn measure_albums(&self, tracks: &[TrackId]) -> Result<(), StoreError> {
        let tracks = self.records.catalog.get_all(tracks.iter().copied());
        let touched: HashSet<AlbumKey> = tracks.iter().filter_map(|t| album(t)).collect();
        for key in touched {
            let ids = self.plan.albums.get(&key).into_iter().flatten().copied();
            let mut tracks = self.records.catalog.get_all(ids);
            tracks.retain(|t| t.playable());
            let all_heard = tracks.iter().all(|t| Task::Sound.is_done(t));
            let all_said = tracks.iter().all(|t| t.album_gain_from == Some(GainSource::Tags));
            if !all_heard || all_said {
                continue;
            }
            let mut whole = Blocks::default();
            for track in &tracks {
                let row = self.records.store.load_analysis(&sound::key(track)).await?;
                if let Some(blocks) = row.and_then(|row| Blocks::from_bytes(&row.blocks)) {
                    whole.join(&blocks);
                }
            }
            let Some(gain) = whole.gain_db() else { continue };
            for track in tracks.iter().filter(|t| t.album_gain_from != Some(GainSource::Tags)) {
                self.records.find(track.id, |t| {
                    t.album_gain_db = Some(gain);
                    t.album_peak = Some(whole.peak());
                    t.album_gain_from = Some(GainSource::Measured);
                });
            }
        }
        Ok(())
    }
}

/// The loudness that a tag states, where it is far from what is heard.
fn wrong_gain(track: &TrackRow, blocks: &Blocks) -> Option<String> {
    let stated = track.track_gain_db.filter(|_| track.track_gain_from == Some(GainSource::Tags))?;
    let off = stated - blocks.gain_db()?;
    (off.abs() > MOST_GAIN_OFF_DB).then(|| format!("its loudness tag is {off:+.0} dB from what is measured"))
}

fn set_gain(track: &mut TrackRow, blocks: &Blocks) {
    track.loudness_lufs = blocks.loudness().map(|lufs| lufs as f32);
    if track.track_gain_from == Some(GainSource::Tags) {
        return;
    }
    track.track_gain_db = blocks.gain_db();
    track.track_gain_from = track.track_gain_db.map(|_| GainSource::Measured);
    track.track_peak = Some(blocks.peak());
}

/// Without what an earlier look said of its picture.
fn forget_picture(track: &mut TrackRow) {
    let Some(old) = track.warning.as_deref().filter(|w| w.contains(NOT_SHOWN)) else { return };
    let kept: Vec<&str> = old.split("; ").filter(|part| !part.contains(NOT_SHOWN)).collect();
    track.warning = (!kept.is_empty()).then(|| kept.join("; ").into());
}

/// Each of several, since a scan may have said some of them.
fn add_warnings(track: &mut TrackRow, warnings: Option<&str>) {
    for warning in warnings.iter().flat_map(|all| all.split("; ")) {
        add_warning(track, Some(warning.to_owned()));
    }
}

fn add_warning(track: &mut TrackRow, warning: Option<String>) {
    let Some(new) = warning else { return };
    track.warning = Some(match &track.warning {
        Some(old) if old.contains(&new) => Text::clone(old),
        Some(old) => format!("{old}; {new}").into(),
        None => new.into(),
    });
}
