//! The speakers' keys: which is ours, which waits to be adopted, and what one without a key may. docs/security.md,
//! "Speakers".
//!
//! - [`judgement`]: who is let in
//! - [`decisions`]: adopt, refuse, revoke, let it ask again
//! - [`joins`]: tokens that let speakers in without a person
//! - [`arrival`]: one that comes, and the verdict on it
//! - [`legacy`]: speakers from before encryption
//! - [`state`]: what all of it shares

pub mod arrival;
pub mod decisions;
pub mod joins;
pub mod judgement;
pub mod legacy;
pub mod state;
#[cfg(test)]
mod tests;

pub use arrival::{Arrival, Entry, Presence, Verdict, Waiting, Word};
pub use decisions::Decided;
pub use joins::JoinToken;
pub use legacy::LegacySpeakers;
pub use state::{KeyRecord, KnownParts, Register, RegisterError, RegisterSettings};
