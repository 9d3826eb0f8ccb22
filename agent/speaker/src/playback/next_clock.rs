//! The clock that takes the place of the one that is played by.

use downbeat_protocol::{
    ClockId,
    server_message::{Level, Session},
};

use super::input::Change;
use crate::clock::ClockEstimate;

/// The clock that comes.
#[derive(Debug, Clone)]
pub(super) struct ClockChange {
    pub(super) to: ClockId,
    pub(super) estimate: Option<ClockEstimate>,
    pub(super) told: Vec<(Session, Change)>,
    pub(super) level: Option<Level>,
}
