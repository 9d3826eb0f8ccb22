//! The state that a speaker says it plays by when it connects.

use downbeat_protocol::{ClockId, EntryId, PlanEntry, ServerTime, Timeline, agent_message::KnownState};

/// The state that one speaker plays by.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The clock.
    pub clock_id: ClockId,
    /// The revision of its timeline.
    pub revision: u64,
    /// The timeline, which is running.
    pub timeline: Timeline,
    /// The timeline's entry and what comes.
    pub plan: Vec<PlanEntry>,
}

impl Claim {
    /// The state that a speaker plays by, if it plays.
    pub fn of(known: &KnownState) -> Option<Self> {
        let timeline = known.timeline.clone().filter(|t| t.running && t.clock_id == known.clock_id)?;
        let own = known.plan.iter().position(|e| e.entry == timeline.entry)?;
        let plan = known.plan[own..].to_vec();
        Some(Self { clock_id: known.clock_id, revision: known.revision, timeline, plan })
    }

    /// The same sound, told from an entry that comes; `None` if it does not.
    pub(super) fn told_from(&self, entry: EntryId) -> Option<Self> {
        let s = self.timeline.schedule(&self.plan).find(|s| self.plan[s.index].entry == entry)?;
        let timeline = Timeline {
            entry,
            anchor_server_us: s.line.anchor,
            anchor_media_frames: s.line.frames,
            ..self.timeline.clone()
        };
        Some(Self { timeline, plan: self.plan[s.index..].to_vec(), ..self.clone() })
    }

    /// The same sound, told from the entry that is heard at `t`.
    pub(super) fn advanced_to(&self, t: ServerTime) -> Option<Self> {
        self.told_from(self.timeline.advanced_to(&self.plan, t)?.entry)
    }
}
