//! Help for trimming a zone: how far apart its speakers are, and the metronome.

use std::sync::PoisonError;

use downbeat_protocol::{ServerMessage, SpeakerId, ZoneId, handshake::SpeakerClass};

use super::{
    Conductor, ConductorError,
    zone_cell::{Core, ZoneCell},
};
use crate::changes::Subject;
use downbeat_zone::{
    PlayState,
    metronome::{self, Ticking},
    sync::{Lateness, Sync},
};

impl Conductor {
    /// How far apart a zone's speakers are, as they report.
    pub fn sync(&self, zone: ZoneId) -> Option<Sync> {
        let cell = self.cell(zone).ok()?;
        let window = cell.sync.lock().unwrap_or_else(PoisonError::into_inner);
        Some(window.at(self.0.clock.now()))
    }

    /// Takes a reading of how far apart a zone's speakers are, if it plays.
    pub(super) fn read_sync(&self, cell: &ZoneCell) {
        let now = self.0.clock.now();
        let members = {
            let core = cell.lock();
            let view = core.zone.view(now);
            if view.state != PlayState::Playing || view.preparing {
                return;
            }
            core.zone.members()
        };
        let heard = self.0.fleet.look_at(&members, |s| {
            // what a browser says of itself leaves out milliseconds that no page can know
            let (at, position) = s.reports.position.as_ref().filter(|_| s.row.class == SpeakerClass::Agent)?;
            Lateness::of(now, *at, position)
        });
        cell.sync.lock().unwrap_or_else(PoisonError::into_inner).read(now, heard.into_iter());
    }

    /// Has a zone tick, or tick no more.
    ///
    /// # Errors
    /// If there is no such zone.
    pub fn set_metronome(&self, zone: ZoneId, on: bool) -> Result<Option<Ticking>, ConductorError> {
        let cell = self.cell(zone)?;
        // held until all are told, so that of two calls the later one is told last
        let mut core = cell.lock();
        let now = self.0.clock.now();
        core.metronome = on.then(|| Ticking::begun(now, core.metronome));
        self.tell_metronome(&core, &core.zone.members(), true);
        self.0.changes.mark(Subject::Zone(zone));
        Ok(core.metronome)
    }

    /// The metronome of a zone, if it ticks.
    pub fn metronome(&self, zone: ZoneId) -> Option<Ticking> {
        let now = self.0.clock.now();
        self.cell(zone).ok()?.lock().metronome.filter(|t| t.ticks(now))
    }

    /// Tells speakers of the metronome; only if it ticks, unless its `end` is news.
    pub(super) fn tell_metronome(&self, core: &Core, to: &[SpeakerId], end: bool) {
        let now = self.0.clock.now();
        let ticking = core.metronome.filter(|t| t.ticks(now));
        if ticking.is_some() || end {
            let message = metronome::message(core.zone.id(), now, ticking);
            self.0.fleet.send(to, ServerMessage::Metronome(message));
        }
    }
}
