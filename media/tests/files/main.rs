//! The crate against real files, through its public API only.

mod common;
mod exactness;
mod hostile;
mod odd;
mod parts;
mod sketch;
