//! Files that have no decoder here, or no whole one, are turned into FLAC by ffmpeg, where it is installed.
//!
//! A scan knows such a file by its first bytes ([`kinds`]) and notes it. Here one after the other is turned, what was
//! asked for first, in a process that may do little ([`program`]). What comes out is decoded from start to end by the
//! decoder of the speakers, and kept under the hash of its bytes ([`cache`]). From then on the track is what was made:
//! its hash, its size, its length; of its file [`TrackRow::source`](crate::TrackRow::source) tells. Nobody else, in a
//! zone or at a speaker, knows of it. What gave way in the cache is made again when somebody asks for it.
//! docs/adr/0016 has the reasons.

pub(crate) mod apply;
mod cache;
pub(crate) mod kinds;
mod meta;
mod program;
mod shop;
mod turner;

#[cfg(test)]
pub(crate) use shop::OFF;
pub(crate) use shop::{Shop, WAITS};
pub use shop::{TurnSettings, TurnStatus, Turning};
pub(crate) use turner::start;

/// The tags in a list of ffmpeg's.
#[cfg(test)]
pub(crate) fn meta_for_tests(text: &str) -> crate::tags::Tags {
    meta::read(text, &crate::Separators::default())
}
