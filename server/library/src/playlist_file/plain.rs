//! M3U, M3U8 and PLS: a line for each track.

use std::collections::HashMap;

use super::{
    address::{decoded, paths},
    named::{ListFile, MAX_NAMED, Named, some},
};

/// UTF-16 as UTF-8, lone halves replaced; `None`: it is not such.
pub(super) fn narrow(content: &[u8]) -> Option<Vec<u8>> {
    let utf16 = |content: &[u8], big: bool| {
        let units = content.as_chunks::<2>().0.iter().map(|c| if big { [c[0], c[1]] } else { [c[1], c[0]] });
        String::from_utf16_lossy(&units.map(u16::from_be_bytes).collect::<Vec<_>>()).into_bytes()
    };
    match content {
        [0xff, 0xfe, text @ ..] => Some(utf16(text, false)),
        [0xfe, 0xff, text @ ..] => Some(utf16(text, true)),
        // without a mark: it begins with a character of ASCII, as a path does
        [1..=255, 0, 1..=255, ..] => Some(utf16(content, false)),
        [0, 1..=255, 0, ..] => Some(utf16(content, true)),
        _ => None,
    }
}

/// The tracks of a list whose bytes are not UTF-16. Of more than may be one more is read, so that one can see it.
pub(super) fn read(content: &[u8]) -> ListFile {
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

fn m3u(content: &[u8], breaks: u8) -> ListFile {
    let mut list = ListFile::default();
    let (mut caption, mut seconds, mut album) = (None, None, None);
    for (line, text) in numbered(content, breaks) {
        if let Some(extended) = text.strip_prefix(b"#EXTINF:") {
            let extended = decoded(extended);
            let (length, name) = captioned(&extended);
            // attributes of other programs may follow the length
            seconds = length.split_ascii_whitespace().next().and_then(|length| length.parse().ok());
            caption = some(name);
        } else if let Some(name) = text.strip_prefix(b"#EXTALB:") {
            album = some(&decoded(name));
        } else if let Some(name) = text.strip_prefix(b"#PLAYLIST:") {
            list.name = list.name.take().or_else(|| some(&decoded(name)));
        } else if !text.starts_with(b"#") {
            let named =
                Named { line, album: album.take(), seconds: length(seconds.take()), ..named(text, caption.take()) };
            list.named.push(named);
        }
        if list.named.len() > MAX_NAMED {
            break;
        }
    }
    list
}

/// The length, with attributes, and the caption behind the first comma that is not in quotes.
fn captioned(extended: &str) -> (&str, &str) {
    let mut quoted = false;
    let comma = extended.find(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    match comma.or_else(|| extended.find(',')) {
        Some(comma) => (&extended[..comma], &extended[comma + 1..]),
        None => (extended, ""),
    }
}

fn pls(content: &[u8], breaks: u8) -> ListFile {
    let mut files: Vec<(u64, usize, &[u8])> = Vec::new();
    let (mut captions, mut lengths) = (HashMap::<u64, String>::new(), HashMap::<u64, f64>::new());
    let mut name = None;
    for (line, text) in numbered(content, breaks) {
        let Some(equals) = text.iter().position(|b| *b == b'=') else { continue };
        let (key, value) = (decoded(&text[..equals]).trim().to_lowercase(), text[equals + 1..].trim_ascii());
        let number = |before: &str| key.strip_prefix(before).and_then(|n| n.parse().ok());
        if let Some(number) = number("file") {
            files.push((number, line, value));
        } else if let Some(number) = number("title") {
            captions.insert(number, decoded(value));
        } else if let Some(number) = number("length") {
            lengths.extend(decoded(value).parse().ok().map(|seconds| (number, seconds)));
        } else if key == "x-gnome-title" {
            name = some(&decoded(value));
        }
        if files.len().max(captions.len()).max(lengths.len()) > MAX_NAMED {
            break;
        }
    }
    files.sort_by_key(|(number, ..)| *number);
    let named = files.into_iter().map(|(number, line, path)| {
        let caption = captions.get(&number).and_then(|caption| some(caption));
        Named { line, seconds: length(lengths.get(&number).copied()), ..named(path, caption) }
    });
    ListFile { name, named: named.collect() }
}

/// A length that is one: -1 stands for one that is not known.
fn length(seconds: Option<f64>) -> Option<f64> {
    seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}

/// A track by its path, and a caption of artist and title.
fn named(bytes: &[u8], caption: Option<String>) -> Named {
    let (artist, title) = match caption {
        None => (None, None),
        Some(caption) => match caption.split_once(" - ") {
            Some((artist, title)) => (some(artist), some(title)),
            None => (None, some(&caption)),
        },
    };
    Named { text: decoded(bytes), paths: paths(bytes), artist, title, ..Named::default() }
}
