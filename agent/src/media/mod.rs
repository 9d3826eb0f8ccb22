//! From the coordinator's files to decoded frames.
//!
//! ```text
//! Fetcher (async task)                 decode thread                     audio callback
//! GET /media/<hash> -> partial file -> CacheReader -> Decoder -> ring -> ...
//!        ^---- where the reader is --------'
//! ```
//!
//! - [`cache`]: the files that are here, and the front of it all
//! - [`fetch`]: brings in what is wanted
//! - `check`: files of an earlier run, looked at again
//! - `resolve`: the machine that they are asked of
//! - [`source`]: a file as the decoder sees it
//! - [`decoder`]: the thread that decodes one entry into a ring
//! - `loudness`: how loud an entry is, and the limiter
//! - `store`, `transfer`: what came goes to the disk, and what has no room there any more; a transfer under way
//! - `downloads`, `download`, `bars`, `shelf`, `spans`, `room`, `reserve`, `window`, `pace`, `reply`: the pure parts:
//!   the next bytes, a file that comes in, those not to be tried yet, the files, the bytes that are there, the room,
//!   the files that go for it, a file larger than that, the speed, replies

mod bars;
pub mod cache;
mod check;
pub mod decoder;
mod disk;
mod download;
mod downloads;
pub mod error;
pub mod fetch;
mod loudness;
mod pace;
mod reply;
mod reserve;
mod resolve;
mod room;
mod shared;
mod shelf;
pub mod source;
mod spans;
mod store;
#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_idle;
#[cfg(test)]
mod tests_machine;
#[cfg(test)]
mod tests_room;
mod transfer;
mod window;

pub use cache::{CacheSettings, CacheStats, DEFAULT_CACHE_LIMIT, FileStatus, MediaCache};
pub use decoder::{DecodeEvent, DecodeJob, DecodeThread};
pub use error::FetchError;
pub use fetch::{FetchSettings, Fetcher};
pub use room::{KeepFree, KeepFreeError};
pub use source::{CacheReader, Interrupt};
