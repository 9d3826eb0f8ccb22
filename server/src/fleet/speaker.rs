//! One speaker.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use downbeat_protocol::{
    EntryId, ServerTime, SpeakerId,
    agent_message::{Capabilities, ClientError},
    report::{Health, Position},
    server_message::{Level, Settings},
    volume::Volume,
};
use serde::{Deserialize, Serialize};

use super::{outbox::Outbox, told::Told};
use downbeat_store::SpeakerRow;
use downbeat_zone::telemetry::{SpeakerFacts, SpeakerPast};

/// A speaker, connected or not.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// The row that the store keeps of it.
    pub row: SpeakerRow,
    /// Its connection, if it has one.
    pub connection: Option<Connection>,
    /// Its last reports.
    pub reports: Reports,
    /// Nobody else is connected in its zone, and it was told so.
    pub solo: bool,
    /// It was connected since the coordinator started.
    pub came: bool,
    /// The files that it was told of.
    pub told: Arc<Told>,
    /// What it reported in the last day; copies of the speaker share it.
    pub past: Arc<Mutex<SpeakerPast>>,
}

/// A live connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Numbers the connections of this process, so that the end of an old one is not taken for that of its successor.
    pub number: u64,
    /// The messages that wait to be sent.
    pub outbox: Arc<Outbox>,
    /// From where.
    pub peer: SocketAddr,
    /// It is encrypted.
    pub encrypted: bool,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The speaker's version.
    pub version: String,
    /// The capabilities that it told.
    pub capabilities: Arc<Capabilities>,
}

/// The last report of each kind, and its instant.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// Its position.
    pub position: Option<(ServerTime, Position)>,
    /// The entry of the queue that it was at, by then; plans call it otherwise when it is repeated.
    pub entry: Option<EntryId>,
    /// How it is.
    pub health: Option<(ServerTime, Health)>,
    /// Its last failure.
    pub error: Option<(ServerTime, ClientError)>,
}

/// The part of what is kept of a speaker that has no column in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedSettings {
    /// A person gave it its name here, so the name it says of itself no longer counts.
    pub named: bool,
    /// Its output delay is the one that it said of itself.
    pub delay_told: bool,
}

/// The longest lead that is believed beside an output delay, microseconds: cards and decoders need a fifth of it.
const MAX_LEAD_US: i64 = 500_000;
/// The longest output delay that lengthens it, unless a person set it, microseconds.
const MAX_TOLD_DELAY_US: i64 = 500_000;

impl Speaker {
    /// One that is not connected.
    pub fn known(row: SpeakerRow) -> Self {
        Self {
            row,
            connection: None,
            reports: Reports::default(),
            solo: false,
            came: false,
            told: Arc::default(),
            past: Arc::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> SpeakerId {
        self.row.id
    }

    /// What it reported in the last day.
    pub fn past(&self) -> MutexGuard<'_, SpeakerPast> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The settings of which changes are marked in its past.
    pub fn facts(&self) -> SpeakerFacts {
        let SpeakerRow { volume, muted, output_delay_us, zone, .. } = self.row;
        SpeakerFacts { volume: volume.percent(), muted, delay_us: output_delay_us, zone }
    }

    /// How loud it is to be in a zone that is this loud. The two volumes multiply; where that is outside of its bounds,
    /// the bound is all that it is told.
    pub fn level(&self, zone: Volume, zone_muted: bool) -> Level {
        let muted = zone_muted || self.row.muted;
        let bounded = self.bounded(zone);
        if bounded == product(zone, self.row.volume) {
            Level { zone, speaker: self.row.volume, muted }
        } else {
            Level { zone: Volume::FULL, speaker: bounded, muted }
        }
    }

    /// How loud it comes out, both volumes and its bounds taken together, unless it is muted.
    pub fn bounded(&self, zone: Volume) -> Volume {
        let (least, most) = (self.row.min_volume.percent(), self.row.max_volume.percent());
        // of bounds that cross, the upper one protects ears
        Volume::clamped(product(zone, self.row.volume).percent().max(least).min(most))
    }

    /// How far ahead of its arrival a change must lie for this speaker, where it says this: no longer than a person
    /// would take for a fault of the zone.
    pub fn believed_lead(&self, said_us: i64) -> i64 {
        let delay = self.row.output_delay_us.max(0);
        let told = SavedSettings::of(&self.row).delay_told;
        let delay = if told { delay.min(MAX_TOLD_DELAY_US) } else { delay };
        said_us.min(MAX_LEAD_US + delay)
    }

    /// Its settings, where `base` holds what all speakers share.
    pub fn settings(&self, base: &Settings) -> Settings {
        let SpeakerRow { output_delay_us, channels, .. } = self.row;
        Settings { output_delay_us, channels, solo: self.solo, ..base.clone() }
    }
}

/// The volume that is as loud as these two together: gains are powers of volumes, so they multiply as well.
fn product(a: Volume, b: Volume) -> Volume {
    Volume::clamped(a.percent() * b.percent() / 100.0)
}

impl SavedSettings {
    /// The part that is kept in `row`; the default if that is empty or foreign.
    pub fn of(row: &SpeakerRow) -> Self {
        serde_json::from_str(&row.settings).unwrap_or_default()
    }

    /// As the row holds it.
    pub fn text(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{ZoneId, handshake::SpeakerClass, server_message::ChannelRole};

    use super::*;
    use crate::fleet::Labels;

    fn speaker(volume: f32, (least, most): (f32, f32)) -> Speaker {
        Speaker::known(SpeakerRow {
            id: SpeakerId::random(),
            name: "kitchen".into(),
            class: SpeakerClass::Agent,
            zone: ZoneId::DEFAULT,
            volume: Volume::clamped(volume),
            muted: false,
            output_delay_us: 0,
            min_volume: Volume::clamped(least),
            max_volume: Volume::clamped(most),
            channels: ChannelRole::Stereo,
            labels: Labels::default(),
            first_seen: DateTime::UNIX_EPOCH,
            last_seen: DateTime::UNIX_EPOCH,
            settings: String::new(),
        })
    }

    #[test]
    fn a_lead_is_believed_as_far_as_cards_and_a_persons_delay_explain_it() {
        let mut speaker = speaker(100.0, (0.0, 100.0));
        let hour = 3_600_000_000;
        assert_eq!((speaker.believed_lead(161_500), speaker.believed_lead(hour)), (161_500, 500_000));
        speaker.row.output_delay_us = 2_000_000;
        assert_eq!(speaker.believed_lead(hour), 2_500_000, "a person says so");
        speaker.row.settings = SavedSettings { delay_told: true, ..SavedSettings::default() }.text();
        assert_eq!(speaker.believed_lead(hour), 1_000_000, "it says so itself");
        speaker.row.output_delay_us = -2_000_000;
        assert_eq!(speaker.believed_lead(hour), 500_000);
    }

    #[test]
    fn the_zone_keeps_relations_and_the_bounds_hold_whatever_it_is() {
        let (loud, soft) = (speaker(100.0, (0.0, 100.0)), speaker(50.0, (0.0, 100.0)));
        for zone in [100.0, 60.0, 7.0].map(Volume::clamped) {
            let (loud, soft) = (loud.level(zone, false).gain(), soft.level(zone, false).gain());
            assert!((loud / soft - 1.0 / Volume::clamped(50.0).gain()).abs() < 1e-3, "{loud} {soft}");
        }
        let bounded = speaker(80.0, (20.0, 60.0));
        for (zone, heard) in [(100.0, 60.0), (70.0, 56.0), (50.0, 40.0), (10.0, 20.0), (0.0, 20.0)] {
            let gain = bounded.level(Volume::clamped(zone), false).gain();
            assert!((gain - Volume::clamped(heard).gain()).abs() < 1e-6, "zone {zone}: {gain}");
            assert!(bounded.level(Volume::clamped(zone), true).gain() == 0.0, "muted is silent");
        }
        assert_eq!(speaker(80.0, (70.0, 30.0)).bounded(Volume::FULL), Volume::clamped(30.0));
    }
}
