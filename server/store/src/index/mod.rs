//! The lists and the search: every list sorted, every word findable, within milliseconds at a hundred thousand tracks.
//!
//! The tables of migration 4 follow from those of the tracks and are kept true in the same transaction, so that no list
//! ever shows what is not so. Queries run on the readers' connections: they wait for no scan, and no person waits for
//! them.
//!
//! - [`query`]: the grammar of what people type; [`keys`]: how texts are sorted and things are told apart
//! - [`lists`] of tracks and [`collections`], sorted, in pages ([`page`]) of what meets [`conditions`]; [`search`]: the
//!   best hits first
//! - [`selection`]: the tracks of something, in the order of listening
//! - [`letters`](Lettered): the letters that a list begins with
//! - inside: [`write`](mod@write) keeps the tables true, from what [`document`] makes of a track; [`words`] finds the
//!   word that was meant, [`ends`] those that one may become

mod collections;
mod condition;
mod conditions;
mod document;
mod ends;
mod expression;
mod fold;
mod json;
pub(super) mod keys;
mod letters;
mod lists;
mod page;
mod paging;
mod query;
mod release;
mod search;
mod searched;
mod selection;
mod sorts;
#[cfg(test)]
mod tests;
mod things;
mod upkeep;
mod vocabulary;
mod words;
mod write;

pub use conditions::{Filter, Within};
pub(crate) use json::hex;
pub use keys::{artist_id, composer_id, folder_id, genre_id, work_id};
pub use letters::{Letter, Lettered};
pub(super) use page::order;
pub use page::{Cursor, ListError, NoCursor, Page, Part};
pub use query::{Field, Figure, Query};
pub use release::album_of;
pub use search::Understood;
pub use selection::Selection;
pub use sorts::{AlbumSort, NameSort, Sorted, TrackSort};
pub use things::{Album, AlbumFilter, Artist, Composer, Folder, Genre, Work};
pub(crate) use vocabulary::SharedVocabulary;
pub(crate) use write::update;
