//! From what the renderer tells to stretches of entries.
//!
//! Pure. A stretch begins when a voice begins to sound and ends where its run does, but for two cases that nobody calls
//! an end: another voice takes the entry over on the same line, and a gap of less than a quarter of a second.

use std::collections::HashMap;

use downbeat_protocol::{
    ClockId, EntryId, Frames, LocalTime, PlanEntry, ServerTime, TrackId, ZoneId, history::Stretch, timeline::Line,
};
use serde::{Deserialize, Serialize};

use downbeat_speaker::{render::gate::VoiceId, render::runs::HeardRun};

/// How far a lasting stretch has come is noted this often, nanoseconds: a process that is killed loses no more.
const CHECKPOINT_NS: i64 = 10_000_000_000;
/// Younger ones are not worth a note, nanoseconds: laps of a loop are over by then.
const YOUNG_NS: i64 = 1_000_000_000;
/// A voice that goes on after a gap shorter than this part of a second goes on with the same stretch.
const GAP_PARTS: i64 = 4;
/// So long it is waited whether a stretch goes on, nanoseconds: a voice that ran dry takes a moment to begin again.
const LINGER_NS: i64 = 1_000_000_000;
/// Instants of one line differ by no more, microseconds.
const SAME_LINE_US: i64 = 2;
/// Runs of a stretch that may still be told of.
const RUNS: usize = 8;

/// A note about a stretch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// It began.
    Begun {
        /// Names it until it has a sequence number.
        key: u64,
        /// All of it, as far as it is known.
        stretch: Stretch,
    },
    /// It has come so far.
    Reached(Reach),
    /// It ended there.
    Ended(Reach),
}

/// How far a stretch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The stretch's key.
    pub key: u64,
    /// The frame before which it ends.
    pub to: Frames,
    /// Frames of it that were not sounded.
    pub missing: Frames,
}

/// The present moment, on three clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// By this machine's monotonic clock.
    pub local: LocalTime,
    /// By the coordinator's, if it is known.
    pub server: Option<(ClockId, ServerTime)>,
    /// By this machine's wall clock, microseconds since 1970.
    pub utc_us: i64,
}

/// The facts of a voice that its stretches need.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    zone: ZoneId,
    entry: EntryId,
    track: TrackId,
    hash: String,
    rate: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    name: (VoiceId, u32),
    from: Frames,
    to: Frames,
}

#[derive(Debug)]
struct Open {
    reach: Reach,
    /// As it began; until it is noted.
    stretch: Option<Stretch>,
    entry: EntryId,
    zone: ZoneId,
    silent: bool,
    clock: ClockId,
    line: Line,
    from: Frames,
    /// The one that sounds it is the last. They are told of in any order: one of a voice that takes over before the end
    /// of the other's.
    runs: Vec<Run>,
    /// Frames that are missing before the first of `runs`.
    missing_before: i64,
    begun: LocalTime,
    noted: LocalTime,
    noted_to: Frames,
    ended: Option<LocalTime>,
}

/// The stretches that last, and the voices that may sound.
#[derive(Debug)]
pub struct Stretches {
    voices: HashMap<VoiceId, Facts>,
    open: Vec<Open>,
    next_key: u64,
}

impl Stretches {
    /// None; the first is to have this key.
    pub fn new(next_key: u64) -> Self {
        Self { voices: HashMap::new(), open: Vec::new(), next_key }
    }

    /// The voice was handed to the renderer.
    pub fn sounds(&mut self, voice: VoiceId, zone: ZoneId, entry: &PlanEntry) {
        let facts =
            Facts { zone, entry: entry.entry, track: entry.track, hash: entry.hash.clone(), rate: entry.sample_rate };
        self.voices.insert(voice, facts);
    }

    /// The renderer is done with the voice, and has told all of it: but for ends that found no room. What this voice
    /// sounded last has ended all the same.
    pub fn gone(&mut self, now: LocalTime, voice: VoiceId) {
        self.voices.remove(&voice);
        for open in self.open.iter_mut().filter(|o| o.runs.last().is_some_and(|run| run.name.0 == voice)) {
            open.ended.get_or_insert(now);
        }
    }

    /// The renderer tells of a run.
    pub fn heard(&mut self, now: Moment, heard: &HeardRun, out: &mut Vec<Note>) {
        let name = (heard.voice, heard.run);
        let known = self.open.iter().position(|o| o.run(name).is_some()).or_else(|| self.goes_on(heard));
        let Some(index) = known else {
            self.begin(now, heard, out);
            return;
        };
        let open = &mut self.open[index];
        let run = Run { name, from: heard.from, to: heard.to };
        match open.run(name) {
            Some(index) => open.runs[index] = run,
            None => open.goes_on_with(run),
        }
        open.reach.to = open.reach.to.max(heard.to);
        open.reach.missing = open.missing();
        let ends = heard.over && open.run(name) == open.runs.len().checked_sub(1);
        if ends {
            open.ended = Some(now.local);
        }
        open.note(now.local, ends, out);
    }

    /// Time has passed: what did not go on has ended.
    pub fn tick(&mut self, now: LocalTime, out: &mut Vec<Note>) {
        self.end(now, |o| o.ended.is_some_and(|at| now.nanos_since(at) >= LINGER_NS), out);
    }

    /// Nothing more will be told.
    pub fn close(&mut self, now: LocalTime, out: &mut Vec<Note>) {
        self.end(now, |_| true, out);
    }

    fn end(&mut self, now: LocalTime, over: impl Fn(&Open) -> bool, out: &mut Vec<Note>) {
        self.open.retain_mut(|open| {
            if !over(open) {
                return true;
            }
            open.noted_to = open.reach.to;
            open.note(now, true, out);
            out.push(Note::Ended(open.reach));
            false
        });
    }

    /// The stretch that this run goes on with: of the same entry, on the same line, as loud, and near enough.
    fn goes_on(&self, heard: &HeardRun) -> Option<usize> {
        let facts = self.voices.get(&heard.voice)?;
        self.open.iter().position(|o| {
            let same = o.entry == facts.entry && o.zone == facts.zone;
            let near = heard.from.0 <= o.reach.to.0 + i64::from(o.line.rate) / GAP_PARTS && heard.from >= o.from;
            let off_us = o.line.instant_of(heard.from).0 - heard.at.0;
            let as_it_was = o.clock == heard.clock && o.silent == heard.silent;
            same && as_it_was && near && off_us.abs() <= SAME_LINE_US
        })
    }

    fn begin(&mut self, now: Moment, heard: &HeardRun, out: &mut Vec<Note>) {
        // one that was not announced is none of an entry
        let Some(facts) = self.voices.get(&heard.voice) else { return };
        let reach = Reach { key: self.next_key, to: heard.to, missing: Frames(0) };
        self.next_key += 1;
        let server = now.server.filter(|(clock, _)| *clock == heard.clock);
        let stretch = Stretch {
            sequence: 0,
            zone: facts.zone,
            entry: facts.entry,
            track: facts.track,
            hash: facts.hash.clone(),
            sample_rate: facts.rate,
            from_frames: heard.from,
            to_frames: heard.to,
            missing_frames: Frames(0),
            clock_id: heard.clock,
            at: heard.at,
            utc_us: server.map(|(_, server)| now.utc_us.saturating_sub(server.0.saturating_sub(heard.at.0))),
            silent: heard.silent,
            cut: false,
        };
        let mut open = Open {
            reach,
            stretch: Some(stretch),
            entry: facts.entry,
            zone: facts.zone,
            silent: heard.silent,
            clock: heard.clock,
            line: Line::new(heard.at, heard.from, facts.rate),
            from: heard.from,
            runs: vec![Run { name: (heard.voice, heard.run), from: heard.from, to: heard.to }],
            missing_before: 0,
            begun: now.local,
            noted: now.local,
            noted_to: heard.to,
            ended: heard.over.then_some(now.local),
        };
        open.note(now.local, false, out);
        self.open.push(open);
    }
}

impl Open {
    fn run(&self, name: (VoiceId, u32)) -> Option<usize> {
        self.runs.iter().position(|run| run.name == name)
    }

    fn goes_on_with(&mut self, run: Run) {
        if self.runs.len() >= RUNS {
            let gone = self.runs.remove(0);
            self.missing_before += self.runs.first().map_or(0, |next| (next.from.0 - gone.to.0).max(0));
        }
        self.runs.push(run);
        self.ended = None;
    }

    fn missing(&self) -> Frames {
        let gaps = self.runs.windows(2).map(|pair| (pair[1].from.0 - pair[0].to.0).max(0));
        Frames(self.missing_before + gaps.sum::<i64>())
    }

    /// Notes how far it has come, if that is due; `at_once`: whether it is or not.
    fn note(&mut self, now: LocalTime, at_once: bool, out: &mut Vec<Note>) {
        let begun = self.stretch.is_none();
        let due = if begun { now.nanos_since(self.noted) >= CHECKPOINT_NS } else { self.is_grown_up(now) };
        if !(due || at_once) {
            return;
        }
        if let Some(stretch) = self.stretch.take() {
            let Reach { key, to, missing } = self.reach;
            out.push(Note::Begun { key, stretch: Stretch { to_frames: to, missing_frames: missing, ..stretch } });
        } else if self.reach.to > self.noted_to {
            out.push(Note::Reached(self.reach));
        }
        (self.noted, self.noted_to) = (now, self.reach.to);
    }

    fn is_grown_up(&self, now: LocalTime) -> bool {
        now.nanos_since(self.begun) >= YOUNG_NS
    }
}
