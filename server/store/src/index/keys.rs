//! Sort keys and the ids of what has no row of its own in the files: albums, artists, genres, folders.
//!
//! A sort key is a string of bytes that compares as people sort: case and accents matter least, numbers count as
//! numbers, leading articles not at all. It is made once, when a track is saved, so that every list is a walk along an
//! index. Keys of different releases of the collation do not mix: [`INDEX_VERSION`] must grow
//! with them, and a test here fails until it does.

use std::{borrow::Cow, ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path, sync::LazyLock};

use icu_collator::{
    Collator, CollatorBorrowed, CollatorPreferences,
    options::{CollatorOptions, Strength},
    preferences::CollationNumericOrdering,
};
use icu_normalizer::ComposingNormalizerBorrowed;
use uuid::Uuid;

/// Raise this when sort keys, ids or searched texts are made in another way than before: all are then made anew.
pub(super) const INDEX_VERSION: i64 = 2;

/// A text sorts by this many of its first characters. What is equal so far is sorted by age.
const CHARS: usize = 64;
/// The same for one folder's name within a path.
const FOLDER_CHARS: usize = 24;

fn collator(strength: Strength) -> CollatorBorrowed<'static> {
    let mut preferences = CollatorPreferences::default();
    preferences.numeric_ordering = Some(CollationNumericOrdering::True);
    let mut options = CollatorOptions::default();
    options.strength = Some(strength);
    Collator::try_new(preferences, options).expect("the root collation is compiled in")
}

/// Tells letters apart, not their case or accents.
static LETTERS: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| collator(Strength::Primary));
/// Tells all apart that people do.
static FULL: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| collator(Strength::Tertiary));

fn write(collator: &CollatorBorrowed<'_>, text: &str, chars: usize, key: &mut Vec<u8>) {
    let end = text.char_indices().nth(chars).map_or(text.len(), |(i, _)| i);
    let Ok(()) = collator.write_sort_key_to(&text[..end], key);
}

/// The key of a text by itself. Texts whose letters are the same lie within [`same_letters`] of each other.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(40);
    write(&FULL, without_article(text), CHARS, &mut key);
    key
}

/// The beginning of the keys of all texts that begin with these letters, whatever their case and accents.
pub(super) fn letters(text: &str) -> Vec<u8> {
    let mut key = Vec::new();
    write(&LETTERS, text, CHARS, &mut key);
    key
}

/// The range of [`text`] keys, from and up to, of all texts with the same letters, whatever their case and accents.
pub(super) fn same_letters(text: &str) -> (Vec<u8>, Vec<u8>) {
    let mut from = Vec::new();
    write(&LETTERS, without_article(text), CHARS, &mut from);
    let mut to = from.clone();
    // what separates the levels of a key
    from.push(0x01);
    to.push(0x02);
    (from, to)
}

/// A key of several parts, the first of which decides before the second, and so on.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<u8>);

impl Parts {
    /// A text of which only the letters count, so that spellings of one name stay together. Nothing sorts last.
    pub(super) fn letters(mut self, text: &str) -> Self {
        let text = without_article(text);
        if text.is_empty() {
            self.0.push(0xff);
        } else {
            write(&LETTERS, text, CHARS, &mut self.0);
        }
        // No key holds a zero: a name sorts before those that begin with it.
        self.0.push(0);
        self
    }

    /// A number; none comes first.
    pub(super) fn number(mut self, number: Option<u32>) -> Self {
        self.0.extend_from_slice(&number.unwrap_or(0).to_be_bytes());
        self
    }

    /// The key of a text, as the last part.
    pub(super) fn key(mut self, key: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(key);
        self.0
    }

    /// A text in full, as the last part.
    pub(super) fn text(mut self, text: &str) -> Vec<u8> {
        write(&FULL, without_article(text), CHARS, &mut self.0);
        self.0
    }
}

/// The key of a folder: it begins the keys of all that is in it and of nothing else.
pub(super) fn folder(path: &Path) -> Vec<u8> {
    let mut key = Vec::with_capacity(96);
    for name in path.components().filter_map(|c| if let std::path::Component::Normal(n) = c { Some(n) } else { None }) {
        step(name, &mut key);
    }
    key
}

/// The key of a file: the folder's, and its own name.
pub(super) fn file(path: &Path) -> Vec<u8> {
    let mut key = folder(path.parent().unwrap_or_else(|| Path::new("")));
    // Files come before the folders beside them.
    key.push(0x01);
    write(&FULL, &path.file_name().unwrap_or_default().to_string_lossy(), CHARS, &mut key);
    key
}

/// The end of the range of keys that begin with `key`.
pub(super) fn end_of(key: &[u8]) -> Vec<u8> {
    // No step begins with this byte.
    [key, &[0xff]].concat()
}

fn step(name: &OsStr, key: &mut Vec<u8>) {
    key.push(0x02);
    write(&LETTERS, &name.to_string_lossy(), FOLDER_CHARS, key);
    key.push(0);
    // Names with the same letters, or bytes that are no text, are told apart by these.
    key.extend_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..4]);
}

/// `text` without a leading English article, unless that is all there is.
pub(super) fn without_article(text: &str) -> &str {
    let text = text.trim();
    let article =
        ["the ", "a ", "an "].into_iter().find(|a| text.get(..a.len()).is_some_and(|t| t.eq_ignore_ascii_case(a)));
    article.map(|a| text[a.len()..].trim_start()).filter(|rest| !rest.is_empty()).unwrap_or(text)
}

/// A name as far as it tells one artist, album or genre from another: case, blanks and forms of Unicode do not.
pub(super) fn identity(name: &str) -> String {
    let name = ComposingNormalizerBorrowed::new_nfc().normalize(name);
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An id that is always the same for the same `parts`.
fn id(kind: &str, parts: &[&[u8]]) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.as_bytes());
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The id of an artist.
pub fn artist_id(name: &str) -> Uuid {
    id("artist", &[identity(name).as_bytes()])
}

/// The id of a genre.
pub fn genre_id(name: &str) -> Uuid {
    id("genre", &[identity(name).as_bytes()])
}

/// The id of a folder.
pub fn folder_id(path: &Path) -> Uuid {
    id("folder", &[path.as_os_str().as_bytes()])
}

/// The id of the release of the album `title` by `album_artist`, by their [`identity`]; where no artist is named, of
/// the one in this folder.
pub(super) fn album_id(title: &str, album_artist: &str, folder: &Path, release: &str) -> Uuid {
    let in_folder = [title.as_bytes(), b"", folder.as_os_str().as_bytes()];
    let of_artist = [title.as_bytes(), album_artist.as_bytes()];
    let parts = if album_artist.is_empty() { &in_folder[..] } else { &of_artist };
    if release.is_empty() { id("album", parts) } else { id("release", &[parts, &[release.as_bytes()]].concat()) }
}

/// The id of a composer.
pub fn composer_id(name: &str) -> Uuid {
    id("composer", &[identity(name).as_bytes()])
}

/// The id of a piece by these composers.
pub fn work_id(name: &str, composers: &str) -> Uuid {
    id("work", &[identity(name).as_bytes(), identity(composers).as_bytes()])
}

/// `text` as the full-text tables take it: ideographs and kana stand without blanks between words, so each is one.
pub(super) fn spaced(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_wordless) {
        return Cow::Borrowed(text);
    }
    let mut spaced = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if is_wordless(c) {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    Cow::Owned(spaced)
}

/// True if `c` belongs to a script that puts no blanks between words.
pub(super) fn is_wordless(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_order(texts: &[&str]) {
        for pair in texts.windows(2) {
            assert!(text(pair[0]) < text(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn texts_sort_as_people_sort() {
        in_order(&[
            "!!!",
            "2 Unlimited",
            "10cc",
            "abba",
            "ABBA",
            "Ábba",
            "Abbey",
            "The Beatles",
            "Beyoncé",
            "Zoë",
            "Ωmega",
            "Яма",
            "音",
        ]);
        in_order(&["a", "An Apple", "Boat"]);
        in_order(&["Track 2", "track 10"]);
        assert_eq!(without_article("The The"), "The");
        assert_eq!(without_article("the"), "the");
        assert_eq!(without_article("A"), "A");
        assert_eq!(without_article("Än"), "Än");
    }

    #[test]
    fn parts_decide_one_after_the_other() {
        let key = |artist: &str, album: &str, disc, title: &str| {
            Parts::default().letters(artist).letters(album).number(disc).text(title)
        };
        assert!(
            key("Abba", "z", None, "z") < key("Abba Gold", "a", None, "a"),
            "a name before those that begin with it"
        );
        assert!(key("ABBA", "a", None, "a") < key("abba", "b", None, "a"), "case does not part an artist");
        assert!(key("x", "a", Some(2), "z") < key("x", "a", Some(10), "a"));
        assert!(key("Zz", "a", None, "a") < key("", "a", None, "a"), "who is not known comes last");
    }

    #[test]
    fn the_same_letters_are_one_range() {
        let (from, to) = same_letters("the wall");
        let within = |t: &str| (from.as_slice()..to.as_slice()).contains(&text(t).as_slice());
        assert!(within("The Wall") && within("WALL") && within("Wáll"));
        assert!(!within("Walls") && !within("Wal") && !within("Wall 2"));
    }

    #[test]
    fn a_folder_begins_what_is_in_it_and_nothing_else() {
        let (a, b) = (folder(Path::new("/m/A")), folder(Path::new("/m/a")));
        assert!(file(Path::new("/m/A/x.mp3")).starts_with(&a) && !file(Path::new("/m/a/x.mp3")).starts_with(&a));
        assert!(!file(Path::new("/m/Ab/x.mp3")).starts_with(&a) && !file(Path::new("/m/Ab/x.mp3")).starts_with(&b));
        assert!(file(Path::new("/m/A/z.mp3")) < file(Path::new("/m/A/a/1.mp3")), "files before folders");
        assert!(file(Path::new("/m/A/2.mp3")) < file(Path::new("/m/A/10.mp3")));
        let strange = Path::new(OsStr::from_bytes(b"/m/\xff\xfe"));
        let other = Path::new(OsStr::from_bytes(b"/m/\xff\xff"));
        assert_ne!(folder(strange), folder(other));
        assert!(file(Path::new("/m/A/\u{10ffff}/x")) < end_of(&a));
    }

    /// When this fails, the collation has changed: raise `INDEX_VERSION`, so that old keys are made anew, and accept
    /// it.
    #[test]
    fn keys_are_those_of_this_index_version() {
        let key = text("The Ærø 007 Ωф音!");
        assert_eq!(
            (super::INDEX_VERSION, blake3::hash(&key).to_hex()[..16].to_owned()),
            (2, "8cc97831df898c2d".to_owned())
        );
    }

    proptest! {
        #[test]
        fn any_text_has_a_key_without_zeros(a in "\\PC{0,80}", b in "\\PC{0,80}") {
            prop_assert!(!text(&a).contains(&0));
            let parts = |t: &str| Parts::default().letters(t).text("x");
            // a part that sorts before another as a whole does so whatever follows
            if parts(&a) < parts(&b) {
                prop_assert!(Parts::default().letters(&a).text("zzz") < Parts::default().letters(&b).text("aaa"));
            }
        }

        #[test]
        fn the_same_letters_include_the_text_itself(a in "\\PC{0,40}") {
            let (from, to) = same_letters(&a);
            let key = text(&a);
            prop_assert!(from <= key && key < to);
        }
    }
}
