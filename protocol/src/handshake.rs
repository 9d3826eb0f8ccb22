//! The two that talk, and whether they can: identities, versions, classes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The protocol version this build speaks.
pub const PROTOCOL_VERSION: u32 = 1;

/// The path of the WebSocket on the coordinator.
pub const WEBSOCKET_PATH: &str = "/ws";

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random id.
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    };
}

id! {
    /// A clock: a new one for every coordinator process, so that nobody mistakes a restarted clock for the old one.
    ClockId
}
id! {
    /// A speaker, for life: made by the agent at its first start and kept in its data folder.
    SpeakerId
}
id! {
    /// A track, for people: survives retagging and moving of the file.
    TrackId
}
id! {
    /// One place in a queue. The same track may be queued twice, with two entry ids.
    EntryId
}
id! {
    /// A zone.
    ZoneId
}

impl ZoneId {
    /// The zone named `all`, which always exists and which new speakers join.
    pub const DEFAULT: Self = Self(Uuid::nil());
}

/// The kind of a speaker: browsers are less exact than agents, and say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerClass {
    /// A `downbeat-agent`.
    #[default]
    Agent,
    /// A page in a browser.
    Browser,
    /// Something newer than this build knows.
    #[serde(other)]
    Other,
}

/// The versions a speaker can talk, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    /// Oldest.
    pub min: u32,
    /// Newest.
    pub max: u32,
}

impl VersionRange {
    /// The versions that this build talks.
    pub const OURS: Self = Self { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION };

    /// The newest version that both can talk.
    pub fn negotiate(self, other: Self) -> Option<u32> {
        let newest = self.max.min(other.max);
        (newest >= self.min && newest >= other.min).then_some(newest)
    }

    /// The advice for the side that asked with `self`, when the other side only talks `other`.
    pub fn mismatch(self, other: Self) -> String {
        let which = if self.max < other.min { "update this speaker" } else { "update the coordinator" };
        format!(
            "no common protocol version: the speaker talks {}..={}, the coordinator {}..={}; {which}",
            self.min, self.max, other.min, other.max
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_meet_in_the_newest_common_one() {
        let r = |min, max| VersionRange { min, max };
        assert_eq!(r(1, 3).negotiate(r(2, 5)), Some(3));
        assert_eq!(r(2, 5).negotiate(r(1, 3)), Some(3));
        assert_eq!(r(1, 1).negotiate(r(2, 2)), None);
        assert_eq!(r(3, 2).negotiate(r(1, 5)), None, "an upside-down range matches nothing");
        assert!(r(1, 1).mismatch(r(2, 2)).contains("update this speaker"));
        assert!(r(7, 9).mismatch(r(1, 2)).contains("update the coordinator"));
    }
}
