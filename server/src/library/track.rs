//! A track as the rest of the coordinator sees it.

use downbeat_protocol::{EntryId, PlanEntry};

/// A track of the library: a row of the store, with what can be asked of it.
pub use crate::store::TrackRow as Track;

impl Track {
    /// Whether it can be queued with any hope: its file is there, and nothing is wrong with it.
    pub fn playable(&self) -> bool {
        self.available && self.fault.is_none()
    }

    /// Why it is not [`playable`](Self::playable), for people.
    pub fn why_not(&self) -> Option<&str> {
        match &self.fault {
            Some(fault) => Some(fault),
            None if !self.available => Some("the file is not there"),
            None => None,
        }
    }

    /// Its length in seconds; 0 if it cannot be played.
    pub fn duration_seconds(&self) -> f64 {
        self.frames.as_seconds(self.sample_rate)
    }

    /// This track as the entry `entry` of a plan.
    pub fn plan_entry(&self, entry: EntryId) -> PlanEntry {
        PlanEntry {
            entry,
            track: self.id,
            hash: self.hash.clone(),
            bytes: self.bytes,
            format: self.format.to_string(),
            sample_rate: self.sample_rate,
            frames: self.frames,
            title: self.title.to_string(),
            artist: self.artist.to_string(),
            ..PlanEntry::default()
        }
    }
}
