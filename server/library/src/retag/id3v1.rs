//! ID3v1: the last 128 bytes, texts of 30 bytes at most. It is changed beside another tag, and never made anew.

use lofty::id3::v1::GENRES;

use super::{
    fields::{Field, Found, Wanted, number, year},
    patch::Patch,
};
use crate::charset;

pub(super) const SIZE: u64 = 128;

/// The places of the texts.
const TEXTS: [(Field, usize, usize); 4] =
    [(Field::Title, 3, 30), (Field::Artist, 33, 30), (Field::Album, 63, 30), (Field::Year, 93, 4)];
/// The number of the track, if the byte before is zero.
const TRACK: usize = 126;
const GENRE: usize = 127;
const NO_GENRE: u8 = 255;

pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.len() as u64 == SIZE && bytes.starts_with(b"TAG")
}

pub(super) fn found(tag: &[u8]) -> Found {
    let mut found = Found::default();
    for (field, at, length) in TEXTS {
        let text: Vec<u8> = tag[at..at + length].iter().take_while(|b| **b != 0).copied().collect();
        let text = charset::unsure(text.trim_ascii_end());
        let text = text.as_str();
        if field != Field::Year || year(text).is_some() {
            found.push(field, text);
        }
    }
    if tag[TRACK - 1] == 0 && tag[TRACK] != 0 {
        found.push(Field::Track, &tag[TRACK].to_string());
    }
    if let Some(name) = genre(tag[GENRE]) {
        found.push(Field::Genre, name);
    }
    found
}

/// Changes the fields that it has, as far as they fit.
pub(super) fn edit(tag: &[u8], at: u64, wanted: &[Wanted], patch: &mut Patch) {
    let mut new = tag.to_vec();
    for (field, values) in wanted {
        let text = values.join(", ");
        if let Some((_, at, length)) = TEXTS.iter().find(|(f, ..)| f == field) {
            let mut bytes: Vec<u8> =
                text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).take(*length).collect();
            bytes.resize(*length, 0);
            // What fits is there already, with blanks behind, perhaps.
            let there = &new[*at..at + length];
            let trimmed = |b: &[u8]| String::from_utf8_lossy(b).trim_end_matches([' ', '\0']).to_owned();
            if trimmed(there) != trimmed(&bytes) {
                new[*at..at + length].copy_from_slice(&bytes);
            }
        }
        match field {
            // Of a comment of 30 bytes the number would take the last two.
            Field::Track if new[TRACK - 1] == 0 => {
                new[TRACK] = number(&text).and_then(|n| u8::try_from(n).ok()).unwrap_or(0);
            }
            Field::Genre => {
                let known = |name: &String| GENRES.iter().position(|g| g.eq_ignore_ascii_case(name));
                new[GENRE] = values.first().and_then(known).map_or(NO_GENRE, |i| i as u8);
            }
            _ => {}
        }
    }
    patch.replace(at, tag, &new);
}

/// The name of a genre by its number.
pub(super) fn genre(number: u8) -> Option<&'static str> {
    GENRES.get(usize::from(number)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_changed_and_the_rest_stays() {
        let mut tag = vec![0; 128];
        tag[..3].copy_from_slice(b"TAG");
        tag[3..6].copy_from_slice(b"old");
        tag[97..100].copy_from_slice(b"own");
        tag[126] = 7;
        tag[127] = 17;
        let before = found(&tag);
        assert_eq!((before.of(Field::Track).next(), before.of(Field::Genre).next()), (Some("7"), Some("Rock")));
        let mut patch = Patch::default();
        let long = "x".repeat(40);
        edit(
            &tag,
            0,
            &[(Field::Title, vec![long]), (Field::Track, vec!["300".into()]), (Field::Genre, vec!["own".into()])],
            &mut patch,
        );
        let mut after = Vec::new();
        patch.apply(&mut std::io::Cursor::new(&tag), &mut after).unwrap();
        assert_eq!(found(&after).of(Field::Title).next(), Some("x".repeat(30).as_str()));
        assert_eq!((&after[97..100], after[126], after[127]), (&b"own"[..], 0, NO_GENRE));
    }
}
