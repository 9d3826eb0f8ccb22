//! The agreement of a zone's speakers, and its metronome, as calls answer them.

use serde::Serialize;

use super::describe::ToSchema;
use downbeat_zone::{
    metronome::{INTERVAL_US, Ticking},
    sync::Sync,
};

/// The spread of the agents of a zone, microseconds, as their reports of the last seconds say; null where fewer than
/// two play. What a browser says of itself does not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncView {
    /// The latest minus the earliest.
    pub spread_us: Option<f64>,
    /// The bound of 95 % of the last five minutes, read once a second.
    pub p95_us: Option<f64>,
    /// The greatest of the last five minutes.
    pub max_us: Option<f64>,
    /// By how much the true spread may exceed `spreadUs`, for all that is known of clocks.
    pub bound_us: Option<f64>,
    /// The number of speakers that this is of.
    pub speakers: usize,
}

impl From<Sync> for SyncView {
    fn from(s: Sync) -> Self {
        let Sync { spread_us, bound_us, p95_us, max_us, speakers } = s;
        Self { spread_us, p95_us, max_us, bound_us, speakers }
    }
}

/// The metronome of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetronomeView {
    /// True if it ticks, or is about to.
    pub on: bool,
    /// The first tick, microseconds of server time; every fourth from there is louder.
    pub at: Option<i64>,
    /// From one tick to the next, microseconds.
    pub interval_us: u32,
    /// It ends by itself then, microseconds of server time.
    pub until: Option<i64>,
}

impl MetronomeView {
    /// As it is answered.
    pub fn of(ticking: Option<Ticking>) -> Self {
        Self {
            on: ticking.is_some(),
            at: ticking.map(|t| t.at.0),
            interval_us: INTERVAL_US,
            until: ticking.map(|t| t.until.0),
        }
    }
}
