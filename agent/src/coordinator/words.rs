//! Words of others, made fit for a log: short, and on one line.

use std::borrow::Cow;

/// No more than this of a text that another program wrote is logged, kept or passed on, bytes.
pub(crate) const MOST_BYTES: usize = 1000;

/// The text, or its beginning with an ellipsis; what would move a terminal's cursor is written out.
pub(crate) fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST_BYTES && !text.contains(is_unseen) {
        return text.into();
    }
    let mut short = String::new();
    for c in text.chars() {
        let before = short.len();
        if is_unseen(c) {
            short.extend(c.escape_default());
        } else {
            short.push(c);
        }
        if short.len() > MOST_BYTES {
            // what fits is whole characters, and whole escapes
            short.truncate(before);
            while short.len() > MOST_BYTES - '…'.len_utf8() {
                short.pop();
            }
            short.push('…');
            break;
        }
    }
    short.into()
}

/// Controls, and the marks that turn the direction of a line.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Cuts the text in its place.
pub(crate) fn shorten(text: &mut String) {
    if let Cow::Owned(short) = cut(text) {
        *text = short;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        let most = "x".repeat(MOST_BYTES);
        assert_eq!(cut(&most), most);
        for n in 0..4 {
            let long = "x".repeat(n) + &"ü".repeat(MOST_BYTES);
            let short = cut(&long);
            assert!(short.len() <= MOST_BYTES && short.len() > MOST_BYTES - 6, "{}", short.len());
            assert!(short.ends_with("ü…"), "{short}");
        }
    }

    #[test]
    fn controls_are_written_out() {
        assert_eq!(cut("a\u{1b}[2J\nroot: all is well\u{7}"), r"a\u{1b}[2J\nroot: all is well\u{7}");
        assert_eq!(cut("\u{202e}gnp.exe"), r"\u{202e}gnp.exe");
        let short = cut(&"\u{1b}".repeat(MOST_BYTES)).into_owned();
        assert!(short.len() <= MOST_BYTES && short.ends_with('…'), "{short}");
    }
}
