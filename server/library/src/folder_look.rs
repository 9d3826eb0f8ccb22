//! A look at a folder before it becomes a music folder: is it there, can it be read, what is in it.

use std::{fs, io, path::Path, time::Duration};

use rustix::fs::{Access, access};
use tokio::time::Instant;

use super::{endings::may_be_music, found::is_hidden, leave_out::LeaveOut};

/// More files than these are not counted.
const MOST_FILES: u64 = 100_000;
/// More folders within it than these are not named.
const MOST_FOLDERS: usize = 1_000;

/// What a folder looks like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderLook {
    /// Why it cannot be a music folder, for people; `None`: it can.
    pub fault: Option<String>,
    /// True if files can be changed and added there.
    pub writable: bool,
    /// Files in it, and in the folders within it, that may be music by their names.
    pub files: u64,
    /// There are more: they were too many to count in a moment.
    pub more: bool,
    /// The names of the folders in it, in order; of many the first.
    pub folders: Vec<String>,
}

/// Looks at a folder, and counts for so long at most. It blocks. Links within it are not followed, and what is usually
/// left out of libraries does not count.
pub fn look(folder: &Path, patience: Duration) -> FolderLook {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return FolderLook { fault: Some(fault(folder, &error)), ..FolderLook::default() },
    };
    let left_out = LeaveOut::default();
    let mut folders: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir() && !is_hidden(&entry.file_name()))
        .filter(|entry| left_out.meets(&entry.file_name()).is_none())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    folders.sort_by_key(|name| name.to_lowercase());
    folders.truncate(MOST_FOLDERS);
    let (files, more) = count(folder, patience);
    FolderLook { fault: None, writable: access(folder, Access::WRITE_OK).is_ok(), files, more, folders }
}

fn count(folder: &Path, patience: Duration) -> (u64, bool) {
    let (begun, left_out) = (Instant::now(), LeaveOut::default());
    let mut files = 0;
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        // one that cannot be read holds nothing that could be played
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if files >= MOST_FILES || begun.elapsed() > patience {
                return (files, true);
            }
            let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { continue };
            if is_hidden(&name) || kind.is_dir() && left_out.meets(&name).is_some() {
                continue;
            }
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if may_be_music(Path::new(&name)) {
                files += 1;
            }
        }
    }
    (files, false)
}

fn fault(folder: &Path, error: &io::Error) -> String {
    let folder = folder.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("{folder} does not exist; make it, or mount its disk"),
        io::ErrorKind::NotADirectory => format!("{folder} is a file; name the folder that holds it"),
        io::ErrorKind::PermissionDenied => {
            format!("{folder} cannot be read; give the coordinator's user the right to read it")
        }
        _ => format!("{folder} cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_says_what_is_in_it_and_what_is_wrong_with_it() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["b/deep", "A", ".hidden", "@eaDir"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for file in ["one.flac", "b/two.mp3", "b/deep/three.ogg", "b/words.txt", ".hidden/no.flac", ".no.mp3"] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        // a link to the root would have it count the whole machine
        std::os::unix::fs::symlink("/", dir.path().join("b/everything")).unwrap();
        let seen = look(dir.path(), Duration::from_mins(1));
        assert_eq!(
            seen,
            FolderLook { writable: true, files: 3, folders: vec!["A".into(), "b".into()], ..FolderLook::default() }
        );
        assert!(look(dir.path(), Duration::ZERO).more);
        assert!(look(&dir.path().join("c"), Duration::ZERO).fault.unwrap().contains("does not exist"));
        assert!(look(&dir.path().join("one.flac"), Duration::ZERO).fault.unwrap().contains("is a file"));
    }
}
