//! Performs what the zones decide.
//!
//! The zone cores read no clock and send nothing, the fleet knows no music, the store no time: here they meet, and
//! nowhere else. A zone's input is handled and its actions are performed under that zone's lock, so every speaker gets
//! the messages of a zone in the order in which they were decided. Nothing is awaited under a lock.
//!
//! - [`zones`]: inputs, actions, timers
//! - [`speaker_saver`]: keeps speakers in the store, many at once
//! - [`queues`]: what is asked of queues, and found for them
//! - [`recorder`]: keeps what speakers tell of what they sounded
//! - [`zone_saver`]: keeps a zone's state in the store, the newest state only, and says up to which revision it is kept
//! - [`speakers`]: connections come and go; what speakers report
//! - [`edits`]: what people set for speakers, one or many; [`zone_edits`]: zones made, renamed, deleted;
//!   [`presets`]: sets of zones under a name
//! - [`telemetry`]: how far apart a zone's speakers are; the metronome

mod dating;
mod edits;
mod error;
mod namesakes;
mod presets;
mod queues;
mod recorder;
mod speaker_saver;
mod speakers;
mod telemetry;
#[cfg(test)]
mod tests;
mod zone_edits;
mod zone_saver;
mod zones;

use std::{
    collections::HashMap,
    sync::{Arc, RwLock, atomic::AtomicU64},
    time::Duration,
};

use downbeat_protocol::{EntryId, ServerTime, ZoneId, server_message::Settings};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use edits::{HowLoud, SpeakerPatch};
pub use error::ConductorError;
pub use presets::{Preset, PresetSpeaker, PresetZone, Recalled};
pub use queues::{QueueMoment, QueuePage};
pub use recorder::HistoryLimits;
pub use speakers::{Admission, MAX_NAME_CHARS};
pub use zone_edits::ZonePatch;
pub use zones::Outcome;

use crate::{changes::Changes, clock::ServerClock, fleet::Fleet};
use downbeat_library::Library;
use downbeat_store::{Store, StoreError};
use downbeat_zone::{
    Queue, Saved, Zone, ZoneSettings,
    queue::{self, Chunk},
};
use recorder::Recorder;
use speaker_saver::SpeakerSaver;
use zones::ZoneCell;

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
}

/// The conductor; clones share it.
#[derive(Clone)]
pub struct Conductor(Arc<ConductorState>);

struct ConductorState {
    clock: ServerClock,
    /// When this began.
    started: ServerTime,
    fleet: Fleet,
    library: Library,
    store: Store,
    settings: ConductorSettings,
    zones: RwLock<HashMap<ZoneId, Arc<ZoneCell>>>,
    /// Held while what is kept of speakers and zones is changed: read, write, apply in one piece. A speaker that says
    /// hello changes nothing but itself, so any number of them share it.
    edits: tokio::sync::RwLock<()>,
    speaker_saver: SpeakerSaver,
    recorder: Recorder,
    changes: Changes,
    next_ticket: AtomicU64,
    next_connection: AtomicU64,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Conductor {
    /// Takes up what the store holds.
    pub async fn start(
        clock: ServerClock,
        library: Library,
        store: Store,
        settings: ConductorSettings,
    ) -> Result<Self, StoreError> {
        let changes = Changes::default();
        let fleet = Fleet::new(store.load_speakers().await?, changes.clone());
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (speaker_saver, keeping) = SpeakerSaver::new(store.clone(), stopping.clone());
        tasks.spawn(keeping);
        let (recorder, messages) = Recorder::new();
        let rows = store.load_zones().await?;
        let conductor = Self(Arc::new(ConductorState {
            clock,
            started: clock.now(),
            fleet,
            library,
            store,
            settings,
            zones: RwLock::default(),
            edits: tokio::sync::RwLock::default(),
            speaker_saver,
            recorder,
            changes,
            next_ticket: AtomicU64::new(1),
            next_connection: AtomicU64::new(1),
            tasks,
            stopping,
        }));
        for row in rows {
            let now = clock.now();
            let mut zone = Zone::new(row.id, row.name.clone(), clock.id(), conductor.0.settings.zone, now);
            let mut saved = if row.session.is_empty() {
                Saved::default()
            } else {
                serde_json::from_str(&row.session).unwrap_or_else(|error| {
                    tracing::warn!(zone = row.name, %error, "the kept session cannot be read and is left out");
                    Saved::default()
                })
            };
            let chunks = conductor.load_queue(row.id).await?;
            let kept = Queue::from_chunks(chunks);
            let written = kept.snapshot();
            let catalog = conductor.0.library.catalog();
            let queue = saved.old_queue(|id| catalog.track(id)).filter(|_| kept.is_empty()).unwrap_or(kept);
            let pending = saved.pending.take();
            zone.restore_pending(pending, |id| {
                Some(downbeat_zone::QueueEntry::of(EntryId::random(), catalog.track(id)?))
            });
            zone.restore(now, (saved, queue), row.revision, (row.volume, row.muted));
            conductor.open(zone, written);
        }
        conductor.0.tasks.spawn(conductor.clone().record(messages));
        conductor.0.tasks.spawn(conductor.clone().date_anew());
        Ok(conductor)
    }

    async fn load_queue(&self, zone: ZoneId) -> Result<Vec<Chunk>, StoreError> {
        let rows = self.0.store.load_queue(zone).await?;
        let catalog = self.0.library.catalog();
        let mut chunks = Vec::with_capacity(rows.len());
        for row in rows {
            match queue::decode(row.position, &row.entries, |id| catalog.track(id)) {
                Ok(chunk) => chunks.push(chunk),
                Err(error) => tracing::warn!(%zone, %error, "a part of the kept queue is left out"),
            }
        }
        Ok(chunks)
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

    /// The settings that it was started with.
    pub fn settings(&self) -> &ConductorSettings {
        &self.0.settings
    }

    /// Ends timers and keeps the last positions.
    pub async fn stop(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}
