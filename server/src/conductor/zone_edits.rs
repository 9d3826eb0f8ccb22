//! Zones are made, changed and deleted. What other zones play is not touched by any of it.

use downbeat_protocol::{ServerTime, SpeakerId, ZoneId, volume::Volume};

use super::{Conductor, ConductorError, HowLoud, zones::DEFAULT_NAME};
use crate::{
    changes::Subject,
    store::{StoreError, ZoneRow},
    zone::{Command, View, Zone, state::RAMP_MS},
};

/// What a person wants changed of a zone; `None`: as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ZonePatch {
    /// What people call it.
    pub name: Option<String>,
    /// How loud.
    pub volume: Option<HowLoud>,
    /// Silent or not.
    pub muted: Option<bool>,
    /// How long a change of loudness takes, milliseconds.
    pub ramp_ms: Option<u32>,
    /// HowLoud: not before.
    pub at: Option<ServerTime>,
}

impl Conductor {
    /// Makes a zone.
    pub async fn create_zone(&self, name: &str) -> Result<ZoneId, ConductorError> {
        let _edit = self.0.edits.write().await;
        self.create_zone_locked(ZoneId::random(), name).await
    }

    pub(super) async fn create_zone_locked(&self, id: ZoneId, name: &str) -> Result<ZoneId, ConductorError> {
        self.name_is_free(id, name)?;
        let now = self.0.clock.now();
        let zone = Zone::new(id, name.to_owned(), self.0.clock.id(), self.0.settings.zone, now);
        let row = ZoneRow {
            id,
            name: name.to_owned(),
            volume: Volume::FULL,
            muted: false,
            session: String::new(),
            revision: 0,
        };
        self.0.store.save_zone(&row).await?;
        self.open(zone, Vec::new());
        Ok(id)
    }

    /// No other zone has this name, and none may mean something else to scripts.
    fn name_is_free(&self, id: ZoneId, name: &str) -> Result<(), ConductorError> {
        let wanted = name.to_lowercase();
        if self.zone_names().iter().any(|(other, taken)| *other != id && taken.to_lowercase() == wanted) {
            return Err(StoreError::NameTaken { name: name.to_owned() }.into());
        }
        if id != ZoneId::DEFAULT && wanted == DEFAULT_NAME {
            return Err(ConductorError::ReservedName(name.to_owned()));
        }
        Ok(())
    }

    /// Changes what people set for a zone. `fits` says whether it is still the zone that the person saw; else nothing is
    /// changed ([`ConductorError::Changed`]). Answers with the zone and the instant at which it is heard.
    pub async fn edit_zone(
        &self,
        id: ZoneId,
        patch: ZonePatch,
        fits: impl Fn(&View) -> bool,
    ) -> Result<(View, ServerTime), ConductorError> {
        let mut checked = false;
        if let Some(name) = patch.name {
            let _edit = self.0.edits.write().await;
            let present = self.zone(id)?;
            if !fits(&present) {
                return Err(ConductorError::Changed);
            }
            checked = true;
            if name != present.name {
                self.rename_zone(id, name).await?;
            }
        }
        if patch.volume.is_none() && patch.muted.is_none() {
            return Ok((self.zone(id)?, self.0.clock.now()));
        }
        let now = self.0.clock.now();
        let done = self.command_of(id, |zone| {
            if !checked && !fits(&zone.view(now)) {
                return Err(ConductorError::Changed);
            }
            let volume = patch.volume.map(|v| v.from(zone.level().0));
            Ok(Command::Volume { volume, muted: patch.muted, ramp_ms: patch.ramp_ms.unwrap_or(RAMP_MS), at: patch.at })
        });
        let done = done.await?;
        Ok((done.view, done.at))
    }

    pub(super) async fn rename_zone(&self, id: ZoneId, name: String) -> Result<(), ConductorError> {
        self.name_is_free(id, &name)?;
        // first on disk: a disk that is full must refuse it, and nothing is renamed
        self.0.store.rename_zone(id, &name).await?;
        let cell = self.cell(id)?;
        let revision = {
            let mut core = cell.lock();
            core.zone.rename(name);
            core.saved = core.zone.revision();
            // what was on its way to the disk holds the old name
            cell.save(&core.zone, self.0.clock.now());
            core.saved
        };
        self.0.changes.mark(Subject::Zone(id));
        // they are answered with its name
        for speaker in self.0.fleet.ids_by_name() {
            if self.0.fleet.zone_of(speaker) == Some(id) {
                self.0.changes.mark(Subject::Speaker(speaker));
            }
        }
        cell.saver.kept(revision).await
    }

    /// Deletes a zone; its speakers fall back to the default one, and join what that plays. Who they are, by name.
    pub async fn delete_zone(
        &self,
        id: ZoneId,
        fits: impl FnOnce(&View) -> bool,
    ) -> Result<Vec<SpeakerId>, ConductorError> {
        let _edit = self.0.edits.write().await;
        let cell = self.cell(id)?;
        if !fits(&self.zone(id)?) {
            return Err(ConductorError::Changed);
        }
        let store = &self.0.store;
        cell.saver.delete(async { store.delete_zone(id).await.map(drop) }).await?;
        let ids = self.0.fleet.ids_by_name();
        let moved = self.0.fleet.look_at(&ids, |s| (s.row.zone == id).then_some(s.row.id));
        // nobody finds it from here on
        self.close(id);
        for speaker in &moved {
            let connected = self.0.fleet.update(*speaker, |s| {
                s.row.zone = ZoneId::DEFAULT;
                s.connection.is_some()
            });
            if connected == Some(true) {
                self.join(ZoneId::DEFAULT, *speaker, None);
            }
        }
        self.tell_company(ZoneId::DEFAULT, None);
        Ok(moved)
    }
}
