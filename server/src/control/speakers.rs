//! The settings that people make for speakers: one, or many at once.
//!
//! A change of many is kept in one write, all or none, and is heard on all of them in one instant, whichever zones they
//! are in: a row of speakers that change one after the other is a wave.

use std::collections::BTreeSet;

use downbeat_protocol::{
    ServerMessage, ServerTime, SpeakerId, ZoneId,
    server_message::{ChannelRole, Identify},
    volume::Volume,
};

use crate::{
    conductor::{Conductor, ConductorError, Edited},
    fleet::{Selector, Speaker, Target, labels, speaker::SavedSettings},
    names::folded,
};
use downbeat_store::SpeakerRow;

/// How loud something is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HowLoud {
    /// This loud.
    To(Volume),
    /// So many percent more, or less.
    By(f32),
}

impl HowLoud {
    /// From this volume on.
    pub fn from(self, present: Volume) -> Volume {
        match self {
            Self::To(volume) => volume,
            Self::By(delta) => Volume::clamped(present.percent() + delta),
        }
    }
}

/// The changes that a person wants of a speaker; `None`: as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpeakerPatch {
    /// Its new name.
    pub name: Option<String>,
    /// The zone that it is to belong to.
    pub zone: Option<ZoneId>,
    /// How loud.
    pub volume: Option<HowLoud>,
    /// Silent or not.
    pub muted: Option<bool>,
    /// The delay behind its sound card, microseconds.
    pub output_delay_us: Option<i64>,
    /// Never less loud.
    pub min_volume: Option<Volume>,
    /// Never louder.
    pub max_volume: Option<Volume>,
    /// The channels that it is to sound.
    pub channels: Option<ChannelRole>,
    /// Labels to set, or to take away.
    pub labels: Vec<(String, Option<String>)>,
    /// Volumes, mute and channels: not before.
    pub at: Option<ServerTime>,
}

impl SpeakerPatch {
    fn apply(&self, old: &SpeakerRow) -> Result<SpeakerRow, ConductorError> {
        let mut new = old.clone();
        if let Some(name) = &self.name {
            new.name.clone_from(name);
            new.settings = SavedSettings { named: true, ..SavedSettings::of(old) }.text();
        }
        new.zone = self.zone.unwrap_or(old.zone);
        new.volume = self.volume.map_or(old.volume, |v| v.from(old.volume));
        new.muted = self.muted.unwrap_or(old.muted);
        if let Some(us) = self.output_delay_us {
            new.output_delay_us = us;
            new.settings = SavedSettings { delay_told: false, ..SavedSettings::of(&new) }.text();
        }
        new.min_volume = self.min_volume.unwrap_or(old.min_volume);
        new.max_volume = self.max_volume.unwrap_or(old.max_volume);
        new.channels = self.channels.unwrap_or(old.channels);
        if new.min_volume > new.max_volume {
            return Err(ConductorError::BoundsCross(old.name.clone()));
        }
        let changes = self.labels.iter().map(|(key, value)| (key.as_str(), value.as_deref()));
        new.labels = labels::changed(&old.labels, changes)?;
        Ok(new)
    }
}

/// The result for each speaker.
pub(super) type EditedSpeakers = Vec<(SpeakerId, Result<Speaker, ConductorError>)>;

impl Conductor {
    /// Changes what people set for a speaker: kept first, then in force. `fits` tells if it is still the speaker that
    /// the person saw; else nothing is changed ([`ConductorError::Changed`]).
    pub async fn edit_speaker(
        &self,
        id: SpeakerId,
        patch: SpeakerPatch,
        fits: impl FnOnce(&Speaker) -> bool,
    ) -> Result<Speaker, ConductorError> {
        let _edit = self.edit().await;
        let speaker = self.fleet().get(id).ok_or(ConductorError::UnknownSpeaker(id))?;
        if !fits(&speaker) {
            return Err(ConductorError::Changed);
        }
        let at = patch.at;
        self.edit_locked(vec![(id, patch)], at, &BTreeSet::new()).await?.0.remove(0).1
    }

    /// The same for many, which change in the same instant. Those that cannot be changed are told of one by one.
    /// Nothing at all is changed if what can be changed cannot be kept.
    pub async fn edit_speakers(
        &self,
        edits: Vec<(SpeakerId, SpeakerPatch)>,
        at: Option<ServerTime>,
    ) -> Result<Vec<(SpeakerId, Result<Speaker, ConductorError>)>, ConductorError> {
        let _edit = self.edit().await;
        Ok(self.edit_locked(edits, at, &BTreeSet::new()).await?.0)
    }

    /// The same, and the instant at which they are as loud as they are to be, which `others` can make as well.
    pub(super) async fn edit_locked(
        &self,
        edits: Vec<(SpeakerId, SpeakerPatch)>,
        at: Option<ServerTime>,
        others: &BTreeSet<ZoneId>,
    ) -> Result<(EditedSpeakers, Option<ServerTime>), ConductorError> {
        let planned: Vec<_> = edits.into_iter().map(|(id, patch)| (id, self.planned(id, &patch))).collect();
        let changed: Vec<SpeakerRow> = planned
            .iter()
            .filter_map(|(_, plan)| plan.as_ref().ok())
            .filter(|(old, new)| old != new)
            .map(|(_, new)| new.clone())
            .collect();
        if !changed.is_empty() {
            self.store().save_speakers(&changed).await?;
        }
        let mut edited = Vec::new();
        let answers = planned.into_iter().map(|(id, plan)| {
            let done = plan.and_then(|(old, new)| {
                let speaker = self.fleet().update(id, |s| {
                    s.row = SpeakerRow { last_seen: s.row.last_seen, ..new };
                    s.clone()
                });
                let speaker = speaker.ok_or(ConductorError::UnknownSpeaker(id))?;
                edited.push(Edited { old, speaker: speaker.clone() });
                Ok(speaker)
            });
            (id, done)
        });
        let answers = answers.collect();
        let at = self.bring_into_force(&edited, at, others);
        Ok((answers, at))
    }

    /// The row of a speaker now, and after this change.
    fn planned(&self, id: SpeakerId, patch: &SpeakerPatch) -> Result<(SpeakerRow, SpeakerRow), ConductorError> {
        let old = self.fleet().get(id).ok_or(ConductorError::UnknownSpeaker(id))?.row;
        if let Some(zone) = patch.zone {
            self.cell(zone)?;
        }
        let new = patch.apply(&old)?;
        if folded(&new.name) != folded(&old.name) {
            self.speaker_name_is_free(id, &new.name)?;
        }
        Ok((old, new))
    }

    /// Has a speaker make itself heard. Whether it is connected.
    ///
    /// # Errors
    /// If there is no such speaker, or it chirps at the moment.
    pub fn identify(&self, id: SpeakerId) -> Result<bool, ConductorError> {
        let speaker = self.fleet().get(id).ok_or(ConductorError::UnknownSpeaker(id))?;
        let now = self.clock().now();
        if speaker.connection.is_some() && !self.chirps().begin(id, now) {
            return Err(ConductorError::TooOften("it chirps at the moment; a chirp lasts a second".into()));
        }
        self.fleet().send(&[id], ServerMessage::Identify(Identify { server_time: now, at: now }));
        Ok(speaker.connection.is_some())
    }

    /// Forgets a speaker that is not connected; `fits` as for [`Conductor::edit_speaker`].
    pub async fn forget_speaker(
        &self,
        id: SpeakerId,
        fits: impl FnOnce(&Speaker) -> bool,
    ) -> Result<(), ConductorError> {
        let _edit = self.edit().await;
        let speaker = self.fleet().get(id).ok_or(ConductorError::UnknownSpeaker(id))?;
        if !fits(&speaker) {
            return Err(ConductorError::Changed);
        }
        if speaker.connection.is_some() {
            return Err(ConductorError::SpeakerConnected(speaker.row.name));
        }
        self.store().forget_speaker(id).await?;
        self.fleet().forget(id);
        self.tell_company(speaker.row.zone, None);
        Ok(())
    }

    /// The speakers that a selector picks, by name.
    pub fn select(&self, selector: &Selector) -> Vec<SpeakerId> {
        let names = self.zone_names();
        let ids = self.fleet().ids_by_name();
        // copied, for a long selector takes its time and the fleet must not wait for it
        let fleet =
            self.fleet().look_at(&ids, |s| Some((s.row.id, s.row.name.clone(), s.row.zone, s.row.labels.clone())));
        let picked = fleet.iter().filter(|(id, name, zone, labels)| {
            let zone_name = names.get(zone).map_or("", String::as_str);
            selector.picks(&Target { id: *id, name, zone: *zone, zone_name, labels })
        });
        picked.map(|(id, ..)| *id).collect()
    }

    /// The speaker with this id, or with this name (upper and lower case alike) if it is the only one, or the only one
    /// of them that is connected.
    pub fn find_speaker(&self, id_or_name: &str) -> Result<SpeakerId, ConductorError> {
        if let Some(id) = id_or_name.parse().ok().filter(|id| self.fleet().zone_of(*id).is_some()) {
            return Ok(id);
        }
        let wanted = folded(id_or_name);
        let ids = self.fleet().ids_by_name();
        let named = self
            .fleet()
            .look_at(&ids, |s| (folded(&s.row.name) == wanted).then_some((s.row.id, s.connection.is_some())));
        let here: Vec<_> = named.iter().filter(|(_, connected)| *connected).collect();
        if let [(one, _)] = here.as_slice() {
            return Ok(*one);
        }
        match named.as_slice() {
            [(one, _)] => Ok(*one),
            [] => Err(ConductorError::NoSuchSpeaker(id_or_name.to_owned())),
            several => Err(ConductorError::AmbiguousSpeaker(id_or_name.to_owned(), several.len())),
        }
    }
}
