//! Which files there are. Only names and times are looked at, so that a walk over a great library takes seconds.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::Metadata,
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use walkdir::{DirEntry, WalkDir};

use super::inspect;

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

/// What a walk comes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Walked {
    /// A file that may be music.
    File(Found),
    /// Something that is left out, and why, for people.
    LeftOut(LeftOut),
}

/// What is not looked into, though it lies in a music folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Where it is.
    pub path: PathBuf,
    /// Why, for people.
    pub reason: String,
}

/// One walk, over any number of folders: each folder is entered once, however many links and arguments lead to it.
pub(super) struct Walk<'a> {
    stop: &'a AtomicBool,
    entered: HashSet<(u64, u64)>,
    /// Called with every folder before what is in it is looked at.
    on_folder: &'a mut dyn FnMut(&Path),
}

impl<'a> Walk<'a> {
    pub(super) fn new(stop: &'a AtomicBool, on_folder: &'a mut dyn FnMut(&Path)) -> Self {
        Self { stop, entered: HashSet::new(), on_folder }
    }

    /// Walks `start` (a folder or a file) in the order of names, follows links and passes over hidden files. Ends early
    /// if `stop` is set or `out` answers `false`.
    pub(super) fn walk(&mut self, start: &Path, mut out: impl FnMut(Walked) -> bool) {
        let stop = self.stop;
        let walk = WalkDir::new(start).follow_links(true).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|entry| self.wanted(entry)) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let walked = match entry {
                Ok(entry) if entry.file_type().is_dir() || !may_be_music(entry.path()) => None,
                Ok(entry) if entry.file_type().is_file() => match entry.metadata() {
                    Ok(metadata) => Some(Walked::File(Found { stat: Stat::of(&metadata), path: entry.into_path() })),
                    Err(error) => left_out(&error),
                },
                Ok(entry) => Some(Walked::LeftOut(LeftOut {
                    path: entry.into_path(),
                    reason: "it is a pipe, a socket or a device, and not a file".into(),
                })),
                Err(error) => left_out(&error),
            };
            if walked.is_some_and(|walked| !out(walked)) {
                return;
            }
        }
    }

    fn wanted(&mut self, entry: &DirEntry) -> bool {
        let hidden = entry.depth() > 0 && is_hidden(entry.file_name());
        if hidden || !entry.file_type().is_dir() {
            return !hidden;
        }
        let first = entry.metadata().map_or(true, |folder| self.entered.insert((folder.dev(), folder.ino())));
        if first {
            (self.on_folder)(entry.path());
        }
        first
    }
}

pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn left_out(error: &walkdir::Error) -> Option<Walked> {
    let path = error.path()?;
    let reason = if error.loop_ancestor().is_some() {
        "it is a link back to a folder above it, and is not followed".to_owned()
    } else {
        let error = error.io_error()?;
        match error.kind() {
            // Gone since its folder was read; or a link to nothing, which matters only in the place of music.
            io::ErrorKind::NotFound if path.is_symlink() && may_be_music(path) => "it is a link to nothing".to_owned(),
            io::ErrorKind::NotFound => return None,
            _ => format!("it cannot be read: {}", inspect::in_words(error)),
        }
    };
    Some(Walked::LeftOut(LeftOut { path: path.to_owned(), reason }))
}

/// The ending of the path's name, lower case; empty if there is none.
pub(super) fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

pub(super) fn may_be_music(path: &Path) -> bool {
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

        nix::unistd::mkfifo(&root.join("pipe.mp3"), nix::sys::stat::Mode::S_IRWXU).unwrap();

        let stop = AtomicBool::new(false);
        let walked = |folders: &[PathBuf]| {
            let (mut entered, mut found, mut faults) = (0, Vec::new(), Vec::new());
            let mut on_folder = |_: &Path| entered += 1;
            let mut walk = Walk::new(&stop, &mut on_folder);
            for folder in folders {
                walk.walk(folder, |walked| {
                    match walked {
                        Walked::File(file) => found.push(file),
                        Walked::LeftOut(left) => faults.push(left),
                    }
                    true
                });
            }
            (entered, found, faults)
        };
        // The second folder lies within the first: its files are there already.
        let (entered, found, faults) = walked(&[root.to_owned(), root.join("a"), root.join("missing")]);
        let expected = ["a/b/c/deep.FLAC", "a/link.mp3", &long, "y.aac", "z.Mp3", "\u{fffd}.ogg"];
        assert_eq!(names(root, &found), expected);
        assert!(found.iter().all(|f| f.stat.bytes == 1 && f.stat.mtime_ns > 0 && f.stat.inode > 0));
        assert_eq!(entered, 5, "itself, a, b, c and folder.flac");
        let left: Vec<_> =
            faults.iter().map(|f| (f.path.strip_prefix(root).unwrap().to_str().unwrap(), f.reason.as_str())).collect();
        let expected = [
            ("a/broken.mp3", "it is a link to nothing"),
            ("a/loop", "it is a link back to a folder above it, and is not followed"),
            ("pipe.mp3", "it is a pipe, a socket or a device, and not a file"),
        ];
        assert_eq!(left, expected);
        assert_eq!(names(root, &walked(&[root.join("z.Mp3")]).1), ["z.Mp3"], "a file by itself");

        stop.store(true, Ordering::Relaxed);
        assert_eq!(walked(&[root.to_owned()]).1, []);
    }
}
