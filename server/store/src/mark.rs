//! What is marked at tracks, in memory, since every list of tracks shows it.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use downbeat_protocol::TrackId;

/// The best rating.
pub const MAX_RATING: u8 = 100;

/// What is marked at a track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    /// How good it is, 0..=[`MAX_RATING`]; `None`: nobody said.
    pub rating: Option<u8>,
    /// How often it was heard, here and as another program counted before.
    pub plays: u32,
    /// When it was heard last, seconds since 1970; `None`: never, as far as is known.
    pub played: Option<i64>,
}

/// The marks in memory.
#[derive(Debug, Default)]
pub(crate) struct Marks(RwLock<HashMap<TrackId, Mark>>);

impl Marks {
    pub(crate) fn put(&self, marks: Vec<(TrackId, Mark)>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(marks);
    }

    pub(crate) fn get(&self, track: TrackId) -> Mark {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&track).copied().unwrap_or_default()
    }
}
