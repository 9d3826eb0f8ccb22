//! The words of a query as full-text expressions.

use super::query::{Field, Query, Text};

/// The columns in which words without a field are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// Title, artist, album.
    Main,
    All,
}

/// The rule by which two words count as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// The word itself.
    Word,
    /// Also one that begins so, unless it was quoted.
    Beginning,
}

/// The texts that must be there as a full-text expression; `None` if there are none.
pub(super) fn expression(query: &Query, columns: Columns, kind: Match) -> Option<String> {
    let parts: Vec<String> = query.wanted().map(|text| part(text, columns, kind)).collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// The texts that must not be there as a full-text expression; `None` if there are none.
pub(super) fn unwanted(query: &Query) -> Option<String> {
    let parts = query.texts.iter().filter(|t| t.not).map(|t| part(&t.what, Columns::All, Match::Beginning));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(" OR "))
}

fn part(text: &Text, columns: Columns, kind: Match) -> String {
    let columns = match (text.field, columns) {
        (Some(Field::Title), _) => "title : ",
        (Some(Field::Artist), _) => "{artist album_artist} : ",
        (Some(Field::Album), _) => "album : ",
        (Some(Field::AlbumArtist), _) => "album_artist : ",
        (Some(Field::Genre), _) => "genre : ",
        (Some(Field::Composer), _) => "composer : ",
        (Some(Field::Path), _) => "path : ",
        (Some(Field::Work), _) => "work : ",
        (None, Columns::Main) => "{title artist album} : ",
        (None, Columns::All) => "",
    };
    format!("({columns}{})", phrase(text, kind))
}

/// The words of `text` one after the other. They hold letters and digits only, so nothing needs escaping.
pub(super) fn phrase(text: &Text, kind: Match) -> String {
    let words = text.words.join(" ");
    if !text.open || kind == Match::Word {
        return format!("\"{words}\"");
    }
    let before = text.words.split_last().map_or(&[][..], |(_, before)| before);
    let phrase = |end: &String| format!("\"{}\"", [before, std::slice::from_ref(end)].concat().join(" "));
    let phrases: Vec<String> = text.ends.iter().map(phrase).collect();
    match phrases.as_slice() {
        [] => format!("\"{words}\" *"),
        // As a word, so that nobody asks for both.
        [one] => one.clone(),
        several => format!("({})", several.join(" OR ")),
    }
}
