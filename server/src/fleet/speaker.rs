//! One speaker.

use std::{net::SocketAddr, sync::Arc};

use chrono::{DateTime, Utc};
use downbeat_protocol::{
    ServerTime, SpeakerId,
    agent_message::{Capabilities, ClientError},
    report::{Health, Position},
    server_message::{Level, Settings},
    volume::Volume,
};
use serde::{Deserialize, Serialize};

use super::outbox::Outbox;
use crate::store::SpeakerRow;

/// A speaker, connected or not.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// What is kept of it.
    pub row: SpeakerRow,
    /// Its connection, if it has one.
    pub connection: Option<Connection>,
    /// What it said last.
    pub reports: Reports,
    /// Nobody else is connected in its zone, and it was told so.
    pub solo: bool,
}

/// A live connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Numbers the connections of this process, so that the end of an old one is not taken for that of its successor.
    pub number: u64,
    /// What waits to be sent.
    pub outbox: Arc<Outbox>,
    /// From where.
    pub peer: SocketAddr,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The speaker's version.
    pub version: String,
    /// What it can do.
    pub capabilities: Arc<Capabilities>,
}

/// What a speaker said last, and when.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// Where it is.
    pub position: Option<(ServerTime, Position)>,
    /// How it is.
    pub health: Option<(ServerTime, Health)>,
    /// What failed.
    pub error: Option<(ServerTime, ClientError)>,
}

/// What is kept of a speaker beyond the columns of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// A person gave it its name here, so the name it says of itself no longer counts.
    pub named: bool,
}

impl Speaker {
    /// One that is not connected.
    pub fn known(row: SpeakerRow) -> Self {
        Self { row, connection: None, reports: Reports::default(), solo: false }
    }

    /// Its id.
    pub fn id(&self) -> SpeakerId {
        self.row.id
    }

    /// How loud it is to be in a zone that is this loud.
    pub fn level(&self, zone: Volume, zone_muted: bool) -> Level {
        Level { zone, speaker: self.row.volume, muted: zone_muted || self.row.muted }
    }

    /// Its settings, where `base` holds what all speakers share.
    pub fn settings(&self, base: &Settings) -> Settings {
        Settings { output_delay_us: self.row.output_delay_us, solo: self.solo, ..base.clone() }
    }
}

impl Kept {
    /// What is kept in `row`; the default if that is empty or foreign.
    pub fn of(row: &SpeakerRow) -> Self {
        serde_json::from_str(&row.settings).unwrap_or_default()
    }

    /// As the row holds it.
    pub fn text(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }
}
