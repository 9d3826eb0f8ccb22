//! The identities of a coordinator and its speakers. Both programs use this crate, so that they cannot differ.
//!
//! - [`Fingerprint`]: the name of a key
//! - [`Secret`]: random bytes that do not print themselves
//! - [`SpeakerKey`]: a speaker's key, and the certificate around it
//! - [`pairing`]: the short code that agent and coordinator both show
//! - [`JoinToken`]: what lets a speaker in without a person
//! - [`Pin`]: which coordinator a speaker believes
//! - [`dates_of`]: when a certificate of somebody else ends
//! - [`handshake`]: both ends' rules as rustls asks for them
//!
//! Nothing here reads a clock, a file or a socket. Randomness comes from the operating system. docs/security.md has the
//! reasons.

mod dates;
mod fingerprint;
pub mod handshake;
mod join_token;
mod key;
pub mod pairing;
mod pin;
mod secret;
mod validity;

pub use dates::Dates;
pub use fingerprint::{Fingerprint, FingerprintError};
pub use join_token::{JoinToken, JoinTokenError};
pub use key::{KeyError, SpeakerKey, UNDATED, named, second, serial};
pub use pin::{Known, Pin, PinError};
pub use secret::{Digest, Secret, SecretError, random};
pub use validity::{NoDates, dates_of};
