//! The rights at a coordinator. docs/security.md has the reasons; this crate keeps its promises, without the web and
//! without a database: each part takes `now`, and what must be kept is handed to the caller.
//!
//! - [`adoption`]: how a speaker becomes ours
//! - [`admission`]: how a request becomes somebody
//! - [`rights`]: may this caller do this to that?
//! - [`audit`]: what was done and refused, in files
//! - [`place`]: where a request comes from
//! - [`authority`]: the own CA and its certificates
//! - [`password`], [`waits`], [`sessions`]: people
//! - [`sealed`]: files that a passphrase closes
//! - [`mod@tokens`] for programs, [`joining`] for speakers without a person and for the first admin

pub mod admission;
pub mod adoption;
pub mod audit;
pub mod authority;
pub mod joining;
pub mod password;
pub mod place;
pub mod rights;
pub mod sealed;
pub mod sessions;
pub mod tokens;
pub mod waits;
