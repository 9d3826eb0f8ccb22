//! Entries that say which frame they are.

use downbeat_protocol::{EntryId, Frames, PlanEntry, TrackId};
use downbeat_zone::QueueEntry;
use uuid::Uuid;

/// An entry that says which frame it is (see [`crate::sound`]).
pub fn entry(number: usize, rate: u32, seconds: f64) -> QueueEntry {
    let id = Uuid::from_u128(number as u128 + 1);
    QueueEntry::new(PlanEntry {
        entry: EntryId(id),
        track: TrackId(id),
        hash: format!("{number:064x}"),
        bytes: 1,
        format: "flac".into(),
        sample_rate: rate,
        frames: Frames::from_seconds(seconds, rate),
        title: format!("entry {number}"),
        ..PlanEntry::default()
    })
}

/// The number of the entry that this is an occurrence of: a loop plays the same one again, under another id.
pub fn number_of(entry: &PlanEntry) -> usize {
    usize::from_str_radix(&entry.hash, 16).unwrap_or(usize::MAX)
}
