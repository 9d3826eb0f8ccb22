//! A zone's session, kept, and taken up again after a restart (see [`super::saved`]).

use downbeat_protocol::{PlanEntry, ServerTime, Timeline, volume::Volume};

use super::{
    playback::{Change, Playback, Segment},
    program::Program,
    queue::{Queue, QueueEntry},
    returning::Returning,
    saved::{REVISION_GAP, Saved, SavedSegment},
    state::{Zone, file_frame, within},
    view::PlayState,
};

impl Zone {
    /// The state to keep, as of `now`.
    pub fn save(&self, now: ServerTime) -> Saved {
        let view = self.view(now);
        let current = view.entry.as_ref().or(self.program.queue().current()).map(QueueEntry::id);
        let way = self.program.way(current);
        let parts = self.playback.segments();
        let silent = parts.iter().all(|s| s.timeline.is_none());
        let heard = parts.iter().filter(|_| !silent).map(|s| SavedSegment {
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
            position: file_frame(view.entry.as_ref(), view.position),
            heard,
            continues: self.continues,
            pending: self.kept_pending(),
        }
    }

    /// Takes up what was kept: queue, volumes, and what was playing (see [`super::saved`]). To be called before the
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
        let timeline = self.timeline(entry.entry, within(saved.position, &entry), now, false);
        self.playback = Playback::silent(now);
        self.playback.change(self.segment(now, timeline, entry, Change::Pause));
    }

    fn part(&self, heard: &SavedSegment) -> Option<Segment> {
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
