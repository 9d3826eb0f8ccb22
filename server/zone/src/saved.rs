//! The state of a zone that is kept across a restart of the coordinator.
//!
//! A coordinator that is started again on the same boot of the same machine reads the same clock as before: then the
//! timeline itself is taken up, and to the speakers nothing has happened. On another clock the last position is taken
//! up as a pause, unless speakers come that still play (see [`super::returning`]).

use std::sync::Arc;

use downbeat_protocol::{
    ClockId, EntryId, Frames, PlanEntry, ServerTime, Timeline, TrackId,
    server_message::{Continues, Fading},
    volume::Volume,
};
use serde::{Deserialize, Serialize};

use super::{
    pending::KeptPending,
    playback::{Change, Playback, Segment},
    program::{Program, Way},
    queue::{FORGOTTEN, Fault, FaultSource, Queue, QueueEntry},
    returning::Returning,
    state::{Zone, within},
    view::PlayState,
};
use crate::track::Track;

/// The revision after a restart begins this much later than the one kept: what was told to speakers in the last moment
/// before a crash may not have been kept, and they ignore what is older than they know.
pub(super) const REVISION_GAP: u64 = 1_000;

/// A zone's session, as it is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Saved {
    /// The way through the queue, which is kept in rows of its own.
    #[serde(default)]
    pub way: Way,
    /// The queue came to its end by itself, and goes on as soon as more is found.
    #[serde(default)]
    pub dry: bool,
    /// As the version before kept its queue; see [`Saved::old_queue`].
    #[serde(default, rename = "queue", skip_serializing_if = "Option::is_none")]
    old: Option<OldQueue>,
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
    pub heard: Vec<Heard>,
    /// How the clock before the present one and this one go together, for speakers that still play by that.
    #[serde(default)]
    pub continues: Option<Continues>,
    /// The commands that people want done later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<KeptPending>,
}

/// A queue with all its entries, as it was kept before they had rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OldQueue {
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
pub struct Heard {
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
    fn clock(&self) -> Option<ClockId> {
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
    fn running(&self) -> Option<&Timeline> {
        self.heard.last()?.timeline.as_ref().filter(|t| t.running)
    }
}

impl Zone {
    /// The state to keep, as of `now`.
    pub fn save(&self, now: ServerTime) -> Saved {
        let view = self.view(now);
        let current = view.entry.as_ref().or(self.program.queue().current()).map(QueueEntry::id);
        let way = self.program.way(current);
        let parts = self.playback.segments();
        let silent = parts.iter().all(|s| s.timeline.is_none());
        let heard = parts.iter().filter(|_| !silent).map(|s| Heard {
            from: s.from,
            timeline: s.timeline.clone(),
            entry: s.own_entry().cloned(),
            // if they were told of none, it is too late for a crossfade that should have begun by now
            overlap_us: Some(s.plan.get(1).map_or(0, |e| e.overlap_us)),
        });
        // while speakers may still come that play, what they play by must outlive another restart
        let heard = self.returning.as_ref().map_or_else(|| heard.collect(), |r| r.kept.clone());
        let held = view.state != PlayState::Stopped;
        // for who comes while it sounds; after a restart on another clock those who heard it begin play it to its end
        let fading = self.playback.fading(&parts[0], now).cloned();
        Saved {
            way,
            dry: self.dry,
            old: None,
            arrangement: Some(self.arrangement),
            fading,
            held,
            position: view.position,
            heard,
            continues: self.continues,
            pending: self.kept_pending(),
        }
    }

    /// Takes up what was kept: queue, volumes, and what was playing (see the [module](self)). To be called before the
    /// first input.
    pub fn restore(
        &mut self,
        now: ServerTime,
        (saved, queue): (Saved, Queue),
        revision: u64,
        (volume, muted): (Volume, bool),
    ) {
        (self.volume, self.muted) = (volume, muted);
        self.revision = revision.saturating_add(REVISION_GAP);
        self.kept_revision = Some(revision);
        let (clock, running) = (saved.clock(), saved.running().cloned());
        self.program = Program::restore(queue, saved.way);
        // what the library says of tracks may be another by now
        self.queue_version = self.revision;
        self.arrangement = saved.arrangement.unwrap_or(self.revision);
        self.counted = self.program.queue().edits();
        self.dry = saved.dry;
        let parts = saved.heard.iter().filter_map(|h| self.part(h)).collect();
        let playback = Playback::resumed(parts, saved.fading);
        if let Some(playback) = playback.filter(|_| clock == Some(self.clock_id)) {
            self.playback = playback;
            self.continues = saved.continues;
            let own = self.playback.last().own_entry().and_then(|e| self.program.occurrence(e.entry));
            if let Some(own) = own {
                self.program.point_at(own);
            }
            // entries may have ended meanwhile; nobody is here yet to be told
            self.advance(now, &mut Vec::new());
            return;
        }
        self.returning = running.filter(|t| t.clock_id != self.clock_id).map(|t| Returning::new(t, saved.heard, now));
        let cursor = self.program.cursor().filter(|_| saved.held);
        let Some(entry) = cursor.and_then(|c| self.program.head(c)) else { return };
        let timeline = self.timeline(entry.entry, within(saved.position, entry.frames), now, false);
        self.playback = Playback::silent(now);
        self.playback.change(self.segment(now, timeline, entry, Change::Pause));
    }

    fn part(&self, heard: &Heard) -> Option<Segment> {
        let Some(timeline) = heard.timeline.clone() else { return Some(Segment::silence(heard.from)) };
        let entry = heard.entry.as_ref()?;
        let change = if timeline.running { Change::Play } else { Change::Pause };
        Some(self.told_segment(heard.from, timeline, entry.clone(), change, heard.overlap_us))
    }

    /// `timeline` from then on, which is in `entry`, and behind it what the queue says.
    pub(super) fn segment(&self, from: ServerTime, timeline: Timeline, entry: PlanEntry, change: Change) -> Segment {
        let plan = self.program.plan(&entry).unwrap_or_else(|| vec![entry]);
        Segment { from, timeline: Some(timeline), plan, change }
    }

    /// The same for what speakers were told before: the next entry begins when they believe it does.
    pub(super) fn told_segment(
        &self,
        from: ServerTime,
        timeline: Timeline,
        entry: PlanEntry,
        change: Change,
        overlap_us: Option<u32>,
    ) -> Segment {
        let mut segment = self.segment(from, timeline, entry, change);
        if let (Some(overlap_us), Some(next)) = (overlap_us, segment.plan.get_mut(1)) {
            next.overlap_us = overlap_us;
        }
        segment
    }
}
