//! The sheets that lie beside files, as a walk finds them.
//!
//! A folder's sheets are read when the walk comes by the first of them, before any file of it. They are known from then
//! on, so that a file that is looked at by itself is cut as it was.

use std::{
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use downbeat_media::guard;

use super::{
    cut::{Cuts, Kind},
    parse::{MOST_BYTES, Sheet, parse},
    place::Folders,
};
use crate::{
    charset,
    found::LeftOut,
    open::{in_words, open},
};

/// What the sheets beside files say of them.
#[derive(Debug, Default)]
pub(crate) struct Sheets {
    by_file: HashMap<PathBuf, Arc<Cuts>>,
    /// The files that the sheets of each folder name.
    of_folder: HashMap<PathBuf, Vec<PathBuf>>,
}

/// What a sheet says of a file.
struct Claim {
    sheet: PathBuf,
    cuts: Cuts,
}

impl Claim {
    /// The better of two for the same file is greater: named like it, or else with more tracks.
    fn rank(&self, file: &Path) -> (bool, usize) {
        (self.sheet.file_stem() == file.file_stem(), self.cuts.points.len())
    }
}

impl Sheets {
    /// What a sheet says of this file.
    pub(crate) fn of(&self, file: &Path) -> Option<Arc<Cuts>> {
        self.by_file.get(file).cloned()
    }

    /// The walk enters this folder: what its sheets said is over.
    pub(crate) fn enter(&mut self, folder: &Path) {
        for file in self.of_folder.remove(folder).unwrap_or_default() {
            self.by_file.remove(&file);
        }
    }

    /// Reads the sheets of this folder, if they were not read since it was entered. Answers what is wrong with them.
    pub(crate) fn read(&mut self, folder: &Path) -> Vec<LeftOut> {
        if self.of_folder.contains_key(folder) {
            return Vec::new();
        }
        let (mut folders, mut left_out) = (Folders::default(), Vec::new());
        let mut claims: Vec<(PathBuf, Claim)> = Vec::new();
        for path in folders.sheets(folder) {
            let mut leave = |reason: String| left_out.push(LeftOut { path: path.clone(), reason });
            match read(&path) {
                Ok(sheet) => claims.extend(placed(&path, sheet, folder, &mut folders, &mut leave)),
                Err(reason) => leave(reason),
            }
        }
        let mut chosen: HashMap<PathBuf, Claim> = HashMap::new();
        for (file, claim) in claims {
            let Some(before) = chosen.remove(&file) else {
                chosen.insert(file, claim);
                continue;
            };
            let (better, other) =
                if claim.rank(&file) > before.rank(&file) { (claim, before) } else { (before, claim) };
            if better.cuts.points != other.cuts.points || better.cuts.album != other.cuts.album {
                let reason = format!("{} says where the tracks of its file begin", better.cuts.sheet);
                left_out.push(LeftOut { path: other.sheet, reason });
            }
            chosen.insert(file, better);
        }
        self.of_folder.insert(folder.to_owned(), chosen.keys().cloned().collect());
        self.by_file.extend(chosen.into_iter().map(|(file, claim)| (file, Arc::new(claim.cuts))));
        left_out
    }
}

fn read(path: &Path) -> Result<Sheet, String> {
    let mut bytes = Vec::new();
    let read = open(path).and_then(|file| file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("it cannot be read: {}", in_words(&error)))?;
    let parsed = guard::catch(|| {
        let decoded = charset::decode(&bytes);
        let mut sheet = parse(&decoded.text)?;
        sheet.album.charset = decoded.guessed.unwrap_or_default();
        Ok(sheet)
    });
    parsed.unwrap_or_else(|_| Err("the reader of cue sheets failed on it".into()))
}

/// What a sheet says of each file that it names.
fn placed(
    path: &Path,
    sheet: Sheet,
    folder: &Path,
    folders: &mut Folders,
    leave: &mut impl FnMut(String),
) -> Vec<(PathBuf, Claim)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mut claims, mut reasons): (Vec<(PathBuf, Claim)>, Vec<String>) = (Vec::new(), Vec::new());
    let alone = sheet.files.len() == 1;
    for file in sheet.files.into_iter().filter(|file| file.points.iter().any(|point| point.kind == Kind::Sound)) {
        let found = folders.file(folder, &file.name).or_else(|reason| {
            // a file that was given another name, and its sheet with it
            let renamed = alone.then(|| folders.with_stem(folder, &name)).flatten();
            renamed.ok_or(reason)
        });
        match found {
            Ok(place) if claims.iter().any(|(other, _)| *other == place) => {
                reasons.push(format!("it names {} twice", file.name));
            }
            Ok(place) => {
                let cuts = Cuts::new(name.clone(), sheet.album.clone(), file.points);
                claims.push((place, Claim { sheet: path.to_owned(), cuts }));
            }
            Err(reason) => reasons.push(reason),
        }
    }
    match reasons.as_slice() {
        [] => {}
        [reason] => leave(reason.clone()),
        [reason, more @ ..] => leave(format!("{reason}; so are {} more files", more.len())),
    }
    claims
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const IMAGE: &str = "FILE \"x.wav\" WAVE\nTRACK 01 AUDIO\nTITLE \"A\"\nINDEX 01 00:00:00\nTRACK 02 AUDIO\n\
                         INDEX 01 00:01:00\n";

    #[test]
    fn a_folder_s_sheets_are_of_its_files_until_it_is_entered_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        fs::write(folder.join("x.flac"), "").unwrap();
        fs::write(folder.join("X.CUE"), IMAGE).unwrap();
        fs::write(folder.join("._X.CUE"), IMAGE).unwrap();
        let mut sheets = Sheets::default();
        assert_eq!(sheets.read(folder), []);
        let cuts = sheets.of(&folder.join("x.flac")).unwrap();
        assert_eq!((cuts.points.len(), cuts.sheet.as_str()), (2, "X.CUE"));
        fs::remove_file(folder.join("X.CUE")).unwrap();
        sheets.read(folder);
        assert!(sheets.of(&folder.join("x.flac")).is_some(), "not entered since");
        sheets.enter(folder);
        sheets.read(folder);
        assert_eq!(sheets.of(&folder.join("x.flac")), None);
    }

    #[test]
    fn of_two_sheets_for_a_file_one_is_taken_and_the_other_told() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        fs::write(folder.join("x.flac"), "").unwrap();
        fs::write(folder.join("a.cue"), IMAGE).unwrap();
        fs::write(folder.join("x.cue"), IMAGE.replace("00:01:00", "00:02:00")).unwrap();
        fs::write(folder.join("x.utf8.cue"), IMAGE.replace("00:01:00", "00:02:00")).unwrap();
        let mut sheets = Sheets::default();
        let left_out = sheets.read(folder);
        assert_eq!(sheets.of(&folder.join("x.flac")).unwrap().sheet, "x.cue");
        assert_eq!(left_out.len(), 1, "one that says the same is no fault: {left_out:?}");
        assert!(left_out[0].path.ends_with("a.cue") && left_out[0].reason.starts_with("x.cue says"), "{left_out:?}");
    }

    #[test]
    fn a_bad_sheet_is_told_and_what_it_can_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        for name in ["01.flac", "renamed.flac"] {
            fs::write(folder.join(name), "").unwrap();
        }
        fs::write(folder.join("bad.cue"), "FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 now\n").unwrap();
        fs::write(folder.join("gone.cue"), IMAGE).unwrap();
        fs::write(folder.join("out.cue"), IMAGE.replace("x.wav", "../x.wav")).unwrap();
        fs::write(folder.join("renamed.cue"), IMAGE).unwrap();
        fs::write(folder.join("some.cue"), format!("{}{IMAGE}", IMAGE.replace("x.wav", "01.wav"))).unwrap();
        let mut sheets = Sheets::default();
        let told: Vec<(String, String)> = sheets
            .read(folder)
            .into_iter()
            .map(|left| (left.path.file_name().unwrap().to_string_lossy().into_owned(), left.reason))
            .collect();
        let expected = [
            ("bad.cue", "its line 3 says no place: INDEX 01 now"),
            ("gone.cue", "it names x.wav, which is not there"),
            ("out.cue", "it names ../x.wav, which lies outside of its folder"),
            ("some.cue", "it names x.wav, which is not there"),
        ];
        assert_eq!(told, expected.map(|(name, reason)| (name.into(), reason.into())));
        assert!(sheets.of(&folder.join("renamed.flac")).is_some() && sheets.of(&folder.join("01.flac")).is_some());
    }
}
