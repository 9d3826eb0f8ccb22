//! Paths and addresses of all systems, as paths of this one.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

/// The characters of the bytes from 0x80 to 0x9f in Windows-1252, as browsers read it; all others are those of Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-8, or else Windows-1252, in which every byte is a character.
pub(super) fn decoded(bytes: &[u8]) -> String {
    let windows = |byte: &u8| match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    };
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(windows).collect(), str::to_owned)
}

/// The paths that a text of a list means, the likeliest first. A `file:` address loses its host, a drive stays a folder
/// `C:`, backslashes of Windows become slashes. Other addresses are no paths.
pub(super) fn paths(bytes: &[u8]) -> Vec<PathBuf> {
    if is_remote(bytes) {
        return Vec::new();
    }
    let path = path(bytes);
    let spelled = PathBuf::from(decoded(path.as_os_str().as_bytes()));
    if spelled == path { vec![path] } else { vec![path, spelled] }
}

fn path(bytes: &[u8]) -> PathBuf {
    let is_file = bytes.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"file:"));
    if is_file {
        let after = slashed(&bytes["file:".len()..]);
        // file:///path and file://host/path
        let rest = after.strip_prefix(b"//").map_or(after.as_slice(), |rest| {
            let slash = rest.iter().position(|b| *b == b'/').unwrap_or(rest.len());
            &rest[slash..]
        });
        of(&unescaped(rest))
    } else if is_windows(bytes) {
        of(&slashed(bytes))
    } else {
        of(bytes)
    }
}

fn of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// True for an address of the network: a stream, not a file. `smb://host/share/a.mp3` is a file all the same.
pub(super) fn is_remote(bytes: &[u8]) -> bool {
    let schemes: [&[u8]; 6] = [b"http://", b"https://", b"rtsp://", b"mms://", b"rtmp://", b"icy://"];
    schemes.iter().any(|scheme| bytes.get(..scheme.len()).is_some_and(|own| own.eq_ignore_ascii_case(scheme)))
}

/// True if the path is one of Windows: from a drive or another machine, or with no slash in it.
fn is_windows(path: &[u8]) -> bool {
    let from_drive = matches!(path, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    from_drive || path.starts_with(b"\\\\") || (path.contains(&b'\\') && !path.contains(&b'/'))
}

fn slashed(path: &[u8]) -> Vec<u8> {
    path.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect()
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

/// A path as the address of XSPF: every byte that is not plain is escaped.
pub(super) fn escaped(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let mut text = String::with_capacity(bytes.len() + 16);
    if path.is_absolute() {
        text.push_str("file://");
    } else if path.components().next().is_some_and(|c| c.as_os_str().as_bytes().contains(&b':')) {
        // without this the first folder would be read as a scheme
        text.push_str("./");
    }
    for byte in bytes {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'/'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'!'
            | b'$'
            | b'('..=b','
            | b':'
            | b'@'
            | b'=' => text.push(char::from(*byte)),
            byte => {
                text.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
    text
}

/// The path without `.` and `..`.
pub fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// `path` as seen from `base`: `../b/1.mp3`. `None`: they have nothing in common but the root.
pub(super) fn relative(path: &Path, base: &Path) -> Option<PathBuf> {
    let common = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
    if common < 2 {
        return None;
    }
    let up = base.components().skip(common).map(|_| std::path::Component::ParentDir);
    Some(up.chain(path.components().skip(common)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_of_this_system() {
        let one = |text: &str| paths(text.as_bytes()).first().map(|p| p.to_string_lossy().into_owned());
        for (text, path) in [
            (r"C:\Music/ABBA\1.mp3", Some("C:/Music/ABBA/1.mp3")),
            (r"\\nas\Music\a/1.mp3", Some("//nas/Music/a/1.mp3")),
            (r".\a\1.mp3", Some("./a/1.mp3")),
            (r"a\b/c.mp3", Some(r"a\b/c.mp3")),
            (r"file:///C:\Music\a%20b.mp3", Some("/C:/Music/a b.mp3")),
            (r"file:\\\C:\Music\1.mp3", Some("/C:/Music/1.mp3")),
            ("FILE://localhost/m/%C3%A9.mp3", Some("/m/\u{e9}.mp3")),
            ("file://localhost/C:/Music/1%25.mp3", Some("/C:/Music/1%.mp3")),
            ("file:///Volumes/X/m/1.mp3", Some("/Volumes/X/m/1.mp3")),
            ("file:/m/1.mp3", Some("/m/1.mp3")),
            ("smb://nas/music/1.mp3", Some("smb://nas/music/1.mp3")),
            ("HTTP://radio.example/stream", None),
        ] {
            assert_eq!(one(text).as_deref(), path, "{text}");
        }
        let latin = paths(b"Zo\xeb/1.mp3");
        assert_eq!(
            latin.iter().map(|p| p.to_string_lossy().into_owned()).collect::<Vec<_>>(),
            ["Zo\u{fffd}/1.mp3", "Zoë/1.mp3"]
        );
        assert_eq!(paths(b"C:\\Bj\xf6rk\\It\x92s \x96 5 \x80.mp3")[1], Path::new("C:/Björk/It’s – 5 €.mp3"));
    }

    #[test]
    fn a_path_is_escaped_and_read_again() {
        for path in ["/m/a b/é%20.mp3", "/m/#1?&<>\"'.mp3", "c:d/e.mp3", "../x/[1];{2}.mp3", "/m/\u{1f3b5}/\\.mp3"] {
            let address = escaped(Path::new(path));
            assert!(address.bytes().all(|b| b.is_ascii_graphic() && !b"<>&\"'#?\\^`{|} ".contains(&b)), "{address}");
            let read = if address.starts_with("file:") { path_of(&address) } else { unescaped(address.as_bytes()) };
            let read = tidy(Path::new(OsStr::from_bytes(&read)));
            assert_eq!(read, tidy(Path::new(path)), "{address}");
        }
        let bytes = Path::new(OsStr::from_bytes(b"/m/\xff.mp3"));
        assert_eq!(escaped(bytes), "file:///m/%FF.mp3");
        assert_eq!(paths(b"file:///m/%FF.mp3")[0], bytes);
    }

    fn path_of(address: &str) -> Vec<u8> {
        paths(address.as_bytes())[0].as_os_str().as_bytes().to_vec()
    }

    #[test]
    fn a_path_is_seen_from_another_folder() {
        let see = |path: &str, base: &str| relative(Path::new(path), Path::new(base)).map(|p| p.display().to_string());
        assert_eq!(see("/m/a/1.mp3", "/m/a").as_deref(), Some("1.mp3"));
        assert_eq!(see("/m/a/1.mp3", "/m/lists").as_deref(), Some("../a/1.mp3"));
        assert_eq!(see("/m/1.mp3", "/m/lists/x/").as_deref(), Some("../../1.mp3"));
        assert_eq!(see("/srv/1.mp3", "/m"), None, "on another disk, as far as one can tell");
    }
}
