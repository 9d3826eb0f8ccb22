//! The texts of frames: their encodings, dates and genres.

use crate::{charset, retag::id3v1};

/// The text in one of the encodings, with zeros between several. Of one that is not said, or is not so, it is yet to be
/// settled ([`charset::unsure`]).
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
        (0, _) => charset::unsure(bytes),
        _ => String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| charset::unsure(bytes)),
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

/// `(17)Rock`, `(51)(39)`, `(17)`, `17`, `((own)` in words, each by itself.
pub(super) fn genre_names(text: &str) -> Vec<String> {
    let mut rest = text.trim();
    let known = |number: &str| match number {
        "RX" => Some("Remix"),
        "CR" => Some("Cover"),
        number => number.parse().ok().and_then(id3v1::genre),
    };
    if let Some(name) = known(rest) {
        return vec![name.to_owned()];
    }
    let mut names: Vec<&str> = Vec::new();
    while let Some((name, after)) =
        rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).and_then(|(n, after)| Some((known(n)?, after)))
    {
        names.push(name);
        rest = after.trim_start();
    }
    let own = if rest.starts_with("((") { &rest[1..] } else { rest };
    if names.len() == 1 && !own.is_empty() {
        // The words say more exactly what the number says.
        return vec![own.to_owned()];
    }
    names.into_iter().chain(Some(own)).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
