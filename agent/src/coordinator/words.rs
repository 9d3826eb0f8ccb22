//! Words of others, cut to a length that a log can bear.

use std::borrow::Cow;

/// No more than this of a text that another program wrote is logged, kept or passed on, bytes.
pub(crate) const MOST_BYTES: usize = 1000;

/// The text, or its beginning with an ellipsis.
pub(crate) fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST_BYTES {
        return text.into();
    }
    let end = text.floor_char_boundary(MOST_BYTES - '…'.len_utf8());
    format!("{}…", &text[..end]).into()
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
}
