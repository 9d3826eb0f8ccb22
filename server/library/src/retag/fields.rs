//! The fields that are read and edited, by the names that each kind of tag has for them.

use std::fmt::Write as _;

/// A field of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field {
    Title,
    Artist,
    /// The single names, where another text names them together.
    Artists,
    Album,
    AlbumArtist,
    /// The same for the album's.
    AlbumArtists,
    Genre,
    Composer,
    Year,
    /// Of the first publication: read where nothing else says a year, and never written.
    OriginalYear,
    Track,
    Disc,
    TrackGain,
    TrackPeak,
    AlbumGain,
    AlbumPeak,
    R128Track,
    R128Album,
}

/// A field and the values that it gets; none: it is removed.
pub(crate) type Wanted = (Field, Vec<String>);

/// The part of a tag in an edit: the main one must hold the new values, one beside it must not keep the old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Main,
    Beside,
}

/// The values and the faults of a tag, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) values: Vec<(Field, String)>,
    /// For people.
    pub(crate) faults: Vec<String>,
    /// The first picture, the front cover before others.
    pub(crate) picture: Option<Vec<u8>>,
}

impl Found {
    pub(crate) fn push(&mut self, field: Field, text: &str) {
        for value in text.split('\0').filter(|v| !v.trim().is_empty()) {
            self.values.push((field, value.to_owned()));
        }
    }

    pub(crate) fn fault(&mut self, text: impl Into<String>) {
        const MOST: usize = 8;
        if self.faults.len() < MOST {
            self.faults.push(text.into());
        }
    }

    pub(crate) fn says(&self, field: Field) -> bool {
        self.values.iter().any(|(f, _)| *f == field)
    }

    pub(crate) fn of(&self, field: Field) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |(f, _)| *f == field).map(|(_, v)| v.as_str())
    }

    /// Adds what another tag of the file says and this one does not.
    pub(crate) fn beneath(&mut self, other: Self) {
        let new: Vec<_> = other.values.into_iter().filter(|(field, _)| !self.says(*field)).collect();
        self.values.extend(new);
        for fault in other.faults {
            self.fault(fault);
        }
        self.picture = self.picture.take().or(other.picture);
    }
}

const VORBIS: [(&str, Field); 31] = [
    ("TITLE", Field::Title),
    ("ARTIST", Field::Artist),
    ("ARTISTS", Field::Artists),
    ("ALBUM", Field::Album),
    ("ALBUMARTIST", Field::AlbumArtist),
    ("ALBUM ARTIST", Field::AlbumArtist),
    ("ALBUM_ARTIST", Field::AlbumArtist),
    ("ALBUMARTISTS", Field::AlbumArtists),
    ("GENRE", Field::Genre),
    ("COMPOSER", Field::Composer),
    ("DATE", Field::Year),
    ("YEAR", Field::Year),
    ("RELEASEDATE", Field::OriginalYear),
    ("RELEASE DATE", Field::OriginalYear),
    ("RELEASEYEAR", Field::OriginalYear),
    ("ORIGINALDATE", Field::OriginalYear),
    ("ORIGINALYEAR", Field::OriginalYear),
    ("ORIGYEAR", Field::OriginalYear),
    ("TRACKNUMBER", Field::Track),
    ("TRACKNUM", Field::Track),
    ("TRACK", Field::Track),
    ("DISCNUMBER", Field::Disc),
    ("DISC", Field::Disc),
    ("DISKNUMBER", Field::Disc),
    ("DISK", Field::Disc),
    ("REPLAYGAIN_TRACK_GAIN", Field::TrackGain),
    ("REPLAYGAIN_TRACK_PEAK", Field::TrackPeak),
    ("REPLAYGAIN_ALBUM_GAIN", Field::AlbumGain),
    ("REPLAYGAIN_ALBUM_PEAK", Field::AlbumPeak),
    ("R128_TRACK_GAIN", Field::R128Track),
    ("R128_ALBUM_GAIN", Field::R128Album),
];

const ID3: [(&str, Field); 34] = [
    ("TIT2", Field::Title),
    ("TT2", Field::Title),
    ("TPE1", Field::Artist),
    ("TP1", Field::Artist),
    ("TALB", Field::Album),
    ("TAL", Field::Album),
    ("TPE2", Field::AlbumArtist),
    ("TP2", Field::AlbumArtist),
    ("TCON", Field::Genre),
    ("TCO", Field::Genre),
    ("TCOM", Field::Composer),
    ("TCM", Field::Composer),
    ("TDRC", Field::Year),
    ("TYER", Field::Year),
    ("TYE", Field::Year),
    ("TDRL", Field::OriginalYear),
    ("TDOR", Field::OriginalYear),
    ("TORY", Field::OriginalYear),
    ("TOR", Field::OriginalYear),
    ("TRCK", Field::Track),
    ("TRK", Field::Track),
    ("TPOS", Field::Disc),
    ("TPA", Field::Disc),
    // The names of texts of one's own.
    ("TXXX:ARTISTS", Field::Artists),
    ("TXX:ARTISTS", Field::Artists),
    ("TXXX:ALBUMARTISTS", Field::AlbumArtists),
    ("TXX:ALBUMARTISTS", Field::AlbumArtists),
    ("TXXX:ALBUM ARTIST", Field::AlbumArtist),
    ("TXXX:ALBUMARTIST", Field::AlbumArtist),
    ("TXXX:REPLAYGAIN_TRACK_GAIN", Field::TrackGain),
    ("TXXX:REPLAYGAIN_TRACK_PEAK", Field::TrackPeak),
    ("TXXX:REPLAYGAIN_ALBUM_GAIN", Field::AlbumGain),
    ("TXXX:REPLAYGAIN_ALBUM_PEAK", Field::AlbumPeak),
    ("TXXX:YEAR", Field::OriginalYear),
];

const MP4: [(&str, Field); 17] = [
    ("\u{a9}nam", Field::Title),
    ("\u{a9}ART", Field::Artist),
    ("----:ARTISTS", Field::Artists),
    ("\u{a9}alb", Field::Album),
    ("aART", Field::AlbumArtist),
    ("----:ALBUMARTISTS", Field::AlbumArtists),
    ("\u{a9}gen", Field::Genre),
    ("gnre", Field::Genre),
    ("\u{a9}wrt", Field::Composer),
    ("\u{a9}day", Field::Year),
    ("----:ORIGINALDATE", Field::OriginalYear),
    ("trkn", Field::Track),
    ("disk", Field::Disc),
    ("----:REPLAYGAIN_TRACK_GAIN", Field::TrackGain),
    ("----:REPLAYGAIN_TRACK_PEAK", Field::TrackPeak),
    ("----:REPLAYGAIN_ALBUM_GAIN", Field::AlbumGain),
    ("----:REPLAYGAIN_ALBUM_PEAK", Field::AlbumPeak),
];

const INFO: [(&str, Field); 11] = [
    ("INAM", Field::Title),
    ("IART", Field::Artist),
    ("IPRD", Field::Album),
    ("IGNR", Field::Genre),
    ("IMUS", Field::Composer),
    ("ICRD", Field::Year),
    ("YEAR", Field::Year),
    ("IPRT", Field::Track),
    ("ITRK", Field::Track),
    ("NAME", Field::Title),
    ("AUTH", Field::Artist),
];

/// The kinds of tag that name fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Vorbis comments, and APE, whose names are nearly the same.
    Vorbis,
    Id3v2,
    Mp4,
    /// Texts in RIFF and AIFF.
    Info,
}

impl Kind {
    fn names(self) -> &'static [(&'static str, Field)] {
        match self {
            Self::Vorbis => &VORBIS,
            Self::Id3v2 => &ID3,
            Self::Mp4 => &MP4,
            Self::Info => &INFO,
        }
    }

    /// The field of this name.
    pub(crate) fn field(self, name: &str) -> Option<Field> {
        self.names().iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, field)| *field)
    }

    /// The name under which a field is written that is not there yet.
    pub(crate) fn name(self, field: Field) -> Option<&'static str> {
        self.names().iter().find(|(_, f)| *f == field).map(|(name, _)| *name)
    }
}

/// The fields that the others make untrue: the single names beside the text that names them together.
pub(crate) fn with_dependants(wanted: &[Wanted]) -> Vec<Wanted> {
    let mut all = wanted.to_vec();
    for (field, list) in [(Field::Artist, Field::Artists), (Field::AlbumArtist, Field::AlbumArtists)] {
        if wanted.iter().any(|(f, _)| *f == field) {
            all.push((list, Vec::new()));
        }
    }
    all
}

/// The texts that a field gets where it says `there` now; `None` if it says that already.
pub(crate) fn texts(field: Field, values: &[String], there: &[&str]) -> Option<Vec<String>> {
    let new: Vec<String> = match (field, values.first()) {
        (Field::Year, Some(value)) => {
            // A date that is more exact than a year stays, if it is written by the rules.
            if let [one] = there
                && one.strip_prefix(value.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            {
                return None;
            }
            vec![value.clone()]
        }
        (Field::Track | Field::Disc, Some(value)) => {
            let mut text = value.clone();
            if let Some(total) = there.first().and_then(|t| total(t)) {
                let _ = write!(text, "/{total}");
            }
            if let [one] = there
                && one.chars().all(|c| c.is_ascii_digit() || c == '/')
                && number(one).map(|n| n.to_string()).as_deref() == Some(value)
            {
                return None;
            }
            vec![text]
        }
        _ => values.to_vec(),
    };
    (new != there).then_some(new)
}

/// The year in a text as people write it: `2004-05-06`, `06.05.2004`, `May 2004`, `c. 1970`, `20040506`.
pub(crate) fn year(text: &str) -> Option<u32> {
    let mut runs = text.split(|c: char| !c.is_ascii_digit());
    let valid = |digits: &str| digits.parse().ok().filter(|y| (1000..3000).contains(y));
    runs.find_map(|run| match run.len() {
        4 => valid(run),
        6 | 8 | 12 | 14 => valid(&run[..4]).or_else(|| if run.len() == 8 { valid(&run[4..]) } else { None }),
        _ => None,
    })
}

/// The number in `6`, `06/12`, `3 of 12`, `#5`; 0 says nothing.
pub(crate) fn number(text: &str) -> Option<u32> {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|n| (1..100_000).contains(n))
}

/// The total in `06/12`, `3 of 12`.
fn total(text: &str) -> Option<&str> {
    let mut runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.next()?;
    runs.next().filter(|run| run.len() < 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_found_as_people_write_them() {
        for (text, expected) in [
            ("2004", 2004),
            ("2004-05-06T10:00", 2004),
            ("2004/05/06", 2004),
            ("06.05.2004", 2004),
            ("06052004", 2004),
            ("20040506", 2004),
            ("200405", 2004),
            ("2023.01.01", 2023),
            ("May 2004", 2004),
            ("(2004)", 2004),
            ("(p) 1999", 1999),
            ("c. 1970", 1970),
            ("\u{2117} 1999 X", 1999),
            ("2004;2010", 2004),
            ("2004\u{5e74}", 2004),
            (" 1998 ", 1998),
        ] {
            assert_eq!(year(text), Some(expected), "{text}");
        }
        for text in ["", "Unknown", "199x", "0000", "99", "12345", "May"] {
            assert_eq!(year(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_totals_are_told_apart() {
        for (text, expected) in [("6", 6), ("06/12", 6), ("3 of 12", 3), ("#5", 5), (" 7", 7), ("(8)", 8), ("1-12", 1)]
        {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "0", "0/12", "A1", "x", "999999999"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!((total("06/12"), total("3 of 12"), total("3")), (Some("12"), Some("12"), None));
    }

    #[test]
    fn what_is_said_already_is_left_as_it_is_written() {
        let of = |field, value: &str, there: &[&str]| texts(field, &[value.to_owned()], there);
        assert_eq!(of(Field::Year, "2004", &["2004-05-06"]), None, "the day would be lost");
        assert_eq!(of(Field::Year, "2005", &["2004-05-06"]), Some(vec!["2005".into()]));
        assert_eq!(of(Field::Track, "7", &["06/12"]), Some(vec!["7/12".into()]));
        assert_eq!(of(Field::Track, "6", &["06/12"]), None);
        assert_eq!(of(Field::Track, "3", &["3 of 12"]), Some(vec!["3/12".into()]), "mended");
        assert_eq!(of(Field::Year, "2004", &["May 2004"]), Some(vec!["2004".into()]), "mended");
        assert_eq!(of(Field::Title, "A", &["A", "B"]), Some(vec!["A".into()]));
        assert_eq!(texts(Field::Title, &[], &["A"]), Some(vec![]));
        assert_eq!(texts(Field::Title, &[], &[]), None);
    }
}
