//! The failures, worded for the person at the prompt.

use std::io;

use thiserror::Error;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// Nobody answered at the coordinator's address.
    #[error(
        "no coordinator answers at {url} ({reason})\n  \
         Is downbeat-server running there? Name another one with --server URL or the environment \
         variable DOWNBEAT_SERVER."
    )]
    Unreachable {
        /// The address tried.
        url: String,
        /// The network's error.
        reason: String,
    },
    /// The text that was given as the coordinator's address is none.
    #[error("'{url}' is not an address of a coordinator ({reason}); it looks like http://192.168.1.10:3000")]
    BadAddress {
        /// The text that was given.
        url: String,
        /// The fault in it.
        reason: String,
    },
    /// The coordinator refused, and said why.
    #[error("{detail}{} [{code}]", field.as_ref().map(|field| format!(" (field {field})")).unwrap_or_default())]
    Refused {
        /// The stable code, or the HTTP status where there is none.
        code: String,
        /// A sentence for people.
        detail: String,
        /// The field that is wrong, if one is.
        field: Option<String>,
    },
    /// Something answered that does not speak as a coordinator does.
    #[error("{url} does not answer as a coordinator: {reason}")]
    NotACoordinator {
        /// The address asked.
        url: String,
        /// The odd part of the answer.
        reason: String,
    },
    /// The thing that was asked for cannot be found.
    #[error("{0}")]
    NotFound(String),
    /// Of several targets some did not do it; which, was printed.
    #[error("{failed} of {of} did not do it")]
    Partly {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
    },
    /// The passphrase of a backup is missing, or told twice in two ways.
    #[error("{0}")]
    Passphrase(String),
    /// Something is broken; which, was printed.
    #[error("faults: {0}")]
    Faults(usize),
    /// A file that was named.
    #[error("{path}: {reason}")]
    File {
        /// The file's path.
        path: std::path::PathBuf,
        /// The system's error.
        reason: String,
    },
    /// Standard output cannot be written to.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    /// A file cannot be used.
    pub fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::File { path: path.to_owned(), reason: error.to_string() }
    }

    /// 2: what was typed cannot work; 1: it did not work.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::BadAddress { .. } => 2,
            _ => 1,
        }
    }

    /// True if only the reader of a pipe went away.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
