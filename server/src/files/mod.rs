//! Files as speakers fetch them, over HTTP: [`serve`], and [`range`], the part of a file that a request asks for.

pub mod range;
mod serve;
#[cfg(test)]
mod tests;

pub use serve::{MEDIA_PATH, media_router};
