//! The conductor: what it holds, for the files that perform with it.

use std::{
    collections::HashMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicU64, AtomicUsize},
    },
    time::Duration,
};

use downbeat_protocol::{ServerTime, ZoneId, server_message::Settings};
use tokio::sync::RwLockWriteGuard;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    arrivals::Arrivals,
    book_inbox::BookInbox,
    chirps::Chirps,
    history_inbox::{HistoryInbox, HistoryLimits},
    speaker_saver::SpeakerSaver,
    zone_cell::ZoneCell,
};
use crate::{changes::Changes, clock::ServerClock, fleet::Fleet};
use downbeat_library::Library;
use downbeat_store::Store;
use downbeat_zone::ZoneSettings;

/// The settings of the conductor.
#[derive(Debug, Clone)]
pub struct ConductorSettings {
    /// Of every zone.
    pub zone: ZoneSettings,
    /// The settings that all speakers share.
    pub speaker: Settings,
    /// How often speakers are told where they should be.
    pub position_check: Duration,
    /// How much of what was played is kept.
    pub history: HistoryLimits,
    /// The most speakers that are known.
    pub max_speakers: usize,
    /// The most zones.
    pub max_zones: usize,
    /// Addresses that bring as many new speakers as there is room for.
    pub proxies: Vec<std::net::IpAddr>,
}

/// The conductor; clones share it.
#[derive(Clone)]
pub struct Conductor(pub(super) Arc<ConductorState>);

pub(super) struct ConductorState {
    pub(super) clock: ServerClock,
    /// When this began.
    pub(super) started: ServerTime,
    pub(super) fleet: Fleet,
    pub(super) library: Library,
    pub(super) store: Store,
    pub(super) settings: ConductorSettings,
    pub(super) zones: RwLock<HashMap<ZoneId, Arc<ZoneCell>>>,
    /// Held while what is kept of speakers and zones is changed: read, write, apply in one piece. A speaker that says
    /// hello changes nothing but itself, so any number of them share it.
    pub(super) edits: tokio::sync::RwLock<()>,
    pub(super) speaker_saver: SpeakerSaver,
    pub(super) history: HistoryInbox,
    pub(super) books: BookInbox,
    pub(super) arrivals: Arrivals,
    pub(super) chirps: Chirps,
    /// The number of entries in the queues of all zones.
    pub(super) queued: AtomicUsize,
    pub(super) changes: Changes,
    pub(super) next_ticket: AtomicU64,
    pub(super) next_connection: AtomicU64,
    pub(super) tasks: TaskTracker,
    pub(super) stopping: CancellationToken,
}

/// Held while what is kept of speakers and zones is changed.
pub(crate) type EditGuard<'a> = RwLockWriteGuard<'a, ()>;

impl Conductor {
    /// Waits until no other change is under way, and begins one: read, write, apply in one piece.
    pub(crate) async fn edit(&self) -> EditGuard<'_> {
        self.0.edits.write().await
    }

    /// The clock all plans are written in.
    pub fn clock(&self) -> ServerClock {
        self.0.clock
    }

    /// The marks of what changes in zones, speakers and presets.
    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// The speakers.
    pub fn fleet(&self) -> &Fleet {
        &self.0.fleet
    }

    /// The music.
    pub fn library(&self) -> &Library {
        &self.0.library
    }

    /// The store, which survives a power cut.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The speakers that chirp.
    pub(crate) fn chirps(&self) -> &Chirps {
        &self.0.chirps
    }

    /// The settings that it was started with.
    pub fn settings(&self) -> &ConductorSettings {
        &self.0.settings
    }
}
