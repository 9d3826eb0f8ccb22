//! Why a file is not there, in words for who can act on it and in codes for programs.

use std::io;

use downbeat_protocol::agent_message::ClientError;

/// Why a file could not be had. Reaches the decode thread inside an [`io::Error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The plan names a file by something that is no BLAKE3 hash.
    #[error("{0:?} is not the hash of a file: 64 lower-case hex digits are")]
    BadHash(String),
    /// The coordinator does not have the file.
    #[error("the coordinator does not have this file (HTTP {0}); scan its music folders again")]
    NotFound(u16),
    /// The coordinator, or a proxy before it, sends the request elsewhere.
    #[error(
        "the coordinator sends this request on to {0:?}; files are taken from the coordinator itself: say its own \
         address with --server, or mend the proxy before it"
    )]
    Redirected(String),
    /// A proxy has no such path, or does not give it.
    #[error(
        "HTTP {status} comes from {server}, not from the coordinator: a proxy between must pass /media/ on as it does \
         /ws, below the same path"
    )]
    Proxy {
        /// The status.
        status: u16,
        /// The server, as it calls itself.
        server: String,
    },
    /// No bytes came, in spite of several attempts.
    #[error("{attempts} attempts brought nothing, the last one: {last}")]
    Unreachable {
        /// Attempts without a single byte.
        attempts: u32,
        /// The error of the last attempt.
        last: String,
    },
    /// The coordinator's file has another length than the plan says.
    #[error("the plan says {planned} bytes, the coordinator has {offered}; scan its music folders again")]
    Length {
        /// By the plan.
        planned: u64,
        /// By the HTTP reply.
        offered: u64,
    },
    /// All bytes came, twice, and they are not those of the file that the plan names.
    #[error("the bytes that came are not those of {0}; the file changed on the coordinator: scan again")]
    HashMismatch(String),
    /// The file does not fit into the cache beside what is playing, not even a part of it at a time.
    #[error(
        "a file of {need} bytes finds no place in the cache, which has room for {room} bytes; free some of the disk, \
         lower --keep-free or raise --cache-limit"
    )]
    CacheFull {
        /// The file's length in bytes.
        need: u64,
        /// The cache's room in bytes.
        room: u64,
    },
    /// The disk is full and nothing of the cache can go.
    #[error("the disk that holds the cache is full: {0}")]
    DiskFull(String),
    /// The disk failed.
    #[error("the cache's disk failed: {0}")]
    Disk(String),
    /// The reader was closed while it waited.
    #[error("reading was cancelled")]
    Cancelled,
}

impl FetchError {
    /// The stable code to report.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadHash(_) => "bad_entry",
            Self::NotFound(_) | Self::Redirected(_) | Self::Proxy { .. } | Self::Unreachable { .. } => "fetch_failed",
            Self::Length { .. } => "length_mismatch",
            Self::HashMismatch(_) => "hash_mismatch",
            Self::CacheFull { .. } => "cache_full",
            Self::DiskFull(_) => "disk_full",
            Self::Disk(_) => "disk_failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The fetch error inside `error`, if that is where it comes from.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    /// The disk's error, as a full disk or another fault.
    pub(super) fn disk(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(error.to_string()),
            _ => Self::Disk(error.to_string()),
        }
    }
}

impl From<FetchError> for io::Error {
    fn from(error: FetchError) -> Self {
        // Never `Interrupted`: that would be tried again for ever.
        Self::other(error)
    }
}

impl From<&FetchError> for ClientError {
    fn from(error: &FetchError) -> Self {
        Self { code: error.code().into(), detail: error.to_string(), entry: None }
    }
}
