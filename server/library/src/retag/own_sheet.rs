//! The word of a file on where its tracks begin.

use super::chapters::Chapters;

/// The sheet or the chapters in a file, not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnSheet {
    /// Chapters, in the order of the file.
    Chapters(Chapters),
    /// The text of a comment.
    Text(Vec<u8>),
    /// The content of FLAC's block.
    Block(Vec<u8>),
}
