//! A file, its changed copy, and how the one takes the other's place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::{
    CWD, RenameFlags, SeekFrom as Place, XattrFlags, fgetxattr, flistxattr, fsetxattr, renameat_with, seek,
};

use super::error::EditError;
use crate::{
    endings,
    found::Stat,
    journal::{self, COPY, Note},
    machine::faults::step,
    open::open,
    retag::Patch,
};

/// Copies of this age were left behind by a power cut. Those that are noted go at the next start.
const LEFT_BEHIND: Duration = Duration::from_hours(1);
/// Files from this size on are asked for holes, bytes.
const HOLLOW: u64 = 1 << 20;
/// No attribute of a file is larger.
const MOST_ATTRIBUTE: usize = 64 * 1024;

/// A file that is to be changed, as it was when it was opened.
pub(super) struct Original {
    path: PathBuf,
    file: File,
    before: fs::Metadata,
}

impl Original {
    /// Of a link the file is changed that it leads to.
    pub(super) fn open(path: &Path) -> Result<Self, EditError> {
        let fail = |e| EditError::new(path, e);
        let path = fs::canonicalize(path).map_err(fail)?;
        let file = open(&path).map_err(fail)?;
        let before = file.metadata().map_err(fail)?;
        if before.permissions().readonly() {
            return Err(EditError::ReadOnly { path, source: io::ErrorKind::PermissionDenied.into() });
        }
        if is_hollow(&file, &before) {
            let reason = "most of it is not there: it may be a download that has not ended";
            return Err(EditError::Unsupported(reason.into()));
        }
        // Where locks are not known, nobody holds one.
        if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            return Err(EditError::Busy);
        }
        Ok(Self { path, file, before })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn bytes(&self) -> u64 {
        self.before.len()
    }

    pub(super) fn ending(&self) -> String {
        endings::ending(&self.path)
    }

    /// The number of names that the file has.
    pub(super) fn names(&self) -> u64 {
        self.before.nlink()
    }

    pub(super) fn hash(&self) -> Result<String, EditError> {
        hash(&self.file).map_err(|e| EditError::new(&self.path, e))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("/"))
    }

    /// A copy beside the file, with the patch in it; it is noted in the folder `notes`.
    pub(super) fn copy(&self, change: &Patch, notes: &Path) -> Result<Copy, EditError> {
        sweep(self.folder());
        let path = self.folder().join(format!("{COPY}{}", uuid::Uuid::new_v4().simple()));
        let note = journal::note(notes, &path);
        step("noted");
        let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = made.map_err(|e| EditError::new(self.folder(), e))?;
        let mut copy = Copy { path, file, in_place: false, hashes: (String::new(), String::new()), _note: note };
        step("begun");
        let fail = |e| EditError::new(&self.path, e);
        let mut from = Hashed { inner: &self.file, hasher: blake3::Hasher::new() };
        let mut to = Hashed { inner: BufWriter::with_capacity(1 << 20, &copy.file), hasher: blake3::Hasher::new() };
        change.apply(&mut from, &mut to).map_err(fail)?;
        to.flush().map_err(fail)?;
        let hashes = (from.hasher.finalize().to_hex().to_string(), to.hasher.finalize().to_hex().to_string());
        drop(to);
        step("written");
        copy.hashes = hashes;
        Ok(copy)
    }

    /// Fails if the file is no longer as it was opened.
    fn unchanged(&self, there: &fs::Metadata) -> Result<(), EditError> {
        let then = Stat::of(&self.before);
        let same = Stat::of(there).same_content(then.bytes, then.mtime_ns) && there.ino() == self.before.ino();
        if same { Ok(()) } else { Err(EditError::Changed) }
    }
}

/// True if most of the file was never written. What writes it would go on with the old file, which is no longer there.
fn is_hollow(file: &File, metadata: &fs::Metadata) -> bool {
    let bytes = metadata.len();
    // Some file systems compress, or keep small files elsewhere; a hole they would not tell.
    bytes >= HOLLOW
        && metadata.blocks().saturating_mul(512) < bytes / 2
        && seek(file, Place::Hole(0)).is_ok_and(|hole| hole < bytes)
}

/// BLAKE3 of a file's bytes, lower-case hex.
pub(super) fn hash(mut file: &File) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut file, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Hashes what goes through it.
struct Hashed<T> {
    inner: T,
    hasher: blake3::Hasher,
}

impl<T: Read> Read for Hashed<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}

impl<T: Seek> Seek for Hashed<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.hasher.reset();
        self.inner.seek(to)
    }
}

impl<T: Write> Write for Hashed<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A copy that is removed unless it takes the file's place.
pub(super) struct Copy {
    path: PathBuf,
    file: File,
    in_place: bool,
    hashes: (String, String),
    /// Goes after the copy did.
    _note: Note,
}

impl Copy {
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// BLAKE3 of the file before and after.
    pub(super) fn hashes(&self) -> (&str, &str) {
        (&self.hashes.0, &self.hashes.1)
    }

    /// Gives the copy the owner, the rights and the attributes of the file, and brings it to the disk. Answers what
    /// could not be kept.
    pub(super) fn finish(&self, original: &Original) -> Result<Vec<String>, EditError> {
        let fail = |e| EditError::new(&original.path, e);
        let before = &original.before;
        let mut notes = Vec::new();
        // The owner can only be kept by the superuser, or if it is one's own; the group, if one is of it.
        let owned = fchown(&self.file, Some(before.uid()), Some(before.gid()))
            .or_else(|_| fchown(&self.file, None, Some(before.gid())));
        let now = self.file.metadata().map_err(fail)?;
        if owned.is_err() || now.uid() != before.uid() {
            notes.push(
                "the file belongs to the coordinator's user now: only the superuser can give it to another".into(),
            );
        }
        let lost = attributes(&original.file, &self.file);
        if !lost.is_empty() {
            notes.push(format!("these attributes of the file could not be kept: {}", lost.join(", ")));
        }
        // After the attributes: a list of rights among them would change these.
        self.file.set_permissions(before.permissions()).map_err(fail)?;
        self.file.sync_all().map_err(fail)?;
        Ok(notes)
    }

    /// Puts the copy in the place of the file, if nobody wrote to that meanwhile.
    pub(super) fn take_the_place(mut self, original: &Original) -> Result<(), EditError> {
        let fail = |e| EditError::new(&original.path, e);
        original.unchanged(&fs::metadata(&original.path).map_err(fail)?)?;
        match renameat_with(CWD, &self.path, CWD, &original.path, RenameFlags::EXCHANGE) {
            Ok(()) => {
                // A writer that was faster than the look above wrote to the file that lies here now.
                if let Err(changed) = original.unchanged(&original.file.metadata().map_err(fail)?) {
                    renameat_with(CWD, &self.path, CWD, &original.path, RenameFlags::EXCHANGE)
                        .map_err(|e| fail(e.into()))?;
                    return Err(changed);
                }
            }
            // Not every file system can do it.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
                fs::rename(&self.path, &original.path).map_err(fail)?;
                self.in_place = true;
            }
            Err(error) => return Err(fail(error.into())),
        }
        step("in place");
        let folder = original.folder();
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        if let Err(error) = synced {
            // It is in its place; that it stays there after a power cut is all that is not certain.
            tracing::warn!(folder = %folder.display(), %error, "a folder could not be brought to the disk");
        }
        Ok(())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if !self.in_place {
            let _ = fs::remove_file(&self.path);
        }
        step("cleared");
    }
}

/// Copies the attributes (access lists among them) from one file to another. Answers the names of those of people's own
/// that could not be.
fn attributes(from: &File, to: &File) -> Vec<String> {
    let mut names = vec![0; MOST_ATTRIBUTE];
    let Ok(length) = flistxattr(from, &mut names[..]) else { return Vec::new() };
    let mut lost = Vec::new();
    for name in names[..length].split(|b| *b == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0; MOST_ATTRIBUTE];
        let copied = fgetxattr(from, name, &mut value[..])
            .and_then(|length| fsetxattr(to, name, &value[..length], XattrFlags::empty()));
        // The system gives the new file its own labels.
        if copied.is_err() && !name.starts_with(b"security.") && !name.starts_with(b"trusted.") {
            lost.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    lost
}

/// Removes copies that a power cut left in `folder`.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(COPY)) {
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > LEFT_BEHIND) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
