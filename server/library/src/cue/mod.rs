//! Files that hold many tracks, and the sheets that say where each begins.
//!
//! A sheet is read ([`parse`]), the files that it names are looked for beside it ([`place`]), and what it says of each
//! ([`Cuts`]) goes with the file when that is read ([`sheets`]). Then its length is known, and the file is cut
//! ([`cut`]) into parts, each a track of its own.

mod cut;
mod marks;
mod own;
mod parse;
mod place;
mod sheets;

pub(crate) use cut::{Cuts, Piece, cut};
pub(crate) use marks::{CHAPTERS, is_own, is_sheet};
pub(crate) use own::own_cuts;
pub(crate) use parse::{SheetFile, parse};
pub(crate) use sheets::Sheets;
