//! How a speaker becomes one of a coordinator's own. All of it travels over TLS alone; docs/security.md has the
//! reasons.

use serde::{Deserialize, Serialize};

use crate::time::ServerTime;

/// The state of the speaker's key at this coordinator. Said before `welcome` to one that nobody has adopted, and again
/// when that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Now.
    pub server_time: ServerTime,
    /// The state.
    pub state: KeyState,
    /// The coordinator's number of the exchange for the code, 64 hexadecimal digits; answered by `reveal`. `None`: no
    /// exchange is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// For people, with what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The state of a speaker's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// A person is to decide.
    Pending,
    /// It is the coordinator's own: its CA is to be pinned.
    Adopted,
    /// Something newer than this build knows.
    #[serde(other)]
    Other,
}

/// The number that the speaker was bound to by the `commitment` of its hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// 64 hexadecimal digits.
    pub number: String,
}

/// Codes of `error` that concern a speaker's key. All of them are fatal.
pub mod code {
    /// A person said no. Come back in an hour.
    pub const REFUSED: &str = "refused";
    /// It was the coordinator's own, and a person ended that. Come back in an hour.
    pub const REVOKED: &str = "revoked";
    /// Another machine is connected under this key: make a new one.
    pub const COPIED: &str = "copied";
    /// It is not encrypted, and not known from before encryption.
    pub const UNENCRYPTED: &str = "unencrypted";
    /// The join token lets nobody in.
    pub const JOIN: &str = "join_refused";
    /// Too many wait to be adopted.
    pub const CROWDED: &str = "too_many_pending";
}
