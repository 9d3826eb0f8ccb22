//! Text of unknown encoding, as old programs wrote it.
//!
//! A sheet of tracks is a long text, and the likeliest encoding is taken. Texts of tags are short, and most that do not
//! say their encoding are Western, as the rules want it: another one is taken only where it is sure.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Text, and the encoding that was guessed if nothing said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    /// The name of the encoding that was guessed; `None`: it is sure.
    pub(crate) guessed: Option<&'static str>,
}

/// Bytes from 0x80 on, as long as their encoding is not known, are characters from here on, which nobody uses.
const UNSURE: u32 = 0x10_ff00;

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

/// Text whose encoding is yet to be settled, by [`unsure_bytes`] and [`read_as`].
pub(crate) fn unsure(bytes: &[u8]) -> String {
    let character = |byte: &u8| match byte {
        0x80.. => char::from_u32(UNSURE + u32::from(*byte)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(*byte),
    };
    bytes.iter().map(character).collect()
}

/// UTF-8 as it should be, or text whose encoding is yet to be settled.
pub(crate) fn utf8_or_unsure(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| unsure(bytes), str::to_owned)
}

/// The bytes of such a text; `None`: it is settled.
pub(crate) fn unsure_bytes(text: &str) -> Option<Vec<u8>> {
    let byte =
        |c: char| u32::from(c).checked_sub(UNSURE).and_then(|byte| u8::try_from(byte).ok()).filter(|b| *b > 0x7f);
    // Beside them there is only ASCII.
    if !text.chars().any(|c| byte(c).is_some()) || !text.chars().all(|c| c.is_ascii() || byte(c).is_some()) {
        return None;
    }
    Some(text.chars().map(|c| byte(c).unwrap_or(c as u8)).collect())
}

/// The text in an encoding; `None`: as the Western one that Windows has.
pub(crate) fn read_as(encoding: Option<&'static Encoding>, bytes: &[u8]) -> String {
    let (text, wrong) = encoding.unwrap_or(WINDOWS_1252).decode_without_bom_handling(bytes);
    if !wrong {
        return text.into_owned();
    }
    // An old tag cuts its texts after so many bytes, also within a character.
    let (text, _) = encoding.unwrap_or(WINDOWS_1252).decode_without_bom_handling(&bytes[..bytes.len() - 1]);
    text.into_owned()
}

/// A text of which nothing else says in which encoding it is.
pub(crate) fn settled_alone(text: String) -> String {
    match unsure_bytes(&text) {
        Some(bytes) => read_as(sure(std::slice::from_ref(&bytes)), &bytes),
        None => text,
    }
}

/// The encoding of texts that belong together, if they leave no doubt that they are not Western.
pub(crate) fn sure(texts: &[Vec<u8>]) -> Option<&'static Encoding> {
    if is_utf8(texts) {
        return Some(UTF_8);
    }
    let encoding = guess(&texts.join(&b'\n'));
    if encoding == WINDOWS_1252 || !is_plausible(encoding, texts) {
        return None;
    }
    if is_wide(encoding) {
        return Some(encoding);
    }
    // One text less must not change the answer.
    let stays = |without: usize| {
        let others: Vec<&[u8]> =
            texts.iter().enumerate().filter(|(i, _)| *i != without).map(|(_, text)| text.as_slice()).collect();
        guess(&others.join(&b'\n')) == encoding
    };
    (texts.len() < 3 || (0..texts.len()).all(stays)).then_some(encoding)
}

/// True if these texts are UTF-8 by no chance: two bytes of another encoding may look like one letter of it.
fn is_utf8(texts: &[Vec<u8>]) -> bool {
    let read: Option<Vec<&str>> = texts.iter().map(|text| std::str::from_utf8(text).ok()).collect();
    let Some(read) = read else { return false };
    let mut beyond = read.iter().flat_map(|text| text.chars()).filter(|c| !c.is_ascii());
    match (beyond.next(), beyond.next()) {
        (Some(only), None) => ('\u{a0}'..='\u{17f}').contains(&only) || u32::from(only) > 0x7ff,
        _ => true,
    }
}

/// True for encodings of two bytes a character.
fn is_wide(encoding: &'static Encoding) -> bool {
    [GBK, BIG5, SHIFT_JIS, EUC_JP, EUC_KR].contains(&encoding)
}

/// True if these texts can only be old ones of the West, so that none beside them need be asked.
pub(crate) fn is_western(texts: &[Vec<u8>]) -> bool {
    /// Letters that the encodings of other Latin alphabets have at the same places, and « ».
    const SHARED: &str = "áâäéëíîóôöúüýçßÁÂÄÉËÍÎÓÔÖÚÜÝÇ×÷«»°´§";
    texts.iter().all(|text| {
        let read = read_as(None, text);
        let fits = |word: &str| word.is_ascii() || word.chars().any(|c| c.is_ascii_alphabetic());
        let western = |c: char| c.is_ascii() || SHARED.contains(c);
        read.split(|c: char| !c.is_alphanumeric()).all(fits) && read.chars().all(western)
    })
}

/// True if texts in this encoding look like names of people and pieces.
fn is_plausible(encoding: &'static Encoding, texts: &[Vec<u8>]) -> bool {
    let mut seen = Seen::default();
    for bytes in texts {
        let (mut text, mut wrong) = encoding.decode_without_bom_handling(bytes);
        if wrong {
            (text, wrong) = encoding.decode_without_bom_handling(&bytes[..bytes.len() - 1]);
        }
        if wrong {
            return false;
        }
        seen.add(&text);
    }
    if is_wide(encoding) {
        // Kana and Hangul are of one language; of Han alone the usual characters must speak.
        let least = if seen.kana > 0 || seen.hangul > 0 { 4 } else { 5 };
        let usual = usual_share(encoding, texts);
        return seen.wide >= least && 10 * seen.wide >= 9 * seen.others && usual >= 0.8;
    }
    if seen.mixed_words == 0 {
        // Words of another alphabet from their first to their last letter.
        return seen.letters >= 6 && seen.odd_case == 0 && seen.signs == 0;
    }
    // A Latin alphabet of another region: its letters are few among those that all have.
    seen.foreign_words == 0 && seen.letters >= 5 && seen.signs == 0 && seen.plain >= 20
}

/// The share of characters of two bytes that are in the part of the set that was made for the usual ones.
fn usual_share(encoding: &'static Encoding, texts: &[Vec<u8>]) -> f64 {
    // All of the sets but two lie above ASCII with both bytes.
    let usual = |lead: u8, trail: u8| match encoding {
        e if e == GBK => (0xa1..=0xd7).contains(&lead) && trail >= 0xa1,
        e if e == BIG5 => (0xa1..=0xc6).contains(&lead),
        e if e == EUC_KR => (0xa1..=0xc8).contains(&lead) && trail >= 0xa1,
        e if e == SHIFT_JIS => (0x81..=0x97).contains(&lead),
        _ => (0xa1..=0xcf).contains(&lead) && trail >= 0xa1,
    };
    let (mut all, mut good) = (0_u32, 0_u32);
    for text in texts {
        let mut bytes = text.iter();
        while let Some(byte) = bytes.next() {
            let alone = encoding == SHIFT_JIS && (0xa1..=0xdf).contains(byte);
            if *byte > 0x80 {
                all += 1;
                // What was cut within a character says nothing.
                good += u32::from(!alone && bytes.next().is_none_or(|trail| usual(*byte, *trail)));
            }
        }
    }
    f64::from(good) / f64::from(all.max(1))
}

/// What decoded texts hold.
#[derive(Debug, Default)]
struct Seen {
    /// Letters beyond ASCII.
    letters: u32,
    /// Letters of ASCII.
    plain: u32,
    /// Han, kana, Hangul, and their full stops and brackets.
    wide: u32,
    kana: u32,
    hangul: u32,
    /// All beyond ASCII.
    others: u32,
    /// Signs beyond ASCII that stand in no name.
    signs: u32,
    /// Words with letters of ASCII and others.
    mixed_words: u32,
    /// Words without any of ASCII.
    foreign_words: u32,
    /// Words in which a capital follows a small letter.
    odd_case: u32,
}

impl Seen {
    fn add(&mut self, text: &str) {
        for c in text.chars() {
            let beyond = !c.is_ascii();
            self.others += u32::from(beyond);
            self.plain += u32::from(c.is_ascii_alphabetic());
            self.letters += u32::from(beyond && c.is_alphabetic());
            let (kana, hangul) = (matches!(c, '\u{3041}'..='\u{30ff}'), matches!(c, '\u{ac00}'..='\u{d7a3}'));
            let han = matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}');
            self.kana += u32::from(kana);
            self.hangul += u32::from(hangul);
            self.wide += u32::from(kana || hangul || han);
            let in_names = c.is_alphanumeric() || "«»“”„‘’‚‹›–—…№°·§©®™´¸ªº\u{a0}\u{301}".contains(c);
            self.signs += u32::from(beyond && !in_names);
        }
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_ascii()) {
            if word.chars().any(|c| c.is_ascii()) {
                self.mixed_words += 1;
            } else {
                self.foreign_words += 1;
            }
            let small_then_large = |pair: (char, char)| pair.0.is_lowercase() && pair.1.is_uppercase();
            self.odd_case += u32::from(word.chars().zip(word.chars().skip(1)).any(small_then_large));
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{IBM866, KOI8_U, WINDOWS_1250, WINDOWS_1251, WINDOWS_1253, WINDOWS_1255};

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

    fn written(encoding: &'static Encoding, texts: &[&str]) -> Vec<Vec<u8>> {
        let bytes = |text: &&str| {
            let (bytes, _, wrong) = encoding.encode(text);
            assert!(!wrong, "{text} cannot be said in {}", encoding.name());
            bytes.into_owned()
        };
        texts.iter().map(bytes).filter(|bytes| !bytes.is_ascii()).collect()
    }

    #[test]
    fn the_tags_of_a_file_show_an_encoding_where_they_leave_no_doubt() {
        for (encoding, texts) in [
            (WINDOWS_1251, &["Группа крови", "Кино", "Группа крови"][..]),
            (WINDOWS_1251, &["Track 1", "Алла Пугачёва", "Арлекино и другие"]),
            (WINDOWS_1251, &["Сплин", "Гранатовый альбом", "Орбит без сахара"]),
            (KOI8_U, &["Группа крови", "Кино", "Звезда по имени Солнце"]),
            (IBM866, &["Группа крови", "Виктор Цой", "Звезда по имени Солнце"]),
            (GBK, &["月亮代表我的心", "邓丽君", "经典名曲"]),
            (GBK, &["十年", "陈奕迅", "黑白灰"]),
            (BIG5, &["月亮代表我的心", "鄧麗君", "經典名曲"]),
            (SHIFT_JIS, &["となりのトトロ", "久石譲", "サウンドトラック"]),
            (SHIFT_JIS, &["First Love", "宇多田ヒカル", "ファースト"]),
            (EUC_KR, &["강남스타일", "싸이", "싸이육갑"]),
            (EUC_JP, &["さくら", "森山直太朗", "さくらの歌"]),
            (WINDOWS_1253, &["Ζορμπάς", "Μίκης Θεοδωράκης", "Τραγούδια"]),
            (WINDOWS_1255, &["ירושלים של זהב", "נעמי שמר", "שירים"]),
            (UTF_8, &["Группа", "Björk", "音"]),
        ] {
            let bytes = written(encoding, texts);
            assert_eq!(sure(&bytes).map(Encoding::name), Some(encoding.name()), "{texts:?}");
            let read: Vec<String> = bytes.iter().map(|text| read_as(sure(&bytes), text)).collect();
            let meant: Vec<&&str> = texts.iter().filter(|text| !text.is_ascii()).collect();
            assert_eq!(read.iter().collect::<Vec<_>>(), meant);
        }
    }

    #[test]
    fn what_may_be_western_stays_so() {
        for texts in [
            &["Björk", "Début"][..],
            &["Mötley Crüe", "Girls, Girls, Girls"],
            &["Ágætis byrjun", "Sigur Rós", "Svefn-g-englar"],
            &["Été à Côté", "Françoise Hardy", "Où va la chance?"],
            &["ÆØÅ", "Øresund", "Åse"],
            &["¡Viva!", "¿Qué?", "José González"],
            &["“It’s” – a 5 € song…", "Don’t"],
            &["Motörhead"],
            &["Ænima"],
            &["É"],
            &["ÀÉÎÕÜ"],
            &["Schöne Müllerin, D 795", "Franz Schubert", "Dietrich Fischer-Dieskau", "Das Wandern: Mäßig geschwind"],
            &["São Paulo", "João Gilberto", "Chega de Saudade", "Desafinado", "Coração"],
            &["Ólafur Arnalds", "…þau hafa sloppið undan þunga myrkursins", "Þú ert jörðin"],
        ] {
            let bytes = written(WINDOWS_1252, texts);
            assert_eq!(sure(&bytes).map(Encoding::name), None, "{texts:?}");
            let read: Vec<String> = bytes.iter().map(|text| read_as(None, text)).collect();
            assert_eq!(read, texts.iter().filter(|text| !text.is_ascii()).copied().collect::<Vec<_>>());
        }
        for texts in [&["Ян"][..], &["Дым", "X"], &["Łódź"], &["十"]] {
            let encoding = if texts[0] == "Łódź" {
                WINDOWS_1250
            } else if texts[0] == "十" {
                GBK
            } else {
                WINDOWS_1251
            };
            assert_eq!(sure(&written(encoding, texts)).map(Encoding::name), None, "{texts:?}: too little to be sure");
        }
    }

    #[test]
    fn an_album_s_texts_show_what_those_of_one_file_do_not() {
        let one = written(WINDOWS_1250, &["Łódź", "Grzegorz"]);
        assert_eq!(sure(&one), None);
        assert!(!is_western(&one));
        let album = written(
            WINDOWS_1250,
            &[
                "Łódź",
                "Pieśń o małym rycerzu",
                "Żółta ciżemka",
                "Święta noc",
                "Przeżyj to sam",
                "Gdzie są przyjaciele moi",
            ],
        );
        assert_eq!(sure(&album).map(Encoding::name), Some("windows-1250"));
        let western = |texts: &[&str]| is_western(&written(WINDOWS_1252, texts));
        assert!(western(&["Björk", "Début"]) && western(&["Für Elise"]));
        assert!(!western(&["Ãðóïïà"]) && !western(&["ÄÖÜ"]) && !western(&["Dvoøák"]));
    }

    #[test]
    fn unsettled_text_is_told_from_any_other_and_cut_ones_are_read() {
        let bytes = b"Bj\xf6rk \xff\x80";
        assert_eq!(unsure_bytes(&unsure(bytes)).as_deref(), Some(&bytes[..]));
        assert_eq!(unsure_bytes("Björk 夜 \u{10fffd}"), None);
        assert_eq!((unsure(b"plain"), utf8_or_unsure("é".as_bytes())), ("plain".into(), "é".into()));
        let (cut, ..) = SHIFT_JIS.encode("となりの");
        assert_eq!(read_as(Some(SHIFT_JIS), &cut[..cut.len() - 1]), "となり");
        assert_eq!(settled_alone(unsure(b"\xc3\xa9")), "é");
        assert_eq!(settled_alone(unsure(b"Caf\xe9")), "Café");
    }
}
