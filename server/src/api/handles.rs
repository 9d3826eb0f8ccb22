//! The handles that the handlers of calls share.

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};

use super::{events::Events, foreign_site::Sites};
use crate::{conductor::Conductor, gateway::Gateway, web::Page};
use downbeat_library::edit::Editor;
use downbeat_store::Store;

/// The handles; clones share them.
#[derive(Clone)]
pub struct Api {
    /// Zones, speakers, library.
    pub conductor: Conductor,
    /// What is browsed and searched.
    pub store: Store,
    /// The music folders.
    pub music: Arc<[PathBuf]>,
    /// Whether files may be deleted.
    pub allow_delete: bool,
    /// Changes files; held while one is changed.
    pub edits: Arc<tokio::sync::Mutex<Arc<Editor>>>,
    /// The speakers' WebSocket.
    pub gateway: Gateway,
    /// When the coordinator started.
    pub started: DateTime<Utc>,
    /// What changed, for those who follow.
    pub events: Events,
    /// The names that it may be called by.
    pub sites: Sites,
    /// The page that people control the system with.
    pub page: Page,
    /// One permit: a backup is made and sent alone.
    pub backups: Arc<tokio::sync::Semaphore>,
    /// To be told when a restored database waits to be taken up.
    pub start_anew: Arc<tokio::sync::Notify>,
}
