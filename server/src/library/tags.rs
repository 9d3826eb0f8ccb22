//! What a file says about itself. Tags are hints for people: a file whose tags cannot be read still plays.

use std::{io::BufReader, path::Path};

use lofty::{
    config::ParseOptions,
    file::TaggedFileExt as _,
    probe::Probe,
    tag::{Accessor as _, ItemKey, Tag},
};

use super::guard::LimitedFile;

/// The longest text that is kept of a tag, in characters. It travels in every plan.
const MAX_CHARS: usize = 300;

/// A file's tags; texts are empty and numbers `None` where nothing is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tags {
    pub(super) title: String,
    pub(super) artist: String,
    pub(super) album: String,
    pub(super) album_artist: String,
    pub(super) genre: String,
    pub(super) track_no: Option<u32>,
    pub(super) disc_no: Option<u32>,
    pub(super) year: Option<u32>,
}

/// Reads the tags; pictures and properties are passed over.
pub(super) fn read(file: LimitedFile) -> Result<Tags, lofty::error::FileParseError> {
    let options = ParseOptions::new().read_cover_art(false).read_properties(false);
    let tagged = Probe::new(BufReader::new(file)).options(options).guess_file_type()?.read()?;
    // The format's own kind of tag first: an MP3's ID3v2 before its clipped ID3v1.
    let mut tags: Vec<&Tag> = tagged.primary_tag().into_iter().collect();
    tags.extend(tagged.tags().iter().filter(|t| t.tag_type() != tagged.primary_tag_type()));

    let text = |key: ItemKey| {
        let joined = |tag: &&Tag| tidy(&tag.get_strings(key).collect::<Vec<_>>().join(", "));
        tags.iter().map(joined).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let number = |get: fn(&Tag) -> Option<u32>| tags.iter().find_map(|t| get(t)).filter(|n| *n > 0);
    Ok(Tags {
        title: text(ItemKey::TrackTitle),
        artist: text(ItemKey::TrackArtist),
        album: text(ItemKey::AlbumTitle),
        album_artist: text(ItemKey::AlbumArtist),
        genre: text(ItemKey::Genre),
        track_no: number(Tag::track),
        disc_no: number(Tag::disk),
        year: number(|t| t.date().map(|d| u32::from(d.year))),
    })
}

/// The title of a file that names none: its own name without the ending.
pub(super) fn title_from_name(path: &Path) -> String {
    tidy(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// One line without control characters, of bounded length.
fn tidy(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    use super::*;

    #[test]
    fn texts_are_one_bounded_line() {
        assert_eq!(tidy("  a\0b\nc\t "), "a b c");
        assert_eq!(tidy(&"é".repeat(1000)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn a_name_of_any_bytes_is_a_title() {
        assert_eq!(title_from_name(Path::new("/m/01 - One.flac")), "01 - One");
        assert_eq!(title_from_name(Path::new(OsStr::from_bytes(b"/m/\xff\xfe.mp3"))), "\u{fffd}\u{fffd}");
    }
}
