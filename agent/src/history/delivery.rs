//! When to tell the coordinator what it does not have yet.
//!
//! Pure. One message at a time, and the next only after the answer to it: a coordinator to which a thousand speakers
//! return with weeks of history sets the pace itself.

use downbeat_protocol::{LocalTime, history::History};

use super::journal::Journal;

/// Stretches of a message: some seven kilobytes, little enough for a time exchange beside it.
const BATCH: usize = 16;
/// After a connection, so that what is needed to play goes first, nanoseconds.
const SETTLE_NS: i64 = 1_000_000_000;
/// Between an answer and the next message, nanoseconds.
const PAUSE_NS: i64 = 250_000_000;
/// Without an answer it is told again after this, nanoseconds.
const PATIENCE_NS: i64 = 30_000_000_000;

/// The state of the delivery: the message under way, and when the next may go.
#[derive(Debug, Default)]
pub struct Delivery {
    wanted: bool,
    /// The last sequence number of the message that is not answered.
    told: Option<u64>,
    not_before: LocalTime,
}

impl Delivery {
    /// A connection is up; `wanted`: its coordinator keeps a history.
    pub fn connected(&mut self, now: LocalTime, wanted: bool) {
        *self = Self { wanted, told: None, not_before: now.plus_nanos(SETTLE_NS) };
    }

    /// The connection is gone.
    pub fn disconnected(&mut self) {
        self.wanted = false;
    }

    /// The coordinator has all up to this one.
    pub fn kept(&mut self, now: LocalTime, sequence: u64) {
        if self.told.is_some_and(|told| told <= sequence) {
            self.told = None;
            self.not_before = now.plus_nanos(PAUSE_NS);
        }
    }

    /// The message to tell now, if there is one.
    pub fn next(&mut self, now: LocalTime, journal: &Journal) -> Option<History> {
        if !self.wanted || journal.waiting() == 0 || now < self.not_before {
            return None;
        }
        let stretches = journal.oldest(BATCH);
        self.told = stretches.last().map(|s| s.sequence);
        self.not_before = now.plus_nanos(PATIENCE_NS);
        Some(History { dropped: journal.dropped(), stretches })
    }

    /// When to ask again, while something waits.
    pub fn due(&self, journal: &Journal) -> Option<LocalTime> {
        (self.wanted && journal.waiting() > 0).then_some(self.not_before)
    }
}
