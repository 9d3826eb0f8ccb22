//! Decides what must be fetched, decoded and sounding, from what the coordinator says.
//!
//! Pure: `handle(now, input, out)` takes messages, the clock and the renderer's reports, and answers with
//! [`Action`]s that the shell performs. One voice an entry: opened (fetched and decoded) ahead of its time, then
//! handed to the renderer with its line and its gate. What sounds is only disturbed when the timeline says so.

use downbeat_protocol::{
    EntryId, LocalTime,
    server_message::{Level, Session, Settings},
};

use super::{input::Counters, next_clock::ClockChange, track::Track};
use crate::{clock::ClockEstimate, render::report::RenderReport};

/// The time that a start needs besides the card's queue, microseconds: the way to the callback and a period.
pub(super) const MARGIN_US: i64 = 20_000;
/// The queue that is assumed of a card of which nothing is known yet, microseconds.
const UNKNOWN_QUEUE_US: i64 = 60_000;

/// The player's state.
#[derive(Debug)]
pub struct Player {
    pub(super) next_voice: u64,
    pub(super) tracks: Vec<Track>,
    pub(super) session: Option<Session>,
    /// The session that is heard until `session` begins, if that lies ahead.
    pub(super) previous: Option<Session>,
    pub(super) clock: Option<ClockEstimate>,
    pub(super) change: Option<ClockChange>,
    pub(super) level: Level,
    pub(super) settings: Settings,
    pub(super) report: Option<RenderReport>,
    pub(super) rate: u32,
    pub(super) queue_us: i64,
    pub(super) told_lead_us: i64,
    pub(super) output_fault: Option<String>,
    pub(super) next_report: LocalTime,
    /// The entries asked for last, with their hashes: a file that is tagged anew is another one under the same entry.
    pub(super) prefetched: Vec<(EntryId, String)>,
    pub(super) counters: Counters,
}

impl Player {
    /// A player that knows nothing yet.
    pub fn new(now: LocalTime) -> Self {
        Self {
            next_voice: 1,
            tracks: Vec::new(),
            session: None,
            previous: None,
            clock: None,
            change: None,
            level: Level::default(),
            settings: Settings::default(),
            report: None,
            rate: 48_000,
            queue_us: UNKNOWN_QUEUE_US,
            told_lead_us: 0,
            output_fault: None,
            next_report: now,
            prefetched: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// Counters kept elsewhere.
    pub fn set_counters(&mut self, counters: Counters) {
        self.counters = counters;
    }

    /// How many voices it knows: opened, sounding, or failed and to be tried again.
    pub fn voices(&self) -> usize {
        self.tracks.len()
    }

    /// The session it plays by, for a coordinator that returns.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// True while something sounds or is about to.
    pub fn is_playing(&self) -> bool {
        self.session.as_ref().and_then(|s| s.timeline.as_ref()).is_some_and(|t| t.running)
    }

    /// How far ahead of now an instant must lie to be met, microseconds.
    pub fn lead_us(&self) -> i64 {
        self.queue_us + MARGIN_US + self.settings.output_delay_us.max(0)
    }
}
