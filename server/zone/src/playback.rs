//! The timelines of a zone, and when each of them is heard.
//!
//! A change is decided before it is heard: until its instant the old sound goes on. So playback is a list of segments,
//! each holding from its instant on; nearly always there is one, and before a change two. Never more: speakers keep
//! what they hear and one change that lies ahead, so a newer change takes the place of one that is still to come.

use downbeat_protocol::{
    EntryId, Frames, PlanEntry, ServerTime, Timeline, server_message::Fading, timeline::Scheduled,
};

/// By which message a change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// `play_track`
    Play,
    /// `pause`
    Pause,
    /// `resume`
    Resume,
    /// `seek`
    Seek,
    /// `stop`
    Stop,
    /// `plan_update`
    Plan,
}

/// The state of playback from an instant on.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The instant from which it holds.
    pub from: ServerTime,
    /// The timeline that is heard; `None`: nothing is.
    pub timeline: Option<Timeline>,
    /// The timeline's entry and the coming ones; empty if there is no timeline.
    pub plan: Vec<PlanEntry>,
    /// How it was told.
    pub change: Change,
}

/// The place of the sound: an entry and a frame of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// In which entry.
    pub entry: EntryId,
    /// At which frame of it.
    pub frame: Frames,
    /// True if it advances.
    pub running: bool,
}

/// Never empty; in order of `from`.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    segments: Vec<Segment>,
    /// The rest that still sounds of the entry before the first segment's own: a crossfade.
    fading: Option<Fading>,
}

impl Segment {
    /// Silence from `from` on.
    pub fn silence(from: ServerTime) -> Self {
        Self { from, timeline: None, plan: Vec::new(), change: Change::Stop }
    }

    /// The place that is heard at `t`, if this segment holds then.
    pub fn spot(&self, t: ServerTime) -> Option<Spot> {
        let timeline = self.timeline.as_ref()?;
        let (index, frame) = timeline.at(&self.plan, t)?;
        Some(Spot { entry: self.plan.get(index)?.entry, frame, running: timeline.running })
    }

    /// The entry of the timeline, as it is played.
    pub fn own_entry(&self) -> Option<&PlanEntry> {
        let timeline = self.timeline.as_ref()?;
        self.plan.iter().find(|e| e.entry == timeline.entry)
    }

    /// When the next entry begins (which is before the timeline's own ends, if they cross-fade) and on which timeline;
    /// without a next one, when the own entry ends.
    pub fn boundary(&self) -> Option<(ServerTime, Option<Timeline>)> {
        let timeline = self.timeline.as_ref().filter(|t| t.running)?;
        let mut schedule = timeline.schedule(&self.plan);
        let end = schedule.next()?.end;
        let Some(next) = schedule.next() else { return Some((end, None)) };
        Some((next.start, Some(self.timeline_of(&next)?)))
    }

    /// The same line, told from an entry of the plan.
    fn timeline_of(&self, entry: &Scheduled) -> Option<Timeline> {
        Some(Timeline {
            entry: self.plan[entry.index].entry,
            anchor_server_us: entry.line.anchor,
            anchor_media_frames: entry.line.frames,
            ..self.timeline.clone()?
        })
    }

    /// The same sound, told from the `nth` entry of its plan on.
    pub fn told_from(&self, nth: usize) -> Option<Self> {
        let entry = self.timeline.as_ref().filter(|t| t.running)?.schedule(&self.plan).nth(nth)?;
        let timeline = Some(self.timeline_of(&entry)?);
        Some(Self { from: entry.start, timeline, plan: self.plan[entry.index..].to_vec(), change: Change::Plan })
    }

    /// When each entry behind the timeline's own begins, and when the last one ends; nothing unless it runs.
    pub fn next_starts(&self) -> impl Iterator<Item = ServerTime> + '_ {
        let timeline = self.timeline.as_ref().filter(|t| t.running);
        let mut schedule = timeline.into_iter().flat_map(|t| t.schedule(&self.plan)).peekable();
        std::iter::from_fn(move || {
            let end = schedule.next()?.end;
            Some(schedule.peek().map_or(end, |next| next.start))
        })
    }

    /// The first instant at which another plan on the same timeline sounds otherwise; `None`: never, or it does not
    /// run.
    pub fn differs_from(&self, other: &Self) -> Option<ServerTime> {
        let same = self.plan.iter().zip(&other.plan).take_while(|(a, b)| a == b).count();
        // what differs only in its end sounds the same until one of them ends
        let begins_alike = match (self.plan.get(same), other.plan.get(same)) {
            (None, None) => return None,
            (Some(a), Some(b)) => *a == PlanEntry { end_frames: a.end_frames, ..b.clone() },
            _ => false,
        };
        let Some(boundary) = (if begins_alike { Some(same) } else { same.checked_sub(1) }) else {
            return self.timeline.as_ref().filter(|t| t.running).map(|t| t.anchor_server_us);
        };
        let boundary = |s: &Self| s.next_starts().nth(boundary);
        [boundary(self), boundary(other)].into_iter().flatten().min()
    }

    /// The timeline's own entry, if it sounds on when the next one begins.
    fn fading(&self) -> Option<Fading> {
        let timeline = self.timeline.as_ref().filter(|t| t.running)?;
        let overlap_us = timeline.schedule(&self.plan).nth(1)?.overlap_us;
        let entry = self.own_entry().filter(|_| overlap_us > 0)?.clone();
        let (anchor_server_us, anchor_media_frames) = (timeline.anchor_server_us, timeline.anchor_media_frames);
        Some(Fading { entry, anchor_server_us, anchor_media_frames })
    }
}

impl Playback {
    /// Nothing is heard.
    pub fn silent(from: ServerTime) -> Self {
        Self { segments: vec![Segment::silence(from)], fading: None }
    }

    /// The playback from before a restart: the segments that were heard or decided, in order of `from`, and the rest
    /// that still sounded of the entry before. `None` if there are no segments.
    pub fn resumed(segments: Vec<Segment>, fading: Option<Fading>) -> Option<Self> {
        (!segments.is_empty()).then_some(Self { segments, fading })
    }

    /// The segment that holds in the end, when every change has come.
    pub fn last(&self) -> &Segment {
        self.segments.last().expect("there is always a segment")
    }

    /// The same, to change it.
    pub fn last_mut(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("there is always a segment")
    }

    /// All of them, the one that is heard first.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segment that holds at `t`.
    pub fn heard(&self, t: ServerTime) -> &Segment {
        self.segments.iter().rev().find(|s| s.from <= t).unwrap_or(&self.segments[0])
    }

    /// The next entry has begun: `segment` tells the same line from there.
    pub fn reach(&mut self, segment: Segment) {
        self.fading = self.last().fading();
        *self.last_mut() = segment;
    }

    /// The rest that still sounds at `t` of the entry before the one that `segment`'s timeline tells.
    pub fn fading(&self, segment: &Segment, t: ServerTime) -> Option<&Fading> {
        let first = self.segments.first().is_some_and(|s| std::ptr::eq(s, segment));
        self.fading.as_ref().filter(|f| first && t < f.end())
    }

    /// From its instant on, this one holds and no other; until then the first one, which is heard now.
    pub fn change(&mut self, segment: Segment) {
        self.segments.truncate(1);
        self.segments.retain(|s| s.from < segment.from);
        if self.segments.is_empty() {
            self.fading = None;
        }
        self.segments.push(segment);
    }

    /// Forgets what is over.
    pub fn settle(&mut self, now: ServerTime) {
        while self.segments.get(1).is_some_and(|s| s.from <= now) {
            self.segments.remove(0);
            self.fading = None;
        }
    }

    /// When something happens by itself: a change comes into force, or the entry ends.
    pub fn next_event(&self) -> Option<ServerTime> {
        match self.segments.get(1) {
            Some(next) => Some(next.from),
            None => self.last().boundary().map(|(end, _)| end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downbeat_protocol::ClockId;
    use uuid::Uuid;

    const SECOND: i64 = 1_000_000;

    fn at(seconds: i64) -> ServerTime {
        ServerTime(seconds * SECOND)
    }

    fn entry(n: u128, overlap_us: u32) -> PlanEntry {
        let entry = EntryId(Uuid::from_u128(n));
        PlanEntry { entry, sample_rate: 48_000, frames: Frames(480_000), overlap_us, ..PlanEntry::default() }
    }

    fn segment(plan: Vec<PlanEntry>, from: ServerTime) -> Segment {
        let timeline = Timeline {
            clock_id: ClockId(Uuid::nil()),
            entry: plan[0].entry,
            anchor_server_us: from,
            anchor_media_frames: Frames(0),
            running: true,
        };
        Segment { from, timeline: Some(timeline), plan, change: Change::Play }
    }

    #[test]
    fn the_next_entry_is_reached_when_it_begins_and_the_old_one_fades_until_its_end() {
        let mut p = Playback::resumed(vec![segment(vec![entry(1, 0), entry(2, 2_000_000)], at(0))], None).unwrap();
        let (start, told) = p.last().boundary().unwrap();
        assert_eq!((start, p.next_event()), (at(8), Some(at(8))), "two seconds before the end");
        assert_eq!(p.fading(p.last(), at(7)), None);

        let plan = vec![entry(2, 2_000_000)];
        p.reach(Segment { from: start, timeline: told, plan, change: Change::Plan });
        assert_eq!(p.last().boundary(), Some((at(18), None)), "the last one ends with its end");
        let fading = p.fading(p.last(), at(9)).expect("the first sounds on");
        assert_eq!((fading.entry.entry, fading.end()), (entry(1, 0).entry, at(10)));
        assert_eq!(p.fading(p.last(), at(10)), None, "it has ended");

        p.change(segment(vec![entry(3, 0)], at(9)));
        assert_eq!(p.fading(p.last(), at(9)), None, "another line: nothing of the old one");
    }

    #[test]
    fn a_change_that_lies_ahead_leaves_the_fading_one() {
        let mut p = Playback::resumed(vec![segment(vec![entry(1, 0), entry(2, 2_000_000)], at(0))], None).unwrap();
        let (start, told) = p.last().boundary().unwrap();
        p.reach(Segment { from: start, timeline: told, plan: vec![entry(2, 0)], change: Change::Plan });
        p.change(segment(vec![entry(3, 0)], at(9)));
        assert!(p.fading(&p.segments()[0], at(8)).is_some() && p.fading(p.last(), at(8)).is_none());
        p.settle(at(9));
        assert_eq!(p.fading(p.last(), at(9)), None);
    }
}
