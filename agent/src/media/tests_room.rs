//! The cache on disks that are small, full, or filled by others; files larger than its room.

use std::{
    io::{Cursor, Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use downbeat_host::files::Space;
use downbeat_protocol::PlanEntry;
use proptest::prelude::*;
use tokio::{task::spawn_blocking, time::timeout};

use super::{
    test_server::{Fault, TestServer, noise},
    tests::{DEADLINE, MB, Rig, decode, fixtures, names, settings},
    *,
};

/// Bytes of all files in a folder.
fn bytes_in(dir: &Path) -> u64 {
    names(dir).iter().filter_map(|name| std::fs::metadata(dir.join(name)).ok()).map(|file| file.len()).sum()
}

/// A disk of `total` bytes, of which others have so many.
fn disk(total: u64, others: &Arc<AtomicU64>) -> impl Fn(&Path) -> std::io::Result<Space> + Send + Sync + 'static {
    let others = Arc::clone(others);
    move |dir| Ok(Space { total, free: total.saturating_sub(bytes_in(dir) + others.load(Ordering::Relaxed)) })
}

async fn small(limit: usize) -> Rig {
    Rig::with(TestServer::start().await, limit as u64, settings())
}

/// Reads to the end, a little at a time; the most bytes that were on the disk meanwhile.
async fn read_watched(rig: &Rig, entry: &PlanEntry) -> (Vec<u8>, u64) {
    let (mut reader, dir) = (rig.cache.reader(entry).unwrap(), rig.dir.path().to_owned());
    let work = spawn_blocking(move || {
        let (mut all, mut most, mut part) = (Vec::new(), 0, vec![0; 50_000]);
        loop {
            let n = reader.read(&mut part).unwrap();
            most = most.max(bytes_in(&dir));
            if n == 0 {
                return (all, most);
            }
            all.extend_from_slice(&part[..n]);
        }
    });
    timeout(DEADLINE, work).await.expect("it hangs").unwrap()
}

#[tokio::test]
async fn a_file_larger_than_the_limit_plays_and_is_not_kept() {
    let rig = small(4 * MB).await;
    let bytes = noise(13 * MB + 17, 1);
    let entry = rig.server.serve(bytes.clone());
    let (read, most) = read_watched(&rig, &entry).await;
    assert!(read == bytes, "other bytes");
    assert!(most <= 4 * MB as u64, "{most} bytes on the disk");
    assert!(rig.server.requests().len() < 60, "{} requests", rig.server.requests().len());
    rig.until("gone", |c| c.status(&entry.hash) == FileStatus::Absent).await;
    let dir = rig.dir.path().to_owned();
    rig.until("deleted", |_| names(&dir).is_empty()).await;
}

#[tokio::test]
async fn a_file_without_even_a_small_window_is_refused() {
    let rig = small(MB).await;
    let entry = rig.server.serve(noise(3 * MB, 2));
    let mut reader = rig.cache.reader(&entry).unwrap();
    let error = spawn_blocking(move || reader.read(&mut [0; 10]).unwrap_err());
    let error = timeout(DEADLINE, error).await.expect("it hangs").unwrap();
    assert_eq!(FetchError::of(&error).map(FetchError::code), Some("cache_full"));
    let text = error.to_string();
    assert!(text.contains("--keep-free") && text.contains("--cache-limit"), "{text}");
}

#[tokio::test]
async fn a_file_larger_than_the_room_is_not_fetched_ahead() {
    let rig = small(4 * MB).await;
    let (large, next) = (rig.server.serve(noise(6 * MB, 3)), rig.server.serve(noise(MB, 4)));
    rig.cache.prefetch(&[large.clone(), next.clone()]);
    rig.until_complete(&next).await;
    assert!(rig.server.requests().iter().all(|(hash, _)| *hash == next.hash), "{:?}", rig.server.requests());
    let bytes = noise(6 * MB, 3);
    assert!(rig.read(&large).await == Ok(bytes), "and plays when its time has come");
    rig.until("gone, though planned", |c| c.stats().bytes == MB as u64).await;
}

/// Real files of several formats, each larger than the smallest window; MP4 with its index at the end.
fn large_files() -> Vec<(&'static str, Vec<u8>)> {
    let fixture = |name: &str| std::fs::read(fixtures().join(name)).unwrap();
    let mut wav = fixture("44100-stereo-16.wav");
    let data = wav[44..].repeat(60);
    wav.truncate(44);
    wav.extend(&data);
    let length = wav.len() as u32;
    wav[4..8].copy_from_slice(&(length - 8).to_le_bytes());
    wav[40..44].copy_from_slice(&(length - 44).to_le_bytes());
    let mut mp4 = fixture("44100-stereo-aac.m4a");
    let moov = mp4.windows(4).position(|w| w == b"moov").unwrap() - 4;
    assert!(mp4.windows(4).position(|w| w == b"mdat").unwrap() < moov, "the index is at the end");
    let mut free = (5 * MB as u32).to_be_bytes().to_vec();
    free.extend(b"free");
    free.resize(5 * MB, 0);
    mp4.splice(moov..moov, free);
    let mut flac = fixture("44100-stereo-16.flac");
    // a block of padding behind the STREAMINFO
    let mut padding = vec![1];
    padding.extend(&(5 * MB as u32).to_be_bytes()[1..]);
    padding.resize(4 + 5 * MB, 0);
    flac.splice(42..42, padding);
    vec![
        ("wav", wav),
        ("mp4", mp4),
        ("flac", flac),
        ("mp3", fixture("48000-mono-cbr-notag.mp3").repeat(300)),
        ("adts", fixture("44100-mono-adts.aac").repeat(200)),
    ]
}

#[tokio::test]
async fn the_sound_through_a_window_is_that_of_the_file() {
    for (format, bytes) in large_files() {
        let rig = small(4 * MB).await;
        assert!(bytes.len() > 9 * MB / 2, "{format}: {}", bytes.len());
        let entry = rig.server.serve(bytes.clone());
        let reader = rig.cache.reader(&entry).unwrap();
        let sound = timeout(DEADLINE, spawn_blocking(move || decode(Box::new(reader)))).await;
        let right = decode(Box::new(Cursor::new(bytes)));
        assert!(sound.expect("it hangs").unwrap() == right, "{format}");
        assert!(right.len() > 40_000, "{format}: {}", right.len());
    }
}

#[tokio::test]
async fn what_plays_and_what_comes_next_both_play_though_neither_fits() {
    let rig = small(8 * MB).await;
    let old = rig.server.serve(noise(3 * MB, 5));
    rig.read(&old).await.unwrap();
    rig.until_complete(&old).await;
    let files: Vec<_> = [9, 10].into_iter().map(|n| noise(n * MB, n as u64)).collect();
    let plan: Vec<_> = files.iter().map(|bytes| rig.server.serve(bytes.clone())).collect();
    rig.cache.prefetch(&plan);
    // both open at once, and read in turns
    let mut readers: Vec<_> = plan.iter().map(|entry| rig.cache.reader(entry).unwrap()).collect();
    let work = spawn_blocking(move || {
        let mut read = vec![Vec::new(); 2];
        let mut part = vec![0; 100_000];
        while read.iter().zip([9, 10]).any(|(r, n)| r.len() < n * MB) {
            for (reader, read) in readers.iter_mut().zip(&mut read) {
                let n = reader.read(&mut part).unwrap();
                read.extend_from_slice(&part[..n]);
            }
        }
        read
    });
    assert!(timeout(DEADLINE, work).await.expect("it hangs").unwrap() == files, "other bytes");
    assert_eq!(rig.cache.status(&old.hash), FileStatus::Absent, "nobody needed it");
}

#[tokio::test]
async fn a_next_file_that_does_not_fit_beside_the_present_one_plays() {
    let rig = small(8 * MB).await;
    let (now, next) = (rig.server.serve(noise(5 * MB, 7)), rig.server.serve(noise(6 * MB, 8)));
    rig.cache.prefetch(&[now.clone(), next.clone()]);
    let playing = rig.cache.reader(&now).unwrap();
    rig.until_complete(&now).await;
    assert!(rig.read(&next).await == Ok(noise(6 * MB, 8)), "beside it");
    drop(playing);
    rig.cache.prefetch(std::slice::from_ref(&next));
    rig.until_complete(&next).await;
}

#[tokio::test]
async fn two_readers_of_one_file_share_its_window() {
    let rig = small(4 * MB).await;
    let bytes = noise(9 * MB, 9);
    let entry = rig.server.serve(bytes.clone());
    let (this, next) = (rig.cache.reader(&entry).unwrap(), rig.cache.reader(&entry).unwrap());
    let work = spawn_blocking(move || {
        let [mut this, mut next] = [this, next];
        let mut beginning = vec![0; 300_000];
        next.read_exact(&mut beginning).unwrap();
        let mut all = Vec::new();
        this.read_to_end(&mut all).unwrap();
        // the next lap begins where it was primed
        next.read_to_end(&mut beginning).unwrap();
        (all, beginning)
    });
    let (all, again) = timeout(DEADLINE, work).await.expect("it hangs").unwrap();
    assert!(all == bytes && again == bytes);
}

#[tokio::test]
async fn a_server_that_ignores_ranges_plays_a_large_file_in_one_reply() {
    let rig = small(4 * MB).await;
    let bytes = noise(9 * MB, 10);
    let entry = rig.server.serve(bytes.clone());
    rig.server.fault(&[Fault::Whole; 50]);
    let (read, most) = read_watched(&rig, &entry).await;
    assert!(read == bytes, "other bytes");
    assert!(most <= 4 * MB as u64, "{most}");
    assert_eq!(rig.server.requests().len(), 1, "it waits for the reader");
}

#[tokio::test]
async fn pieces_that_somebody_deletes_come_again() {
    let rig = small(4 * MB).await;
    let bytes = noise(9 * MB, 11);
    let entry = rig.server.serve(bytes.clone());
    let (mut reader, dir) = (rig.cache.reader(&entry).unwrap(), rig.dir.path().to_owned());
    let work = spawn_blocking(move || {
        let mut all = vec![0; 1_000_000];
        reader.read_exact(&mut all).unwrap();
        for name in names(&dir) {
            let _ = std::fs::remove_file(dir.join(name));
        }
        reader.read_to_end(&mut all).unwrap();
        all
    });
    assert!(timeout(DEADLINE, work).await.expect("it hangs").unwrap() == bytes, "other bytes");
}

#[tokio::test]
async fn a_small_disk_keeps_half_of_its_room_for_others() {
    let none = Arc::new(AtomicU64::new(0));
    let rig = Rig::on_disk(TestServer::start().await, CacheSettings::default(), settings(), disk(24 << 20, &none));
    assert_eq!(rig.cache.stats().room, 12 << 20);
    let plan: Vec<_> = (20..26).map(|seed| rig.server.serve(noise(5 * MB, seed))).collect();
    for n in 0..plan.len() {
        rig.cache.prefetch(&plan[n..]);
        let (read, most) = read_watched(&rig, &plan[n]).await;
        assert!(read == noise(5 * MB, 20 + n as u64), "other bytes");
        assert!(most <= 12 << 20, "{most} bytes");
    }
    let larger = rig.server.serve(noise(30 * MB, 30));
    let (read, most) = read_watched(&rig, &larger).await;
    assert!(read.len() == 30 * MB && most <= 12 << 20, "{most} bytes");
}

#[tokio::test]
async fn the_cache_gives_way_when_others_fill_the_disk() {
    let others = Arc::new(AtomicU64::new(0));
    let keep = CacheSettings { keep_free: KeepFree::Bytes(4 << 20), ..CacheSettings::default() };
    let rig = Rig::on_disk(TestServer::start().await, keep, settings(), disk(40 << 20, &others));
    let files: Vec<_> = (40..45).map(|seed| rig.server.serve(noise(4 * MB, seed))).collect();
    for file in &files {
        rig.read(file).await.unwrap();
        rig.until_complete(file).await;
    }
    rig.cache.prefetch(&files[..1]);
    others.store(20 << 20, Ordering::Relaxed);
    // the next look
    let one_more = rig.server.serve(noise(MB, 46));
    rig.read(&one_more).await.unwrap();
    rig.until_complete(&one_more).await;
    assert_eq!(rig.cache.stats().room, 16 << 20);
    assert!(bytes_in(rig.dir.path()) <= 16 << 20);
    assert_eq!(rig.cache.status(&files[0].hash), FileStatus::Complete, "planned");
}

#[tokio::test]
async fn a_file_that_comes_in_goes_on_by_a_window_when_others_fill_the_disk() {
    let others = Arc::new(AtomicU64::new(0));
    let keep = CacheSettings { keep_free: KeepFree::Bytes(MB as u64), ..CacheSettings::default() };
    let server = TestServer::start_gated().await;
    let rig = Rig::on_disk(server, keep, settings(), disk(40 << 20, &others));
    let bytes = noise(24 * MB, 50);
    let entry = rig.server.serve(bytes.clone());
    let mut reader = rig.cache.reader(&entry).unwrap();
    // pieces of 16 KiB
    rig.server.inner.pieces.add_permits(8 * 64);
    let work = spawn_blocking(move || {
        let mut all = vec![0; 3 * MB];
        reader.read_exact(&mut all).unwrap();
        (reader, all)
    });
    let (mut reader, mut all) = timeout(DEADLINE, work).await.expect("it hangs").unwrap();
    others.store(30 << 20, Ordering::Relaxed);
    rig.server.let_flow();
    let dir = rig.dir.path().to_owned();
    rig.until("the cache gave way", |_| bytes_in(&dir) <= 9 << 20).await;
    let work = spawn_blocking(move || {
        reader.read_to_end(&mut all).unwrap();
        (reader, all)
    });
    let (_reader, all) = timeout(DEADLINE, work).await.expect("it hangs").unwrap();
    assert!(all == bytes, "other bytes");
    assert!(bytes_in(rig.dir.path()) <= 9 << 20);
    let FileStatus::Partial { have, .. } = rig.cache.status(&entry.hash) else { panic!("not kept") };
    assert!(have <= 9 << 20, "{have}");
}

#[tokio::test]
async fn a_disk_that_refuses_costs_old_files_and_then_a_window_is_tried() {
    let rig = small(100 * MB).await;
    let old = rig.server.serve(noise(MB, 60));
    rig.read(&old).await.unwrap();
    rig.until_complete(&old).await;
    let bytes = noise(12 * MB, 61);
    let entry = rig.server.serve(bytes.clone());
    // the file that would be whole is on a full disk
    std::os::unix::fs::symlink("/dev/full", rig.dir.path().join(format!("{}.2.part", entry.hash))).unwrap();
    assert!(rig.read(&entry).await == Ok(bytes), "other bytes");
    assert_eq!(rig.cache.status(&old.hash), FileStatus::Absent);
    assert!(rig.cache.stats().room < 12 * MB as u64, "believed for a while");
    assert!(Path::new("/dev/full").exists());
}

#[tokio::test]
async fn a_limit_below_what_is_kept_takes_the_longest_unused_at_the_start() {
    let rig = small(100 * MB).await;
    let files: Vec<_> = (70..74).map(|seed| rig.server.serve(noise(MB, seed))).collect();
    for (n, file) in files.iter().enumerate() {
        rig.read(file).await.unwrap();
        rig.until_complete(file).await;
        let kept = std::fs::File::open(rig.dir.path().join(&file.hash)).unwrap();
        let day = std::time::UNIX_EPOCH + std::time::Duration::from_hours(24 * (1000 + n as u64));
        kept.set_modified(day).unwrap();
    }
    rig.cache.close();
    let less = CacheSettings { limit: 2 * MB as u64, keep_free: KeepFree::Bytes(0) };
    let again = MediaCache::open(rig.dir.path(), less).unwrap();
    let running = tokio::spawn(again.fetcher(settings()).run());
    rig.until("less", |_| again.stats().bytes == 2 * MB as u64).await;
    let dir = rig.dir.path().to_owned();
    rig.until("deleted", |_| bytes_in(&dir) == 2 * MB as u64).await;
    assert_eq!(again.status(&files[3].hash), FileStatus::Complete, "used last");
    again.close();
    timeout(DEADLINE, running).await.unwrap().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_reader_that_jumps_around_in_a_window_gets_the_right_bytes(
        length in 5 * MB..9 * MB,
        jumps in prop::collection::vec((0.0f64..1.05, 1usize..1_000_000), 1..20),
        cuts in prop::collection::vec((0u8..4, 0usize..600_000), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let rig = small(4 * MB).await;
            let bytes = noise(length, length as u64);
            let entry = rig.server.serve(bytes.clone());
            rig.server.fault(&cuts.iter().map(|(kind, n)| match kind {
                0 => Fault::Whole,
                1 => Fault::Status(503),
                _ => Fault::CutAfter(*n),
            }).collect::<Vec<_>>());
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
            assert!(rig.cache.stats().bytes <= 4 * MB as u64);
        });
    }
}
