//! The marks of tracks that were cut by what their own file says, and the name of a sheet.

use std::path::Path;

use crate::{endings, found::is_hidden};

/// The mark of tracks that were cut by a sheet in their own file ...
pub(crate) const OWN: &str = "own";
/// ... and by chapters, which name nothing but themselves: all else is said by the file's own tags.
pub(crate) const CHAPTERS: &str = "chapters";

/// True for tracks that were cut by what their own file says.
pub(crate) fn is_own(mark: &str) -> bool {
    mark == OWN || mark == CHAPTERS
}

/// True for the name of a sheet.
pub(crate) fn is_sheet(path: &Path) -> bool {
    endings::ending(path) == "cue" && path.file_name().is_some_and(|name| !is_hidden(name))
}
