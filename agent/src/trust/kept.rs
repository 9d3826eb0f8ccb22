//! The coordinator that a speaker belongs to, in a file: its CA, its address, the last time that it told.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use downbeat_host::files::replace;
use downbeat_identity::Fingerprint;
use serde::{Deserialize, Serialize};

use super::error::TrustError;

const FILE: &str = "coordinator.json";

/// What is kept of the coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Kept {
    /// Its CA, once it has adopted this speaker.
    pub(super) ca: Option<Fingerprint>,
    /// Its address, if a join token said it.
    pub(super) address: Option<String>,
    /// The last time that it told, seconds since 1970.
    pub(super) time: u64,
    /// This speaker had an id before it had a key: it may go on in clear with a coordinator that cannot encrypt.
    pub(super) from_before: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default)]
    time: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    from_before: bool,
}

impl Kept {
    pub(super) fn path(data: &Path) -> PathBuf {
        data.join(FILE)
    }

    /// As kept in the folder `data`. A file that is there and cannot be read is an error: without the pin any
    /// coordinator could take this speaker.
    pub(super) fn load(data: &Path) -> Result<Self, TrustError> {
        let path = Self::path(data);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(TrustError::Io { path, error }),
        };
        let damaged = |detail: String| TrustError::Pin { path: path.clone(), detail };
        let text: Text = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        let ca = text.ca.map(|ca| ca.parse()).transpose().map_err(|error| damaged(format!("{error}")))?;
        if ca.is_none() && !text.from_before {
            // nothing writes such a file
            return Err(damaged("it names no coordinator".into()));
        }
        Ok(Self { ca, address: text.address, time: text.time, from_before: text.from_before })
    }

    /// Keeps it.
    pub(super) fn save(&self, data: &Path) -> Result<(), TrustError> {
        let path = Self::path(data);
        let text = Text {
            ca: self.ca.map(|ca| ca.to_string()),
            address: self.address.clone(),
            time: self.time,
            from_before: self.from_before,
        };
        let text = serde_json::to_vec_pretty(&text).unwrap_or_default();
        fs::create_dir_all(data).and_then(|()| replace(&path, &text)).map_err(|error| TrustError::Io { path, error })
    }
}
