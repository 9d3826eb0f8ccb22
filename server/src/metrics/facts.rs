//! The facts that figures are made of, as they are when somebody asks.

use std::{path::PathBuf, sync::Arc};

use downbeat_protocol::report::{Health, Position};
use downbeat_zone::{View, sync::Sync};

use super::process::ProcessFacts;

/// All facts of one answer.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Of the coordinator.
    pub coordinator: CoordinatorFacts,
    /// Of each zone.
    pub zones: Vec<ZoneFacts>,
    /// Of each speaker; none if people want less.
    pub speakers: Vec<SpeakerFacts>,
}

/// The coordinator.
#[derive(Debug, Clone, Default)]
pub struct CoordinatorFacts {
    /// The process.
    pub process: ProcessFacts,
    /// The time of its start, seconds since 1970.
    pub started_s: f64,
    /// Server time, seconds.
    pub server_time_s: f64,
    /// The wall clock, seconds since 1970.
    pub wall_s: f64,
    /// The wall clock was set since the machine's start.
    pub wall_is_set: bool,
    /// Connections, and files that are sent.
    pub connections: usize,
    /// The most that there may be.
    pub connections_most: usize,
    /// Clients that follow events.
    pub followers: usize,
    /// Speakers that are known.
    pub speakers: usize,
    /// Of these, those that are connected.
    pub connected: usize,
    /// Keys of speakers by their state.
    pub keys: Vec<(&'static str, usize)>,
    /// The number of zones.
    pub zones: usize,
    /// A scan is under way.
    pub scanning: bool,
    /// Files that may be music, found by this scan or the last one.
    pub scan_found: u64,
    /// Of these, looked at.
    pub scan_done: u64,
    /// Of these, those that cannot be played.
    pub scan_failed: u64,
    /// The length of the last scan, seconds.
    pub scan_took_s: Option<f64>,
    /// The end of the last scan, seconds since 1970.
    pub scan_ended_s: Option<f64>,
    /// Results could not be saved, or files could not be looked at.
    pub scan_fault: bool,
    /// The music folders, and whether each is there.
    pub folders: Vec<(PathBuf, bool)>,
    /// Tracks, playable or not.
    pub tracks: usize,
    /// Tracks that can be played.
    pub playable: u64,
    /// Of these, those with a hash.
    pub hashed: u64,
    /// Of these, those whose loudness and waveform are known.
    pub analysed: u64,
}

/// A zone.
#[derive(Debug, Clone)]
pub struct ZoneFacts {
    /// As it shows itself.
    pub view: View,
    /// The agreement of its speakers.
    pub sync: Sync,
}

/// A speaker.
#[derive(Debug, Clone, Default)]
pub struct SpeakerFacts {
    /// The name of its zone.
    pub zone: Arc<str>,
    /// Its name; another speaker may have the same.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The kind of program.
    pub class: &'static str,
    /// The state of its key.
    pub key: &'static str,
    /// It is connected; with encryption?
    pub connected: Option<bool>,
    /// Its version.
    pub version: String,
    /// Its volume as it comes out, 0..=1.
    pub volume: f64,
    /// Its last report of a position, unless that is old.
    pub position: Option<Position>,
    /// Its last report of its machine, unless that is old.
    pub health: Option<Health>,
}
