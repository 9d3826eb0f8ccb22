use std::path::{Path, PathBuf};

use downbeat_protocol::Frames;
use downbeat_zone::Part;

use super::super::{
    address,
    find::{Finder, Found, Roots},
};
use super::*;
use crate::{Catalog, TrackRow, tests::a_track};

fn named(path: &str, artist: Option<&str>, title: Option<&str>) -> Named {
    let [artist, title] = [artist, title].map(|text| text.map(str::to_owned));
    Named { text: path.into(), paths: address::paths(path.as_bytes()), artist, title, ..Named::default() }
}

fn track(path: &str, artist: &str, title: &str, seconds: i64) -> TrackRow {
    a_track(path).with(|t| {
        (t.artist, t.title) = (artist.into(), title.into());
        t.frames = Frames(44_100 * seconds);
    })
}

/// The place in `tracks` of the one that is meant, or how many it may be.
fn place(tracks: &[TrackRow], named: &Named) -> Result<usize, usize> {
    let catalog = Catalog::new(tracks.iter().cloned());
    match Finder::new(&catalog, vec!["/m".into()]).find(named, &mut Roots::default()) {
        Found::One(track) => Ok(tracks.iter().position(|t| t.id == track.id).unwrap()),
        Found::Nothing => Err(0),
        Found::Parts(several) | Found::Several(several) => Err(several.len()),
    }
}

#[test]
fn a_path_of_another_system_leads_to_the_file_that_it_means() {
    let in_library = [
        "/m/b/Moto\u{308}rhead.flac",
        "/m/\u{d55c}\u{ad6d}/\u{b178}\u{b798}.flac",
        "/m/\u{30ab}\u{3099}\u{30b9}/1.flac",
        "/m/mixed/Cafe\u{301}/\u{e9}te\u{301}.flac",
        "/m/A/Gold/1.flac",
        "/m/B/Gold/1.flac",
        "/m/case/x/Song.flac",
        "/m/case/X/song.flac",
        "/m/100%25/a+b.flac",
        "/m/back\\slash/1.flac",
        "/m/blank here/1.flac",
        "/m/ABBA/Live/CD 1/01.flac",
    ];
    let tracks: Vec<_> = in_library.iter().map(|path| track(path, "", path, 60)).collect();
    for (path, found) in [
        ("/m/b/Mot\u{f6}rhead.flac", Ok(0)),
        ("/elsewhere/b/Mot\u{f6}rhead.flac", Ok(0)),
        ("/m/b/Mot%C3%B6rhead.flac", Ok(0)),
        ("D:\\Music\\b\\Mot\u{f6}rhead.flac", Ok(0)),
        ("D:\\Music/b\\MOT\u{d6}RHEAD.flac", Ok(0)),
        ("smb://nas/music/b/Moto%CC%88rhead.flac", Ok(0)),
        ("\\\\NAS\\music\\b\\Mot\u{f6}rhead.flac", Ok(0)),
        ("file://localhost/Volumes/Disk%201/b/Moto%CC%88rhead.flac", Ok(0)),
        ("/m/\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}/\u{1102}\u{1169}\u{1105}\u{1162}.flac", Ok(1)),
        ("Z:/\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}/\u{1102}\u{1169}\u{1105}\u{1162}.flac", Ok(1)),
        ("E:\\\u{30ac}\u{30b9}\\1.flac", Ok(2)),
        ("/m/mixed/Caf\u{e9}/\u{e9}t\u{e9}.flac", Ok(3)),
        ("C:\\Music\\B\\Gold\\1.flac", Ok(5)),
        ("C:\\Music\\a\\gold\\1.FLAC", Ok(4)),
        ("C:\\Music\\C\\Gold\\1.flac", Err(2)),
        ("C:\\Gold\\1.flac", Err(2)),
        ("C:\\1.flac", Err(0)),
        ("/other/x/Song.flac", Ok(6)),
        ("/other/X/song.flac", Ok(7)),
        ("/other/x/song.flac", Err(2)),
        ("/m/100%25/a+b.flac", Ok(8)),
        ("/m/back\\slash/1.flac", Ok(9)),
        ("/m/x/../blank%20here/./1.flac", Ok(10)),
        ("..\\.\\blank here\\1.flac", Ok(10)),
        ("D:\\Metallica\\S&M\\CD 1\\01.flac", Err(0)),
        ("D:\\Live\\cd 1\\01.flac", Ok(11)),
        ("", Err(0)),
        ("/", Err(0)),
    ] {
        assert_eq!(place(&tracks, &named(path, None, None)), found, "{path}");
    }
}

#[test]
fn names_and_lengths_find_what_paths_do_not_and_nothing_is_guessed() {
    let tracks = [
        track("/m/ABBA/Gold/1.flac", "ABBA", "Dancing Queen", 231),
        track("/m/Beatles/Abbey Road/7.flac", "The Beatles", "Because", 165),
        track("/m/Beatles/Love/1.flac", "The Beatles", "Because", 164),
        track("/m/Beatles/Live/1.flac", "The Beatles", "Because", 300),
        track("/m/Intro.flac", "One", "Intro", 30),
        track("/m/x/ABBA - Waterloo.flac", "ABBA", "Waterloo", 160),
        track("/m/Ma\u{f1}ana/2.flac", "Pi\u{f1}a", "\u{bf}Ma\u{f1}ana?", 100),
    ];
    let at = |named: &Named| place(&tracks, named);
    let long = |seconds: f64, named: Named| Named { seconds: Some(seconds), ..named };
    assert_eq!(at(&named("nowhere.mp3", Some("abba"), Some("dancing QUEEN"))), Ok(0));
    assert_eq!(at(&named("nowhere.mp3", Some("abba"), Some("Because"))), Err(0), "of somebody else");
    assert_eq!(at(&named("nowhere.mp3", Some("the beatles"), Some("Because"))), Err(3));
    assert_eq!(at(&long(298.0, named("nowhere.mp3", Some("The Beatles"), Some("Because")))), Ok(3));
    assert_eq!(at(&long(165.0, named("nowhere.mp3", Some("The Beatles"), Some("Because")))), Err(2));
    assert_eq!(
        at(&long(400.0, named("nowhere.mp3", Some("The Beatles"), Some("Because")))),
        Err(0),
        "another recording"
    );
    let love = Named { album: Some("LOVE".into()), ..named("C:\\b\\1.mp3", Some("The Beatles"), Some("Because")) };
    assert_eq!(at(&love), Err(3), "the tags name no album here");
    assert_eq!(at(&named("", None, Some("manana"))), Ok(6), "neither accents nor signs count");
    // a file's name by itself
    assert_eq!(at(&named("C:\\Intro.flac", None, None)), Err(0));
    assert_eq!(at(&long(31.0, named("C:\\Intro.flac", None, None))), Ok(4));
    assert_eq!(at(&long(90.0, named("C:\\Intro.flac", None, None))), Err(0));
    assert_eq!(at(&named("ABBA - Waterloo.flac", None, None)), Ok(5), "it says enough");
    // names that contradict the path: another album of the same folder's name
    assert_eq!(at(&long(500.0, named("C:\\Other\\Gold\\1.flac", Some("X"), Some("Nobody")))), Err(0));
}

#[test]
fn files_with_the_same_bytes_are_one_and_a_file_that_is_gone_is_found_at_its_path_alone() {
    let twin = |path: &str| track(path, "A", "T", 60).with(|t| t.hash = "aa".into());
    let tracks = [twin("/m/b/Gold/1.flac"), twin("/m/a/Gold/1.flac")];
    assert_eq!(place(&tracks, &named("D:\\Gold\\1.flac", None, None)), Ok(1), "the first by its path");
    let gone = [track("/m/a/x/1.flac", "A", "T", 60).with(|t| t.available = false)];
    assert_eq!(place(&gone, &named("/m/a/x/1.flac", None, None)), Ok(0));
    assert_eq!(place(&gone, &named("D:\\x\\1.flac", Some("A"), Some("T"))), Err(0));
}

#[test]
fn of_a_file_that_holds_several_tracks_the_named_one_is_taken_or_all() {
    let part = |number: u32, title: &str| {
        track("/m/ABBA/Gold/image.flac", "ABBA", title, 100).with(|t| {
            let first = Frames(44_100 * 100 * i64::from(number - 1));
            t.part = Some(Box::new(Part { number, count: 3, first, file_frames: Frames(44_100 * 300) }));
        })
    };
    let tracks = [part(1, "One"), part(2, "Two"), part(3, "Three")];
    for path in ["/m/ABBA/Gold/image.flac", "D:\\ABBA\\Gold\\image.flac"] {
        assert_eq!(place(&tracks, &named(path, Some("ABBA"), Some("two"))), Ok(1), "{path}");
        assert_eq!(place(&tracks, &named(path, None, None)), Err(3), "{path}: all of it");
    }
}

#[test]
fn what_is_not_there_gets_the_place_where_it_would_lie() {
    let tracks = [track("/m/ABBA/Gold/1.flac", "", "a", 1), track("/m/ABBA/Gold/2.flac", "", "b", 1)];
    let catalog = Catalog::new(tracks);
    let finder = Finder::new(&catalog, Vec::new());
    let mut roots = Roots::default();
    for number in [1, 2, 3] {
        let path = format!("D:\\Musik\\ABBA\\Gold\\{number}.flac");
        let found = finder.find(&named(&path, None, None), &mut roots);
        assert_eq!(found.tracks().len(), usize::from(number < 3), "{path}");
    }
    let roots = roots.sorted();
    let place = |path: &str| roots.place_of(&named(path, None, None));
    assert_eq!(place("D:\\Musik\\ABBA\\Gold\\3.flac").as_deref(), Some(Path::new("/m/ABBA/Gold/3.flac")));
    assert_eq!(place("d:\\Musik\\Beatles\\1.mp3").as_deref(), None, "another drive, as far as one can tell");
    assert_eq!(place("D:\\Musik\\..\\..\\etc\\passwd"), None);
    assert_eq!(place("1.mp3"), None);
    assert_eq!(Roots::default().sorted().place_of(&named("/x/y/1.mp3", None, None)), None::<PathBuf>);
}
