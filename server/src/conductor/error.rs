//! Why the conductor did not do what it was asked to.

use downbeat_protocol::SpeakerId;

use crate::{store::StoreError, zone::Refusal};

/// In words for the one who asked.
#[derive(Debug, thiserror::Error)]
pub enum ConductorError {
    /// No zone has this id or name.
    #[error("there is no zone {0:?}")]
    UnknownZone(String),
    /// No speaker has this id.
    #[error("there is no speaker {0}")]
    UnknownSpeaker(SpeakerId),
    /// The zone says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is in force, but would be lost with the process.
    #[error("it is in force, but cannot be kept: {0}")]
    NotKept(String),
    /// It could not be kept, and was not done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A connected speaker cannot be forgotten.
    #[error("{0:?} is connected; switch it off before it is forgotten, or it will be back at once")]
    SpeakerConnected(String),
    /// The coordinator is shutting down.
    #[error("the coordinator is stopping")]
    Stopping,
}
