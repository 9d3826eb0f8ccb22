//! The faults of a file, in words for the person whose file it is.

use std::io;

use symphonia::core::errors::{Error, SeekErrorKind};

/// Why a file cannot be opened, read or positioned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The source itself failed (disk, network). The decoder's position is lost: seek before going on.
    #[error("cannot read the file: {0}")]
    Io(#[source] io::Error),
    /// Not one byte.
    #[error("the file is empty")]
    Empty,
    /// No known format was found in it.
    #[error("no audio format that is known here was recognised in it")]
    Unrecognised,
    /// A known format, but not one that can be decoded here.
    #[error("cannot be decoded here: {0}")]
    Unsupported(String),
    /// The format is known, but its headers are broken.
    #[error("the file is corrupt: {0}")]
    Corrupt(String),
    /// Headers are fine, but not one frame of audio could be decoded.
    #[error("no audio in it can be decoded: {0}")]
    Undecodable(String),
    /// A great stretch of the source was read without finding audio.
    #[error("no audio was found in {0} bytes in a row")]
    NoAudio(u64),
    /// Longer than any track can be; most likely an endless stream or a broken header.
    #[error("it claims to be longer than a week")]
    TooLong,
    /// The source can only be read forwards, and the frame lies behind.
    #[error("the source cannot be rewound to reach this frame")]
    CannotSeek,
}

impl MediaError {
    /// A stable name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "media_io",
            Self::Empty => "media_empty",
            Self::Unrecognised => "media_unrecognised",
            Self::Unsupported(_) => "media_unsupported",
            Self::Corrupt(_) => "media_corrupt",
            Self::Undecodable(_) => "media_undecodable",
            Self::NoAudio(_) => "media_no_audio",
            Self::TooLong => "media_too_long",
            Self::CannotSeek => "media_cannot_seek",
        }
    }

    /// The meaning of a parser's error for a file that is being opened.
    pub(crate) fn from_opening(error: Error) -> Self {
        match error {
            Error::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => Self::Corrupt("it ends too early".into()),
            Error::IoError(e) => Self::Io(e),
            Error::Unsupported("core (probe): no suitable format reader found") => Self::Unrecognised,
            // A file that was cut before its movie header.
            Error::Unsupported(what) if what.contains(": missing ") => Self::Corrupt(what.into()),
            Error::Unsupported(what) => Self::Unsupported(what.into()),
            Error::DecodeError(what) | Error::LimitError(what) => Self::Corrupt(what.into()),
            Error::SeekError(SeekErrorKind::Unseekable | SeekErrorKind::ForwardOnly) => Self::CannotSeek,
            other => Self::Corrupt(other.to_string()),
        }
    }
}
