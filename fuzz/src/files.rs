//! The decoders of files.

use std::{
    collections::HashSet,
    io::Cursor,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use downbeat_library::{
    foreign,
    playlist_file::{self, Kind, MAX_NAMED, Named, Written},
};
use downbeat_media::{Decoder, guard, probe};

/// The longest text of a tag, in characters.
const MAX_TAG_CHARS: usize = 300;
/// The most values of one tag.
const MAX_TAG_VALUES: usize = 32;
/// The most frames in a block.
const MAX_BLOCK_FRAMES: usize = 65_536;
/// So much of a file is decoded.
const DECODED_FRAMES: u64 = 400_000;
/// The side of a small picture, points.
const SIZE: u32 = 64;

/// Playlist files: what is read is bounded, and what is written of it reads back as the same tracks.
pub fn playlist(data: &[u8]) {
    let _ = playlist_file::read_library(data);
    let Ok(list) = playlist_file::read(data) else { return };
    assert!(list.named.len() <= MAX_NAMED);
    for one in &list.named {
        assert!(one.line >= 1 && one.line <= data.len() + 1, "line {}", one.line);
        assert!(one.text.len() <= 6 * data.len() && one.paths.iter().all(|p| p.as_os_str().len() <= 6 * data.len()));
    }
    // A line break or a blank at an end cannot be written, and what begins like an address would be read as one.
    let writable: Vec<(&Named, &PathBuf)> = list
        .named
        .iter()
        .filter_map(|n| n.paths.first().map(|path| (n, path)))
        .filter(|(_, path)| is_writable(path))
        .collect();
    let tracks: Vec<Written<'_>> = writable
        .iter()
        .map(|(n, path)| Written {
            path,
            artist: n.artist.as_deref().unwrap_or_default(),
            title: n.title.as_deref().unwrap_or_default(),
            album: n.album.as_deref().unwrap_or_default(),
            ms: 1_000,
        })
        .collect();
    for kind in [Kind::M3u, Kind::Pls] {
        let again = playlist_file::read(&playlist_file::write(kind, "list", &tracks, None)).map(|list| list.named);
        let again = again.unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        assert_eq!(again.len(), writable.len(), "{kind:?}");
        for (again, (_, path)) in again.iter().zip(&writable) {
            assert!(
                again.paths.contains(path),
                "{kind:?}: {} is none of {} readings",
                path.display(),
                again.paths.len()
            );
        }
    }
}

/// Cue sheets: the parts of a file lie one behind the other within it, and their texts are those of tags.
pub fn sheet(data: &[u8]) {
    // the first bytes say how long the files are
    let Some((length, text)) = data.split_first_chunk() else { return };
    let frames = i64::from(u32::from_le_bytes(*length));
    let _ = foreign::own_sheet(text);
    match foreign::sheet(text, frames, 44_100) {
        Ok(files) => {
            assert!(!files.is_empty());
            for (name, parts) in files {
                assert!(name.len() <= 3 * text.len());
                let mut end = 0;
                for (first, length, texts) in parts {
                    assert!(first >= end && length > 0, "{first}, behind {end}");
                    end = first + length;
                    for text in texts {
                        assert!(text.chars().count() <= MAX_TAG_CHARS && !text.contains(char::is_control), "{text:?}");
                    }
                }
                assert!(end <= frames, "{end} of {frames}");
            }
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}

/// True for a path as the library has it, in one line.
fn is_writable(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    path.is_absolute() && bytes.trim_ascii() == bytes && !bytes.iter().any(|b| matches!(b, b'\n' | b'\r'))
}

/// Tags: texts are one line and bounded, lists hold each value once, gains and peaks are figures.
///
/// The parser below is foreign code, which the library guards: a panic in it costs one file.
pub fn tags(data: &[u8]) {
    let _ = guard::catch(|| foreign::embedded_picture(data));
    let Ok(Ok(found)) = guard::catch(|| foreign::tags(data)) else { return };
    for text in found.texts.iter().chain(found.lists.iter().flatten()) {
        assert!(text.chars().count() <= MAX_TAG_CHARS && !text.contains(char::is_control), "{text:?}");
        assert_eq!(text.trim(), text);
    }
    for list in &found.lists {
        assert!(list.len() <= MAX_TAG_VALUES && list.iter().all(|value| !value.is_empty()), "{list:?}");
        assert_eq!(list.iter().collect::<HashSet<_>>().len(), list.len(), "{list:?}");
    }
    assert!(found.gains.iter().all(|db| db.abs() <= 200.0), "{:?}", found.gains);
    assert!(found.peaks.iter().all(|peak| (0.0..=100.0).contains(peak)), "{:?}", found.peaks);
}

/// Audio files: an error or a decode that agrees with itself.
///
/// The parsers below are foreign code, which the library guards: a panic in them costs one file.
pub fn media(data: &[u8]) {
    let source = || Box::new(Cursor::new(data.to_vec()));
    if let Ok(Ok(info)) = guard::catch(|| probe(source(), "")) {
        assert!(info.sample_rate > 0 && info.channels > 0, "{info:?}");
    }
    let Ok(Ok(mut decoder)) = guard::catch(|| Decoder::open(source(), "")) else { return };
    let mut position = decoder.position();
    assert_eq!(position, 0);
    while position < DECODED_FRAMES {
        let Ok(Ok(Some(block))) = guard::catch(|| decoder.next_block().map(|block| block.map(<[f32]>::len))) else {
            return;
        };
        assert!(block.is_multiple_of(2) && (2..=2 * MAX_BLOCK_FRAMES).contains(&block), "a block of {block}");
        position += block as u64 / 2;
        assert_eq!(decoder.position(), position);
    }
}

/// Pictures: a small one is a JPEG that reads back, or there is a reason why not.
pub fn picture(data: &[u8]) {
    match foreign::thumbnail(data, SIZE) {
        Ok(small) => {
            assert!(small.starts_with(b"\xff\xd8"));
            foreign::thumbnail(&small, SIZE).expect("a picture of our own making can be read");
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}
