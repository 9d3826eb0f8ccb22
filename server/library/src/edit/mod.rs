//! Changes the tags of a file so that nothing of it is lost.
//!
//! The change is planned byte by byte ([`super::retag`]) and written into a copy beside the file. The copy is looked at
//! by a decoder and by parsers of other code ([`check`]); only then, and when what was there is kept ([`kept`]), does
//! it take the file's place ([`replace`]). A power cut leaves the old file or the new one, and a note of the copy
//! ([`super::journal`]), which goes at the next start. Speakers that play the old one have its bytes.

mod check;
mod error;
mod field_names;
mod kept;
mod replace;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use downbeat_media::guard;
use downbeat_protocol::TrackId;

use super::{
    TrackRow,
    cue::{self, CHAPTERS},
    journal,
    limits::Limits,
    machine::faults::step,
    retag::{self, Field, Patch, Refusal, Wanted},
};
pub use error::EditError;
use field_names::name;
use kept::Kept;
pub use kept::{KEPT_BYTES, KeptEdit};
use replace::Original;

/// The tags to change; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagEdit {
    /// The title; empty: none.
    pub title: Option<String>,
    /// The artists; empty: none.
    pub artists: Option<Vec<String>>,
    /// The album; empty: none.
    pub album: Option<String>,
    /// The album's artists; empty: none.
    pub album_artists: Option<Vec<String>>,
    /// The genres; empty: none.
    pub genres: Option<Vec<String>>,
    /// The composers; empty: none.
    pub composers: Option<Vec<String>>,
    /// The year; 0: none.
    pub year: Option<u16>,
    /// The number on the disc; 0: none.
    pub track_no: Option<u32>,
    /// The number of the disc; 0: none.
    pub disc_no: Option<u32>,
}

/// An edit that was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edited {
    /// By which it can be taken back; `None` if nothing was changed, or nothing is kept.
    pub id: Option<uuid::Uuid>,
    /// False if the file says all of it already.
    pub changed: bool,
    /// Remarks for people, in sentences.
    pub notes: Vec<String>,
}

/// Changes files, one at a time. Every call blocks.
#[derive(Debug)]
pub struct Editor {
    folders: Arc<[PathBuf]>,
    kept: Kept,
}

/// Time for any file, however small.
const BASE_TIME: Duration = Duration::from_mins(1);
/// The slowest disk or share on which a file is still edited: one megabyte a second, several times over.
const BYTES_PER_SECOND: u64 = 1_000_000;
/// Nobody waits longer.
const MOST_TIME: Duration = Duration::from_mins(10);

impl Editor {
    /// Edits files of these music folders, and keeps in `folder` for so many days what was there before; 0: not at all.
    pub fn new(folders: Arc<[PathBuf]>, folder: PathBuf, days: u32) -> Self {
        let left = journal::left(&folder);
        if !left.is_empty() {
            // The disks that hold the copies may take their time, and nobody waits for it.
            let clear = std::thread::Builder::new().name("edits".into()).spawn(move || journal::clear(&left));
            clear.map_or_else(|error| tracing::warn!(%error, "copies of edits are not looked for"), drop);
        }
        let kept = Kept::new(folder, days);
        Self { folders, kept }
    }

    /// Changes the tags of this track's file.
    pub fn write(&self, track: TrackId, path: &Path, edit: &TagEdit) -> Result<Edited, EditError> {
        let wanted = edit.wanted();
        let mut original = self.open(path)?;
        let limits = limits(original.bytes());
        let change = plan(original.file(), &wanted).map_err(|refusal| match refusal {
            Refusal::Io(error) => EditError::new(path, error),
            Refusal::Cannot(reason) => EditError::Unsupported(reason),
        })?;
        if change.is_empty() {
            return Ok(Edited::default());
        }
        let before = check::Witness::of(original.file(), &original.ending(), &limits)?;
        let names = wanted.iter().map(|(field, _)| name(*field).to_owned()).collect();
        self.put(&mut original, track, names, &change, |copy, ending| {
            let after = check::Witness::of(copy, ending, &limits)?;
            before.compare(&after, &wanted).map_err(EditError::Harmful)
        })
    }

    /// The edits that can be taken back, the latest first. Fails where the machine does not say.
    pub fn kept(&self) -> Result<Vec<KeptEdit>, EditError> {
        self.kept.all().map_err(|source| EditError::of_machine(self.kept.folder().to_owned(), source))
    }

    /// Takes an edit back: the file of its track, which lies at `path` now, is as it was before, to the bit.
    pub fn undo(&self, id: uuid::Uuid, path: &Path) -> Result<Edited, EditError> {
        let loaded = self.kept.load(id);
        let unread = |source| EditError::of_machine(self.kept.folder().to_owned(), source);
        let (edit, inverse) = loaded.map_err(unread)?.ok_or(EditError::Unknown)?;
        let mut original = self.open(path)?;
        let hash = original.hash()?;
        if hash == edit.before {
            // The coordinator was killed after it kept this, and before the edit was made.
            self.kept.forget(id);
            return Err(EditError::Unknown);
        }
        if hash != edit.after {
            return Err(EditError::ChangedSince);
        }
        let change = inverse.over(original.file()).map_err(|e| EditError::new(path, e))?;
        let ending = edit.before.clone();
        let undone = self.put(&mut original, edit.track, edit.fields, &change, move |copy, _| {
            let hash = replace::hash(copy).map_err(|e| EditError::new(Path::new("the copy"), e))?;
            if hash == ending { Ok(()) } else { Err(EditError::ChangedSince) }
        })?;
        self.kept.forget(id);
        Ok(undone)
    }

    fn open(&self, path: &Path) -> Result<Original, EditError> {
        Original::open(path).map_err(|error| self.sealed(path, error))
    }

    /// Writes the copy, has it checked, keeps what was there, and puts it in its place.
    fn put(
        &self,
        original: &mut Original,
        track: TrackId,
        fields: Vec<String>,
        change: &Patch,
        check: impl FnOnce(&File, &str) -> Result<(), EditError>,
    ) -> Result<Edited, EditError> {
        let copy = original.copy(change, self.kept.folder()).map_err(|error| self.sealed(original.path(), error))?;
        check(copy.file(), &original.ending())?;
        let mut notes = copy.finish(original)?;
        let kept = self.kept.keep(track, original.path(), fields, change, copy.hashes());
        let id = kept.map_err(|source| EditError::NotKept { folder: self.kept.folder().to_owned(), source })?;
        step("kept");
        if let Err(error) = copy.take_the_place(original) {
            id.inspect(|id| self.kept.forget(*id));
            return Err(self.sealed(original.path(), error));
        }
        if original.names() > 1 {
            let others = original.names() - 1;
            notes.push(format!(
                "the file had {others} other name{} (hard links): what is reached by {} is as it was",
                if others == 1 { "" } else { "s" },
                if others == 1 { "that" } else { "those" }
            ));
        }
        Ok(Edited { id, changed: true, notes })
    }

    /// Names the music folder where the whole of it cannot be written to.
    fn sealed(&self, path: &Path, error: EditError) -> EditError {
        match error {
            EditError::ReadOnly { source, .. } if source.kind() == io::ErrorKind::ReadOnlyFilesystem => {
                let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                let holding =
                    |of: &Path| self.folders.iter().filter(|f| of.starts_with(f)).max_by_key(|f| f.as_os_str().len());
                let folder = holding(&real).or_else(|| holding(path)).cloned();
                let parent = || real.parent().unwrap_or(Path::new("/")).to_owned();
                EditError::Sealed { folder: folder.unwrap_or_else(parent) }
            }
            other => other,
        }
    }
}

fn limits(bytes: u64) -> Limits {
    let time = BASE_TIME + Duration::from_secs(bytes / BYTES_PER_SECOND);
    Limits::new(time.min(MOST_TIME), Arc::default())
}

fn plan(mut file: &File, wanted: &[Wanted]) -> Result<Patch, Refusal> {
    guard::catch(|| retag::plan(&mut file, wanted))
        .unwrap_or_else(|_| Err(Refusal::Cannot("the writer of its tags failed on it".into())))
}

impl TagEdit {
    fn wanted(&self) -> Vec<Wanted> {
        let full = |values: &[String]| values.iter().filter(|v| !v.is_empty()).cloned().collect::<Vec<_>>();
        let one = |text: &Option<String>| text.as_ref().map(|text| full(std::slice::from_ref(text)));
        let list = |texts: &Option<Vec<String>>| texts.as_deref().map(full);
        let number = |number: Option<u32>| number.map(|n| if n == 0 { Vec::new() } else { vec![n.to_string()] });
        let all = [
            (Field::Title, one(&self.title)),
            (Field::Artist, list(&self.artists)),
            (Field::Album, one(&self.album)),
            (Field::AlbumArtist, list(&self.album_artists)),
            (Field::Genre, list(&self.genres)),
            (Field::Composer, list(&self.composers)),
            (
                Field::Year,
                number(self.year.map(u32::from)).map(|y| y.into_iter().map(|y| format!("{y:0>4}")).collect()),
            ),
            (Field::Track, number(self.track_no)),
            (Field::Disc, number(self.disc_no)),
        ];
        all.into_iter().filter_map(|(field, values)| Some((field, values?))).collect()
    }
}

/// Refuses to change the tags of a part of a file where they are what a sheet says. Of a chapter all but its title and
/// number are the file's own tags, and those of all its chapters.
pub fn writable(track: &TrackRow, edit: &TagEdit) -> Result<(), EditError> {
    let Some(part) = &track.part else { return Ok(()) };
    let (number, count) = (part.number, part.count);
    let sheet = match track.sheet.as_deref() {
        Some(CHAPTERS) if edit.title.is_none() && edit.track_no.is_none() => return Ok(()),
        Some(CHAPTERS) => {
            return Err(EditError::Unsupported(format!(
                "this is chapter {number} of the {count} in one file; its title and number are not written. All else is"
            )));
        }
        Some(mark) if cue::is_own(mark) => "the sheet in it",
        _ => "the cue sheet beside it",
    };
    Err(EditError::Unsupported(format!(
        "this is track {number} of the {count} in one file, which {sheet} cuts and names. Change the sheet; the library \
         follows"
    )))
}

/// Refuses to delete a file that holds other tracks as well.
pub fn deletable(track: &TrackRow) -> Result<(), EditError> {
    let count = track.part.as_ref().map_or(1, |part| part.count);
    if count > 1 { Err(EditError::HoldsMore(count)) } else { Ok(()) }
}

/// Removes a file for good. Blocks; call it where that is allowed.
pub fn delete(path: &Path) -> Result<(), EditError> {
    fs::remove_file(path).map_err(|e| EditError::new(path, e))?;
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| EditError::new(path, e))
}
