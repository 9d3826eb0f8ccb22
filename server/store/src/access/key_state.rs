//! The decisions about speakers' keys.

/// The decision about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Ours.
    Adopted,
    /// A person said no.
    Refused,
    /// It was ours.
    Revoked,
}
