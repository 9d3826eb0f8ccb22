//! Playlist files as other programs write them: M3U, M3U8 and PLS.
//!
//! They are foreign text of any age: with a byte order mark or not, in UTF-8 or Windows-1252, with paths of another
//! machine. So nothing here fails; what a line names is found by who knows the library.

use std::{
    collections::HashMap,
    ffi::OsStr,
    fmt::Write as _,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

/// So many tracks may be in a file. Of one that names more, one more is read, so that one can see it.
pub const MAX_NAMED: usize = 100_000;

/// One track that a file names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The line that it stands in, from 1.
    pub line: usize,
    /// The path or address as it stands there, for people.
    pub text: String,
    /// The same as the bytes of a path of this system; backslashes and `file:` addresses are made into such.
    pub path: PathBuf,
    /// The same as text: bytes that are no UTF-8 are read as Windows-1252.
    pub spelled: PathBuf,
    /// The artist, if the file says so.
    pub artist: Option<String>,
    /// The title, if the file says so.
    pub title: Option<String>,
}

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// M3U or M3U8.
    M3u,
    /// PLS.
    Pls,
}

/// The tracks that a file names, in its order; its content says of which kind it is.
pub fn read(content: &[u8]) -> Vec<Named> {
    let utf16 = |content: &[u8], big: bool| {
        let units = content.as_chunks::<2>().0.iter().map(|c| if big { [c[0], c[1]] } else { [c[1], c[0]] });
        String::from_utf16_lossy(&units.map(u16::from_be_bytes).collect::<Vec<_>>()).into_bytes()
    };
    let converted = match content {
        [0xff, 0xfe, text @ ..] => Some(utf16(text, false)),
        [0xfe, 0xff, text @ ..] => Some(utf16(text, true)),
        // without a mark: it begins with a character of ASCII, as a path does
        [1..=255, 0, 1..=255, ..] => Some(utf16(content, false)),
        [0, 1..=255, 0, ..] => Some(utf16(content, true)),
        _ => None,
    };
    let content = converted.as_deref().unwrap_or(content);
    let lines = content.split(|b| matches!(b, b'\n' | b'\r'));
    // A line break of two bytes makes an empty line: lines are counted by the first of them.
    let breaks = if content.contains(&b'\n') { b'\n' } else { b'\r' };
    if lines.clone().map(bare).find(|l| !l.is_empty()).is_some_and(|l| l.eq_ignore_ascii_case(b"[playlist]")) {
        pls(content, breaks)
    } else {
        m3u(content, breaks)
    }
}

fn numbered(content: &[u8], breaks: u8) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = content.split(move |b| *b == breaks);
    lines.enumerate().map(|(i, line)| (i + 1, bare(line))).filter(|(_, line)| !line.is_empty())
}

/// The line without blanks and byte order marks around it: files that were joined have one in their midst, too.
fn bare(line: &[u8]) -> &[u8] {
    let mut line = line.trim_ascii();
    while let Some(rest) = line.strip_prefix(b"\xef\xbb\xbf") {
        line = rest.trim_ascii_start();
    }
    line
}

fn m3u(content: &[u8], breaks: u8) -> Vec<Named> {
    let (mut all, mut info) = (Vec::new(), None);
    for (line, text) in numbered(content, breaks) {
        if let Some(extended) = text.strip_prefix(b"#EXTINF:") {
            info = decoded(extended).split_once(',').map(|(_, name)| name.trim().to_owned());
        } else if !text.starts_with(b"#") {
            all.push(named(line, text, info.take().as_deref()));
        }
        if all.len() > MAX_NAMED {
            break;
        }
    }
    all
}

fn pls(content: &[u8], breaks: u8) -> Vec<Named> {
    let mut files: Vec<(u64, usize, &[u8])> = Vec::new();
    let mut captions: HashMap<u64, String> = HashMap::new();
    for (line, text) in numbered(content, breaks) {
        let Some(equals) = text.iter().position(|b| *b == b'=') else { continue };
        let (key, value) = (decoded(&text[..equals]).trim().to_lowercase(), text[equals + 1..].trim_ascii());
        if let Some(number) = key.strip_prefix("file").and_then(|n| n.parse().ok()) {
            files.push((number, line, value));
        } else if let Some(number) = key.strip_prefix("title").and_then(|n| n.parse().ok()) {
            captions.insert(number, decoded(value));
        }
        if files.len().max(captions.len()) > MAX_NAMED {
            break;
        }
    }
    files.sort_by_key(|(number, ..)| *number);
    let caption = |number| captions.get(&number).map(String::as_str);
    files.into_iter().map(|(number, line, path)| named(line, path, caption(number))).collect()
}

/// The characters of the bytes from 0x80 to 0x9f in Windows-1252, as browsers read it; all others are those of Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-8, or else Windows-1252, in which every byte is a character.
fn decoded(bytes: &[u8]) -> String {
    let windows = |byte: &u8| match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    };
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(windows).collect(), str::to_owned)
}

fn named(line: usize, bytes: &[u8], info: Option<&str>) -> Named {
    let text = decoded(bytes);
    let lower = text.to_ascii_lowercase();
    let path = if lower.starts_with("file:") {
        let after = slashed(&bytes["file:".len()..]);
        // file:///path and file://host/path
        let rest = after.strip_prefix(b"//").map_or(after.as_slice(), |rest| {
            let slash = rest.iter().position(|b| *b == b'/').unwrap_or(rest.len());
            &rest[slash..]
        });
        PathBuf::from(OsStr::from_bytes(&unescaped(rest)))
    } else if is_windows(bytes) {
        PathBuf::from(OsStr::from_bytes(&slashed(bytes)))
    } else {
        PathBuf::from(OsStr::from_bytes(bytes))
    };
    let (artist, title) = match info.map(|info| info.split_once(" - ").ok_or(info)) {
        None => (None, None),
        Some(Ok((artist, title))) => (some(artist), some(title)),
        Some(Err(title)) => (None, some(title)),
    };
    let spelled = PathBuf::from(decoded(path.as_os_str().as_bytes()));
    Named { line, text, path, spelled, artist, title }
}

/// True if the path is one of Windows: from a drive or another machine, or with no slash in it.
fn is_windows(path: &[u8]) -> bool {
    let from_drive = matches!(path, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    from_drive || path.starts_with(b"\\\\") || (path.contains(&b'\\') && !path.contains(&b'/'))
}

fn slashed(path: &[u8]) -> Vec<u8> {
    path.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|t| !t.is_empty())
}

/// `%41` is `A`.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|d| *first == b'%' && d.iter().all(u8::is_ascii_hexdigit));
        let byte = digits.and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
        all.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    all
}

/// A track to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<'a> {
    /// The path of its file.
    pub path: &'a Path,
    /// The artist; may be empty.
    pub artist: &'a str,
    /// The title.
    pub title: &'a str,
    /// Its length, seconds.
    pub seconds: i64,
}

/// A file of these tracks; paths below `relative_to` are written from there.
pub fn write(kind: Kind, name: &str, tracks: &[Written<'_>], relative_to: Option<&Path>) -> Vec<u8> {
    let line = |text: &str| text.replace(['\n', '\r'], " ");
    let mut file = Vec::new();
    let mut text = match kind {
        Kind::M3u => format!("#EXTM3U\n#PLAYLIST:{}\n", line(name)),
        Kind::Pls => "[playlist]\n".to_owned(),
    };
    for (i, track) in tracks.iter().enumerate() {
        let known = if track.artist.is_empty() { String::new() } else { format!("{} - ", track.artist) };
        let caption = line(&format!("{known}{}", track.title));
        let path = relative_to.and_then(|base| track.path.strip_prefix(base).ok()).unwrap_or(track.path);
        let number = i + 1;
        let _ = match kind {
            Kind::M3u => writeln!(text, "#EXTINF:{},{caption}", track.seconds),
            Kind::Pls => write!(text, "Title{number}={caption}\nLength{number}={}\nFile{number}=", track.seconds),
        };
        file.append(&mut std::mem::take(&mut text).into_bytes());
        if kind == Kind::M3u && path.as_os_str().as_bytes().starts_with(b"#") {
            // Without this it would be a remark.
            file.extend_from_slice(b"./");
        }
        // A path is bytes, not text.
        file.extend_from_slice(path.as_os_str().as_bytes());
        text.push('\n');
    }
    if kind == Kind::Pls {
        let _ = writeln!(text, "NumberOfEntries={}\nVersion=2", tracks.len());
    }
    file.append(&mut text.into_bytes());
    file
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paths(content: &[u8]) -> Vec<(usize, String)> {
        read(content).into_iter().map(|n| (n.line, n.path.to_string_lossy().into_owned())).collect()
    }

    #[test]
    fn m3u_of_every_make() {
        let plain = b"a.mp3\r\n\r\n# a comment\r\nb/c.mp3\r\n";
        assert_eq!(paths(plain), [(1, "a.mp3".into()), (4, "b/c.mp3".into())]);
        let extended =
            "\u{feff}#EXTM3U\n#EXTINF:123,ABBA - Dancing Queen - Live\n/m/1.flac\n#EXTINF:5,Just a title\nx\n";
        let read_back = read(extended.as_bytes());
        assert_eq!(
            (read_back[0].artist.as_deref(), read_back[0].title.as_deref()),
            (Some("ABBA"), Some("Dancing Queen - Live"))
        );
        assert_eq!((read_back[1].artist.as_deref(), read_back[1].title.as_deref()), (None, Some("Just a title")));
        assert_eq!(paths(b"D:\\Music\\ABBA\\1.mp3"), [(1, "D:/Music/ABBA/1.mp3".into())]);
        assert_eq!(
            paths(b"file:///m/a%20b.mp3\nfile://host/m/%E9.mp3"),
            [(1, "/m/a b.mp3".into()), (2, "/m/\u{fffd}.mp3".into())]
        );
        let latin = read(b"#EXTINF:1,Zo\xeb - Caf\xe9\nZo\xeb/1.mp3\n");
        assert_eq!((latin[0].artist.as_deref(), latin[0].text.as_str()), (Some("Zoë"), "Zoë/1.mp3"));
        assert_eq!(latin[0].path.as_os_str().as_bytes(), b"Zo\xeb/1.mp3", "the bytes themselves");
        assert_eq!(latin[0].spelled, Path::new("Zoë/1.mp3"));
        let windows = &read(b"C:\\Musik\\Bj\xf6rk\\It\x92s \x96 5 \x80.mp3\r\n")[0];
        assert_eq!(windows.spelled, Path::new("C:/Musik/Björk/It’s – 5 €.mp3"));
        let wide: Vec<u8> =
            std::iter::once(0xfeff_u16).chain("é.mp3\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(paths(&wide), [(1, "é.mp3".into())]);
        assert_eq!(paths(b"old.mac\rend"), [(1, "old.mac".into()), (2, "end".into())]);
    }

    #[test]
    fn the_paths_of_windows_and_the_marks_of_every_writer() {
        let one = |content: &[u8]| paths(content).pop().map(|(_, path)| path).unwrap_or_default();
        for (text, path) in [
            (r"C:\Music/ABBA\1.mp3", "C:/Music/ABBA/1.mp3"),
            (r"\\nas\Music\a/1.mp3", "//nas/Music/a/1.mp3"),
            (r".\a\1.mp3", "./a/1.mp3"),
            (r"a\b/c.mp3", r"a\b/c.mp3"),
            (r"file:///C:\Music\a%20b.mp3", "/C:/Music/a b.mp3"),
            (r"file:\\\C:\Music\1.mp3", "/C:/Music/1.mp3"),
            ("FILE://localhost/m/%C3%A9.mp3", "/m/\u{e9}.mp3"),
            ("\u{feff}\u{feff}", ""),
            ("\u{feff}[playlist]\nFile1=a", "a"),
            ("x\n\u{feff}#EXTM3U\n\u{feff}a.mp3", "a.mp3"),
        ] {
            assert_eq!(one(text.as_bytes()), path, "{text}");
            for big in [false, true] {
                let two = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
                let wide: Vec<u8> = text.encode_utf16().flat_map(two).collect();
                assert_eq!(one(&wide), path, "{text}, UTF-16");
            }
        }
    }

    #[test]
    fn of_more_than_may_be_one_more_is_read() {
        assert_eq!(read(&b"a\n".repeat(2 * MAX_NAMED)).len(), MAX_NAMED + 1);
        let remarks = [b"#\n".repeat(3 * MAX_NAMED).as_slice(), b"a"].concat();
        assert_eq!(paths(&remarks), [(3 * MAX_NAMED + 1, "a".into())], "lines that name nothing do not count");
    }

    #[test]
    fn pls_in_the_order_of_its_numbers() {
        let text =
            b"[Playlist]\nNumberOfEntries=2\nFile2=b.mp3\nTitle2=X - B\nfile1=a.mp3\nLength1=3\nnonsense\nFile10=c";
        let all = read(text);
        assert_eq!(paths(text), [(5, "a.mp3".into()), (3, "b.mp3".into()), (8, "c".into())]);
        assert_eq!((all[1].artist.as_deref(), all[1].title.as_deref()), (Some("X"), Some("B")));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let strange = Path::new(OsStr::from_bytes(b"/m/\xff/2.mp3"));
        let remark = Path::new("/m/a/#1.mp3");
        let tracks = [
            Written { path: Path::new("/m/a/1.mp3"), artist: "A", title: "one\ntwo", seconds: 61 },
            Written { path: strange, artist: "", title: "t", seconds: 0 },
            Written { path: remark, artist: "", title: "t", seconds: 0 },
        ];
        for kind in [Kind::M3u, Kind::Pls] {
            let file = write(kind, "my\nlist", &tracks, Some(Path::new("/m/a")));
            let all = read(&file);
            assert_eq!(
                all.iter().map(|n| n.path.strip_prefix(".").unwrap_or(&n.path)).collect::<Vec<_>>(),
                [Path::new("1.mp3"), strange, Path::new("#1.mp3")],
                "{kind:?}"
            );
            assert_eq!((all[0].artist.as_deref(), all[0].title.as_deref()), (Some("A"), Some("one two")));
            assert_eq!((all[1].artist.as_deref(), all[1].title.as_deref()), (None, Some("t")));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_playlist(
            content: Vec<u8>,
            head in prop::sample::select(vec![&b""[..], b"\xff\xfe", b"[playlist]\n", b"#EXTINF:"]),
        ) {
            let content = [head, &content].concat();
            for named in read(&content) {
                prop_assert!(named.line >= 1 && named.line <= content.len() + 1);
            }
        }
    }
}
