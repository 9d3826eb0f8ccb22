//! The track that another program means by a path, a title, an artist and a length.
//!
//! A path of another machine ends like the path of the same file here: the track is the one with which it has the most
//! names in common, from the file's name upwards. Where several have as many, none is taken: a wrong track is worse
//! than one that is missing.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use downbeat_protocol::TrackId;
use downbeat_store::TrackRow;

pub use super::roots::{Places, Roots};
use super::{
    Named,
    address::tidy,
    readings::{letters, names, readings, with_case, without_case},
};
use crate::Catalog;

/// Lengths that differ by no more are the same, seconds: programs round, and measure encoders' silence or not.
const SAME_SECONDS: f64 = 4.0;

/// The outcome of a search.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Nothing is like it.
    Nothing,
    /// This track.
    One(Arc<TrackRow>),
    /// All parts of the one file that is named.
    Parts(Vec<Arc<TrackRow>>),
    /// Several tracks, and nothing tells which one is meant.
    Several(Vec<Arc<TrackRow>>),
}

impl Found {
    /// The tracks that are meant.
    pub fn tracks(&self) -> &[Arc<TrackRow>] {
        match self {
            Self::One(track) => std::slice::from_ref(track),
            Self::Parts(parts) => parts,
            Self::Nothing | Self::Several(_) => &[],
        }
    }
}

/// Finds tracks; made for one import, of the tracks that are there at that moment.
pub struct Finder<'a> {
    catalog: &'a Catalog,
    /// Folders from which relative paths count.
    bases: Vec<PathBuf>,
    /// By digests of names of files, and of the letters of titles.
    by_name: HashMap<u64, Vec<Arc<TrackRow>>>,
    by_title: HashMap<u64, Vec<Arc<TrackRow>>>,
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl<'a> Finder<'a> {
    /// A finder among the tracks of `catalog`.
    pub fn new(catalog: &'a Catalog, bases: Vec<PathBuf>) -> Self {
        let (mut by_name, mut by_title) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for track in catalog.all().into_iter().filter(|track| track.available) {
            let name = track.path.file_name().map(|name| without_case(&name.to_string_lossy())).unwrap_or_default();
            by_name.entry(digest(&name)).or_default().push(track.clone());
            by_title.entry(digest(&letters(&track.title))).or_default().push(track);
        }
        Self { catalog, bases, by_name, by_title }
    }

    /// The track that is meant. What is learned of how folders there and here go together is added to `roots`.
    pub fn find(&self, named: &Named, roots: &mut Roots) -> Found {
        let mut unsure = Vec::new();
        if let Some(found) = self.at_its_path(named) {
            return found;
        }
        for path in named.paths.iter().flat_map(|path| readings(path)) {
            match self.with_its_tail(named, &path) {
                Found::Nothing => {}
                Found::Several(several) => unsure = several,
                found => {
                    if let [track, ..] = found.tracks() {
                        roots.learn(&path, &track.path);
                    }
                    return found;
                }
            }
        }
        match self.by_its_title(named, &unsure) {
            Found::Nothing if !unsure.is_empty() => Found::Several(unsure),
            found => found,
        }
    }

    /// At the very path, as it stands or as it may be meant.
    fn at_its_path(&self, named: &Named) -> Option<Found> {
        let absolute = |path: &PathBuf| {
            let whole = |path: &Path| if path.is_absolute() { vec![path.to_owned()] } else { self.joined(path) };
            whole(path)
        };
        let stands = named.paths.iter().flat_map(absolute).map(|path| tidy(&path));
        let meant = named.paths.iter().flat_map(absolute).flat_map(|path| readings(&path));
        stands.chain(meant).find_map(|path| Self::of_file(named, self.catalog.all_at_path(&path)))
    }

    fn joined(&self, path: &Path) -> Vec<PathBuf> {
        self.bases.iter().map(|base| base.join(path)).collect()
    }

    /// Of the tracks of one file the one whose title is named, or else all of them.
    fn of_file(named: &Named, mut tracks: Vec<Arc<TrackRow>>) -> Option<Found> {
        if tracks.iter().any(|track| track.available) {
            tracks.retain(|track| track.available);
        }
        match tracks.len() {
            0 => return None,
            1 => return tracks.pop().map(Found::One),
            _ => {}
        }
        let titled = named.title.as_deref().map(letters);
        let mut same = tracks.iter().filter(|track| titled.as_ref().is_some_and(|own| *own == letters(&track.title)));
        match (same.next(), same.next()) {
            (Some(one), None) => Some(Found::One(one.clone())),
            _ => Some(Found::Parts(tracks)),
        }
    }

    /// By the names that the path ends with.
    fn with_its_tail(&self, named: &Named, path: &Path) -> Found {
        let own = names(path);
        let Some(file) = own.first() else { return Found::Nothing };
        let folded: Vec<String> = own.iter().map(|name| without_case(name)).collect();
        let candidates = self.by_name.get(&digest(&without_case(file))).map(Vec::as_slice).unwrap_or_default();
        let in_common = |track: &TrackRow| {
            let theirs = names(&track.path);
            let same = theirs.iter().zip(&folded).take_while(|(theirs, own)| without_case(theirs) == **own).count();
            (same, theirs)
        };
        let (mut most, mut best) = (0, Vec::new());
        for track in candidates {
            let (same, theirs) = in_common(track);
            if same > most {
                (most, best) = (same, Vec::new());
            }
            if same == most && same > 0 {
                best.push((track, theirs));
            }
        }
        let exact = |theirs: &[String]| {
            theirs.iter().zip(&own).take(most).all(|(theirs, own)| with_case(theirs) == with_case(own))
        };
        let one_path = |best: &[(&Arc<TrackRow>, Vec<String>)]| {
            best.first().is_some_and(|(first, _)| best.iter().all(|(track, _)| track.path == first.path))
        };
        if !one_path(&best) && best.iter().any(|(_, theirs)| exact(theirs)) {
            best.retain(|(_, theirs)| exact(theirs));
        }
        let best: Vec<_> = best.into_iter().map(|(track, _)| track.clone()).collect();
        // A file's name alone ("01.mp3") says nothing, nor does one in a folder like "CD 1": what else is known of it
        // must say the same.
        let says_little = most < 2 || (most == 2 && own.get(1).is_some_and(|folder| is_any_folder(folder)));
        let best: Vec<_> = best
            .into_iter()
            .filter(|track| match evidence(named, track) {
                Evidence::Same => true,
                Evidence::None => !says_little || is_telling(track),
                Evidence::Other => false,
            })
            .collect();
        if best.first().is_some_and(|first| best.iter().all(|track| track.path == first.path)) {
            return Self::of_file(named, best).unwrap_or(Found::Nothing);
        }
        narrowed(named, best)
    }

    /// By artist and title; only among `unsure`, if there are some.
    fn by_its_title(&self, named: &Named, unsure: &[Arc<TrackRow>]) -> Found {
        let Some(title) = &named.title else { return Found::Nothing };
        let title = letters(title);
        let all = self.by_title.get(&digest(&title)).map(Vec::as_slice).unwrap_or_default();
        let among = |track: &Arc<TrackRow>| unsure.is_empty() || unsure.iter().any(|one| one.id == track.id);
        let artist = named.artist.as_deref().map(letters);
        let by = |track: &TrackRow| {
            let joined = [&track.artist, &track.album_artist];
            let all = joined.into_iter().chain(track.artists.iter()).chain(track.album_artists.iter());
            artist.as_ref().is_none_or(|artist| all.into_iter().any(|own| letters(own) == *artist))
        };
        let long = |track: &TrackRow| !named.seconds.is_some_and(|seconds| is_other_length(seconds, track));
        let found = all.iter().filter(|t| letters(&t.title) == title && among(t) && by(t) && long(t));
        narrowed(named, found.cloned().collect())
    }
}

/// What is known of a track beside its path, compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// Title or length say that it is the same.
    Same,
    /// There is nothing to compare.
    None,
    /// Title and length say that it is another.
    Other,
}

fn evidence(named: &Named, track: &TrackRow) -> Evidence {
    let title = named.title.as_deref().map(|title| letters(title) == letters(&track.title));
    let length = named.seconds.filter(|_| track.duration_seconds() > 0.0).map(|s| !is_other_length(s, track));
    match (title, length) {
        (Some(true), Some(true) | None) | (None, Some(true)) => Evidence::Same,
        (Some(false), Some(false)) => Evidence::Other,
        // a retagged file has another title, another encoder's another length
        _ => Evidence::None,
    }
}

/// True if the track is known to be longer or shorter.
fn is_other_length(seconds: f64, track: &TrackRow) -> bool {
    let own = track.duration_seconds();
    own > 0.0 && (own - seconds).abs() > SAME_SECONDS
}

/// One of several: those with other titles, albums or lengths are passed over as long as some are left. Files with the
/// very same bytes are one.
fn narrowed(named: &Named, mut all: Vec<Arc<TrackRow>>) -> Found {
    let title = named.title.as_deref().map(letters);
    let album = named.album.as_deref().map(letters);
    let seconds = named.seconds;
    narrow(&mut all, |track| title.as_ref().is_some_and(|own| letters(&track.title) == *own));
    narrow(&mut all, |track| album.as_ref().is_some_and(|own| letters(&track.album) == *own));
    narrow(&mut all, |track| seconds.is_some_and(|seconds| !is_other_length(seconds, track)));
    all.sort_by(|a, b| (&a.path, a.first_frame(), a.id).cmp(&(&b.path, b.first_frame(), b.id)));
    let same =
        |a: &TrackRow, b: &TrackRow| !a.hash.is_empty() && a.hash == b.hash && a.first_frame() == b.first_frame();
    match all.as_slice() {
        [] => Found::Nothing,
        [one, rest @ ..] if rest.iter().all(|other| same(one, other)) => Found::One(one.clone()),
        _ => Found::Several(all),
    }
}

fn narrow(all: &mut Vec<Arc<TrackRow>>, fits: impl Fn(&TrackRow) -> bool) {
    if all.len() > 1 && all.iter().any(|track| fits(track)) {
        all.retain(|track| fits(track));
    }
}

/// True for the name of a folder that many albums have: `CD 1`, `Disc2`, `01`.
fn is_any_folder(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    let words = ["cd", "disc", "disk", "dvd", "part", "teil", "side", "seite", "vol"];
    let rest = words.iter().find_map(|word| name.strip_prefix(word)).unwrap_or(&name);
    rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '_' | '.' | '#'))
}

/// True if the file's name says artist and title: then it says enough by itself.
fn is_telling(track: &TrackRow) -> bool {
    let name = letters(&track.path.file_stem().unwrap_or_default().to_string_lossy());
    [&track.artist, &track.title].iter().all(|text| {
        let text = letters(text);
        text.chars().count() > 1 && name.contains(&text)
    })
}

/// The ids of some tracks, for an answer.
pub fn ids(tracks: &[Arc<TrackRow>]) -> Vec<TrackId> {
    tracks.iter().map(|track| track.id).collect()
}
