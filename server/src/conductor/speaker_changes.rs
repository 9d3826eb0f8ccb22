//! Changes of speakers come into force: told to them and to their zones, and heard on all of them in one instant.

use std::collections::{BTreeMap, BTreeSet};

use downbeat_protocol::{ServerMessage, ServerTime, SpeakerId, ZoneId, server_message::Configure};

use super::Conductor;
use crate::fleet::Speaker;
use downbeat_store::SpeakerRow;
use downbeat_zone::Input;

/// The time that is added to the instant of a change over several zones for each of its speakers, microseconds: they
/// are told one after the other.
const TELLING_US: i64 = 20;
/// The time that is added because zones are told one after the other, microseconds: each writes its state down.
const ZONES_US: i64 = 20_000;

/// A speaker before a change and after it.
pub(crate) struct Edited {
    pub(crate) old: SpeakerRow,
    pub(crate) speaker: Speaker,
}

impl Edited {
    fn louder_or_softer(&self) -> bool {
        let level = |r: &SpeakerRow| (r.volume, r.muted, r.min_volume, r.max_volume);
        level(&self.old) != level(&self.speaker.row)
    }
}

impl Conductor {
    /// Brings changes that are kept into force, at `at` if it is possible; `others` are zones that change with them.
    /// The instant of the change, if it has one.
    pub(crate) fn bring_into_force(
        &self,
        edited: &[Edited],
        at: Option<ServerTime>,
        others: &BTreeSet<ZoneId>,
    ) -> Option<ServerTime> {
        let mut levels: BTreeMap<ZoneId, Vec<SpeakerId>> = BTreeMap::new();
        let rewired: Vec<_> = edited.iter().filter(|e| e.speaker.row.channels != e.old.channels).collect();
        let zones: BTreeSet<ZoneId> = rewired.iter().map(|e| e.speaker.row.zone).collect();
        let rewired_at = self.common_instant(zones.into_iter(), rewired.len(), at);
        for e in edited {
            let (id, new) = (e.speaker.id(), &e.speaker.row);
            if e.speaker.connection.is_none() {
                if new.zone != e.old.zone {
                    self.tell_company(e.old.zone, None);
                    self.tell_company(new.zone, None);
                }
                continue;
            }
            let settings = |r: &SpeakerRow| (r.name.clone(), r.output_delay_us, r.channels);
            if settings(new) != settings(&e.old) {
                self.configure_at(&e.speaker, rewired_at.filter(|_| new.channels != e.old.channels));
            }
            if new.zone != e.old.zone {
                // what it is told by the new zone holds its volume
                self.leave(e.old.zone, id);
                self.join(new.zone, id, None);
            } else if e.louder_or_softer() {
                levels.entry(new.zone).or_default().push(id);
            }
        }
        // after the moves: whoever has come may need more time than those who are there
        let at = if levels.len() > 1 || !others.is_empty() {
            let zones: BTreeSet<ZoneId> = levels.keys().chain(others).copied().collect();
            self.common_instant(zones.into_iter(), levels.values().map(Vec::len).sum(), at).or(at)
        } else {
            at
        };
        for (zone, speakers) in levels {
            self.tell_zone(zone, Input::LevelsChanged { speakers, at });
        }
        at
    }

    /// An instant that the members of all these zones can make, when so many speakers are told something of their own.
    fn common_instant(
        &self,
        zones: impl Iterator<Item = ZoneId>,
        speakers: usize,
        at: Option<ServerTime>,
    ) -> Option<ServerTime> {
        let now = self.0.clock.now();
        let cells = zones.filter_map(|zone| self.cell(zone).ok());
        let latest = cells.map(|cell| cell.lock().zone.earliest(now, None)).max()?;
        let possible = latest.plus_micros(ZONES_US + speakers as i64 * TELLING_US);
        Some(at.map_or(possible, |at| at.max(possible)))
    }

    /// Tells a speaker its name and settings.
    pub(super) fn configure(&self, speaker: &Speaker) {
        self.configure_at(speaker, None);
    }

    /// The same, where other channels are to sound from `at` on.
    fn configure_at(&self, speaker: &Speaker, at: Option<ServerTime>) {
        let configure = Configure {
            server_time: self.0.clock.now(),
            at,
            name: speaker.row.name.clone(),
            settings: speaker.settings(&self.shared_settings()),
        };
        self.0.fleet.send(&[speaker.id()], ServerMessage::Configure(configure));
    }
}
