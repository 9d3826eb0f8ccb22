//! The question whether the one that asks may, put where the target is known.

use axum::http::StatusCode;
use downbeat_protocol::{SpeakerId, ZoneId, volume::Volume};
use downbeat_trust::{
    admission::Secrecy,
    rights::{Caller, Denied, Person, Right, SpeakerFacts, Target, ZoneFacts, bounded, may},
};

use super::{
    Api,
    asker::Asker,
    glance::{Thing, look_at},
    problem::Problem,
    trail::Trail,
};
use crate::{conductor::ConductorError, control::HowLoud, fleet::labels::Labels};

impl Api {
    /// The caller; nobody where there is no request.
    pub fn caller(&self) -> &Caller {
        self.asker.as_ref().map_or(&Caller::Nobody, |asker| &asker.admitted().caller)
    }

    /// The right that the call asks for; one that nobody has where there is no request.
    fn right(&self) -> Right {
        self.asker.as_ref().map_or(Right::Speak, |asker| asker.need().right)
    }

    /// The request's caller and source.
    pub fn asked(&self) -> Result<&Asker, Problem> {
        self.asker.as_ref().ok_or_else(Problem::undeclared)
    }

    /// The person that asks, or the program for one.
    pub fn person(&self) -> Result<&Person, Problem> {
        match self.caller() {
            Caller::Person(person) => Ok(person),
            _ => Err(Denied::Login.into()),
        }
    }

    /// Refuses to take or give a secret where others could read it.
    pub fn may_be_secret(&self, kind: Secrecy) -> Result<(), Problem> {
        let asker = self.asked()?;
        let allowed = self.access.secret(asker.admitted().source.channel, kind);
        allowed.map_err(|_| Problem::tls_required(asker.https()))
    }

    /// Refuses a caller that may not do this to the coordinator as a whole.
    pub fn may(&self, right: Right) -> Result<(), Problem> {
        Ok(may(self.caller(), right, &Target::All)?)
    }

    /// Refuses a caller that may not do to this zone what the call does.
    pub fn may_zone(&self, zone: ZoneId) -> Result<(), Problem> {
        self.may_to_zone(self.right(), zone)
    }

    /// Refuses a caller that may not do this to a zone.
    pub fn may_to_zone(&self, right: Right, zone: ZoneId) -> Result<(), Problem> {
        let labels = if self.is_bound() { self.labels_in(zone) } else { Vec::new() };
        let labels: Vec<_> = labels.iter().collect();
        let facts = ZoneFacts { id: zone, open: self.conductor.is_open_to_guests(zone), speakers: &labels };
        may(self.caller(), right, &Target::Zone(facts))?;
        self.note(&Thing::Zone(zone));
        Ok(())
    }

    /// Notes a thing that the caller may change, before that is done.
    fn note(&self, thing: &Thing) {
        if let Some(trail) = self.trail() {
            trail.note(thing.clone(), || look_at(&self.conductor, thing));
        }
    }

    /// Where it is noted what the request changes.
    pub fn trail(&self) -> Option<&Trail> {
        self.asker.as_ref().and_then(Asker::trail)
    }

    /// Notes a thing that was made.
    pub fn made(&self, thing: Thing) {
        if let Some(trail) = self.trail() {
            trail.made(thing);
        }
    }

    /// Refuses a caller that may not do this to a speaker.
    pub fn may_to_speaker(&self, right: Right, id: SpeakerId) -> Result<(), Problem> {
        self.judge_speaker(right, id)?.map_err(Problem::from)?;
        self.note(&Thing::Speaker(id));
        Ok(())
    }

    /// The judgement about a speaker; an error if there is none.
    fn judge_speaker(&self, right: Right, id: SpeakerId) -> Result<Result<(), Denied>, ConductorError> {
        let found = self.conductor.fleet().look_at(&[id], |s| Some((s.row.zone, s.row.labels.clone()))).pop();
        let (zone, labels) = found.ok_or(ConductorError::UnknownSpeaker(id))?;
        let facts = SpeakerFacts { id, zone, open: self.conductor.is_open_to_guests(zone), labels: &labels };
        Ok(may(self.caller(), right, &Target::Speaker(facts)))
    }

    /// The speaker of this id or name, if the caller may do to it what the call does.
    pub fn speaker(&self, name: &str) -> Result<SpeakerId, Problem> {
        let id = self.conductor.find_speaker(name)?;
        self.may_to_speaker(self.right(), id)?;
        Ok(id)
    }

    /// The labels of each speaker of a zone.
    fn labels_in(&self, zone: ZoneId) -> Vec<Labels> {
        let fleet = self.conductor.fleet();
        fleet.look_at(&fleet.ids_by_name(), |s| (s.row.zone == zone).then(|| s.row.labels.clone()))
    }

    /// Refuses a move that would make a speaker louder than the caller's bound.
    pub fn may_be_as_loud_in(&self, id: SpeakerId, zone: ZoneId) -> Result<(), Problem> {
        let Some(most) = self.caller().max_volume() else { return Ok(()) };
        let here = self.conductor.fleet().zone_of(id).map(|zone| self.conductor.zone(zone)).transpose()?;
        let (before, after) =
            (here.map_or(0.0, |view| view.volume.percent()), self.conductor.zone(zone)?.volume.percent());
        if after <= before || after <= most.percent() {
            return Ok(());
        }
        let detail = format!("in that zone it would be louder than the {}% that you may set", most.percent());
        Err(Problem::new(StatusCode::FORBIDDEN, "too_loud", detail))
    }

    /// True if the caller may know addresses, versions and faults of a speaker.
    pub fn knows_details(&self, id: SpeakerId) -> bool {
        matches!(self.judge_speaker(Right::Details, id), Ok(Ok(())))
    }

    /// The loudness that is set of a zone when the caller asks for `wanted`, and whether it is silent: not above the
    /// caller's bound, unless it is as loud already.
    pub fn bounded_zone(
        &self,
        zone: ZoneId,
        wanted: Option<HowLoud>,
        muted: Option<bool>,
    ) -> Result<Option<HowLoud>, Problem> {
        if self.caller().max_volume().is_none() {
            return Ok(wanted);
        }
        let now = self.conductor.zone(zone)?;
        Ok(self.bounded(now.volume, now.muted, wanted, muted))
    }

    /// The same of a speaker.
    pub fn bounded_speaker(&self, id: SpeakerId, wanted: Option<HowLoud>, muted: Option<bool>) -> Option<HowLoud> {
        let now = self.conductor.fleet().look_at(&[id], |s| Some((s.row.volume, s.row.muted))).pop();
        let Some((volume, is_muted)) = now else { return wanted };
        self.bounded(volume, is_muted, wanted, muted)
    }

    fn bounded(&self, volume: Volume, is_muted: bool, wanted: Option<HowLoud>, muted: Option<bool>) -> Option<HowLoud> {
        let Some(bound) = self.caller().max_volume() else { return wanted };
        // what is silent was not loud
        let before = if is_muted { Volume::clamped(0.0) } else { volume };
        let sounds = !muted.unwrap_or(is_muted);
        match wanted {
            Some(wanted) => Some(HowLoud::To(bounded(Some(bound), before, wanted.from(volume)))),
            None if sounds && is_muted => Some(HowLoud::To(bounded(Some(bound), before, volume))),
            None => None,
        }
    }

    /// True if zones and labels decide what the caller may.
    fn is_bound(&self) -> bool {
        matches!(self.caller(), Caller::Person(person) if person.bound.is_some() || person.token_bound.is_some())
    }
}
