//! The library of tracks to play.
//!
//! The coordinator decides when a track ends and hands every speaker a plan that it can follow alone, so it must know
//! each file's exact length and its bytes' hash *before* anything plays. The library finds that out once, keeps it in
//! the store, and keeps it true while people move, retag, replace and delete files.
//!
//! A track can be queued as soon as its tags and its exact length are known. What takes longer follows in the
//! background: first the hash, by which speakers fetch it ([`Library::find_hashes`] for those that are wanted now),
//! then pictures, loudness and the shape of the sound.
//!
//! - [`Catalog`]: all tracks as they are known now; [`News`] tell what changes
//! - [`TrackRow`]: one of them, also when it cannot be played, with the reason
//! - inside: `walk` finds files, `inspect` reads one (`source`, `probe`, `tags`) on a thread of a `worker`, `identity`
//!   decides which track it is, `scan` does all of this once and `scanner` whenever it is due; `records` keep
//!   what is known, in memory and in the store; `turn` has ffmpeg make FLAC of what has no decoder here

pub mod autoplay;
mod background;
pub mod books;
mod catalog;
mod charset;
mod covers;
mod cue;
mod done;
pub mod edit;
mod endings;
pub mod folder_look;
#[doc(hidden)]
pub mod foreign;
mod found;
mod hashes;
mod identity;
mod inspect;
mod journal;
mod leave_out;
mod library;
mod limits;
mod machine;
pub mod media_file;
mod open;
mod picture_names;
mod pictures;
mod plan;
pub mod playlist_file;
mod probe;
mod progress;
mod reader;
mod records;
mod retag;
mod scan;
mod scanner;
pub mod selection;
mod separators;
mod shared;
mod sound;
mod source;
pub mod stats;
mod tags;
#[cfg(test)]
mod tests;
mod texts;
mod thumbnails;
mod turn;
pub mod upload;
mod walk;
mod watcher;
mod worker;

pub use catalog::{Catalog, Changed, News};
pub use downbeat_store::TrackRow;
pub use found::{LeftOut, NotTaken};
pub use leave_out::LeaveOut;
pub use library::{Library, LibraryError, LibrarySettings, ScanRefused};
pub use plan::BackgroundStatus;
pub use progress::{FolderState, FolderStatus, ScanStatus};
pub use separators::Separators;
pub use thumbnails::{CoverError, SIZES as COVER_SIZES};
pub use turn::{TurnSettings, TurnStatus, Turning};
