//! The chapters of a file: comments `CHAPTER001=00:01:02.500`, frames CHAP of ID3v2, Nero's box `chpl` of MP4.

use super::{
    boxes,
    input::{be32, synchsafe},
};
use crate::charset;

/// No book has more.
const MOST: usize = 10_000;

/// When each chapter begins, milliseconds, and its title.
pub(crate) type Chapters = Vec<(u64, String)>;

/// Of comments, by their names and values.
pub(super) fn of_comments<'a>(entries: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Chapters {
    let number = |name: &str| {
        let digits = name.get(..7).filter(|start| start.eq_ignore_ascii_case("chapter")).map(|_| &name[7..])?;
        let end = digits.bytes().take_while(u8::is_ascii_digit).count();
        Some((digits[..end].parse::<u32>().ok()?, digits[end..].to_ascii_lowercase()))
    };
    let mut places: Vec<(u32, u64)> = Vec::new();
    for (name, value) in entries.clone() {
        if let Some((chapter, rest)) = number(name)
            && rest.is_empty()
            && places.len() < MOST
        {
            places.extend(millis(value).map(|at| (chapter, at)));
        }
    }
    let mut titles = std::collections::HashMap::new();
    for (name, value) in entries {
        if let Some((chapter, rest)) = number(name)
            && rest == "name"
        {
            titles.entry(chapter).or_insert(value);
        }
    }
    let title = |chapter: &u32| titles.get(chapter).copied().unwrap_or_default().to_owned();
    places.iter().map(|(chapter, at)| (*at, title(chapter))).collect()
}

/// `hh:mm:ss.mmm`
fn millis(text: &str) -> Option<u64> {
    let (clock, fraction) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
    let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| are_digits(text)).map(u64::from);
    let mut parts = clock.split(':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let sane = parts.next().is_none() && minutes < 60 && seconds < 60 && are_digits(fraction);
    sane.then_some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + thousandths.parse::<u64>().ok()?)
}

/// Of the content of a frame CHAP: its beginning, and the title among the frames in it.
pub(super) fn of_frame(content: &[u8], version: u8) -> Option<(u64, String)> {
    let element = content.iter().position(|b| *b == 0)?;
    let start = be32(content, element + 1)?;
    let mut at = element + 1 + 16;
    while let (Some(name), Some(size)) = (content.get(at..at + 4), content.get(at + 4..at + 8)) {
        let size = if version == 4 { synchsafe(size)? } else { be32(content, at + 4)? as usize };
        let inner = content.get(at + 10..(at + 10).checked_add(size)?)?;
        if name == b"TIT2"
            && let Some((encoding, text)) = inner.split_first()
        {
            let text = super::id3v2::text_of(*encoding, text);
            return Some((u64::from(start), charset::settled_alone(text)));
        }
        at += 10 + size;
    }
    Some((u64::from(start), String::new()))
}

/// Of a movie header.
pub(super) fn of_movie(moov: &[u8], header: usize) -> Chapters {
    let (top, _) = boxes::parts(moov, header);
    let Some(udta) = boxes::find(&top, *b"udta") else { return Vec::new() };
    let content = udta.content(moov);
    let (inner, _) = boxes::parts(content, 0);
    boxes::find(&inner, *b"chpl").map(|list| of_list(list.content(content))).unwrap_or_default()
}

/// Version and flags, a count, then for each its beginning in units of 100 ns, and a title with its length.
fn of_list(list: &[u8]) -> Chapters {
    let mut at = if list.first().is_some_and(|version| *version > 0) { 8 } else { 4 };
    let count = list.get(at).copied().unwrap_or(0);
    at += 1;
    let mut chapters = Vec::new();
    for _ in 0..count {
        let start = list.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
        let (Some(start), Some(length)) = (start, list.get(at + 8)) else { break };
        let end = at + 9 + usize::from(*length);
        let Some(title) = list.get(at + 9..end) else { break };
        chapters.push((start / 10_000, String::from_utf8_lossy(title).into_owned()));
        at = end;
    }
    chapters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(at: u64, title: &str) -> (u64, String) {
        (at, title.to_owned())
    }

    #[test]
    fn comments_name_places_and_titles() {
        let entries = [
            ("TITLE", "A book"),
            ("CHAPTER001", "00:00:00.000"),
            ("CHAPTER001NAME", "One"),
            ("chapter002", "01:02:03.5"),
            ("Chapter002Name", "Two"),
            ("CHAPTER003", "later"),
            ("CHAPTER004", "02:00:00"),
            ("CHAPTERS", "4"),
            ("chäpter", ""),
        ];
        let expected = [title(0, "One"), title(3_723_500, "Two"), title(7_200_000, "")];
        assert_eq!(of_comments(entries.into_iter()), expected);
        for wrong in ["", "1:2", "00:60:00", "00:00:00:00", "-1:00:00", "00:00:00.x", "99999999999:00:00"] {
            assert_eq!(millis(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn frames_and_boxes_name_places_and_titles() {
        let mut frame = b"ch0\0".to_vec();
        for number in [1_500_u32, 9_000, u32::MAX, u32::MAX] {
            frame.extend(number.to_be_bytes());
        }
        assert_eq!(of_frame(&frame, 3), Some(title(1_500, "")));
        frame.extend(b"TIT2\0\0\0\x04\0\0\x03Two");
        assert_eq!(of_frame(&frame, 3), Some(title(1_500, "Two")));
        assert_eq!(of_frame(&frame, 4), Some(title(1_500, "Two")));
        assert_eq!(of_frame(&frame[..6], 3), None);

        let mut list = vec![1, 0, 0, 0, 0, 0, 0, 0, 3];
        for (start, name) in [(0_u64, "A"), (15_000_000, "B")] {
            list.extend(start.to_be_bytes());
            list.push(name.len() as u8);
            list.extend(name.as_bytes());
        }
        let chpl = boxes::build(*b"chpl", &list);
        let moov = boxes::build(*b"moov", &boxes::build(*b"udta", &chpl));
        assert_eq!(of_movie(&moov, 8), [title(0, "A"), title(1_500, "B")], "one that is not there is not read");
        assert_eq!(of_movie(&boxes::build(*b"moov", &[]), 8), []);
    }
}
