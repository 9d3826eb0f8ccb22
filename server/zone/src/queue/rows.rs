//! A chunk as it is kept: ids in binary, since there are a hundred thousand; the rare rest of an entry as JSON.
//!
//! A version byte; then for each entry its id (16 bytes), its track's id (16), flags (1), where an edit has put it in a
//! shuffled order (8, little-endian) if flag 1 is set, and a length (4) and JSON if flag 2 is set: its fault, and the
//! facts of a track that the library does not know.

use std::{num::NonZeroU64, sync::Arc};

use downbeat_protocol::{EntryId, PlanEntry, TrackId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Chunk, Fault, FaultSource, QueueEntry};
use crate::track::Track;

const VERSION: u8 = 1;
const PLACED: u8 = 1;
const NOTED: u8 = 2;

/// A chunk that was not written by this build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part of a queue cannot be read (at byte {0})")]
pub struct Unreadable(pub usize);

/// The facts of an entry that are kept besides its ids.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<PlanEntry>,
}

/// The entries of a chunk.
pub fn encode(chunk: &Chunk) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + chunk.entries.len() * 33);
    out.push(VERSION);
    for e in &chunk.entries {
        out.extend(e.id().0.as_bytes());
        out.extend(e.track_id().0.as_bytes());
        // what the library says it will say again
        let passing = |f: &&Fault| matches!(f.source, FaultSource::Library | FaultSource::Unreachable);
        let fault = e.fault().filter(|f| !passing(f)).cloned();
        let forgotten = e.fault().is_some_and(|f| f.source == FaultSource::Forgotten);
        let facts = forgotten.then(|| e.plan(e.id()));
        let noted = fault.is_some();
        out.push(u8::from(e.place.is_some()) * PLACED + u8::from(noted) * NOTED);
        if let Some(place) = e.place {
            out.extend(place.get().to_le_bytes());
        }
        if noted {
            let json = serde_json::to_vec(&Notes { fault, facts }).unwrap_or_default();
            out.extend((json.len() as u32).to_le_bytes());
            out.extend(json);
        }
    }
    out
}

/// The entries that were encoded; `track` is what the library knows now.
pub fn decode(position: i64, bytes: &[u8], track: impl Fn(TrackId) -> Option<Arc<Track>>) -> Result<Chunk, Unreadable> {
    let mut left = Reader { bytes, at: 0 };
    if left.take::<1>()? != [VERSION] {
        return Err(Unreadable(0));
    }
    let mut entries = Vec::with_capacity(bytes.len() / 33);
    while left.at < bytes.len() {
        let id = EntryId(Uuid::from_bytes(left.take()?));
        let track_id = TrackId(Uuid::from_bytes(left.take()?));
        let [flags] = left.take()?;
        let place = if flags & PLACED != 0 { NonZeroU64::new(u64::from_le_bytes(left.take()?)) } else { None };
        let mut notes = Notes::default();
        if flags & NOTED != 0 {
            let length = u32::from_le_bytes(left.take()?) as usize;
            let start = left.at;
            let json = bytes.get(start..start.saturating_add(length)).ok_or(Unreadable(start))?;
            notes = serde_json::from_slice(json).map_err(|_| Unreadable(start))?;
            left.at += length;
        }
        entries.push(entry(id, track_id, place, notes, track(track_id)));
    }
    Ok(Chunk { position, entries })
}

fn entry(
    id: EntryId,
    track_id: TrackId,
    place: Option<NonZeroU64>,
    notes: Notes,
    known: Option<Arc<Track>>,
) -> QueueEntry {
    let speakers = notes.fault.filter(|f| f.source == FaultSource::Speakers);
    if let Some(track) = known {
        return QueueEntry::of(id, track).kept(speakers, place);
    }
    let plan = notes.facts.unwrap_or_else(|| PlanEntry { entry: id, track: track_id, ..PlanEntry::default() });
    let fault = Fault { reason: super::FORGOTTEN.into(), source: FaultSource::Forgotten };
    QueueEntry::forgotten(plan, fault, place)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let end = self.at + N;
        let part = self.bytes.get(self.at..end).and_then(|b| b.try_into().ok()).ok_or(Unreadable(self.at))?;
        self.at = end;
        Ok(part)
    }
}
