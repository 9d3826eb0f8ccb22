//! Which timeline is heard when.
//!
//! A change is decided before it is heard: until its instant the old sound goes on. So playback is a list of segments,
//! each holding from its instant on; nearly always there is one, and for the fraction of a second before a change two.

use downbeat_protocol::{EntryId, Frames, PlanEntry, ServerTime, Timeline};

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

/// What holds from an instant on.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// From when.
    pub from: ServerTime,
    /// What is heard; `None`: nothing.
    pub timeline: Option<Timeline>,
    /// The timeline's entry and the coming ones; empty if there is no timeline.
    pub plan: Vec<PlanEntry>,
    /// How it was told.
    pub change: Change,
    /// The next entry sounds as well, and is the current one: a crossfade is under way.
    pub next_begun: bool,
}

/// What ends an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// When the timeline's own entry ends.
    pub end: ServerTime,
    /// When the next one begins, not after that, and the timeline told from it.
    pub next: Option<(ServerTime, Timeline)>,
}

/// Where the sound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// In which entry.
    pub entry: EntryId,
    /// At which frame of it.
    pub frame: Frames,
    /// Whether it advances.
    pub running: bool,
}

/// The most changes that may lie ahead.
const MAX_SEGMENTS: usize = 8;

/// Never empty; in order of `from`.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    segments: Vec<Segment>,
}

impl Segment {
    /// Silence from `from` on.
    pub fn silence(from: ServerTime) -> Self {
        Self { from, timeline: None, plan: Vec::new(), change: Change::Stop, next_begun: false }
    }

    /// What is heard at `t`, if this segment holds then.
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

    /// What ends the timeline's own entry, if it is running.
    pub fn boundary(&self) -> Option<Boundary> {
        let timeline = self.timeline.as_ref().filter(|t| t.running)?;
        let mut schedule = timeline.schedule(&self.plan);
        let end = schedule.next()?.end;
        let next = schedule.next().map(|s| {
            let timeline = Timeline {
                entry: self.plan[s.index].entry,
                anchor_server_us: s.line.anchor,
                anchor_media_frames: s.line.frames,
                ..timeline.clone()
            };
            (s.start, timeline)
        });
        Some(Boundary { end, next })
    }

    /// The entries that sound: its own, and the next one if that has begun.
    pub fn head(&self) -> &[PlanEntry] {
        let count = 1 + usize::from(self.next_begun);
        self.plan.get(..count).unwrap_or(&self.plan)
    }

    /// When an entry behind its head begins, or would: until then the plan can be another.
    pub fn head_ends(&self) -> Option<ServerTime> {
        let timeline = self.timeline.as_ref().filter(|t| t.running)?;
        let mut schedule = timeline.schedule(&self.plan).skip(self.head().len() - 1);
        let last = schedule.next()?;
        Some(schedule.next().map_or(last.end, |next| next.start.min(last.end)))
    }
}

impl Playback {
    /// Nothing is heard.
    pub fn silent(from: ServerTime) -> Self {
        Self { segments: vec![Segment::silence(from)] }
    }

    /// What was heard or decided before a restart, in order of `from`; `None` of nothing.
    pub fn resumed(segments: Vec<Segment>) -> Option<Self> {
        (!segments.is_empty()).then_some(Self { segments })
    }

    /// What holds in the end, when every change has come.
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

    /// What holds at `t`.
    pub fn heard(&self, t: ServerTime) -> &Segment {
        self.segments.iter().rev().find(|s| s.from <= t).unwrap_or(&self.segments[0])
    }

    /// From its instant on, this one holds and no other.
    pub fn change(&mut self, segment: Segment) {
        self.segments.retain(|s| s.from < segment.from);
        if self.segments.len() >= MAX_SEGMENTS {
            self.segments.remove(0);
        }
        self.segments.push(segment);
    }

    /// Forgets what is over.
    pub fn settle(&mut self, now: ServerTime) {
        while self.segments.get(1).is_some_and(|s| s.from <= now) {
            self.segments.remove(0);
        }
    }

    /// When something happens by itself: a change comes into force, or the entry ends.
    pub fn next_event(&self) -> Option<ServerTime> {
        match self.segments.get(1) {
            Some(next) => Some(next.from),
            None => self.last().boundary().map(|b| match b.next {
                Some((start, _)) if !self.last().next_begun => start.min(b.end),
                _ => b.end,
            }),
        }
    }
}
