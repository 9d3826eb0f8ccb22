//! The parts of a file, from where its tracks begin and how long it is.

use downbeat_protocol::Frames;
use downbeat_store::Details;

use crate::{
    retag::fields,
    separators::{Of, Separators},
    tags::{Gains, Tags, joined, tidy, values},
};

/// Sectors of a compact disc in a second.
const SECTORS: i128 = 75;
/// Digits of a fingerprint.
const MARK_DIGITS: usize = 16;

/// What a sheet says of an album.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AlbumText {
    pub(crate) title: String,
    pub(crate) artist: String,
    pub(crate) composer: String,
    pub(crate) date: String,
    pub(crate) genre: String,
    pub(crate) disc: String,
    pub(crate) gain_db: Option<f32>,
    pub(crate) peak: Option<f32>,
    /// The encoding of the sheet, if it was guessed.
    pub(crate) charset: &'static str,
}

/// What it says of a track.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TrackText {
    pub(crate) title: String,
    pub(crate) artist: String,
    pub(crate) composer: String,
    pub(crate) gains: Gains,
}

/// A place in a file. Those of one sheet are all of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    /// In 75ths of a second.
    Sectors(u64),
    /// In frames.
    Frames(u64),
    /// In milliseconds.
    Millis(u64),
}

impl At {
    /// The frame in a file of `rate` frames a second.
    fn frame(self, rate: u32) -> i64 {
        let frame = match self {
            Self::Sectors(sectors) => i128::from(sectors) * i128::from(rate) / SECTORS,
            Self::Frames(frames) => i128::from(frames),
            Self::Millis(ms) => i128::from(ms) * i128::from(rate) / 1000,
        };
        i64::try_from(frame).unwrap_or(i64::MAX)
    }
}

/// The content of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sound,
    /// Programs and films, which would be heard as noise.
    Data,
}

/// A track that begins in a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: At,
    pub(crate) kind: Kind,
    pub(crate) number: Option<u32>,
    pub(crate) text: TrackText,
}

/// All that a sheet says of one file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cuts {
    /// The name of the sheet, for people; empty: it is in the file itself.
    pub(crate) sheet: String,
    /// The fingerprint of all that is said.
    pub(crate) mark: String,
    pub(crate) album: AlbumText,
    pub(crate) points: Vec<Point>,
}

impl Cuts {
    /// What a file says itself; `mark` says by what.
    pub(super) fn of_file(mark: &str, album: AlbumText, points: Vec<Point>) -> Self {
        Self { sheet: String::new(), mark: mark.to_owned(), album, points }
    }

    /// What a sheet of this name says.
    pub(crate) fn new(sheet: String, album: AlbumText, points: Vec<Point>) -> Self {
        let said = format!("{sheet:?} {album:?} {points:?}");
        let mark = blake3::hash(said.as_bytes()).to_hex()[..MARK_DIGITS].to_owned();
        Self { sheet, mark, album, points }
    }
}

/// A part of a file that is a track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) first: Frames,
    pub(crate) frames: Frames,
    pub(crate) tags: Tags,
}

/// The parts of a file of so many frames, whose own tags are `own`, and what is wrong with the sheet, for people. One
/// part that is the whole file has its own tags before those of the sheet. Without a title of its own it has none.
pub(crate) fn cut(
    cuts: &Cuts,
    frames: Frames,
    rate: u32,
    own: &Tags,
    separators: &Separators,
) -> (Vec<Piece>, Option<String>) {
    let mut pieces = Vec::new();
    let mut beyond = 0;
    for (i, point) in cuts.points.iter().enumerate() {
        // what sounds before the first track is a part of it: nothing of the file is lost
        let first = if i == 0 { 0 } else { point.at.frame(rate) };
        let end = cuts.points.get(i + 1).map_or(frames.0, |next| next.at.frame(rate).min(frames.0));
        if point.kind == Kind::Data {
            continue;
        }
        if first >= end {
            beyond += 1;
            continue;
        }
        let tags = tags_of(cuts, point, own, separators);
        pieces.push(Piece { first: Frames(first), frames: Frames(end - first), tags });
    }
    let named = if cuts.sheet.is_empty() { "what is said in it".to_owned() } else { cuts.sheet.clone() };
    let fault = match beyond {
        0 => None,
        1 => Some(format!("{named} names a track that begins after the end of the file; it is left out")),
        n => Some(format!("{named} names {n} tracks that begin after the end of the file; they are left out")),
    };
    if let [piece] = pieces.as_mut_slice()
        && (piece.first, piece.frames) == (Frames(0), frames)
    {
        piece.tags = named_by(own, &piece.tags);
    }
    (pieces, fault)
}

/// The tags of a part: the sheet's, and below them those of the file that hold for all parts.
fn tags_of(cuts: &Cuts, point: &Point, own: &Tags, separators: &Separators) -> Tags {
    let (album, track) = (&cuts.album, &point.text);
    let split = |of, text: &str| Some(values(separators, of, std::iter::once(text))).filter(|list| !list.is_empty());
    let list = |text: &str| split(Of::Artists, text);
    let album_artists = list(&album.artist).unwrap_or_else(|| own.album_artists.clone());
    let artists = list(&track.artist).or_else(|| list(&album.artist)).unwrap_or_else(|| own.artists.clone());
    let genres = split(Of::Genres, &album.genre).unwrap_or_else(|| own.genres.clone());
    let composers = list(&track.composer).or_else(|| list(&album.composer));
    let title = Some(tidy(&track.title)).filter(|title| !title.is_empty());
    let album_title = Some(tidy(&album.title)).filter(|title| !title.is_empty());
    Tags {
        title: title.unwrap_or_default(),
        artist: joined(&artists),
        artists,
        // the title of an image or of a book is that of all its tracks
        album: album_title.unwrap_or_else(|| if own.album.is_empty() { &own.title } else { &own.album }.clone()),
        album_artist: joined(&album_artists),
        album_artists,
        genre: joined(&genres),
        genres,
        composer: composers.map_or_else(|| own.composer.clone(), |list| joined(&list)),
        track_no: point.number.filter(|n| *n > 0),
        disc_no: fields::number(&album.disc).or(own.disc_no),
        year: fields::year(&album.date).or(own.year),
        gains: Gains {
            // what is said of the file is said of all of it
            album_db: album.gain_db.or(own.gains.album_db).or(own.gains.track_db),
            album_peak: album.peak.or(own.gains.album_peak).or(own.gains.track_peak),
            ..track.gains
        },
        details: details_of(cuts, own),
        faults: own.faults.clone(),
    }
}

/// What the file says of its album, and nothing of what it says of itself as one track.
fn details_of(cuts: &Cuts, own: &Tags) -> Details {
    let d = &own.details;
    let charset = if cuts.album.charset.is_empty() { d.charset_guessed.as_str() } else { cuts.album.charset };
    Details {
        title_sort: String::new(),
        track_total: None,
        movement: String::new(),
        movement_no: None,
        charset_guessed: charset.to_owned(),
        ..d.clone()
    }
}

/// The tags of a file that a sheet only names: its own, and what they lack from the sheet.
fn named_by(own: &Tags, sheet: &Tags) -> Tags {
    let text = |own: &String, sheet: &String| if own.is_empty() { sheet.clone() } else { own.clone() };
    let list = |own: &Vec<String>, sheet: &Vec<String>| if own.is_empty() { sheet.clone() } else { own.clone() };
    Tags {
        title: text(&own.title, &sheet.title),
        artist: text(&own.artist, &sheet.artist),
        artists: list(&own.artists, &sheet.artists),
        album: text(&own.album, &sheet.album),
        album_artist: text(&own.album_artist, &sheet.album_artist),
        album_artists: list(&own.album_artists, &sheet.album_artists),
        genre: text(&own.genre, &sheet.genre),
        genres: list(&own.genres, &sheet.genres),
        composer: text(&own.composer, &sheet.composer),
        track_no: own.track_no.or(sheet.track_no),
        disc_no: own.disc_no.or(sheet.disc_no),
        year: own.year.or(sheet.year),
        gains: own.gains,
        details: own.details.clone(),
        faults: own.faults.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(points: &[(At, Kind)]) -> Cuts {
        let point = |(i, (at, kind)): (usize, &(At, Kind))| Point {
            at: *at,
            kind: *kind,
            number: Some(i as u32 + 1),
            text: TrackText::default(),
        };
        let points = points.iter().enumerate().map(point).collect();
        Cuts { sheet: "x.cue".into(), mark: String::new(), album: AlbumText::default(), points }
    }

    fn parts(points: &[(At, Kind)], frames: i64, rate: u32) -> (Vec<(i64, i64)>, Option<String>) {
        let (pieces, fault) = cut(&cuts(points), Frames(frames), rate, &Tags::default(), &Separators::default());
        (pieces.iter().map(|p| (p.first.0, p.frames.0)).collect(), fault)
    }

    #[test]
    fn sectors_are_frames_exactly_and_each_part_ends_where_the_next_begins() {
        let sound = |sectors: &[u64]| sectors.iter().map(|s| (At::Sectors(*s), Kind::Sound)).collect::<Vec<_>>();
        assert_eq!(parts(&sound(&[0, 1, 3]), 588 * 10, 44_100).0, [(0, 588), (588, 1_176), (1_764, 4_116)]);
        assert_eq!(parts(&sound(&[0, 1, 3]), 96_000, 96_000).0, [(0, 1_280), (1_280, 2_560), (3_840, 92_160)]);
        // 426 2/3 frames a sector: rounded once, from the start of the file
        assert_eq!(parts(&sound(&[0, 1, 2, 3]), 2_000, 32_000).0, [(0, 426), (426, 427), (853, 427), (1_280, 720)]);
        assert_eq!(parts(&[(At::Millis(0), Kind::Sound), (At::Millis(1), Kind::Sound)], 99, 44_100).0[1], (44, 55));
        assert_eq!(parts(&[(At::Frames(5), Kind::Sound), (At::Frames(9), Kind::Sound)], 10, 8_000).0, [(0, 9), (9, 1)]);
    }

    #[test]
    fn what_is_before_the_first_track_is_of_it_and_data_is_left_out() {
        let at = |s: u64| At::Sectors(s * 75);
        let (sound, data) = (Kind::Sound, Kind::Data);
        let second = 44_100;
        assert_eq!(
            parts(&[(at(3), sound), (at(5), sound)], 9 * second, 44_100).0,
            [(0, 5 * second), (5 * second, 4 * second)]
        );
        assert_eq!(
            parts(&[(at(0), data), (at(3), sound), (at(5), data)], 9 * second, 44_100),
            (vec![(3 * second, 2 * second)], None)
        );
    }

    #[test]
    fn tracks_beyond_the_end_are_told() {
        let all: Vec<_> = [0, 75, 150, 225].map(|s| (At::Sectors(s), Kind::Sound)).to_vec();
        let (kept, fault) = parts(&all, 44_100 + 10, 44_100);
        assert_eq!(kept, [(0, 44_100), (44_100, 10)]);
        assert!(fault.unwrap().starts_with("x.cue names 2 tracks that begin after the end"));
        let (kept, fault) = parts(&all, 44_100, 44_100);
        assert_eq!((kept, fault.is_some()), (vec![(0, 44_100)], true));
        assert_eq!(parts(&[(At::Sectors(u64::MAX), Kind::Sound); 2], i64::MAX, u32::MAX).0.len(), 1);
    }
}
