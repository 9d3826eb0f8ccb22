//! Help for trimming a zone: how far apart its speakers are, and the metronome.

use std::sync::PoisonError;

use downbeat_protocol::ZoneId;

use crate::{
    changes::Subject,
    conductor::{Conductor, ConductorError},
    pace::Pace,
};
use downbeat_zone::{metronome::Ticking, sync::Sync};

/// How often the metronome of a zone is set.
const METRONOME: Pace = Pace { burst: 20, each_us: 500_000 };

impl Conductor {
    /// How far apart a zone's speakers are, as they report.
    pub fn sync(&self, zone: ZoneId) -> Option<Sync> {
        let cell = self.cell(zone).ok()?;
        let window = cell.sync.lock().unwrap_or_else(PoisonError::into_inner);
        Some(window.at(self.clock().now()))
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
