//! Zones are made, changed and deleted. What other zones play is not touched by any of it.

use downbeat_protocol::{ServerTime, SpeakerId, ZoneId};

use super::HowLoud;
use crate::{
    changes::Subject,
    conductor::{Conductor, ConductorError, EditGuard},
};
use downbeat_zone::{Command, View, state::RAMP_MS};

/// The changes that a person wants of a zone; `None`: as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ZonePatch {
    /// Its new name.
    pub name: Option<String>,
    /// Open to guests or not.
    pub open_to_guests: Option<bool>,
    /// How loud.
    pub volume: Option<HowLoud>,
    /// Silent or not.
    pub muted: Option<bool>,
    /// How long a change of loudness takes, milliseconds.
    pub ramp_ms: Option<u32>,
    /// The volume, not before this instant.
    pub at: Option<ServerTime>,
}

impl Conductor {
    /// Makes a zone.
    pub async fn create_zone(&self, name: &str) -> Result<ZoneId, ConductorError> {
        let _edit = self.edit().await;
        self.create_zone_locked(ZoneId::random(), name).await
    }

    /// Changes what people set for a zone. `fits` tells if it is still the zone that the person saw; else nothing is
    /// changed ([`ConductorError::Changed`]). Answers with the zone and the instant at which it is heard.
    pub async fn edit_zone(
        &self,
        id: ZoneId,
        patch: ZonePatch,
        fits: impl Fn(&View) -> bool + Sync,
    ) -> Result<(View, ServerTime), ConductorError> {
        let edit = if patch.name.is_some() { Some(self.edit().await) } else { None };
        self.edit_zone_locked(id, patch, &fits, edit).await
    }

    /// The same; `edit` is what is held for it, to be let go when the zone has its name.
    pub(super) async fn edit_zone_locked(
        &self,
        id: ZoneId,
        patch: ZonePatch,
        fits: &(dyn Fn(&View) -> bool + Sync),
        edit: Option<EditGuard<'_>>,
    ) -> Result<(View, ServerTime), ConductorError> {
        let cell = self.cell(id)?;
        let seen = self.zone(id)?;
        if !fits(&seen) {
            return Err(ConductorError::Changed);
        }
        let name = patch.name.filter(|name| *name != seen.name);
        if let Some(name) = &name {
            self.name_is_free(id, name)?;
            // first on disk: a disk that is full must refuse it, and nothing is renamed
            self.store().rename_zone(id, name).await?;
        }
        let renamed = name.is_some();
        let now = self.clock().now();
        let set = {
            let mut core = cell.lock();
            // all of it in one moment: somebody may have been quicker while the disk was waited for
            if fits(&core.zone.view(now)) {
                if name.is_some() || patch.open_to_guests.is_some() {
                    if let Some(name) = name {
                        core.zone.rename(name);
                    }
                    if let Some(open) = patch.open_to_guests {
                        core.zone.open_to_guests(open);
                    }
                    core.saved = core.zone.revision();
                    // what was on its way to the disk holds the old name
                    cell.save(&core.zone, now);
                }
                let (revision, view) = (core.saved, core.zone.view(now));
                let volume = patch.volume.map(|v| v.from(core.zone.level().0));
                let ramp_ms = patch.ramp_ms.unwrap_or(RAMP_MS);
                let command = Command::Volume { volume, muted: patch.muted, ramp_ms, at: patch.at };
                let louder = volume.is_some() || patch.muted.is_some();
                Some((revision, view, louder.then(|| self.put(&cell, core, command))))
            } else {
                None
            }
        };
        let Some((revision, view, decision)) = set else {
            if renamed {
                self.store().rename_zone(id, &seen.name).await?;
            }
            return Err(ConductorError::Changed);
        };
        drop(edit);
        if renamed {
            self.mark_renamed(id);
        }
        if patch.open_to_guests.is_some() {
            self.changes().mark(Subject::Zone(id));
        }
        match decision {
            Some(decision) => {
                let done = self.done(id, &cell, decision).await?;
                Ok((done.view, done.at))
            }
            None if renamed || patch.open_to_guests.is_some() => {
                self.kept(id, &cell, revision).await.map(|()| (view, now))
            }
            None => Ok((view, now)),
        }
    }

    fn mark_renamed(&self, id: ZoneId) {
        self.changes().mark(Subject::Zone(id));
        // they are answered with its name
        for speaker in self.fleet().ids_by_name() {
            if self.fleet().zone_of(speaker) == Some(id) {
                self.changes().mark(Subject::Speaker(speaker));
            }
        }
    }

    /// Deletes a zone; its speakers fall back to the default one, and join what that plays. Who they are, by name.
    pub async fn delete_zone(
        &self,
        id: ZoneId,
        fits: impl FnOnce(&View) -> bool,
    ) -> Result<Vec<SpeakerId>, ConductorError> {
        let _edit = self.edit().await;
        let cell = self.cell(id)?;
        if !fits(&self.zone(id)?) {
            return Err(ConductorError::Changed);
        }
        let store = self.store();
        cell.saver.delete(async { store.delete_zone(id).await.map(drop) }).await?;
        let ids = self.fleet().ids_by_name();
        let moved = self.fleet().look_at(&ids, |s| (s.row.zone == id).then_some(s.row.id));
        // nobody finds it from here on
        self.close(id);
        for speaker in &moved {
            let connected = self.fleet().update(*speaker, |s| {
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
