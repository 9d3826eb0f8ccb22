//! Playlist files for other programs.

use std::{
    borrow::Cow,
    fmt::Write as _,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::address::{escaped, relative};

/// The kinds of file that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// M3U or M3U8.
    M3u,
    /// PLS.
    Pls,
    /// XSPF.
    Xspf,
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
    /// The album; may be empty.
    pub album: &'a str,
    /// Its length, milliseconds.
    pub ms: i64,
}

/// A file of these tracks; paths are written as they are seen from `relative_to`, as far as they have more in common
/// with it than the root.
pub fn write(kind: Kind, name: &str, tracks: &[Written<'_>], relative_to: Option<&Path>) -> Vec<u8> {
    let seen = |path: &Path| relative_to.and_then(|base| relative(path, base)).unwrap_or_else(|| path.to_owned());
    match kind {
        Kind::M3u => m3u(name, tracks, seen),
        Kind::Pls => pls(tracks, seen),
        Kind::Xspf => xspf(name, tracks, seen).into_bytes(),
    }
}

fn line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn caption(track: &Written<'_>) -> String {
    let known = if track.artist.is_empty() { String::new() } else { format!("{} - ", track.artist) };
    line(&format!("{known}{}", track.title))
}

fn seconds(track: &Written<'_>) -> i64 {
    track.ms.saturating_add(500) / 1_000
}

fn m3u(name: &str, tracks: &[Written<'_>], seen: impl Fn(&Path) -> PathBuf) -> Vec<u8> {
    let mut file = format!("#EXTM3U\n#PLAYLIST:{}\n", line(name)).into_bytes();
    for track in tracks {
        file.extend_from_slice(format!("#EXTINF:{},{}\n", seconds(track), caption(track)).as_bytes());
        let path = seen(track.path);
        if path.as_os_str().as_bytes().starts_with(b"#") {
            // Without this it would be a remark.
            file.extend_from_slice(b"./");
        }
        // A path is bytes, not text.
        file.extend_from_slice(path.as_os_str().as_bytes());
        file.push(b'\n');
    }
    file
}

fn pls(tracks: &[Written<'_>], seen: impl Fn(&Path) -> PathBuf) -> Vec<u8> {
    let mut file = b"[playlist]\n".to_vec();
    for (i, track) in tracks.iter().enumerate() {
        let number = i + 1;
        let head = format!("Title{number}={}\nLength{number}={}\nFile{number}=", caption(track), seconds(track));
        file.extend_from_slice(head.as_bytes());
        file.extend_from_slice(seen(track.path).as_os_str().as_bytes());
        file.push(b'\n');
    }
    file.extend_from_slice(format!("NumberOfEntries={}\nVersion=2\n", tracks.len()).as_bytes());
    file
}

fn xspf(name: &str, tracks: &[Written<'_>], seen: impl Fn(&Path) -> PathBuf) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n  \
         <title>{}</title>\n  <trackList>\n",
        plain(name)
    );
    for track in tracks {
        let _ = writeln!(text, "    <track>\n      <location>{}</location>", plain(&escaped(&seen(track.path))));
        for (element, value) in [("title", track.title), ("creator", track.artist), ("album", track.album)] {
            if !value.is_empty() {
                let _ = writeln!(text, "      <{element}>{}</{element}>", plain(value));
            }
        }
        if track.ms > 0 {
            let _ = writeln!(text, "      <duration>{}</duration>", track.ms);
        }
        text.push_str("    </track>\n");
    }
    text.push_str("  </trackList>\n</playlist>\n");
    text
}

/// A text within an element: signs of XML escaped, and without those characters that XML has no words for.
fn plain(text: &str) -> Cow<'_, str> {
    let is_refused = |c: char| (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    if !text.contains(|c: char| is_refused(c) || matches!(c, '<' | '>' | '&')) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars().filter(|c| !is_refused(*c)) {
        match c {
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            c => plain.push(c),
        }
    }
    plain.into()
}
