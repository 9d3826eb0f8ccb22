//! The album that a track is on: which release of it, which disc.
//!
//! Tags give no id to an album unless MusicBrainz did. So the same title by the same artist is one album, except where
//! something says that there are several releases: an id, a catalogue number, the name of an edition, the year of the
//! release, or the year in the name of its folder. Years of the music itself say nothing: a collection has many.

use std::path::Path;

use uuid::Uuid;

use super::keys::{self, identity};
use crate::track_row::TrackRow;

/// The artist of an album if several artists share it and none is named for all.
pub(super) const VARIOUS: &str = "Various Artists";
/// The words for a disc in titles and in names of folders.
const DISC: [&str; 4] = ["cd", "disc", "disk", "dvd"];

/// The id of the album that a track is on; `None`: on none.
///
/// Many albums are called "Greatest Hits": where no album artist is named, the tracks of an album are those in one
/// folder, or in its folders for the discs. Of a compilation they are its own wherever they lie.
pub fn album_of(track: &TrackRow) -> Option<Uuid> {
    let title = identity(album_name(track));
    if title.is_empty() {
        return None;
    }
    let mut artist = identity(&track.album_artist);
    if artist.is_empty() && track.details.compilation {
        artist = identity(VARIOUS);
    }
    Some(keys::album_id(&title, &artist, &album_folder(&track.path), &release(track)))
}

/// The title of the album without the number of the disc: "The Wall" of "The Wall (Disc 2)".
pub(super) fn album_name(track: &TrackRow) -> &str {
    without_disc(track.album.trim()).0
}

/// The number of the disc, by its tag, the album's title or the folder's name.
pub(super) fn disc(track: &TrackRow) -> Option<u32> {
    let of_folder = || {
        let name = track.path.parent()?.file_name()?.to_string_lossy();
        disc_alone(&name).or_else(|| without_disc(&name).1)
    };
    track.disc_no.or_else(|| without_disc(track.album.trim()).1).or_else(of_folder)
}

/// What tells the release from others, for people; empty if nothing does.
pub(super) fn edition(track: &TrackRow) -> String {
    let details = &track.details;
    let year = details.release_year.or_else(|| folder_year(track)).map(|year| year.to_string());
    let words = [details.edition.clone(), year.unwrap_or_default(), details.catalog.clone()];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(", ")
}

/// The same for programs.
fn release(track: &TrackRow) -> String {
    let details = &track.details;
    if !details.release.is_empty() {
        return details.release.to_lowercase();
    }
    let catalog: String = details.catalog.chars().filter(|c| c.is_alphanumeric()).collect();
    let year = details.release_year.or_else(|| folder_year(track)).map(|year| year.to_string());
    let parts = [catalog.to_lowercase(), identity(&details.edition), year.unwrap_or_default()];
    if parts.iter().all(String::is_empty) { String::new() } else { parts.join("\u{1}") }
}

/// The folder of an album: that of a disc is within it, or beside that of the other disc.
fn album_folder(path: &Path) -> std::path::PathBuf {
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let Some(name) = folder.file_name() else { return folder.to_owned() };
    let name = name.to_string_lossy();
    if disc_alone(&name).is_some() {
        return folder.parent().unwrap_or(folder).to_owned();
    }
    match without_disc(&name) {
        (of_all, Some(_)) => folder.with_file_name(of_all),
        _ => folder.to_owned(),
    }
}

/// The year that the name of the album's folder begins with, or has between brackets: "1973 - X", "X (2011)".
fn folder_year(track: &TrackRow) -> Option<u32> {
    let folder = album_folder(&track.path);
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let is_year = |text: &str| text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let first = name.trim_start_matches(['(', '[']);
    let first = &first[..digits(first)];
    let rest = &name.trim_start_matches(['(', '['])[first.len()..];
    let leads = is_year(first) && rest.trim_start().starts_with(['-', '–', '.', ')', ']', '_']);
    let bracketed = || {
        let opened = name.split(['(', '[']).skip(1).map(|rest| &rest[..digits(rest)]);
        opened.filter(|run| is_year(run)).last()
    };
    let year = if leads { Some(first) } else { bracketed() }?;
    // An album may be called by a year.
    (!track.album.contains(year)).then(|| year.parse().ok()).flatten()
}

/// The number of a disc, if the name says nothing else, or begins with it: `CD1`, `Disc 2 - Live`.
fn disc_alone(name: &str) -> Option<u32> {
    let name = name.trim().to_lowercase();
    let rest = DISC.iter().find_map(|word| name.strip_prefix(word))?;
    number(rest.trim_start_matches([' ', '-', '_', '.', '#']))
}

/// One or two digits, and no letter behind them.
fn number(text: &str) -> Option<u32> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let ends = (1..=2).contains(&digits) && !text[digits..].starts_with(char::is_alphanumeric);
    ends.then(|| text[..digits].parse().ok()).flatten()
}

/// The text before the disc that it ends with, and the number of that: "X (Disc 2: Live)", "X [CD1]", "X, CD 2".
fn without_disc(text: &str) -> (&str, Option<u32>) {
    let at = |word: &str| {
        let lower = text.to_ascii_lowercase();
        let mut places = lower.rmatch_indices(word).map(|(at, _)| at);
        places.find_map(|at| {
            let before = text[..at].trim_end();
            let bracket = before.ends_with(['(', '[']);
            let apart = text[..at].ends_with([' ', '-', '_', ',']) && !before.is_empty();
            let rest = text[at + word.len()..].trim_start_matches([' ', '-', '_', '.', '#']);
            let number = number(rest)?;
            let tail = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim();
            let closes = if bracket { tail.ends_with([')', ']']) } else { tail.is_empty() };
            let name = before.trim_end_matches(['(', '[', ' ', '-', '_', ',', ':']).trim_end();
            ((bracket || apart) && closes && !name.is_empty()).then_some((name, number))
        })
    };
    match DISC.iter().find_map(|word| at(word)) {
        Some((name, number)) => (name, Some(number)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use downbeat_protocol::TrackId;

    use super::*;
    use crate::Details;

    fn track(album: &str, artist: &str, path: &str) -> TrackRow {
        TrackRow::unknown(TrackId::random(), path.into()).with(|t| {
            (t.album, t.album_artist) = (album.into(), artist.into());
        })
    }

    fn said(album: &str, artist: &str, path: &str, say: impl FnOnce(&mut Details)) -> TrackRow {
        track(album, artist, path).with(|t| say(Arc::make_mut(&mut t.details)))
    }

    #[track_caller]
    fn one(a: &TrackRow, b: &TrackRow) {
        assert_eq!(album_of(a), album_of(b));
        assert!(album_of(a).is_some());
    }

    #[track_caller]
    fn two(a: &TrackRow, b: &TrackRow) {
        assert_ne!(album_of(a), album_of(b));
    }

    #[test]
    fn albums_are_told_apart() {
        one(&track("Gold", "ABBA", "/a/1"), &track("gold ", "Abba", "/b/2"));
        two(&track("Gold", "ABBA", "/a/1"), &track("Gold", "Spandau", "/a/2"));
        two(&track("Hits", "", "/a/1.mp3"), &track("Hits", "", "/b/1.mp3"));
        two(&track("Hits", "", "/a/CDs/1.mp3"), &track("Hits", "", "/a/1.mp3"));
        one(&track("Cafe\u{301}", "E\u{301}", "/a/1"), &track("Caf\u{e9}", "\u{c9}", "/b/1"));
        assert_eq!(album_of(&track(" ", "ABBA", "/a/1")), None);
    }

    #[test]
    fn the_discs_of_an_album_are_one() {
        one(&track("Hits", "", "/a/CD1/1.mp3"), &track("Hits", "", "/a/Disc 2/1.mp3"));
        one(&track("Hits", "", "/a/1.mp3"), &track("Hits", "", "/a/cd 02 - live/1.mp3"));
        one(&track("Hits", "", "/m/Hits CD1/1.mp3"), &track("Hits", "", "/m/Hits CD2/1.mp3"));
        one(&track("The Wall (Disc 1)", "P", "/a/1"), &track("The Wall [CD 2: Live]", "P", "/b/1"));
        one(&track("The Wall, CD2", "P", "/a/1"), &track("The Wall", "P", "/b/1"));
        for (album, name, disc) in [
            ("The Wall - Disc 2", "The Wall", Some(2)),
            ("X (CD1)", "X", Some(1)),
            ("Disc 1", "Disc 1", None),
            ("ABCD 1", "ABCD 1", None),
            ("X (Disco 2)", "X (Disco 2)", None),
            ("Live CD 1999", "Live CD 1999", None),
            ("CD 2 of Hits", "CD 2 of Hits", None),
            ("İx CD1", "İx", Some(1)),
        ] {
            assert_eq!(without_disc(album), (name, disc), "{album}");
        }
        let of = |path: &str, tag| disc(&track("X", "P", path).with(|t| t.disc_no = tag));
        assert_eq!((of("/a/CD2/1", None), of("/a/X CD3/1", None), of("/a/X/1", None)), (Some(2), Some(3), None));
        assert_eq!(of("/a/CD2/1", Some(5)), Some(5), "the tag decides");
    }

    #[test]
    fn a_compilation_without_an_album_artist_is_one_album() {
        let of = |path: &str| said("Sampler", "", path, |d| d.compilation = true);
        one(&of("/A/Sampler/1"), &of("/B/Sampler/2"));
        one(&of("/A/Sampler/1"), &track("Sampler", "Various Artists", "/c/3"));
        two(&of("/A/1"), &track("Sampler", "", "/A/1"));
        one(&said("X", "ABBA", "/a/1", |d| d.compilation = true), &track("X", "ABBA", "/b/1"));
    }

    #[test]
    fn releases_of_one_album_are_several() {
        let plain = track("Blue", "Joni", "/m/Blue/1");
        for say in [
            (|d: &mut Details| d.release = "6F2D".into()) as fn(&mut Details),
            |d| d.catalog = "MS 2038".into(),
            |d| d.edition = "Deluxe Edition".into(),
            |d| d.release_year = Some(2021),
        ] {
            let other = said("Blue", "Joni", "/m/Blue/1", say);
            two(&plain, &other);
            one(&other, &said("Blue", "joni", "/n/1", say));
        }
        let catalog = |text: &str| said("Blue", "Joni", "/m/1", |d| d.catalog = text.into());
        one(&catalog("MS 2038"), &catalog("ms-2038"));
        two(&catalog("MS 2038"), &catalog("MS 2039"));
        let dated = |folder: &str, year| track("Blue", "Joni", &format!("/m/{folder}/1")).with(|t| t.year = Some(year));
        two(&dated("1971 - Blue", 1971), &dated("Blue (2021)", 2021));
        two(&dated("[1971] Blue", 1971), &dated("2021. Blue", 2021));
        one(&dated("1971 - Blue CD1", 1971), &dated("1971 - Blue/CD 2", 1971));
        one(&dated("Blue", 1971), &dated("Blue", 2021));
        two(&dated("Blue", 1971), &dated("Blue [1971]", 1971));
        let named = |folder: &str| track("1984", "Halen", &format!("/m/{folder}/1"));
        one(&named("1984 - 1984"), &named("1984"));
        assert_eq!(edition(&dated("Blue (2021)", 1971)), "2021");
        let full = said("Blue", "J", "/m/1", |d| (d.edition, d.catalog) = ("Demo".into(), "X1".into()));
        assert_eq!((edition(&full).as_str(), edition(&plain).as_str()), ("Demo, X1", ""));
    }
}
