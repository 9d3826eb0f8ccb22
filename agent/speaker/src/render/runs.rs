//! The frames that were really rendered, for the history: the renderer counts the frames of each voice and tells them
//! by a ring of its own. A plan that says an entry should sound is no proof that it did.
//!
//! Runs in the real-time callback: a few comparisons a chunk, nothing allocated.

use downbeat_protocol::{ClockId, Frames, ServerTime, timeline::Line};

use super::gate::VoiceId;

/// Told at once: more breaks than this before the other end reads cannot be, but for a machine that stands still.
const ROOM: usize = 512;

/// A run of one voice: frames rendered one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardRun {
    /// The voice of the run.
    pub voice: VoiceId,
    /// Grows with every run of the voice.
    pub run: u32,
    /// Its first frame.
    pub from: Frames,
    /// The frame before which it ended, or up to which it has come.
    pub to: Frames,
    /// When the first frame is heard, ...
    pub at: ServerTime,
    /// ... on this clock.
    pub clock: ClockId,
    /// The volume was 0.
    pub silent: bool,
    /// It has ended.
    pub over: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    number: u32,
    from: i64,
    to: i64,
    at: ServerTime,
    silent: bool,
}

/// The runs of one voice.
#[derive(Debug, Default)]
pub(super) struct Runs {
    next: u32,
    silent: bool,
    open: Option<Run>,
    /// Ended and not told yet.
    ended: Option<Run>,
    /// Ended, and never told: another ended before there was time to.
    overwritten: u64,
}

impl Runs {
    /// The frames up to `to` were rendered, from `from` on.
    pub(super) fn rendered(&mut self, from: i64, to: i64, line: &Line) {
        match &mut self.open {
            Some(run) => run.to = run.to.max(to),
            None if to > from => {
                let at = line.instant_of(Frames(from));
                self.open = Some(Run { number: self.next, from, to, at, silent: self.silent });
                self.next += 1;
            }
            None => {}
        }
    }

    /// From now on it is silent, or is not any more.
    pub(super) fn silence(&mut self, silent: bool) {
        if self.silent != silent {
            self.cut();
            self.silent = silent;
        }
    }

    /// Ends the open run: the frames that come are another one.
    pub(super) fn cut(&mut self) {
        if let Some(run) = self.open.take() {
            self.overwritten += u64::from(self.ended.replace(run).is_some());
        }
    }

    /// Its instants are told on another clock.
    pub(super) fn shift(&mut self, us: i64) {
        for run in [&mut self.open, &mut self.ended].into_iter().flatten() {
            run.at = run.at.plus_micros(us);
        }
    }
}

/// The ring that runs are told by.
#[derive(Debug)]
pub(super) struct Tell {
    ring: rtrb::Producer<HeardRun>,
    clock: Option<ClockId>,
    lost: u64,
}

impl Tell {
    /// And its other end.
    pub(super) fn new() -> (Self, rtrb::Consumer<HeardRun>) {
        let (ring, heard) = rtrb::RingBuffer::new(ROOM);
        (Self { ring, clock: None, lost: 0 }, heard)
    }

    /// The clock that instants are told on.
    pub(super) fn clock(&mut self, clock: ClockId) {
        self.clock = Some(clock);
    }

    /// Tells of a run that ended, if one did.
    pub(super) fn ended(&mut self, voice: VoiceId, runs: &mut Runs) {
        self.lost += std::mem::take(&mut runs.overwritten);
        if let Some(run) = runs.ended.take() {
            self.push(voice, run, true);
        }
    }

    /// Tells how far the run that lasts has come. Where room is scarce, it is left for what ends.
    pub(super) fn progress(&mut self, voice: VoiceId, runs: &Runs) {
        if let Some(run) = runs.open.filter(|_| self.ring.slots() > ROOM / 2) {
            self.push(voice, run, false);
        }
    }

    /// Runs whose end was not told: that found no room, or were followed by another end at once.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    fn push(&mut self, voice: VoiceId, run: Run, over: bool) {
        let Some(clock) = self.clock else { return };
        let (from, to) = (Frames(run.from), Frames(run.to));
        let heard = HeardRun { voice, run: run.number, from, to, at: run.at, clock, silent: run.silent, over };
        if self.ring.push(heard).is_err() && over {
            self.lost += 1;
        }
    }
}
