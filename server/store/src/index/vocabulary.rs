//! The words of the library, shared by searches and saves.

use std::sync::{Arc, RwLock};

use super::words;

/// The words of the library, once somebody needed them.
pub(crate) type SharedVocabulary = Arc<RwLock<Option<words::Vocabulary>>>;

/// The effects of an update beside the tables.
#[derive(Debug, Default)]
pub(crate) struct Updated {
    /// Words that were never seen before.
    pub(super) new_words: Vec<String>,
}
