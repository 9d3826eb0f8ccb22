//! What people and scripts call: REST under `/api`, described by `/api/openapi.json`.
//!
//! [`router`] is the table of contents; a file a resource. Every error is a [`problem::Problem`]. The calls of the
//! system before this one work unchanged: same paths, same bodies, same names in the replies.

pub mod backup;
pub mod body;
pub mod browse;
pub mod call;
pub mod clients;
pub mod covers;
pub mod csv;
pub mod describe;
pub mod edit;
pub mod edits;
pub mod events;
pub mod foreign_site;
pub mod health;
pub mod history;
pub mod idempotency;
pub mod json;
pub mod library;
pub mod lists;
pub mod long_list;
pub mod playback;
pub mod playlist_files;
pub mod playlists;
pub mod presets;
pub mod problem;
pub mod queue;
pub mod queue_save;
pub mod queue_view;
pub mod router;
pub mod search;
pub mod session;
pub mod speaker_view;
pub mod speakers;
pub mod targets;
pub mod telemetry;
pub mod test_client;
pub mod tracks;
pub mod versioned;
pub mod zones;

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{conductor::Conductor, gateway::Gateway};
use downbeat_library::edit::Editor;
use downbeat_store::Store;

/// What the handlers need; clones share it.
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
    pub events: events::Events,
    /// The names that it may be called by.
    pub sites: foreign_site::Sites,
    /// One permit: a backup is made and sent alone.
    pub backups: Arc<tokio::sync::Semaphore>,
    /// To be told when a restored database waits to be taken up.
    pub start_anew: Arc<tokio::sync::Notify>,
}
