//! The text of a cue sheet.
//!
//! It is written by people and programs of thirty years: commands in any case, texts with and without quotation marks,
//! commands that nobody knows. What says nothing of a track's place or name is passed over; a place that cannot be read
//! makes the sheet a bad one, since a track that begins elsewhere is worse than none.

use super::cut::{AlbumText, At, Kind, Point, TrackText};
use crate::tags::{Gains, figure};

/// A larger sheet is none.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// No disc has a tenth of these.
const MOST_TRACKS: usize = 2_000;
/// Sectors of a compact disc in a second: the unit of a sheet's times.
const SECTORS: u64 = 75;
/// A longer file is none.
const MOST_MINUTES: u64 = 1_000_000;

/// A sheet: the album, and its files in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) album: AlbumText,
    pub(crate) files: Vec<SheetFile>,
}

/// A file that a sheet names, with the tracks that begin in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SheetFile {
    /// The name as it stands there.
    pub(crate) name: String,
    pub(crate) points: Vec<Point>,
}

/// A track of which not all lines were read yet.
#[derive(Debug)]
struct Open {
    line: usize,
    kind: Kind,
    number: Option<u32>,
    text: TrackText,
    /// The number of each index, the file that it is in, and where.
    indexes: Vec<(u32, usize, u64)>,
}

/// Reads a sheet; why it is a bad one, for people.
pub(crate) fn parse(text: &str) -> Result<Sheet, String> {
    if text.len() > MOST_BYTES {
        return Err("it is too large for a cue sheet".into());
    }
    let mut reader = Reader::default();
    for (i, line) in text.split('\n').enumerate() {
        reader.line(i + 1, line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0'))?;
    }
    reader.close()?;
    let mut sheet = reader.sheet;
    if sheet.files.is_empty() {
        return Err("it names no file".into());
    }
    sheet.files.retain(|file| !file.points.is_empty());
    if sheet.files.is_empty() {
        return Err("it names no track".into());
    }
    Ok(sheet)
}

#[derive(Debug, Default)]
struct Reader {
    sheet: Sheet,
    open: Option<Open>,
    tracks: usize,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let (command, rest) = word(line);
        let texts = self.open.as_mut().map(|open| &mut open.text);
        match command.to_ascii_uppercase().as_str() {
            "FILE" => self.sheet.files.push(SheetFile { name: file_name(rest), points: Vec::new() }),
            "TRACK" => {
                self.close()?;
                self.tracks += 1;
                if self.tracks > MOST_TRACKS {
                    return Err(format!("it names more than {MOST_TRACKS} tracks"));
                }
                let (its, kind) = word(rest);
                let kind = if word(kind).0.eq_ignore_ascii_case("audio") { Kind::Sound } else { Kind::Data };
                let (number_of, text, indexes) = (its.parse().ok(), TrackText::default(), Vec::new());
                self.open = Some(Open { line: number, kind, number: number_of, text, indexes });
            }
            "INDEX" => {
                let (its, time) = word(rest);
                let place = its.parse().ok().zip(sectors(time));
                let (its, at) = place.ok_or_else(|| format!("its line {number} says no place: {line}"))?;
                let file = self.sheet.files.len().checked_sub(1);
                let file = file.ok_or_else(|| format!("its line {number} stands before any FILE"))?;
                let open = self.open.as_mut();
                let open = open.ok_or_else(|| format!("its line {number} stands before any TRACK"))?;
                open.indexes.push((its, file, at));
            }
            "TITLE" => *texts.map_or(&mut self.sheet.album.title, |t| &mut t.title) = value(rest),
            "PERFORMER" => *texts.map_or(&mut self.sheet.album.artist, |t| &mut t.artist) = value(rest),
            "SONGWRITER" => *texts.map_or(&mut self.sheet.album.composer, |t| &mut t.composer) = value(rest),
            "REM" => self.remark(rest),
            _ => {}
        }
        Ok(())
    }

    fn remark(&mut self, rest: &str) {
        let (key, rest) = word(rest);
        let said = value(rest);
        let (album, track) = (&mut self.sheet.album, self.open.as_mut().map(|open| &mut open.text));
        let gains = |track: Option<&mut TrackText>, set: fn(&mut Gains, f32)| {
            if let (Some(track), Some(said)) = (track, figure(&said)) {
                set(&mut track.gains, said);
            }
        };
        match key.to_ascii_uppercase().as_str() {
            "DATE" | "YEAR" if track.is_none() => album.date = said,
            "GENRE" if track.is_none() => album.genre = said,
            "DISCNUMBER" | "DISC" if track.is_none() => album.disc = said,
            "COMPOSER" => *track.map_or(&mut album.composer, |t| &mut t.composer) = said,
            "REPLAYGAIN_TRACK_GAIN" => gains(track, |g, db| g.track_db = Some(db)),
            "REPLAYGAIN_TRACK_PEAK" => gains(track, |g, peak| g.track_peak = Some(peak)),
            "REPLAYGAIN_ALBUM_GAIN" if track.is_none() => album.gain_db = figure(&said),
            "REPLAYGAIN_ALBUM_PEAK" if track.is_none() => album.peak = figure(&said),
            _ => {}
        }
    }

    /// Puts the open track into the file that it begins in.
    fn close(&mut self) -> Result<(), String> {
        let Some(Open { line, kind, number, text, indexes }) = self.open.take() else { return Ok(()) };
        // music begins at its first index but the gap; what is no music, with its gap
        let first = match kind {
            Kind::Sound => indexes.iter().find(|(its, ..)| *its > 0).or_else(|| indexes.last()),
            Kind::Data => indexes.first(),
        };
        let Some((_, file, at)) = first.copied() else {
            return Err(format!("its track in line {line} has no INDEX"));
        };
        let file = &mut self.sheet.files[file];
        if file.points.last().is_some_and(|before| before.at >= At::Sectors(at)) {
            return Err(format!("its track in line {line} does not begin after the one before it"));
        }
        file.points.push(Point { at: At::Sectors(at), kind, number, text });
        Ok(())
    }
}

/// The first word of a line, and what follows.
fn word(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    (&line[..end], line[end..].trim_start())
}

/// The text between the first and the last quotation mark, or all of it without.
fn value(rest: &str) -> String {
    let quoted = rest.strip_prefix('"').map(|inner| inner.rfind('"').map_or(inner, |end| &inner[..end]));
    quoted.unwrap_or(rest).trim().to_owned()
}

/// The name of a file, without the word behind it that says its kind.
fn file_name(rest: &str) -> String {
    if rest.starts_with('"') {
        return value(rest);
    }
    let name = rest.rfind(char::is_whitespace).map_or(rest, |end| &rest[..end]);
    name.trim().to_owned()
}

/// `mm:ss:ff` in sectors.
fn sectors(time: &str) -> Option<u64> {
    let mut parts = time.trim().split(':').map(|part| {
        let plain = !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<u64>().ok()).flatten()
    });
    let (minutes, seconds, rest) = (parts.next()??, parts.next()??, parts.next()??);
    let sane = parts.next().is_none() && seconds < 60 && rest < SECTORS && minutes <= MOST_MINUTES;
    sane.then_some((minutes * 60 + seconds) * SECTORS + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// File, then for each track: number, sector, kind, artist and title.
    type Seen = Vec<(String, Vec<(Option<u32>, At, Kind, String, String)>)>;

    fn seen(sheet: &Sheet) -> Seen {
        let point = |p: &Point| (p.number, p.at, p.kind, p.text.artist.clone(), p.text.title.clone());
        sheet.files.iter().map(|f| (f.name.clone(), f.points.iter().map(point).collect())).collect()
    }

    fn track(number: u32, sector: u64, artist: &str, title: &str) -> (Option<u32>, At, Kind, String, String) {
        (Some(number), At::Sectors(sector), Kind::Sound, artist.into(), title.into())
    }

    #[test]
    fn an_image_as_eac_writes_it() {
        let sheet = parse(
            "\u{feff}REM GENRE \"Post Rock\"\r\nREM DATE 1999\r\nREM DISCID 82100309\r\nREM COMMENT \"ExactAudioCopy\"\r\n\
             REM REPLAYGAIN_ALBUM_GAIN -7.50 dB\r\nPERFORMER \"A \"B\" C\"\r\nTITLE \"The Album\"\r\nREM DISCNUMBER 2\r\n\
             FILE \"CD Image.wav\" WAVE\r\n  TRACK 01 AUDIO\r\n    TITLE \"One\"\r\n    ISRC <cM@39103270\r\n\
                 FLAGS DCP\r\n    PREGAP 00:00:32\r\n    INDEX 01 00:00:00\r\n  TRACK 02 AUDIO\r\n    TITLE Two words\r\n\
                 PERFORMER \"D\"\r\n    SONGWRITER \"W\"\r\n    REM REPLAYGAIN_TRACK_GAIN -6.10 dB\r\n\
                 INDEX 00 03:57:12\r\n    INDEX 01 04:00:74\r\n    INDEX 02 05:00:00\r\n",
        )
        .unwrap();
        let one = 0;
        let two = (4 * 60) * 75 + 74;
        assert_eq!(
            seen(&sheet),
            [("CD Image.wav".into(), vec![track(1, one, "", "One"), track(2, two, "D", "Two words")])]
        );
        let AlbumText { title, artist, date, genre, disc, gain_db, .. } = sheet.album;
        assert_eq!(
            [title.as_str(), &artist, &date, &genre, &disc],
            ["The Album", "A \"B\" C", "1999", "Post Rock", "2"]
        );
        assert_eq!(gain_db, Some(-7.5));
        let second = &sheet.files[0].points[1].text;
        assert_eq!((second.gains.track_db, second.composer.as_str()), (Some(-6.1), "W"));
    }

    #[test]
    fn several_files_and_a_gap_at_the_end_of_the_file_before() {
        let sheet = parse(
            "file \"1.wav\" wave\n track 1 audio\n index 01 00:00:00\n track 2 audio\n title \"T\"\n index 00 01:00:00\n\
             FILE 2 and more.wav WAVE\n index 01 00:00:00\n",
        )
        .unwrap();
        let expected: Seen =
            vec![("1.wav".into(), vec![track(1, 0, "", "")]), ("2 and more.wav".into(), vec![track(2, 0, "", "T")])];
        assert_eq!(seen(&sheet), expected);
    }

    #[test]
    fn what_is_no_music_is_told_apart_and_begins_with_its_gap() {
        let sheet = parse(
            "FILE x.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 MODE1/2352\nINDEX 00 00:08:00\n\
             INDEX 01 00:10:00\nTRACK 03 AUDIO\nINDEX 00 00:20:00\nINDEX 01 00:22:00\n",
        )
        .unwrap();
        let places: Vec<_> = sheet.files[0].points.iter().map(|p| (p.at, p.kind)).collect();
        let at = |seconds: u64| At::Sectors(seconds * 75);
        assert_eq!(places, [(at(0), Kind::Sound), (at(8), Kind::Data), (at(22), Kind::Sound)]);
    }

    #[test]
    fn a_bad_sheet_says_what_is_wrong() {
        for (text, reason) in [
            ("", "no file"),
            ("TITLE x\n", "no file"),
            ("FILE x WAVE\n", "no track"),
            ("FILE x WAVE\nTRACK 01 AUDIO\n", "line 2 has no INDEX"),
            ("FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 00:60:00", "line 3"),
            ("FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:75", "line 3"),
            ("FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 19404", "line 3"),
            ("FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 -1:00:00", "line 3"),
            ("FILE x WAVE\nINDEX 01 00:00:00", "before any TRACK"),
            ("TRACK 01 AUDIO\nINDEX 01 00:00:00", "before any FILE"),
            (
                "FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 01:00:00\nTRACK 02 AUDIO\nINDEX 01 01:00:00",
                "line 4 does not begin after",
            ),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.contains(reason), "{text:?}: {said}");
        }
        let track = |n: usize| format!("TRACK 01 AUDIO\nINDEX 01 {n}:00:00\n");
        let many: String = (0..=MOST_TRACKS).map(track).collect();
        assert!(parse(&format!("FILE x WAVE\n{many}")).unwrap_err().contains("more than"));
        assert!(parse(&"x".repeat(MOST_BYTES + 1)).unwrap_err().contains("too large"));
    }
}
