//! One zone at work, and those who wait for its decisions.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
};

use downbeat_protocol::{ServerTime, server_message::Session};
use tokio::sync::{Notify, oneshot};

use super::{listening::Listening, zone_saver::ZoneSaver};
use crate::{pace::Used, request_id::RequestId};
use downbeat_store::ZoneRow;
use downbeat_zone::{
    Refusal, Ticket, View, Zone, calibration::Calibrating, metronome::Ticking, sync::SyncWindow, telemetry::ZonePast,
};

/// One zone with what it needs around it.
pub(crate) struct ZoneCell {
    pub(super) core: Mutex<Core>,
    /// The number of entries for which its queue counts among those of all zones.
    pub(super) queued: AtomicUsize,
    /// How far apart the speakers were of late.
    pub(crate) sync: Mutex<SyncWindow>,
    /// What it was at in the last day.
    pub(crate) past: Mutex<ZonePast>,
    pub(crate) saver: ZoneSaver,
    /// What it is listening to, if it is a book.
    pub(super) listening: Mutex<Listening>,
    /// The next timeout may have changed.
    pub(super) changed: Notify,
    /// The zone is deleted.
    pub(super) gone: tokio_util::sync::CancellationToken,
}

pub(crate) struct Core {
    pub(crate) zone: Zone,
    /// Since it was switched on last.
    pub(crate) metronome: Option<Ticking>,
    /// How often that was set.
    pub(crate) metronome_used: Used,
    /// The one that began last.
    pub(crate) calibration: Option<Calibrating>,
    /// The request that changed last what is played.
    pub(super) request: Option<RequestId>,
    pub(super) waiting: HashMap<Ticket, oneshot::Sender<Decision>>,
    /// The last revision that was handed to the saver.
    pub(crate) saved: u64,
}

pub(crate) struct Decision {
    pub(super) result: Result<ServerTime, Refusal>,
    pub(super) saved: u64,
    pub(super) view: View,
}

/// The end where the decision of a command arrives.
pub(crate) type Deciding = oneshot::Receiver<Decision>;

/// The result of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// When it is heard.
    pub at: ServerTime,
    /// The zone right after the decision.
    pub view: View,
}

impl Core {
    /// The session with the request that it follows from.
    pub(super) fn requested(&self, session: Session) -> Session {
        Session { request: self.request.as_ref().map(ToString::to_string), ..session }
    }
}

impl ZoneCell {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn save(&self, zone: &Zone, now: ServerTime) {
        self.saver.save(row(zone, now), zone.queue().snapshot());
    }
}

fn row(zone: &Zone, now: ServerTime) -> ZoneRow {
    let (volume, muted) = zone.level();
    let session = serde_json::to_string(&zone.save(now)).unwrap_or_default();
    ZoneRow {
        id: zone.id(),
        name: zone.name().to_owned(),
        volume,
        muted,
        open_to_guests: zone.is_open_to_guests(),
        session,
        revision: zone.revision(),
    }
}
