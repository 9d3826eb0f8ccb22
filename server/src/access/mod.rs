//! The caller of each request, and the people that there are. docs/security.md says what is promised; the rules
//! themselves are in the crate `downbeat-trust`, which knows no web and no database.
//!
//! - [`AccessSettings`]: what was set at the start
//! - [`Source`]: the place and the way that a request came
//! - [`People`]: users, sessions and tokens, in memory and in the store
//! - [`AdminToken`]: the token in the data folder
//! - [`AuditLog`]: who did what
//! - [`Access`]: makes a caller of a request

mod admin_token;
mod audit_log;
mod credentials;
mod handle;
mod login;
mod people;
mod settings;
mod source;

pub use admin_token::{AdminToken, AdminTokenFault, FILE_NAME as ADMIN_TOKEN_FILE};
pub use audit_log::AuditLog;
pub use credentials::{COOKIE, session_cookie, without_session};
pub use handle::{Access, Admitted, KeyStates, NotAdmitted, Owner};
pub use login::LoginError;
pub use people::{NewUser, People, PeopleError, User, UserEdit};
pub use settings::{AccessSettings, AccessWords};
pub use source::Source;
