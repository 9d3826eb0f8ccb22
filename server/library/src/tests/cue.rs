use downbeat_store::GainSource;

use super::*;

/// A second, frames.
const SECOND: u32 = 44_100;

/// Tracks that begin at these seconds.
fn image(file: &str, seconds: &[u32]) -> String {
    let head = format!("PERFORMER \"The Band\"\r\nTITLE \"The Album\"\r\nREM DATE 1999\r\nFILE \"{file}\" WAVE\r\n");
    let song = |(number, second): (usize, &u32)| {
        format!("  TRACK {number:02} AUDIO\r\n    TITLE \"Song {number}\"\r\n    INDEX 01 00:{second:02}:00\r\n")
    };
    head + &(1..).zip(seconds).map(song).collect::<String>()
}

impl Bench {
    fn sheet(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        touch(&path);
        path
    }
}

/// Title, first frame and length of what is there at a path.
fn there(catalog: &Catalog, path: &Path) -> Vec<(String, i64, i64)> {
    let tracks = catalog.all_at_path(path).into_iter().filter(|t| t.available);
    tracks.map(|t| (t.title.to_string(), t.first_frame().0, t.frames.0)).collect()
}

fn songs(places: &[(u32, u32)]) -> Vec<(String, i64, i64)> {
    let second = |s: u32| i64::from(s * SECOND);
    let song =
        |(i, (first, end)): (usize, &(u32, u32))| (format!("Song {}", i + 1), second(*first), second(end - first));
    places.iter().enumerate().map(song).collect()
}

fn ids(catalog: &Catalog, path: &Path) -> Vec<TrackId> {
    catalog.all_at_path(path).iter().filter(|t| t.available).map(|t| t.id).collect()
}

#[tokio::test]
async fn a_sheet_beside_a_file_cuts_it_into_tracks() {
    let bench = Bench::new();
    let file = bench.wav("album/image.wav", 1, 6 * SECOND);
    bench.sheet("album/image.cue", image("image.wav", &[0, 2, 5]));
    let library = bench.library().await;
    let catalog = library.catalog();
    assert_eq!(there(&catalog, &file), songs(&[(0, 2), (2, 5), (5, 6)]));
    assert_eq!(catalog.len(), 3, "the file itself is no track");
    let second = &catalog.all_at_path(&file)[1];
    assert_eq!(
        (&*second.album, &*second.artist, second.year, second.track_no),
        ("The Album", "The Band", Some(1999), Some(2))
    );
    assert_eq!((second.hash.clone(), second.bytes), (hash_of(&file), fs::metadata(&file).unwrap().len()));
    let plan = second.plan_entry(downbeat_protocol::EntryId::random());
    let frames = |seconds: u32| Frames(i64::from(seconds * SECOND));
    assert_eq!((plan.frames, plan.start_frames, plan.end_frames), (frames(6), frames(2), Some(frames(5))));
    assert_eq!(library.status().found, 1, "files are counted");
    assert_eq!(library.status().left_out, []);

    // as it was, after a restart, too
    let before = ids(&catalog, &file);
    assert_eq!(ids(&rescan(&library).await, &file), before);
    drop(library);
    let library = bench.library().await;
    assert_eq!(ids(&library.catalog(), &file), before);
    assert_eq!(there(&library.catalog(), &file), songs(&[(0, 2), (2, 5), (5, 6)]));
}

#[tokio::test]
async fn tracks_of_a_file_keep_their_ids_when_it_is_moved_retagged_or_the_sheet_is_mended() {
    let bench = Bench::new();
    let file = bench.wav("album/image.wav", 1, 6 * SECOND);
    bench.sheet("album/image.cue", image("image.wav", &[0, 2, 5]));
    let library = bench.library().await;
    let before = ids(&library.catalog(), &file);

    fs::rename(bench.path("album"), bench.path("moved")).unwrap();
    let moved = bench.path("moved/image.wav");
    assert_eq!(ids(&rescan(&library).await, &moved), before);

    let sheet = image("image.wav", &[0, 2, 4]).replace("Song 2", "Another name");
    bench.sheet("moved/image.cue", sheet);
    let catalog = rescan(&library).await;
    assert_eq!(ids(&catalog, &moved), before);
    let names: Vec<_> = there(&catalog, &moved).into_iter().map(|(title, ..)| title).collect();
    assert_eq!(names, ["Song 1", "Another name", "Song 3"]);
    assert_eq!(catalog.all_at_path(&moved)[2].frames, Frames(i64::from(2 * SECOND)));

    // other bytes at the same place
    bench.wav("moved/image.wav", 7, 6 * SECOND);
    let catalog = rescan(&library).await;
    assert_eq!(ids(&catalog, &moved), before);
    assert!(catalog.all_at_path(&moved).iter().all(|t| t.hash == hash_of(&moved)));

    // gone, and there again
    let kept = fs::read(&moved).unwrap();
    fs::remove_file(&moved).unwrap();
    assert_eq!(ids(&rescan(&library).await, &moved), []);
    fs::write(bench.path("moved/renamed.wav"), kept).unwrap();
    bench.sheet("moved/image.cue", image("renamed.wav", &[0, 2, 4]));
    assert_eq!(ids(&rescan(&library).await, &bench.path("moved/renamed.wav")), before);
}

#[tokio::test]
async fn a_file_is_one_track_again_without_its_sheet_and_each_comes_back_as_itself() {
    let bench = Bench::new();
    let file = bench.wav("album/image.wav", 1, 6 * SECOND);
    let library = bench.library().await;
    let whole = ids(&library.catalog(), &file);
    assert_eq!(whole.len(), 1);

    let sheet = bench.sheet("album/image.cue", image("image.wav", &[0, 2]));
    let catalog = rescan(&library).await;
    let parts = ids(&catalog, &file);
    assert_eq!((parts.len(), parts.contains(&whole[0])), (2, false));
    let gone = catalog.get(whole[0]).unwrap();
    assert_eq!((gone.available, gone.why_not()), (false, Some("the file is cut into tracks by image.cue")));

    fs::remove_file(&sheet).unwrap();
    let catalog = rescan(&library).await;
    assert_eq!(ids(&catalog, &file), whole);
    assert!(catalog.get(whole[0]).unwrap().playable());
    assert!(parts.iter().all(|id| !catalog.get(*id).unwrap().available));

    bench.sheet("album/image.cue", image("image.wav", &[0, 2, 4]));
    let again = ids(&rescan(&library).await, &file);
    assert_eq!((again.len(), &again[..2]), (3, &parts[..]));
}

#[tokio::test]
async fn a_sheet_that_comes_changes_or_goes_is_seen_by_itself() {
    let bench = Bench::new();
    let file = bench.wav("album/image.wav", 1, 6 * SECOND);
    let library = bench.library().await;
    eventually(&library, |c| there(c, &file).len() == 1).await;
    bench.sheet("album/image.cue", image("image.wav", &[0, 2]));
    eventually(&library, |c| there(c, &file) == songs(&[(0, 2), (2, 6)])).await;
    let bad = bench.sheet("album/image.cue", "FILE \"image.wav\" WAVE\nTRACK 01 AUDIO\nINDEX 01 soon\n");
    eventually(&library, |c| there(c, &file).len() == 1).await;
    let mut status = library.changed();
    let told = status.wait_for(|s| s.left_out.iter().any(|left| left.path == bad && left.reason.contains("line 3")));
    tokio::time::timeout(Duration::from_mins(1), told).await.expect("the fault is told").unwrap();
    // the file alone is looked at again: what the sheet says is still known
    bench.sheet("album/image.cue", image("image.wav", &[0, 3]));
    eventually(&library, |c| there(c, &file) == songs(&[(0, 3), (3, 6)])).await;
    status.wait_for(|s| s.left_out.is_empty()).await.unwrap();
    touch(&file);
    let before = library.catalog().at_path(&file).unwrap().mtime_ns;
    library.suspect(&file);
    eventually(&library, |c| c.at_path(&file).is_some_and(|t| t.available && t.mtime_ns >= before)).await;
    assert_eq!(there(&rescan(&library).await, &file), songs(&[(0, 3), (3, 6)]));
    fs::remove_file(bench.path("album/image.cue")).unwrap();
    eventually(&library, |c| there(c, &file).len() == 1).await;
}

#[tokio::test]
async fn sheets_of_old_systems_are_read() {
    let bench = Bench::new();
    let cases = [
        ("cyrillic", encoding_rs::WINDOWS_1251, "Группа крови", "Виктор Цой"),
        ("japanese", encoding_rs::SHIFT_JIS, "となりのトトロ", "久石譲"),
    ];
    for (folder, encoding, title, artist) in cases {
        bench.wav(&format!("{folder}/image.wav"), 1, 3 * SECOND);
        let text = image("IMAGE.WAV", &[0, 2]).replace("Song 1", title).replace("The Band", artist);
        bench.sheet(&format!("{folder}/image.cue"), encoding.encode(&text).0);
    }
    let catalog = bench.library().await.catalog();
    for (folder, _, title, artist) in cases {
        let track = &catalog.all_at_path(&bench.path(&format!("{folder}/image.wav")))[0];
        assert_eq!((&*track.title, &*track.artist), (title, artist));
    }
}

#[tokio::test]
async fn a_sheet_over_several_files_names_those_that_are_one_track_and_cuts_the_others() {
    let bench = Bench::new();
    let one = bench.wav("album/01.wav", 1, 2 * SECOND);
    let two = bench.wav("album/02.wav", 2, 4 * SECOND);
    let flac = bench.fixture("44100-stereo-16.flac", "album/03.flac");
    bench.sheet(
        "album/album.cue",
        "TITLE \"The Album\"\nFILE \"01.wav\" WAVE\nTRACK 01 AUDIO\nTITLE \"Song 1\"\nINDEX 01 00:00:00\n\
         TRACK 02 AUDIO\nTITLE \"Song 2\"\nINDEX 00 00:01:60\nFILE \"02.wav\" WAVE\nINDEX 01 00:00:00\n\
         TRACK 03 AUDIO\nTITLE \"Song 3\"\nINDEX 00 00:02:50\nINDEX 01 00:03:00\n\
         FILE \"03.wav\" WAVE\nTRACK 04 AUDIO\nTITLE \"Song 4\"\nINDEX 01 00:00:00\n",
    );
    let library = bench.library().await;
    let catalog = library.catalog();
    let seen = |path: &Path| -> Vec<_> {
        let own = |t: &Arc<TrackRow>| (t.title.to_string(), t.first_frame().0, t.part.is_some(), t.track_no);
        catalog.all_at_path(path).iter().map(own).collect()
    };
    assert_eq!(seen(&one), [("Song 1".into(), 0, false, Some(1))], "the gap before a track is of the one before");
    let third = i64::from(3 * SECOND);
    assert_eq!(seen(&two), [("Song 2".into(), 0, true, Some(2)), ("Song 3".into(), third, true, Some(3))]);
    let [(title, 0, false, Some(number))] = &seen(&flac)[..] else { panic!("{:?}", seen(&flac)) };
    let own = by_path(&catalog, &flac);
    assert_eq!((&*own.album, own.sheet.is_some()), (if own.album.is_empty() { "" } else { &*own.album }, true));
    assert!(title != "Song 4" || *number == 4, "its own tags come first");
    assert_eq!(library.status().left_out, []);
}

#[tokio::test]
async fn what_is_wrong_with_a_sheet_is_told_and_costs_no_music() {
    let bench = Bench::new();
    let file = bench.wav("album/image.wav", 1, 3 * SECOND);
    bench.sheet("album/image.cue", image("image.wav", &[0, 2, 3, 9]));
    let plain = bench.wav("other/plain.wav", 2, SECOND);
    bench.sheet("other/plain.cue", "this is no sheet");
    let secret = bench.wav("secret.wav", 3, SECOND);
    bench.sheet("other/out.cue", image("../secret.wav", &[0, 1]));
    let library = bench.library().await;
    let catalog = library.catalog();
    assert_eq!(there(&catalog, &file), songs(&[(0, 2), (2, 3)]));
    let warning = catalog.all_at_path(&file)[1].warning.clone().unwrap();
    assert!(warning.contains("image.cue names 2 tracks that begin after the end"), "{warning}");
    assert_eq!((there(&catalog, &plain).len(), there(&catalog, &secret).len()), (1, 1));
    let told: Vec<_> = library.status().left_out.into_iter().map(|left| left.reason).collect();
    assert_eq!(told, ["it names ../secret.wav, which lies outside of its folder", "it names no file"]);
}

#[tokio::test]
async fn a_sheet_within_a_file_cuts_it_unless_one_lies_beside_it() {
    let bench = Bench::new();
    let flac = bench.fixture("44100-stereo-16.flac", "album/own.flac");
    let frames = by_path(&bench.library().await.catalog(), &flac).frames.0;
    let sheet = "FILE \"x\" WAVE\nTRACK 01 AUDIO\nTITLE \"A\"\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE \"B\"\nINDEX 01 00:00:30\n";
    with_comment(&flac, &format!("CUESHEET={sheet}"));
    let library = bench.library().await;
    let middle = 30 * 588;
    let own = [("A".into(), 0, middle), ("B".into(), middle, frames - middle)];
    assert_eq!(there(&library.catalog(), &flac), own);
    let before = ids(&library.catalog(), &flac);
    assert_eq!(ids(&rescan(&library).await, &flac), before);

    bench.sheet("album/own.cue", sheet.replace("00:00:30", "00:00:40").replace("\"x\"", "own.flac"));
    let catalog = rescan(&library).await;
    assert_eq!((there(&catalog, &flac)[1].1, ids(&catalog, &flac)), (40 * 588, before.clone()));
    fs::remove_file(bench.path("album/own.cue")).unwrap();
    let catalog = rescan(&library).await;
    assert_eq!((there(&catalog, &flac), ids(&catalog, &flac)), (own.to_vec(), before));
}

#[tokio::test]
async fn chapters_cut_a_book_and_all_but_their_titles_is_the_file_s() {
    let bench = Bench::new();
    let flac = bench.fixture("44100-stereo-16.flac", "book.flac");
    let frames = by_path(&bench.library().await.catalog(), &flac).frames.0;
    let entries =
        ["CHAPTER001=00:00:00.000", "CHAPTER001NAME=One", "CHAPTER002=00:00:00.250", "TITLE=The Book", "ARTIST=Reader"];
    with_comments(&flac, &entries);
    let library = bench.library().await;
    let catalog = library.catalog();
    let second = (44_100 / 4, frames - 44_100 / 4);
    assert_eq!(there(&catalog, &flac), [("One".into(), 0, second.0), ("book (02)".into(), second.0, second.1)]);
    let tracks = catalog.all_at_path(&flac);
    let part = tracks.iter().find(|t| t.available).unwrap();
    assert_eq!((&*part.album, &*part.artist), ("The Book", "Reader"));
    let album = edit::TagEdit { album: Some("x".into()), ..edit::TagEdit::default() };
    let title = edit::TagEdit { title: Some("x".into()), ..album.clone() };
    assert!(edit::writable(part, &album).is_ok() && edit::deletable(part).is_err());
    assert!(edit::writable(part, &title).unwrap_err().to_string().contains("chapter 1 of the 2"));
}

/// Puts a comment into a FLAC file, in the place of those that it has.
fn with_comment(path: &Path, entry: &str) {
    with_comments(path, &[entry]);
}

fn with_comments(path: &Path, entries: &[&str]) {
    let old = fs::read(path).unwrap();
    let (mut new, mut at) = (old[..4].to_vec(), 4);
    loop {
        let (kind, size) = (old[at], u32::from_be_bytes([0, old[at + 1], old[at + 2], old[at + 3]]) as usize);
        let end = at + 4 + size;
        if matches!(kind, 0 | 0x80) {
            new.push(0);
            new.extend(&old[at + 1..end]);
        }
        at = end;
        if kind & 0x80 != 0 {
            break;
        }
    }
    let mut comments = 0_u32.to_le_bytes().to_vec();
    comments.extend((entries.len() as u32).to_le_bytes());
    for entry in entries {
        comments.extend((entry.len() as u32).to_le_bytes());
        comments.extend(entry.as_bytes());
    }
    new.push(0x84);
    new.extend(&(comments.len() as u32).to_be_bytes()[1..]);
    new.extend(comments);
    new.extend(&old[at..]);
    fs::write(path, new).unwrap();
    touch(path);
}

#[tokio::test]
async fn each_track_of_a_file_is_as_loud_as_it_is() {
    let bench = Bench::new();
    let file = bench.path("album/image.wav");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: SECOND,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(&file, spec).unwrap();
    // two seconds loud, two seconds silent, two seconds soft
    for (level, _) in [(16_384.0, 0), (0.0, 1), (1_638.4, 2)] {
        for i in 0..2 * SECOND {
            let sample = (level * (f64::from(i) * 0.142).sin()) as i16;
            wav.write_sample(sample).unwrap();
            wav.write_sample(sample).unwrap();
        }
    }
    wav.finalize().unwrap();
    bench.sheet("album/image.cue", image("image.wav", &[0, 2, 4]));
    let library = bench.library().await;
    all_done(&library).await;
    let tracks = library.catalog().all_at_path(&file);
    let gain = |i: usize| tracks[i].track_gain_db;
    assert_eq!(gain(1), None, "silence");
    assert!((gain(2).unwrap() - gain(0).unwrap() - 20.0).abs() < 0.2, "{:?} {:?}", gain(0), gain(2));
    assert_eq!(tracks[0].track_gain_from, Some(GainSource::Measured));
    assert!(tracks[1].warning.as_deref().is_some_and(|w| w.contains("silent from start to end")));
    assert!(tracks[0].warning.is_none() && tracks[2].warning.is_none(), "{:?}", tracks[0].warning);
    let mut shapes = Vec::new();
    for track in &tracks {
        shapes.push(library.waveform(track).await.unwrap().unwrap());
    }
    let peak = |shape: &[u8]| shape.iter().step_by(2).max().copied();
    assert_eq!([peak(&shapes[0]), peak(&shapes[1]), peak(&shapes[2])], [Some(127), Some(0), Some(13)]);
    // An album's gain is that of all its tracks.
    assert!(tracks.iter().all(|t| t.album_gain_db == tracks[0].album_gain_db && t.album_gain_db.is_some()));
}
