//! The tags of a file. They are hints for people: a file whose tags cannot be read still plays.

use std::{io, path::Path};

use downbeat_media::guard;
use icu_normalizer::ComposingNormalizerBorrowed;
use lofty::{
    config::ParseOptions,
    error::FileParseError,
    file::{AudioFile as _, FileType, TaggedFileExt as _},
    ogg::OpusFile,
    probe::Probe,
    tag::{Accessor as _, ItemKey, Tag, TagType},
};

use super::{
    retag::{self, Field, Found, Refusal, fields},
    source::Bytes,
};

/// The longest text that is kept of a tag, in characters. It travels in every plan.
const MAX_CHARS: usize = 300;
/// The most values that are kept of one tag.
const MAX_VALUES: usize = 32;
/// The separators between several values that were written as one.
const SEPARATORS: [char; 2] = ['\0', ';'];
/// R128 tags aim at -23 LUFS, ReplayGain 2 at -18.
const R128_TO_REPLAY_GAIN_DB: f32 = 5.0;
/// No gain that is meant is larger, dB.
const MAX_GAIN_DB: f32 = 60.0;

/// A file's tags; texts and lists are empty and numbers `None` where nothing is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tags {
    pub(super) title: String,
    /// In one text, with commas; so are the others that have a list beside them.
    pub(super) artist: String,
    pub(super) artists: Vec<String>,
    pub(super) album: String,
    pub(super) album_artist: String,
    pub(super) album_artists: Vec<String>,
    pub(super) genre: String,
    pub(super) genres: Vec<String>,
    pub(super) composer: String,
    pub(super) track_no: Option<u32>,
    pub(super) disc_no: Option<u32>,
    pub(super) year: Option<u32>,
    pub(super) gains: Gains,
    /// Their faults, in words for people.
    pub(super) faults: Vec<String>,
}

/// The loudness that the tags tell, by the reference of ReplayGain 2.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Gains {
    pub(super) track_db: Option<f32>,
    pub(super) track_peak: Option<f32>,
    pub(super) album_db: Option<f32>,
    pub(super) album_peak: Option<f32>,
}

/// Reads the tags; pictures and properties are passed over. What the usual parser gives up on, or does not understand,
/// is read by ours, as far as it can be; what is wrong with the rest is told.
pub(super) fn read(mut reader: &mut dyn Bytes) -> io::Result<Tags> {
    let usual = guard::catch(|| by_lofty(reader));
    let (mut tags, failed) = match usual {
        Ok(Ok(tags)) => (tags, None),
        Ok(Err(error)) => (Tags::default(), Some(innermost(&error))),
        Err(panic) => (Tags::default(), Some(panic)),
    };
    if failed.is_none() && !tags.lack_something() {
        return Ok(tags);
    }
    match retag::read(&mut reader, false) {
        Ok(found) => {
            tags.fill(&found);
            tags.faults = found.faults;
        }
        Err(Refusal::Io(error)) => return Err(error),
        Err(Refusal::Cannot(reason)) if failed.is_some() => tags.faults.push(reason),
        Err(Refusal::Cannot(_)) => {}
    }
    if let Some(failed) = failed.filter(|_| tags.faults.is_empty() && tags != Tags::default()) {
        tags.faults.push(format!("a part of its tags breaks the rules: {failed}"));
    }
    Ok(tags)
}

/// The reason behind all others.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

fn by_lofty(reader: &mut dyn Bytes) -> Result<Tags, FileParseError> {
    reader.rewind()?;
    let options = ParseOptions::new().read_cover_art(false).read_properties(false);
    let probe = Probe::new(reader).options(options).guess_file_type()?;
    if probe.file_type() != Some(FileType::Opus) {
        let tagged = probe.read()?;
        // The format's own kind of tag first, and the clipped ID3v1 last.
        let primary = tagged.primary_tag_type();
        let mut tags: Vec<&Tag> = tagged.tags().iter().collect();
        tags.sort_by_key(|t| (t.tag_type() != primary, t.tag_type() == TagType::Id3v1));
        return Ok(collect(&tags));
    }
    let mut file = OpusFile::read_from(&mut probe.into_inner(), options)?;
    let comments = std::mem::take(file.vorbis_comments_mut());
    let r128 = ["R128_TRACK_GAIN", "R128_ALBUM_GAIN"].map(|key| comments.get(key).and_then(r128));
    let mut tags = collect(&[&comments.into()]);
    tags.gains.track_db = r128[0].or(tags.gains.track_db);
    tags.gains.album_db = r128[1].or(tags.gains.album_db);
    Ok(tags)
}

impl Tags {
    /// Of names and values as Vorbis comments have them, and as ffmpeg calls them.
    pub(super) fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut found = Found::default();
        for (name, value) in pairs {
            if let Some(field) = fields::Kind::Vorbis.field(&name) {
                found.push(field, &value);
            }
        }
        let mut tags = Self::default();
        tags.fill(&found);
        tags
    }

    fn lack_something(&self) -> bool {
        [&self.title, &self.artist, &self.album].iter().any(|text| text.is_empty())
            || [self.year, self.track_no, self.disc_no].iter().any(Option::is_none)
    }

    /// Adds what is not known yet.
    fn fill(&mut self, found: &Found) {
        let text = |there: &mut String, field| {
            if there.is_empty() {
                *there = found.of(field).map(tidy).find(|t| !t.is_empty()).unwrap_or_default();
            }
        };
        text(&mut self.title, Field::Title);
        text(&mut self.album, Field::Album);
        let names = |joined_names: &mut String, single: &mut Vec<String>, field, singles| {
            if joined_names.is_empty() {
                let (said, each) = (values(found.of(field)), values(found.of(singles)));
                *joined_names = joined(if said.is_empty() { &each } else { &said });
                *single = if each.is_empty() { said } else { each };
            }
        };
        names(&mut self.artist, &mut self.artists, Field::Artist, Field::Artists);
        names(&mut self.album_artist, &mut self.album_artists, Field::AlbumArtist, Field::AlbumArtists);
        names(&mut self.genre, &mut self.genres, Field::Genre, Field::Genre);
        if self.composer.is_empty() {
            self.composer = joined(&values(found.of(Field::Composer)));
        }
        let number = |field| found.of(field).find_map(fields::number);
        self.track_no = self.track_no.or_else(|| number(Field::Track));
        self.disc_no = self.disc_no.or_else(|| number(Field::Disc));
        let year = |field| found.of(field).find_map(fields::year);
        self.year = self.year.or_else(|| year(Field::Year)).or_else(|| year(Field::OriginalYear));
        let gain = |field| found.of(field).find_map(figure).filter(|db| db.abs() <= MAX_GAIN_DB);
        let peak = |field| found.of(field).find_map(figure).filter(|peak| (0.0..=100.0).contains(peak));
        let of_opus = |field| found.of(field).find_map(r128);
        let gains = &mut self.gains;
        gains.track_db = gains.track_db.or_else(|| of_opus(Field::R128Track)).or_else(|| gain(Field::TrackGain));
        gains.album_db = gains.album_db.or_else(|| of_opus(Field::R128Album)).or_else(|| gain(Field::AlbumGain));
        gains.track_peak = gains.track_peak.or_else(|| peak(Field::TrackPeak));
        gains.album_peak = gains.album_peak.or_else(|| peak(Field::AlbumPeak));
    }
}

fn collect(tags: &[&Tag]) -> Tags {
    let list = |key: ItemKey| -> Vec<String> {
        tags.iter().map(|tag| values(tag.get_strings(key))).find(|list| !list.is_empty()).unwrap_or_default()
    };
    // Some write one text for people and the single values beside it.
    let both = |text: ItemKey, single: ItemKey| {
        let said = list(text);
        let joined = joined(&said);
        let singles = list(single);
        match (said.is_empty(), singles.is_empty()) {
            (true, false) => (self::joined(&singles), singles),
            (_, true) => (joined, said),
            (false, false) => (joined, singles),
        }
    };
    let number = |get: fn(&Tag) -> Option<u32>| tags.iter().find_map(|t| get(t)).filter(|n| *n > 0);
    let figure = |key: ItemKey| tags.iter().find_map(|tag| tag.get_string(key).and_then(figure));
    let gain = |key| figure(key).filter(|db| db.abs() <= MAX_GAIN_DB);
    let peak = |key| figure(key).filter(|peak| (0.0..=100.0).contains(peak));

    let title = tags.iter().filter_map(|tag| tag.get_string(ItemKey::TrackTitle)).map(tidy).find(|t| !t.is_empty());
    let album = tags.iter().filter_map(|tag| tag.get_string(ItemKey::AlbumTitle)).map(tidy).find(|t| !t.is_empty());
    let (artist, artists) = both(ItemKey::TrackArtist, ItemKey::TrackArtists);
    let (album_artist, album_artists) = both(ItemKey::AlbumArtist, ItemKey::AlbumArtists);
    let genres = list(ItemKey::Genre);
    Tags {
        title: title.unwrap_or_default(),
        artist,
        artists,
        album: album.unwrap_or_default(),
        album_artist,
        album_artists,
        genre: joined(&genres),
        genres,
        composer: joined(&list(ItemKey::Composer)),
        track_no: number(Tag::track),
        disc_no: number(Tag::disk),
        // It takes the first digits of `06.05.2004` for a year.
        year: number(|t| t.date().map(|d| u32::from(d.year))).filter(|year| *year >= 1000),
        gains: Gains {
            track_db: gain(ItemKey::ReplayGainTrackGain),
            track_peak: peak(ItemKey::ReplayGainTrackPeak),
            album_db: gain(ItemKey::ReplayGainAlbumGain),
            album_peak: peak(ItemKey::ReplayGainAlbumPeak),
        },
        faults: Vec::new(),
    }
}

/// The single values, each once, in their order.
pub(super) fn values<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut values = Vec::new();
    for text in texts {
        for value in text.split(SEPARATORS).map(tidy).filter(|v| !v.is_empty()) {
            if values.len() < MAX_VALUES && !values.contains(&value) {
                values.push(value);
            }
        }
    }
    values
}

pub(super) fn joined(values: &[String]) -> String {
    tidy(&values.join(", "))
}

/// `-6.54 dB`, `0.98`.
pub(super) fn figure(text: &str) -> Option<f32> {
    let number = text.trim().trim_end_matches(|c: char| c.is_alphabetic()).trim();
    number.replace(',', ".").parse().ok().filter(|n: &f32| n.is_finite())
}

/// 256ths of a decibel.
fn r128(text: &str) -> Option<f32> {
    let steps: i16 = text.trim().parse().ok()?;
    Some(f32::from(steps) / 256.0 + R128_TO_REPLAY_GAIN_DB)
}

/// The title of a file that names none: its own name without the ending.
pub(super) fn title_from_name(path: &Path) -> String {
    tidy(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// One line without control characters, of bounded length. Letters with accents are one character each (NFC): some
/// systems write them as two, and one artist would be there twice.
pub(super) fn tidy(text: &str) -> String {
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cut: String = line.trim().chars().take(MAX_CHARS).collect();
    // It may have been cut after a blank.
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    use lofty::tag::{ItemValue, TagItem, TagType};

    use super::*;

    fn tag(items: &[(ItemKey, &str)]) -> Tag {
        let mut tag = Tag::new(TagType::VorbisComments);
        for (key, text) in items {
            tag.push(TagItem::new(*key, ItemValue::Text((*text).into())));
        }
        tag
    }

    #[test]
    fn texts_are_one_bounded_line() {
        assert_eq!(tidy("  a\0b\nc\t "), "a b c");
        assert_eq!(tidy("Cafe\u{301}"), "Caf\u{e9}");
        assert_eq!(tidy(&"é".repeat(1000)).chars().count(), MAX_CHARS);
        assert_eq!(tidy(&"é ".repeat(1000)).chars().count(), MAX_CHARS - 1, "cut after a blank");
    }

    #[test]
    fn a_name_of_any_bytes_is_a_title() {
        assert_eq!(title_from_name(Path::new("/m/01 - One.flac")), "01 - One");
        assert_eq!(title_from_name(Path::new(OsStr::from_bytes(b"/m/\xff\xfe.mp3"))), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn several_values_are_kept_apart_and_joined() {
        let tags = collect(&[&tag(&[
            (ItemKey::TrackArtist, "One"),
            (ItemKey::TrackArtist, "Two\0Three"),
            (ItemKey::TrackArtist, "One"),
            (ItemKey::Genre, "Rock; Pop;"),
            (ItemKey::AlbumArtist, "Simon & Garfunkel"),
            (ItemKey::AlbumArtists, "Simon"),
            (ItemKey::AlbumArtists, "Garfunkel"),
            (ItemKey::Composer, "A; B"),
        ])]);
        assert_eq!(
            (tags.artist.as_str(), tags.artists),
            ("One, Two, Three", vec!["One".into(), "Two".into(), "Three".into()])
        );
        assert_eq!((tags.genre.as_str(), tags.genres), ("Rock, Pop", vec!["Rock".into(), "Pop".into()]));
        assert_eq!(tags.album_artist, "Simon & Garfunkel");
        assert_eq!(tags.album_artists, ["Simon", "Garfunkel"]);
        assert_eq!(tags.composer, "A, B");
        assert_eq!(values(std::iter::repeat_n("x", 5)), ["x"]);
        let many: Vec<String> = (0..100).map(|i| i.to_string()).collect();
        assert_eq!(values(many.iter().map(String::as_str)).len(), MAX_VALUES);
    }

    #[test]
    fn gains_are_figures_or_nothing() {
        let tags = collect(&[&tag(&[
            (ItemKey::ReplayGainTrackGain, "-6.54 dB"),
            (ItemKey::ReplayGainTrackPeak, "0.988553"),
            (ItemKey::ReplayGainAlbumGain, "+1,5dB"),
            (ItemKey::ReplayGainAlbumPeak, "NaN"),
        ])]);
        let expected =
            Gains { track_db: Some(-6.54), track_peak: Some(0.988_553), album_db: Some(1.5), album_peak: None };
        assert_eq!(tags.gains, expected);
        assert_eq!(collect(&[&tag(&[(ItemKey::ReplayGainTrackGain, "900 dB")])]).gains, Gains::default());
        assert_eq!((r128("-512"), r128("0"), r128("99999"), r128("x")), (Some(3.0), Some(5.0), None, None));
    }
}
