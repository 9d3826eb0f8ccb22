//! The walk that finds the files. Only names and times are looked at, so that a walk over a great library takes
//! seconds.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use walkdir::{DirEntry, WalkDir};

use super::{
    cue::{Sheets, is_sheet},
    endings::may_be_music,
    found::{Found, LeftOut, Stat, Walked, is_hidden},
    leave_out::{LeaveOut, Marks, is_mark},
    machine::{Mounts, Trouble, faults},
    open::in_words,
    picture_names,
};

/// Every folder that was walked, and by which name: the same folder is never known by two, or its files would be two
/// tracks each.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<(u64, u64), PathBuf>);

impl Names {
    /// The other name by which this folder is known, if that still leads to it.
    fn other(&self, path: &Path, folder: &Metadata) -> Option<&PathBuf> {
        let id = (folder.dev(), folder.ino());
        let known = self.0.get(&id).filter(|known| *known != path)?;
        fs::metadata(known).is_ok_and(|there| (there.dev(), there.ino()) == id).then_some(known)
    }

    /// True if the entry at `path` lies in a folder that is known by another name, up to the folder `root`.
    pub(super) fn has_elsewhere(&self, path: &Path, root: &Path) -> bool {
        let within = path.ancestors().take_while(|a| a.starts_with(root));
        within.filter_map(|a| Some((a, fs::metadata(a).ok()?))).any(|(a, folder)| self.other(a, &folder).is_some())
    }
}

/// What a walk leaves out.
pub(super) struct Rules<'a> {
    /// Folders of these names.
    pub(super) list: &'a LeaveOut,
    /// What marks in folders name.
    pub(super) marks: &'a mut Marks,
    /// The music folders, which are none of that.
    pub(super) folders: &'a [PathBuf],
}

/// Why folders are left out, for people.
const NAMED: &str = "a folder for what was thrown away, for older states of a disk or for notes of a system";
const MARKED: &str = "left out by a mark of this name";

/// What becomes of an entry.
enum Wanted {
    Yes,
    No,
    /// It is left out, and counted under this name.
    Passed(String, &'static str),
}

/// One walk, over any number of folders: each folder is entered once, however many links and arguments lead to it.
pub(super) struct Walk<'a> {
    stop: &'a AtomicBool,
    names: &'a mut Names,
    sheets: &'a mut Sheets,
    entered: HashSet<(u64, u64)>,
    /// The disks that were come by.
    mounts: &'a mut Mounts,
    troubles: Vec<Trouble>,
    rules: Rules<'a>,
    /// The music folder in which it is.
    root: PathBuf,
    /// Called with every folder before what is in it is looked at.
    on_folder: &'a mut dyn FnMut(&Path),
}

impl<'a> Walk<'a> {
    /// With empty `names` everything is entered; those of an earlier walk keep the names that folders have.
    pub(super) fn new(
        stop: &'a AtomicBool,
        names: &'a mut Names,
        sheets: &'a mut Sheets,
        mounts: &'a mut Mounts,
        rules: Rules<'a>,
        on_folder: &'a mut dyn FnMut(&Path),
    ) -> Self {
        let (entered, troubles, root) = (HashSet::new(), Vec::new(), PathBuf::new());
        Self { stop, names, sheets, entered, mounts, troubles, rules, root, on_folder }
    }

    /// The places that could not be looked at because of the machine.
    pub(super) fn troubles(self) -> Vec<Trouble> {
        self.troubles
    }

    /// Notes what an error says of the machine. True if it ends the walk.
    fn trouble(&mut self, path: &Path, error: &io::Error) -> bool {
        let trouble = Trouble::of(path, error);
        let ends = trouble.as_ref().is_some_and(|trouble| trouble.everywhere);
        self.troubles.extend(trouble);
        ends
    }

    /// Walks `start` (a folder or a file, or a link to one) in the order of names and passes over hidden files and
    /// what is to be left out. Ends early if `stop` is set or `out` answers `false`. Answers the links to folders that it came by: walk
    /// these when all else was walked, so that a folder is known by its own name rather than by a link's.
    pub(super) fn walk(&mut self, start: &Path, mut out: impl FnMut(Walked) -> bool) -> Vec<PathBuf> {
        let mut links = Vec::new();
        if self.troubles.iter().any(|trouble| trouble.everywhere) {
            return links;
        }
        if !self.begin(start) {
            return links;
        }
        match metadata(start) {
            Ok(folder) if folder.is_dir() => match self.enter(start, &folder) {
                Ok(true) => {}
                Ok(false) => return links,
                Err(left) => {
                    out(Walked::LeftOut(left));
                    return links;
                }
            },
            found => {
                if let Err(error) = &found {
                    self.trouble(start, error);
                }
                if let Some(walked) = self.file(start.to_owned(), found) {
                    out(walked);
                }
                return links;
            }
        }
        let stop = self.stop;
        let mut walk = WalkDir::new(start).min_depth(1).sort_by(sheets_first).into_iter();
        while let Some(entry) = walk.next() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let entry = match entry.map(|entry| (self.wanted(&entry), entry)) {
                Ok((unwanted @ (Wanted::No | Wanted::Passed(..)), entry)) => {
                    let (skips, told) = self.pass(unwanted, entry, &mut out);
                    if skips {
                        walk.skip_current_dir();
                    }
                    if !told {
                        break;
                    }
                    continue;
                }
                Ok((Wanted::Yes, entry)) if !entry.file_type().is_dir() => Ok(entry),
                Ok((Wanted::Yes, entry)) => match faults::check(entry.path()) {
                    Ok(()) => Ok(entry),
                    Err(error) => {
                        walk.skip_current_dir();
                        Err((Some(entry.into_path()), error))
                    }
                },
                Err(error) => {
                    let path = error.path().map(Path::to_owned);
                    // Of an entry that could not be read not even the name is known, nor which folder it was in.
                    Err((path, error.into_io_error().unwrap_or_else(|| io::ErrorKind::NotFound.into())))
                }
            };
            let entry = match entry {
                Ok(entry) => Ok(entry),
                Err((path, error)) => {
                    let place = path.as_deref().unwrap_or(start);
                    if self.trouble(place, &error) {
                        break;
                    }
                    Err((path, error))
                }
            };
            let walked = match entry {
                Ok(entry) if entry.file_type().is_dir() => None,
                Ok(entry) if is_sheet(entry.path()) => {
                    if !self.sheet(entry.path(), &mut out) {
                        break;
                    }
                    None
                }
                Ok(entry) if entry.path_is_symlink() => match fs::metadata(entry.path()) {
                    Ok(target) if target.is_dir() => {
                        links.push(entry.into_path());
                        None
                    }
                    found => {
                        if let Err(error) = &found {
                            self.trouble(entry.path(), error);
                        }
                        self.file(entry.into_path(), found)
                    }
                },
                Ok(entry) if !may_be_music(entry.path()) && picture_names::rank(entry.path()).is_none() => {
                    let taken = is_sheet(entry.path()) || !entry.file_type().is_file();
                    (!taken).then(|| Walked::NotTaken(entry.into_path()))
                }
                Ok(entry) => self.looked_at(entry),
                Err((path, error)) => path.and_then(|path| left_out(&path, Some(&error))),
            };
            if walked.is_some_and(|walked| !out(walked)) {
                break;
            }
        }
        links
    }

    /// The entry to report for a file by its name, or a picture.
    fn looked_at(&mut self, entry: DirEntry) -> Option<Walked> {
        match entry.metadata() {
            Ok(metadata) => self.file(entry.into_path(), Ok(metadata)),
            Err(error) => {
                if let Some(error) = error.io_error() {
                    self.trouble(entry.path(), error);
                }
                left_out(entry.path(), error.io_error())
            }
        }
    }

    /// Reads the sheets beside this one; false if nobody listens any more.
    fn sheet(&mut self, path: &Path, out: &mut impl FnMut(Walked) -> bool) -> bool {
        let left_out = path.parent().map(|folder| self.sheets.read(folder)).unwrap_or_default();
        left_out.into_iter().all(|left| out(Walked::LeftOut(left)))
    }

    /// The entry to report for something that is no folder.
    fn file(&self, path: PathBuf, found: io::Result<Metadata>) -> Option<Walked> {
        match file(path, found)? {
            Walked::File(found) => Some(Walked::File(Found { sheet: self.sheets.of(&found.path), ..found })),
            other => Some(other),
        }
    }

    /// Notes in which music folder `start` lies; false if something leaves it out.
    fn begin(&mut self, start: &Path) -> bool {
        let holding = self.rules.folders.iter().filter(|folder| start.starts_with(folder));
        self.root = holding.max_by_key(|folder| folder.as_os_str().len()).map_or(start, PathBuf::as_path).to_owned();
        start == self.root || !self.rules.marks.leave_out(self.rules.list, start, &self.root)
    }

    /// Passes over an entry: true if what is in it, or beside it if it is a mark, is passed over as well; and false if
    /// nobody listens any more.
    fn pass(&mut self, why: Wanted, entry: DirEntry, out: &mut impl FnMut(Walked) -> bool) -> (bool, bool) {
        let is_folder = entry.file_type().is_dir();
        match why {
            Wanted::Passed(name, reason) => (is_folder, out(Walked::Passed(entry.into_path(), name, reason))),
            _ if !is_folder && is_mark(entry.file_name()) => self.mark(entry.path(), out),
            _ => (is_folder, true),
        }
    }

    /// Reads a mark: true if it leaves out the folder that it lies in; and false if nobody listens any more. What is a
    /// music folder by the settings is one, whatever lies in it.
    fn mark(&mut self, path: &Path, out: &mut impl FnMut(Walked) -> bool) -> (bool, bool) {
        let mut faults = Vec::new();
        let mark = self.rules.marks.read(path, &mut faults);
        let mut told = faults.into_iter().all(|fault| out(Walked::LeftOut(fault)));
        let folder = path.parent().filter(|folder| *folder != self.root);
        let Some((mark, folder)) = mark.zip(folder) else { return (false, told) };
        told = told && out(Walked::Passed(folder.to_owned(), mark.to_owned(), MARKED));
        (true, told)
    }

    fn wanted(&mut self, entry: &DirEntry) -> Wanted {
        let is_folder = entry.file_type().is_dir();
        if is_folder && let Some(name) = self.rules.list.meets(entry.file_name()) {
            return Wanted::Passed(format!("{name}/"), NAMED);
        }
        if is_hidden(entry.file_name()) {
            return Wanted::No;
        }
        if let Some(mark) = self.rules.marks.names(entry.path(), is_folder, &self.root) {
            return Wanted::Passed(mark.to_owned(), MARKED);
        }
        // An entry that cannot be looked at is an error a moment later.
        let enters = |folder: Metadata| self.enter(entry.path(), &folder).unwrap_or(false);
        if !is_folder || entry.metadata().map_or(true, enters) { Wanted::Yes } else { Wanted::No }
    }

    /// True if this folder is to be looked into, by this name.
    fn enter(&mut self, path: &Path, folder: &Metadata) -> Result<bool, LeftOut> {
        let id = (folder.dev(), folder.ino());
        let known = self.names.0.get(&id);
        if self.entered.contains(&id) || self.names.other(path, folder).is_some() {
            let loops = known.is_some_and(|known| path != known && path.starts_with(known));
            let reason = "it is a link back to a folder above it, and is not followed";
            return if loops { Err(LeftOut { path: path.to_owned(), reason: reason.into() }) } else { Ok(false) };
        }
        self.entered.insert(id);
        self.mounts.note(path, folder);
        self.names.0.insert(id, path.to_owned());
        self.sheets.enter(path);
        self.rules.marks.enter(path);
        (self.on_folder)(path);
        Ok(true)
    }
}

fn metadata(path: &Path) -> io::Result<Metadata> {
    faults::check(path)?;
    fs::metadata(path)
}

/// The order of names, but for marks and sheets: these come before the files that they are of.
fn sheets_first(a: &DirEntry, b: &DirEntry) -> std::cmp::Ordering {
    let key = |entry: &DirEntry| (!is_mark(entry.file_name()), !is_sheet(entry.path()));
    key(a).cmp(&key(b)).then_with(|| a.file_name().cmp(b.file_name()))
}

fn file(path: PathBuf, found: io::Result<Metadata>) -> Option<Walked> {
    match found {
        Ok(metadata) if metadata.is_file() && picture_names::rank(&path).is_some() => {
            Some(Walked::Picture(path, metadata.len()))
        }
        Ok(_) if !may_be_music(&path) => None,
        Ok(metadata) if metadata.is_file() => Some(Walked::File(Found::new(path, Stat::of(&metadata)))),
        Ok(_) => {
            let reason = "it is a pipe, a socket or a device, and not a file".into();
            Some(Walked::LeftOut(LeftOut { path, reason }))
        }
        Err(error) => left_out(&path, Some(&error)),
    }
}

fn left_out(path: &Path, error: Option<&io::Error>) -> Option<Walked> {
    let error = error?;
    let reason = match error.kind() {
        // Gone since its folder was read; or a link to nothing, which matters only in the place of music.
        io::ErrorKind::NotFound if path.is_symlink() && may_be_music(path) => "it is a link to nothing".to_owned(),
        io::ErrorKind::NotFound => return None,
        _ => format!("it cannot be read: {}", in_words(error)),
    };
    Some(Walked::LeftOut(LeftOut { path: path.to_owned(), reason }))
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, os::unix::fs::symlink};

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
            let (mut entered, mut found, mut faults, mut pictures) = (0, Vec::new(), Vec::new(), Vec::new());
            let mut not_taken = Vec::new();
            let mut on_folder = |_: &Path| entered += 1;
            let mut names = Names::default();
            let (mut mounts, mut sheets) = (Mounts::default(), Sheets::default());
            let (list, mut marks) = (LeaveOut::default(), Marks::default());
            let rules = Rules { list: &list, marks: &mut marks, folders: &[] };
            let mut walk = Walk::new(&stop, &mut names, &mut sheets, &mut mounts, rules, &mut on_folder);
            let mut starts: std::collections::VecDeque<PathBuf> = folders.iter().cloned().collect();
            while let Some(start) = starts.pop_front() {
                starts.extend(walk.walk(&start, |walked| {
                    match walked {
                        Walked::File(file) => found.push(file),
                        Walked::Picture(path, bytes) => pictures.push((path, bytes)),
                        Walked::LeftOut(left) => faults.push(left),
                        Walked::NotTaken(path) => not_taken.push(path),
                        Walked::Passed(..) => {}
                    }
                    true
                }));
            }
            (entered, found, faults, pictures, not_taken)
        };
        // The second folder lies within the first: its files are there already.
        let (entered, found, faults, pictures, not_taken) =
            walked(&[root.to_owned(), root.join("a"), root.join("missing")]);
        let expected = ["a/b/c/deep.FLAC", "a/link.mp3", &long, "y.aac", "z.Mp3", "\u{fffd}.ogg"];
        assert_eq!(names(root, &found), expected);
        assert!(found.iter().all(|f| f.stat.bytes == 1 && f.stat.mtime_ns > 0 && f.stat.inode > 0));
        assert_eq!(pictures, [(root.join("cover.jpg"), 1)]);
        assert_eq!(not_taken, [root.join("noending")]);
        assert_eq!(entered, 5, "itself, a, b, c and folder.flac");
        let left: Vec<_> =
            faults.iter().map(|f| (f.path.strip_prefix(root).unwrap().to_str().unwrap(), f.reason.as_str())).collect();
        let expected = [
            ("a/broken.mp3", "it is a link to nothing"),
            ("pipe.mp3", "it is a pipe, a socket or a device, and not a file"),
            ("a/loop", "it is a link back to a folder above it, and is not followed"),
        ];
        assert_eq!(left, expected);
        assert_eq!(names(root, &walked(&[root.join("z.Mp3")]).1), ["z.Mp3"], "a file by itself");

        stop.store(true, Ordering::Relaxed);
        assert_eq!(walked(&[root.to_owned()]).1, []);
    }

    #[test]
    fn a_folder_is_known_by_its_own_name_and_keeps_the_one_that_it_has() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = dir.path();
        fs::create_dir_all(root.join("rock/Queen")).unwrap();
        fs::write(root.join("rock/Queen/1.mp3"), "x").unwrap();
        fs::write(outside.path().join("2.mp3"), "x").unwrap();
        symlink(root.join("rock/Queen"), root.join("00-favs")).unwrap();
        symlink(outside.path(), root.join("b")).unwrap();
        let stop = AtomicBool::new(false);
        let walked = |names: &mut Names, start: &Path| {
            let (mut found, mut on_folder) = (Vec::new(), |_: &Path| {});
            let (mut mounts, mut sheets) = (Mounts::default(), Sheets::default());
            let (list, mut marks) = (LeaveOut::default(), Marks::default());
            let rules = Rules { list: &list, marks: &mut marks, folders: &[] };
            let mut walk = Walk::new(&stop, names, &mut sheets, &mut mounts, rules, &mut on_folder);
            let mut starts = vec![start.to_owned()];
            while let Some(start) = starts.pop() {
                starts.extend(walk.walk(&start, |walked| {
                    found.extend(if let Walked::File(file) = walked { Some(file) } else { None });
                    true
                }));
            }
            super::tests::names(root, &found)
        };
        let mut known = Names::default();
        assert_eq!(walked(&mut known, root), ["rock/Queen/1.mp3", "b/2.mp3"]);
        // Made later, and walked by themselves.
        symlink(outside.path(), root.join("a")).unwrap();
        symlink(root, root.join("rock/all")).unwrap();
        for link in ["00-favs", "a", "rock/all", "rock/Queen/../../00-favs"] {
            assert_eq!(walked(&mut known, &root.join(link)), [""; 0], "{link}");
        }
        assert!(known.has_elsewhere(&root.join("00-favs/1.mp3"), root));
        assert!(!known.has_elsewhere(&root.join("rock/Queen/1.mp3"), root));
        // A folder that was renamed has a new name.
        fs::rename(root.join("rock"), root.join("pop")).unwrap();
        assert_eq!(walked(&mut known, &root.join("pop")), ["pop/Queen/1.mp3"]);
    }
}
