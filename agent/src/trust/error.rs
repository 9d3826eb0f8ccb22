//! Why a speaker cannot show its key, or does not know its coordinator.

use std::{io, path::PathBuf};

use downbeat_identity::KeyError;

/// Why the speaker cannot show who it is.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file cannot be used.
    #[error("cannot use {path}: {error}; is the data folder writable for this user?")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The key is damaged. A new one would make this speaker a stranger, so a person decides.
    #[error("{path} is damaged ({error}). Restore it; or run `downbeat-agent forget` and adopt this speaker again")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        error: KeyError,
    },
    /// The pin is damaged. Without it any coordinator could take this speaker, so a person decides.
    #[error("{path} is damaged ({detail}). Restore it; or run `downbeat-agent forget` and adopt this speaker again")]
    Pin {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}
