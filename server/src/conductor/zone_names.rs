//! Zones by their names: found, and made under a name that is free.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use downbeat_protocol::{ZoneId, volume::Volume};

use super::{Conductor, ConductorError, zone_cell::ZoneCell};
use crate::names::folded;
use downbeat_store::{ZoneError, ZoneRow};
use downbeat_zone::Zone;

/// The name of the default zone until people give it another; no other zone may have this name.
const DEFAULT_NAME: &str = "all";

impl Conductor {
    /// The zone with this id, or this name (upper and lower case alike).
    pub fn find_zone(&self, id_or_name: &str) -> Result<ZoneId, ConductorError> {
        let zones = self.0.zones.read().unwrap_or_else(PoisonError::into_inner);
        let by_id = id_or_name.parse().ok().filter(|id| zones.contains_key(id));
        let wanted = folded(id_or_name);
        let named = |cell: &Arc<ZoneCell>| folded(cell.lock().zone.name()) == wanted;
        by_id
            .or_else(|| zones.iter().find(|(_, cell)| named(cell)).map(|(id, _)| *id))
            // it is called that in scripts, whatever people call it
            .or_else(|| (wanted == DEFAULT_NAME).then_some(ZoneId::DEFAULT))
            .ok_or_else(|| ConductorError::UnknownZone(id_or_name.to_owned()))
    }

    /// True if guests may control the zone; one that is not there is closed.
    pub(crate) fn is_open_to_guests(&self, zone: ZoneId) -> bool {
        self.cell(zone).is_ok_and(|cell| cell.lock().zone.is_open_to_guests())
    }

    /// How many zones there are.
    pub(super) fn zone_count(&self) -> usize {
        self.0.zones.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The names of the zones, by id.
    pub(crate) fn zone_names(&self) -> HashMap<ZoneId, String> {
        let zones = self.0.zones.read().unwrap_or_else(PoisonError::into_inner);
        zones.iter().map(|(id, cell)| (*id, cell.lock().zone.name().to_owned())).collect()
    }

    pub(crate) async fn create_zone_locked(&self, id: ZoneId, name: &str) -> Result<ZoneId, ConductorError> {
        self.name_is_free(id, name)?;
        self.room_for_zone()?;
        let now = self.0.clock.now();
        let zone = Zone::new(id, name.to_owned(), self.0.clock.id(), self.0.settings.zone, now);
        let row = ZoneRow {
            id,
            name: name.to_owned(),
            volume: Volume::FULL,
            muted: false,
            open_to_guests: true,
            session: String::new(),
            revision: 0,
        };
        self.0.store.save_zone(&row).await?;
        self.open(zone, Vec::new());
        Ok(id)
    }

    /// No other zone has this name, and none may mean something else to scripts.
    pub(crate) fn name_is_free(&self, id: ZoneId, name: &str) -> Result<(), ConductorError> {
        let wanted = folded(name);
        if self.zone_names().iter().any(|(other, taken)| *other != id && folded(taken) == wanted) {
            return Err(ZoneError::NameTaken(name.to_owned()).into());
        }
        if id != ZoneId::DEFAULT && wanted == DEFAULT_NAME {
            return Err(ConductorError::ReservedName(name.to_owned()));
        }
        Ok(())
    }
}
