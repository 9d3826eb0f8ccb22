//! The files that a sheet names, looked for beside it.
//!
//! A sheet was mostly written on another system: with another case, another form of its accents, with the path of a
//! disk that is gone, or for a file that was packed since (`x.wav`, where `x.flac` lies).

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::endings::may_be_music;

/// No folder has more entries that are looked at.
const MOST_ENTRIES: usize = 100_000;

/// The names of a folder's entries, each folder read once.
#[derive(Debug, Default)]
pub(super) struct Folders(HashMap<PathBuf, Vec<OsString>>);

impl Folders {
    fn names(&mut self, folder: &Path) -> &[OsString] {
        self.0.entry(folder.to_owned()).or_insert_with(|| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).take(MOST_ENTRIES).collect();
            names.sort_unstable();
            names
        })
    }

    /// The sheets among them.
    pub(super) fn sheets(&mut self, folder: &Path) -> Vec<PathBuf> {
        let names = self.names(folder).iter().filter(|name| super::is_sheet(Path::new(name)));
        names.map(|name| folder.join(name)).collect()
    }

    /// The file that a sheet in `folder` means by `name`; why there is none, for people.
    pub(super) fn file(&mut self, folder: &Path, name: &str) -> Result<PathBuf, String> {
        let names = steps(name)?;
        let (last, within) = names.split_last().ok_or("it names a file without a name")?;
        let mut place = folder.to_owned();
        for step in within {
            match self.like(&place, step, |own, name| fold(own) == fold(name)) {
                Some(found) => place = found,
                None => return Err(missing(name)),
            }
        }
        let found = self.like(&place, last, |own, name| fold(own) == fold(name));
        match found {
            Some(found) if may_be_music(&found) => Ok(found),
            found => self.with_stem(&place, last).ok_or_else(|| match found {
                Some(_) => format!("it names {name}, which is no music that is played"),
                None => missing(name),
            }),
        }
    }

    /// The music that is named like this but for the ending.
    pub(super) fn with_stem(&mut self, folder: &Path, name: &str) -> Option<PathBuf> {
        let stem = |name: &str| Path::new(name).file_stem().map(|stem| fold(&stem.to_string_lossy()));
        let wanted = stem(name);
        self.like(folder, name, |own, _| may_be_music(Path::new(own)) && stem(own) == wanted)
    }

    /// The entry of this very name, or else the first that is like it.
    fn like(&mut self, folder: &Path, name: &str, alike: impl Fn(&str, &str) -> bool) -> Option<PathBuf> {
        let names = self.names(folder);
        let visible = |own: &&OsString| !crate::found::is_hidden(own);
        let same = names
            .iter()
            .find(|own| own.as_os_str() == OsStr::new(name))
            .filter(|own| alike(name, name) && visible(own));
        let found = same.or_else(|| names.iter().filter(visible).find(|own| alike(&own.to_string_lossy(), name)))?;
        Some(folder.join(found))
    }
}

fn missing(name: &str) -> String {
    format!("it names {name}, which is not there")
}

/// The names of folders and of the file. Of a path from the root of another system only the file's name counts.
fn steps(name: &str) -> Result<Vec<&str>, String> {
    let is_absolute = name.starts_with(['/', '\\']) || matches!(name.as_bytes(), [_, b':', b'/' | b'\\', ..]);
    let steps: Vec<&str> = name.split(['/', '\\']).filter(|step| !step.is_empty() && *step != ".").collect();
    match steps.split_last() {
        _ if steps.contains(&"..") => Err(format!("it names {name}, which lies outside of its folder")),
        Some((last, _)) if is_absolute => Ok(vec![last]),
        _ => Ok(steps),
    }
}

/// Without the difference of case, and of the forms that accents are written in.
fn fold(name: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_as_it_may_be_meant_and_nothing_outside_is() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("album");
        fs::create_dir_all(folder.join("CD1")).unwrap();
        for name in ["Image.flac", "Caf\u{e9}.wav", "CD1/Eins.FLAC", "notes.txt", "both.wav", "both.flac", ".hid.wav"] {
            fs::write(folder.join(name), "").unwrap();
        }
        fs::write(dir.path().join("out.wav"), "").unwrap();
        let found = |name: &str| {
            let found = Folders::default().file(&folder, name);
            found.map(|path| path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned())
        };
        for (name, expected) in [
            ("Image.flac", "Image.flac"),
            ("image.FLAC", "Image.flac"),
            ("IMAGE.WAV", "Image.flac"),
            ("Cafe\u{301}.wav", "Caf\u{e9}.wav"),
            (r"cd1\eins.wav", "CD1/Eins.FLAC"),
            ("./CD1//Eins.flac", "CD1/Eins.FLAC"),
            (r"C:\Rips\Album\Image.wav", "Image.flac"),
            ("/home/x/Image.ape", "Image.flac"),
            ("both.wav", "both.wav"),
            ("both.flac", "both.flac"),
        ] {
            assert_eq!(found(name).as_deref(), Ok(expected), "{name}");
        }
        for name in ["gone.wav", "notes.txt", "CD2/Eins.flac", "", "/", ".hid.wav"] {
            assert!(found(name).is_err(), "{name}");
        }
        for name in ["../out.wav", r"..\out.wav", "CD1/../../out.wav"] {
            assert!(found(name).unwrap_err().contains("outside"), "{name}");
        }
        assert_eq!(Folders::default().with_stem(&folder, "image.cue"), Some(folder.join("Image.flac")));
    }
}
