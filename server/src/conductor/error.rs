//! Why the conductor did not do what it was asked to.

use downbeat_protocol::SpeakerId;

use crate::fleet::LabelError;
use downbeat_store::{PresetError, SpeakerError, StoreError, ZoneError};
use downbeat_zone::Refusal;

/// In words for the one who asked.
#[derive(Debug, thiserror::Error)]
pub enum ConductorError {
    /// No zone has this id or name.
    #[error("there is no zone {0:?}")]
    UnknownZone(String),
    /// No speaker has this id.
    #[error("there is no speaker {0}")]
    UnknownSpeaker(SpeakerId),
    /// No speaker has this id or name.
    #[error("there is no speaker {0:?}")]
    NoSuchSpeaker(String),
    /// More than one speaker has this name.
    #[error("{1} speakers are named {0:?}; name it by its id")]
    AmbiguousSpeaker(String, usize),
    /// No preset has this id or name.
    #[error("there is no preset {0:?}")]
    UnknownPreset(String),
    /// It is not what the one who asks has seen: somebody else was quicker.
    #[error("it was changed meanwhile; look at it again and decide anew")]
    Changed,
    /// The lower bound of a speaker's volume would lie above the upper one.
    #[error("the least volume of {0:?} would be greater than the most")]
    BoundsCross(String),
    /// A label is none.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Only the default zone may be called so.
    #[error("only the default zone may be called {0:?}: that name stands for it everywhere")]
    ReservedName(String),
    /// The zone says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is in force, but would be lost with the process until a later attempt succeeds.
    #[error("it is in force, but cannot be kept yet (that is tried again every few seconds): {0}")]
    NotKept(String),
    /// It could not be kept, and was not done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store says no to a zone, which was not changed.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The store says no to a preset, which was not changed.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// The store says no to a speaker, which was not changed.
    #[error(transparent)]
    Speaker(#[from] SpeakerError),
    /// A connected speaker cannot be forgotten.
    #[error("{0:?} is connected; switch it off before it is forgotten, or it will be back at once")]
    SpeakerConnected(String),
    /// Another speaker has this name.
    #[error(
        "the speaker {id} is named {name:?}{}",
        if *gone { " and is gone; replace it, or forget it" } else { "; choose another name" }
    )]
    SpeakerNameTaken {
        /// The name.
        name: String,
        /// The other speaker.
        id: SpeakerId,
        /// True if it is not connected.
        gone: bool,
    },
    /// Only a speaker that is gone can be replaced.
    #[error("{0:?} is connected; only the place of a speaker that is gone can be taken")]
    NotGone(String),
    /// There are as many as there may be.
    #[error("there are {most} {what} already, and there may not be more: delete some, or see docs/limits.md")]
    TooMany {
        /// Their kind.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// Too many new speakers or zones in a short time.
    #[error(
        "too many new speakers came from this address, or named new zones; they are let in one by one later. If it is \
         a proxy, name it with --proxy-address"
    )]
    TooManyNewcomers,
    /// Another machine is connected under this speaker's key or id.
    #[error(
        "another machine is connected under this speaker's key, or its id: the data folder was copied. The agent makes \
         a key of its own, and is to be adopted"
    )]
    Copied,
    /// It is asked for too often.
    #[error("{0}")]
    TooOften(String),
    /// Another calibration of this zone goes on.
    #[error("{0:?} is being calibrated by somebody; wait until that is over, or end it")]
    Calibrates(String),
    /// No speaker of the zone can sound a code.
    #[error("no connected speaker of {0:?} can take part: each is muted, has no volume, or has an old program")]
    NobodyToCalibrate(String),
    /// More speakers than fit into one calibration.
    #[error("{here} speakers are too many at once; name {most} of them at most")]
    TooManyToCalibrate {
        /// How many could take part.
        here: usize,
        /// How many may.
        most: usize,
    },
    /// The coordinator is shutting down.
    #[error("the coordinator is stopping")]
    Stopping,
}
