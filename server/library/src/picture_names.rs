//! The names of pictures that are looked for beside files.

use std::{cmp::Reverse, ffi::OsString, path::Path};

/// The names that are looked for beside a file, in this order, in small letters and capitals alike: many disks do not
/// tell these apart.
const NAMES: [&str; 4] = ["cover", "front", "folder", "album"];
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// How good the name of a picture beside a file is: the least is taken. No two in a folder are alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PictureRank(usize, usize, Reverse<OsString>);

/// The rank of this name among the pictures that are looked for beside a file; `None` if it is none of them.
pub(super) fn rank(path: &Path) -> Option<PictureRank> {
    let position = |known: &[&str], text: &str| known.iter().position(|k| k.eq_ignore_ascii_case(text));
    let stem = position(&NAMES, path.file_stem()?.to_str()?)?;
    let ending = position(&ENDINGS, path.extension()?.to_str()?)?;
    Some(PictureRank(stem, ending, Reverse(path.file_name()?.to_owned())))
}
