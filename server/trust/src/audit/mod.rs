//! The audit: who did what, from where, and how it ended.
//!
//! It is kept in files, so that neither a restore nor a full or broken database rewrites it. Each line holds the hash
//! of the line before it: a gap shows. Changes and refusals are apart, so that a flood of refusals pushes no change
//! out.

mod files;
mod line;
mod refusals;

pub use files::{Audit, AuditError, Kind};
pub use line::{Entry, Fault, Line, Outcome, csv, csv_head};
pub use refusals::Refusals;
