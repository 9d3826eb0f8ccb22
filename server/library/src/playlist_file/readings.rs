//! The paths of this system that another program may have meant by one of its own.
//!
//! Windows writes `\`, VLC and others write `%20`, a Mac takes letters and accents apart, and lists of old are Latin-1.
//! A name may hold any of these and mean it, so the path as it stands comes first.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Component, Path, PathBuf},
};

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::address::tidy;

/// The paths that `path` may mean, the likeliest first, each once.
pub(super) fn readings(path: &Path) -> Vec<PathBuf> {
    let bytes = path.as_os_str().as_bytes();
    let escaped = unescaped(bytes);
    let written = [Some(bytes), escaped.as_deref()];
    let slashed = |bytes: &[u8]| bytes.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect::<Vec<_>>();
    let mut all = Vec::new();
    for bytes in written.into_iter().flatten() {
        let turned = bytes.contains(&b'\\').then(|| slashed(bytes));
        for bytes in [Some(bytes), turned.as_deref()].into_iter().flatten() {
            for form in forms(bytes) {
                let form = tidy(Path::new(&form));
                if !all.contains(&form) {
                    all.push(form);
                }
            }
        }
    }
    all
}

/// The names that `path` ends with, the file's first. A drive's letter is none.
pub(super) fn names(path: &Path) -> Vec<String> {
    let names = path.components().rev().filter_map(|c| match c {
        Component::Normal(name) if !is_drive(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect()
}

/// A name as it is compared: in one form of Unicode.
pub(super) fn with_case(name: &str) -> String {
    apart(name).into_owned()
}

/// The same in lower case.
pub(super) fn without_case(name: &str) -> String {
    if name.is_ascii() { name.to_ascii_lowercase() } else { apart(&together(name).to_lowercase()).into_owned() }
}

/// A text as far as its letters and digits go: neither case nor accents nor signs count.
pub(super) fn letters(text: &str) -> String {
    let mark = |c: char| ('\u{300}'..='\u{36f}').contains(&c);
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric() && !mark(*c)).collect::<String>();
    let folded = plain(&without_case(text));
    // a title of signs alone is one, too
    if folded.is_empty() { text.trim().to_owned() } else { folded }
}

/// The bytes as they stand, and in the two forms of Unicode. Bytes that are no UTF-8 may be Latin-1.
fn forms(bytes: &[u8]) -> Vec<OsString> {
    let mut all = vec![OsString::from_vec(bytes.to_vec())];
    if !bytes.is_ascii() {
        let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect());
        all.push(together(&text).into_owned().into());
        all.push(apart(&text).into_owned().into());
    }
    all
}

/// Each letter and its accents as one character, where there is one.
fn together(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// Letters and accents as characters of their own.
fn apart(text: &str) -> Cow<'_, str> {
    DecomposingNormalizerBorrowed::new_nfd().normalize(text)
}

/// `%41` is `A`. `None`: there is nothing of this kind.
fn unescaped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::with_capacity(bytes.len());
    let (mut rest, mut any) = (bytes, false);
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|d| char::from(*d).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            all.push((high * 16 + low) as u8);
            (rest, any) = (&after[2..], true);
        } else {
            all.push(*first);
            rest = after;
        }
    }
    any.then_some(all)
}

/// `C:`, and `C|` as old browsers wrote it.
fn is_drive(name: &OsStr) -> bool {
    matches!(name.as_bytes(), [letter, b':' | b'|'] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_itself_first_and_then_what_others_write_so() {
        let read = |path: &str| {
            readings(Path::new(path)).into_iter().map(|p| p.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(read("/m/plain/1.mp3"), ["/m/plain/1.mp3"]);
        assert_eq!(read("/m/100%/a%2.mp3"), ["/m/100%/a%2.mp3"], "nothing is escaped here");
        assert_eq!(read("/m/.\\x\\..\\1.mp3"), ["/m/.\\x\\..\\1.mp3", "/m/1.mp3"]);
        assert_eq!(read("/m/a%20b%5cc"), ["/m/a%20b%5cc", "/m/a b\\c", "/m/a b/c"]);
        assert_eq!(read("/m/\u{e9}"), ["/m/\u{e9}", "/m/e\u{301}"]);
        assert_eq!(read("/m/e\u{301}"), ["/m/e\u{301}", "/m/\u{e9}"]);
        assert_eq!(read("/m/%E9"), ["/m/%E9", "/m/\u{fffd}", "/m/\u{e9}", "/m/e\u{301}"], "Latin-1");
        assert_eq!(read("/m/e\u{301}\u{e9}").len(), 3, "neither of the forms");
    }

    #[test]
    fn names_are_compared_without_case_form_and_drive() {
        let compared = |path: &str| names(Path::new(path)).iter().map(|n| without_case(n)).collect::<Vec<_>>();
        assert_eq!(compared("C:/Musik/Bj\u{f6}rk/1.MP3"), compared("/Musik/BJO\u{308}RK/1.mp3"));
        assert_eq!(compared("/C:/x"), ["x"]);
        assert_eq!(compared("CD:/x").len(), 2, "two letters are a folder");
        assert_ne!(with_case("A"), with_case("a"));
    }
}
