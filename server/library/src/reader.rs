//! How the files of a library are read: what was set, and what the files of a folder show together.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use downbeat_media::guard;
use encoding_rs::Encoding;

use super::{charset, endings::may_be_music, limits::Limits, open::open, separators::Separators, source::Source, tags};

/// So many files of a folder are looked at for the encoding of one of them.
const MOST_BESIDE: usize = 16;
/// Folders whose encoding is kept in mind.
const MOST_FOLDERS: usize = 256;

/// How files are read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// How several names in one text are told apart.
    pub(super) separators: Separators,
    /// The encoding that the files of a folder show together.
    charsets: Mutex<HashMap<PathBuf, Option<&'static Encoding>>>,
}

impl Reader {
    pub(super) fn new(separators: Separators) -> Self {
        Self { separators, charsets: Mutex::default() }
    }

    /// Forgets what folders showed: files may have changed.
    pub(super) fn begin(&self) {
        self.charsets.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The encoding that the files in the folder of this one show together, this one with them. They are an album,
    /// mostly, and were written by one program.
    pub(super) fn charset_beside(&self, path: &Path, limits: &Limits) -> Option<&'static Encoding> {
        let folder = path.parent()?;
        let known = |charsets: &HashMap<PathBuf, Option<&'static Encoding>>| charsets.get(folder).copied();
        if let Some(known) = known(&self.charsets.lock().unwrap_or_else(PoisonError::into_inner)) {
            return known;
        }
        let found = charset::sure(&texts_in(folder, limits));
        let mut charsets = self.charsets.lock().unwrap_or_else(PoisonError::into_inner);
        if charsets.len() >= MOST_FOLDERS {
            charsets.clear();
        }
        charsets.insert(folder.to_owned(), found);
        found
    }
}

/// The texts of which the files in a folder do not say the encoding.
fn texts_in(folder: &Path, limits: &Limits) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| may_be_music(path)).collect();
    paths.sort_unstable();
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for path in paths.into_iter().take(MOST_BESIDE) {
        let Ok(file) = open(&path) else { continue };
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let source = Source::new(file, bytes, limits.clone());
        let of_file = guard::catch(|| tags::unsure_texts(&mut source.reader())).unwrap_or_default();
        for text in of_file {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    // Of all in UTF-8 each is sure by itself.
    texts.retain(|text| std::str::from_utf8(text).is_err());
    texts
}
