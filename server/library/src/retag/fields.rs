//! The fields that are read and edited, by the names that each kind of tag has for them.

use std::fmt::Write as _;

use encoding_rs::Encoding;

use crate::charset;

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
    // Those below are read and never written.
    TitleSort,
    ArtistSort,
    AlbumSort,
    AlbumArtistSort,
    ComposerSort,
    Compilation,
    /// MusicBrainz's id.
    Release,
    Catalog,
    Edition,
    /// The year of this release, where it is told apart from that of the music.
    ReleaseYear,
    DiscTitle,
    TrackTotal,
    DiscTotal,
    Work,
    /// The work, if there is a movement.
    Grouping,
    Movement,
    MovementNo,
    MovementTotal,
}

impl Field {
    /// True for those of which names of people's own are taken from the list of Vorbis comments, in any kind of tag.
    fn has_any_name(self) -> bool {
        self >= Self::TitleSort
    }
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
    /// The encoding of its texts, if it was guessed.
    pub(crate) charset: Option<&'static str>,
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

    /// The bytes of the texts of which no encoding is said.
    pub(crate) fn unsure(&self) -> Vec<Vec<u8>> {
        self.values.iter().filter_map(|(_, value)| charset::unsure_bytes(value)).collect()
    }

    /// Reads these texts in an encoding; `None`: as Western ones.
    pub(crate) fn settle(&mut self, encoding: Option<&'static Encoding>) {
        for (_, value) in &mut self.values {
            if let Some(bytes) = charset::unsure_bytes(value) {
                *value = charset::read_as(encoding, &bytes);
                self.charset = encoding.map(Encoding::name);
            }
        }
    }

    /// The same in the encoding that they themselves show.
    pub(crate) fn settled(mut self) -> Self {
        let unsure = self.unsure();
        if !unsure.is_empty() {
            self.settle(charset::sure(&unsure));
        }
        self
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

const VORBIS: [(&str, Field); 97] = [
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
    ("DATE_RELEASED", Field::Year),
    ("WM/YEAR", Field::Year),
    ("DATE_RECORDED", Field::OriginalYear),
    ("ORIGINALDATE", Field::OriginalYear),
    ("ORIGINALYEAR", Field::OriginalYear),
    ("ORIGINAL DATE", Field::OriginalYear),
    ("ORIGINAL YEAR", Field::OriginalYear),
    ("ORIGYEAR", Field::OriginalYear),
    ("WM/ORIGINALRELEASEYEAR", Field::OriginalYear),
    ("WM/ORIGINALRELEASETIME", Field::OriginalYear),
    ("RELEASEDATE", Field::ReleaseYear),
    ("RELEASE DATE", Field::ReleaseYear),
    ("RELEASE_DATE", Field::ReleaseYear),
    ("RELEASEYEAR", Field::ReleaseYear),
    ("RELEASE YEAR", Field::ReleaseYear),
    ("TRACKNUMBER", Field::Track),
    ("TRACKNUM", Field::Track),
    ("TRACK", Field::Track),
    ("TRACK NUMBER", Field::Track),
    ("TRACKNO", Field::Track),
    ("PART_NUMBER", Field::Track),
    ("WM/TRACKNUMBER", Field::Track),
    ("DISCNUMBER", Field::Disc),
    ("DISC", Field::Disc),
    ("DISC NUMBER", Field::Disc),
    ("DISCNO", Field::Disc),
    ("DISKNUMBER", Field::Disc),
    ("DISK", Field::Disc),
    ("WM/PARTOFSET", Field::Disc),
    ("TRACKTOTAL", Field::TrackTotal),
    ("TOTALTRACKS", Field::TrackTotal),
    ("TRACKC", Field::TrackTotal),
    ("TOTAL_PARTS", Field::TrackTotal),
    ("DISCTOTAL", Field::DiscTotal),
    ("TOTALDISCS", Field::DiscTotal),
    ("DISKTOTAL", Field::DiscTotal),
    ("DISCC", Field::DiscTotal),
    ("REPLAYGAIN_TRACK_GAIN", Field::TrackGain),
    ("REPLAYGAIN_TRACK_PEAK", Field::TrackPeak),
    ("REPLAYGAIN_ALBUM_GAIN", Field::AlbumGain),
    ("REPLAYGAIN_ALBUM_PEAK", Field::AlbumPeak),
    ("R128_TRACK_GAIN", Field::R128Track),
    ("R128_ALBUM_GAIN", Field::R128Album),
    ("TITLESORT", Field::TitleSort),
    ("SORT_NAME", Field::TitleSort),
    ("TITLE-SORT", Field::TitleSort),
    ("ARTISTSORT", Field::ArtistSort),
    ("SORT_ARTIST", Field::ArtistSort),
    ("ARTIST-SORT", Field::ArtistSort),
    ("WM/ARTISTSORTORDER", Field::ArtistSort),
    ("ALBUMSORT", Field::AlbumSort),
    ("SORT_ALBUM", Field::AlbumSort),
    ("ALBUM-SORT", Field::AlbumSort),
    ("WM/ALBUMSORTORDER", Field::AlbumSort),
    ("ALBUMARTISTSORT", Field::AlbumArtistSort),
    ("SORT_ALBUM_ARTIST", Field::AlbumArtistSort),
    ("WM/ALBUMARTISTSORTORDER", Field::AlbumArtistSort),
    ("COMPOSERSORT", Field::ComposerSort),
    ("SORT_COMPOSER", Field::ComposerSort),
    ("WM/COMPOSERSORTORDER", Field::ComposerSort),
    ("COMPILATION", Field::Compilation),
    ("ITUNESCOMPILATION", Field::Compilation),
    ("WM/ISCOMPILATION", Field::Compilation),
    ("MUSICBRAINZ_ALBUMID", Field::Release),
    ("MUSICBRAINZ ALBUM ID", Field::Release),
    ("MUSICBRAINZ/ALBUM ID", Field::Release),
    ("CATALOGNUMBER", Field::Catalog),
    ("CATALOG NUMBER", Field::Catalog),
    ("CATALOGID", Field::Catalog),
    ("LABELNO", Field::Catalog),
    ("WM/CATALOGNO", Field::Catalog),
    ("EDITION", Field::Edition),
    ("ALBUMVERSION", Field::Edition),
    ("ALBUM VERSION", Field::Edition),
    ("MUSICBRAINZ_ALBUMCOMMENT", Field::Edition),
    ("DISCSUBTITLE", Field::DiscTitle),
    ("SETSUBTITLE", Field::DiscTitle),
    ("DISCTITLE", Field::DiscTitle),
    ("WM/SETSUBTITLE", Field::DiscTitle),
    ("WORK", Field::Work),
    ("WORKTITLE", Field::Work),
    ("MOVEMENTNAME", Field::Movement),
    ("MOVEMENT", Field::MovementNo),
    ("MOVEMENTNUMBER", Field::MovementNo),
    ("MOVEMENTTOTAL", Field::MovementTotal),
];

const ID3: [(&str, Field); 61] = [
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
    ("TDOR", Field::OriginalYear),
    ("TORY", Field::OriginalYear),
    ("TOR", Field::OriginalYear),
    ("TDRL", Field::ReleaseYear),
    ("TRCK", Field::Track),
    ("TRK", Field::Track),
    ("TPOS", Field::Disc),
    ("TPA", Field::Disc),
    ("TSOT", Field::TitleSort),
    ("TST", Field::TitleSort),
    ("XSOT", Field::TitleSort),
    ("TSOP", Field::ArtistSort),
    ("TSP", Field::ArtistSort),
    ("XSOP", Field::ArtistSort),
    ("TSOA", Field::AlbumSort),
    ("TSA", Field::AlbumSort),
    ("XSOA", Field::AlbumSort),
    ("TSO2", Field::AlbumArtistSort),
    ("TS2", Field::AlbumArtistSort),
    ("TSOC", Field::ComposerSort),
    ("TSC", Field::ComposerSort),
    ("TCMP", Field::Compilation),
    ("TCP", Field::Compilation),
    ("TSST", Field::DiscTitle),
    ("TIT1", Field::Grouping),
    ("TT1", Field::Grouping),
    ("MVNM", Field::Movement),
    ("MVN", Field::Movement),
    ("MVIN", Field::MovementNo),
    ("MVI", Field::MovementNo),
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
    ("TXXX:ORIGINALYEAR", Field::OriginalYear),
    ("TXXX:ORIGINALDATE", Field::OriginalYear),
    ("TXX:YEAR", Field::OriginalYear),
    ("TXX:ORIGINALYEAR", Field::OriginalYear),
    ("TXX:ORIGINALDATE", Field::OriginalYear),
];

const MP4: [(&str, Field); 31] = [
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
    ("----:ORIGINALYEAR", Field::OriginalYear),
    ("----:YEAR", Field::OriginalYear),
    ("----:DATE", Field::OriginalYear),
    ("trkn", Field::Track),
    ("disk", Field::Disc),
    ("----:REPLAYGAIN_TRACK_GAIN", Field::TrackGain),
    ("----:REPLAYGAIN_TRACK_PEAK", Field::TrackPeak),
    ("----:REPLAYGAIN_ALBUM_GAIN", Field::AlbumGain),
    ("----:REPLAYGAIN_ALBUM_PEAK", Field::AlbumPeak),
    ("sonm", Field::TitleSort),
    ("soar", Field::ArtistSort),
    ("soal", Field::AlbumSort),
    ("soaa", Field::AlbumArtistSort),
    ("soco", Field::ComposerSort),
    ("cpil", Field::Compilation),
    ("\u{a9}wrk", Field::Work),
    ("\u{a9}grp", Field::Grouping),
    ("\u{a9}mvn", Field::Movement),
    ("\u{a9}mvi", Field::MovementNo),
    ("\u{a9}mvc", Field::MovementTotal),
];

const INFO: [(&str, Field); 14] = [
    ("INAM", Field::Title),
    ("IART", Field::Artist),
    ("IPRD", Field::Album),
    ("IGNR", Field::Genre),
    ("IMUS", Field::Composer),
    ("IWRI", Field::Composer),
    ("ICRD", Field::Year),
    ("YEAR", Field::Year),
    ("IPRT", Field::Track),
    ("ITRK", Field::Track),
    ("TRCK", Field::Track),
    ("IFRM", Field::TrackTotal),
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
        let find = |names: &[(&str, Field)], name: &str| {
            names.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, field)| *field)
        };
        let own = ["TXXX:", "TXX:", "----:"].iter().find_map(|own| name.strip_prefix(own));
        find(self.names(), name).or_else(|| find(&VORBIS, own?).filter(|field| field.has_any_name()))
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
    const WORDS: [&str; 12] =
        ["track", "disc", "disk", "cd", "side", "part", "vol", "volume", "no", "nr", "nº", "teil"];
    let no_word = |c: char| !c.is_alphanumeric();
    let text = text.trim_start_matches(no_word);
    let word = text.split(|c: char| !c.is_alphabetic() && c != 'º').next().unwrap_or_default();
    let is_known = WORDS.contains(&word.to_lowercase().as_str());
    let text = if is_known { text[word.len()..].trim_start_matches(no_word) } else { text };
    let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|n| (1..100_000).contains(n))
}

/// The total in `06/12`, `3 of 12`.
pub(crate) fn total(text: &str) -> Option<&str> {
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
            .into_iter()
            .chain([("Track 4", 4), ("CD2", 2), ("Disc 1 of 2", 1), ("No. 5", 5), ("3 von 12", 3), ("3\u{ff0f}12", 3)])
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
