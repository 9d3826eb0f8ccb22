//! One decoding layer for the coordinator and the agents, so that both mean the same frame by the same number.
//!
//! The coordinator decides when a track ends from the frame count found at scan; an agent enters a track at any frame
//! and must be there to the sample. Both only work if the count and the positions are exact and alike on every
//! machine, so both sides use this crate and nothing else to look into audio files.
//!
//! - [`probe`] finds the exact number of frames cheaply, and says what is wrong with a file
//! - [`verify`] finds the same by decoding everything
//! - [`Decoder`] delivers interleaved stereo `f32`, from any frame
//! - [`content()`] tells all that decoders are given, and all tags: to compare two files
//!
//! # What is exact
//! "Sample exact" means that frame 0 is the first frame of what was encoded and that encoder delay and padding are
//! cut. "Length" means that [`probe`], [`verify`] and [`Decoder`] agree to the frame. "Seek" means that the frames
//! after a seek are those of a decode from the start.
//!
//! | format | sample exact | length | seek |
//! |---|---|---|---|
//! | FLAC (also 32 bit), WAV, AIFF, ALAC in MP4 | yes, bit for bit up to 24 bit | exact | exact, bit for bit |
//! | MP3 with a LAME tag | yes | exact | exact, bit for bit |
//! | MP3 without one | no: the encoder's delay is heard as silence, alike everywhere | exact | exact, bit for bit |
//! | AU, CAF, W64, RF64 of any size | yes, bit for bit up to 24 bit | exact | exact, bit for bit |
//! | Vorbis in Ogg or Matroska | yes, but for the end in Matroska where it is not stated | exact | exact, bit for bit |
//! | Opus in Ogg or Matroska | yes | exact | to the frame; the samples converge (the decoder has memory) |
//! | AAC in MP4 with an edit list or iTunes' gapless tag | yes | exact | to the frame; noise substitution differs |
//! | AAC in MP4 without either, in ADTS, in Matroska | no: the encoder's delay is heard | exact | as above |
//!
//! AAC is the low-complexity profile; of the high-efficiency one the core plays, and [`Damage::core_only`] says so. Of
//! streams side by side in an Ogg file the first sound is played. Of one that is chained, and of files that were
//! joined, all parts are; a part of another sample rate is brought to that of the first. A length that a header states
//! wrongly takes nothing away from FLAC and MP3; MP4 in fragments is as long as its fragments. A montage of several
//! edits in MP4 is played whole. The tests' table of such files is the page `docs/compatibility.md`.
//!
//! Some of the decoders are others' with faults mended: see `media/patched/PATCHES.md`.
//!
//! # Hostile input
//! A broken frame becomes silence of its length; timing holds and the fault is counted. Two kinds cannot do so: MP3 and
//! ADTS have no time stamps, so that a frame whose header is lost shortens the track, alike everywhere; and after a
//! lost page of Ogg the next page is heard one page early, before timing holds again. A truncated file ends earlier,
//! which [`probe`] tells (a truncated AIFF, and an MP4 cut before its movie header, are refused). Anything else that is
//! wrong gives a [`MediaError`] or an earlier end. The parsers below are foreign code: callers that feed files from
//! strangers should still guard the call against a panic ([`guard`]) and bound its time.

mod content;
mod decoder;
mod downmix;
mod error;
mod format;
mod gapless;
pub mod guard;
mod lengths;
mod mend;
mod mp4_edit;
mod mpeg;
mod packets;
mod parts;
mod plain;
mod probe;
mod registry;
mod resample;
mod stream_clock;
mod timeline;
mod watched;

pub use symphonia::core::io::MediaSource;

pub use content::{Content, content};
pub use decoder::Decoder;
pub use error::MediaError;
pub use format::{Damage, Exactness, Format, HighEfficiency, StreamInfo, TrackInfo};
pub use probe::{probe, verify};
