//! The actions that go out of a zone: the conductor owes each of them to the zone.

use downbeat_protocol::{
    ServerTime, SpeakerId, TrackId,
    server_message::{Prepare, Session},
    volume::Volume,
};

use super::{
    answer::{Refusal, Ticket},
    modes::Autoplay,
    playback::Change,
};

/// The speakers that a message goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Every connected member of the zone.
    All,
    /// One of them.
    One(SpeakerId),
}

/// The tasks of the caller of [`super::Zone::handle`]. They are done in this order.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an action that is not performed leaves the speakers behind the zone"]
pub enum Action {
    /// Send `prepare`.
    Prepare {
        /// The receivers.
        to: Audience,
        /// The message.
        message: Prepare,
    },
    /// Send the message that tells of this change: `play_track`, `pause`, ... or `plan_update`.
    Session {
        /// The receivers.
        to: Audience,
        /// The kind of the message.
        change: Change,
        /// Its content.
        session: Session,
    },
    /// Send `state_sync` to one speaker, completed by that speaker's own volume.
    StateSync {
        /// The speaker.
        to: SpeakerId,
        /// The session that is played.
        session: Session,
        /// The zone's volume.
        volume: Volume,
        /// True if the zone is muted.
        muted: bool,
    },
    /// Send `volume_change`, completed by each speaker's own volume.
    Volume {
        /// The receivers.
        to: Audience,
        /// The zone's revision.
        revision: u64,
        /// The zone's volume.
        volume: Volume,
        /// True if the zone is muted.
        muted: bool,
        /// The instant from which it holds.
        at: ServerTime,
        /// How long it takes, milliseconds.
        ramp_ms: u32,
    },
    /// Find out the hashes of these tracks' files, soon: they come next. The library's news then tell the zone.
    FindHashes {
        /// The nearest first.
        tracks: Vec<TrackId>,
    },
    /// Look for more to play; the answer is [`super::Input::More`], also if nothing was found.
    More {
        /// The choice of the tracks to look for.
        autoplay: Autoplay,
        /// The tracks that were played last and those that still come, the newest last. None of them is wanted again so
        /// soon.
        recent: Vec<TrackId>,
        /// The number of tracks to find, at most.
        count: usize,
    },
    /// Keep the zone's state, as of this revision. An [`Action::Answer`] that follows may be passed on only after that.
    Save,
    /// Tell the one who gave this ticket: done, to be heard at this instant; or not done, and why.
    Answer {
        /// The ticket of the command.
        ticket: Ticket,
        /// When it is heard, or why not.
        result: Result<ServerTime, Refusal>,
    },
}
