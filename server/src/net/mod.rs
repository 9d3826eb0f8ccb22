//! One port, TLS and clear HTTP on it. docs/security.md, "One port, two worlds".
//!
//! The first byte of a connection says which it is: a TLS record of a handshake begins with 0x16, and no request of
//! HTTP does. In TLS the client's ALPN says which of two worlds it is in: speakers prove a key, people are never asked
//! for one.
//!
//! [`meet()`] lets a connection show what it is; [`Certificates`] are what it is shown; [`Turns`] keep the handshakes of
//! one address from holding up others; [`PairFiles`] is a certificate that somebody else makes, read anew when it
//! changes.

mod certificates;
mod https;
mod meet;
mod owner;
mod pair_files;
mod stream;
#[cfg(test)]
mod tests;
mod turns;

pub use certificates::Certificates;
pub use https::people;
pub use meet::{Met, Peer, Secured, meet};
pub use owner::{is_program, owner};
pub use pair_files::{PairError, PairFiles, Validity};
pub use stream::Stream;
pub use turns::Turns;
