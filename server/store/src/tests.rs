use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{ffi::OsStringExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use downbeat_protocol::{
    Frames, SpeakerId, TrackId, ZoneId, handshake::SpeakerClass, server_message::ChannelRole, volume::Volume,
};

use downbeat_zone::{Part, Track};
use sqlx::{Sqlite, Transaction};

use super::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn speaker(name: &str) -> SpeakerRow {
    SpeakerRow {
        id: SpeakerId::random(),
        name: name.into(),
        class: SpeakerClass::Browser,
        zone: ZoneId::DEFAULT,
        volume: Volume::clamped(33.3),
        muted: true,
        output_delay_us: -1_500,
        min_volume: Volume::clamped(0.0),
        max_volume: Volume::FULL,
        channels: ChannelRole::Swapped,
        labels: BTreeMap::new(),
        first_seen: instant("2026-01-02T03:04:05.000000678Z"),
        last_seen: instant("2026-02-03T04:05:06Z"),
        settings: r#"{"a":1}"#.into(),
    }
}

fn track(path: impl Into<PathBuf>) -> TrackRow {
    let track = Track {
        id: TrackId::random(),
        hash: "ab".repeat(32),
        bytes: 1 << 40,
        available: true,
        format: "flac".into(),
        sample_rate: 192_000,
        frames: Frames(1 << 36),
        part: Some(Box::new(Part { number: 2, count: 9, first: Frames(588), file_frames: Frames(1 << 40) })),
        title: "Ære – 音".into(),
        artist: "An \"artist\"; DROP TABLE tracks".into(),
        album: "".into(),
        album_artist: "Various".into(),
        track_gain_db: Some(-7.25),
        track_peak: Some(0.5),
        album_gain_db: None,
        album_peak: Some(1.25),
        track_no: Some(3),
        disc_no: None,
        fault: None,
    };
    TrackRow {
        track: Arc::new(track),
        path: path.into(),
        mtime_ns: 1_700_000_000_123_456_789,
        inode: u64::MAX,
        channels: 2,
        sample_exact: true,
        artists: ["One".into(), "Two \"2\", 3".into()].into(),
        album_artists: [].into(),
        genre: "Polka".into(),
        genres: ["Polka".into()].into(),
        composer: "Strauß".into(),
        details: Details::none(),
        added: 1_700_000_001,
        modified: -5,
        track_gain_from: Some(GainSource::Tags),
        album_gain_from: Some(GainSource::Measured),
        loudness_lufs: Some(-11.5),
        cover: Some("cd".repeat(32).into()),
        done: 5,
        year: Some(1999),
        warning: Some("shorter than it says".into()),
        scan_version: 7,
        source: None,
        sheet: Some("own".into()),
    }
}

fn sorted(mut tracks: Vec<TrackRow>) -> Vec<TrackRow> {
    tracks.sort_by_key(|t| t.id);
    tracks
}

#[tokio::test]
async fn a_new_store_has_the_default_zone_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("made/on/demand")).await.unwrap();
    let zones = store.load_zones().await.unwrap();
    assert_eq!(zones.len(), 1);
    assert_eq!((zones[0].id, zones[0].name.as_str()), (ZoneId::DEFAULT, "all"));
    assert_eq!((zones[0].volume, zones[0].muted, zones[0].revision), (Volume::FULL, false, 0));
    assert!(zones[0].open_to_guests, "until a person closes it");
    assert_eq!(store.load_speakers().await.unwrap(), []);
    assert_eq!(store.load_tracks().await.unwrap(), []);
}

#[tokio::test]
async fn everything_is_there_after_a_drop_without_close() {
    let dir = tempfile::tempdir().unwrap();
    let kitchen = speaker("kitchen");
    let zone = ZoneRow {
        id: ZoneId::random(),
        name: "Küche".into(),
        volume: Volume::clamped(0.1),
        muted: true,
        open_to_guests: false,
        session: r#"{"queue":[]}"#.into(),
        revision: 1 << 60,
    };
    let not_utf8 = PathBuf::from(std::ffi::OsString::from_vec(b"/music/\xff\xfe bad.flac".to_vec()));
    let broken = track("/music/b").with(|t| t.fault = Some("empty file".into()));
    let tracks = sorted(vec![track(not_utf8), broken, track("").with(|t| t.available = false)]);
    {
        let store = Store::open(dir.path()).await.unwrap();
        store.save_zone(&zone).await.unwrap();
        store.save_speaker(&kitchen).await.unwrap();
        store.save_tracks(&tracks).await.unwrap();
    }
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.load_speakers().await.unwrap(), [kitchen]);
    assert!(store.load_zones().await.unwrap().contains(&zone));
    // A track without a file has nothing to say of one.
    let mut expected = tracks;
    for t in expected.iter_mut().filter(|t| t.path.as_os_str().is_empty()) {
        (t.mtime_ns, t.inode) = (0, 0);
    }
    assert_eq!(sorted(store.load_tracks().await.unwrap()), expected);
}

#[tokio::test]
async fn speakers_are_replaced_and_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let mut s = speaker("old");
    store.save_speaker(&s).await.unwrap();
    s.name = "new".into();
    s.volume = Volume::clamped(71.0);
    store.save_speaker(&s).await.unwrap();
    assert_eq!(store.load_speakers().await.unwrap(), [s.clone()]);

    let gone = ZoneId::random();
    let error = store.save_speaker(&SpeakerRow { zone: gone, ..s.clone() }).await.unwrap_err();
    assert!(matches!(error, SpeakerError::NoSuchZone(zone) if zone == gone), "{error}");

    assert!(store.forget_speaker(s.id).await.unwrap());
    assert!(!store.forget_speaker(s.id).await.unwrap());
    assert_eq!(store.load_speakers().await.unwrap(), []);
}

#[tokio::test]
async fn zone_names_are_unique_and_a_deleted_zones_speakers_fall_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let zone = ZoneRow {
        id: ZoneId::random(),
        name: "Bar".into(),
        volume: Volume::FULL,
        muted: false,
        open_to_guests: true,
        session: String::new(),
        revision: 4,
    };
    store.save_zone(&zone).await.unwrap();
    let error =
        store.save_zone(&ZoneRow { id: ZoneId::random(), name: "bar".into(), ..zone.clone() }).await.unwrap_err();
    assert!(matches!(&error, ZoneError::NameTaken(name) if name == "bar"), "{error}");
    store.save_zone(&ZoneRow { revision: 5, ..zone.clone() }).await.unwrap();

    let s = SpeakerRow { zone: zone.id, ..speaker("s") };
    store.save_speaker(&s).await.unwrap();
    assert!(store.delete_zone(zone.id).await.unwrap());
    assert!(!store.delete_zone(zone.id).await.unwrap());
    assert_eq!(store.load_speakers().await.unwrap()[0].zone, ZoneId::DEFAULT);
    assert!(matches!(store.delete_zone(ZoneId::DEFAULT).await, Err(ZoneError::Default)));
    assert_eq!(store.load_zones().await.unwrap().len(), 1);
}

#[tokio::test]
async fn tracks_swap_and_take_over_paths() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let (a, b) = (track("/a"), track("/b"));
    store.save_tracks(&[a.clone(), b.clone()]).await.unwrap();

    let swapped = sorted(vec![a.clone().with(|t| t.path = "/b".into()), b.clone().with(|t| t.path = "/a".into())]);
    store.save_tracks(&swapped).await.unwrap();
    assert_eq!(sorted(store.load_tracks().await.unwrap()), swapped);

    // The file of a now lies where b's lay; b is kept, without a file.
    store.save_tracks(&[a.clone().with(|t| t.path = "/a".into())]).await.unwrap();
    let loaded = store.load_tracks().await.unwrap();
    let b_now = loaded.iter().find(|t| t.id == b.id).unwrap();
    assert!(b_now.path.as_os_str().is_empty() && !b_now.available);
    assert_eq!(loaded.iter().find(|t| t.id == a.id).unwrap().path, PathBuf::from("/a"));

    store.save_tracks(&[a.clone().with(|t| t.path = PathBuf::new())]).await.unwrap();
    assert!(store.load_tracks().await.unwrap().iter().all(|t| t.path.as_os_str().is_empty()));
}

#[tokio::test]
async fn a_batch_is_saved_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    sqlx::query("PRAGMA max_page_count = 40").execute(&store.0.writer).await.unwrap();
    let batch: Vec<_> = (0..2_000).map(|i| track(format!("/music/{i}"))).collect();
    let error = store.save_tracks(&batch).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("downbeat.db") && error.to_string().contains("full"), "{error}");
    assert_eq!(store.load_tracks().await.unwrap(), []);
    // The store goes on: what fits is saved.
    store.save_speaker(&speaker("fits")).await.unwrap();
    assert_eq!(store.load_speakers().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // Two stores on one file, as two processes would have, and eight tasks on each.
    let stores = [Store::open(dir.path()).await.unwrap(), Store::open(dir.path()).await.unwrap()];
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = stores[n % 2].clone();
        tasks.spawn(async move {
            for i in 0..10 {
                store.save_speaker(&speaker(&format!("{n}-{i}"))).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for store in &stores {
        assert_eq!(store.load_speakers().await.unwrap().len(), 160);
    }
}

#[tokio::test]
async fn reads_do_not_wait_for_a_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sqlx::query("UPDATE zones SET volume = 1").execute(&mut *tx).await.unwrap();
    assert_eq!(store.load_zones().await.unwrap()[0].volume, Volume::FULL);
    store.commit(tx).await.unwrap();
    assert_eq!(store.load_zones().await.unwrap()[0].volume, Volume::clamped(1.0));
}

#[tokio::test]
async fn what_is_set_waits_for_the_disk_and_what_is_found_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let (full, normal) = (2, 1);
    let safety = async |mut tx: Transaction<'static, Sqlite>| {
        let set: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *tx).await.unwrap();
        set
    };
    // On the same connection, in turns: nobody takes over what another said.
    for _ in 0..2 {
        assert_eq!(safety(store.write().await.unwrap()).await, full);
        assert_eq!(safety(store.write_findings().await.unwrap()).await, normal);
        store.save_tracks(&[track("/music/a")]).await.unwrap();
    }
}

const CHILD_DIR: &str = "DOWNBEAT_TEST_STORE_DIR";

/// Not a test by itself: the process that the next one kills.
#[tokio::test]
async fn child_that_saves_until_killed() {
    let Ok(dir) = std::env::var(CHILD_DIR) else { return };
    let store = Store::open(Path::new(&dir)).await.unwrap();
    for i in 0.. {
        let batch: Vec<_> = (0..20).map(|n| track(format!("/music/{i}/{n}"))).collect();
        store.save_tracks(&batch).await.unwrap();
        writeln!(std::io::stdout(), "answered {i}").unwrap();
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_in_the_middle_of_a_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::child_that_saves_until_killed", "--nocapture", "--test-threads", "1"])
        .env(CHILD_DIR, dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let answered = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.contains("answered"))
        .take(25)
        .count();
    assert_eq!(answered, 25);
    child.kill().unwrap();
    child.wait().unwrap();

    // As a backup would: only the database and its log, without the shared memory.
    let copy = tempfile::tempdir().unwrap();
    for name in ["downbeat.db", "downbeat.db-wal"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    for dir in [dir.path(), copy.path()] {
        let store = Store::open(dir).await.unwrap();
        let tracks = store.load_tracks().await.unwrap();
        assert!(tracks.len() >= 25 * 20, "{} tracks", tracks.len());
        assert_eq!(tracks.len() % 20, 0, "a batch was saved in part");
        let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(store.readers()).await.unwrap();
        assert_eq!(check, "ok");
        store.save_speaker(&speaker("after")).await.unwrap();
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (9999, 'of the future', '2030-01-01', 1, x'00', 0)")
        .execute(&store.0.writer)
        .await
        .unwrap();
    store.close().await;
    let error = Store::open(dir.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 9999, .. }), "{error}");
    assert!(error.to_string().contains("newer version") && error.to_string().contains("downbeat.db"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE_NAME), "this is no database".repeat(1_000)).unwrap();
    let error = Store::open(dir.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("downbeat.db"), "{error}");
}

#[tokio::test]
async fn a_damaged_database_is_an_error_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let batch: Vec<_> = (0..500).map(|i| track(format!("/music/{i}"))).collect();
    store.save_tracks(&batch).await.unwrap();
    store.close().await;
    let file = dir.path().join(FILE_NAME);
    let mut bytes = std::fs::read(&file).unwrap();
    let len = bytes.len();
    bytes[4096..].fill(0xa5);
    std::fs::write(&file, &bytes[..len - 1000]).unwrap();
    let error = match Store::open(dir.path()).await {
        Ok(store) => store.load_tracks().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    // /proc takes no new folders, not even from root.
    for folder in [file.as_path(), &file.join("below"), Path::new("/proc/downbeat-test")] {
        let error = Store::open(folder).await.unwrap_err();
        assert!(matches!(error, StoreError::Folder { .. }), "{error}");
        assert!(
            error.to_string().contains(folder.to_str().unwrap()) && error.to_string().contains("--data"),
            "{error}"
        );
    }
    std::fs::create_dir(dir.path().join(FILE_NAME)).unwrap();
    let error = Store::open(dir.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotWritable { .. }), "{error}");
}

#[tokio::test]
async fn a_read_only_folder_is_named_at_once() {
    let set_mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let (empty, used) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(Store::open(used.path()).await.unwrap());
    for entry in std::fs::read_dir(used.path()).unwrap() {
        set_mode(&entry.unwrap().path(), 0o444);
    }
    for dir in [empty.path(), used.path()] {
        set_mode(dir, 0o555);
        // Root writes anywhere; then there is nothing to refuse, and the store must simply open.
        let writable = std::fs::write(dir.join("probe"), "").is_ok();
        match Store::open(dir).await {
            Ok(_) => assert!(writable),
            Err(error) => {
                assert!(!writable && matches!(error, StoreError::NotWritable { .. }), "{error}");
                assert!(error.to_string().contains("downbeat.db"), "{error}");
            }
        }
        set_mode(dir, 0o755);
    }
}
