use downbeat_store::GainSource;
use tokio::sync::{mpsc, watch};

use super::*;
use crate::{background::Background, records::Records, separators::Separators, shared::Shared, turn::Shop};

/// Two seconds of a square wave of this amplitude.
fn loud(bench: &Bench, name: &str, amplitude: i16) -> PathBuf {
    let path = bench.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(&path, spec).unwrap();
    for i in 0..2 * 88_200 {
        wav.write_sample(if i / 100 % 2 == 0 { amplitude } else { -amplitude }).unwrap();
    }
    wav.finalize().unwrap();
    touch(&path);
    path
}

fn set_tags(path: &Path, tags: &[(lofty::tag::ItemKey, &str)]) {
    use lofty::{
        config::WriteOptions,
        tag::{Tag, TagExt as _, TagType},
    };
    let mut tag = Tag::new(TagType::Id3v2);
    for (key, text) in tags {
        tag.insert_text(*key, (*text).into());
    }
    tag.save_to_path(path, WriteOptions::default()).unwrap();
    touch(path);
}

#[tokio::test]
async fn hashes_loudness_and_waveforms_follow_and_tags_come_first() {
    use lofty::tag::ItemKey;
    let bench = Bench::new();
    let (soft, hard) = (loud(&bench, "album/soft.wav", 300), loud(&bench, "album/hard.wav", 10_000));
    for path in [&soft, &hard] {
        set_tags(path, &[(ItemKey::AlbumTitle, "Album")]);
    }
    let said = loud(&bench, "said.wav", 10_000);
    set_tags(&said, &[(ItemKey::ReplayGainTrackGain, "-3.21 dB"), (ItemKey::ReplayGainTrackPeak, "0.5")]);
    let library = bench.library_while_scanning().await;
    library.fulfilled(1).await;
    all_done(&library).await;
    let catalog = library.catalog();
    let [soft, hard, said] = [&soft, &hard, &said].map(|path| by_path(&catalog, path));
    assert_eq!(hard.hash, hash_of(&hard.path));
    // 10,000 of 32,768 is -10.3 dB; what the weighting makes of a square wave is not exact.
    let lufs = hard.loudness_lufs.unwrap();
    assert!((-13.0..-6.0).contains(&lufs), "{lufs}");
    assert!((hard.track_gain_db.unwrap() - (-18.0 - lufs)).abs() < 0.01);
    let difference = hard.loudness_lufs.unwrap() - soft.loudness_lufs.unwrap();
    assert!((difference - 30.46).abs() < 0.2, "{difference}");
    assert_eq!(hard.track_gain_from, Some(GainSource::Measured));
    assert!((0.3..0.6).contains(&hard.track_peak.unwrap()), "{:?}", hard.track_peak);
    // The soft one is gated out: the album is as loud as the loud one, and both have one gain.
    assert_eq!(soft.album_gain_db, hard.album_gain_db);
    assert!((hard.album_gain_db.unwrap() - hard.track_gain_db.unwrap()).abs() < 0.2);
    assert_eq!((said.track_gain_db, said.track_peak), (Some(-3.21), Some(0.5)));
    assert_eq!((said.track_gain_from, said.album_gain_db), (Some(GainSource::Tags), None));
    let waveform = library.waveform(&hard).await.unwrap().unwrap();
    assert_eq!(waveform.len(), 2_000);
    assert!(waveform.chunks(2).all(|part| (77..=79).contains(&part[0])), "{:?}", &waveform[..20]);

    // Kept over a restart, and by a file that is moved: nothing is done again.
    let before = catalog.snapshot();
    drop(library);
    fs::rename(&hard.path, bench.path("moved.wav")).unwrap();
    let library = bench.library_while_scanning().await;
    library.fulfilled(1).await;
    all_done(&library).await;
    let moved = by_path(&library.catalog(), &bench.path("moved.wav"));
    let expected = TrackRow::clone(&before.get(hard.id).unwrap()).with(|t| {
        t.path = moved.path.clone();
        t.title = moved.title.clone();
    });
    assert_eq!(*moved, expected);
}

#[tokio::test]
async fn a_tracks_hash_is_found_at_once_when_it_is_wanted() {
    let bench = Bench::new();
    let paths: Vec<_> = (0..30).map(|i| bench.wav(&format!("{i}.wav"), i, 1_000)).collect();
    let library = bench.library_while_scanning().await;
    let ready = eventually(&library, |c| c.len() == paths.len()).await;
    let last = by_path(&ready, &paths[29]).id;
    tokio::join!(library.find_hashes(&[last]), library.find_hashes(&[last, TrackId::random()]));
    assert_eq!(library.catalog().get(last).unwrap().hash, hash_of(&paths[29]));
    // A file that is gone meanwhile ends the wait all the same.
    let first = by_path(&ready, &paths[0]).id;
    fs::remove_file(&paths[0]).unwrap();
    library.find_hashes(&[first]).await;
    eventually(&library, |c| c.get(first).is_some_and(|t| !t.hash.is_empty() || !t.available)).await;
}

#[tokio::test]
async fn covers_are_found_and_made_into_thumbnails() {
    let bench = Bench::new();
    let path = bench.wav("album/a.wav", 1, 1_000);
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(900, 900).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = png.into_inner();
    fs::write(bench.path("album/cover.png"), &png).unwrap();
    bench.wav("none/b.wav", 2, 1_000);
    let library = bench.library_while_scanning().await;
    library.fulfilled(1).await;
    all_done(&library).await;
    let track = by_path(&library.catalog(), &path);
    let hash = track.cover.as_deref().unwrap().to_owned();
    assert_eq!(hash, blake3::hash(&png).to_hex().to_string());
    assert_eq!(by_path(&library.catalog(), &bench.path("none/b.wav")).cover, None);
    let stored = Catalog::new(library.records().store.load_tracks().await.unwrap());
    assert_eq!(stored.list(), library.catalog().list());
    for (asked, expected) in [(1, 64), (65, 256), (600, 600), (5_000, 900)] {
        let jpeg = library.cover(&hash, asked).await.unwrap();
        assert_eq!(image::load_from_memory(&jpeg).unwrap().width(), expected);
    }
    // Made once: the picture itself is not needed any more.
    fs::remove_file(bench.path("album/cover.png")).unwrap();
    library.cover(&hash, 64).await.unwrap();
    fs::remove_dir_all(bench.data.path().join("covers")).unwrap();
    // While the disk is away nothing is forgotten.
    let away = bench.data.path().join("away");
    library.records().change(track.id, |t| Some(t?.clone().with(|t| t.path = away.join("a.wav"))));
    assert!(matches!(library.cover(&hash, 64).await, Err(CoverError::Gone)));
    assert!(library.store().load_cover(&hash).await.unwrap().is_some());
    assert_eq!(library.catalog().get(track.id).unwrap().done, track.done);
    library.records().change(track.id, |t| Some(t?.clone().with(|t| t.path = path.clone())));
    assert!(matches!(library.cover(&hash, 64).await, Err(CoverError::Gone)));
    assert!(matches!(library.cover(&"0".repeat(64), 64).await, Err(CoverError::Unknown)));
    assert!(matches!(library.cover("../../x", 64).await, Err(CoverError::Unknown)));
    // It was looked at again meanwhile.
    eventually(&library, |c| by_path(c, &path).cover.is_none()).await;
    all_done(&library).await;

    // Another picture: seen at once. And one that came while nobody watched: at the next scan.
    let picture = |name: &str, size: u32| {
        image::DynamicImage::new_rgb8(size, size).save(bench.path(name)).unwrap();
        hash_of(&bench.path(name))
    };
    let has = async |path: &Path, hash: &str| {
        eventually(&library, |c| by_path(c, path).cover.as_deref() == Some(hash)).await;
    };
    has(&path, &picture("album/cover.png", 20)).await;
    has(&path, &picture("album/cover.png", 30)).await;
    let bare = bench.path("none/b.wav");
    let hidden = bench.path("none/.cover.png");
    picture("none/.cover.png", 40);
    fs::rename(&hidden, bench.path("none/folder.png")).unwrap();
    rescan(&library).await;
    has(&bare, &hash_of(&bench.path("none/folder.png"))).await;
}

/// Work in the background on one track whose file went before anybody looked through it.
struct Gone {
    bench: Bench,
    records: Arc<Records>,
    track: TrackRow,
    /// The path of its file now.
    away: PathBuf,
    shown: watch::Receiver<BackgroundStatus>,
    shared: Arc<Shared>,
    background: tokio::task::JoinHandle<()>,
}

impl Gone {
    /// As soon as both its picture and its sound were tried.
    async fn new() -> Self {
        let bench = Bench::new();
        let path = loud(&bench, "a.wav", 5_000);
        let store = Store::open(bench.data.path()).await.unwrap();
        let records = Arc::new(Records::new(store, Catalog::default()));
        let bytes = fs::metadata(&path).unwrap().len();
        let track = a_track(path.to_str().unwrap()).with(|t| {
            t.bytes = bytes;
            t.frames = Frames(88_200);
            t.hash = hash_of(&path);
        });
        records.change(track.id, |_| Some(track.clone()));
        records.publish().await.unwrap();
        let away = bench.data.path().join("away.wav");
        fs::rename(&path, &away).unwrap();
        let shared = Arc::new(Shared::default());
        let (suspects, mut named) = mpsc::channel(64);
        let (status, shown) = watch::channel(BackgroundStatus::default());
        let background = Background::new(
            Arc::clone(&records),
            Arc::clone(&shared),
            Arc::new(Shop::new(None, Separators::default())),
            suspects,
            status,
        );
        let background = tokio::spawn(background.run());
        for _ in 0..2 {
            assert_eq!(named.recv().await, Some(vec![path.clone()]));
        }
        assert_eq!(by_path(&records.catalog, &path).done, 0);
        Self { bench, records, track, away, shown, shared, background }
    }

    async fn change(&self, change: impl FnOnce(&mut TrackRow)) {
        self.records.change(self.track.id, |t| {
            let mut track = t?.clone();
            change(&mut track);
            Some(track)
        });
        self.records.publish().await.unwrap();
    }

    /// Waits until it was looked through.
    async fn done(mut self) {
        let done = self.shown.wait_for(|s| (s.covers, s.analysed) == (1, 1));
        let wait = tokio::time::timeout(Duration::from_mins(1), done);
        wait.await.expect("it was not looked through within a minute").unwrap();
        assert!(self.records.catalog.get(self.track.id).unwrap().loudness_lufs.is_some());
        self.shared.ended.cancel();
        self.background.await.unwrap();
    }
}

#[tokio::test]
async fn a_disk_that_goes_away_leaves_nothing_marked_as_done() {
    let mut gone = Gone::new().await;
    gone.change(|t| t.available = false).await;
    gone.shown.wait_for(|s| s.tracks == 0).await.unwrap();
    fs::rename(&gone.away, &gone.track.path).unwrap();
    gone.change(|t| t.available = true).await;
    gone.done().await;
}

#[tokio::test]
async fn a_file_that_is_moved_before_it_was_looked_through_is_looked_through_where_it_is() {
    let gone = Gone::new().await;
    let moved = gone.bench.path("moved.wav");
    fs::rename(&gone.away, &moved).unwrap();
    gone.change(|t| t.path = moved).await;
    gone.done().await;
}
