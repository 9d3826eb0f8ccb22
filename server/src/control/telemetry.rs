//! Help for trimming a zone: how far apart its speakers are, and the metronome.

use std::sync::{Arc, PoisonError};

use downbeat_protocol::{SpeakerId, ZoneId};

use crate::{
    changes::Subject,
    conductor::{Conductor, ConductorError},
    pace::Pace,
};
use downbeat_zone::{
    metronome::Ticking,
    sync::Sync,
    telemetry::{SpeakerPast, ZonePast},
};

/// How often the metronome of a zone is set.
const METRONOME: Pace = Pace { burst: 20, each_us: 500_000 };

impl Conductor {
    /// How far apart a zone's speakers are, as they report.
    pub fn sync(&self, zone: ZoneId) -> Option<Sync> {
        let cell = self.cell(zone).ok()?;
        let window = cell.sync.lock().unwrap_or_else(PoisonError::into_inner);
        Some(window.at(self.clock().now()))
    }

    /// What a zone was at in the last day.
    ///
    /// # Errors
    /// If there is no such zone.
    pub fn zone_past<T>(&self, zone: ZoneId, look: impl FnOnce(&ZonePast) -> T) -> Result<T, ConductorError> {
        let cell = self.cell(zone)?;
        let past = cell.past.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(look(&past))
    }

    /// What a speaker reported in the last day.
    pub fn speaker_past<T>(&self, id: SpeakerId, look: impl FnOnce(&SpeakerPast) -> T) -> Option<T> {
        // outside of the fleet's lock: a look at a day takes a millisecond
        let past = self.fleet().look_at(&[id], |s| Some(Arc::clone(&s.past))).pop()?;
        let past = past.lock().unwrap_or_else(PoisonError::into_inner);
        Some(look(&past))
    }

    /// Has a zone tick, or tick no more.
    ///
    /// # Errors
    /// If there is no such zone, or it is asked for too often.
    pub fn set_metronome(&self, zone: ZoneId, on: bool) -> Result<Option<Ticking>, ConductorError> {
        let cell = self.cell(zone)?;
        // held until all are told, so that of two calls the later one is told last
        let mut core = cell.lock();
        let now = self.clock().now();
        if !core.metronome_used.take(METRONOME, now) {
            return Err(ConductorError::TooOften("a metronome is set twice a second at most".into()));
        }
        core.metronome = on.then(|| Ticking::begun(now, core.metronome));
        self.tell_metronome(&core, &core.zone.members(), true);
        self.changes().mark(Subject::Zone(zone));
        Ok(core.metronome)
    }

    /// The metronome of a zone, if it ticks.
    pub fn metronome(&self, zone: ZoneId) -> Option<Ticking> {
        let now = self.clock().now();
        self.cell(zone).ok()?.lock().metronome.filter(|t| t.ticks(now))
    }
}
