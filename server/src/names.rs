//! Names of zones, speakers, presets and users. The same letters can be written in several ways, composed or not, and
//! look alike: they are kept composed (NFC), and compared so, in upper and lower case alike.

use icu_normalizer::ComposingNormalizerBorrowed;

/// The same text, composed (NFC).
pub fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// A name as it is compared with others.
pub fn folded(name: &str) -> String {
    // a small letter may be two signs where the capital is one
    composed(&composed(name.trim()).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_alike() {
        for alike in [
            ["K\u{fc}che", "Ku\u{308}che", "K\u{dc}CHE", " ku\u{308}che "],
            ["\u{1e9b}\u{323}", "\u{17f}\u{323}\u{307}", "\u{17f}\u{307}\u{323}", "\u{1e9b}\u{323}"],
            ["\u{d55c}", "\u{1112}\u{1161}\u{11ab}", "\u{d558}\u{11ab}", "\u{d55c}"],
            ["\u{130}x", "I\u{307}x", "i\u{307}x", "I\u{307}X"],
        ] {
            assert!(alike.iter().all(|name| folded(name) == folded(alike[0])), "{alike:?}");
            assert!(alike.iter().all(|name| composed(&composed(name)) == composed(name)));
        }
        assert_ne!(folded("Kuche"), folded("K\u{fc}che"));
        assert_eq!(composed("Cafe\u{301}"), "Caf\u{e9}");
    }
}
