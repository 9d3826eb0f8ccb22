//! Presets: which speakers are in which zone, and how loud all of it is, under a name.
//!
//! A recall moves those that are elsewhere and leaves everybody else alone: what a zone plays is not part of a preset,
//! and a speaker that is where it belongs is told nothing but its volume, if that changes.

use chrono::{DateTime, Utc};
use downbeat_protocol::{ServerTime, SpeakerId, ZoneId, volume::Volume};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{HowLoud, SpeakerPatch, ZonePatch};
use crate::{
    changes::Subject,
    conductor::{Conductor, ConductorError},
    fleet::Speaker,
    names::folded,
};
use downbeat_store::{PresetError, PresetRow};

/// The most presets: each holds all speakers and zones.
const MAX_PRESETS: usize = 256;

/// A set of zones under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// Its id.
    pub id: Uuid,
    /// The name that people gave it.
    pub name: String,
    /// When it was saved last.
    pub saved: DateTime<Utc>,
    /// The zones, by name.
    pub zones: Vec<PresetZone>,
}

/// A zone of a preset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresetZone {
    /// Its id; a zone that is gone is made again under it.
    pub id: ZoneId,
    /// Its name.
    pub name: String,
    /// How loud.
    pub volume: Volume,
    /// Silent, whatever the volume.
    pub muted: bool,
    /// The speakers that belong to it, by name.
    pub speakers: Vec<PresetSpeaker>,
}

/// A speaker of a preset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresetSpeaker {
    /// Its id.
    pub id: SpeakerId,
    /// The name that it had when the preset was saved, for people.
    pub name: String,
    /// Its own volume.
    pub volume: Volume,
    /// Silent, whatever the volume.
    pub muted: bool,
}

/// The results of a recall, part by part.
#[derive(Debug)]
pub struct Recalled {
    /// The zones: what the preset calls each, and the zone it is now.
    pub zones: Vec<(PresetZone, Result<ZoneId, ConductorError>)>,
    /// The speakers.
    pub speakers: Vec<(PresetSpeaker, Result<Speaker, ConductorError>)>,
}

impl Preset {
    fn read(row: &PresetRow) -> Self {
        let zones = serde_json::from_str(&row.content).unwrap_or_else(|error| {
            tracing::warn!(preset = row.name, %error, "what is kept of the preset cannot be read");
            Vec::new()
        });
        Self { id: row.id, name: row.name.clone(), saved: row.saved, zones }
    }

    fn row(&self) -> PresetRow {
        let content = serde_json::to_string(&self.zones).unwrap_or_default();
        PresetRow { id: self.id, name: self.name.clone(), content, saved: self.saved }
    }
}

impl Conductor {
    /// All presets, by name.
    pub async fn presets(&self) -> Result<Vec<Preset>, ConductorError> {
        Ok(self.store().load_presets().await?.iter().map(Preset::read).collect())
    }

    /// The preset with this id or name (upper and lower case alike).
    pub async fn preset(&self, id_or_name: &str) -> Result<Preset, ConductorError> {
        let wanted = folded(id_or_name);
        let presets = self.presets().await?;
        let by_id = presets.iter().find(|p| id_or_name.parse() == Ok(p.id));
        // exactly this name first: earlier versions kept two that differ in the case of other letters than a to z
        let exactly = || presets.iter().find(|p| p.name == id_or_name.trim());
        let alike = || presets.iter().find(|p| folded(&p.name) == wanted);
        let found = by_id.or_else(exactly).or_else(alike);
        found.cloned().ok_or_else(|| ConductorError::UnknownPreset(id_or_name.to_owned()))
    }

    /// No other preset has this name. The store folds only a to z.
    async fn preset_name_is_free(&self, id: Uuid, name: &str) -> Result<(), ConductorError> {
        let wanted = folded(name);
        if self.presets().await?.iter().any(|other| other.id != id && folded(&other.name) == wanted) {
            return Err(PresetError::NameTaken(name.to_owned()).into());
        }
        Ok(())
    }

    /// Saves the present set of zones under a new name.
    pub async fn save_preset(&self, name: &str) -> Result<Preset, ConductorError> {
        let _edit = self.edit().await;
        self.preset_name_is_free(Uuid::nil(), name).await?;
        if self.presets().await?.len() >= MAX_PRESETS {
            return Err(ConductorError::TooMany { what: "presets", most: MAX_PRESETS });
        }
        let preset = Preset { id: Uuid::new_v4(), name: name.to_owned(), saved: Utc::now(), zones: self.present_set() };
        self.store().save_preset(&preset.row()).await?;
        self.changes().mark(Subject::Presets);
        Ok(preset)
    }

    /// Saves the present set of zones in place of what the preset held (`anew`), or only gives it another name. `fits`
    /// says whether it is still the preset that the person saw; else nothing is changed ([`ConductorError::Changed`]).
    pub async fn change_preset(
        &self,
        id: Uuid,
        name: Option<String>,
        anew: bool,
        fits: impl FnOnce(&Preset) -> bool,
    ) -> Result<Preset, ConductorError> {
        let _edit = self.edit().await;
        let mut preset = self.preset(&id.to_string()).await?;
        if !fits(&preset) {
            return Err(ConductorError::Changed);
        }
        if let Some(name) = name.filter(|name| *name != preset.name) {
            self.preset_name_is_free(id, &name).await?;
            preset.name = name;
        }
        if anew {
            preset.zones = self.present_set();
            preset.saved = Utc::now();
        }
        self.store().save_preset(&preset.row()).await?;
        self.changes().mark(Subject::Presets);
        Ok(preset)
    }

    /// Deletes a preset; `fits` as for [`Conductor::change_preset`].
    pub async fn delete_preset(&self, id: Uuid, fits: impl FnOnce(&Preset) -> bool) -> Result<(), ConductorError> {
        let _edit = self.edit().await;
        if !fits(&self.preset(&id.to_string()).await?) {
            return Err(ConductorError::Changed);
        }
        self.store().delete_preset(id).await?;
        self.changes().mark(Subject::Presets);
        Ok(())
    }

    fn present_set(&self) -> Vec<PresetZone> {
        let ids = self.fleet().ids_by_name();
        let speakers = self.fleet().look_at(&ids, |s| {
            let r = &s.row;
            Some((r.zone, PresetSpeaker { id: r.id, name: r.name.clone(), volume: r.volume, muted: r.muted }))
        });
        let zones = self.zones().into_iter().map(|view| PresetZone {
            id: view.id,
            name: view.name,
            volume: view.volume,
            muted: view.muted,
            speakers: speakers.iter().filter(|(zone, _)| *zone == view.id).map(|(_, s)| s.clone()).collect(),
        });
        zones.collect()
    }

    /// Brings back what a preset holds: makes zones that are gone, moves speakers that are elsewhere, sets all volumes,
    /// for one instant that is not before `at`. Zones and speakers that it does not know stay as they are.
    pub async fn recall_preset(&self, preset: &Preset, at: Option<ServerTime>) -> Result<Recalled, ConductorError> {
        let (zones, planned, (speakers, at)) = {
            let _edit = self.edit().await;
            let zones = self.zones_of_preset(preset).await;
            let planned: Vec<(ZoneId, PresetSpeaker)> = zones
                .iter()
                .filter_map(|(zone, found)| Some((zone, *found.as_ref().ok()?)))
                .flat_map(|(zone, id)| zone.speakers.iter().map(move |s| (id, s.clone())))
                .collect();
            let edits = planned.iter().map(|(zone, s)| {
                let (volume, muted) = (Some(HowLoud::To(s.volume)), Some(s.muted));
                (s.id, SpeakerPatch { zone: Some(*zone), volume, muted, ..SpeakerPatch::default() })
            });
            let there = zones.iter().filter_map(|(_, found)| found.as_ref().ok().copied()).collect();
            let edited = self.edit_locked(edits.collect(), at, &there).await?;
            (zones, planned, edited)
        };
        // all are told before the first one is waited for
        let set = zones.into_iter().map(async |(zone, found)| {
            let (volume, muted) = (Some(HowLoud::To(zone.volume)), Some(zone.muted));
            let patch = ZonePatch { volume, muted, at, ..ZonePatch::default() };
            let found = match found {
                Ok(id) => self.edit_zone(id, patch, |_| true).await.map(|_| id),
                Err(error) => Err(error),
            };
            (zone, found)
        });
        let zones = join_all(set).await;
        let speakers = planned.into_iter().map(|(_, s)| s).zip(speakers.into_iter().map(|(_, done)| done)).collect();
        Ok(Recalled { zones, speakers })
    }

    /// The zones that a preset means, each of them another one.
    async fn zones_of_preset(&self, preset: &Preset) -> Vec<(PresetZone, Result<ZoneId, ConductorError>)> {
        let there = self.zone_names();
        // first those that are there, with their names restored: another one may bear the name of one that is gone
        let mut zones = preset.zones.clone();
        zones.sort_by_key(|zone| !there.contains_key(&zone.id));
        let mut found = Vec::with_capacity(zones.len());
        for zone in zones {
            let id = self.zone_of_preset(&zone, preset).await;
            found.push((zone, id));
        }
        found.sort_by_key(|(zone, _)| preset.zones.iter().position(|z| z.id == zone.id));
        found
    }

    /// The zone that a preset means: by id, with its name restored; by name, if the preset does not mean that one
    /// otherwise; or a new one.
    async fn zone_of_preset(&self, zone: &PresetZone, preset: &Preset) -> Result<ZoneId, ConductorError> {
        let names = self.zone_names();
        let wanted = folded(&zone.name);
        if let Some(name) = names.get(&zone.id) {
            // if another zone has taken the name meanwhile, that one keeps it
            if *name != zone.name && !names.iter().any(|(id, taken)| *id != zone.id && folded(taken) == wanted) {
                let patch = ZonePatch { name: Some(zone.name.clone()), ..ZonePatch::default() };
                self.edit_zone_locked(zone.id, patch, &|_| true, None).await?;
            }
            return Ok(zone.id);
        }
        let meant = |id: &ZoneId| preset.zones.iter().any(|z| z.id == *id);
        match names.iter().find(|(id, name)| !meant(id) && folded(name) == wanted) {
            Some((id, _)) => Ok(*id),
            None => self.create_zone_locked(zone.id, &zone.name).await,
        }
    }
}
