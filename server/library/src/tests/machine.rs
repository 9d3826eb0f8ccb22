//! Faults of the machine: what could not be looked at stays as it is known.

use std::{fs::File, process::Command};

use nix::{
    errno::Errno,
    sys::resource::{Resource, getrlimit, setrlimit},
};

use super::*;
use crate::machine::faults;

/// The tracks as they are known: path, playable, hash.
fn known(library: &Library) -> Vec<(PathBuf, bool, String)> {
    let mut all: Vec<_> =
        library.catalog().all().iter().map(|t| (t.path.clone(), t.playable(), t.hash.clone())).collect();
    all.sort();
    all
}

/// In a process of its own: the limit is one of the whole process.
#[test]
fn a_scan_that_may_open_no_more_files_changes_nothing_and_says_what_to_do() {
    const CHILD: &str = "DOWNBEAT_TEST_WITHOUT_FILES";
    if std::env::var_os(CHILD).is_none() {
        let name = "tests::machine::a_scan_that_may_open_no_more_files_changes_nothing_and_says_what_to_do";
        let child = Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(CHILD, "1").output();
        let child = child.unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        return;
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(without_files());
}

async fn without_files() {
    let bench = Bench::new();
    for i in 0..5 {
        bench.wav(&format!("a/{i}.wav"), i, 1_000);
    }
    let library = bench.library().await;
    let before = known(&library);
    assert!(before.len() == 5 && before.iter().all(|(_, playable, _)| *playable));
    // One is new, one was touched: both would have to be opened.
    bench.wav("new.wav", 9, 1_000);
    touch(&bench.path("a/1.wav"));
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, 100, hard).unwrap();
    let mut held = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        held.push(file);
    }
    rescan(&library).await;
    assert_eq!(known(&library), before);
    let fault = library.status().fault.unwrap();
    assert!(fault.contains("LimitNOFILE") && fault.contains("kept"), "{fault}");
    // So it is with a part, and with a file alone.
    library.scan_part(&bench.path("a")).unwrap();
    library.suspect(&bench.path("a/2.wav"));
    rescan(&library).await;
    assert_eq!(known(&library), before);
    drop(held);
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard).unwrap();
    rescan(&library).await;
    assert_eq!((known(&library).len(), library.status().fault), (6, None));
}

#[tokio::test]
async fn a_folder_that_fails_costs_itself_and_its_tracks_are_kept() {
    for code in [Errno::EIO, Errno::ESTALE, Errno::EACCES, Errno::ENOTCONN] {
        let bench = Bench::new();
        for (i, name) in ["bad/deep/1.wav", "bad/2.wav", "good/3.wav", "good/4.wav"].into_iter().enumerate() {
            bench.wav(name, i as i16, 1_000 + i as u32);
        }
        let library = bench.library().await;
        let ids: Vec<_> = known(&library);
        assert_eq!(ids.len(), 4);
        faults::set(&bench.path("bad"), code as i32);
        // News of the rest is told all the same.
        fs::remove_file(bench.path("good/3.wav")).unwrap();
        bench.wav("good/5.wav", 9, 1_234);
        // A move out of the folder that fails is a copy for now.
        let after = rescan(&library).await;
        let there = |name: &str| by_path(&after, &bench.path(name)).playable();
        assert!(there("bad/deep/1.wav") && there("bad/2.wav") && there("good/4.wav") && there("good/5.wav"), "{code}");
        assert!(!there("good/3.wav"), "{code}");
        let fault = library.status().fault.unwrap();
        assert!(fault.contains(bench.path("bad").to_str().unwrap()), "{code}: {fault}");
        faults::set(&bench.path("bad"), 0);
        fs::remove_file(bench.path("bad/2.wav")).unwrap();
        let after = rescan(&library).await;
        assert_eq!(library.status().fault, None, "{code}");
        assert!(!by_path(&after, &bench.path("bad/2.wav")).playable(), "{code}: now it is known");
    }
}

#[tokio::test]
async fn a_file_that_fails_while_it_is_read_stays_as_it_is_known() {
    for code in [Errno::EIO, Errno::ESTALE, Errno::ENOMEM, Errno::ENFILE] {
        let bench = Bench::new();
        let path = bench.wav("a.wav", 1, 1_000);
        let library = bench.library().await;
        let id = by_path(&library.catalog(), &path).id;
        bench.wav("a.wav", 2, 2_000);
        let new = bench.wav("new.wav", 3, 3_000);
        faults::set(&path, code as i32);
        faults::set(&new, code as i32);
        rescan(&library).await;
        let track = library.catalog().get(id).unwrap();
        assert!(track.playable() && track.frames == Frames(1_000), "{code}: {track:?}");
        assert_eq!(library.catalog().len(), 1, "{code}: of the new one nothing is known");
        assert!(library.status().fault.is_some(), "{code}");
        faults::set(&path, 0);
        faults::set(&new, 0);
        let after = rescan(&library).await;
        assert_eq!((by_path(&after, &path).id, by_path(&after, &path).frames), (id, Frames(2_000)), "{code}");
        assert!(by_path(&after, &new).playable() && library.status().fault.is_none(), "{code}");
    }
}

#[tokio::test]
async fn a_file_that_the_machine_does_not_give_is_not_said_to_be_gone() {
    use crate::media_file::MediaFault;
    let bench = Bench::new();
    let path = bench.wav("a.wav", 1, 1_000);
    let library = bench.library().await;
    hash_all(&library).await;
    let hash = by_path(&library.catalog(), &path).hash.clone();
    for code in [Errno::EMFILE, Errno::EIO, Errno::ESTALE] {
        faults::set(&path, code as i32);
        assert_eq!(library.open_media(&hash).await.unwrap_err(), MediaFault::Machine, "{code}");
        faults::set(&path, Errno::EACCES as i32);
        assert_eq!(library.open_media(&hash).await.unwrap_err(), MediaFault::Unavailable, "{code}");
        faults::set(&path, 0);
        assert!(library.open_media(&hash).await.is_ok(), "{code}");
    }
}

#[tokio::test]
async fn a_music_folder_that_is_not_there_is_kept_until_somebody_asks_for_it_by_name() {
    let bench = Bench::new();
    let other = tempfile::tempdir().unwrap();
    let disk = other.path().join("disk");
    fs::create_dir(&disk).unwrap();
    fs::copy(bench.wav("a.wav", 1, 1_000), disk.join("b.wav")).unwrap();
    let store = Store::open(bench.data.path()).await.unwrap();
    let library = start(store, vec![bench.music.path().to_owned(), disk.clone()]).await.unwrap();
    library.fulfilled(1).await;
    hash_all(&library).await;
    let playable = || by_path(&library.catalog(), &disk.join("b.wav")).playable();
    let away = other.path().join("away");
    fs::rename(&disk, &away).unwrap();
    rescan(&library).await;
    assert!(playable(), "it is not there");
    assert!(library.status().fault.unwrap().contains("mounted"));
    fs::create_dir(&disk).unwrap();
    rescan(&library).await;
    assert!(playable(), "it is empty, and another one");
    library.suspect(&disk.join("b.wav"));
    rescan(&library).await;
    assert!(playable(), "also if a speaker could not fetch it");
    library.scan_part(&disk).unwrap();
    // Requests are fulfilled one after the other.
    let mut changed = library.changed();
    while playable() {
        changed.changed().await.unwrap();
    }
    fs::remove_dir(&disk).unwrap();
    fs::rename(&away, &disk).unwrap();
    rescan(&library).await;
    assert!(playable(), "it is back");
    // Emptied while somebody watches: the folder is the one that was walked.
    fs::remove_file(disk.join("b.wav")).unwrap();
    rescan(&library).await;
    assert!(!playable());
}
