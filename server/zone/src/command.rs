//! The inputs of a zone: commands of people, news of its members and of the library.

use std::sync::Arc;

use downbeat_protocol::{
    EntryId, ServerTime, SpeakerId, TrackId,
    agent_message::{ClientError, ClockShift},
    handshake::SpeakerClass,
    volume::Volume,
};

use super::{
    answer::Ticket,
    claim::Claim,
    modes::{Autoplay, Loudness, Repeat},
    position::{EntryPosition, QueuePosition},
    queue::QueueEntry,
    track::Track,
};

/// Anything a zone is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A person wants something. Answered exactly once, by [`super::Action::Answer`].
    Command(Ticket, Command),
    /// A speaker of this zone connected, or moved here.
    Joined {
        /// The speaker.
        speaker: SpeakerId,
        /// The kind of speaker.
        class: SpeakerClass,
        /// Its round trip as far as known, microseconds.
        round_trip_us: Option<f64>,
        /// The plan that it plays by, from before its connection.
        claim: Option<Box<Claim>>,
    },
    /// A speaker measured how the clock it plays by and this zone's go together.
    ClockShift {
        /// The speaker.
        speaker: SpeakerId,
        /// The measured relation of the two clocks.
        shift: ClockShift,
    },
    /// A speaker disconnected, or moved away.
    Left {
        /// The speaker.
        speaker: SpeakerId,
    },
    /// A speaker wants to hear the whole state again.
    StateRequested {
        /// The speaker.
        speaker: SpeakerId,
    },
    /// A speaker answered `prepare`.
    Ready {
        /// The speaker.
        speaker: SpeakerId,
        /// The number of the preparation that it answers.
        prepare_id: u64,
        /// The entry that it was asked to prepare.
        entry: EntryId,
        /// How far ahead of its arrival a start must lie, microseconds.
        lead_us: i64,
        /// Why it cannot play the entry.
        error: Option<ClientError>,
    },
    /// A speaker cannot play an entry of the plan that nobody asked it about yet.
    MemberFault {
        /// The speaker.
        speaker: SpeakerId,
        /// The entry of the plan.
        entry: EntryId,
        /// The reason.
        error: ClientError,
    },
    /// A speaker measured its round trip.
    RoundTrip {
        /// The speaker.
        speaker: SpeakerId,
        /// The round trip, microseconds.
        micros: f64,
    },
    /// A speaker needs so much time ahead of an instant now: more waits in its sound card while it plays.
    Lead {
        /// The speaker.
        speaker: SpeakerId,
        /// The time that it needs, microseconds.
        micros: i64,
    },
    /// The settings that people made for the loudness of these speakers changed. They are to be told, for one instant.
    LevelsChanged {
        /// The speakers.
        speakers: Vec<SpeakerId>,
        /// The instant from which they hold, if later than possible.
        at: Option<ServerTime>,
    },
    /// The library changed.
    Tracks(Vec<TrackNews>),
    /// The entries that were found to go on with, for [`super::Action::More`].
    More(Vec<QueueEntry>),
    /// The instant of [`super::Zone::next_timeout`] has come.
    Timeout,
}

/// The library's news of a track that is queued here.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackNews {
    /// The track.
    pub track: TrackId,
    /// The track as it is now; `None`: the library does not know it any more.
    pub now: Option<Arc<Track>>,
}

/// The wishes that a person can have of a zone. `at` is the earliest instant at which the change may be heard; `None`:
/// as soon as all speakers can.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Replace the queue and start.
    Play {
        /// The new queue.
        entries: Vec<QueueEntry>,
        /// The index in `entries` at which to begin. An entry that cannot be played is skipped.
        start: usize,
        /// The place in that entry at which to begin.
        from: EntryPosition,
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// Start an entry of the queue as it is.
    Jump {
        /// The entry to start.
        entry: EntryId,
        /// The place in it at which to begin.
        from: EntryPosition,
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// Hold at the frame then heard.
    Pause {
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// Go on where it is held; a stopped zone starts its queue.
    Resume {
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// Go on elsewhere in the current entry; a paused zone stays paused there.
    Seek {
        /// The place to go on from.
        to: EntryPosition,
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// Silence; the next start begins the current entry anew.
    Stop {
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// The next entry that can be played; after the last one, the end.
    Next {
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// The start of the current entry; the entry before if it is hardly begun.
    Previous {
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// How loud.
    Volume {
        /// The zone's volume; `None`: as it is.
        volume: Option<Volume>,
        /// Muted or not; `None`: as it is.
        muted: Option<bool>,
        /// How long the change takes, milliseconds.
        ramp_ms: u32,
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// Add to the queue.
    Enqueue {
        /// The new entries.
        entries: Vec<QueueEntry>,
        /// Their place in the queue.
        place: QueuePosition,
    },
    /// Put these behind the current entry, and start the first of them that can be played.
    PlayNow {
        /// The new entries.
        entries: Vec<QueueEntry>,
        /// The earliest instant at which it may be heard.
        at: Option<ServerTime>,
    },
    /// Put these in the place of everything but what sounds.
    Replace {
        /// The new entries.
        entries: Vec<QueueEntry>,
    },
    /// Take out of the queue. If it is the current entry, the next one starts.
    Remove {
        /// The entry to take out.
        entry: EntryId,
    },
    /// Take several out of the queue; those that are not in it do not matter.
    RemoveMany {
        /// The entries to take out.
        entries: Vec<EntryId>,
    },
    /// Put entries of the queue elsewhere in it, together and in this order.
    Move {
        /// The entries to move, in their new order.
        entries: Vec<EntryId>,
        /// Their new place; an index counts the entries that stay.
        place: QueuePosition,
    },
    /// Change how the zone goes through its queue.
    Modes(ModesPatch),
    /// Both in one: `Modes` and `Loop`, or nothing of it.
    Session(ModesPatch, Option<(EntryPosition, EntryPosition)>),
    /// Play a part of the current entry over and over, or no longer so.
    Loop(Option<(EntryPosition, EntryPosition)>),
    /// Take everything out of the queue but what sounds.
    Clear,
    /// Do nothing of what was to be done later.
    CallOff,
}

/// The changes that a person wants of a zone's modes; `None`: as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModesPatch {
    /// The rule of repetition at the end of the queue, or of each entry.
    pub repeat: Option<Repeat>,
    /// The seed of a shuffled order, or the queue's order.
    pub shuffle: Option<Option<u64>>,
    /// For how long two entries overlap, microseconds.
    pub crossfade_us: Option<u32>,
    /// The measure by which tracks are made equally loud.
    pub loudness: Option<Loudness>,
    /// How much louder than the reference level, dB.
    pub preamp_db: Option<f32>,
    /// How far below full scale peaks stay without a limiter, dB.
    pub headroom_db: Option<f32>,
    /// True: speakers limit peaks.
    pub limiter: Option<bool>,
    /// The choice of the tracks that are added when the queue comes to its end.
    pub autoplay: Option<Autoplay>,
}

impl Command {
    /// Not before this instant.
    pub fn at(&self) -> Option<ServerTime> {
        match self {
            Self::Play { at, .. }
            | Self::PlayNow { at, .. }
            | Self::Jump { at, .. }
            | Self::Pause { at }
            | Self::Resume { at }
            | Self::Seek { at, .. }
            | Self::Stop { at }
            | Self::Next { at }
            | Self::Previous { at }
            | Self::Volume { at, .. } => *at,
            _ => None,
        }
    }

    /// True if it changes what is heard, other than how loud.
    pub fn changes_what_is_played(&self) -> bool {
        matches!(
            self,
            Self::Play { .. }
                | Self::PlayNow { .. }
                | Self::Jump { .. }
                | Self::Pause { .. }
                | Self::Resume { .. }
                | Self::Seek { .. }
                | Self::Stop { .. }
                | Self::Next { .. }
                | Self::Previous { .. }
        )
    }

    /// The name that people know the command by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Play { .. } | Self::PlayNow { .. } | Self::Jump { .. } => "play",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Seek { .. } => "seek",
            Self::Stop { .. } => "stop",
            Self::Next { .. } => "next",
            Self::Previous { .. } => "previous",
            Self::Volume { .. } => "volume",
            _ => "edit",
        }
    }

    /// The tracks that it brings with it.
    pub(super) fn tracks(&self) -> &[QueueEntry] {
        match self {
            Self::Play { entries, .. } | Self::PlayNow { entries, .. } => entries,
            _ => &[],
        }
    }
}
