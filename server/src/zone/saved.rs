//! What is kept of a zone across a restart of the coordinator.
//!
//! A coordinator that is started again on the same boot of the same machine reads the same clock as before: then the
//! timeline itself is taken up, and to the speakers nothing has happened. On another clock the last position is taken
//! up as a pause, unless speakers come that still play (see [`super::returning`]).

use downbeat_protocol::{ClockId, Frames, PlanEntry, ServerTime, Timeline, server_message::Continues, volume::Volume};
use serde::{Deserialize, Serialize};

use super::{
    playback::{Change, Playback, Segment},
    queue::Queue,
    returning::Returning,
    state::{Zone, within},
    view::PlayState,
};

/// The revision after a restart begins this much later than the one kept: what was told to speakers in the last moment
/// before a crash may not have been kept, and they ignore what is older than they know.
pub(super) const REVISION_GAP: u64 = 1_000;

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
    /// What was heard, or decided to be heard, in order; empty if that was silence.
    #[serde(default)]
    pub heard: Vec<Heard>,
    /// How the clock before the present one and this one go together, for speakers that still play by that.
    #[serde(default)]
    pub continues: Option<Continues>,
}

/// A part of the playback, as it is kept: what follows its entry comes from the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// From when.
    pub from: ServerTime,
    /// The line; `None`: silence.
    pub timeline: Option<Timeline>,
    /// The timeline's entry, which may be out of the queue by now.
    pub entry: Option<PlanEntry>,
}

impl Saved {
    /// A revision that is so much later than all that speakers know is no news to them that was lost before a crash.
    pub const BEYOND_ANY_CLAIM: u64 = 2 * REVISION_GAP;

    /// The same queue and position, held: what was heard then is over.
    #[must_use]
    pub fn held_where_it_was(self) -> Self {
        Self { heard: Vec::new(), continues: None, ..self }
    }

    /// The clock that the parts are told on.
    fn clock(&self) -> Option<ClockId> {
        self.heard.iter().find_map(|h| h.timeline.as_ref()).map(|t| t.clock_id)
    }

    /// The line that was running in the end.
    fn running(&self) -> Option<&Timeline> {
        self.heard.last()?.timeline.as_ref().filter(|t| t.running)
    }
}

impl Zone {
    /// What is to be kept, as of `now`.
    pub fn save(&self, now: ServerTime) -> Saved {
        let view = self.view(now);
        let mut queue = self.queue.clone();
        if let Some(e) = &view.entry {
            queue.set_current(Some(e.id()));
        }
        let parts = self.playback.segments();
        let silent = parts.iter().all(|s| s.timeline.is_none());
        let heard = parts.iter().filter(|_| !silent).map(|s| Heard {
            from: s.from,
            timeline: s.timeline.clone(),
            entry: s.own_entry().cloned(),
        });
        // while speakers may still come that play, what they play by must outlive another restart
        let heard = self.returning.as_ref().map_or_else(|| heard.collect(), |r| r.kept.clone());
        let held = view.state != PlayState::Stopped;
        Saved { queue, held, position: view.position, heard, continues: self.continues }
    }

    /// Takes up what was kept: queue, volumes, and what was playing (see the [module](self)). To be called before the
    /// first input.
    pub fn restore(&mut self, now: ServerTime, saved: Saved, revision: u64, volume: Volume, muted: bool) {
        (self.volume, self.muted) = (volume, muted);
        self.revision = revision.saturating_add(REVISION_GAP);
        self.kept_revision = Some(revision);
        let (clock, running) = (saved.clock(), saved.running().cloned());
        self.queue = saved.queue;
        let playback = Playback::resumed(saved.heard.iter().filter_map(|h| self.part(h)).collect());
        if let Some(playback) = playback.filter(|_| clock == Some(self.clock_id)) {
            self.playback = playback;
            self.continues = saved.continues;
            let current = self.playback.last().own_entry().map(|e| e.entry);
            self.queue.set_current(current.or(self.queue.current().map(super::QueueEntry::id)));
            // entries may have ended meanwhile; nobody is here yet to be told
            self.advance(now, &mut Vec::new());
            return;
        }
        self.returning = running.filter(|t| t.clock_id != self.clock_id).map(|t| Returning::new(t, saved.heard, now));
        let Some(entry) = self.queue.current().filter(|_| saved.held).map(|e| e.plan.clone()) else { return };
        let timeline = self.timeline(entry.entry, within(saved.position, &entry), now, false);
        let plan = self.queue.plan_from(&entry, entry.entry);
        self.playback = Playback::silent(now);
        self.playback.change(Segment { from: now, timeline: Some(timeline), plan, change: Change::Pause });
    }

    fn part(&self, heard: &Heard) -> Option<Segment> {
        let Some(timeline) = heard.timeline.clone() else { return Some(Segment::silence(heard.from)) };
        let entry = heard.entry.as_ref()?;
        let plan = self.queue.plan_from(entry, entry.entry);
        let change = if timeline.running { Change::Play } else { Change::Pause };
        Some(Segment { from: heard.from, timeline: Some(timeline), plan, change })
    }
}
