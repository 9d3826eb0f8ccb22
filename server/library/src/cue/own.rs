//! The sheet that lies in the file itself: a comment CUESHEET, the block of FLAC, or chapters.

use downbeat_media::guard;

use super::{
    cut::{AlbumText, At, Cuts, Kind, Point, TrackText},
    marks::{CHAPTERS, OWN},
    parse::parse,
};
use crate::{
    charset,
    retag::{self, OwnSheet},
    source::Bytes,
};

/// The numbers of what follows the last track.
const LEAD_OUT: [u8; 2] = [170, 255];

/// What a file says of its tracks, if it says it of several; why that cannot be read, for people.
pub(crate) fn own_cuts(reader: &mut dyn Bytes) -> Option<Result<Cuts, String>> {
    let sheet = guard::catch(|| retag::sheet(reader)).ok()?.ok().flatten()?;
    let parsed = guard::catch(|| match &sheet {
        OwnSheet::Text(text) => of_text(&charset::decode(text).text),
        OwnSheet::Chapters(chapters) => of_chapters(chapters),
        OwnSheet::Block(block) => of_block(block).ok_or_else(|| "its block ends too early".into()),
    });
    let cuts = parsed.unwrap_or_else(|_| Err("the reader of cue sheets failed on it".into()));
    // a sheet of a single track is a remark on where a file comes from
    let is_many = |cuts: &Cuts| cuts.points.iter().filter(|point| point.kind == Kind::Sound).count() > 1;
    Some(cuts).filter(|cuts| cuts.as_ref().map_or(true, is_many))
}

fn of_text(text: &str) -> Result<Cuts, String> {
    let sheet = parse(text)?;
    let mut files = sheet.files.into_iter();
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(Cuts::of_file(OWN, sheet.album, file.points)),
        _ => Err("it names several files".into()),
    }
}

fn of_chapters(chapters: &[(u64, String)]) -> Result<Cuts, String> {
    let mut points: Vec<Point> = Vec::new();
    for ((ms, title), number) in chapters.iter().zip(1..) {
        let at = At::Millis(*ms);
        if points.last().is_some_and(|before| before.at >= at) {
            return Err(format!("its chapter {number} does not begin after the one before it"));
        }
        let text = TrackText { title: title.clone(), ..TrackText::default() };
        points.push(Point { at, kind: Kind::Sound, number: Some(number), text });
    }
    Ok(Cuts::of_file(CHAPTERS, AlbumText::default(), points))
}

/// The block of FLAC: places in frames, and no names.
fn of_block(block: &[u8]) -> Option<Cuts> {
    let be64 = |at: usize| Some(u64::from_be_bytes(block.get(at..at.checked_add(8)?)?.try_into().ok()?));
    // 128 bytes of catalogue number, 8 of lead-in, flags, and what is reserved
    let mut at = 128 + 8 + 1 + 258;
    let count = *block.get(at)?;
    at += 1;
    let mut points: Vec<Point> = Vec::new();
    for _ in 0..count {
        let (offset, number) = (be64(at)?, *block.get(at + 8)?);
        let is_data = block.get(at + 21)? & 0x80 != 0;
        let indexes = usize::from(*block.get(at + 35)?);
        at += 36;
        let mut first = 0;
        for i in 0..indexes {
            let (within, its) = (be64(at + 12 * i)?, *block.get(at + 12 * i + 8)?);
            if its == 1 || i == 0 {
                first = within;
            }
        }
        at += 12 * indexes;
        if LEAD_OUT.contains(&number) {
            break;
        }
        let kind = if is_data { Kind::Data } else { Kind::Sound };
        let place = At::Frames(offset.saturating_add(if is_data { 0 } else { first }));
        if points.last().is_some_and(|before| before.at >= place) {
            return None;
        }
        points.push(Point { at: place, kind, number: Some(number.into()), text: TrackText::default() });
    }
    Some(Cuts::of_file(OWN, AlbumText::default(), points))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A FLAC file of metadata alone.
    fn flac(blocks: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut file = b"fLaC".to_vec();
        for (i, (kind, content)) in blocks.iter().enumerate() {
            let last = if i + 1 == blocks.len() { 0x80 } else { 0 };
            file.push(kind | last);
            file.extend(&(content.len() as u32).to_be_bytes()[1..]);
            file.extend(content);
        }
        file
    }

    fn comment(text: &str) -> (u8, Vec<u8>) {
        let entry = format!("cuesheet={text}");
        let mut bytes = 0_u32.to_le_bytes().to_vec();
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((entry.len() as u32).to_le_bytes());
        bytes.extend(entry.as_bytes());
        (4, bytes)
    }

    /// Tracks of number, place, and place of index 1 in it.
    fn block(tracks: &[(u8, u64, u64)]) -> (u8, Vec<u8>) {
        let mut bytes = vec![0; 128 + 8 + 1 + 258];
        bytes.push(tracks.len() as u8);
        for (number, offset, index) in tracks {
            bytes.extend(offset.to_be_bytes());
            bytes.push(*number);
            bytes.extend([0; 12 + 14]);
            bytes.push(if *index > 0 { 2 } else { 1 });
            if *index > 0 {
                bytes.extend([0; 12]);
            }
            bytes.extend(index.to_be_bytes());
            bytes.extend([1, 0, 0, 0]);
        }
        (5, bytes)
    }

    fn places(file: &[u8]) -> Option<Result<Vec<At>, String>> {
        let cuts = own_cuts(&mut Cursor::new(file))?;
        Some(cuts.map(|cuts| cuts.points.iter().map(|point| point.at).collect()))
    }

    #[test]
    fn chapters_cut_a_file_if_each_begins_after_the_one_before() {
        let chapters = |places: &[u64]| {
            let all: Vec<_> = places.iter().map(|ms| (*ms, format!("at {ms}"))).collect();
            of_chapters(&all).map(|cuts| cuts.points.iter().map(|p| (p.at, p.text.title.clone())).collect::<Vec<_>>())
        };
        let point = |ms| (At::Millis(ms), format!("at {ms}"));
        assert_eq!(chapters(&[0, 1_500]), Ok(vec![point(0), point(1_500)]));
        assert!(chapters(&[0, 5, 5]).unwrap_err().contains("chapter 3"));
    }

    #[test]
    fn a_comment_or_a_block_cuts_a_file() {
        let info = (0, vec![0; 34]);
        let text = "FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 00:01:00\n";
        let sectors = Some(Ok(vec![At::Sectors(0), At::Sectors(75)]));
        assert_eq!(places(&flac(&[info.clone(), comment(text)])), sectors);
        let lead_out = (170, 99_999, 0);
        let both = [info.clone(), block(&[(1, 0, 0), (2, 588, 1_176), lead_out])];
        assert_eq!(places(&flac(&both)), Some(Ok(vec![At::Frames(0), At::Frames(1_764)])));
        let both = [info.clone(), block(&[(1, 0, 0), (2, 588, 0), lead_out]), comment(text)];
        assert_eq!(places(&flac(&both)), sectors, "the comment, which has names");
        assert_eq!(places(&flac(&[info.clone(), block(&[(1, 0, 0), lead_out])])), None, "one track");
        let mut cut = block(&[(1, 0, 0), (2, 588, 0), lead_out]);
        cut.1.truncate(cut.1.len() - 40);
        assert!(places(&flac(&[info.clone(), cut])).unwrap().is_err());
        assert!(places(&flac(&[info, comment("FILE x WAVE\nTRACK 01 AUDIO\nINDEX 01 9\n")])).unwrap().is_err());
        assert_eq!(places(b"RIFF"), None);
    }
}
