//! The fuzz targets: one function for each decoder of foreign bytes.
//!
//! Each takes any bytes, gives them to its decoder and asserts what must hold: the decoder returns, what it returns is
//! bounded, and what is printed reads back as the same. A target that panics has found a fault.
//!
//! `tests/corpora.rs` runs them on any compiler, `cargo-fuzz/` under libFuzzer.

mod files;
mod texts;

pub use files::{media, picture, playlist, sheet, tags};
pub use texts::{codec, query, range, selector};
