//! What is left out of the library though it lies in a music folder: places for what was thrown away, and folders that
//! hold a mark.

use std::{
    collections::HashMap,
    ffi::OsStr,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{charset, found::LeftOut, open::open};

/// The names of folders in which systems keep what was thrown away, older states of a disk, or notes of their own: of
/// Windows, Linux, Macs, Synology's, QNAP's and other network disks, and of programs that keep two places the same.
const USUAL: [&str; 30] = [
    "#recycle",
    "#snapshot",
    "$RECYCLE.BIN",
    "RECYCLER",
    "RECYCLED",
    "System Volume Information",
    "lost+found",
    "@Recycle",
    "@Recently-Snapshot",
    "@eaDir",
    "@tmp",
    "@sharesnap",
    "Network Trash Folder",
    "Temporary Items",
    ".Trash",
    ".Trash-*",
    ".Trashes",
    ".AppleDouble",
    ".AppleDB",
    ".AppleDesktop",
    "__MACOSX",
    ".DocumentRevisions-V100",
    ".TemporaryItems",
    ".Spotlight-V100",
    ".fseventsd",
    ".recycle",
    ".snapshot*",
    ".zfs",
    ".stversions",
    ".stfolder",
];

/// Marks that leave a folder out by being there.
const MARKS: [&str; 1] = [".nomedia"];
/// Marks that leave a folder out if nothing is written in them, and else what their lines name.
const LISTS: [&str; 3] = [".ndignore", ".ignore", ".mpdignore"];
/// The mark of which an empty one says nothing.
const NEEDS_LINES: &str = ".mpdignore";
/// No list of names is longer, bytes.
const MOST_BYTES: u64 = 64 * 1024;
/// No list names more.
const MOST_LINES: usize = 1_000;

/// The names that are left out: the usual ones, with some more and without others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveOut {
    names: Arc<[String]>,
}

impl Default for LeaveOut {
    fn default() -> Self {
        Self { names: USUAL.iter().map(|name| (*name).to_owned()).collect() }
    }
}

impl LeaveOut {
    /// The usual names and these; `!name` takes one away, `!*` all before it. A `*` stands for any letters. The error
    /// names the one that cannot be.
    pub fn new<S: AsRef<str>>(words: &[S]) -> Result<Self, String> {
        let mut names: Vec<String> = USUAL.iter().map(|name| (*name).to_owned()).collect();
        for word in words.iter().map(|word| word.as_ref().trim()) {
            let (name, goes) = word.strip_prefix('!').map_or((word, false), |name| (name, true));
            let bare = name.chars().all(|c| c == '*' || c == '?');
            if name.is_empty() || name.contains('/') || bare && !(goes && name == "*") {
                return Err(format!("{word:?} is no name of a folder: say one name, without /, as \"@eaDir\""));
            }
            if goes {
                names.retain(|known| name != "*" && !known.eq_ignore_ascii_case(name));
            } else {
                names.push(name.to_owned());
            }
        }
        Ok(Self { names: names.into() })
    }

    /// The name of the list that a folder of this name meets.
    pub(super) fn meets(&self, folder: &OsStr) -> Option<&str> {
        let folder = folder.to_str()?;
        self.names.iter().map(String::as_str).find(|name| like(name, folder))
    }
}

/// True if `name` is as `pattern` says, in which `*` is any letters and `?` is one; in any case.
fn like(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.to_lowercase().chars().collect(), name.to_lowercase().chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => {
                let Some((at, from)) = star else { return false };
                (p, n) = (at + 1, from + 1);
                star = Some((at, from + 1));
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// A line of a mark: what it names in its folder and below.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    pattern: String,
    /// Only folders.
    folders: bool,
    /// Only in the folder of the mark.
    here: bool,
}

/// What a mark in a folder says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// All of the folder.
    All,
    /// What these lines name.
    Some(Vec<Line>),
}

/// What the marks of folders say, as a walk finds them.
#[derive(Debug, Default)]
pub(super) struct Marks(HashMap<PathBuf, (&'static str, Vec<Line>)>);

impl Marks {
    /// The walk enters this folder: what a mark in it said is over.
    pub(super) fn enter(&mut self, folder: &Path) {
        if !self.0.is_empty() {
            self.0.remove(folder);
        }
    }

    /// The name of this mark, if it leaves out all of its folder. What it says of a part of it is kept.
    pub(super) fn read(&mut self, mark: &Path, faults: &mut Vec<LeftOut>) -> Option<&'static str> {
        let (folder, name) = (mark.parent()?, mark.file_name()?);
        if let Some(mark) = MARKS.into_iter().find(|mark| *name == **mark) {
            return Some(mark);
        }
        let list = LISTS.into_iter().find(|mark| *name == **mark)?;
        match read(mark, list, faults)? {
            Mark::All => Some(list),
            Mark::Some(lines) => {
                let known = self.0.entry(folder.to_owned()).or_insert((list, Vec::new()));
                known.1.extend(lines);
                None
            }
        }
    }

    /// The same of all marks that lie in this folder.
    fn read_all(&mut self, folder: &Path) -> Option<&'static str> {
        self.enter(folder);
        let there = MARKS.into_iter().chain(LISTS).map(|mark| folder.join(mark));
        there.filter(|mark| mark.symlink_metadata().is_ok()).find_map(|mark| self.read(&mark, &mut Vec::new()))
    }

    /// True if something leaves out this place, or a folder above it, up to the music folder `root`.
    pub(super) fn leave_out(&mut self, list: &LeaveOut, path: &Path, root: &Path) -> bool {
        let mut places: Vec<&Path> = path.ancestors().take_while(|place| place.starts_with(root)).collect();
        places.reverse();
        for (i, place) in places.into_iter().enumerate() {
            let is_folder = place.is_dir();
            if i > 0 {
                let named = is_folder && place.file_name().is_some_and(|name| list.meets(name).is_some());
                if named || self.names(place, is_folder, root).is_some() {
                    return true;
                }
            }
            // What is a music folder by the settings is one, whatever lies in it.
            if is_folder && self.read_all(place).is_some() && i > 0 {
                return true;
            }
        }
        false
    }

    /// The mark in one of the folders above, up to `root`, that names this entry.
    pub(super) fn names(&self, path: &Path, is_folder: bool, root: &Path) -> Option<&'static str> {
        if self.0.is_empty() {
            return None;
        }
        let name = path.file_name()?.to_string_lossy();
        let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
        above.enumerate().find_map(|(i, folder)| {
            let (mark, lines) = self.0.get(folder)?;
            let named =
                |line: &Line| (is_folder || !line.folders) && (i == 0 || !line.here) && like(&line.pattern, &name);
            lines.iter().any(named).then_some(*mark)
        })
    }
}

/// True for the names of marks: where one comes or goes, its folder is looked at.
pub(super) fn is_mark(name: &OsStr) -> bool {
    MARKS.iter().chain(&LISTS).any(|mark| *name == **mark)
}

/// What the mark at `path` says; `None`: nothing.
fn read(path: &Path, name: &str, faults: &mut Vec<LeftOut>) -> Option<Mark> {
    let mut bytes = Vec::new();
    let text = open(path).and_then(|file: File| file.take(MOST_BYTES).read_to_end(&mut bytes));
    if text.is_err() {
        // Who set it wants something left out: what it names is not known.
        return Some(Mark::All);
    }
    let text = charset::decode(&bytes).text.into_owned();
    let mut lines = Vec::new();
    let mut said = false;
    for (i, line) in text.lines().enumerate().take(MOST_LINES) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        said = true;
        let (here, rest) = line.strip_prefix('/').map_or((false, line), |rest| (true, rest));
        let (folders, pattern) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        let pattern = pattern.strip_suffix("/**").or(pattern.strip_suffix("/*")).unwrap_or(pattern);
        let pattern = pattern.strip_prefix("**/").unwrap_or(pattern);
        if pattern.chars().all(|c| c == '*') {
            return Some(Mark::All);
        }
        if line.starts_with('!') || pattern.contains(['/', '[', '{', '\\']) {
            let reason = format!("its line {} is not understood and left out nothing: {line}", i + 1);
            faults.push(LeftOut { path: path.to_owned(), reason });
            continue;
        }
        lines.push(Line { pattern: pattern.to_owned(), folders: folders || rest.contains("/*"), here });
    }
    match (said, lines.is_empty()) {
        (false, _) => (name != NEEDS_LINES).then_some(Mark::All),
        (true, true) => None,
        (true, false) => Some(Mark::Some(lines)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_list_is_the_usual_one_with_what_people_add_and_take_away() {
        let meets = |list: &LeaveOut, name: &str| list.meets(OsStr::new(name)).is_some();
        let usual = LeaveOut::default();
        for name in ["#recycle", "$recycle.bin", "LOST+FOUND", ".Trash-1000", ".stversions", "@eaDir", "__macosx"] {
            assert!(meets(&usual, name), "{name}");
        }
        for name in ["recycle", "Trash", "lost", "@eaDir2", ".Trashy", "tmp"] {
            assert!(!meets(&usual, name), "{name}");
        }
        let own = LeaveOut::new(&["!@eadir", "Podcasts", "*.old"]).unwrap();
        assert!(!meets(&own, "@eaDir") && meets(&own, "podcasts") && meets(&own, "a.OLD") && meets(&own, "#recycle"));
        let none = LeaveOut::new(&["!*", "x"]).unwrap();
        assert!(!meets(&none, "#recycle") && meets(&none, "X"));
        for wrong in ["", "*", "?*", "!", "a/b", "!a/"] {
            assert!(LeaveOut::new(&[wrong]).unwrap_err().contains("no name of a folder"), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_matches_as_in_a_shell() {
        for (pattern, name) in [("*.flac", "a.FLAC"), ("a?c", "abc"), ("*a*b*", "xaybz"), ("a*", "a"), ("Ä*", "äb")] {
            assert!(like(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.flac", "flac"), ("a?c", "ac"), ("*a*b", "ba"), ("", "a"), ("a", "ab")] {
            assert!(!like(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn marks_leave_out_all_or_what_they_name() {
        let dir = tempfile::tempdir().unwrap();
        let said = |mark: &str, text: &str| {
            let folder = dir.path().join("f");
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join(mark), text).unwrap();
            let (mut marks, mut faults) = (Marks::default(), Vec::new());
            let all = marks.read(&folder.join(mark), &mut faults);
            let says = |path: &str, is_folder| marks.names(&folder.join(path), is_folder, dir.path()).is_some();
            let seen = [says("a.flac", false), says("x/a.flac", false), says("live", true), says("x/live", true)];
            (all, seen, faults.len())
        };
        let nothing = [false; 4];
        assert_eq!(said(".nomedia", "x"), (Some(".nomedia"), nothing, 0));
        assert_eq!(said(".ndignore", "\n# remark\n"), (Some(".ndignore"), nothing, 0));
        assert_eq!(said(".ignore", "*"), (Some(".ignore"), nothing, 0));
        assert_eq!(said(".mpdignore", ""), (None, nothing, 0));
        assert_eq!(said(".mpdignore", "/**\n"), (Some(".mpdignore"), nothing, 0));
        assert_eq!(said(".mpdignore", "*.flac"), (None, [true, true, false, false], 0));
        assert_eq!(said(".ndignore", "/live/\n/a.flac"), (None, [true, false, true, false], 0));
        assert_eq!(said(".ndignore", "LIVE/"), (None, [false, false, true, true], 0));
        assert_eq!(said(".ndignore", "!a.flac\na/b\nlive/*"), (None, [false, false, true, true], 2));
        assert!(is_mark(OsStr::new(".nomedia")) && !is_mark(OsStr::new("nomedia")));
    }
}
