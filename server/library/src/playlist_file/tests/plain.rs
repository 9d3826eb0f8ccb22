use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use proptest::prelude::*;

use super::*;

fn all(content: &[u8]) -> Vec<Named> {
    read(content).unwrap().named
}

#[test]
fn m3u_of_every_make() {
    let plain = b"a.mp3\r\n\r\n# a comment\r\nb/c.mp3\r\n";
    assert_eq!(paths(plain), [(1, "a.mp3".into()), (4, "b/c.mp3".into())]);
    let extended = "\u{feff}#EXTM3U\n#PLAYLIST:Mine\n#EXTINF:123,ABBA - Dancing Queen - Live\n/m/1.flac\n\
                    #EXTALB:Gold\n#EXTINF:-1 tvg-id=\"x, y\",Just a title\nx\n#EXTINF:5\ny\n";
    let file = read(extended.as_bytes()).unwrap();
    assert_eq!(file.name.as_deref(), Some("Mine"));
    let [first, second, third] = &file.named[..] else { panic!("{file:?}") };
    assert_eq!((first.artist.as_deref(), first.title.as_deref()), (Some("ABBA"), Some("Dancing Queen - Live")));
    assert_eq!((first.seconds, second.seconds, third.seconds), (Some(123.0), None, Some(5.0)));
    assert_eq!((second.artist.as_deref(), second.title.as_deref()), (None, Some("Just a title")));
    assert_eq!((first.album.as_deref(), second.album.as_deref(), third.title.as_deref()), (None, Some("Gold"), None));
    let latin = all(b"#EXTINF:1,Zo\xeb - Caf\xe9\nZo\xeb/1.mp3\n");
    assert_eq!((latin[0].artist.as_deref(), latin[0].text.as_str()), (Some("Zoë"), "Zoë/1.mp3"));
    assert_eq!(latin[0].paths[0].as_os_str().as_bytes(), b"Zo\xeb/1.mp3", "the bytes themselves");
    assert_eq!(latin[0].paths[1], Path::new("Zoë/1.mp3"));
    assert_eq!(paths(b"old.mac\rend"), [(1, "old.mac".into()), (2, "end".into())]);
}

#[test]
fn marks_of_every_writer_and_lines_that_look_like_xml() {
    let one = |content: &[u8]| paths(content).pop().map(|(_, path)| path).unwrap_or_default();
    for (text, path) in [
        (r"C:\Music/ABBA\1.mp3", "C:/Music/ABBA/1.mp3"),
        ("\u{feff}\u{feff}", ""),
        ("\u{feff}[playlist]\nFile1=a", "a"),
        ("x\n\u{feff}#EXTM3U\n\u{feff}a.mp3", "a.mp3"),
        ("<3 songs/1.mp3", "<3 songs/1.mp3"),
        ("<love>/1.mp3", "<love>/1.mp3"),
        ("é.mp3", "é.mp3"),
    ] {
        assert_eq!(one(text.as_bytes()), path, "{text}");
        if text.is_ascii() || text.starts_with('\u{feff}') {
            for big in [false, true] {
                let two = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
                let wide: Vec<u8> = text.encode_utf16().flat_map(two).collect();
                assert_eq!(one(&wide), path, "{text}, UTF-16");
            }
        }
    }
    let half: Vec<u8> = [0xfeff, 0xd83c, 0x61].iter().flat_map(|unit: &u16| unit.to_le_bytes()).collect();
    assert_eq!(one(&half), "\u{fffd}a", "half of a pair");
    assert_eq!(
        read(b"http://radio.example/a.mp3").unwrap().named[0].paths,
        Vec::<PathBuf>::new(),
        "a stream is no file"
    );
}

#[test]
fn of_more_than_may_be_nothing_is_taken() {
    assert_eq!(read(&b"a\n".repeat(MAX_NAMED)).unwrap().named.len(), MAX_NAMED);
    assert_eq!(read(&b"a\n".repeat(MAX_NAMED + 1)), Err(Unreadable::TooLong));
    let remarks = [b"#\n".repeat(3 * MAX_NAMED).as_slice(), b"a"].concat();
    assert_eq!(paths(&remarks), [(3 * MAX_NAMED + 1, "a".into())], "lines that name nothing do not count");
}

#[test]
fn pls_in_the_order_of_its_numbers() {
    let text =
        b"[Playlist]\nX-GNOME-Title=Mine\nNumberOfEntries=2\nFile2=b.mp3\nTitle2=X - B\nfile1=a.mp3\nLength1=3\n\
                 Length2=-1\nnonsense\nFile10=c";
    let file = read(text).unwrap();
    assert_eq!(paths(text), [(6, "a.mp3".into()), (4, "b.mp3".into()), (10, "c".into())]);
    assert_eq!((file.named[1].artist.as_deref(), file.named[1].title.as_deref()), (Some("X"), Some("B")));
    assert_eq!((file.named[0].seconds, file.named[1].seconds, file.name.as_deref()), (Some(3.0), None, Some("Mine")));
}

#[test]
fn what_is_written_is_read_again() {
    let strange = Path::new(OsStr::from_bytes(b"/m/\xff/2.mp3"));
    let track = |path, artist, title| Written { path, artist, title, album: "", ms: 61_400 };
    let tracks = [
        Written { album: "G & H", ..track(Path::new("/m/a/1.mp3"), "A <&> B", "one\ntwo\u{1}") },
        track(strange, "", "t"),
        track(Path::new("/m/a/#1 50%25.mp3"), "", "t"),
        track(Path::new("/elsewhere/é: 1.mp3"), "", "t"),
        track(Path::new("/m/a/c:d.mp3"), "", "t"),
    ];
    for kind in [Kind::M3u, Kind::Pls, Kind::Xspf] {
        for base in [None, Some(Path::new("/m/a"))] {
            let file = write(kind, "my\n<list>", &tracks, base);
            let list = read(&file).unwrap();
            for (named, track) in list.named.iter().zip(&tracks) {
                let path = named.paths[0].strip_prefix(".").unwrap_or(&named.paths[0]);
                let path = base.unwrap_or(Path::new("/")).join(path);
                let found = super::super::readings::readings(&path);
                assert!(found.iter().any(|p| p == track.path), "{kind:?} {base:?} {found:?}");
                assert_eq!(named.seconds, Some(if kind == Kind::Xspf { 61.4 } else { 61.0 }));
            }
            assert_eq!(list.named.len(), tracks.len());
            assert_eq!(list.named[0].artist.as_deref(), Some("A <&> B"));
            let title = list.named[0].title.as_deref();
            assert_eq!(title, Some(if kind == Kind::Xspf { "one\ntwo" } else { "one two\u{1}" }));
            assert_eq!(list.named[1].title.as_deref(), Some("t"));
            assert_eq!(list.named[0].album.as_deref(), Some("G & H").filter(|_| kind == Kind::Xspf));
            let text = String::from_utf8_lossy(&file);
            assert_eq!(text.contains("/m/a/1.mp3"), base.is_none(), "{text}");
            assert_eq!(text.contains("../"), base.is_some(), "the folder above, if it is seen from beside it");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_playlist_or_a_fault(
        content: Vec<u8>,
        head in prop::sample::select(vec![
            &b""[..], b"\xff\xfe", b"[playlist]\n", b"#EXTINF:", b"<?xml version=\"1.0\"?><playlist><trackList><track>",
            b"<?wpl?><smil><body><seq><media src=\"", b"<playlist><title>&", b"<plist><dict><key>Tracks</key>",
        ]),
    ) {
        let content = [head, &content].concat();
        if let Ok(list) = read(&content) {
            for named in list.named {
                prop_assert!(named.line >= 1 && named.line <= content.len() + 1);
            }
        }
        let _ = read_library(content.as_slice());
    }
}
