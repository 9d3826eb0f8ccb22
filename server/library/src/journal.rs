//! The copies that are under way: a note for each, beside what is kept, so that one that a killed coordinator left in a
//! music folder is found by the next.
//!
//! A note is on the disk before its copy is begun, and goes after it. Only one coordinator works on a data folder: at
//! its start every note is of a copy that nobody writes any more.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

/// How the names of unfinished copies begin. They are hidden, so that no scan takes them for music.
pub(super) const COPY: &str = ".downbeat-edit-";
const ENDING: &str = "copy";
/// No path is longer.
const MOST_PATH: u64 = 64 * 1024;

/// The note of a copy; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct Note(Option<PathBuf>);

impl Drop for Note {
    fn drop(&mut self) {
        if let Some(note) = &self.0
            && let Err(error) = fs::remove_file(note)
        {
            tracing::debug!(note = %note.display(), %error, "the note of a copy stays");
        }
    }
}

/// Notes a copy that is about to be made at `copy`. Where no note can be made, the copy is made all the same: one that
/// is left then goes with the next edit in its folder.
pub(super) fn note(folder: &Path, copy: &Path) -> Note {
    let note = folder.join(format!("{}.{ENDING}", uuid::Uuid::now_v7()));
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&note)?;
        file.write_all(copy.as_os_str().as_bytes())?;
        file.sync_all()?;
        File::open(folder)?.sync_all()
    });
    match made {
        Ok(()) => Note(Some(note)),
        Err(error) => {
            tracing::debug!(folder = %folder.display(), %error, "a copy cannot be noted");
            let _ = fs::remove_file(&note);
            Note(None)
        }
    }
}

/// The notes that a killed coordinator left in `folder`; what it left half written there goes. To be called at a start,
/// when no edit is under way.
pub(super) fn left(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let ends = |path: &Path, ending: &str| path.extension().is_some_and(|own| own == ending);
    paths.iter().filter(|path| ends(path, "new")).for_each(|path| remove(path));
    paths.into_iter().filter(|path| ends(path, ENDING)).collect()
}

/// Removes the copies that these notes name; it waits for the disks that hold them.
pub(super) fn clear(notes: &[PathBuf]) {
    for note in notes {
        match left_at(note) {
            Ok(Some(copy)) if remains(&copy) => {}
            Ok(_) => remove(note),
            Err(error) => tracing::warn!(note = %note.display(), %error, "the note of a copy cannot be read"),
        }
    }
}

/// The copy that a note names; `None` if it is half a note, whose copy was never begun.
fn left_at(note: &Path) -> io::Result<Option<PathBuf>> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(File::open(note)?, MOST_PATH), &mut bytes)?;
    let path = PathBuf::from(OsStr::from_bytes(&bytes));
    // Nothing else is removed, whatever the note says.
    let is_copy = path.file_name().is_some_and(|name| name.as_bytes().starts_with(COPY.as_bytes()));
    Ok(Some(path).filter(|path| is_copy && path.is_absolute()))
}

/// Removes a copy. True if it may still be there: then its disk is away.
fn remains(copy: &Path) -> bool {
    match fs::remove_file(copy) {
        Ok(()) => {
            tracing::info!(copy = %copy.display(), "removed the copy of an edit that was cut short");
            false
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            !copy.parent().is_some_and(|folder| folder.try_exists().unwrap_or(false))
        }
        Err(error) => {
            tracing::warn!(copy = %copy.display(), %error, "the copy of an edit that was cut short cannot be removed");
            true
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(path = %path.display(), %error, "cannot be removed");
    }
}
