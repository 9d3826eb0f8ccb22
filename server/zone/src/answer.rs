//! The answers to commands: the ticket by which a command is known, and the reasons to refuse it.

use downbeat_protocol::EntryId;

/// Names a command until it is answered: the caller's own number, handed back in [`crate::Action::Answer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Why a zone did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to play.
    #[error("the queue is empty; play a track or add one to the queue first")]
    QueueEmpty,
    /// The command needs a current entry.
    #[error("nothing is playing or paused; start something first")]
    NothingPlaying,
    /// The queue has no such entry.
    #[error("the queue has no entry {0}")]
    NoSuchEntry(EntryId),
    /// Neither this nor anything after it can be played.
    #[error("cannot play {title:?}: {reason}")]
    Unplayable {
        /// Of the entry.
        title: String,
        /// The reason, for people.
        reason: String,
    },
    /// Behind the end of the entry.
    #[error("the position lies past the end: the track is {length_s:.3} s long", length_s = *length_ms as f64 / 1e3)]
    PastEnd {
        /// How long it is, milliseconds.
        length_ms: i64,
    },
    /// A and B do not make a loop.
    #[error(
        "a loop begins before it ends, takes half a second at least, and lies within the track ({length_s:.3} s)",
        length_s = *length_ms as f64 / 1e3
    )]
    BadLoop {
        /// How long the track is, milliseconds.
        length_ms: i64,
    },
    /// More entries than a queue holds.
    #[error("a queue holds at most {limit} entries")]
    QueueFull {
        /// The most entries that a queue holds.
        limit: usize,
    },
    /// More to be done later than a zone keeps.
    #[error(
        "a zone keeps at most {commands} commands for later, with {tracks} tracks in all; call some off, or ask again \
         nearer to the instant"
    )]
    TooMuchPending {
        /// The most commands that are kept.
        commands: usize,
        /// The most tracks that these may name together.
        tracks: usize,
    },
}
