//! The cache, the fetcher and its readers together, over real sockets.

use std::{
    io::{Read, Seek, SeekFrom},
    path::Path,
    time::Duration,
};

use proptest::prelude::*;
use tempfile::TempDir;
use tokio::{task::spawn_blocking, time::timeout};

use super::{
    test_server::{Fault, TestServer, noise, plan_entry},
    *,
};
use crate::coordinator::reconnect::BackoffSettings;
use downbeat_host::files::Space;
use downbeat_protocol::PlanEntry;

pub(super) const MB: usize = 1 << 20;
/// Generous: it only ends a test that hangs.
pub(super) const DEADLINE: Duration = Duration::from_mins(1);

pub(super) fn settings() -> FetchSettings {
    FetchSettings {
        pace_bytes_per_second: 0,
        backoff: BackoffSettings {
            first: Duration::from_millis(1),
            max: Duration::from_millis(5),
            ..Default::default()
        },
        ..Default::default()
    }
}

pub(super) struct Rig {
    pub(super) server: TestServer,
    pub(super) cache: MediaCache,
    pub(super) dir: TempDir,
}

impl Rig {
    pub(super) async fn new() -> Self {
        Self::with(TestServer::start().await, DEFAULT_CACHE_LIMIT, settings())
    }

    pub(super) fn with(server: TestServer, limit: u64, settings: FetchSettings) -> Self {
        let endless = |_: &Path| Ok(Space { total: u64::MAX, free: 1 << 60 });
        Self::on_disk(server, CacheSettings { limit, keep_free: KeepFree::Bytes(0) }, settings, endless)
    }

    pub(super) fn on_disk(
        server: TestServer,
        bounds: CacheSettings,
        settings: FetchSettings,
        disk: impl Fn(&Path) -> std::io::Result<Space> + Send + Sync + 'static,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = MediaCache::open_on(dir.path(), bounds, disk).unwrap();
        cache.set_source(&server.url(), None);
        tokio::spawn(cache.fetcher(settings).run());
        Self { server, cache, dir }
    }

    /// All bytes of the entry, as a reader gets them, or the code of its failure.
    pub(super) async fn read(&self, entry: &PlanEntry) -> Result<Vec<u8>, &'static str> {
        let mut reader = self.cache.reader(entry).map_err(|e| e.code())?;
        let work = spawn_blocking(move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes).map_err(|e| FetchError::of(&e).expect("a reason").code())
        });
        timeout(DEADLINE, work).await.expect("it hangs").unwrap()
    }

    pub(super) async fn until(&self, what: &str, mut met: impl FnMut(&MediaCache) -> bool) {
        let wait = async {
            while !met(&self.cache) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        assert!(timeout(DEADLINE, wait).await.is_ok(), "never: {what}");
    }

    pub(super) async fn until_complete(&self, entry: &PlanEntry) {
        self.until("complete", |c| c.status(&entry.hash) == FileStatus::Complete).await;
    }

    pub(super) fn files(&self) -> Vec<String> {
        names(self.dir.path())
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.cache.close();
    }
}

pub(super) fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_is_read_while_it_comes_then_kept_under_its_hash() {
    let rig = Rig::new().await;
    let bytes = noise(3 * MB + 17, 1);
    let entry = rig.server.serve(bytes.clone());
    assert_eq!(rig.cache.status(&entry.hash), FileStatus::Absent);
    assert_eq!(rig.read(&entry).await, Ok(bytes.clone()));
    rig.until_complete(&entry).await;
    assert_eq!(rig.files(), std::slice::from_ref(&entry.hash));
    assert_eq!(std::fs::read(rig.dir.path().join(&entry.hash)).unwrap(), bytes);
    assert_eq!(rig.server.requests(), [(entry.hash.clone(), 0)], "one request");
    assert_eq!(rig.read(&entry).await, Ok(bytes), "and again from the cache");
    assert_eq!(rig.server.requests().len(), 1);
    assert_eq!(rig.cache.stats(), CacheStats { files: 1, bytes: entry.bytes, room: DEFAULT_CACHE_LIMIT });
}

#[tokio::test]
async fn faults_of_the_server_are_survived_and_the_transfer_resumes() {
    let rig = Rig::new().await;
    for (n, faults) in [
        vec![Fault::CutAfter(300_000), Fault::CutAfter(0), Fault::CutAfter(500_000)],
        vec![Fault::Status(503), Fault::Status(500), Fault::Status(429)],
        vec![Fault::Whole],
        vec![Fault::CutAfter(300_000), Fault::Whole],
        vec![Fault::TooMuch],
        vec![Fault::Whole, Fault::TooMuch],
        vec![Fault::Wrong],
        vec![Fault::CutAfter(300_000), Fault::Wrong],
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = noise(MB, n as u64);
        let entry = rig.server.serve(bytes.clone());
        rig.server.fault(&faults);
        let wrong = faults.iter().any(|f| matches!(f, Fault::Wrong));
        rig.cache.prefetch(std::slice::from_ref(&entry));
        rig.until_complete(&entry).await;
        assert_eq!(rig.read(&entry).await, Ok(bytes), "{faults:?}");
        let first: Vec<_> =
            rig.server.requests().into_iter().filter(|(h, _)| *h == entry.hash).map(|(_, p)| p).collect();
        if n == 0 {
            // What the server had not flushed when it broke off is lost.
            assert!(first.len() == 4 && first[1] > 200_000 && first[3] > 400_000, "it goes on where it was: {first:?}");
        }
        assert!(first.len() > 1 || !wrong, "wrong bytes are fetched again: {first:?}");
        rig.server.inner.faults.lock().unwrap().clear();
    }
    assert!(rig.files().iter().all(|f| !f.contains("part")), "{:?}", rig.files());
}

#[tokio::test]
async fn what_cannot_be_had_is_said_with_a_code() {
    let rig = Rig::with(TestServer::start().await, MB as u64, settings());
    assert_eq!(rig.read(&plan_entry(b"nobody has this")).await, Err("fetch_failed"));

    let bytes = noise(300_000, 5);
    let entry = rig.server.serve(bytes.clone());
    rig.server.fault(&[Fault::Status(503); 8]);
    assert_eq!(rig.read(&entry).await, Err("fetch_failed"), "eight attempts are enough");
    assert_eq!(rig.read(&entry).await, Ok(bytes), "who asks again gets another try");

    let entry = rig.server.serve(noise(300_000, 6));
    rig.server.fault(&[Fault::Longer]);
    assert_eq!(rig.read(&entry).await, Err("length_mismatch"));

    let mut entry = plan_entry(b"");
    entry.hash = "../../etc/passwd".into();
    assert_eq!(rig.read(&entry).await, Err("bad_entry"));

    let entry = rig.server.serve(noise(11 * MB, 7));
    assert_eq!(rig.read(&entry).await, Err("cache_full"));
}

#[tokio::test]
async fn a_redirect_is_followed_to_the_coordinator_itself_only() {
    let rig = Rig::new().await;
    let bytes = noise(300_000, 9);
    let entry = rig.server.serve(bytes.clone());
    let itself = "0.0.0.0:0".parse().unwrap();
    rig.server.fault(&[Fault::On(itself), Fault::On(rig.server.address)]);
    assert_eq!(rig.read(&entry).await, Ok(bytes));
    assert_eq!(rig.server.requests().len(), 3);

    let elsewhere = TestServer::start().await;
    let entry = elsewhere.serve(noise(300_000, 10));
    let mut reader = rig.cache.reader(&entry).unwrap();
    rig.server.fault(&[Fault::On(elsewhere.address)]);
    let error = spawn_blocking(move || reader.read(&mut [0; 10]).unwrap_err());
    let error = timeout(DEADLINE, error).await.expect("it hangs").unwrap();
    assert_eq!(FetchError::of(&error).map(FetchError::code), Some("fetch_failed"));
    let (text, to) = (error.to_string(), elsewhere.url());
    assert!(text.contains(&to) && text.contains("--server"), "{text}");
    assert!(elsewhere.requests().is_empty(), "nobody else is asked");

    let entry = rig.server.serve(noise(300_000, 11));
    rig.server.fault(&[Fault::On(itself); 9]);
    assert_eq!(rig.read(&entry).await, Err("fetch_failed"), "round in a circle");
}

#[tokio::test]
async fn wrong_bytes_twice_are_a_hash_mismatch() {
    let rig = Rig::new().await;
    let entry = rig.server.serve(noise(300_000, 8));
    rig.server.fault(&[Fault::Wrong, Fault::Wrong]);
    rig.cache.prefetch(std::slice::from_ref(&entry));
    rig.until("a fault", |c| c.fault(&entry.hash).is_some()).await;
    assert_eq!(rig.cache.fault(&entry.hash).unwrap().code(), "hash_mismatch");
    assert_eq!(rig.server.requests().len(), 2, "fetched once again, and no more");
    assert!(!rig.files().contains(&entry.hash), "wrong bytes never get the name");
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let rig = Rig::new().await;
    let entry = rig.server.serve(Vec::new());
    assert_eq!(rig.read(&entry).await, Ok(Vec::new()));
    rig.until_complete(&entry).await;
}

#[tokio::test]
async fn a_reader_that_jumps_gets_its_bytes_first() {
    let rig = Rig::with(TestServer::start_gated().await, DEFAULT_CACHE_LIMIT, settings());
    let bytes = noise(8 * MB, 9);
    let entry = rig.server.serve(bytes.clone());
    let mut reader = rig.cache.reader(&entry).unwrap();
    rig.server.inner.pieces.add_permits(2);
    let head = spawn_blocking(move || {
        let mut head = [0; 1000];
        reader.read_exact(&mut head).unwrap();
        (reader, head)
    });
    let (mut reader, head) = timeout(DEADLINE, head).await.unwrap().unwrap();
    assert_eq!(head, bytes[..1000]);
    let tail = spawn_blocking(move || {
        let mut tail = Vec::new();
        reader.seek(SeekFrom::End(-1000)).unwrap();
        reader.read_to_end(&mut tail).unwrap();
        (reader, tail)
    });
    let at = entry.bytes - 1000;
    let server = rig.server.clone();
    rig.until("a request for the end", |_| server.requests().iter().any(|(_, p)| *p == at)).await;
    rig.server.inner.pieces.add_permits(2);
    let (mut reader, tail) = timeout(DEADLINE, tail).await.unwrap().unwrap();
    assert_eq!(tail, bytes[bytes.len() - 1000..]);
    let FileStatus::Partial { have, .. } = rig.cache.status(&entry.hash) else { panic!("not whole yet") };
    assert!(have < MB as u64, "{have} bytes: most of the file has not been waited for");
    rig.server.let_flow();
    let all = spawn_blocking(move || {
        let mut all = Vec::new();
        reader.seek(SeekFrom::Start(0)).unwrap();
        reader.read_to_end(&mut all).unwrap();
        all
    });
    assert!(timeout(DEADLINE, all).await.unwrap().unwrap() == bytes, "and the hole was filled");
    rig.until_complete(&entry).await;
}

#[tokio::test]
async fn a_demand_preempts_a_prefetch() {
    let rig = Rig::with(TestServer::start_gated().await, DEFAULT_CACHE_LIMIT, settings());
    let (ahead, now) = (rig.server.serve(noise(4 * MB, 10)), rig.server.serve(noise(MB, 11)));
    rig.cache.prefetch(std::slice::from_ref(&ahead));
    let server = rig.server.clone();
    rig.until("the prefetch", |_| server.requests().len() == 1).await;
    let reader = rig.cache.reader(&now).unwrap();
    rig.until("the demand", |_| server.requests().len() == 2).await;
    assert_eq!(server.requests()[1], (now.hash.clone(), 0), "not one byte of the other had come");
    rig.server.let_flow();
    rig.until_complete(&now).await;
    rig.until_complete(&ahead).await;
    drop(reader);
}

#[tokio::test]
async fn a_prefetch_keeps_to_its_pace_and_a_demand_does_not() {
    let slow = FetchSettings { pace_bytes_per_second: 200_000, lead_bytes: 8 << 20, ..settings() };
    let rig = Rig::with(TestServer::start().await, DEFAULT_CACHE_LIMIT, slow);
    let (ahead, now) = (rig.server.serve(noise(100_000, 12)), rig.server.serve(noise(4 * MB, 13)));
    let begin = tokio::time::Instant::now();
    rig.cache.prefetch(std::slice::from_ref(&ahead));
    rig.until_complete(&ahead).await;
    // 100 kB at 200 kB/s, less the burst of 50 ms and the last piece of 64 kB, which nothing follows.
    assert!(begin.elapsed() > Duration::from_millis(100), "{:?}", begin.elapsed());
    let begin = tokio::time::Instant::now();
    assert_eq!(rig.read(&now).await.map(|b| b.len()), Ok(4 * MB));
    assert!(begin.elapsed() < Duration::from_secs(15), "at the pace it would be 21 s: {:?}", begin.elapsed());
}

#[tokio::test]
async fn closing_wakes_a_blocked_reader() {
    let rig = Rig::with(TestServer::start_gated().await, DEFAULT_CACHE_LIMIT, settings());
    let entry = rig.server.serve(noise(MB, 14));
    let mut reader = rig.cache.reader(&entry).unwrap();
    let interrupt = reader.interrupt();
    let blocked = spawn_blocking(move || reader.read(&mut [0; 10]).unwrap_err());
    let server = rig.server.clone();
    rig.until("a request", |_| server.requests().len() == 1).await;
    interrupt.close();
    let error = timeout(DEADLINE, blocked).await.expect("still blocked").unwrap();
    assert_eq!(FetchError::of(&error), Some(&FetchError::Cancelled));
    rig.until("abandoned", |c| c.status(&entry.hash) == FileStatus::Absent).await;
    let dir = rig.dir.path().to_owned();
    rig.until("deleted", |_| names(&dir).is_empty()).await;
}

#[tokio::test]
async fn the_longest_unused_goes_when_room_is_needed_but_not_what_plays_or_is_planned() {
    let rig = Rig::with(TestServer::start().await, 3 * MB as u64, settings());
    let files: Vec<_> = (20..24).map(|seed| rig.server.serve(noise(MB, seed))).collect();
    for file in &files[..3] {
        assert!(rig.read(file).await.is_ok());
        rig.until_complete(file).await;
    }
    let playing = rig.cache.reader(&files[0]).unwrap();
    rig.cache.prefetch(&files[1..2]);
    assert!(rig.read(&files[3]).await.is_ok());
    rig.until_complete(&files[3]).await;
    assert_eq!(rig.cache.status(&files[2].hash), FileStatus::Absent, "neither playing nor planned");
    assert!(rig.files().len() == 3 && !rig.files().contains(&files[2].hash));
    assert!(rig.cache.stats().bytes <= 3 * MB as u64);
    drop(playing);
}

#[tokio::test]
async fn a_plan_larger_than_the_cache_keeps_what_comes_first() {
    let rig = Rig::with(TestServer::start().await, 3 * MB as u64, settings());
    let plan: Vec<_> = (30..36).map(|seed| rig.server.serve(noise(MB, seed))).collect();
    rig.cache.prefetch(&plan);
    for entry in &plan[..3] {
        rig.until_complete(entry).await;
    }
    rig.until("the fourth does not fit", |c| c.fault(&plan[3].hash).is_some()).await;
    assert_eq!(rig.cache.fault(&plan[3].hash).unwrap().code(), "cache_full");
    rig.cache.prefetch(&plan[1..]);
    rig.until_complete(&plan[3]).await;
    assert_eq!(rig.cache.status(&plan[0].hash), FileStatus::Absent, "played, so it made room");
    assert!(rig.read(&plan[5]).await.is_ok(), "and what is demanded takes the room of the plan's last");
}

#[tokio::test]
async fn a_restart_finds_the_files_and_drops_the_rest() {
    let bytes = noise(300_000, 40);
    let rig = Rig::new().await;
    let entry = rig.server.serve(bytes.clone());
    assert!(rig.read(&entry).await.is_ok());
    rig.until_complete(&entry).await;
    std::fs::write(rig.dir.path().join(format!("{}.3.part", "0".repeat(64))), b"half").unwrap();
    std::fs::write(rig.dir.path().join("README"), b"a person's").unwrap();
    rig.cache.close();

    let again = MediaCache::open(rig.dir.path(), CacheSettings::default()).unwrap();
    assert_eq!(again.status(&entry.hash), FileStatus::Complete);
    assert_eq!(rig.files(), sorted(vec!["README".into(), entry.hash.clone()]));
    let mut reader = again.reader(&entry).unwrap();
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    assert!(read == bytes, "without a fetcher, so from the disk");
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[tokio::test]
async fn a_cached_file_that_was_cut_or_deleted_is_fetched_again() {
    let rig = Rig::new().await;
    let bytes = noise(300_000, 41);
    let entry = rig.server.serve(bytes.clone());
    rig.cache.prefetch(std::slice::from_ref(&entry));
    rig.until_complete(&entry).await;
    std::fs::write(rig.dir.path().join(&entry.hash), b"cut").unwrap();
    assert_eq!(rig.read(&entry).await, Ok(bytes.clone()));
    rig.until_complete(&entry).await;
    std::fs::remove_file(rig.dir.path().join(&entry.hash)).unwrap();
    assert_eq!(rig.read(&entry).await, Ok(bytes));
}

/// Writes other bytes over some of a cached file, which keeps its length.
fn rot(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3].iter_mut().for_each(|b| *b ^= 0x55);
    std::fs::write(path, bytes).unwrap();
}

/// Reads the next thousand bytes.
async fn read_some(mut reader: CacheReader) -> CacheReader {
    let work = spawn_blocking(move || reader.read_exact(&mut [0; 1000]).map(|()| reader));
    timeout(DEADLINE, work).await.expect("it hangs").unwrap().unwrap()
}

#[tokio::test]
async fn a_file_that_rotted_since_the_last_run_is_healed_when_it_is_read() {
    let mut rig = Rig::new().await;
    let bytes = noise(MB, 1);
    let entry = rig.server.serve(bytes.clone());
    rig.read(&entry).await.unwrap();
    rig.until_complete(&entry).await;
    let path = rig.dir.path().join(&entry.hash);
    rig.cache.close();
    rot(&path);

    let again = MediaCache::open(rig.dir.path(), CacheSettings::default()).unwrap();
    let running = tokio::spawn(again.fetcher(settings()).run());
    // no coordinator yet: it is played as it is, and found out
    let reader = read_some(again.reader(&entry).unwrap()).await;
    rig.cache = again;
    rig.until("found out", |c| c.status(&entry.hash) != FileStatus::Complete).await;
    // who reads it goes on with what there is
    let mut reader = read_some(reader).await;
    rig.cache.prefetch(std::slice::from_ref(&entry));
    rig.cache.set_source(&rig.server.url(), None);
    rig.until_complete(&entry).await;
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    // and from then on has the right ones
    let rest = spawn_blocking(move || {
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).map(|_| rest)
    });
    assert_eq!(rest.await.unwrap().unwrap(), bytes[2000..]);
    assert_eq!(rig.server.requests().len(), 2);
    rig.cache.close();
    timeout(DEADLINE, running).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_plan_is_checked_before_it_is_played() {
    let mut rig = Rig::new().await;
    let plan: Vec<_> = (1..=3).map(|seed| rig.server.serve(noise(200_000, seed))).collect();
    rig.cache.prefetch(&plan);
    for entry in &plan {
        rig.until_complete(entry).await;
    }
    rig.cache.close();
    rot(&rig.dir.path().join(&plan[1].hash));

    let again = MediaCache::open(rig.dir.path(), CacheSettings::default()).unwrap();
    again.set_source(&rig.server.url(), None);
    tokio::spawn(again.fetcher(settings()).run());
    again.prefetch(&plan);
    rig.cache = again;
    rig.until("healed", |_| rig.server.requests().len() == 4).await;
    rig.until_complete(&plan[1]).await;
    assert_eq!(rig.read(&plan[1]).await, Ok(noise(200_000, 2)));
    assert_eq!(rig.server.requests().len(), 4, "the others were right");
}

#[tokio::test]
async fn what_is_here_of_a_plan() {
    use downbeat_protocol::report::{CacheState, PlanCache};
    let slow = FetchSettings { pace_bytes_per_second: 1, ..settings() };
    let rig = Rig::with(TestServer::start().await, DEFAULT_CACHE_LIMIT, slow);
    let whole = rig.server.serve(noise(1000, 1));
    rig.read(&whole).await.unwrap();
    rig.until_complete(&whole).await;
    let coming = rig.server.serve(noise(8 * MB, 2));
    let later = rig.server.serve(noise(1000, 3));
    // the same track again, as another entry
    let twice = PlanEntry { entry: downbeat_protocol::EntryId::random(), ..whole.clone() };
    let mut plan = vec![whole, coming.clone(), later, twice];
    rig.cache.prefetch(&plan);
    rig.until("a part of it", |c| matches!(c.status(&coming.hash), FileStatus::Partial { have, .. } if have > 0)).await;
    let told = rig.cache.plan_cache(&plan);
    assert_eq!((told.ready, told.partly, told.missing), (1, 1, 1), "files, each once");
    let states: Vec<_> = told.entries.iter().map(|e| e.state).collect();
    assert_eq!(states, [CacheState::Ready, CacheState::Partly, CacheState::Missing, CacheState::Ready]);
    assert_eq!(told.entries[3].entry, plan[3].entry);
    plan.extend(plan.clone());
    plan.extend(plan.clone());
    assert_eq!(rig.cache.plan_cache(&plan).entries.len(), PlanCache::MOST, "no more are told");
}

#[tokio::test]
async fn a_reader_waits_for_a_coordinator_to_come() {
    let server = TestServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let cache = MediaCache::open(dir.path(), CacheSettings::default()).unwrap();
    tokio::spawn(cache.fetcher(settings()).run());
    let rig = Rig { server, cache, dir };
    let bytes = noise(300_000, 42);
    let entry = rig.server.serve(bytes.clone());
    let mut reader = rig.cache.reader(&entry).unwrap();
    let read = spawn_blocking(move || {
        let mut all = Vec::new();
        reader.read_to_end(&mut all).map(|_| all)
    });
    rig.cache.set_source(&rig.server.url(), None);
    assert_eq!(timeout(DEADLINE, read).await.unwrap().unwrap().unwrap(), bytes);
}

/// The real files of each format.
pub(super) fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/fixtures")
}

/// All samples of a file, and those after a seek into its middle.
pub(super) fn decode(source: Box<dyn downbeat_media::MediaSource>) -> Vec<f32> {
    let mut decoder = downbeat_media::Decoder::open(source, "").unwrap();
    let total = decoder.info().stated_frames;
    let mut sound = Vec::new();
    while let Some(block) = decoder.next_block().unwrap() {
        sound.extend_from_slice(block);
    }
    decoder.seek(total.unwrap_or(10_000) / 2).unwrap();
    sound.extend_from_slice(decoder.next_block().unwrap().unwrap_or_default());
    sound
}

#[tokio::test]
async fn every_format_plays_while_it_comes_as_from_a_whole_file() {
    let dir = fixtures();
    let mut formats = 0;
    for name in names(&dir) {
        let ending = Path::new(&name).extension().and_then(|e| e.to_str()).unwrap_or_default();
        if !["flac", "mp3", "ogg", "opus", "wav", "aiff", "m4a", "aac"].contains(&ending) {
            continue;
        }
        formats += 1;
        let rig = Rig::with(TestServer::start_gated().await, DEFAULT_CACHE_LIMIT, settings());
        let bytes = std::fs::read(dir.join(&name)).unwrap();
        let entry = rig.server.serve(bytes.clone());
        let reader = rig.cache.reader(&entry).unwrap();
        let work = spawn_blocking(move || decode(Box::new(reader)));
        // Piece by piece, each only when the last was taken.
        let drip = async {
            loop {
                rig.server.inner.pieces.add_permits(1);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let sound = tokio::select! {
            sound = timeout(DEADLINE, work) => sound.expect("it hangs").unwrap(),
            () = drip => unreachable!("it never ends"),
        };
        assert!(sound == decode(Box::new(std::io::Cursor::new(bytes))), "{name}");
    }
    assert!(formats >= 8, "{formats}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_reader_that_jumps_around_gets_the_right_bytes(
        length in 1usize..2_000_000,
        jumps in prop::collection::vec((0.0f64..1.05, 1usize..400_000), 1..20),
        cuts in prop::collection::vec((0u8..4, 0usize..600_000), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let rig = Rig::new().await;
            let bytes = noise(length, length as u64);
            let entry = rig.server.serve(bytes.clone());
            rig.server.fault(&cuts.iter().map(|(kind, n)| match kind {
                0 => Fault::Whole,
                1 => Fault::Status(503),
                _ => Fault::CutAfter(*n),
            }).collect::<Vec<_>>());
            rig.cache.prefetch(std::slice::from_ref(&entry));
            let mut reader = rig.cache.reader(&entry).unwrap();
            let work = spawn_blocking(move || {
                for (at, n) in jumps {
                    let at = (at * length as f64) as usize;
                    reader.seek(SeekFrom::Start(at as u64)).unwrap();
                    let mut got = Vec::new();
                    (&mut reader).take(n as u64).read_to_end(&mut got).unwrap();
                    let from = at.min(length);
                    assert!(got == bytes[from..(from + n).min(length)], "{n} bytes from {at} of {length}");
                }
            });
            timeout(DEADLINE, work).await.expect("it hangs").unwrap();
            rig.until_complete(&entry).await;
        });
    }
}
