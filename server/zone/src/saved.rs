//! The state of a zone that is kept across a restart of the coordinator.
//!
//! A coordinator that is started again on the same boot of the same machine reads the same clock as before: then the
//! timeline itself is taken up, and to the speakers nothing has happened. On another clock the last position is taken
//! up as a pause, unless speakers come that still play (see [`super::returning`]).

use std::sync::Arc;

use downbeat_protocol::{
    ClockId, EntryId, Frames, PlanEntry, ServerTime, Timeline, TrackId,
    server_message::{Continues, Fading},
};
use serde::{Deserialize, Serialize};

use super::{
    agenda::SavedAgenda,
    program::ProgramState,
    queue::{FORGOTTEN, Fault, FaultSource, Queue, QueueEntry},
    track::Track,
};

/// The revision after a restart begins this much later than the one kept: what was told to speakers in the last moment
/// before a crash may not have been kept, and they ignore what is older than they know.
pub(super) const REVISION_GAP: u64 = 1_000;

/// A zone's session, as it is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Saved {
    /// The way through the queue, which is kept in rows of its own.
    #[serde(default)]
    pub way: ProgramState,
    /// The queue came to its end by itself, and goes on as soon as more is found.
    #[serde(default)]
    pub dry: bool,
    /// As the version before kept its queue; see [`Saved::old_queue`].
    #[serde(default, rename = "queue", skip_serializing_if = "Option::is_none")]
    pub(super) old: Option<OldQueue>,
    /// The revision with which the entries of the queue came to stand as they do.
    #[serde(default)]
    pub arrangement: Option<u64>,
    /// The rest that still sounded of the entry before: a crossfade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fading: Option<Fading>,
    /// True if there was a position to return to.
    #[serde(default)]
    pub held: bool,
    /// The frame then heard of the current entry.
    #[serde(default)]
    pub position: Frames,
    /// The segments that were heard, or decided to be heard, in order; empty if that was silence.
    #[serde(default)]
    pub heard: Vec<SavedSegment>,
    /// How the clock before the present one and this one go together, for speakers that still play by that.
    #[serde(default)]
    pub continues: Option<Continues>,
    /// The commands that people want done later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<SavedAgenda>,
}

/// A queue with all its entries, as it was kept before they had rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OldQueue {
    entries: Vec<OldEntry>,
    current: Option<EntryId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OldEntry {
    #[serde(flatten)]
    plan: PlanEntry,
    fault: Option<Fault>,
}

/// A part of the playback, as it is kept: what follows its entry comes from the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedSegment {
    /// The instant from which it holds.
    pub from: ServerTime,
    /// The line; `None`: silence.
    pub timeline: Option<Timeline>,
    /// The timeline's entry, which may be out of the queue by now.
    pub entry: Option<PlanEntry>,
    /// How long the next one was told to overlap it, microseconds.
    #[serde(default)]
    pub overlap_us: Option<u32>,
}

impl Saved {
    /// A revision that is so much later than all that speakers know is no news to them that was lost before a crash.
    pub const BEYOND_ANY_CLAIM: u64 = 2 * REVISION_GAP;

    /// The same queue and position, held: what was heard then is over.
    #[must_use]
    pub fn held_where_it_was(self) -> Self {
        Self { heard: Vec::new(), fading: None, continues: None, pending: None, ..self }
    }

    /// The clock that the parts are told on.
    pub(super) fn clock(&self) -> Option<ClockId> {
        self.heard.iter().find_map(|h| h.timeline.as_ref()).map(|t| t.clock_id)
    }

    /// Takes out the queue of a session that the version before kept, if it is one; `track` is what the library knows.
    pub fn old_queue(&mut self, track: impl Fn(TrackId) -> Option<Arc<Track>>) -> Option<Queue> {
        let old = self.old.take()?;
        self.way.current = self.way.current.or(old.current);
        let entry = |e: OldEntry| {
            let by_speakers = e.fault.filter(|f| f.source == FaultSource::Speakers);
            if let Some(track) = track(e.plan.track) {
                return QueueEntry::of(e.plan.entry, track).kept(by_speakers, None);
            }
            let fault = Fault { reason: FORGOTTEN.into(), source: FaultSource::Forgotten };
            QueueEntry::forgotten(e.plan, fault, None)
        };
        Some(Queue::new(old.entries.into_iter().map(entry).collect()))
    }

    /// The line that was running in the end.
    pub(super) fn running(&self) -> Option<&Timeline> {
        self.heard.last()?.timeline.as_ref().filter(|t| t.running)
    }
}
