//! The speaker process.
fn main() {}
