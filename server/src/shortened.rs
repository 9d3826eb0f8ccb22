//! Texts of others, cut before they are logged, kept or handed on.

/// The most bytes of the detail of an error.
pub const MAX_DETAIL_BYTES: usize = 1_024;

/// The text, if it has at most so many bytes, or its begin and an ellipsis.
pub fn shortened(text: &str, most: usize) -> String {
    const MORE: &str = " ...";
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most.saturating_sub(MORE.len()));
    format!("{}{MORE}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_two_characters() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("abcdefgh", 7), "abc ...");
        assert_eq!(shortened("äöü", 5), " ...");
        assert_eq!(shortened(&"ä".repeat(9_000), MAX_DETAIL_BYTES).len(), MAX_DETAIL_BYTES);
    }
}
