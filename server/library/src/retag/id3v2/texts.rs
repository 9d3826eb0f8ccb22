//! The texts of frames: their encodings, dates and genres.

use crate::retag::id3v1;

/// The text in one of the encodings, with zeros between several.
pub(in crate::retag) fn text_of(encoding: u8, bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], big: bool| {
        let units = bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).filter(|c| *c != '\u{feff}').collect::<String>()
    };
    let text = match (encoding, bytes) {
        (1, [0xfe, 0xff, rest @ ..]) => wide(rest, true),
        (1, [0xff, 0xfe, rest @ ..]) => wide(rest, false),
        // Without a mark the zeros tell: of Latin letters the greater half is zero.
        (1, [0, ..]) | (2, _) => wide(bytes, true),
        (1, [_, 0, ..]) => wide(bytes, false),
        (0, _) => bytes.iter().map(|b| char::from(*b)).collect(),
        _ => String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect()),
    };
    text.trim_end_matches('\0').to_owned()
}

/// A date as ID3v2 wants it: a year, and what is more exact behind it.
pub(super) fn is_date(text: &str) -> bool {
    text.split('\0').all(|text| {
        let text = text.trim();
        text.len() >= 4
            && text.is_char_boundary(4)
            && text[..4].bytes().all(|b| b.is_ascii_digit())
            && text[4..].bytes().all(|b| b.is_ascii_digit() || b"-T:Z+. ".contains(&b))
            && text.as_bytes().get(4).is_none_or(|b| *b == b'-')
    })
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// `(17)Rock`, `(17)`, `17`, `((own)` in words.
pub(super) fn genre_name(text: &str) -> String {
    let text = text.trim();
    let known = |number: &str| number.parse().ok().and_then(id3v1::genre);
    if let Some(name) = known(text) {
        return name.to_owned();
    }
    if let Some(own) = text.strip_prefix("((") {
        return format!("({own}");
    }
    match text.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((number, "")) => known(number).map_or_else(|| text.to_owned(), str::to_owned),
        Some((number, words)) if known(number).is_some() => words.to_owned(),
        _ => text.to_owned(),
    }
}
