use std::os::unix::fs::PermissionsExt as _;

use lofty::{
    config::WriteOptions,
    file::TaggedFileExt as _,
    tag::{Accessor as _, ItemKey, Tag, TagExt as _},
};

use super::*;

#[tokio::test]
async fn every_format_is_listed_with_its_hash_and_length() {
    let bench = Bench::new();
    let cases = [
        ("44100-stereo-16.flac", "flac", 44_100, 2, true),
        ("44100-stereo-16.wav", "wav", 44_100, 2, true),
        ("44100-mono-16.aiff", "aiff", 44_100, 1, true),
        ("44100-stereo-cbr-lame.mp3", "mp3", 44_100, 2, true),
        ("48000-mono-cbr-notag.mp3", "mp3", 48_000, 1, false),
        ("44100-stereo.ogg", "ogg", 44_100, 2, true),
        ("48000-stereo.opus", "opus", 48_000, 2, true),
        ("44100-stereo-alac.m4a", "m4a", 44_100, 2, true),
        ("44100-stereo-aac.m4a", "m4a", 44_100, 2, true),
        ("44100-mono-adts.aac", "aac", 44_100, 1, false),
    ];
    for (file, ..) in cases {
        bench.fixture(file, file);
    }
    let library = bench.library().await;
    let status = library.status();
    assert_eq!((status.running, status.found, status.done, status.failed), (false, 10, 10, 0));
    assert!(status.started_at.is_some() && status.finished_at >= status.started_at);
    for (file, format, sample_rate, channels, exact) in cases {
        let path = bench.path(file);
        let catalog = library.catalog();
        let track = by_path(&catalog, &path);
        assert!(track.playable(), "{file}: {:?}", track.fault);
        assert_eq!((&*track.format, track.sample_rate, track.channels), (format, sample_rate, channels), "{file}");
        assert_eq!(track.sample_exact, exact, "{file}");
        assert_eq!(track.hash, hash_of(&path), "{file}");
        assert_eq!(track.bytes, fs::metadata(&path).unwrap().len());
        assert!(track.duration_seconds() > 0.1, "{file}");
        assert_eq!(catalog.path_of_hash(&track.hash), Some(path));
    }
    let stated = hound::WavReader::open(bench.path("44100-stereo-16.wav")).unwrap().duration();
    assert_eq!(by_path(&library.catalog(), &bench.path("44100-stereo-16.wav")).frames, Frames(i64::from(stated)));
}

#[tokio::test]
async fn every_usual_ending_is_looked_at() {
    let bench = Bench::new();
    let cases = [
        ("44100-stereo-aac.m4a", "book.m4b", "m4a"),
        ("odd/mpeg-layer-2.mp2", "radio.mp2", "mp2"),
        ("44100-mono-16.aiff", "a.aifc", "aiff"),
        ("44100-mono-16.aiff", "a.aif", "aiff"),
        ("44100-stereo-16.wav", "A.WAVE", "wav"),
        ("44100-stereo.ogg", "a.ogx", "ogg"),
        ("44100-stereo.ogg", "a.oga", "ogg"),
    ];
    for (fixture, name, _) in cases {
        bench.fixture(fixture, name);
    }
    let library = bench.library().await;
    for (_, name, format) in cases {
        let catalog = library.catalog();
        let track = by_path(&catalog, &bench.path(name));
        assert!(track.playable(), "{name}: {:?}", track.fault);
        assert_eq!(&*track.format, format, "{name}");
    }
}

#[tokio::test]
async fn what_was_thrown_away_is_no_music() {
    let bench = Bench::new();
    for folder in ["#recycle", "$RECYCLE.BIN", "@Recycle", "a/@eaDir", "#snapshot", "lost+found", "a/#recycle/b"] {
        bench.wav(&format!("{folder}/deleted.wav"), 1, 1_000);
    }
    bench.wav("a/recycle/kept.wav", 2, 1_000);
    // A file is no folder.
    bench.wav("@tmp.wav", 3, 1_000);
    let library = bench.library().await;
    assert_eq!(library.status().found, 2);
    assert!(by_path(&library.catalog(), &bench.path("a/recycle/kept.wav")).playable());
}

#[tokio::test]
async fn what_cannot_be_played_is_listed_with_the_reason() {
    let bench = Bench::new();
    let good = bench.wav("good.wav", 1, 1_000);
    fs::write(bench.path("empty.flac"), "").unwrap();
    fs::write(bench.path("text.mp3"), "this is a letter, not music\n".repeat(100)).unwrap();
    fs::write(bench.path("zeros.ogg"), vec![0; 100_000]).unwrap();
    let flac = fs::read(bench.fixture("44100-stereo-16.flac", "whole.flac")).unwrap();
    fs::write(bench.path("stump.flac"), &flac[..20]).unwrap();
    fs::write(bench.path("cut.flac"), &flac[..flac.len() / 2]).unwrap();
    fs::copy(&good, bench.path("really-a-wav.mp3")).unwrap();
    let secret = bench.wav("secret.wav", 2, 1_000);
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o0)).unwrap();
    let readable = fs::File::open(&secret).is_ok(); // root reads everything

    let library = bench.library().await;
    let catalog = library.catalog();
    let track = |name: &str| by_path(&catalog, &bench.path(name));
    for name in ["empty.flac", "text.mp3", "zeros.ogg", "stump.flac"] {
        let track = track(name);
        assert!(!track.playable() && track.available, "{name}");
        assert!(track.fault.as_ref().is_some_and(|f| f.len() > 10), "{name}: {:?}", track.fault);
        assert_eq!((track.frames, &*track.title), (Frames(0), name.split('.').next().unwrap()));
    }
    assert_eq!(track("empty.flac").fault.as_deref(), Some("the file is empty"));
    let misnamed = track("really-a-wav.mp3");
    assert_eq!((misnamed.playable(), &*misnamed.format), (true, "wav"), "content decides");
    let cut = track("cut.flac");
    assert!(cut.playable() && cut.warning.is_some(), "{cut:?}");
    assert!(cut.frames < track("whole.flac").frames);
    assert!(track("good.wav").warning.is_none());
    let failed = 4 + u64::from(!readable);
    assert_eq!((library.status().found, library.status().done, library.status().failed), (9, 9, failed));

    let hidden = track("secret.wav");
    assert_eq!(hidden.playable(), readable);
    if !readable {
        assert!(hidden.fault.as_ref().unwrap().contains("may not read"), "{:?}", hidden.fault);
    }
    // Permission alone changes neither size nor time, and is noticed all the same.
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let after = rescan(&library).await;
    assert!(by_path(&after, &secret).playable());
    assert_eq!(by_path(&after, &secret).id, hidden.id);
    assert_eq!(library.status().failed, 4, "also counted when unchanged");
}

#[tokio::test]
async fn tags_are_read_and_a_retagged_file_keeps_its_id() {
    let bench = Bench::new();
    let path = bench.fixture("44100-stereo-16.flac", "a/01 - the name.flac");
    let retag = |title: &str| {
        let mut file = lofty::read_from_path(&path).unwrap();
        let mut tag = Tag::new(file.primary_tag_type());
        tag.set_title(title.into());
        tag.set_album("Album".into());
        tag.set_track(7);
        tag.set_disk(2);
        tag.insert_text(ItemKey::TrackArtist, "One".into());
        tag.push(lofty::tag::TagItem::new(ItemKey::TrackArtist, lofty::tag::ItemValue::Text("Two\n".into())));
        tag.insert_text(ItemKey::AlbumArtist, "Various".into());
        tag.insert_text(ItemKey::Genre, "Polka".into());
        tag.insert_text(ItemKey::RecordingDate, "1987-05-01".into());
        let picture = lofty::picture::Picture::unchecked(vec![7; 8 << 20]).mime_type(lofty::picture::MimeType::Png);
        tag.push_picture(picture.pic_type(lofty::picture::PictureType::CoverFront).build());
        file.clear();
        tag.save_to_path(&path, WriteOptions::default()).unwrap();
        touch(&path);
    };
    let library = bench.library().await;
    let before = Arc::clone(&library.catalog().list()[0]);
    let titled = before.title.clone();
    assert!(!titled.is_empty());

    retag(" The\0 Title ");
    let catalog = rescan(&library).await;
    let track = &catalog.list()[0];
    assert_eq!(catalog.list().len(), 1);
    assert_eq!((track.id, track.frames), (before.id, before.frames));
    assert_ne!(track.hash, before.hash);
    assert_eq!(track.hash, hash_of(&path));
    assert_eq!((&*track.artist, &*track.album), ("One, Two", "Album"));
    assert_eq!((&*track.album_artist, &*track.genre), ("Various", "Polka"));
    assert_eq!((track.track_no, track.disc_no, track.year), (Some(7), Some(2), Some(1987)));
    assert!(!track.title.contains('\0') && track.title.starts_with("The"), "{:?}", track.title);

    retag("");
    assert_eq!(rescan(&library).await.list()[0].title.as_ref(), "01 - the name");
}

#[tokio::test]
async fn a_rescan_of_unchanged_files_reads_and_changes_nothing() {
    let bench = Bench::new();
    let path = bench.wav("a/b/c/deep.wav", 1, 1_000);
    bench.wav("top.wav", 2, 1_000);
    let library = bench.library().await;
    all_done(&library).await;
    let before = library.catalog().snapshot();

    // Other bytes of the same size and time: whoever read them would know.
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let version = library.catalog().version();
    let after = rescan(&library).await;
    assert_eq!(library.catalog().version(), version, "nothing was announced");
    assert_eq!(before.list(), after.list());
    drop(library);

    // The same after a restart.
    let again = bench.library().await;
    assert_eq!(again.catalog().list(), before.list());
    assert_eq!(again.status().done, 2);
}

#[tokio::test]
async fn known_tracks_are_there_before_the_first_scan() {
    let bench = Bench::new();
    bench.wav("a.wav", 1, 1_000);
    let library = bench.library().await;
    all_done(&library).await;
    let before = library.catalog().snapshot();
    drop(library);
    let library = bench.library_while_scanning().await;
    assert_eq!(library.catalog().list(), before.list());
}

#[tokio::test]
async fn a_moved_file_keeps_its_id_and_a_copy_gets_its_own() {
    let bench = Bench::new();
    let (a, b) = (bench.wav("a.wav", 1, 1_000), bench.wav("b.wav", 2, 1_000));
    let library = bench.library().await;
    let before = library.catalog().snapshot();
    let (id_a, id_b) = (by_path(&before, &a).id, by_path(&before, &b).id);

    let moved = bench.path("new folder/ä.wav");
    fs::create_dir(moved.parent().unwrap()).unwrap();
    fs::rename(&a, &moved).unwrap();
    fs::copy(&b, bench.path("copy.wav")).unwrap();
    let after = rescan(&library).await;
    assert_eq!(after.list().len(), 3);
    assert_eq!(by_path(&after, &moved).id, id_a);
    assert_eq!(by_path(&after, &b).id, id_b);
    let copy = by_path(&after, &bench.path("copy.wav"));
    assert!(copy.id != id_a && copy.id != id_b);
    assert_eq!(after.with_hash(&copy.hash).len(), 2, "two tracks share one hash");

    // Two swap their names; ids follow the bytes, in the store, too.
    let middle = bench.path("middle");
    fs::rename(&moved, &middle).unwrap();
    fs::rename(&b, &moved).unwrap();
    fs::rename(&middle, &b).unwrap();
    rescan(&library).await;
    // Work in the background that is still to come would tell one list from the other.
    all_done(&library).await;
    let swapped = library.catalog().snapshot();
    assert_eq!((by_path(&swapped, &b).id, by_path(&swapped, &moved).id), (id_a, id_b));
    drop(library);
    assert_eq!(bench.library().await.catalog().list(), swapped.list());
}

#[tokio::test]
async fn a_file_moved_over_another_takes_its_place_and_the_other_is_kept_without_a_file() {
    let bench = Bench::new();
    let (a, b) = (bench.wav("a.wav", 1, 1_000), bench.wav("b.wav", 2, 1_000));
    let library = bench.library().await;
    let (id_a, id_b) = (by_path(&library.catalog(), &a).id, by_path(&library.catalog(), &b).id);
    fs::rename(&b, &a).unwrap();
    let after = rescan(&library).await;
    assert_eq!(by_path(&after, &a).id, id_b);
    let lost = after.get(id_a).unwrap();
    assert!(!lost.playable() && lost.path.as_os_str().is_empty());
    // Its bytes turn up again, much later: it is the same track.
    drop(library);
    let back = bench.wav("back.wav", 1, 1_000);
    let library = bench.library().await;
    assert_eq!(by_path(&library.catalog(), &back).id, id_a);
    assert_eq!(library.catalog().list().len(), 2);
}

#[tokio::test]
async fn a_file_that_vanished_is_kept_as_unavailable_and_comes_back() {
    let bench = Bench::new();
    let path = bench.wav("folder/a.wav", 1, 1_000);
    bench.wav("stays.wav", 2, 1_000);
    let library = bench.library().await;
    let id = by_path(&library.catalog(), &path).id;

    let away = tempfile::tempdir().unwrap();
    fs::rename(bench.path("folder"), away.path().join("folder")).unwrap();
    let gone = rescan(&library).await;
    let track = gone.get(id).unwrap();
    assert!(!track.available && !track.playable() && track.fault.is_none());
    assert_eq!(gone.path_of_hash(&track.hash), None);
    assert_eq!((gone.list().len(), library.status().found), (2, 1));
    drop(library);
    let library = bench.library().await;
    assert!(!library.catalog().get(id).unwrap().available, "also after a restart");

    fs::rename(away.path().join("folder"), bench.path("folder")).unwrap();
    assert!(rescan(&library).await.get(id).unwrap().playable());
}

#[tokio::test]
async fn strange_names_survive() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let bench = Bench::new();
    let source = bench.wav("a.wav", 1, 1_000);
    let long = format!("{}.wav", "ü".repeat(125));
    let names: [&OsStr; 5] = [
        OsStr::from_bytes(b"\xff\xfe\x80 bad.wav"),
        OsStr::new(&long),
        OsStr::new("new\nline \"quoted\" ' ; %2e%2e.wav"),
        OsStr::new(" .wav"),
        OsStr::new("音楽.WAV"),
    ];
    for name in names {
        fs::copy(&source, bench.music.path().join(name)).unwrap();
    }
    let library = bench.library().await;
    all_done(&library).await;
    let before = library.catalog().snapshot();
    drop(library);
    assert_eq!(before.list().len(), 6);
    assert!(before.list().iter().all(|t| t.playable()));
    let library = bench.library().await;
    assert_eq!(library.catalog().list(), before.list(), "found again by their very bytes");
}

#[tokio::test]
async fn a_folder_that_is_none_is_named_at_start() {
    let bench = Bench::new();
    let store = Store::open(bench.data.path()).await.unwrap();
    let good = bench.music.path().to_owned();
    let file = bench.wav("a.wav", 1, 10);
    let missing = bench.path("not here");
    let error = start(store.clone(), vec![good.clone(), missing.clone()]).await.unwrap_err();
    assert!(matches!(&error, LibraryError::NoSuchFolder { path } if *path == missing), "{error}");
    assert!(error.to_string().contains("not here") && error.to_string().contains("--music"), "{error}");
    let error = start(store, vec![good, file]).await.unwrap_err();
    assert!(matches!(error, LibraryError::NotAFolder { .. }), "{error}");
}

#[tokio::test]
async fn what_cannot_be_saved_is_shown_and_saved_later() {
    let bench = Bench::new();
    let store = Store::open(bench.data.path()).await.unwrap();
    for i in 0..60 {
        bench.wav(&format!("{}-{i}.wav", "long".repeat(50)), i, 10);
    }
    store.limit_pages(1).await; // no page beyond those in use
    let library = start(store.clone(), vec![bench.music.path().to_owned()]).await.unwrap();
    let status = library.fulfilled(1).await;
    assert!(status.fault.as_ref().is_some_and(|f| f.contains("full")), "{status:?}");
    assert_eq!(library.catalog().list().len(), 60, "shown all the same");
    assert_eq!(store.load_tracks().await.unwrap().len(), 0);

    store.limit_pages(100_000).await;
    let shown = rescan(&library).await;
    assert_eq!(library.status().fault, None);
    // the hashes follow meanwhile
    let facts = |c: &Catalog| c.list().iter().map(|t| (t.id, t.path.clone(), t.frames)).collect::<Vec<_>>();
    assert_eq!(facts(&Catalog::new(store.load_tracks().await.unwrap())), facts(&shown));
}

#[tokio::test]
async fn the_scanner_ends_with_the_last_handle_even_in_the_middle_of_a_scan() {
    let bench = Bench::new();
    for i in 0..200 {
        bench.wav(&format!("{i}.wav"), i, 5_000);
    }
    let library = bench.library_while_scanning().await;
    let mut status = library.changed();
    status.wait_for(|s| s.done > 0).await.unwrap();
    let second = library.clone();
    drop(library);
    second.fulfilled(0).await;
    drop(second);
    // The channel closes when the scanner's end of it is gone.
    let closed = async { while status.changed().await.is_ok() {} };
    tokio::time::timeout(Duration::from_mins(1), closed).await.expect("the scanner went on");
    // And what is in the store is whole.
    let library = bench.library().await;
    assert_eq!(library.catalog().list().len(), 200);
}

#[tokio::test]
async fn a_music_folder_has_one_name_however_it_is_written() {
    let bench = Bench::new();
    let path = bench.wav("a/a.wav", 1, 1_000);
    let music = bench.music.path();
    let mut ids = Vec::new();
    for written in ["", "/", "/.", "//./", "/a/..", "/a/../"] {
        let folder = PathBuf::from(format!("{}{written}", music.display()));
        let library = start(Store::open(bench.data.path()).await.unwrap(), vec![folder]).await.unwrap();
        library.fulfilled(1).await;
        assert_eq!(library.folders(), [music], "{written:?}");
        ids.push(by_path(&library.catalog(), &path).id);
        library.scan_part(&music.join("a/../a/")).unwrap();
        assert!(library.store().folder_at(music).await.unwrap().is_some());
        assert_eq!(library.catalog().len(), 1);
    }
    assert!(ids.windows(2).all(|w| w[0] == w[1]), "one track throughout: {ids:?}");
}
