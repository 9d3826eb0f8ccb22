//! A zone is measured by a microphone: who sounds, who is told, and the end of it.

use downbeat_protocol::{SpeakerId, ZoneId, calibration::LEAST_LEVEL_DB, volume::Volume};
use tokio::time::{Duration, sleep};
use uuid::Uuid;

use super::{Conductor, zone_cell::Core};
use crate::fleet::Speaker;
use downbeat_protocol::ServerMessage;
use downbeat_zone::calibration::{LeftOut, Part, end};

/// What a speaker would sound, or why it does not: no louder than its own bound, and than the caller's.
pub(crate) fn part_of(speaker: &Speaker, level_db: f32, most: Option<Volume>) -> Result<Part, LeftOut> {
    let able = speaker.connection.as_ref().is_some_and(|connection| connection.capabilities.calibration);
    if !able {
        return Err(LeftOut::TooOld);
    }
    if speaker.row.muted {
        return Err(LeftOut::Muted);
    }
    let bounds = [Some(speaker.row.max_volume), most];
    let level_db = bounds.into_iter().flatten().map(Volume::decibels).fold(level_db, f32::min);
    if level_db < LEAST_LEVEL_DB {
        return Err(LeftOut::Silenced);
    }
    Ok(Part { speaker: speaker.id(), output_delay_us: speaker.row.output_delay_us, level_db })
}

impl Conductor {
    /// Tells those of a calibration that goes on which have a part in it.
    pub(crate) fn tell_calibration(&self, core: &Core, to: &[SpeakerId]) {
        let now = self.0.clock.now();
        let Some(calibrating) = core.calibration.as_ref().filter(|c| c.goes_on(now)) else { return };
        for speaker in to {
            if let Some(message) = calibrating.message(core.zone.id(), now, *speaker) {
                self.0.fleet.send(&[*speaker], ServerMessage::Calibration(message));
            }
        }
    }

    /// Ends the calibration of a zone; who has a part in it is told.
    pub(crate) fn silence_calibration(&self, core: &mut Core) {
        let Some(calibrating) = core.calibration.take() else { return };
        let speakers: Vec<_> = calibrating.parts.iter().map(|part| part.speaker).collect();
        let message = ServerMessage::Calibration(end(core.zone.id(), self.0.clock.now()));
        self.0.fleet.send(&speakers, message);
    }

    /// Sees that it ends when all is played, and when the one that asked for it is gone.
    pub(crate) fn watch_calibration(&self, zone: ZoneId, id: Uuid) {
        let conductor = self.clone();
        self.0.tasks.spawn(async move {
            loop {
                let Ok(cell) = conductor.cell(zone) else { return };
                let left_us = {
                    let mut core = cell.lock();
                    let Some(it) = core.calibration.as_ref().filter(|it| it.id == id) else { return };
                    let left_us = it.until().micros_since(conductor.0.clock.now());
                    if left_us <= 0 {
                        conductor.silence_calibration(&mut core);
                        return;
                    }
                    left_us
                };
                tokio::select! {
                    () = cell.gone.cancelled() => return,
                    () = sleep(Duration::from_micros(left_us.unsigned_abs())) => {}
                }
            }
        });
    }
}
