//! A zone at work is trimmed by ear and by figures: the readings of how far apart its speakers are, the metronome.

use std::sync::PoisonError;

use downbeat_protocol::{ServerMessage, SpeakerId, handshake::SpeakerClass};

use super::{
    Conductor,
    zone_cell::{Core, ZoneCell},
};
use downbeat_zone::{
    PlayState, metronome,
    sync::Lateness,
    telemetry::{ZoneFacts, coarseness},
};

impl Conductor {
    /// Takes a reading of how far apart a zone's speakers are, if it plays, and notes what it is at.
    pub(super) fn read_sync(&self, cell: &ZoneCell) {
        let now = self.0.clock.now();
        let past = || cell.past.lock().unwrap_or_else(PoisonError::into_inner);
        let members = {
            let core = cell.lock();
            let view = core.zone.view(now);
            let facts = ZoneFacts { state: view.state, volume: view.volume.percent(), muted: view.muted };
            past().look(now, facts);
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
        let sync = {
            let mut window = cell.sync.lock().unwrap_or_else(PoisonError::into_inner);
            window.read(now, heard.into_iter());
            window.last()
        };
        past().read(now, &sync, coarseness(self.0.fleet.len()));
    }

    /// Tells speakers of the metronome; only if it ticks, unless its `end` is news.
    pub(crate) fn tell_metronome(&self, core: &Core, to: &[SpeakerId], end: bool) {
        let now = self.0.clock.now();
        let ticking = core.metronome.filter(|t| t.ticks(now));
        if ticking.is_some() || end {
            let message = metronome::message(core.zone.id(), now, ticking);
            self.0.fleet.send(to, ServerMessage::Metronome(message));
        }
    }
}
