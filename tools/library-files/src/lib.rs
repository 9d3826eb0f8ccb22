//! A library of many real files, made to measure on. It is a crate apart from what measures, since it is compiled for
//! less speed: the writers of tags are large, and only make the files.
//!
//! - [`library`]: what is in it; [`files`]: how it is written

pub mod files;
pub mod library;
