//! The speakers that still play when a coordinator returns on another clock: their claims, and what these agree on.
//!
//! The file `takeover.rs` has the zone's part.

use std::collections::BTreeMap;

use downbeat_protocol::{ServerTime, SpeakerId, Timeline, agent_message::ClockShift};

use super::{answer::Ticket, claim::Claim, command::Command, saved::SavedSegment};

/// So long after the start speakers may come and still be taken up, microseconds.
const PATIENCE_US: i64 = 60_000_000;
/// So long after the first one came its shift is waited for, microseconds: eight bursts take two seconds, and more on a
/// slow network ...
const FIRST_US: i64 = 15_000_000;
/// ... and so long after that those of the others.
const OTHERS_US: i64 = 700_000;

/// The time in which what speakers play may be taken up.
#[derive(Debug, Clone, PartialEq)]
pub struct Returning {
    /// The line that was kept.
    pub(super) line: Timeline,
    /// The segments that were kept with it, to be kept on.
    pub(super) kept: Vec<SavedSegment>,
    until: ServerTime,
    decide: Option<ServerTime>,
    pub(super) claims: BTreeMap<SpeakerId, (Claim, Option<f64>)>,
    shifted: bool,
    /// The commands that people gave meanwhile.
    pub(super) commands: Vec<(Ticket, Command)>,
}

impl Returning {
    /// For a zone that played by `line`, the last of `kept`, before this process began.
    pub fn new(line: Timeline, kept: Vec<SavedSegment>, now: ServerTime) -> Self {
        let until = now.plus_micros(PATIENCE_US);
        Self { line, kept, until, decide: None, claims: BTreeMap::new(), shifted: false, commands: Vec::new() }
    }

    /// When something is to be done without an input.
    pub fn next_timeout(&self) -> ServerTime {
        self.decide.map_or(self.until, |d| d.min(self.until))
    }

    pub(super) fn claim(&mut self, now: ServerTime, speaker: SpeakerId, claim: Claim) {
        // one that comes again has measured the same two clocks
        let shift = self.claims.remove(&speaker).and_then(|(_, shift)| shift);
        self.claims.insert(speaker, (claim, shift));
        self.decide.get_or_insert(now.plus_micros(FIRST_US));
    }

    pub(super) fn shift(&mut self, now: ServerTime, speaker: SpeakerId, shift: &ClockShift) {
        if shift.from == self.line.clock_id
            && shift.shift_us.is_finite()
            && let Some((_, told)) = self.claims.get_mut(&speaker)
        {
            *told = Some(shift.shift_us);
            if !std::mem::replace(&mut self.shifted, true) {
                self.decide = Some(now.plus_micros(OTHERS_US));
            }
            if self.claims.values().all(|(_, shift)| shift.is_some()) {
                self.decide = Some(now);
            }
        }
    }

    /// The newest timeline that speakers play by, and the median of their shifts.
    pub(super) fn agreed(&self) -> Option<(&Claim, i64)> {
        let mut shifts: Vec<f64> = self.claims.values().filter_map(|(_, shift)| *shift).collect();
        shifts.sort_by(f64::total_cmp);
        let middle = shifts.len() / 2;
        let median = match shifts.len() {
            0 => return None,
            n if n % 2 == 1 => shifts[middle],
            _ => f64::midpoint(shifts[middle - 1], shifts[middle]),
        };
        let newest = self.claims.values().map(|(claim, _)| claim).max_by_key(|c| c.revision)?;
        Some((newest, median.round() as i64))
    }
}
