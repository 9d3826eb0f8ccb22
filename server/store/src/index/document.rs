//! The share of one track in the index.

use std::{os::unix::ffi::OsStrExt as _, path::Path};

use super::{
    keys::{self, INDEX_VERSION},
    release::{album_name, disc, edition},
};
use crate::track_row::TrackRow;

/// The most folders of a path whose names are searched, from the file upwards: what lies above is the same for all.
pub(super) const SEARCHED_FOLDERS: usize = 4;

/// Everything but whether the file is there, and its cover: these change by themselves.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) track: &'a TrackRow,
    /// The track's id as text.
    pub(super) id: String,
    /// The fingerprint of all that follows, and of how it was made.
    pub(super) made: i64,
}

/// An artist of a track.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Credit<'a> {
    pub(super) name: &'a str,
    /// Where it stands in lists; empty: by its name.
    pub(super) sort: &'a str,
    /// 1: of the track, 2: of the album, 3: of both.
    pub(super) roles: i64,
}

/// A name, and the one by which it is sorted; empty if that is the same.
pub(super) type Sorted<'a> = (&'a str, &'a str);

/// Short fingerprints of how names are spelled, each from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelling {
    artists: u32,
    album: u32,
    genres: u32,
}

/// The names of a file that are spelled in another way than before, if the file was known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Respelled {
    pub(super) artists: bool,
    pub(super) album: bool,
    pub(super) genres: bool,
}

impl Spelling {
    const BITS: u32 = 21;

    fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> u32 {
        let mut hasher = blake3::Hasher::new();
        for name in names {
            hasher.update(name.as_bytes()).update(&[0]);
        }
        let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
        u32::from_le_bytes([a, b, c, d]) % ((1 << Self::BITS) - 1) + 1
    }

    /// As one number, which is not 0.
    pub(super) fn number(self) -> i64 {
        i64::from(self.artists) | (i64::from(self.album) << Self::BITS) | (i64::from(self.genres) << (2 * Self::BITS))
    }

    /// The names that are spelled in another way than in `before`; none if `before` is 0, which is not known.
    pub(super) fn differs(self, before: i64) -> Respelled {
        if before == 0 {
            return Respelled::default();
        }
        let differs =
            |part: u32, place: u32| (before >> (place * Self::BITS)) & ((1 << Self::BITS) - 1) != i64::from(part);
        Respelled { artists: differs(self.artists, 0), album: differs(self.album, 1), genres: differs(self.genres, 2) }
    }
}

impl<'a> Document<'a> {
    pub(super) fn of(track: &'a TrackRow) -> Self {
        Self { track, id: track.id.to_string(), made: fingerprint(track) }
    }

    /// The folder of its file; none if it has no file.
    pub(super) fn folder(&self) -> Option<&'a Path> {
        self.track.path.parent().filter(|p| !p.as_os_str().is_empty())
    }

    /// The artists, each once.
    pub(super) fn credits(&self) -> Vec<Credit<'a>> {
        let mut credits: Vec<(uuid::Uuid, Credit<'a>)> = Vec::new();
        let t = self.track;
        let d = &t.details;
        for (names, joined, sort, role) in
            [(&t.artists, &t.artist, &d.artist_sort, 1), (&t.album_artists, &t.album_artist, &d.album_artist_sort, 2)]
        {
            let names: Vec<&str> = several(names, joined).collect();
            // Of several names the text does not say which part is whose.
            let sort = if names.len() == 1 { sort.as_str() } else { "" };
            for name in names {
                let id = keys::artist_id(name);
                match credits.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, credit)) => {
                        credit.roles |= role;
                        credit.sort = if credit.sort.is_empty() { sort } else { credit.sort };
                    }
                    None => credits.push((id, Credit { name, sort, roles: role })),
                }
            }
        }
        credits.into_iter().map(|(_, credit)| credit).collect()
    }

    /// The genres.
    pub(super) fn genres(&self) -> impl Iterator<Item = &'a str> {
        several(&self.track.genres, &self.track.genre)
    }

    /// The composers.
    pub(super) fn composers(&self) -> impl Iterator<Item = Sorted<'a>> {
        let d = &self.track.details;
        let joined = d.composers.is_empty().then_some(&*self.track.composer);
        let names: Vec<&str> = d.composers.iter().map(String::as_str).chain(joined).collect();
        let sort = if names.len() == 1 { d.composer_sort.as_str() } else { "" };
        names.into_iter().map(str::trim).filter(|name| !name.is_empty()).map(move |name| (name, sort))
    }

    /// The piece of which it is a part.
    pub(super) fn work(&self) -> Option<&'a str> {
        Some(self.track.details.work.trim()).filter(|work| !work.is_empty())
    }

    /// The album's name, without that of the disc.
    pub(super) fn album(&self) -> Sorted<'a> {
        (album_name(self.track), &self.track.details.album_sort)
    }

    /// What tells the release from others.
    pub(super) fn edition(&self) -> String {
        edition(self.track)
    }

    /// Title, artists, album, album artists, composer, genres, names of file and folders, work and movement, as they
    /// are searched.
    pub(super) fn texts(&self) -> [String; 8] {
        let t = self.track;
        let spaced = |text: &str| keys::spaced(text).into_owned();
        let all = |names: &[crate::Text], joined: &str| spaced(&several(names, joined).collect::<Vec<_>>().join(", "));
        let mut names: Vec<_> = t.path.components().rev().take(1 + SEARCHED_FOLDERS).collect();
        names.reverse();
        let path: Vec<_> = names.iter().map(|c| c.as_os_str().to_string_lossy()).collect();
        [
            spaced(&t.title),
            all(&t.artists, &t.artist),
            spaced(&t.album),
            all(&t.album_artists, &t.album_artist),
            spaced(&t.composer),
            all(&t.genres, &t.genre),
            spaced(&path.join(" / ")),
            spaced(&[t.details.work.as_str(), &t.details.movement].join(" ")),
        ]
    }

    /// How its names are spelled.
    pub(super) fn spelling(&self) -> Spelling {
        let t = self.track;
        Spelling {
            artists: Spelling::of(
                self.credits().iter().flat_map(|c| [c.name, c.sort]).chain(self.composers().flat_map(|(n, s)| [n, s])),
            ),
            album: Spelling::of([&*t.album, &*t.album_artist, &t.details.album_sort, &t.details.album_artist_sort]),
            genres: Spelling::of(self.genres()),
        }
    }

    /// The length, milliseconds.
    pub(super) fn ms(&self) -> i64 {
        (self.track.duration_seconds() * 1_000.0).round() as i64
    }

    fn sorted(name: &'a str, sort: &'a str) -> &'a str {
        if sort.is_empty() { name } else { sort }
    }

    fn title(&self) -> &'a str {
        Self::sorted(&self.track.title, &self.track.details.title_sort)
    }

    pub(super) fn k_title(&self) -> Vec<u8> {
        keys::text(self.title())
    }

    /// Without a number of the disc it is the first.
    fn in_album(&self, parts: keys::Parts) -> Vec<u8> {
        parts.number(disc(self.track).or(Some(1))).number(self.track.track_no).text(self.title())
    }

    pub(super) fn k_disc(&self) -> Vec<u8> {
        self.in_album(keys::Parts::default())
    }

    pub(super) fn k_artist(&self) -> Vec<u8> {
        let (t, (album, sort)) = (self.track, self.album());
        let artist = Self::sorted(&t.artist, &t.details.artist_sort);
        self.in_album(keys::Parts::default().letters(artist).letters(Self::sorted(album, sort)))
    }

    pub(super) fn k_album(&self) -> Vec<u8> {
        let (t, (album, sort)) = (self.track, self.album());
        let artist = Self::sorted(&t.album_artist, &t.details.album_artist_sort);
        self.in_album(keys::Parts::default().letters(Self::sorted(album, sort)).letters(artist))
    }

    pub(super) fn k_path(&self) -> Vec<u8> {
        keys::file(&self.track.path)
    }
}

/// Each of the names, or the joined one if there are none.
fn several<'a>(names: &'a [crate::Text], joined: &'a str) -> impl Iterator<Item = &'a str> {
    let joined = names.is_empty().then_some(joined);
    names.iter().map(|n| &**n).chain(joined).map(str::trim).filter(|n| !n.is_empty())
}

fn fingerprint(t: &TrackRow) -> i64 {
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(&INDEX_VERSION.to_le_bytes());
    for text in [&t.title, &t.artist, &t.album, &t.album_artist, &t.composer, &t.genre, &t.format] {
        add(text.as_bytes());
    }
    for names in [&t.artists, &t.album_artists, &t.genres] {
        add(&(names.len() as u64).to_le_bytes());
        names.iter().for_each(|name| add(name.as_bytes()));
    }
    add(t.path.as_os_str().as_bytes());
    add(t.details.json().unwrap_or_default().as_bytes());
    for number in [t.track_no, t.disc_no, t.year] {
        add(&number.map_or(-1, i64::from).to_le_bytes());
    }
    for number in [t.added, t.frames.0, i64::from(t.sample_rate)] {
        add(&number.to_le_bytes());
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(bytes)
}
