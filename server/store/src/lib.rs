//! The store of the coordinator: speakers, zones and the index of tracks, in one SQLite file. The settings that people
//! make must survive a power cut.
//!
//! Every save of what somebody set is on the disk before the call answers (WAL with `synchronous=FULL`). What was only
//! read from files is written, and on the disk with the next save that is, or with the next checkpoint, in order: after
//! a power cut it may have to be read again. All writes go through one connection and begin with `BEGIN IMMEDIATE`, so
//! two writers queue up instead of failing half way; reads have a small pool of their own and never wait for a write.
//!
//! The rest of the coordinator knows only the typed calls of [`Store`]; rows are plain structs with the ids of the
//! protocol, and no SQL is written anywhere else.

mod access;
mod ahead;
mod answers;
mod backup;
mod books;
mod clock;
mod dates;
mod details;
mod error;
mod findings;
mod history;
#[cfg(test)]
mod history_tests;
pub mod index;
mod loading;
mod mark;
mod marks;
#[cfg(test)]
mod marks_tests;
mod migrations;
mod playlists;
mod presets;
mod queues;
mod row;
mod speakers;
mod store;
#[cfg(any(test, feature = "testing"))]
mod testing;
#[cfg(test)]
mod tests;
mod track_row;
mod tracks;
mod trusted;
mod zones;

pub use access::{
    ApiTokenRow, EndedKind, JoinTokenRow, KeyState, LoginRow, SpeakerKeyRow, StaysEnded, UserError, UserRow,
};
pub use answers::AnswerRow;
pub use backup::{BACKUP_KEYS, ClockRow};
pub use books::BookPlace;
pub use details::Details;
pub use error::StoreError;
pub use findings::{AnalysisRow, CoverRow};
pub use history::{HistoryFilter, KnownBy, PlayReport, PlayRow, StretchRow, TrackFacts};
pub use mark::{MAX_RATING, Mark};
pub use marks::{MarksTaken, OtherMark};
pub use playlists::{ANY, ListItem, PlaylistEntry, PlaylistError, PlaylistRow, Precondition, Rule};
pub use presets::{PresetError, PresetRow};
pub use queues::{QueueChange, QueueRow};
pub use speakers::{SpeakerError, SpeakerRow};
pub use store::{FILE_NAME, Store};
#[cfg(any(test, feature = "testing"))]
pub use testing::WriterHeld;
pub use track_row::{GainSource, SourceFile, Text, Texts, TrackRow};
pub use trusted::{Untrusted, check_schema};
pub use zones::{ZoneError, ZoneRow};
