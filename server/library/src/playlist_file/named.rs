//! The tracks that a file names, and why one cannot be read.

use std::path::PathBuf;

/// So many tracks may be in a file.
pub const MAX_NAMED: usize = 100_000;

/// The longest text that is taken of a file, bytes; a path of 4,096 bytes fits with every one of them escaped.
pub(super) const MAX_TEXT: usize = 16 * 1_024;

/// A playlist file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListFile {
    /// The playlist's own name, if the file says it.
    pub name: Option<String>,
    /// Its tracks, in their order.
    pub named: Vec<Named>,
}

/// One track that a file names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Named {
    /// The line that it stands in, from 1.
    pub line: usize,
    /// The path or address as it stands there, for people.
    pub text: String,
    /// The same as paths of this system, the likeliest first: as its bytes stand, and bytes that are no UTF-8 as
    /// Windows-1252. Backslashes and `file:` addresses are made into such.
    pub paths: Vec<PathBuf>,
    /// The artist, if the file says so.
    pub artist: Option<String>,
    /// The title, if the file says so.
    pub title: Option<String>,
    /// The album, if the file says so.
    pub album: Option<String>,
    /// The length, seconds, if the file says so.
    pub seconds: Option<f64>,
}

/// Why nothing is taken of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It names more tracks, or lists, than may be.
    #[error("the file names more than {MAX_NAMED} tracks; split it")]
    TooLong,
    /// Elements lie within each other too deep.
    #[error("its XML is nested deeper than any playlist is")]
    TooDeep,
    /// It defines entities, which no player writes and which may grow without end.
    #[error("its XML defines entities of its own, which is refused; save the list anew as XSPF or M3U8")]
    Entities,
    /// The XML is broken.
    #[error("its XML is broken in line {line}: {reason}; save the list anew")]
    Broken {
        /// The line, from 1.
        line: usize,
        /// The fault.
        reason: String,
    },
    /// It is XML or HTML of another kind.
    #[error("it is no playlist but a file of <{0}>; M3U, M3U8, PLS, XSPF, WPL and ZPL are read")]
    Unknown(String),
    /// It is a whole library.
    #[error("it is the library of iTunes or Music with all its playlists: import it as a library")]
    Library,
    /// It ended early: the sender hung up.
    #[error("it ended early: {0}")]
    Lost(String),
}

/// The text without blanks around it; `None`: there is none.
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|t| !t.is_empty())
}
