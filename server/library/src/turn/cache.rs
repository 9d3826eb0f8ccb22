//! The folder of what was made: each file is named by the hash of its bytes, and all of it can be made again.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

/// What is made has this ending.
const ENDING: &str = "flac";
/// Names of folders in which something is being made begin so.
const WORK: &str = "making-";
/// Bytes of the disk that are left free for others.
const LEFT_FREE: u64 = 512 << 20;

/// The folder, and what is in it.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    most: u64,
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    /// In the order of their use, the latest last.
    kept: Vec<(String, u64)>,
    bytes: u64,
}

impl Cache {
    /// What lies in the folder is kept, but for what was being made when the coordinator ended.
    pub(crate) fn open(folder: PathBuf, most: u64) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let mut found: Vec<(SystemTime, String, u64)> = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, metadata) = (entry.path(), entry.metadata()?);
            let name = entry.file_name().to_string_lossy().into_owned();
            match name.strip_suffix(".flac").filter(|hash| hash.len() == 64 && metadata.is_file()) {
                Some(hash) => {
                    let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    found.push((used, hash.to_owned(), metadata.len()));
                }
                None if metadata.is_dir() && name.starts_with(WORK) => fs::remove_dir_all(path)?,
                None => {}
            }
        }
        found.sort();
        let mut files = Files::default();
        for (_, hash, bytes) in found {
            files.bytes += bytes;
            files.kept.push((hash, bytes));
        }
        let cache = Self { folder, most, files: Mutex::new(files) };
        cache.make_room(0, None);
        Ok(cache)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of a file of these bytes.
    pub(crate) fn path(&self, hash: &str) -> PathBuf {
        self.folder.join(hash).with_extension(ENDING)
    }

    /// What is kept, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.files().bytes
    }

    /// The most that may be kept, bytes.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// True if it is there; then it was used just now.
    pub(crate) fn has(&self, hash: &str) -> bool {
        let mut files = self.files();
        let Some(at) = files.kept.iter().position(|(kept, _)| kept == hash) else { return false };
        files.kept[at..].rotate_left(1);
        drop(files);
        // The order is that of the times at the next start.
        if let Ok(file) = File::options().append(true).open(self.path(hash)) {
            let _ = file.set_modified(chrono::Utc::now().into());
        }
        true
    }

    /// It is not there, though it should be.
    pub(crate) fn forget(&self, hash: &str) {
        let mut files = self.files();
        if let Some(at) = files.kept.iter().position(|(kept, _)| kept == hash) {
            let (_, bytes) = files.kept.remove(at);
            files.bytes -= bytes;
        }
    }

    /// A folder to make something in, which goes with the value.
    pub(crate) fn work(&self) -> io::Result<Work> {
        let path = self.folder.join(format!("{WORK}{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&path)?;
        Ok(Work(path))
    }

    /// Bytes that may be written now: as many as may be kept at all, and as the disk has room for.
    pub(crate) fn room(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.folder)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        // What would give way is room, too.
        Ok(free.saturating_sub(LEFT_FREE).saturating_add(self.bytes()).min(self.most))
    }

    /// Keeps a file that was made; others give way.
    pub(crate) fn keep(&self, made: &Path, hash: &str) -> io::Result<()> {
        let file = File::open(made)?;
        let bytes = file.metadata()?.len();
        self.forget(hash);
        self.make_room(bytes, Some(hash));
        // A name that is there after a power cut has all of its bytes.
        file.sync_all()?;
        fs::rename(made, self.path(hash))?;
        let mut files = self.files();
        files.bytes += bytes;
        files.kept.push((hash.to_owned(), bytes));
        Ok(())
    }

    /// Deletes what was not used for the longest time until so many bytes fit, but not this file.
    fn make_room(&self, bytes: u64, but: Option<&str>) {
        loop {
            let gone = {
                let mut files = self.files();
                if files.bytes.saturating_add(bytes) <= self.most {
                    return;
                }
                let Some(at) = files.kept.iter().position(|(kept, _)| Some(kept.as_str()) != but) else { return };
                let (hash, freed) = files.kept.remove(at);
                files.bytes -= freed;
                hash
            };
            if let Err(error) = fs::remove_file(self.path(&gone)) {
                tracing::debug!(gone, %error, "it was not deleted");
            }
        }
    }
}

/// A folder that is deleted with what is in it.
#[derive(Debug)]
pub(crate) struct Work(PathBuf);

impl Work {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::debug!(path = %self.0.display(), %error, "a folder was not deleted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(sign: char) -> String {
        sign.to_string().repeat(64)
    }

    fn made(cache: &Cache, sign: char, bytes: usize) {
        let work = cache.work().unwrap();
        let path = work.path().join("out");
        fs::write(&path, vec![0; bytes]).unwrap();
        cache.keep(&path, &hash(sign)).unwrap();
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("turned");
        let cache = Cache::open(folder.clone(), 1000).unwrap();
        for sign in ['a', 'b', 'c'] {
            made(&cache, sign, 300);
        }
        assert!(cache.has(&hash('a')));
        made(&cache, 'd', 300);
        let there = |cache: &Cache| ['a', 'b', 'c', 'd'].map(|sign| cache.path(&hash(sign)).exists());
        assert_eq!((there(&cache), cache.bytes()), ([true, false, true, true], 900));
        assert!(!cache.has(&hash('b')));
        // Of one that is larger than all that may be kept at all, all others give way, and it stays.
        made(&cache, 'e', 1500);
        assert_eq!((there(&cache), cache.bytes()), ([false; 4], 1500));
    }

    #[test]
    fn what_was_being_made_is_gone_at_the_next_start_and_the_rest_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("turned");
        let cache = Cache::open(folder.clone(), 1000).unwrap();
        made(&cache, 'a', 300);
        std::mem::forget(cache.work().unwrap());
        fs::write(folder.join("strange"), "x").unwrap();
        drop(cache);
        let cache = Cache::open(folder.clone(), 1000).unwrap();
        assert!(cache.has(&hash('a')));
        let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [format!("{}.flac", hash('a')).as_str(), "strange"]);
        drop(cache);
        let cache = Cache::open(folder, 100).unwrap();
        assert!(!cache.has(&hash('a')), "less may be kept now");
    }
}
