//! The library of iTunes and Music, as both export it: a property list of XML with all tracks and all playlists.

use std::{collections::HashMap, io::BufRead};

use chrono::DateTime;

use super::{
    address::paths,
    named::{Named, Unreadable, some},
    xml::{Fault, Node, Xml},
};

/// The most tracks of a library.
const MAX_TRACKS: usize = 500_000;
/// The most playlists, and all of their entries.
const MAX_LISTS: usize = 20_000;
const MAX_ITEMS: usize = 5_000_000;
/// Folders of playlists within each other; the program itself shows fewer.
const MAX_FOLDERS: usize = 16;

/// The library of another program.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtherLibrary {
    /// The tracks.
    pub tracks: Vec<OtherTrack>,
    /// The playlists that people made, also the smart ones, as they were at that moment.
    pub lists: Vec<OtherList>,
}

/// A track as another program knows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtherTrack {
    /// Its file, its names, its length.
    pub named: Named,
    /// How good it is, 1..=100, if a person said so.
    pub rating: Option<u8>,
    /// How often it was played.
    pub plays: u32,
    /// When it was played last, seconds since 1970.
    pub played: Option<i64>,
}

/// A playlist of another program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherList {
    /// Its name, with the folders that it lies in: `Folder / Name`.
    pub name: String,
    /// Its tracks, by their places in [`OtherLibrary::tracks`].
    pub tracks: Vec<usize>,
}

/// Reads a library, piece by piece. Of videos, streams and what the program made by itself nothing is taken.
pub fn read_library(from: impl BufRead) -> Result<OtherLibrary, Unreadable> {
    let mut counted = Counted { from, lines: 1 };
    let mut xml = Xml::new(&mut counted);
    let read = Reading::default().library(&mut xml);
    drop(xml);
    read.map_err(|fault| fault.at(counted.lines))
}

/// Counts the lines that were read.
struct Counted<R> {
    from: R,
    lines: usize,
}

impl<R: BufRead> std::io::Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(into)?;
        self.lines += into[..count].iter().filter(|b| matches!(b, b'\n')).count();
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.from.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if amount == 0 {
            return;
        }
        // the buffer is still there as it was filled
        if let Ok(buffer) = self.from.fill_buf() {
            self.lines += buffer.iter().take(amount).filter(|b| matches!(b, b'\n')).count();
        }
        self.from.consume(amount);
    }
}

/// A playlist or a folder of such.
#[derive(Debug, Default)]
struct List {
    name: String,
    id: String,
    parent: String,
    is_folder: bool,
    /// The program's own: the whole library, all podcasts, what was bought.
    is_built_in: bool,
    items: Vec<i64>,
}

#[derive(Debug, Default)]
struct Reading {
    tracks: Vec<OtherTrack>,
    by_id: HashMap<i64, usize>,
    lists: Vec<List>,
    items: usize,
}

impl Reading {
    fn library<R: BufRead>(mut self, xml: &mut Xml<R>) -> Result<OtherLibrary, Fault> {
        loop {
            match xml.next()? {
                Node::Open(name, _) if name == "plist" => {}
                Node::Open(name, _) if name == "dict" => break,
                Node::Open(name, _) => return Err(Fault::Is(Unreadable::Unknown(name))),
                Node::End => return Err(Fault::Is(Unreadable::Unknown("nothing".into()))),
                Node::Text(_) | Node::Close => {}
            }
        }
        let mut has_tracks = false;
        while let Some((key, kind)) = pair(xml)? {
            match (key.as_str(), kind.as_str()) {
                ("Tracks", "dict") => {
                    has_tracks = true;
                    while let Some((id, kind)) = pair(xml)? {
                        if kind == "dict" { self.track(xml, &id)? } else { skip(xml)? }
                    }
                }
                ("Playlists", "array") => {
                    while let Some(kind) = item(xml)? {
                        if kind == "dict" { self.list(xml)? } else { skip(xml)? }
                    }
                }
                _ => skip(xml)?,
            }
        }
        if !has_tracks {
            return Err(Fault::Is(Unreadable::Unknown("plist".into())));
        }
        Ok(self.done())
    }

    /// One track; its element was opened.
    fn track<R: BufRead>(&mut self, xml: &mut Xml<R>, id: &str) -> Result<(), Fault> {
        let mut track = OtherTrack::default();
        let (mut is_file, mut is_computed, mut rating) = (true, false, 0_i64);
        let mut number = id.parse().ok();
        while let Some((key, kind)) = pair(xml)? {
            if matches!(kind.as_str(), "dict" | "array") {
                skip(xml)?;
                continue;
            }
            let value = xml.text()?;
            let value = value.trim();
            let named = &mut track.named;
            match key.as_str() {
                "Track ID" => number = value.parse().ok().or(number),
                "Name" => named.title = some(value),
                "Artist" => named.artist = some(value),
                "Album" => named.album = some(value),
                "Total Time" => named.seconds = value.parse().ok().map(|ms: f64| ms / 1e3).filter(|s| *s > 0.0),
                "Location" => {
                    value.clone_into(&mut named.text);
                    named.paths = paths(value.as_bytes());
                }
                "Rating" => rating = value.parse().unwrap_or(0),
                "Rating Computed" => is_computed = kind == "true",
                "Play Count" => track.plays = value.parse().unwrap_or(0),
                "Play Date UTC" => track.played = DateTime::parse_from_rfc3339(value).ok().map(|at| at.timestamp()),
                "Track Type" => is_file &= value == "File",
                "Movie" | "TV Show" | "Music Video" | "Has Video" => is_file &= kind != "true",
                _ => {}
            }
        }
        // half stars are steps of 10; one that follows from the album's is no person's word
        track.rating = u8::try_from(rating).ok().filter(|rating| (1..=100).contains(rating) && !is_computed);
        track.played = track.played.filter(|at| *at > 0);
        if track.named.text.is_empty() {
            let names = [track.named.artist.as_deref(), track.named.title.as_deref()];
            track.named.text = names.into_iter().flatten().collect::<Vec<_>>().join(" - ");
        }
        if let Some(number) = number
            && is_file
            && !track.named.text.is_empty()
        {
            if self.tracks.len() == MAX_TRACKS {
                return Err(Fault::Is(Unreadable::TooLong));
            }
            self.by_id.insert(number, self.tracks.len());
            self.tracks.push(track);
        }
        Ok(())
    }

    /// One playlist or folder; its element was opened.
    fn list<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Fault> {
        let mut list = List::default();
        while let Some((key, kind)) = pair(xml)? {
            match (key.as_str(), kind.as_str()) {
                ("Playlist Items", "array") => {
                    while let Some(kind) = item(xml)? {
                        if kind == "dict" { self.entry(xml, &mut list)? } else { skip(xml)? }
                    }
                }
                (_, "dict" | "array") => skip(xml)?,
                (key, kind) => {
                    let value = xml.text()?;
                    match key {
                        "Name" => value.trim().clone_into(&mut list.name),
                        "Playlist Persistent ID" => list.id = value,
                        "Parent Persistent ID" => list.parent = value,
                        "Folder" => list.is_folder |= kind == "true",
                        "Master" | "Music" | "Movies" | "TV Shows" | "Podcasts" | "Audiobooks" | "iTunesU"
                        | "Books" | "Purchased Music" | "Party Shuffle" => list.is_built_in |= kind == "true",
                        "Distinguished Kind" => list.is_built_in = true,
                        _ => {}
                    }
                }
            }
        }
        if self.lists.len() == MAX_LISTS {
            return Err(Fault::Is(Unreadable::TooLong));
        }
        if list.is_folder || list.is_built_in {
            list.items = Vec::new();
        }
        self.lists.push(list);
        Ok(())
    }

    fn entry<R: BufRead>(&mut self, xml: &mut Xml<R>, list: &mut List) -> Result<(), Fault> {
        while let Some((key, kind)) = pair(xml)? {
            if matches!(kind.as_str(), "dict" | "array") {
                skip(xml)?;
                continue;
            }
            let value = xml.text()?;
            if key == "Track ID"
                && let Ok(id) = value.trim().parse()
            {
                self.items += 1;
                if self.items > MAX_ITEMS {
                    return Err(Fault::Is(Unreadable::TooLong));
                }
                list.items.push(id);
            }
        }
        Ok(())
    }

    fn done(self) -> OtherLibrary {
        let folders: HashMap<&str, &List> =
            self.lists.iter().filter(|l| l.is_folder && !l.id.is_empty()).map(|l| (l.id.as_str(), l)).collect();
        let named = |list: &List| {
            let (mut names, mut above) = (vec![list.name.as_str()], list.parent.as_str());
            while let Some(folder) = folders.get(above).filter(|_| names.len() <= MAX_FOLDERS) {
                names.push(&folder.name);
                above = &folder.parent;
            }
            names.reverse();
            names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" / ")
        };
        let own = self.lists.iter().filter(|list| !list.is_folder && !list.is_built_in);
        let lists = own.map(|list| OtherList {
            name: named(list),
            tracks: list.items.iter().filter_map(|id| self.by_id.get(id).copied()).collect(),
        });
        OtherLibrary {
            lists: lists.filter(|list| !list.tracks.is_empty() && !list.name.is_empty()).collect(),
            tracks: self.tracks,
        }
    }
}

/// The next key of a dictionary, and the kind of its value, whose element was opened; `None`: the dictionary ended.
fn pair<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<(String, String)>, Fault> {
    let mut key = String::new();
    while let Some(kind) = item(xml)? {
        if kind != "key" {
            return Ok(Some((key, kind)));
        }
        xml.text()?.trim().clone_into(&mut key);
    }
    Ok(None)
}

/// The kind of the next value of an array; `None`: the array ended.
fn item<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, Fault> {
    loop {
        match xml.next()? {
            Node::Open(kind, _) => return Ok(Some(kind)),
            Node::Close | Node::End => return Ok(None),
            Node::Text(_) => {}
        }
    }
}

/// Passes over the element that was opened last.
fn skip<R: BufRead>(xml: &mut Xml<R>) -> Result<(), Fault> {
    xml.text().map(drop)
}
