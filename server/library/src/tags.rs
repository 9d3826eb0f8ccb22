//! The tags of a file. They are hints for people: a file whose tags cannot be read still plays.

use std::{io, path::Path};

use downbeat_media::guard;
use downbeat_store::Details;
use encoding_rs::Encoding;
use icu_normalizer::ComposingNormalizerBorrowed;
use lofty::{
    config::ParseOptions,
    error::FileParseError,
    file::{AudioFile as _, FileType, TaggedFileExt as _},
    ogg::OpusFile,
    probe::Probe,
    tag::{ItemKey, Tag, TagType},
};

use super::{
    charset,
    retag::{self, Field, Found, Refusal, fields},
    separators::{Of, Separators},
    source::Bytes,
};

/// The longest text that is kept of a tag, in characters. It travels in every plan.
const MAX_CHARS: usize = 300;
/// The most values that are kept of one tag.
const MAX_VALUES: usize = 32;
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
    /// Names for sorting, the release, the work, and how its text was read.
    pub(super) details: Details,
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

/// Reads the tags; pictures and properties are passed over. They are read by our parsers, to which what breaks a rule
/// costs itself; what they do not know, or find nothing in, is read by the usual one. `beside` answers the encoding of
/// the files beside it, which is asked if the texts do not show their own.
pub(super) fn read(
    mut reader: &mut dyn Bytes,
    separators: &Separators,
    beside: &dyn Fn() -> Option<&'static Encoding>,
) -> io::Result<Tags> {
    let (mut found, refused) = match retag::read_unsettled(&mut reader, false) {
        Ok(found) => (found, None),
        Err(Refusal::Io(error)) => return Err(error),
        Err(Refusal::Cannot(reason)) => (Found::default(), Some(reason)),
    };
    if nothing_in(&found) {
        match guard::catch(|| by_lofty(reader)) {
            Ok(Ok(usual)) => found.beneath(usual),
            // What is wrong is known, or there are no tags at all.
            Ok(Err(_)) | Err(_) if refused.is_none() => {}
            Ok(Err(error)) => found.faults.push(refused.unwrap_or_else(|| innermost(&error))),
            Err(panic) => found.faults.push(refused.unwrap_or(panic)),
        }
    }
    let unsure = found.unsure();
    if !unsure.is_empty() {
        let own = charset::sure(&unsure);
        let asked = || if charset::is_western(&unsure) { None } else { beside() };
        found.settle(own.or_else(asked));
    }
    Ok(Tags::of(&found, separators))
}

/// The texts of a file of which no encoding is said.
pub(super) fn unsure_texts(mut reader: &mut dyn Bytes) -> Vec<Vec<u8>> {
    retag::read_unsettled(&mut reader, false).map(|found| found.unsure()).unwrap_or_default()
}

/// True if nothing is said by which people know a track.
fn nothing_in(found: &Found) -> bool {
    ![Field::Title, Field::Artist, Field::Album].into_iter().any(|field| found.says(field))
}

/// The reason behind all others.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

impl Tags {
    /// Of names and values as Vorbis comments have them, and as ffmpeg calls them.
    pub(super) fn of_pairs(pairs: Vec<(String, String)>, separators: &Separators) -> Self {
        let mut found = Found::default();
        for (name, value) in pairs {
            if let Some(field) = fields::Kind::Vorbis.field(&name) {
                found.push(field, &value);
            }
        }
        Self::of(&found, separators)
    }

    /// What tags say, as it is kept.
    fn of(found: &Found, separators: &Separators) -> Self {
        let text = |field| found.of(field).map(tidy).find(|t| !t.is_empty()).unwrap_or_default();
        let list = |of, field| values(separators, of, found.of(field));
        // Some write one text for people and the single values beside it.
        let names = |field, singles| {
            let (said, each) = (list(Of::Artists, field), list(Of::Artists, singles));
            (joined(if said.is_empty() { &each } else { &said }), if each.is_empty() { said } else { each })
        };
        let (artist, artists) = names(Field::Artist, Field::Artists);
        let (album_artist, album_artists) = names(Field::AlbumArtist, Field::AlbumArtists);
        let genres = list(Of::Genres, Field::Genre);
        let composers = list(Of::Artists, Field::Composer);
        let number = |field| found.of(field).find_map(fields::number);
        let year = |field| found.of(field).find_map(fields::year);
        Self {
            title: text(Field::Title),
            artist,
            artists,
            album: text(Field::Album),
            album_artist,
            album_artists,
            genre: joined(&genres),
            genres,
            composer: joined(&composers),
            track_no: number(Field::Track),
            disc_no: number(Field::Disc),
            year: [Field::Year, Field::ReleaseYear, Field::OriginalYear].into_iter().find_map(year),
            gains: gains(found),
            details: details(found, composers),
            faults: found.faults.clone(),
        }
    }
}

fn gains(found: &Found) -> Gains {
    let gain = |field| found.of(field).find_map(figure).filter(|db| db.abs() <= MAX_GAIN_DB);
    let peak = |field| found.of(field).find_map(figure).filter(|peak| (0.0..=100.0).contains(peak));
    let of_opus = |field| found.of(field).find_map(r128);
    Gains {
        track_db: of_opus(Field::R128Track).or_else(|| gain(Field::TrackGain)),
        track_peak: peak(Field::TrackPeak),
        album_db: of_opus(Field::R128Album).or_else(|| gain(Field::AlbumGain)),
        album_peak: peak(Field::AlbumPeak),
    }
}

fn details(found: &Found, composers: Vec<String>) -> Details {
    let text = |field| found.of(field).map(tidy).find(|t| !t.is_empty()).unwrap_or_default();
    let number = |field| found.of(field).find_map(fields::number);
    let total = |total, of| {
        let beside = || found.of(of).find_map(|text| fields::total(text).and_then(fields::number));
        number(total).or_else(beside)
    };
    let is_yes = |text: &str| matches!(text.trim().to_lowercase().as_str(), "1" | "true" | "yes");
    let movement_no = number(Field::MovementNo);
    // Some write the name where others write the number.
    let unnumbered = || if movement_no.is_none() { text(Field::MovementNo) } else { String::new() };
    let movement = Some(text(Field::Movement)).filter(|name| !name.is_empty()).unwrap_or_else(unnumbered);
    let grouping = || if movement.is_empty() { String::new() } else { text(Field::Grouping) };
    Details {
        title_sort: text(Field::TitleSort),
        artist_sort: text(Field::ArtistSort),
        album_sort: text(Field::AlbumSort),
        album_artist_sort: text(Field::AlbumArtistSort),
        composer_sort: text(Field::ComposerSort),
        compilation: found.of(Field::Compilation).any(is_yes),
        release: text(Field::Release),
        catalog: text(Field::Catalog),
        edition: text(Field::Edition),
        release_year: found.of(Field::ReleaseYear).find_map(fields::year),
        disc_title: text(Field::DiscTitle),
        track_total: total(Field::TrackTotal, Field::Track),
        disc_total: total(Field::DiscTotal, Field::Disc),
        work: Some(text(Field::Work)).filter(|work| !work.is_empty()).unwrap_or_else(grouping),
        movement_no,
        movement_total: total(Field::MovementTotal, Field::MovementNo),
        movement,
        // One composer is said already.
        composers: if composers.len() > 1 { composers } else { Vec::new() },
        charset_guessed: found.charset.unwrap_or_default().to_owned(),
    }
}

fn by_lofty(reader: &mut dyn Bytes) -> Result<Found, FileParseError> {
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
    let mut found = Found::default();
    for (field, name) in [(Field::R128Track, "R128_TRACK_GAIN"), (Field::R128Album, "R128_ALBUM_GAIN")] {
        comments.get(name).into_iter().for_each(|gain| found.push(field, gain));
    }
    found.beneath(collect(&[&comments.into()]));
    Ok(found)
}

/// The names that the usual parser has for our fields.
const KEYS: [(ItemKey, Field); 34] = [
    (ItemKey::TrackTitle, Field::Title),
    (ItemKey::TrackArtist, Field::Artist),
    (ItemKey::TrackArtists, Field::Artists),
    (ItemKey::AlbumTitle, Field::Album),
    (ItemKey::AlbumArtist, Field::AlbumArtist),
    (ItemKey::AlbumArtists, Field::AlbumArtists),
    (ItemKey::Genre, Field::Genre),
    (ItemKey::Composer, Field::Composer),
    (ItemKey::RecordingDate, Field::Year),
    (ItemKey::Year, Field::Year),
    (ItemKey::OriginalReleaseDate, Field::OriginalYear),
    (ItemKey::ReleaseDate, Field::ReleaseYear),
    (ItemKey::TrackNumber, Field::Track),
    (ItemKey::TrackTotal, Field::TrackTotal),
    (ItemKey::DiscNumber, Field::Disc),
    (ItemKey::DiscTotal, Field::DiscTotal),
    (ItemKey::ReplayGainTrackGain, Field::TrackGain),
    (ItemKey::ReplayGainTrackPeak, Field::TrackPeak),
    (ItemKey::ReplayGainAlbumGain, Field::AlbumGain),
    (ItemKey::ReplayGainAlbumPeak, Field::AlbumPeak),
    (ItemKey::TrackTitleSortOrder, Field::TitleSort),
    (ItemKey::TrackArtistSortOrder, Field::ArtistSort),
    (ItemKey::AlbumTitleSortOrder, Field::AlbumSort),
    (ItemKey::AlbumArtistSortOrder, Field::AlbumArtistSort),
    (ItemKey::ComposerSortOrder, Field::ComposerSort),
    (ItemKey::FlagCompilation, Field::Compilation),
    (ItemKey::MusicBrainzReleaseId, Field::Release),
    (ItemKey::CatalogNumber, Field::Catalog),
    (ItemKey::SetSubtitle, Field::DiscTitle),
    (ItemKey::Work, Field::Work),
    (ItemKey::ContentGroup, Field::Grouping),
    (ItemKey::Movement, Field::Movement),
    (ItemKey::MovementNumber, Field::MovementNo),
    (ItemKey::MovementTotal, Field::MovementTotal),
];

/// What the usual parser's tags say, the better first.
fn collect(tags: &[&Tag]) -> Found {
    let mut found = Found::default();
    for tag in tags {
        let mut its = Found::default();
        for (key, field) in KEYS {
            tag.get_strings(key).for_each(|text| its.push(field, text));
        }
        found.beneath(its);
    }
    found
}

/// The single values, each once, in their order.
pub(super) fn values<'a>(separators: &Separators, of: Of, texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut values = Vec::new();
    for text in texts {
        for value in separators.split(of, text).into_iter().map(tidy).filter(|v| !v.is_empty()) {
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

    fn read_of(items: &[(ItemKey, &str)]) -> Tags {
        Tags::of(&collect(&[&tag(items)]), &Separators::default())
    }

    #[test]
    fn several_values_are_kept_apart_and_joined() {
        let tags = read_of(&[
            (ItemKey::TrackArtist, "One"),
            (ItemKey::TrackArtist, "Two\0Three"),
            (ItemKey::TrackArtist, "One"),
            (ItemKey::Genre, "Rock; Pop;"),
            (ItemKey::AlbumArtist, "Simon & Garfunkel"),
            (ItemKey::AlbumArtists, "Simon"),
            (ItemKey::AlbumArtists, "Garfunkel"),
            (ItemKey::Composer, "A; B"),
            (ItemKey::Composer, "C"),
        ]);
        assert_eq!(
            (tags.artist.as_str(), tags.artists),
            ("One, Two, Three", vec!["One".into(), "Two".into(), "Three".into()])
        );
        assert_eq!((tags.genre.as_str(), tags.genres), ("Rock, Pop", vec!["Rock".into(), "Pop".into()]));
        assert_eq!(tags.album_artist, "Simon & Garfunkel");
        assert_eq!(tags.album_artists, ["Simon", "Garfunkel"]);
        assert_eq!((tags.composer.as_str(), tags.details.composers), ("A; B, C", vec!["A; B".into(), "C".into()]));
        let values = |texts: &[String]| values(&Separators::default(), Of::Artists, texts.iter().map(String::as_str));
        assert_eq!(values(&vec!["x".to_owned(); 5]), ["x"]);
        let many: Vec<String> = (0..100).map(|i| i.to_string()).collect();
        assert_eq!(values(&many).len(), MAX_VALUES);
    }

    #[test]
    fn gains_are_figures_or_nothing() {
        let tags = read_of(&[
            (ItemKey::ReplayGainTrackGain, "-6.54 dB"),
            (ItemKey::ReplayGainTrackPeak, "0.988553"),
            (ItemKey::ReplayGainAlbumGain, "+1,5dB"),
            (ItemKey::ReplayGainAlbumPeak, "NaN"),
        ]);
        let expected =
            Gains { track_db: Some(-6.54), track_peak: Some(0.988_553), album_db: Some(1.5), album_peak: None };
        assert_eq!(tags.gains, expected);
        assert_eq!(read_of(&[(ItemKey::ReplayGainTrackGain, "900 dB")]).gains, Gains::default());
        assert_eq!((r128("-512"), r128("0"), r128("99999"), r128("x")), (Some(3.0), Some(5.0), None, None));
    }
}
