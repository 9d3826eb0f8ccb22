//! A program in ffmpeg's place that hangs, dies, fills the disk, writes rubbish or is not there; what is kept and what
//! gives way; files that are moved and changed.

use std::os::unix::fs::PermissionsExt as _;

use super::{
    turning::{all_turned, library_with, sound_of},
    *,
};
use crate::media_file::MediaFault;

/// A program that says that it is ffmpeg, and then does this.
fn fake(bench: &Bench, body: &str) -> PathBuf {
    let path = bench.data.path().join("ffmpeg");
    let text = format!("#!/bin/sh\nif [ \"$1\" = -version ]; then echo 'ffmpeg version 0-fake'; exit 0; fi\n{body}\n");
    // Written under another name first: a program that is open for writing cannot be begun.
    let new = bench.data.path().join("ffmpeg.new");
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&new, &path).unwrap();
    path
}

/// One that makes this fixture of every file.
fn maker(bench: &Bench, fixture: &str) -> PathBuf {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/fixtures").join(fixture);
    let log = bench.data.path().join("log");
    fake(bench, &format!("echo x >> {}; cp {} sound.flac", log.display(), fixture.display()))
}

/// How often it made something.
fn made(bench: &Bench) -> usize {
    fs::read_to_string(bench.data.path().join("log")).unwrap_or_default().lines().count()
}

fn wavpack(bench: &Bench, name: &str, seed: u8) -> PathBuf {
    let path = bench.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, [b"wvpk".as_slice(), &[seed; 1000]].concat()).unwrap();
    touch(&path);
    path
}

#[tokio::test]
async fn whatever_the_program_does_it_costs_one_file_and_the_fault_says_why() {
    for (body, reason) in [
        ("sleep 600 & sleep 600", "could not be converted: ffmpeg took longer than"),
        ("kill -SEGV $$", "could not be converted: ffmpeg failed on it (SIGSEGV)"),
        ("exit 3", "could not be converted: ffmpeg failed on it"),
        (
            "echo '[wv @ 0x1234] no\nx.wv: Invalid data found' >&2; exit 1",
            "could not be converted: ffmpeg says: Invalid data found",
        ),
        ("exec head -c 30000000 /dev/zero > sound.flac", "could not be converted: it would take more than 1 MB"),
        ("exit 0", "could not be converted: ffmpeg wrote nothing"),
        ("echo rubbish > sound.flac", "could not be converted: what ffmpeg wrote cannot be played"),
        ("mkdir sound.flac", "could not be converted: "),
        ("head -c 40000000 /dev/urandom >&2; exit 1", "could not be converted: ffmpeg"),
    ] {
        let bench = Bench::new();
        let path = wavpack(&bench, "a.wv", 1);
        let program = fake(&bench, body);
        let library = library_with(&bench, &program, |turn| {
            turn.cache_bytes = 1 << 20;
            // Only the one that hangs comes to this end.
            turn.least_time = if body.starts_with("sleep") { Duration::from_millis(100) } else { turn.least_time };
        })
        .await;
        let faulty = |catalog: &Catalog| {
            let track = catalog.at_path(&path);
            track.is_some_and(|t| t.fault.as_deref().is_some_and(|fault| fault.starts_with("could not be converted")))
        };
        let catalog = eventually(&library, faulty).await;
        let track = by_path(&catalog, &path);
        let fault = track.fault.as_deref().unwrap();
        assert!(fault.starts_with(reason), "{body}: {fault}");
        let folder = bench.data.path().join("turned");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{body}: nothing of it is left");
    }
}

#[tokio::test]
async fn a_wav_is_not_taken_for_flac() {
    let bench = Bench::new();
    wavpack(&bench, "a.wv", 1);
    let program = maker(&bench, "44100-stereo-16.wav");
    let library = library_with(&bench, &program, |_| {}).await;
    let catalog = eventually(&library, all_turned).await;
    let fault = catalog.all()[0].fault.clone().unwrap();
    assert_eq!(&*fault, "could not be converted: ffmpeg wrote something else than FLAC");
}

#[tokio::test]
async fn what_a_program_started_ends_with_it() {
    let bench = Bench::new();
    wavpack(&bench, "a.wv", 1);
    let pids = bench.data.path().join("pids");
    let program = fake(&bench, &format!("sleep 600 &\necho $! > {0}.new; mv {0}.new {0}; wait", pids.display()));
    let library = library_with(&bench, &program, |turn| turn.least_time = Duration::from_millis(200)).await;
    eventually(&library, all_turned).await;
    let Ok(text) = fs::read_to_string(&pids) else { return };
    let pid = nix::unistd::Pid::from_raw(text.trim().parse().unwrap());
    let gone = async {
        // It may be a zombie until somebody has taken note of its end.
        let is_there = || fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        while is_there() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone).await.expect("the child of the program is still there");
}

#[tokio::test]
async fn the_program_may_do_little_and_gets_one_file() {
    let bench = Bench::new();
    let path = wavpack(&bench, "a b'c.wv", 1);
    let out = bench.data.path().join("seen");
    let body = format!(
        "{{ ulimit -v; ulimit -f; ulimit -n; ulimit -t; nice; pwd; env | cut -d= -f1 | sort | tr '\\n' ' '; echo; \
         for word in \"$@\"; do echo \"$word\"; done; }} > {0}.new 2>&1; mv {0}.new {0}; exit 1",
        out.display()
    );
    let program = fake(&bench, &body);
    let library = library_with(&bench, &program, |turn| turn.cache_bytes = 1 << 20).await;
    eventually(&library, all_turned).await;
    let seen = fs::read_to_string(&out).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[..4], ["3145728", "2048", "64", "60"], "{seen}");
    assert_eq!(lines[4], "19", "{seen}");
    assert!(lines[5].starts_with(bench.data.path().join("turned").to_str().unwrap()), "{seen}");
    let known = ["HOME", "LC_ALL", "LD_LIBRARY_PATH", "OLDPWD", "PATH", "PWD", "SHLVL", "TMPDIR", "_"];
    assert!(lines[6].split_whitespace().all(|name| known.contains(&name)), "{seen}");
    let input = lines.iter().position(|word| *word == "-i").unwrap();
    assert_eq!(
        lines[input - 4..=input + 1],
        ["-protocol_whitelist", "file", "-f", "wv", "-i", &format!("file:{}", path.display())]
    );
    assert_eq!(
        lines.iter().filter(|word| word.contains('/')).count(),
        2,
        "the folder, the file, and nothing else: {seen}"
    );
}

#[tokio::test]
async fn a_full_disk_is_no_fault_of_the_file() {
    let bench = Bench::new();
    let path = wavpack(&bench, "a.wv", 1);
    let program = fake(&bench, "echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1");
    let library = library_with(&bench, &program, |_| {}).await;
    let later = "could not be converted: the disk is full. It will be tried again";
    let is_later = |catalog: &Catalog| catalog.at_path(&path).is_some_and(|t| t.fault.as_deref() == Some(later));
    let catalog = eventually(&library, is_later).await;
    assert_eq!(Turning::of(&by_path(&catalog, &path)), Some(Turning::Waits));
    // With the next start at once.
    drop(library);
    let program = maker(&bench, "44100-stereo-16.flac");
    let library = library_with(&bench, &program, |_| {}).await;
    let catalog = eventually(&library, |catalog| catalog.all().iter().any(|t| t.source.is_some())).await;
    assert!(by_path(&catalog, &path).playable());
}

#[tokio::test]
async fn without_ffmpeg_the_file_is_listed_with_the_command_and_plays_after_it_came_and_a_scan() {
    let bench = Bench::new();
    let path = wavpack(&bench, "a.wv", 1);
    let program = bench.data.path().join("ffmpeg");
    let library = library_with(&bench, &program, |_| {}).await;
    let needs = |catalog: &Catalog| {
        let track = catalog.at_path(&path);
        track.is_some_and(|t| t.fault.as_deref().is_some_and(|f| f.contains("sudo apt install ffmpeg")))
    };
    let catalog = eventually(&library, needs).await;
    assert_eq!(Turning::of(&by_path(&catalog, &path)), Some(Turning::NeedsFfmpeg));
    maker(&bench, "44100-stereo-16.flac");
    library.rescan();
    let catalog = eventually(&library, all_turned).await;
    let track = by_path(&catalog, &path);
    assert_eq!((track.frames.0, track.why_not()), (50_021, None));
    assert_eq!(library.turning().borrow().ffmpeg.as_deref(), Some("0-fake"));
    // Where it is off, the words say that.
    drop(library);
    fs::remove_dir_all(bench.data.path().join("turned")).unwrap();
    let path = wavpack(&bench, "b.wv", 2);
    let library = bench.library().await;
    let off = |catalog: &Catalog| catalog.at_path(&path).is_some_and(|t| t.fault.as_deref() == Some(crate::turn::OFF));
    eventually(&library, off).await;
}

#[tokio::test]
async fn what_gave_way_is_made_again_when_it_is_asked_for() {
    let bench = Bench::new();
    let (a, b) = (wavpack(&bench, "a.wv", 1), wavpack(&bench, "b.wv", 2));
    // Each its own fixture, by its name.
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/fixtures");
    let log = bench.data.path().join("log");
    let program = fake(
        &bench,
        &format!(
            "echo x >> {}; case \"$*\" in */a.wv*) cp {2}/gapless-a.flac sound.flac;; *) cp {2}/gapless-b.flac sound.flac;; esac; {1}",
            log.display(),
            "exit 0",
            fixtures.display()
        ),
    );
    let bytes = |name: &str| fs::metadata(fixtures.join(name)).unwrap().len();
    let most = bytes("gapless-a.flac").max(bytes("gapless-b.flac")) + 10;
    let library = library_with(&bench, &program, |turn| (turn.cache_bytes, turn.at_once) = (most, 1)).await;
    let catalog = eventually(&library, |catalog| catalog.len() == 2 && all_turned(catalog)).await;
    assert_eq!(made(&bench), 2);
    let (a, b) = (by_path(&catalog, &a), by_path(&catalog, &b));
    assert!(a.playable() && b.playable(), "both are known in full");
    assert!(sound_of(&library, &b).await.len() > 10_000);
    let mut turning = library.turning();
    turning.mark_unchanged();
    assert_eq!(library.open_media(&a.hash).await.unwrap_err(), MediaFault::Making);
    let again = async {
        while library.open_media(&a.hash).await.is_err() {
            turning.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_mins(1), again).await.expect("it was not made again");
    assert_eq!(made(&bench), 3);
    assert_eq!(library.open_media(&b.hash).await.unwrap_err(), MediaFault::Making);
    // A track that is wanted is made before somebody asks for its file.
    let again = async {
        while library.open_media(&b.hash).await.is_err() {
            turning.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_mins(1), again).await.expect("it was not made again");
    let (kept, bound) = library.turned_bytes();
    assert!(kept <= bound && bound == most);
}

#[tokio::test]
async fn a_turned_file_is_the_same_track_after_a_restart_a_move_and_a_change() {
    let bench = Bench::new();
    let path = wavpack(&bench, "a.wv", 1);
    let program = maker(&bench, "gapless-a.flac");
    let first = {
        let library = library_with(&bench, &program, |_| {}).await;
        let catalog = eventually(&library, all_turned).await;
        // Heard, and with a gain.
        all_done(&library).await;
        library.settle().await.unwrap();
        by_path(&catalog, &path)
    };
    assert_eq!((first.file_bytes(), first.file_format(), first.file_hash()), (1004, "wv", hash_of(&path).as_str()));
    let moved = bench.path("b.wv");
    {
        let library = library_with(&bench, &program, |_| {}).await;
        library.fulfilled(1).await;
        let track = by_path(&library.catalog().snapshot(), &path);
        assert_eq!((track.id, &track.hash, track.frames), (first.id, &first.hash, first.frames));
        assert!(track.track_gain_db.is_some() && track.playable());
        fs::rename(&path, &moved).unwrap();
        let catalog = rescan(&library).await;
        let track = by_path(&catalog, &moved);
        assert_eq!((track.id, &track.hash, track.why_not()), (first.id, &first.hash, None));
        assert_eq!(made(&bench), 1, "neither costs work");
    }
    let program = maker(&bench, "gapless-b.flac");
    let library = library_with(&bench, &program, |_| {}).await;
    library.fulfilled(1).await;
    wavpack(&bench, "b.wv", 9);
    library.rescan();
    let changed =
        |catalog: &Catalog| catalog.at_path(&moved).is_some_and(|t| t.source.is_some() && t.hash != first.hash);
    let catalog = eventually(&library, changed).await;
    let track = by_path(&catalog, &moved);
    assert_eq!((track.id, track.file_hash()), (first.id, hash_of(&moved).as_str()));
    assert!(track.playable());
    // It is gone, and comes back.
    fs::remove_file(&moved).unwrap();
    rescan(&library).await;
    assert_eq!(library.catalog().get(first.id).unwrap().why_not(), Some("the file is not there"));
}

#[tokio::test]
async fn what_is_wanted_comes_first() {
    let bench = Bench::new();
    for i in 0..6_u8 {
        wavpack(&bench, &format!("{i}.wv"), i);
    }
    // Until the gate is there nothing is made.
    let (gate, order) = (bench.data.path().join("gate"), bench.data.path().join("order"));
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/fixtures/gapless-a.flac");
    let body = format!(
        "until [ -e {} ]; do sleep 0.02; done; for w in \"$@\"; do case $w in file:/*) echo $w >> {};; esac; done; cp {} sound.flac",
        gate.display(),
        order.display(),
        fixture.display()
    );
    let program = fake(&bench, &body);
    let library = library_with(&bench, &program, |turn| turn.at_once = 1).await;
    library.fulfilled(1).await;
    let catalog = library.catalog().snapshot();
    let wanted: Vec<_> = ["4.wv", "3.wv"].iter().map(|name| by_path(&catalog, &bench.path(name))).collect();
    library.want(wanted.iter().map(|track| &**track));
    fs::write(&gate, "").unwrap();
    eventually(&library, |catalog| catalog.len() == 6 && all_turned(catalog)).await;
    let order = fs::read_to_string(&order).unwrap();
    let names: Vec<&str> = order.lines().map(|line| line.rsplit('/').next().unwrap()).collect();
    let at = |name: &str| names.iter().position(|n| *n == name).unwrap();
    // One may have been begun before they were asked for.
    assert!(at("4.wv") <= 1 && at("3.wv") == at("4.wv") + 1, "{names:?}");
    assert_eq!(names.len(), 6);
}
