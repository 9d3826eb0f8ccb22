//! A zone's speakers sound their codes, for a phone that listens.

use downbeat_protocol::{
    SpeakerId, ZoneId,
    calibration::{LEAST_LEVEL_DB, MOST_LEVEL_DB},
    volume::Volume,
};
use uuid::Uuid;

use crate::conductor::{Conductor, ConductorError, calibration::part_of};
use downbeat_zone::calibration::{Calibrating, LeftOut, MOST_SPEAKERS};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationRequest {
    /// These speakers of the zone; `None`: all.
    pub speakers: Option<Vec<SpeakerId>>,
    /// Rounds of all; brought into the bounds.
    pub rounds: u32,
    /// How loud, decibels of full scale; brought into the bounds.
    pub level_db: f32,
    /// The caller's own bound.
    pub most: Option<Volume>,
}

impl Conductor {
    /// Has the speakers of a zone sound their codes.
    ///
    /// # Errors
    /// If there is no such zone, it is being calibrated already, or nobody can take part.
    pub fn calibrate(&self, zone: ZoneId, asked: &CalibrationRequest) -> Result<Calibrating, ConductorError> {
        let cell = self.cell(zone)?;
        let mut core = cell.lock();
        let now = self.clock().now();
        if core.calibration.as_ref().is_some_and(|it| it.goes_on(now)) {
            return Err(ConductorError::Calibrates(core.zone.name().to_owned()));
        }
        let level_db = asked.level_db.clamp(LEAST_LEVEL_DB, MOST_LEVEL_DB);
        let members = core.zone.members();
        let mut found = self.fleet().look_at(&members, |speaker| {
            let wanted = asked.speakers.as_ref().is_none_or(|these| these.contains(&speaker.id()));
            let part = if wanted { part_of(speaker, level_db, asked.most) } else { Err(LeftOut::NotAsked) };
            Some((speaker.row.name.clone(), speaker.id(), part))
        });
        found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let (mut parts, mut left_out) = (Vec::new(), Vec::new());
        for (_, id, part) in found {
            match part {
                Ok(part) => parts.push(part),
                Err(why) => left_out.push((id, why)),
            }
        }
        if parts.is_empty() {
            return Err(ConductorError::NobodyToCalibrate(core.zone.name().to_owned()));
        }
        if parts.len() > MOST_SPEAKERS {
            return Err(ConductorError::TooManyToCalibrate { here: parts.len(), most: MOST_SPEAKERS });
        }
        let it = Calibrating::begun(now, asked.rounds, parts, left_out);
        core.calibration = Some(it.clone());
        self.tell_calibration(&core, &members);
        drop(core);
        self.watch_calibration(zone, it.id);
        Ok(it)
    }

    /// The calibration of a zone, while it goes on. `listens`: the one that asked for this one is still there.
    pub fn calibration(&self, zone: ZoneId, listens: Option<Uuid>) -> Result<Option<Calibrating>, ConductorError> {
        let cell = self.cell(zone)?;
        let mut core = cell.lock();
        let now = self.clock().now();
        let Some(it) = core.calibration.as_mut().filter(|it| it.goes_on(now)) else { return Ok(None) };
        if listens == Some(it.id) {
            it.is_listened_to(now);
        }
        Ok(Some(it.clone()))
    }

    /// Ends the calibration of a zone, if there is one.
    pub fn end_calibration(&self, zone: ZoneId) -> Result<(), ConductorError> {
        let cell = self.cell(zone)?;
        self.silence_calibration(&mut cell.lock());
        Ok(())
    }
}
