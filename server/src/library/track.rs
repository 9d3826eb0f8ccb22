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

    /// A track that the library does not know, of what a plan told of it.
    pub fn of_plan(plan: PlanEntry) -> Self {
        Self {
            hash: plan.hash,
            bytes: plan.bytes,
            format: plan.format.into(),
            sample_rate: plan.sample_rate,
            frames: plan.frames,
            title: plan.title.into(),
            artist: plan.artist.into(),
            ..Self::unknown(plan.track, std::path::PathBuf::new())
        }
    }

    /// Whether both are of one album, as far as their tags say.
    pub fn same_album(&self, other: &Self) -> bool {
        let whose = |t: &Self| if t.album_artist.is_empty() { t.artist.clone() } else { t.album_artist.clone() };
        !self.album.is_empty() && self.album == other.album && whose(self) == whose(other)
    }

    /// Whether `next` comes right after this one on their album; where tracks have no numbers, any of the same album.
    pub fn precedes(&self, next: &Self) -> bool {
        let in_order = match (self.track_no, next.track_no) {
            (Some(own), Some(next_no)) if self.disc_no == next.disc_no => next_no == own + 1,
            (Some(_), Some(next_no)) => next_no == 1 && next.disc_no > self.disc_no,
            _ => true,
        };
        in_order && self.id != next.id && self.same_album(next)
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
