//! The one that asks.

use std::collections::{BTreeMap, BTreeSet};

use downbeat_identity::Fingerprint;
use downbeat_protocol::{SpeakerId, ZoneId, volume::Volume};
use serde::{Deserialize, Serialize};

use super::{Right, SpeakerFacts, ZoneFacts};

/// The roles that people have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Queues, playlists, volumes, speakers: of all zones, or of those that they are bound to.
    Operator,
    /// Everything.
    Admin,
}

/// The rights of guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestLevel {
    /// Look and listen.
    Listen,
    /// And control playback in zones that are open to guests.
    Control,
}

/// The state of a speaker's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerState {
    /// Nobody has decided.
    Pending,
    /// Ours.
    Adopted,
    /// A person said no.
    Refused,
    /// It was ours.
    Revoked,
}

/// The zones and labels that an operator or a token is bound to. One that names nothing holds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// Zones.
    #[serde(default)]
    pub zones: BTreeSet<ZoneId>,
    /// Labels of speakers, `site=41`.
    #[serde(default)]
    pub labels: BTreeSet<(String, String)>,
}

impl Bound {
    /// True if the speaker carries one of the labels, or stands in one of the zones.
    pub fn holds_speaker(&self, speaker: &SpeakerFacts<'_>) -> bool {
        self.zones.contains(&speaker.zone) || self.carries(speaker.labels)
    }

    /// True if the zone is one of these, or each of its speakers carries one of the labels.
    pub fn holds_zone(&self, zone: &ZoneFacts<'_>) -> bool {
        let all = !zone.speakers.is_empty() && zone.speakers.iter().all(|labels| self.carries(labels));
        self.zones.contains(&zone.id) || all
    }

    /// True if a key of a label decides rights here, so that only an admin may write it.
    pub fn decides_by(&self, key: &str) -> bool {
        self.labels.iter().any(|(k, _)| k == key)
    }

    fn carries(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().any(|(key, value)| labels.get(key) == Some(value))
    }
}

/// The way that somebody showed who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A session.
    Session,
    /// An API token of this name.
    Token(String),
    /// A program on this machine.
    Loopback,
}

/// A person, or a program for one.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The user's name, as the audit says it.
    pub name: String,
    /// The role, as it is now.
    pub role: Role,
    /// The user's bindings; `None`: bound to nothing.
    pub bound: Option<Bound>,
    /// How they showed it.
    pub way: Way,
    /// The token's scopes; `None`: all that the role may.
    pub scopes: Option<BTreeSet<Right>>,
    /// The token's own bindings, beside the user's.
    pub token_bound: Option<Bound>,
    /// They make nothing louder than this.
    pub max_volume: Option<Volume>,
    /// True if the password was given a short while ago.
    pub fresh: bool,
}

/// The one that asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Caller {
    /// Anybody.
    Nobody,
    /// Somebody of the local network.
    Guest {
        /// Their rights.
        level: GuestLevel,
        /// Guests make nothing louder than this.
        max_volume: Option<Volume>,
    },
    /// A person or a program for one.
    Person(Box<Person>),
    /// A speaker.
    Speaker {
        /// Its key; `None` for one from before the upgrade, in clear.
        key: Option<Fingerprint>,
        /// Its row, once it has one.
        id: Option<SpeakerId>,
        /// The state of its key. One from before the upgrade counts as adopted while such ones are let in.
        state: SpeakerState,
    },
}

impl Caller {
    /// The name for the audit.
    pub fn name(&self) -> &str {
        match self {
            Self::Nobody => "nobody",
            Self::Guest { .. } => "guest",
            Self::Person(person) => &person.name,
            Self::Speaker { .. } => "speaker",
        }
    }

    /// The greatest volume that it may set.
    pub fn max_volume(&self) -> Option<Volume> {
        match self {
            Self::Guest { max_volume, .. } => *max_volume,
            Self::Person(person) => person.max_volume,
            _ => None,
        }
    }
}
