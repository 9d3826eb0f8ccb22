//! A start in preparation: who was asked, who is primed, who cannot, and how long to wait.

use std::collections::{BTreeMap, BTreeSet};

use downbeat_protocol::{EntryId, Frames, ServerTime, SpeakerId, agent_message::ClientError};

use super::{
    answer::Ticket,
    playback::Change,
    queue::{Fault, FaultSource},
};

/// The codes by which a speaker says that the file is at fault, and not the speaker itself.
const ENTRY_FAULTS: &[&str] =
    &["fetch_failed", "hash_mismatch", "decode_failed", "unsupported", "not_found", "corrupt", "unplayable"];

/// True if this error says something about the entry, rather than about the speaker that reports it.
pub fn blames_entry(error: &ClientError) -> bool {
    ENTRY_FAULTS.contains(&error.code.as_str())
}

/// The fault that an entry is marked with if all members say this of it.
pub fn fault_of(error: &ClientError) -> Fault {
    let lost = matches!(error.code.as_str(), "fetch_failed" | "not_found");
    let source = if lost { FaultSource::Unreachable } else { FaultSource::Speakers };
    Fault { reason: error.detail.clone(), source }
}

/// A start that waits for its members.
#[derive(Debug, Clone, PartialEq)]
pub struct Readiness {
    /// Named in `prepare` and `ready`.
    pub prepare_id: u64,
    /// The occurrence that is to start.
    pub entry: EntryId,
    /// From which frame.
    pub from: Frames,
    /// Told by which message.
    pub change: Change,
    /// The earliest instant at which it may be heard.
    pub at: Option<ServerTime>,
    /// The instant until which members are waited for.
    pub deadline: ServerTime,
    /// Speakers have been asked: the file's hash is known.
    pub identified: bool,
    /// The tickets of the commands that wait to know when the start is heard.
    pub tickets: Vec<Ticket>,
    waiting: BTreeSet<SpeakerId>,
    /// Asked, and not waited for.
    spare: BTreeSet<SpeakerId>,
    ready: BTreeSet<SpeakerId>,
    refused: BTreeMap<SpeakerId, ClientError>,
}

/// The outcome of a preparation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Start, for those that are ready (or on paper if nobody is).
    Start,
    /// Nobody can play the entry, for this reason.
    Unplayable(Fault),
}

impl Readiness {
    /// A preparation that waits for the first of the `members`, and takes the answers of the others.
    pub fn new(
        (prepare_id, deadline, identified): (u64, ServerTime, bool),
        (entry, from, change): (EntryId, Frames, Change),
        at: Option<ServerTime>,
        tickets: Vec<Ticket>,
        members: (impl Iterator<Item = SpeakerId>, impl Iterator<Item = SpeakerId>),
    ) -> Self {
        let (waiting, spare) = (members.0.collect(), members.1.collect());
        let (ready, refused) = (BTreeSet::new(), BTreeMap::new());
        Self { prepare_id, entry, from, change, at, deadline, identified, tickets, waiting, spare, ready, refused }
    }

    /// Takes an answer. One to an earlier preparation, or from someone who was not asked, is not counted.
    pub fn answer(&mut self, speaker: SpeakerId, prepare_id: u64, error: Option<ClientError>) {
        if prepare_id != self.prepare_id || !(self.waiting.remove(&speaker) || self.spare.remove(&speaker)) {
            return;
        }
        match error {
            None => {
                self.ready.insert(speaker);
            }
            Some(error) => {
                self.refused.insert(speaker, error);
            }
        }
    }

    /// Nobody waits for one who left.
    pub fn left(&mut self, speaker: SpeakerId) {
        self.waiting.remove(&speaker);
        self.spare.remove(&speaker);
        self.ready.remove(&speaker);
        self.refused.remove(&speaker);
    }

    /// True if no member is waited for any more.
    pub fn complete(&self, now: ServerTime) -> bool {
        (self.identified && self.waiting.is_empty()) || now >= self.deadline
    }

    /// Those that were waited for in vain.
    pub fn silent(&self) -> impl Iterator<Item = SpeakerId> {
        self.waiting.iter().copied()
    }

    /// True if this speaker is primed.
    pub fn is_ready(&self, speaker: SpeakerId) -> bool {
        self.ready.contains(&speaker)
    }

    /// The decision, as things are now. Speakers with a fault of their own (a lost sound card) have no vote on the
    /// file.
    pub fn verdict(&self) -> Verdict {
        if !self.identified {
            let reason = "its file could not be read in time".into();
            return Verdict::Unplayable(Fault { reason, source: FaultSource::Unreachable });
        }
        let mut blame = self.refused.values().filter(|e| blames_entry(e));
        match blame.next() {
            Some(error) if self.ready.is_empty() && self.waiting.is_empty() => Verdict::Unplayable(fault_of(error)),
            _ => Verdict::Start,
        }
    }
}
