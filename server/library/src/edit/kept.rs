//! The bytes that gave way to an edit: a file for each edit, beside the database. Most hold the tags alone; some hold
//! pictures that had to move.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use downbeat_protocol::TrackId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    machine::{
        faults::{self, step},
        remedy,
    },
    retag::{
        MOST_BYTES,
        patch::{Change, Patch},
    },
};

/// All that is kept takes at most so many bytes; the oldest give way.
pub const KEPT_BYTES: u64 = 256 << 20;
/// So many edits are kept at most.
const KEPT_EDITS: usize = 10_000;
/// No description is longer.
const MOST_HEADER: u64 = 64 * 1024;
const ENDING: &str = "edit";

/// An edit that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEdit {
    /// By which it is taken back.
    pub id: Uuid,
    /// The track.
    pub track: TrackId,
    /// The path of its file then.
    pub path: PathBuf,
    /// When.
    pub at: DateTime<Utc>,
    /// The fields that were named.
    pub fields: Vec<String>,
    /// BLAKE3 of the file before.
    pub before: String,
    /// BLAKE3 of the file after.
    pub after: String,
    /// The number of pieces that were changed.
    changes: usize,
}

/// The places of a file after an edit, and the bytes that were there before.
#[derive(Debug)]
pub(super) struct Inverse(Vec<(u64, u64, Vec<u8>)>);

impl Inverse {
    /// The patch that takes the edit back from this file.
    pub(super) fn over(self, mut file: &File) -> io::Result<Patch> {
        let mut changes = Vec::with_capacity(self.0.len());
        for (at, length, new) in self.0 {
            let mut old = vec![0; usize::try_from(length.min(MOST_BYTES)).unwrap_or_default()];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut old)?;
            changes.push(Change { at, old, new });
        }
        Patch::from_changes(changes).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    days: u32,
}

impl Kept {
    pub(super) fn new(folder: PathBuf, days: u32) -> Self {
        let kept = Self { folder, days };
        kept.make_room();
        kept
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps what `patch` takes away; it is on the disk when this returns. `None` if nothing is kept here.
    pub(super) fn keep(
        &self,
        track: TrackId,
        path: &Path,
        fields: Vec<String>,
        changed: &Patch,
        (before, after): (&str, &str),
    ) -> io::Result<Option<Uuid>> {
        if self.days == 0 {
            return Ok(None);
        }
        let (id, inverse) = (Uuid::now_v7(), changed.inverse());
        let edit = KeptEdit {
            id,
            track,
            path: path.to_owned(),
            at: Utc::now(),
            fields,
            before: before.to_owned(),
            after: after.to_owned(),
            changes: inverse.changes().len(),
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        self.make_room();
        let (place, unfinished) = (self.path(id), self.folder.join(format!("{id}.new")));
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).and_then(|file| {
            let mut file = BufWriter::new(file);
            serde_json::to_writer(&mut file, &edit)?;
            file.write_all(b"\n")?;
            for change in inverse.changes() {
                for number in [change.at, change.old.len() as u64, change.new.len() as u64] {
                    file.write_all(&number.to_le_bytes())?;
                }
                file.write_all(&change.new)?;
            }
            file.flush()?;
            step("kept in part");
            file.get_ref().sync_all()
        });
        let placed = written.and_then(|()| fs::rename(&unfinished, &place));
        let kept = placed.and_then(|()| File::open(&self.folder)?.sync_all());
        if let Err(error) = kept {
            let _ = fs::remove_file(&unfinished);
            let _ = fs::remove_file(&place);
            return Err(error);
        }
        Ok(Some(id))
    }

    /// All that are kept, the latest first. One that is damaged, or gone meanwhile, is none.
    pub(super) fn all(&self) -> io::Result<Vec<KeptEdit>> {
        let oldest = Utc::now() - TimeDelta::days(self.days.into());
        let mut all: Vec<KeptEdit> = Vec::new();
        for (path, _) in self.files()? {
            match header(&path) {
                Ok((edit, _)) => all.push(edit),
                // the machine's fault says nothing of it
                Err(error) if remedy(&error).is_some() => return Err(error),
                Err(_) => {}
            }
        }
        all.retain(|edit| edit.at >= oldest);
        all.sort_by_key(|edit| std::cmp::Reverse(edit.id));
        Ok(all)
    }

    /// The edit of this id; `None` if none is kept.
    pub(super) fn load(&self, id: Uuid) -> io::Result<Option<(KeptEdit, Inverse)>> {
        let (edit, mut file) = match header(&self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let mut changes = Vec::new();
        for _ in 0..edit.changes {
            let (at, length, size) = (number(&mut file)?, number(&mut file)?, number(&mut file)?);
            if size > MOST_BYTES {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut bytes = vec![0; size as usize];
            file.read_exact(&mut bytes)?;
            changes.push((at, length, bytes));
        }
        Ok(Some((edit, Inverse(changes))))
    }

    pub(super) fn forget(&self, id: Uuid) {
        let _ = fs::remove_file(self.path(id));
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.{ENDING}"))
    }

    /// The files and their sizes, the oldest first: the ids are in the order of time.
    fn files(&self) -> io::Result<Vec<(PathBuf, u64)>> {
        let entries = match faults::check(&self.folder).and_then(|()| fs::read_dir(&self.folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.path().extension().is_some_and(|ending| ending == ENDING)
                && let Ok(about) = entry.metadata()
            {
                files.push((entry.path(), about.len()));
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// Throws away what is too old, or too much.
    fn make_room(&self) {
        let oldest = Utc::now() - TimeDelta::days(self.days.into());
        // what the machine does not show stays
        let Ok(files) = self.files() else { return };
        let (mut left, mut bytes) = (files.len(), files.iter().map(|(_, size)| size).sum::<u64>());
        for (path, size) in files {
            let is_old = || header(&path).is_ok_and(|(edit, _)| edit.at < oldest);
            if left < KEPT_EDITS && bytes <= KEPT_BYTES && !is_old() {
                break;
            }
            let _ = fs::remove_file(&path);
            left -= 1;
            bytes -= size;
        }
    }
}

fn number(file: &mut impl io::Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn header(path: &Path) -> io::Result<(KeptEdit, BufReader<File>)> {
    faults::check(path)?;
    let mut file = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    file.by_ref().take(MOST_HEADER).read_until(b'\n', &mut line)?;
    Ok((serde_json::from_slice(&line)?, file))
}
