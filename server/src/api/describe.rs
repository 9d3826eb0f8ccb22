//! The attributes of handlers and of types, from which the description of the interface is made.
//!
//! In the unit tests they are utoipa's, and one test makes the description and compares it with `server/openapi.json`,
//! which is what is served. Elsewhere they only make the routes.
//!
//! A handler states its answers and the refusals that are its own. Those that follow from the form of a call (a body
//! that may be too large, a path that names nothing) are added by `finish`.

#[cfg(test)]
mod finish;
#[cfg(test)]
mod media;
#[cfg(test)]
pub mod protocol;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod tests;

pub use downbeat_describe::call;
#[cfg(not(test))]
pub use downbeat_describe::{IntoParams, ToSchema};
#[cfg(test)]
pub use schemas::{one_of, or_null, sorts};
#[cfg(test)]
pub use utoipa::{IntoParams, ToSchema};

/// The description at `/api/openapi.json`.
pub const OPENAPI: &str = include_str!("../../openapi.json");
