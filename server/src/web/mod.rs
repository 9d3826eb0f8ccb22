//! The page that people control the system with, as it was built by `make web`: [`Page`] answers for every path that is
//! no call of REST. [`files`] finds its files, in the program or in a folder; [`headers`] says what goes with them.

pub mod files;
pub mod headers;
mod page;
#[cfg(test)]
mod tests;

pub use page::Page;
