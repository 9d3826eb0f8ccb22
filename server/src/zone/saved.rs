//! What is kept of a zone across a restart of the coordinator.

use downbeat_protocol::{Frames, ServerTime, volume::Volume};
use serde::{Deserialize, Serialize};

use super::{
    playback::{Change, Playback, Segment},
    queue::Queue,
    state::{Zone, within},
    view::PlayState,
};

/// The revision after a restart begins this much later than the one kept: what was told to speakers in the last moment
/// before a crash may not have been kept, and they ignore what is older than they know.
const REVISION_GAP: u64 = 1_000;

/// A zone's session, as it is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Saved {
    /// The queue with its current entry.
    #[serde(default)]
    pub queue: Queue,
    /// Whether there was a position to return to.
    #[serde(default)]
    pub held: bool,
    /// The frame then heard of the current entry.
    #[serde(default)]
    pub position: Frames,
}

impl Zone {
    /// What is to be kept, as of `now`.
    pub fn save(&self, now: ServerTime) -> Saved {
        let view = self.view(now);
        let mut queue = self.queue.clone();
        if let Some(e) = &view.entry {
            queue.set_current(Some(e.id()));
        }
        Saved { queue, held: view.state != PlayState::Stopped, position: view.position }
    }

    /// Takes up what was kept: queue, volumes, and the last position as a pause. To be called before the first input.
    pub fn restore(&mut self, now: ServerTime, saved: Saved, revision: u64, volume: Volume, muted: bool) {
        self.queue = saved.queue;
        (self.volume, self.muted) = (volume, muted);
        self.revision = revision.saturating_add(REVISION_GAP);
        let Some(entry) = self.queue.current().filter(|_| saved.held).map(|e| e.plan.clone()) else { return };
        let timeline = self.timeline(entry.entry, within(saved.position, &entry), now, false);
        let plan = self.queue.plan_from(&entry, entry.entry);
        self.playback = Playback::silent(now);
        self.playback.change(Segment { from: now, timeline: Some(timeline), plan, change: Change::Pause });
    }
}
