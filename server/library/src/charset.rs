//! Text of unknown encoding, as old programs wrote it.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Text, and the encoding that was guessed if nothing said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    /// The name of the encoding that was guessed; `None`: it is sure.
    pub(crate) guessed: Option<&'static str>,
}

/// The text of these bytes: by its byte order mark, as UTF-8 or UTF-16 if it is such, or else by the most likely
/// encoding.
pub(crate) fn decode(bytes: &[u8]) -> Decoded<'_> {
    let sure = |encoding: &'static Encoding| {
        let (text, _) = encoding.decode_with_bom_removal(bytes);
        Decoded { text, guessed: None }
    };
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return sure(encoding);
    }
    match bytes {
        // it begins with two characters of ASCII
        [1..=255, 0, 1..=255, 0, ..] => return sure(UTF_16LE),
        [0, 1..=255, 0, 1..=255, ..] => return sure(UTF_16BE),
        _ if std::str::from_utf8(bytes).is_ok() => return sure(UTF_8),
        _ => {}
    }
    let encoding = guess(bytes);
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, guessed: Some(encoding.name()) }
}

/// The most likely encoding of bytes that are no UTF-8.
pub(crate) fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{GBK, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    #[test]
    fn what_old_programs_wrote_is_read() {
        let cyrillic = "PERFORMER \"Виктор Цой\"\r\nTITLE \"Группа крови\"\r\n";
        let japanese = "PERFORMER \"久石譲\"\r\nTITLE \"となりのトトロ\"\r\n  TITLE \"さんぽ\"\r\n";
        let chinese = "PERFORMER \"邓丽君\"\r\nTITLE \"月亮代表我的心\"\r\n  TITLE \"甜蜜蜜\"\r\n";
        let western = "PERFORMER \"Björk\"\r\nTITLE \"Début\"\r\n";
        for (text, encoding) in
            [(cyrillic, WINDOWS_1251), (japanese, SHIFT_JIS), (chinese, GBK), (western, WINDOWS_1252)]
        {
            let (bytes, ..) = encoding.encode(text);
            let decoded = decode(&bytes);
            assert_eq!(decoded.text, text, "{}", encoding.name());
            assert!(decoded.guessed.is_some());
            assert_eq!(decode(text.as_bytes()), Decoded { text: text.into(), guessed: None });
            let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
            assert_eq!(decode(&marked), Decoded { text: text.into(), guessed: None });
            for big in [false, true] {
                let two = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
                for mark in [&[][..], &[0xfeff]] {
                    let wide: Vec<u8> = mark.iter().copied().chain(text.encode_utf16()).flat_map(two).collect();
                    assert_eq!(decode(&wide), Decoded { text: text.into(), guessed: None }, "UTF-16, big: {big}");
                }
            }
        }
    }
}
