//! Pictures in the sizes that pages show, made when first asked for and kept in files beside the database.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, SystemTime},
};

use downbeat_host::rarely;
use tokio::sync::Mutex;

use super::{
    done::{COVER_DONE, COVER_OWN},
    limits::Limits,
    pictures,
    records::Records,
    worker::Worker,
};
use downbeat_store::StoreError;

/// The sizes, in points of the longer side.
pub const SIZES: [u32; 4] = [64, 256, 600, 1_200];

/// Time for one picture.
const TIME: Duration = Duration::from_secs(30);
/// When the thumbnails take more than this, the oldest are thrown away, down to three quarters.
const MOST_BYTES: u64 = 1 << 30;
/// Thumbnails between two looks at that.
const LOOK_EVERY: u32 = 500;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum CoverError {
    /// No track has this one.
    #[error("no track of the library has this picture")]
    Unknown,
    /// It was there.
    #[error("the file that holds this picture is not there, or was changed, and will be looked at again")]
    Gone,
    /// It is there.
    #[error("the picture cannot be shown: {0}")]
    Unreadable(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug)]
pub(super) struct Thumbnails {
    records: Arc<Records>,
    stop: Arc<AtomicBool>,
    /// The music folders: pictures of elsewhere are not read.
    music: Arc<[PathBuf]>,
    folder: PathBuf,
    /// One at a time: unpacking a picture takes much memory. With it, how many were made since the last look at all.
    worker: Mutex<(Worker, u32)>,
}

impl Thumbnails {
    pub(super) fn new(records: Arc<Records>, stop: Arc<AtomicBool>, music: Arc<[PathBuf]>) -> Self {
        let folder = records.store.path().with_file_name("covers");
        Self { records, stop, music, folder, worker: Mutex::new((Worker::new("covers"), 0)) }
    }

    /// The picture of these bytes as a JPEG, no larger than the smallest of [`SIZES`] that is at least `size`.
    pub(super) async fn get(&self, hash: &str, size: u32) -> Result<Vec<u8>, CoverError> {
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(CoverError::Unknown);
        }
        let size = SIZES.into_iter().find(|s| *s >= size).unwrap_or(SIZES[SIZES.len() - 1]);
        let path = self.folder.join(&hash[..2]).join(format!("{hash}-{size}.jpg"));
        if let Ok(bytes) = tokio::fs::read(&path).await {
            return Ok(bytes);
        }
        let row = self.records.store.load_cover(hash).await?;
        let row = row.filter(|row| super::progress::holds(&self.music, &row.source)).ok_or(CoverError::Unknown)?;
        let mut worker = self.worker.lock().await;
        if let Ok(bytes) = tokio::fs::read(&path).await {
            return Ok(bytes);
        }
        let limits = Limits::new(TIME, Arc::clone(&self.stop));
        let made = worker.0.run(TIME, move || {
            let bytes = pictures::load(&row.source, row.embedded, &limits).map_err(CoverError::Unreadable)?;
            let bytes = bytes.filter(|b| *blake3::hash(b).to_hex() == *row.hash).ok_or(CoverError::Gone)?;
            let jpeg = pictures::thumbnail(&bytes, size).map_err(CoverError::Unreadable)?;
            if let Err(error) = keep(&path, &jpeg)
                && let Some(left_out) = rarely::may_tell("a thumbnail could not be kept")
            {
                tracing::warn!(path = %path.display(), %error, left_out, "a thumbnail could not be kept");
            }
            Ok::<_, CoverError>(jpeg)
        });
        let jpeg = match made.await.map_err(|lost| CoverError::Unreadable(lost.to_string()))? {
            Err(CoverError::Gone) => {
                let (records, wanted) = (Arc::clone(&self.records), hash.to_owned());
                // It looks at every track, and at a disk that may not answer.
                let again = worker.0.run(TIME, move || look_again(&records, &wanted)).await.unwrap_or(false);
                drop(worker);
                if again {
                    self.records.store.forget_cover(hash).await?;
                    self.records.publish().await?;
                }
                return Err(CoverError::Gone);
            }
            made => made?,
        };
        worker.1 += 1;
        if worker.1 >= LOOK_EVERY {
            worker.1 = 0;
            let folder = self.folder.clone();
            let _ = worker.0.run(TIME, move || prune(&folder, MOST_BYTES)).await;
        }
        Ok(jpeg)
    }
}

/// Has the pictures of the tracks with this one looked for again; it may well be found in another of their files. Not
/// if none of these files is there: then their disk is away, and comes back with the picture.
fn look_again(records: &Records, hash: &str) -> bool {
    let mut tracks = records.catalog.all();
    tracks.retain(|t| t.cover.as_deref() == Some(hash));
    let is_there = tracks.iter().any(|t| t.available && t.path.exists());
    if is_there {
        for track in tracks {
            records.find(track.id, |track| track.done &= !(COVER_DONE | COVER_OWN));
        }
    }
    is_there
}

/// Never a half one under its name.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, bytes)?;
    fs::rename(unfinished, path)
}

/// Throws the oldest away if all together have more than `most` bytes.
fn prune(folder: &Path, most: u64) {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let mut all: Vec<(SystemTime, u64, PathBuf)> = files
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.into_path()))
        })
        .collect();
    let mut bytes: u64 = all.iter().map(|(_, bytes, _)| bytes).sum();
    if bytes <= most {
        return;
    }
    all.sort();
    for (_, size, path) in all {
        if bytes <= most / 4 * 3 {
            break;
        }
        if fs::remove_file(path).is_ok() {
            bytes -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = |i: u64| dir.path().join(format!("a/{i}.jpg"));
        for i in 0..8 {
            keep(&path(i), &[0; 100]).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 - i);
            fs::File::options().write(true).open(path(i)).unwrap().set_modified(time).unwrap();
        }
        prune(dir.path(), 800);
        assert!((0..8).all(|i| path(i).exists()));
        prune(dir.path(), 799);
        let left: Vec<u64> = (0..8).filter(|i| path(*i).exists()).collect();
        assert_eq!(left, [0, 1, 2, 3, 4], "no more than three quarters");
    }
}
