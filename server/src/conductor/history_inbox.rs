//! The messages about what speakers sounded that wait to be kept, and how much of it all is kept.

use downbeat_protocol::{SpeakerId, history::History};
use tokio::sync::mpsc;

/// Messages that may wait.
const WAITING: usize = 256;

/// How much history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryLimits {
    /// Days; 0: for ever.
    pub days: u32,
    /// Stretches.
    pub stretches: u64,
}

impl Default for HistoryLimits {
    fn default() -> Self {
        Self { days: 400, stretches: 5_000_000 }
    }
}

/// The end where messages are handed in.
#[derive(Debug)]
pub(super) struct HistoryInbox(pub(super) mpsc::Sender<(SpeakerId, History)>);

/// The other end.
pub(super) type Messages = mpsc::Receiver<(SpeakerId, History)>;

impl HistoryInbox {
    pub(super) fn new() -> (Self, Messages) {
        let (sender, messages) = mpsc::channel(WAITING);
        (Self(sender), messages)
    }
}
