//! Which files there are. Only names and times are looked at, so that a walk over a great library takes seconds.

use std::{
    collections::HashSet,
    fs::Metadata,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use walkdir::{DirEntry, WalkDir};

/// The endings of names that are looked at. What is really in a file, its content says.
const ENDINGS: [&str; 12] = ["flac", "mp3", "ogg", "oga", "opus", "wav", "aiff", "aif", "m4a", "mp4", "alac", "aac"];

/// What tells whether a file is still the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) bytes: u64,
    /// Nanoseconds since 1970.
    pub(super) mtime_ns: i64,
    pub(super) inode: u64,
}

impl Stat {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let mtime_ns = metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
        Self { bytes: metadata.len(), mtime_ns, inode: metadata.ino() }
    }

    /// Whether a file of these bytes and this time is unchanged. The inode is no sign: on removable and network disks
    /// it differs with every mount.
    pub(super) fn same_content(self, bytes: u64, mtime_ns: i64) -> bool {
        (self.bytes, self.mtime_ns) == (bytes, mtime_ns)
    }
}

/// A file that may be music.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) stat: Stat,
}

/// Walks `folders` in the order of names, follows links, passes over hidden files, and ends early if `stop` is set.
/// What cannot be entered is logged and left out.
pub(super) fn walk(folders: &[PathBuf], stop: &AtomicBool) -> Vec<Found> {
    // Each folder is entered once, however many links and arguments lead to it.
    let mut entered = HashSet::new();
    let mut found = Vec::new();
    for folder in folders {
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|e| wanted(e, &mut entered)) {
            if stop.load(Ordering::Relaxed) {
                return found;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    report(&error);
                    continue;
                }
            };
            if !entry.file_type().is_file() || !may_be_music(entry.path()) {
                continue;
            }
            match entry.metadata() {
                Ok(metadata) => found.push(Found { path: entry.into_path(), stat: Stat::of(&metadata) }),
                Err(error) => report(&error),
            }
        }
    }
    found
}

fn wanted(entry: &DirEntry, entered: &mut HashSet<(u64, u64)>) -> bool {
    let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
    if hidden || !entry.file_type().is_dir() {
        return !hidden;
    }
    entry.metadata().map_or(true, |folder| entered.insert((folder.dev(), folder.ino())))
}

fn report(error: &walkdir::Error) {
    if error.loop_ancestor().is_some() {
        tracing::debug!(%error, "a link back to a folder above is not followed");
    } else {
        tracing::warn!(%error, "left out of the library");
    }
}

/// The ending of the path's name, lower case; empty if there is none.
pub(super) fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn may_be_music(path: &Path) -> bool {
    ENDINGS.contains(&ending(path).as_str())
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, os::unix::fs::symlink};

    use super::*;

    fn names(root: &Path, found: &[Found]) -> Vec<String> {
        found.iter().map(|f| f.path.strip_prefix(root).unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn walks_nested_folders_links_and_strange_names_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        fs::create_dir(root.join(".hidden")).unwrap();
        let long = format!("{}.flac", "x".repeat(250));
        for name in ["a/b/c/deep.FLAC", "z.Mp3", "cover.jpg", "noending", ".hidden/x.mp3", "a/._z.mp3", "y.aac", &long]
        {
            fs::write(root.join(name), "x").unwrap();
        }
        fs::write(root.join(OsStr::from_bytes(b"\xff.ogg")), "x").unwrap();
        fs::create_dir(root.join("folder.flac")).unwrap();
        symlink(root, root.join("a/loop")).unwrap();
        symlink(root.join("nowhere"), root.join("a/broken.mp3")).unwrap();
        symlink(root.join("z.Mp3"), root.join("a/link.mp3")).unwrap();

        let stop = AtomicBool::new(false);
        // The second folder lies within the first: its files are there already.
        let found = walk(&[root.to_owned(), root.join("a"), root.join("missing")], &stop);
        let expected = ["a/b/c/deep.FLAC", "a/link.mp3", &long, "y.aac", "z.Mp3", "\u{fffd}.ogg"];
        assert_eq!(names(root, &found), expected);
        assert!(found.iter().all(|f| f.stat.bytes == 1 && f.stat.mtime_ns > 0 && f.stat.inode > 0));

        stop.store(true, Ordering::Relaxed);
        assert_eq!(walk(&[root.to_owned()], &stop), []);
    }
}
