//! Files that people send into the music folders.
//!
//! A file comes under a hidden name beside its place, where no scan takes it for music. A decoder looks at it when all
//! of it is there; only then does it get its name, and never that of another file. A power cut leaves the hidden one
//! and a note of it ([`super::journal`]), which goes at the next start.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use downbeat_media::guard;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{
    endings::{ending, may_be_music},
    found::is_hidden,
    journal::{self, COPY, Note},
    leave_out::LeaveOut,
    limits::Limits,
    probe, progress,
    source::Source,
    turn::{self, kinds},
};

/// The longest name of a file or a folder, bytes: file systems allow 255, and some of them count otherwise.
const MOST_NAME: usize = 200;
/// Folders within folders.
const MOST_DEEP: usize = 16;
/// The longest that a decoder looks at a file.
const LOOK: Duration = Duration::from_mins(2);

/// Why a file was not taken. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The folder is none of ours.
    #[error("{0}")]
    Folder(String),
    /// No file can have this name here.
    #[error("{0}")]
    Name(String),
    /// It is no music that can be played.
    #[error("this is no music that can be played: {0}")]
    NotMusic(String),
    /// Another file has the name.
    #[error("{0} is there already, and is left as it is; send it under another name")]
    Taken(PathBuf),
    /// The disk is full.
    #[error("the disk that holds {0} is full; make room there, and send it again")]
    Full(PathBuf),
    /// The folder is not to be written to.
    #[error("{path} cannot be written to: {source}. Give the coordinator's user the right to write there")]
    ReadOnly {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Anything else.
    #[error("{path}: {source}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl UploadError {
    fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, source },
            io::ErrorKind::AlreadyExists => Self::Taken(path),
            io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
                Self::Name("a file has the name of one of its folders, or a folder its name".into())
            }
            _ => Self::Other { path, source },
        }
    }
}

/// Takes files into the music folders; clones share it. Every call blocks.
#[derive(Debug, Clone)]
pub struct Uploads {
    folders: Arc<[PathBuf]>,
    notes: PathBuf,
    leave_out: LeaveOut,
}

impl Uploads {
    /// Takes files into these music folders, and notes those under way in the folder `notes`, which is the editor's.
    pub fn new(folders: Arc<[PathBuf]>, notes: PathBuf) -> Self {
        Self { folders, notes, leave_out: LeaveOut::default() }
    }

    /// Refuses places in folders that the library leaves out.
    #[must_use]
    pub fn leaving_out(self, leave_out: LeaveOut) -> Self {
        Self { leave_out, ..self }
    }

    /// The place of a file: `name`, which may begin with folders, below `folder`. Without one, in the only music
    /// folder. Signs that some file system does not take become `_`.
    pub fn place(&self, folder: Option<&Path>, name: &str) -> Result<PathBuf, UploadError> {
        let folder = match (folder, &*self.folders) {
            (Some(folder), _) => folder,
            (None, [only]) => only,
            (None, []) => return Err(UploadError::Folder("the coordinator has no music folder".into())),
            (None, _) => return Err(UploadError::Folder("there are several music folders; say one".into())),
        };
        if !progress::holds(&self.folders, folder) {
            return Err(UploadError::Folder(format!("{} lies in none of the music folders", folder.display())));
        }
        if !folder.is_dir() {
            return Err(UploadError::Folder(format!("{} is not there", folder.display())));
        }
        let place = folder.join(cleaned(name, &self.leave_out)?);
        // a name that the system would not take is told before all of the file was sent
        match fs::symlink_metadata(&place) {
            Ok(_) => Err(UploadError::Taken(place)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(place),
            Err(error) => Err(UploadError::new(&place, error)),
        }
    }

    /// The folder that is there and holds a place, or will hold its folders.
    pub fn ground(place: &Path) -> &Path {
        place.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or_else(|| Path::new("/"))
    }

    /// Begins a file that is to lie at `place`.
    pub fn begin(&self, place: PathBuf) -> Result<Upload, UploadError> {
        let ground = Self::ground(&place).to_owned();
        let hidden = ground.join(format!("{COPY}{}", uuid::Uuid::new_v4().simple()));
        let note = journal::note(&self.notes, &hidden);
        let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o644).open(&hidden);
        let file = made.map_err(|e| UploadError::new(&ground, e))?;
        Ok(Upload { place, hidden, file, hasher: blake3::Hasher::new(), bytes: 0, _note: note })
    }
}

/// A file that comes. Dropped, it is gone.
#[derive(Debug)]
pub struct Upload {
    place: PathBuf,
    hidden: PathBuf,
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
    /// Goes after the file did.
    _note: Note,
}

impl Upload {
    /// Takes the bytes that follow.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.file.write_all(bytes).map_err(|e| UploadError::new(self.folder(), e))?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// So many bytes came.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// BLAKE3 of what came, lower-case hex.
    pub fn hash(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    /// Has a decoder look at what came. Answers the fault that it has though it plays, for people.
    pub fn look(&self) -> Result<Option<String>, UploadError> {
        let fail = |e| UploadError::new(&self.hidden, e);
        let source = Source::new(self.file.try_clone().map_err(fail)?, self.bytes, Limits::new(LOOK, Arc::default()));
        let head = kinds::head(&mut source.reader()).unwrap_or_default();
        if kinds::unread(&head).is_some() {
            return Ok(Some(turn::WAITS.into()));
        }
        let facts = guard::catch(|| probe::probe(source.reader(), &ending(&self.place)));
        if let Some(error) = source.trouble() {
            return Err(fail(error));
        }
        match facts {
            Ok(Ok(facts)) => Ok(facts.warning),
            Ok(Err(fault)) if fault.is_foreign && kinds::read(&head).is_some() => Ok(Some(turn::WAITS.into())),
            Ok(Err(fault)) => Err(UploadError::NotMusic(fault.words)),
            Err(_) => Err(UploadError::NotMusic("the decoder failed on it".into())),
        }
    }

    /// Brings the file to the disk, makes its folders, and gives it its name, unless another file has that by now.
    pub fn finish(self) -> Result<PathBuf, UploadError> {
        self.file.sync_all().map_err(|e| UploadError::new(self.folder(), e))?;
        let parent = self.place.parent().unwrap_or_else(|| Path::new("/"));
        let new: Vec<&Path> = parent.ancestors().take_while(|folder| !folder.exists()).collect();
        let named = fs::create_dir_all(parent)
            .map_err(|e| UploadError::new(parent, e))
            .and_then(|()| give(&self.hidden, &self.place));
        if let Err(error) = named {
            // the ones that others filled meanwhile stay
            for folder in new {
                let _ = fs::remove_dir(folder);
            }
            return Err(error);
        }
        if let Err(error) = File::open(parent).and_then(|folder| folder.sync_all()) {
            tracing::warn!(folder = %parent.display(), %error, "a folder could not be brought to the disk");
        }
        Ok(self.place.clone())
    }

    fn folder(&self) -> &Path {
        self.hidden.parent().unwrap_or_else(|| Path::new("/"))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // one that has its name is not here any more
        let _ = fs::remove_file(&self.hidden);
    }
}

/// Renames, and takes no name that is taken.
fn give(from: &Path, to: &Path) -> Result<(), UploadError> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // not every file system can do it; a second name is refused where there is one
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            fs::hard_link(from, to).map_err(|e| UploadError::new(to, e))
        }
        Err(error) => Err(UploadError::new(to, error.into())),
    }
}

/// A name as it can be on every disk, with its folders.
fn cleaned(name: &str, leave_out: &LeaveOut) -> Result<PathBuf, UploadError> {
    let refuse = |why: String| Err(UploadError::Name(why));
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() > MOST_DEEP {
        return refuse(format!("it lies in more than {} folders", MOST_DEEP - 1));
    }
    let mut path = PathBuf::new();
    for (i, part) in parts.iter().enumerate() {
        let is_last = i + 1 == parts.len();
        let part = cleaned_part(part, is_last);
        if part.is_empty() {
            return refuse(format!("{name:?} names no file below the folder"));
        }
        if is_hidden(part.as_ref()) {
            return refuse(format!("{part:?} begins with a dot: what is hidden is not looked at"));
        }
        if !is_last && leave_out.meets(part.as_ref()).is_some() {
            return refuse(format!("{part:?} is a folder for what systems throw away, and is not looked at"));
        }
        path.push(part);
    }
    if may_be_music(&path) {
        Ok(path)
    } else {
        Err(UploadError::NotMusic(format!("its name ends as no music does that is known here: {:?}", ending(&path))))
    }
}

/// A part of a name: without signs that are none to see, or that a file system takes for something else; not too long.
fn cleaned_part(part: &str, keeps_ending: bool) -> String {
    let direction = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let part: String = part
        .chars()
        .filter(|c| !direction(*c))
        .map(|c| if c.is_control() || r#"\:*?"<>|"#.contains(c) { '_' } else { c })
        .collect();
    let part = part.trim().trim_end_matches(['.', ' ']);
    if part.len() <= MOST_NAME {
        return part.to_owned();
    }
    let ending = part.rfind('.').filter(|_| keeps_ending).map_or("", |at| &part[at..]);
    let ending = if ending.len() > 10 { "" } else { ending };
    let stem = part.floor_char_boundary(MOST_NAME - ending.len());
    format!("{}{ending}", part[..stem].trim_end())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn wav() -> Vec<u8> {
        let mut bytes = io::Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        (0..800).for_each(|i| writer.write_sample(i as i16).unwrap());
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn entries(folder: &Path) -> Vec<String> {
        let walk = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
        walk.map(|e| e.unwrap().path().strip_prefix(folder).unwrap().display().to_string()).collect()
    }

    fn rig() -> (tempfile::TempDir, PathBuf, Uploads) {
        let dir = tempfile::tempdir().unwrap();
        let music = dir.path().join("music");
        fs::create_dir(&music).unwrap();
        let uploads = Uploads::new([music.clone()].into(), dir.path().join("notes"));
        (dir, music, uploads)
    }

    #[test]
    fn a_file_gets_its_name_when_it_is_whole_and_music_and_takes_none_that_is_taken() {
        let (dir, music, uploads) = rig();
        let place = uploads.place(None, "Ella/Blue: 1?/01 So.wav").unwrap();
        assert_eq!(place, music.join("Ella/Blue_ 1_/01 So.wav"));
        let mut upload = uploads.begin(place.clone()).unwrap();
        upload.write(&wav()[..100]).unwrap();
        assert!(entries(&music).iter().all(|name| name.starts_with(COPY)), "hidden until it is whole");
        assert_eq!(entries(&dir.path().join("notes")).len(), 1);
        upload.write(&wav()[100..]).unwrap();
        assert_eq!(upload.look().unwrap(), None);
        assert_eq!(upload.hash(), blake3::hash(&wav()).to_hex().to_string());
        assert_eq!(upload.finish().unwrap(), place);
        assert_eq!(fs::read(&place).unwrap(), wav());
        assert_eq!(entries(&music), ["Ella", "Ella/Blue_ 1_", "Ella/Blue_ 1_/01 So.wav"]);
        assert!(entries(&dir.path().join("notes")).is_empty());

        assert!(matches!(uploads.place(None, "Ella/Blue: 1?/01 So.wav"), Err(UploadError::Taken(_))));
        // two at once for one name: one has it, and the other leaves nothing
        let place = music.join("New/a.wav");
        let mut both = [uploads.begin(place.clone()).unwrap(), uploads.begin(place.clone()).unwrap()];
        for one in &mut both {
            one.write(&wav()).unwrap();
        }
        let [first, second] = both;
        first.finish().unwrap();
        assert!(matches!(second.finish(), Err(UploadError::Taken(_))));
        assert_eq!(entries(&music.join("New")), ["a.wav"]);
    }

    #[test]
    fn what_is_given_up_or_no_music_leaves_nothing() {
        let (dir, music, uploads) = rig();
        let mut cut = uploads.begin(uploads.place(None, "New/Deep/a.wav").unwrap()).unwrap();
        cut.write(&wav()[..60]).unwrap();
        drop(cut);
        let mut text = uploads.begin(uploads.place(None, "b.mp3").unwrap()).unwrap();
        text.write(&b"this is no music, whatever its name is. ".repeat(100)).unwrap();
        assert!(matches!(text.look(), Err(UploadError::NotMusic(_))));
        drop(text);
        let empty = uploads.begin(uploads.place(None, "c.flac").unwrap()).unwrap();
        assert!(matches!(empty.look(), Err(UploadError::NotMusic(_))));
        drop(empty);
        // its folder is a file by now
        let mut late = uploads.begin(music.join("d/e/f.wav")).unwrap();
        late.write(&wav()).unwrap();
        fs::write(music.join("d"), "").unwrap();
        assert!(matches!(late.finish(), Err(UploadError::Name(_))));
        assert_eq!(entries(&music), ["d"]);
        assert!(entries(&dir.path().join("notes")).is_empty());
        // one that was killed is cleared by its note
        let killed = uploads.begin(music.join("g.wav")).unwrap();
        std::mem::forget(killed);
        assert_eq!(entries(&music).len(), 2);
        journal::clear(&journal::left(&dir.path().join("notes")));
        assert_eq!(entries(&music), ["d"]);
    }

    #[test]
    fn evil_names_are_refused_or_made_harmless() {
        let (_dir, music, uploads) = rig();
        let at = |name: &str| uploads.place(None, name);
        for refused in [
            "",
            "/",
            ".",
            "..",
            "../a.wav",
            "a/../../b.wav",
            "/etc/a.wav",
            "a//b.wav",
            ".a.wav",
            ".git/a.wav",
            "a/. /b.wav",
            "@eaDir/a.wav",
            "$recycle.bin/a.wav",
            "\u{202e}.a.wav",
            " .wav",
            "a.wav/",
            "\u{200f}..\u{200f}/a.wav",
        ] {
            assert!(matches!(at(refused), Err(UploadError::Name(_))), "{refused:?}: {:?}", at(refused));
        }
        for no_music in ["a", "a.exe", "a.wav.sh", "wav", "a.jpg", "a.wav\0.txt"] {
            assert!(matches!(at(no_music), Err(UploadError::NotMusic(_))), "{no_music:?}");
        }
        let harmless = |name: &str, is: &str| assert_eq!(at(name).unwrap(), music.join(is));
        harmless("C:\\temp\\..\\a.wav", "C__temp_.._a.wav");
        harmless("a\nb\0c.wav", "a_b_c.wav");
        harmless("gpj.\u{202e}.wav", "gpj..wav");
        harmless("AC-DC. /T.N.T..wav", "AC-DC/T.N.T..wav");
        let long = at(&format!("{}.flac", "ő".repeat(300))).unwrap();
        let name = long.file_name().unwrap().to_str().unwrap();
        assert!(name.len() <= MOST_NAME && name.ends_with("ő.flac"), "{name}");
        assert!(matches!(at(&format!("{}a.wav", "a/".repeat(16))), Err(UploadError::Name(_))));
        for outside in ["/etc", "/", "music", "/proc/self/cwd"] {
            assert!(matches!(uploads.place(Some(Path::new(outside)), "a.wav"), Err(UploadError::Folder(_))));
        }
        let up = music.join("..");
        assert!(matches!(uploads.place(Some(&up), "a.wav"), Err(UploadError::Folder(_))));
        assert!(matches!(uploads.place(Some(&music.join("none")), "a.wav"), Err(UploadError::Folder(_))));
    }

    /// Needs a mount of its own.
    #[test]
    fn on_a_full_disk_nothing_is_left() {
        let (_dir, music, uploads) = rig();
        let folder = music.to_str().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "none", folder]).status();
        if !mounted.is_ok_and(|s| s.success()) {
            return;
        }
        let mut upload = uploads.begin(music.join("a.wav")).unwrap();
        let mut said = Ok(());
        for _ in 0..200 {
            said = said.and_then(|()| upload.write(&[7; 1_000]));
        }
        drop(upload);
        let left = entries(&music);
        assert!(Command::new("umount").arg(folder).status().unwrap().success());
        assert!(matches!(said, Err(UploadError::Full(_))), "{said:?}");
        assert!(left.is_empty(), "{left:?}");
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_folder_or_is_hidden(name in r"(\PC|[./\\ \x00\u{202e}]){0,40}(\.wav)?") {
            let (_dir, music, uploads) = rig();
            if let Ok(place) = uploads.place(None, &name) {
                let within = place.strip_prefix(&music).unwrap();
                for part in within.components() {
                    let std::path::Component::Normal(part) = part else { panic!("{name:?}: {part:?}") };
                    prop_assert!(!is_hidden(part) && part.len() <= MOST_NAME, "{part:?}");
                }
                prop_assert!(may_be_music(&place));
                // the system takes it
                let upload = uploads.begin(place).unwrap();
                prop_assert!(upload.finish().is_ok());
            }
        }
    }
}
