//! The coordinator's own CA, the certificates that it signs, and when they are made anew.

mod about;
mod ca;
mod names;
mod pem;

pub use about::{About, DAY, ca_is_due, server_is_due};
pub use ca::{Authority, AuthorityError, ServerCertificate};
pub use names::Names;
pub use pem::pem;
