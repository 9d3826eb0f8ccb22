//! Writes tags into a file so that it is never half written.
//!
//! The tags go into a copy beside the file, which takes its place only when it is on the disk in whole and reads back
//! as it should: a power cut leaves the old file or the new one. Speakers that play the old one have its bytes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek as _, SeekFrom},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown},
    path::{Path, PathBuf},
    time::Duration,
};

use downbeat_media::guard;
use lofty::{
    config::{ParseOptions, WriteOptions},
    file::{AudioFile as _, TaggedFile, TaggedFileExt as _},
    probe::Probe,
    tag::{Accessor as _, ItemKey, ItemValue, Tag, TagExt as _, TagItem, items::Timestamp},
};

use super::{found::Stat, source::Bytes};

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

/// Why a file was not changed. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is not there.
    #[error("the file is not there")]
    Missing,
    /// The file or its folder is not to be written to.
    #[error("{path} cannot be written to: {source}. Give the coordinator's user the right to write there")]
    ReadOnly {
        /// The file or the folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// No tags can be written to this kind of file.
    #[error("tags of this kind of file cannot be written: {0}")]
    Unsupported(String),
    /// Somebody else wrote to the file meanwhile.
    #[error("the file was changed by another program just now; look at it and try again")]
    Changed,
    /// No room for the copy.
    #[error("the disk that holds {0} is full")]
    Full(PathBuf),
    /// Anything else.
    #[error("{path}: {source}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl EditError {
    fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, source },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path),
            _ => Self::Other { path, source },
        }
    }
}

/// How the names of unfinished copies begin. They are hidden, so that no scan takes them for music.
const COPY: &str = ".downbeat-edit-";
/// Copies of this age were left behind by a power cut.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// Writes the tags. Blocks; call it where that is allowed.
pub fn write(path: &Path, edit: &TagEdit) -> Result<(), EditError> {
    let fail = |e| EditError::new(path, e);
    // Of a link the file is changed that it leads to.
    let path = &fs::canonicalize(path).map_err(fail)?;
    let mut original = File::open(path).map_err(fail)?;
    let before = original.metadata().map_err(fail)?;
    if before.permissions().readonly() {
        return Err(EditError::ReadOnly { path: path.clone(), source: io::ErrorKind::PermissionDenied.into() });
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    sweep(folder);

    let copy = Copy::new(folder)?;
    let mut file = OpenOptions::new().read(true).write(true).open(&copy.0).map_err(fail)?;
    io::copy(&mut original, &mut file).map_err(fail)?;
    retag(&mut file, edit).map_err(|e| match e {
        Retag::Io(e) => EditError::new(path, e),
        Retag::Refused(reason) => EditError::Unsupported(reason),
    })?;
    // Whose it is can only be kept by the superuser, or if it is one's own.
    let _ = fchown(&file, Some(before.uid()), Some(before.gid()));
    file.set_permissions(before.permissions()).map_err(fail)?;
    file.sync_all().map_err(fail)?;
    let now = fs::metadata(path).map_err(fail)?;
    if !Stat::of(&now).same_content(before.len(), Stat::of(&before).mtime_ns) {
        return Err(EditError::Changed);
    }
    fs::rename(&copy.0, path).map_err(fail)?;
    std::mem::forget(copy);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)
}

/// Removes a file for good. Blocks; call it where that is allowed.
pub fn delete(path: &Path) -> Result<(), EditError> {
    fs::remove_file(path).map_err(|e| EditError::new(path, e))?;
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| EditError::new(path, e))
}

/// A copy that is removed unless it takes the file's place.
struct Copy(PathBuf);

impl Copy {
    fn new(folder: &Path) -> Result<Self, EditError> {
        let path = folder.join(format!("{COPY}{}", uuid::Uuid::new_v4().simple()));
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.map_err(|e| EditError::new(folder, e))?;
        Ok(Self(path))
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
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

enum Retag {
    Io(io::Error),
    Refused(String),
}

impl From<io::Error> for Retag {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn retag(file: &mut File, edit: &TagEdit) -> Result<(), Retag> {
    let tagged = read(file)?;
    let length = tagged.properties().duration();
    let mut tags: Vec<Tag> = tagged.tags().to_vec();
    let primary = tagged.primary_tag_type();
    if !tags.iter().any(|t| t.tag_type() == primary) {
        tags.push(Tag::new(primary));
    }
    for mut tag in tags {
        // A kind that cannot be written any more would go on saying what was.
        apply(&mut tag, edit);
        if !tagged.tag_support(tag.tag_type()).is_writable() {
            if tag.tag_type() == primary {
                return Err(Retag::Refused(format!("{:?} is only read", tagged.file_type())));
            }
            continue;
        }
        file.seek(SeekFrom::Start(0))?;
        guard::catch(|| tag.save_to(file, WriteOptions::default()))
            .map_err(|_| Retag::Refused("the writer of its tags failed on it".into()))?
            .map_err(|e| Retag::Refused(e.to_string()))?;
    }
    // A copy that cannot be read again, or plays for another time, must not take the file's place.
    let after = read(file)?;
    if after.properties().duration().abs_diff(length) > Duration::from_millis(1) {
        return Err(Retag::Refused("its sound would not have stayed as it is".into()));
    }
    match after.primary_tag() {
        Some(tag) if !says(tag, edit) => Err(Retag::Refused("its tags cannot say this".into())),
        _ => Ok(()),
    }
}

fn read(file: &mut File) -> Result<TaggedFile, Retag> {
    file.seek(SeekFrom::Start(0))?;
    let mut buffered = io::BufReader::new(&mut *file);
    let parsed = guard::catch(|| {
        let reader: &mut dyn Bytes = &mut buffered;
        let probe = Probe::new(reader).options(ParseOptions::new()).guess_file_type()?;
        probe.read().map_err(io::Error::other)
    });
    parsed
        .map_err(|_| Retag::Refused("the reader of its tags failed on it".into()))?
        .map_err(|e| Retag::Refused(e.to_string()))
}

fn apply(tag: &mut Tag, edit: &TagEdit) {
    let mut texts = |key: ItemKey, values: &Option<Vec<String>>| {
        let Some(values) = values else { return };
        tag.remove_key(key);
        for value in values.iter().filter(|v| !v.is_empty()) {
            tag.push(TagItem::new(key, ItemValue::Text(value.clone())));
        }
    };
    let one = |text: &Option<String>| text.clone().map(|text| vec![text]);
    texts(ItemKey::TrackTitle, &one(&edit.title));
    texts(ItemKey::TrackArtist, &edit.artists);
    texts(ItemKey::AlbumTitle, &one(&edit.album));
    texts(ItemKey::AlbumArtist, &edit.album_artists);
    texts(ItemKey::Genre, &edit.genres);
    texts(ItemKey::Composer, &edit.composers);
    // Other programs keep the single names here as well.
    if edit.artists.is_some() {
        tag.remove_key(ItemKey::TrackArtists);
    }
    if edit.album_artists.is_some() {
        tag.remove_key(ItemKey::AlbumArtists);
    }
    if let Some(year) = edit.year {
        tag.remove_key(ItemKey::Year);
        tag.remove_key(ItemKey::RecordingDate);
        if year > 0 {
            tag.set_date(Timestamp { year, ..Timestamp::default() });
        }
    }
    match edit.track_no {
        Some(0) => tag.remove_track(),
        Some(number) => tag.set_track(number),
        None => {}
    }
    match edit.disc_no {
        Some(0) => tag.remove_disk(),
        Some(number) => tag.set_disk(number),
        None => {}
    }
}

/// True if the tag says all that was to be written.
fn says(tag: &Tag, edit: &TagEdit) -> bool {
    let texts = |key: ItemKey, wanted: &Option<Vec<String>>| {
        wanted.as_ref().is_none_or(|wanted| {
            let wanted: Vec<&str> = wanted.iter().map(String::as_str).filter(|w| !w.is_empty()).collect();
            let there: Vec<&str> = tag.get_strings(key).collect();
            // Some kinds keep several values as one text.
            there == wanted || wanted.iter().all(|w| there.iter().any(|t| t.contains(w))) && !wanted.is_empty()
        })
    };
    let one = |text: &Option<String>| text.clone().map(|text| vec![text]);
    let number = |wanted: Option<u32>, there: Option<u32>| wanted.is_none_or(|w| w == there.unwrap_or(0));
    texts(ItemKey::TrackTitle, &one(&edit.title))
        && texts(ItemKey::TrackArtist, &edit.artists)
        && texts(ItemKey::AlbumTitle, &one(&edit.album))
        && number(edit.track_no, tag.track())
        && number(edit.year.map(u32::from), tag.date().map(|d| u32::from(d.year)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn tone(path: &Path) {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(path, spec).unwrap();
        for i in 0..16_000_i16 {
            file.write_sample(i).unwrap();
        }
        file.finalize().unwrap();
    }

    fn samples(path: &Path) -> Vec<i16> {
        hound::WavReader::open(path).unwrap().samples().map(Result::unwrap).collect()
    }

    fn edit(title: &str) -> TagEdit {
        TagEdit {
            title: Some(title.into()),
            artists: Some(vec!["Zoë".into(), "Bill".into()]),
            year: Some(1994),
            track_no: Some(7),
            ..TagEdit::default()
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn tags_are_written_and_everything_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        tone(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let sound = samples(&path);
        write(&path, &edit("One")).unwrap();
        assert_eq!(samples(&path), sound);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let mut file = File::open(&path).unwrap();
        let Ok(tagged) = read(&mut file) else { panic!("it cannot be read") };
        let tag = tagged.primary_tag().unwrap();
        assert_eq!(
            (tag.title().as_deref(), tag.track(), tag.date().map(|d| d.year)),
            (Some("One"), Some(7), Some(1994))
        );

        let more = TagEdit { album: Some("B".into()), title: Some(String::new()), year: Some(0), ..TagEdit::default() };
        write(&path, &more).unwrap();
        let mut file = File::open(&path).unwrap();
        let Ok(tagged) = read(&mut file) else { panic!("it cannot be read") };
        let tag = tagged.primary_tag().unwrap();
        assert_eq!((tag.title(), tag.album().as_deref(), tag.track(), tag.date()), (None, Some("B"), Some(7), None));
        assert_eq!(names(dir.path()), ["a.wav"], "no copy is left");
    }

    #[test]
    fn a_link_goes_on_leading_to_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("a.wav"), dir.path().join("link.wav"));
        tone(&file);
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, &edit("One")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::metadata(&file).unwrap().len() > 32_044);
    }

    #[test]
    fn what_cannot_be_written_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mp3");
        assert!(matches!(write(&path, &edit("x")), Err(EditError::Missing)));
        fs::write(&path, b"this is no music").unwrap();
        assert!(matches!(write(&path, &edit("x")), Err(EditError::Unsupported(_))));
        assert_eq!(fs::read(&path).unwrap(), b"this is no music");
        let path = dir.path().join("b.wav");
        tone(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(matches!(write(&path, &edit("x")), Err(EditError::ReadOnly { .. })));
        assert_eq!(names(dir.path()).len(), 2, "no copy is left");
    }

    #[test]
    fn copies_that_a_power_cut_left_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        tone(&path);
        let (old, new) = (dir.path().join(format!("{COPY}old")), dir.path().join(format!("{COPY}new")));
        fs::write(&new, b"").unwrap();
        let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1);
        File::create(&old).unwrap().set_modified(long_ago).unwrap();
        write(&path, &edit("One")).unwrap();
        assert!(!old.exists() && new.exists());
    }
}
