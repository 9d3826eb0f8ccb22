mod background;
mod containers;
mod cue;
mod gains;
mod hostile;
mod machine;
mod people;
mod scan;
mod turning;
mod turning_hostile;
mod watching;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use downbeat_protocol::{Frames, TrackId};
use downbeat_store::Store;

use super::*;

/// A track that plays, at `path`.
pub(super) fn a_track(path: &str) -> TrackRow {
    TrackRow::unknown(TrackId::random(), path.into()).with(|t| {
        t.bytes = 1;
        t.mtime_ns = 1;
        t.inode = 1;
        t.format = "flac".into();
        t.sample_rate = 44_100;
        t.channels = 2;
        t.frames = Frames(44_100);
        t.sample_exact = true;
        t.title = path.into();
    })
}

/// A folder of music and a folder of data, and what a person does with them.
struct Bench {
    music: tempfile::TempDir,
    data: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { music: tempfile::tempdir().unwrap(), data: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.music.path().join(name)
    }

    /// The library on these folders, after its first scan, with all hashes.
    async fn library(&self) -> Library {
        let library = self.library_while_scanning().await;
        library.fulfilled(1).await;
        hash_all(&library).await;
        library
    }

    async fn library_while_scanning(&self) -> Library {
        let store = Store::open(self.data.path()).await.unwrap();
        start(store, vec![self.music.path().to_owned()]).await.unwrap()
    }

    /// A WAV file of `frames` frames whose samples depend on `seed`.
    fn wav(&self, name: &str, seed: i16, frames: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(&path, spec).unwrap();
        for i in 0..frames {
            wav.write_sample((i % 10_000) as i16).unwrap();
            wav.write_sample(seed).unwrap();
        }
        wav.finalize().unwrap();
        touch(&path);
        path
    }

    fn fixture(&self, fixture: &str, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/fixtures").join(fixture), &path).unwrap();
        path
    }
}

/// Gives the file a time that no file had before: a file system's own clock may tick too slowly for a test.
fn touch(path: &Path) {
    static SECONDS: AtomicI64 = AtomicI64::new(1_000_000_000);
    let seconds = SECONDS.fetch_add(1, Ordering::Relaxed) as u64;
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

async fn start(store: Store, folders: Vec<PathBuf>) -> Result<Library, LibraryError> {
    Library::start(store, folders, LibrarySettings::default()).await
}

async fn hash_all(library: &Library) {
    let ids: Vec<TrackId> = library.catalog().all().iter().map(|t| t.id).collect();
    library.find_hashes(&ids).await;
    library.records().publish().await.ok();
}

/// All tracks, with their hashes, after another scan.
async fn rescan(library: &Library) -> Catalog {
    library.fulfilled(library.rescan()).await;
    hash_all(library).await;
    library.catalog().snapshot()
}

fn by_path(catalog: &Catalog, path: &Path) -> Arc<TrackRow> {
    catalog.at_path(path).unwrap_or_else(|| panic!("no track at {}", path.display()))
}

fn hash_of(path: &Path) -> String {
    blake3::hash(&fs::read(path).unwrap()).to_hex().to_string()
}

/// The catalog as soon as `is_so`; a test that waits in vain is ended by this.
async fn eventually(library: &Library, is_so: impl Fn(&Catalog) -> bool) -> Catalog {
    let mut news = library.news();
    let wait = async {
        while !is_so(news.catalog()) {
            news.next().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), wait).await.expect("the library did not come to this within a minute");
    library.catalog().snapshot()
}

/// Waits until nothing is left to be done in the background.
async fn all_done(library: &Library) {
    let mut background = library.background();
    let status = background.clone();
    let done = |s: &BackgroundStatus| s.tracks > 0 && [s.hashed, s.covers, s.analysed].iter().all(|n| *n == s.tracks);
    let wait = tokio::time::timeout(Duration::from_mins(1), background.wait_for(done));
    let ended = wait.await.unwrap_or_else(|_| {
        panic!("the background did not come to its end within a minute: {:?}", *status.borrow());
    });
    drop(ended.unwrap());
}
