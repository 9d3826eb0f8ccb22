//! The handles that the handlers of calls share.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use axum::http::StatusCode;

use super::{asker::Asker, budgets::Budgets, events::Events, foreign_site::Sites, problem::Problem};
use crate::{
    access::{Access, AuditLog},
    authority::OwnAuthority,
    conductor::Conductor,
    doctor::facts::Examined,
    gateway::Gateway,
    halves::Pieces,
    house::House,
    metrics::{Detail, Tally},
    net::Certificates,
    pace::{Pace, Used},
    sockets::Places,
    web::Page,
};
use downbeat_library::{edit::Editor, upload::Uploads};
use downbeat_store::Store;

/// The handles; clones share them.
#[derive(Clone)]
pub struct Api {
    /// Zones, speakers, library.
    pub conductor: Conductor,
    /// The one that asks; `None` where there is no request.
    pub asker: Option<Asker>,
    /// Makes callers of requests.
    pub access: Access,
    /// The audit.
    pub audit: AuditLog,
    /// The own CA.
    pub authority: Arc<OwnAuthority>,
    /// The certificates that are shown.
    pub certificates: Certificates,
    /// The port.
    pub port: u16,
    /// The store, which is browsed and searched.
    pub store: Store,
    /// The settings of the start, which win over those that are kept.
    pub house: Arc<House>,
    /// The music folders.
    pub music: Arc<[PathBuf]>,
    /// True if files may be deleted.
    pub allow_delete: bool,
    /// Changes files; held while one is changed.
    pub edits: Arc<tokio::sync::Mutex<Arc<Editor>>>,
    /// Takes new files.
    pub uploads: Uploads,
    /// Files that come in pieces.
    pub pieces: Pieces,
    /// A permit for each file that may come at a time.
    pub uploading: Arc<tokio::sync::Semaphore>,
    /// The speakers' WebSocket.
    pub gateway: Gateway,
    /// Places for connections and for files that are sent.
    pub places: Places,
    /// When the coordinator started.
    pub started: DateTime<Utc>,
    /// The work that callers without a login may cause.
    pub budgets: Budgets,
    /// The events, for clients that follow.
    pub events: Events,
    /// The names that it may be called by.
    pub sites: Sites,
    /// The page that people control the system with.
    pub page: Page,
    /// How often a scan was asked for.
    pub scans: Arc<Mutex<Used>>,
    /// One permit: a backup is made and sent alone.
    pub backups: Arc<tokio::sync::Semaphore>,
    /// How much `/metrics` tells.
    pub detail: Detail,
    /// What is counted since the start.
    pub tally: Tally,
    /// The coordinator as one that is to be examined.
    pub examined: Arc<Examined>,
    /// To be told when a restored database waits to be taken up.
    pub start_anew: Arc<tokio::sync::Notify>,
}

/// How often a scan may be asked for: a program that has copied files does it after each of them.
const SCANS: Pace = Pace { burst: 60, each_us: 20_000_000 };

impl Api {
    /// Refuses a scan that is asked for too often.
    pub fn may_scan(&self) -> Result<(), Problem> {
        let now = self.conductor.clock().now();
        if self.scans.lock().unwrap_or_else(PoisonError::into_inner).take(SCANS, now) {
            return Ok(());
        }
        let detail = "scans were asked for too often; three a minute are done, and changes on local disks are seen by \
                      themselves";
        Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_often", detail))
    }
}
